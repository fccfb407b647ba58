"""Tables of the registry: the register itself, and work on many organisations at once."""

from tongzhou.modules.registry.models.batches import (
    BulkChange,
    BulkItem,
    ImportBatch,
    ImportFault,
    ImportRow,
)
from tongzhou.modules.registry.models.naming import name_holds
from tongzhou.modules.registry.models.register import (
    Authority,
    Cell,
    CodeEntry,
    Organ,
    Organisation,
    OrganisationAttribute,
    OrganisationSet,
    Placement,
    Profile,
    Region,
)
from tongzhou.modules.registry.models.transfers import Transfer

__all__ = [
    "Authority",
    "BulkChange",
    "BulkItem",
    "Cell",
    "CodeEntry",
    "ImportBatch",
    "ImportFault",
    "ImportRow",
    "Organ",
    "Organisation",
    "OrganisationAttribute",
    "OrganisationSet",
    "Placement",
    "Profile",
    "Region",
    "Transfer",
    "name_holds",
]
