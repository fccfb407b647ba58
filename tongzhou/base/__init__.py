"""Pure Python foundations: no Django, no database, no clock."""
