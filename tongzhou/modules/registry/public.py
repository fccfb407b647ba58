"""What other modules may use of the registry.

Queries of higher modules may join these tables for reading, set by set: ``registry_region``,
``registry_authority``, ``registry_profile``, ``registry_cell``, ``registry_organisation``,
``registry_placement``. Nobody else writes them.
"""

from tongzhou.modules.registry.contracts import AuthorityKind, Form, Level, OrganKind, Status
from tongzhou.modules.registry.models import name_holds
from tongzhou.modules.registry.queries.authorities import find_authority_name, list_above
from tongzhou.modules.registry.queries.bearers import (
    AuthorityRow,
    BearerRow,
    ProfileRow,
    find_authority,
    find_bearer,
    find_bearer_at,
    list_bearers,
    list_profiles,
    visible_sql,
)
from tongzhou.modules.registry.queries.places import places
from tongzhou.modules.registry.queries.recount import list_population_faults
from tongzhou.modules.registry.rules.attributes import (
    attribute_mask,
    attributes_of,
    labels,
    organs_of,
)
from tongzhou.modules.registry.rules.regions import ancestors, level_of, prov_of, span

__all__ = [
    "AuthorityKind",
    "AuthorityRow",
    "BearerRow",
    "Form",
    "Level",
    "OrganKind",
    "ProfileRow",
    "Status",
    "ancestors",
    "attribute_mask",
    "attributes_of",
    "find_authority",
    "find_authority_name",
    "find_bearer",
    "find_bearer_at",
    "labels",
    "level_of",
    "list_above",
    "list_bearers",
    "list_population_faults",
    "list_profiles",
    "name_holds",
    "organs_of",
    "places",
    "prov_of",
    "span",
    "visible_sql",
]
