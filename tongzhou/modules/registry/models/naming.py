"""The one condition for a part of a name, served by an index on pairs of characters (ADR 24)."""

from typing import Any

from django.db.models import Lookup

from tongzhou.modules.registry.models.register import Organisation

# The comparison itself comes first: it is quick, and the pairs of a name are put together only
# where an index does not hold them. It decides; the pairs find.
_HOLDS = (
    "(strpos(upper({name}), upper({part})) > 0"
    " AND registry_pairs({name}) @@ registry_sought({part}))"
)


def name_holds(name: str, part: str) -> str:
    """Return the SQL that tells whether a name has a part in it, whichever case.

    ``name`` is the SQL of the column, ``part`` of a text that is not empty. Any part is found by
    the index, a single character, too.
    """
    return _HOLDS.format(name=name, part=part)


class Holds(Lookup):
    """``name__holds="协会"``; an empty part is in every name."""

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the condition with its parameters."""
        if not self.rhs:
            return "TRUE", ()
        name, params = self.process_lhs(compiler, connection)
        part, more = self.process_rhs(compiler, connection)
        return name_holds(name, part), (*params, *more, *params, *more)


Organisation._meta.get_field("name").register_lookup(Holds)
