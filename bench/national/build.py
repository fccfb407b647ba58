"""Fill a database with the national register, duties in force, phases and reports."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

import yaml
from django.db import transaction

from bench.national.organisations import organisations
from bench.national.size import Size
from tongzhou.base.period import ZONE
from tongzhou.config.demo.fates import answers
from tongzhou.kernel import audit
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.directives.public import seed_directives
from tongzhou.modules.duties import public as duties
from tongzhou.modules.registry.commands.writing import stage_rows, write_staged
from tongzhou.modules.registry.seed import seed_base
from tongzhou.modules.response import public as response

ACTOR = replace(SYSTEM, label="性能测量")
PIECE = 50_000
BATCH = 8_000
DUTIES = 30
#: Duties of the second directive that recur daily and weekly in the measurement.
DAILY, WEEKLY = 2, 4


Say = Callable[[str], None]


def build(size: Size, *, now: datetime, say: Say) -> None:
    """Fill the migrated, empty database that Django is connected to with the register alone."""
    tell = _Clock(say)
    past = now - timedelta(days=40)
    seed_base(actor=ACTOR, at=past)
    tell("regions and authorities")
    register(size, at=past)
    tell(f"{size.organisations:,} organisations")
    seed_directives(ACTOR, past)
    _settle()


def enforce(size: Size, *, now: datetime, say: Say) -> None:
    """Put duties in force on the register, set phases, and let a share of the reports come in."""
    tell = _Clock(say)
    opened = morning(now - timedelta(days=20))
    number = respond(opened)
    for body in bodies():
        publish(body, number, opened)
    tell("duties in force, phases set")
    filed = report(size.reported, now)
    _settle()
    tell(f"{filed:,} reports")


class _Clock:
    """Say what is done and how long it took."""

    def __init__(self, say: Say) -> None:
        self.say, self.since = say, time.perf_counter()

    def __call__(self, words: str) -> None:
        now = time.perf_counter()
        self.say(f"{words} ({now - self.since:.0f} s)")
        self.since = now


def _settle() -> None:
    """Fold and seal what waits for it; leave the tables as vacuum would within the hour."""
    while duties.fold():
        pass
    while audit.seal():
        pass
    execute("VACUUM (ANALYZE)")


def register(size: Size, *, at: datetime) -> None:
    """Stage and write the organisations with the importer's own statements, in one transaction."""
    batch = uuid4()
    coming = organisations(size.organisations, size.seed)
    with transaction.atomic():
        while piece := list(islice(coming, PIECE)):
            stage_rows(batch, piece)
        execute("ANALYZE registry_importrow")
        write_staged(batch, at=at)


def respond(opened: datetime) -> int:
    """Start a response and give the nation, some provinces and some cities their phases."""
    number = response.start_response(
        actor=ACTOR, at=opened, name="性能测量", kind="EPIDEMIC", started_at=opened
    )
    for region, phase, hours in (
        (0, "LEVEL_2", 0),
        (110_000, "LEVEL_1", 1),
        (440_000, "LEVEL_1", 1),
        (540_000, "LEVEL_4", 1),
        (630_000, "NORMALISED", 1),
        (440_300, "LEVEL_2", 2),
        (330_100, "LEVEL_1", 2),
        (440_117, "NORMALISED", 3),
    ):
        at = opened + timedelta(hours=hours)
        response.set_phase(
            actor=ACTOR,
            at=at,
            response_id=number,
            region_id=region,
            phase=phase,
            from_at=at,
            decided_by="性能测量",
        )
    return number


def bodies(wanted: int = DUTIES) -> list[dict[str, Any]]:
    """Return two libraries for the whole nation; together ``wanted`` duties of organisations.

    The first is the ministry's as shipped. The second takes duties of the shipped local one, gives
    the whole nation for their scope, and asks for an answer where it asks for none.
    """
    found = {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in duties.shipped_files()
    }
    upper, local = found["cn-mca-2020-5"], deepcopy(found["cn-gd-gz-2022-1207"])
    held = sum(
        each["bearer"]["kind"] == "ORGANISATION" and each["evidence"]["kind"] != "NONE"
        for each in upper["duties"]
    )
    local["scope"] = {"region": 0, "by": "REGISTRATION"}
    for_all = [each for each in local["duties"] if each["bearer"] == {"kind": "ORGANISATION"}]
    others = [each for each in local["duties"] if each not in for_all]
    taken = [*for_all, *(each for each in others if each["evidence"]["kind"] != "NONE")]
    taken = taken[: wanted - held]
    for number, each in enumerate(taken):
        if each["evidence"]["kind"] == "NONE":
            each |= {"evidence": {"kind": "STATEMENT"}, "minutes": 1}
        if number < DAILY + WEEKLY:
            each["recurrence"] = "DAILY" if number < DAILY else "WEEKLY"
            each["deadline"] = {"time": "18:00"} if number < DAILY else {"days": 1}
            each["deadline_basis"] = "setting"
    local["duties"] = [each for each in local["duties"] if each in taken]
    return [upper, local]


def publish(body: dict[str, Any], response_id: int, at: datetime) -> int:
    """Load a library and put it in force; return its id."""
    library = duties.load_library(actor=ACTOR, at=at, body=body, name="性能测量")
    duties.enforce_library(
        actor=ACTOR, at=at, library_id=library, response_id=response_id, decided_by="性能测量"
    )
    return library


def report(share: float, now: datetime) -> int:
    """Report on a duty of everybody for a share of those who owe it; return how many."""
    (duty,) = rows("SELECT root_id FROM duties_duty WHERE key = 'd8-protect'")[0]
    return file_all(duty, now, share)


def file_all(duty_id: int, now: datetime, share: float = 1.0, limit: int | None = None) -> int:
    """Report on the present period of a duty in batches; return how many were filed."""
    spec = duties.get_duty(duty_id, now).spec
    found = duties.list_windows(now, duty_ids=[duty_id])
    period = found[0].period
    data = answers(1, "x", spec.id, spec, period.start)
    keys = [
        duties.Key(period.start, duty_id, *row)
        for row in rows(
            "SELECT o.id, o.prov FROM registry_organisation o"
            " JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov"
            " JOIN duties_dutyprofile b ON b.profile_id = c.profile_id"
            " WHERE b.duty_id = ANY(%(versions)s) AND o.id %% 1000 < %(share)s"
            " AND EXISTS (SELECT FROM unnest(%(low)s::int[], %(high)s::int[]) AS w(low, high)"
            " WHERE c.place BETWEEN w.low AND w.high)"
            " ORDER BY o.prov, o.id LIMIT %(limit)s",
            {
                "versions": sorted({each.version_id for each in found}),
                "share": round(share * 1000),
                "low": [each.low for each in found],
                "high": [each.high for each in found],
                "limit": limit,
            },
        )
    ]
    for start in range(0, len(keys), BATCH):
        duties.submit_reports(
            actor=ACTOR,
            at=now,
            filings=[duties.Filing(key=key, data=data) for key in keys[start : start + BATCH]],
        )
    return len(keys)


def morning(at: datetime) -> datetime:
    """Return eight in the morning of a day."""
    return at.astimezone(ZONE).replace(hour=8, minute=0, second=0, microsecond=0)
