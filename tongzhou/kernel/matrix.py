"""The matrix of access: who may do what, and to what, put together from the manifests.

Nothing is decided here. The manifests say which roles carry a permission and how far it reaches;
this module turns that into rows that the page ``/roles/``, ``docs/roles.md`` and the tests read.
"""

from dataclasses import dataclass

from tongzhou.kernel.access import (
    AUTHORITY_ROLES,
    ORGANISATION_ROLES,
    Role,
)
from tongzhou.kernel.manifest import manifests
from tongzhou.kernel.reach import Act, Reach

#: The roles in the order in which people read them, and what each group is called.
GROUPS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    (
        "登记管理机关（部、省、市、县）",
        (
            Role.LEADER,
            Role.OFFICE,
            Role.OFFICER,
            Role.CLERK,
            Role.ENFORCEMENT,
            Role.PUBLICITY,
            Role.AUDITOR,
        ),
    ),
    (
        "社会组织",
        (
            Role.LEGAL_REP,
            Role.SECRETARIAT,
            Role.PARTY_ORG,
            Role.SUPERVISORY_BOARD,
            Role.FINANCE,
            Role.VOLUNTEER_LEAD,
            Role.MEMBER,
        ),
    ),
    ("其他主管部门", (Role.SUPERVISOR, Role.INDUSTRY, Role.TERRITORY, Role.PARTY_LINE)),
    ("系统与公众", (Role.OPERATOR, Role.PUBLIC)),
)
ROLES = tuple(role for _, roles in GROUPS for role in roles)

_SIGHT = {
    Role.SUPERVISOR: "所主管的社会组织",
    Role.INDUSTRY: "所指导的社会组织",
    Role.TERRITORY: "住所在本属地的社会组织",
    Role.PARTY_LINE: "在本辖区登记的社会组织",
    **dict.fromkeys(AUTHORITY_ROLES, "在管辖区域登记、或者住所在管辖区域的社会组织"),
    **dict.fromkeys(ORGANISATION_ROLES, "本组织"),
}
_BEARER = {
    **dict.fromkeys(AUTHORITY_ROLES, "本机关"),
    **dict.fromkeys(ORGANISATION_ROLES, "本组织"),
}
_ORGAN = {
    **dict.fromkeys(AUTHORITY_ROLES, "本机关承担的任务"),
    Role.SECRETARIAT: "秘书处承担的任务",
    Role.LEGAL_REP: "法定代表人和秘书处承担的任务",
    Role.PARTY_ORG: "党组织承担的任务",
    Role.SUPERVISORY_BOARD: "监事会承担的任务",
}
_SAME = {
    Reach.REGISTERED: "本机关及下级机关登记的社会组织",
    Reach.REVIEWED: "由本机关审核的报送，不含本机关自己的",
    Reach.REGION: "本机关整个管辖的区域",
    Reach.AUTHORITY: "本机关",
    Reach.SELF: "本人",
    Reach.SITE: "整个系统",
    Reach.ISSUED: "已发布的文件和任务",
}
_TRAIL = {"kernel.audit.view", "kernel.audit.export"}
_AUDITED = "本机关、下级机关和在那里登记的社会组织"


def describe(role: Role, stem: str, act: Act) -> str:
    """Say to what a role's permission applies, in Chinese; both are message ids.

    Raises KeyError where a role carries a permission that cannot mean anything for it.
    """
    if stem in _TRAIL and role in {Role.OPERATOR, Role.AUDITOR}:
        return _SAME[Reach.SITE] if role is Role.OPERATOR else _AUDITED
    for reach, told in ((Reach.SIGHT, _SIGHT), (Reach.BEARER, _BEARER), (Reach.ORGAN, _ORGAN)):
        if act.reach is reach:
            return told[role]
    return _SAME[act.reach]


@dataclass(frozen=True, slots=True)
class Row:
    """One permission: its stem, what it is called, who carries it and how far it reaches."""

    module: str
    module_label: str
    stem: str
    act: Act
    roles: tuple[Role, ...]

    def reach_of(self, role: Role) -> str:
        """Return to what the permission applies for a role, empty when it does not carry it."""
        return describe(role, self.stem, self.act) if role in self.roles else ""

    def ranges(self) -> list[tuple[str, tuple[Role, ...]]]:
        """Return each range with the roles that have it, in reading order."""
        found: dict[str, list[Role]] = {}
        for role in self.roles:
            found.setdefault(self.reach_of(role), []).append(role)
        return [(told, tuple(roles)) for told, roles in found.items()]


def rows() -> list[Row]:
    """Return the whole matrix in the order of the manifests."""
    return [
        Row(
            module=each.name,
            module_label=each.label,
            stem=stem,
            act=each.acts[stem],
            roles=tuple(role for role in ROLES if role in carried),
        )
        for each in manifests()
        for stem, carried in each.permissions.items()
    ]


def label_of(stem: str) -> str:
    """Return what a permission is called; the stem itself for one that no manifest names."""
    for each in manifests():
        if stem in each.acts:
            return each.acts[stem].label
    return stem
