"""One world for the matrix: every role, and each kind of object here and elsewhere."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from tests.access.declared import STAND
from tests.journeys.conftest import MONDAY, PDF, Town, build_town
from tests.sharing import on_that_day, once
from tests.world import AT
from tongzhou.kernel import files
from tongzhou.kernel.jobs import start_progress
from tongzhou.modules.duties.commands import Key, submit_report
from tongzhou.modules.duties.models import Report
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.models import Organisation, OrganisationAttribute
from tongzhou.modules.registry.rules import columns

TEXT = "{city}市民政局关于示例的通知\n各社会组织：\n一、做好防控。\n{city}市民政局\n2020年2月1日\n"
HYGIENE = {"disinfected": "yes", "hazards": "2", "plan": "本周内清理完毕"}


#: What nobody has: the address is asked all the same, for its guard.
_ABSENT = (
    *("exception_id", "assignment_id", "deputy_id", "invitation_id", "reset_id", "request_id"),
    "erasure_id",
)


@dataclass
class Places:
    """Values for the parameters of addresses: of an object here, there, and nowhere."""

    town: Town
    here: dict[str, Any] = field(default_factory=dict)
    there: dict[str, Any] = field(default_factory=dict)
    nowhere: dict[str, Any] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)


def _work(town: Town, name: str, city: str) -> int:
    sent = town.browser(name).post("/directives/load/", {"text": TEXT.format(city=city)})
    return int(sent["Location"].split("/")[2])


def _batch(town: Town, name: str) -> Any:
    sheet = ",".join(each.name for each in columns.COLUMNS).encode() + b"\n"
    return registry.start_import(
        actor=town.world.people[name],
        at=AT,
        stream=io.BytesIO(sheet),
        name="名册.csv",
        size=len(sheet),
    )


def _objects(town: Town, bearer: str, reporter: str, officer: str, city: str) -> dict[str, Any]:
    """Return the parameters of an organisation, a report, a file, and an officer's work."""
    world = town.world
    writer = world.people[reporter]
    stored = files.store(io.BytesIO(PDF), name=f"{city}.pdf", size=len(PDF), actor=writer, at=AT)
    key = Key(MONDAY, world.duty["d8-hygiene"], *world.bearers[bearer])
    submit_report(actor=writer, at=AT, key=key, data=HYGIENE)
    Report.objects.filter(organisation_id=key.organisation_id, duty_id=key.duty_id).update(
        files=[stored.pk]
    )
    attribute = (
        OrganisationAttribute.objects.filter(organisation_id=key.organisation_id)
        .values_list("id", flat=True)
        .first()
    )
    return {
        "organisation_id": key.organisation_id,
        "prov": key.prov,
        "duty_id": key.duty_id,
        "period": key.period.isoformat(),
        "file_id": stored.pk,
        "attribute_id": attribute or 1,
        "kind": "PARTY_ORG",
        "compilation_id": _work(town, officer, city),
        "batch_id": _batch(town, officer),
        "progress_id": start_progress(
            actor=world.people[officer], at=AT, kind="x", label=f"{city}的任务"
        ).pk,
    }


def build_places() -> Places:
    """Build the town and what its matrix is asked about."""
    town = build_town()
    world = town.world
    readers = world.people["supervisor"].authority_id
    identifier, prov = world.bearers["chamber"]
    Organisation.objects.filter(id=identifier, prov=prov).update(
        supervisor_id=readers, industry_department_id=readers
    )
    shared = {
        "response_id": world.response,
        "library_id": world.libraries[0],
        "expression_id": town.plan,
        "region_id": 440106,
        "key": 1,
        "code": "pdf",
        "secret": "no-such-link",
        **dict.fromkeys(("change_id", "transfer_id"), "00000000-0000-4000-8000-000000000000"),
        **dict.fromkeys(_ABSENT, 99_999_999),
    }
    here = {**shared, **_objects(town, "chamber", "secretary", "officer", "广州")}
    there = {**shared, **_objects(town, "far", "stranger", "shenzhen", "深圳")}
    nowhere = {
        **shared,
        **dict.fromkeys(("organisation_id", "compilation_id", "attribute_id"), 99_999_999),
        **dict.fromkeys(
            ("file_id", "batch_id", "progress_id"), "00000000-0000-4000-8000-000000000000"
        ),
        "prov": there["prov"],
        "duty_id": there["duty_id"],
        "period": there["period"],
        "kind": "PARTY_ORG",
    }
    made = Places(town, here, there, nowhere)
    for name in STAND:
        made.browsers[name] = town.browser(name or None)
        made.tokens[name] = town.headers(name or None)
    return made


@pytest.fixture(scope="package")
def shared_places(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Places]:
    """Return the world, built once for this folder; each request undoes what it did."""
    with on_that_day(tmp_path_factory.mktemp("files")):
        yield from once(django_db_blocker, build_places)


@pytest.fixture
def places(shared_places: Places, db: None) -> Places:
    """Return the world as it was built."""
    return shared_places
