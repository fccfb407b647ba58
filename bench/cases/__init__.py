"""One module per subject. Each has ``measure()``, which yields results as they come.

``NEEDS_DATABASE = False`` spares a subject of pure rules the database of its own.
"""
