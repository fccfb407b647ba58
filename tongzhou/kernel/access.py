"""Who acts, in which role, and what that role may do.

Roles are granted permissions by the module manifests; a permission is a stem such as
``duties.report.accept``. An :class:`Actor` is what every command and query receives: a person in
one of their assignments, never a bare user.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from django.utils.translation import gettext

from tongzhou.base.errors import Forbidden
from tongzhou.kernel import manifest

NATION = (0, 999_999)


class Role(StrEnum):
    """What a person is at the place they act for."""

    PUBLIC = "PUBLIC"
    OFFICER = "OFFICER"
    LEADER = "LEADER"
    CLERK = "CLERK"
    OFFICE = "OFFICE"
    ENFORCEMENT = "ENFORCEMENT"
    PUBLICITY = "PUBLICITY"
    AUDITOR = "AUDITOR"
    SUPERVISOR = "SUPERVISOR"
    INDUSTRY = "INDUSTRY"
    TERRITORY = "TERRITORY"
    PARTY_LINE = "PARTY_LINE"
    SECRETARIAT = "SECRETARIAT"
    LEGAL_REP = "LEGAL_REP"
    PARTY_ORG = "PARTY_ORG"
    SUPERVISORY_BOARD = "SUPERVISORY_BOARD"
    FINANCE = "FINANCE"
    VOLUNTEER_LEAD = "VOLUNTEER_LEAD"
    MEMBER = "MEMBER"
    OPERATOR = "OPERATOR"
    SYSTEM = "SYSTEM"


ROLE_LABELS = {
    Role.PUBLIC: "公众",
    Role.OFFICER: "监管干部",
    Role.LEADER: "领导",
    Role.CLERK: "窗口人员",
    Role.OFFICE: "综合岗",
    Role.ENFORCEMENT: "执法人员",
    Role.PUBLICITY: "宣传岗",
    Role.AUDITOR: "审计人员",
    Role.SUPERVISOR: "业务主管单位",
    Role.INDUSTRY: "行业管理部门",
    Role.TERRITORY: "属地",
    Role.PARTY_LINE: "党建工作机构",
    Role.SECRETARIAT: "秘书处",
    Role.LEGAL_REP: "法定代表人",
    Role.PARTY_ORG: "党组织",
    Role.SUPERVISORY_BOARD: "监事会",
    Role.FINANCE: "财务",
    Role.VOLUNTEER_LEAD: "志愿服务负责人",
    Role.MEMBER: "会员",
    Role.OPERATOR: "系统运维",
    Role.SYSTEM: "系统",
}

#: Those at a registration authority who deal with organisations every day.
REGISTRATION_ROLES = frozenset({Role.OFFICER, Role.LEADER, Role.CLERK})
#: Everybody at a registration authority: they all look at the same regions.
AUTHORITY_ROLES = REGISTRATION_ROLES | {
    Role.OFFICE,
    Role.ENFORCEMENT,
    Role.PUBLICITY,
    Role.AUDITOR,
}
READER_ROLES = frozenset({Role.SUPERVISOR, Role.INDUSTRY, Role.TERRITORY, Role.PARTY_LINE})
#: The organs of an organisation, which have duties of their own.
ORGAN_ROLES = frozenset({Role.SECRETARIAT, Role.LEGAL_REP, Role.PARTY_ORG, Role.SUPERVISORY_BOARD})
#: Everybody in an organisation: they all look at that one organisation.
ORGANISATION_ROLES = ORGAN_ROLES | {Role.FINANCE, Role.VOLUNTEER_LEAD, Role.MEMBER}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system) acting in one role.

    ``low``/``high`` is the inclusive range of region ids that the actor's authority governs.
    ``organisation_id``/``prov`` name the organisation acted for; an authority's people carry the
    bearer row of their authority there, because authorities owe duties as well.
    ``on_behalf_of``: the absent person whose assignment a deputy acts in.
    """

    user_id: int | None
    role: Role
    label: str
    assignment_id: int | None = None
    authority_id: int | None = None
    organisation_id: int | None = None
    prov: int | None = None
    low: int = 1
    high: int = 0
    permissions: frozenset[str] = field(default_factory=frozenset)
    on_behalf_of: int | None = None

    @property
    def is_public(self) -> bool:
        """Tell whether nobody is signed in."""
        return self.role == Role.PUBLIC

    @property
    def is_authority(self) -> bool:
        """Tell whether the actor works at a registration authority."""
        return self.role in AUTHORITY_ROLES

    @property
    def is_reader(self) -> bool:
        """Tell whether the actor is a parallel principal that reads in its own scope."""
        return self.role in READER_ROLES

    @property
    def is_organisation(self) -> bool:
        """Tell whether the actor belongs to one organisation."""
        return self.role in ORGANISATION_ROLES

    @property
    def is_system(self) -> bool:
        """Tell whether the product itself acts: a job or the console."""
        return self.role == Role.SYSTEM

    def may(self, stem: str) -> bool:
        """Tell whether the actor's role carries the permission ``stem``."""
        return stem == "public" or self.is_system or stem in self.permissions

    def require(self, stem: str) -> None:
        """Raise Forbidden when the actor may not do ``stem``."""
        if not self.may(stem):
            raise Forbidden(
                "“%(role)s”没有办理这件事的权限。",
                params={"role": gettext(ROLE_LABELS[self.role])},
                code="forbidden",
                way_out="如需办理，请联系本单位负责人调整岗位授权。",
            )

    def governs(self, region_id: int) -> bool:
        """Tell whether ``region_id`` lies in the range the actor's authority governs."""
        return self.is_system or self.low <= region_id <= self.high


@cache
def permissions_of(role: Role) -> frozenset[str]:
    """Return the stems that the manifests grant to ``role``."""
    return frozenset(
        stem
        for each in manifest.manifests()
        for stem, roles in each.permissions.items()
        if role in roles
    )


SYSTEM = Actor(user_id=None, role=Role.SYSTEM, label="系统", low=NATION[0], high=NATION[1])


def public() -> Actor:
    """Return the actor of somebody who has not signed in."""
    return Actor(
        user_id=None, role=Role.PUBLIC, label="公众", permissions=permissions_of(Role.PUBLIC)
    )
