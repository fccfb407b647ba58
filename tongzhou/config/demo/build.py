"""Build the demonstration: a nation of authorities, a city of organisations, weeks of reporting."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Required, TypedDict
from uuid import UUID

from tongzhou.base.period import ZONE
from tongzhou.config.demo.compiling import compile_samples
from tongzhou.config.demo.people import PASSWORD, PERSONAS, Persona
from tongzhou.config.demo.reporting import let_pass
from tongzhou.kernel import accounts, audit, files
from tongzhou.kernel.access import ORGANISATION_ROLES, SYSTEM, Role
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import User
from tongzhou.modules.directives.public import seed_directives
from tongzhou.modules.duties import public as duties
from tongzhou.modules.registry import public as registry
from tongzhou.modules.registry.seed import seed_base, seed_demo
from tongzhou.modules.response import public as response

SEED = 2022
SPEAKER = replace(SYSTEM, label="演示数据")
RESPONSE = "新发呼吸道传染病疫情应对（演示）"
GUANGDONG, GUANGZHOU = 440_000, 440_100

# One page with one line of text, so that duties that want a file have one to show.
ATTACHMENT = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources"
    b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
    b"4 0 obj<</Length 64>>stream\n"
    b"BT /F1 18 Tf 72 760 Td (Tongzhou demonstration attachment) Tj ET\n"
    b"endstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The demonstration's moments, counted back from the day it is built."""

    now: datetime

    def back(self, days: int, hour: int = 9, minute: int = 0) -> datetime:
        """Return an hour of the day that was ``days`` ago."""
        day = self.now.astimezone(ZONE).date() - timedelta(days=days)
        return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(
            hours=hour, minutes=minute
        )


def is_built() -> bool:
    """Tell whether the demonstration was built to its end."""
    return User.objects.filter(username=PERSONAS[-1].username).exists()


def build(*, now: datetime, say: Say, seed: int = SEED, organisations: int | None = None) -> None:
    """Build it whole; ``organisations`` takes only the first so many, for tests."""
    line = Timeline(now)
    lay_ground(line, say=say, seed=seed, organisations=organisations)
    with _step(say, "人员"):
        _people(line.back(37))
    with _step(say, "两周半的报送和审核") as tell:
        let_pass(
            seed=seed,
            since=line.back(17),
            now=now,
            attachment=_attachment(line.back(30)),
            home=_home(),
            tell=lambda done, total: tell(f"{done}/{total}"),
        )
    with _step(say, "正在分解、待签发和补充的文件"):
        compile_samples(now)
    with _step(say, "审计链"):
        while audit.seal():
            pass


def lay_ground(
    line: Timeline, *, say: Say, seed: int = SEED, organisations: int | None = None
) -> None:
    """Build all that reporting stands on: register, directives, response, what is in force."""
    with _step(say, "行政区划和全国登记管理机关"):
        seed_base(actor=SPEAKER, at=line.back(40))
    with _step(say, "广州市社会组织名册"):
        seed_demo(actor=SPEAKER, at=line.back(39), seed=seed, limit=organisations)
    with _step(say, "两份文件正文"):
        seed_directives(actor=SPEAKER, at=line.back(38))
    with _step(say, "应急响应和任务库"):
        _respond(line)


@contextmanager
def _step(say: Say, label: str) -> Iterator[Say]:
    began = time.monotonic()
    say(f"  {label} …")
    last = began

    def tell(words: str) -> None:
        nonlocal last
        if time.monotonic() - last > 3:
            last = time.monotonic()
            say(f"    {label} {words}")

    yield tell
    say(f"  {label} ✓ {time.monotonic() - began:.1f} s")


def _respond(line: Timeline) -> None:
    """Start the response, raise and lower it as the weeks go, put both directives in force."""
    opened = line.back(17, 8)
    number = response.start_response(
        actor=SPEAKER,
        at=opened,
        name=RESPONSE,
        kind="EPIDEMIC",
        started_at=opened,
        note="演示用。两份文件按当年原文施行，时间换成最近几周。",
    )
    settings = (
        (17, 9, GUANGDONG, "LEVEL_2", "广东省人民政府", "全省启动二级响应"),
        (13, 20, GUANGZHOU, "LEVEL_1", "广州市人民政府", "本市出现聚集性疫情，提级"),
        (6, 9, GUANGZHOU, "LEVEL_2", "广州市人民政府", "疫情得到控制，降为二级"),
        (3, 9, 440_117, "NORMALISED", "广州市从化区人民政府", "连续十四天无新增，转入常态化"),
        (2, 9, 440_118, "NORMALISED", "广州市增城区人民政府", "连续十四天无新增，转入常态化"),
    )
    libraries = {}
    for path in duties.shipped_files():
        source = path.read_text(encoding="utf-8")
        library = duties.load_library(actor=SPEAKER, at=opened, source=source, name=path.stem)
        libraries[path.stem] = library
    for days, hour, region, phase, decider, note in settings:
        at = line.back(days, hour)
        response.set_phase(
            actor=SPEAKER,
            at=at,
            response_id=number,
            region_id=region,
            phase=phase,
            from_at=at,
            decided_by=decider,
            note=note,
        )
    for name, days, decider in (
        ("cn-mca-2020-5", 17, "民政部社会组织管理局"),
        ("cn-gd-gz-2022-1207", 16, "广州市社会组织管理局、广州市社会组织党委"),
    ):
        duties.enforce_library(
            actor=SPEAKER,
            at=line.back(days, 10),
            library_id=libraries[name],
            response_id=number,
            decided_by=decider,
        )


class _Place(TypedDict, total=False):
    label: Required[str]
    authority_id: int
    organisation_id: int | None
    prov: int
    low: int
    high: int


def _people(at: datetime) -> None:
    """Create the personas and give each their assignment."""
    home = _home()
    for persona in PERSONAS:
        user = accounts.create_user(
            actor=SPEAKER,
            at=at,
            username=persona.username,
            name=persona.name,
            password=PASSWORD,
            demo=True,
        )
        accounts.grant_assignment(
            actor=SPEAKER, at=at, user_id=user, role=persona.role, **_place_of(persona, home)
        )


def _home() -> registry.BearerRow:
    """Return the organisation the organ personas act for: a trade association with all organs."""
    found = rows(
        """
        SELECT id, prov FROM registry_organisation
        WHERE registered_region = %s AND form = 'ASSOCIATION' AND organs = 15
        ORDER BY (attributes & %s) DESC, id LIMIT 1
        """,
        [GUANGZHOU, registry.attribute_mask(["TRADE_ASSOCIATION"])],
    )
    home = registry.find_bearer(*found[0])
    if home is None:
        raise RuntimeError("no organisation for the organ personas")
    return home


def _place_of(persona: Persona, home: registry.BearerRow) -> _Place:
    if persona.role in ORGANISATION_ROLES:
        return {"label": home.name, "organisation_id": home.id, "prov": home.prov}
    if persona.role == Role.OPERATOR:
        return {"label": "系统"}
    place = persona.place if persona.place is not None else GUANGZHOU
    low, high = registry.span(place)
    authority = registry.find_authority(persona.kind, place)
    if authority is None:
        raise RuntimeError(f"no authority for {persona.username}")
    return {
        "label": authority.name,
        "authority_id": authority.id,
        "organisation_id": authority.organisation_id,
        "prov": authority.prov,
        "low": low,
        "high": high,
    }


def _attachment(at: datetime) -> UUID:
    return files.store(
        io.BytesIO(ATTACHMENT), name="演示附件.pdf", size=len(ATTACHMENT), actor=SPEAKER, at=at
    ).pk
