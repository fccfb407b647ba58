"""How far a permission reaches: the third side of the matrix stem × role × scope.

A permission says that a role may do something; its reach says to what. The same reach means
another range for each role, because a role looks from where it stands: see :mod:`.matrix`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """To what a permission applies."""

    SIGHT = "SIGHT"
    """What of the register its role sees, as ``Organisation.objects.visible_to`` has it."""
    REGISTERED = "REGISTERED"
    """Organisations registered by the actor's authority or one below it."""
    REVIEWED = "REVIEWED"
    """Reports about which the actor's authority decides."""
    BEARER = "BEARER"
    """The actor's own organisation, or its own authority as a bearer of duties."""
    ORGAN = "ORGAN"
    """The duties of the actor's own organ, or of its own authority."""
    REGION = "REGION"
    """Regions that the actor's authority governs as a whole."""
    AUTHORITY = "AUTHORITY"
    """What people of the actor's own authority made or did."""
    SELF = "SELF"
    """What belongs to the person: tokens, exports, assignments."""
    SITE = "SITE"
    """The whole installation, and nothing of what organisations wrote."""
    ISSUED = "ISSUED"
    """Everything issued: documents and the duties drawn from them."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a permission is called, how far it reaches, and what keeps two people apart in it.

    ``second``: another person's act that the same person may not also do, by its stem.
    """

    label: str
    reach: Reach
    second: str = ""


#: The setting that says whose rows a statement sees, see :mod:`.sight`; and what shows everything:
SETTING = "tongzhou.sight"
#: everything, registered low-high, located low-high, supervisor, industry, organisation, prov
EVERYTHING = "{1,0,999999,0,999999,-1,-1,-1,-1}"
#: The database role of the web server and the worker: rows, never tables.
APPLICATION = "tongzhou_app"
#: The role it takes on where everything is seen. No policy binds that one, so none is planned for.
UNBOUND = "tongzhou_system"
