"""Who decides about a bearer's reports.

About an organisation's: the authority that registered it (社会团体登记管理条例 第二十四条).
About an authority's own: its superior. Above the ministry there is nobody, so its reports stay as
received.
"""

from tongzhou.kernel.database import rows
from tongzhou.modules.registry.public import BearerRow

#: Keeps the bearers whose reports one authority decides about; takes its id twice.
DECIDED_BY = """
(registry_organisation.form <> 'AUTHORITY' AND registry_organisation.registered_by_id = %s
 OR registry_organisation.form = 'AUTHORITY' AND registry_organisation.registered_by_id IN
    (SELECT id FROM registry_authority WHERE superior_id = %s))
"""

#: Joins the authority that decides as ``v``; its columns are NULL above the ministry.
REVIEWER = """
JOIN registry_authority a ON a.id = registry_organisation.registered_by_id
LEFT JOIN registry_authority v
       ON v.id = CASE WHEN registry_organisation.form = 'AUTHORITY' THEN a.superior_id ELSE a.id END
"""


def reviewer_of(bearer: BearerRow) -> int | None:
    """Return the id of the authority that decides about a bearer's reports, None for nobody."""
    if bearer.form != "AUTHORITY":
        return bearer.registered_by_id
    found = rows(
        "SELECT superior_id FROM registry_authority WHERE id = %s", [bearer.registered_by_id]
    )
    return found[0][0] if found else None
