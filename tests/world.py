"""A small world for tests, built by the same commands that people use.

Guangdong with Guangzhou and Shenzhen; a chamber and a service institution registered by the city,
another one by a district; both directives in force under a response at level one. It is
Wednesday, 5 February 2020, ten in the morning.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tongzhou.base.identifiers import make_credit_code
from tongzhou.base.period import ZONE
from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.kernel.models import User
from tongzhou.modules.directives.public import seed_directives
from tongzhou.modules.duties import public as duties
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.public import find_authority
from tongzhou.modules.registry.rules.regions import ancestors, seed_regions, span
from tongzhou.modules.registry.seed.nation import national_authorities
from tongzhou.modules.response import public as response

AT = datetime(2020, 2, 5, 10, tzinfo=ZONE)
TODAY = AT.date()
STARTED = datetime(2020, 1, 30, 9, tzinfo=ZONE)
LAUNCH = STARTED.date()
PLACES = (440103, 440106, 440305)
GUANGDONG, GUANGZHOU, TIANHE, SHENZHEN = 440000, 440100, 440106, 440300

Key = tuple[int, int]


@dataclass
class World:
    """What the world holds: bearers by short name, duties by the id in their library."""

    bearers: dict[str, Key] = field(default_factory=dict)
    duty: dict[str, int] = field(default_factory=dict)
    libraries: list[int] = field(default_factory=list)
    response: int = 0
    people: dict[str, Actor] = field(default_factory=dict)

    def key(self, duty: str, day: date, bearer: str = "chamber") -> duties.Key:
        """Return the key of a report."""
        identifier, prov = self.bearers[bearer]
        return duties.Key(day, self.duty[duty], identifier, prov)

    def user(self, name: str) -> User:
        """Return somebody who can sign in."""
        return User.objects.get(username=name)


def _organisation(name: str, form: str, class_code: str, registrar: str, **facts: str) -> Key:
    place = "440106" if registrar != "深圳市民政局" else "440305"
    region = {"广州市民政局": "440100", "深圳市民政局": "440300"}.get(registrar, "440106")
    serial = f"5{sum(map(ord, name)) % 10_000_000:07d}"
    made = registry.register_organisation(
        actor=SYSTEM,
        at=STARTED - timedelta(days=300),
        facts={
            "统一社会信用代码": make_credit_code(class_code, region, serial),
            "名称": name,
            "登记形式": form,
            "登记管理机关": registrar,
            "所在地区划代码": place,
            "成立日期": "2012-03-01",
            "法定代表人": "陈示例",
            "党组织": "是",
            "监事会": "是",
            **facts,
        },
    )
    return made[0], made[1]


def build_world() -> World:
    """Build it; about a second."""
    world = World()
    wanted = {above for place in PLACES for above in (*ancestors(place), place)}
    before = STARTED - timedelta(days=365)
    registry.import_regions(
        actor=SYSTEM, at=before, regions=[r for r in seed_regions() if r.id in wanted]
    )
    registry.register_authorities(
        actor=SYSTEM,
        at=before,
        authorities=[a for a in national_authorities() if a.region_id in wanted],
    )
    world.bearers = {
        "chamber": _organisation(
            "广州市示例商会", "社会团体", "51", "广州市民政局", 属性="行业协会商会"
        ),
        "school": _organisation(
            "广州市示例培训学校", "社会服务机构", "52", "广州市民政局", 监事会="否", 党组织="否"
        ),
        "home": _organisation(
            "天河区示例养老院",
            "社会服务机构",
            "52",
            "广州市天河区民政局",
            属性="民办非营利养老机构",
        ),
        "far": _organisation("深圳市示例商会", "社会团体", "51", "深圳市民政局"),
    }
    seed_directives(SYSTEM, before)
    world.response = response.start_response(
        actor=SYSTEM, at=STARTED, name="示例疫情", kind="EPIDEMIC", started_at=STARTED, note=""
    )
    response.set_phase(
        actor=SYSTEM,
        at=STARTED,
        response_id=world.response,
        region_id=GUANGDONG,
        phase="LEVEL_1",
        from_at=STARTED,
        decided_by="广东省人民政府",
    )
    for path in duties.shipped_files():
        library = duties.load_library(
            actor=SYSTEM, at=STARTED, source=path.read_text(encoding="utf-8"), name=path.stem
        )
        world.libraries.append(library)
        duties.enforce_library(
            actor=SYSTEM,
            at=STARTED,
            library_id=library,
            response_id=world.response,
            decided_by="民政部",
        )
        for row in duties.duties_of(library):
            world.duty[row.urn.rpartition("/")[2]] = row.id
    _people(world)
    return world


def relocate(key: Key, at: datetime, place: int, version: int = 1) -> None:
    """Move an organisation to another county."""
    registry.change_organisation(
        actor=SYSTEM,
        at=at,
        organisation_id=key[0],
        prov=key[1],
        version=version,
        changes={"located_in": str(place)},
    )


def _people(world: World) -> None:
    """Give everybody a name, an assignment and an actor."""
    for name, role, bearer in (
        ("secretary", Role.SECRETARIAT, "chamber"),
        ("chair", Role.LEGAL_REP, "chamber"),
        ("party", Role.PARTY_ORG, "chamber"),
        ("board", Role.SUPERVISORY_BOARD, "chamber"),
        ("treasurer", Role.FINANCE, "chamber"),
        ("volunteers", Role.VOLUNTEER_LEAD, "chamber"),
        ("member", Role.MEMBER, "chamber"),
        ("head", Role.SECRETARIAT, "school"),
        ("nurse", Role.SECRETARIAT, "home"),
        ("stranger", Role.SECRETARIAT, "far"),
    ):
        identifier, prov = world.bearers[bearer]
        _person(world, name, role, organisation_id=identifier, prov=prov)
    for name, role, region in (
        ("officer", Role.OFFICER, GUANGZHOU),
        ("colleague", Role.OFFICER, GUANGZHOU),
        ("leader", Role.LEADER, GUANGZHOU),
        ("clerk", Role.CLERK, GUANGZHOU),
        ("office", Role.OFFICE, GUANGZHOU),
        ("enforcer", Role.ENFORCEMENT, GUANGZHOU),
        ("publicity", Role.PUBLICITY, GUANGZHOU),
        ("auditor", Role.AUDITOR, GUANGZHOU),
        ("district", Role.OFFICER, TIANHE),
        ("province", Role.OFFICER, GUANGDONG),
        ("shenzhen", Role.OFFICER, SHENZHEN),
    ):
        authority = find_authority("REGISTRATION", region)
        assert authority is not None
        low, high = span(region)
        _person(
            world,
            name,
            role,
            authority_id=authority.id,
            organisation_id=authority.organisation_id,
            prov=authority.prov,
            low=low,
            high=high,
        )


def _person(world: World, name: str, role: Role, **place: int | None) -> None:
    user = accounts.create_user(actor=SYSTEM, at=STARTED, username=name, name=name, password=None)
    assignment = accounts.grant_assignment(
        actor=SYSTEM,
        at=STARTED,
        user_id=user,
        role=role,
        label=name,
        **place,  # type: ignore[arg-type]  # test shorthand
    )
    world.people[name] = Actor(
        user_id=user,
        role=role,
        label=name,
        assignment_id=assignment,
        permissions=permissions_of(role),
        **place,  # type: ignore[arg-type]  # test shorthand
    )
