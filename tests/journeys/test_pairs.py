"""No pair of writes leaves a wrong figure: the second one waits, goes through, or is told.

The first one is done and held open on its connection; the second one starts on another. It either
waits for a lock of the first one or goes through beside it; then the first one commits.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import permutations
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from tests.journeys.conftest import HYGIENE, MONDAY
from tests.world import AT, GUANGZHOU, STARTED, Key, World, build_world
from tongzhou.base.errors import Refusal
from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import rows
from tongzhou.modules.duties import commands
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish
from tongzhou.modules.registry import commands as register
from tongzhou.modules.registry.public import list_population_faults
from tongzhou.modules.response import public as response

ACTOR = replace(SYSTEM, label="测试")
PHASES = ("LEVEL_2", "LEVEL_1")


@dataclass
class Stage:
    """What the acts are about: one organisation after the other, at later and later moments."""

    world: World
    bearer: Key = (0, 0)
    turn: int = 0

    def next(self, bearer: Key) -> None:
        """Go on to an organisation on which nothing was done, with a report that waits."""
        self.bearer = bearer
        self.turn += 1
        self.submit(self.now)

    @property
    def now(self) -> datetime:
        """Return the moment of this turn."""
        return AT + timedelta(minutes=self.turn)

    @property
    def key(self) -> duties.Key:
        """Return the report that waits."""
        return duties.Key(MONDAY, self.world.duty["d8-hygiene"], *self.bearer)

    def submit(self, at: datetime) -> None:
        data = {**HYGIENE, "disinfected": True, "hazards": 2}
        duties.submit_reports(actor=ACTOR, at=at, filings=[duties.Filing(key=self.key, data=data)])

    def review(self, at: datetime) -> None:
        duties.return_reports(actor=ACTOR, at=at, keys=[self.key], reason="请补充责任人")

    def move(self, at: datetime) -> None:
        found = rows(
            "SELECT version FROM registry_organisation WHERE id = %s AND prov = %s",
            list(self.bearer),
        )
        register.change_organisation(
            actor=ACTOR,
            at=at,
            organisation_id=self.bearer[0],
            prov=self.bearer[1],
            version=found[0][0],
            changes={"located_in": "440103"},
        )

    def change(self, at: datetime) -> None:
        register.assign_attribute(
            actor=ACTOR,
            at=at,
            organisation_id=self.bearer[0],
            prov=self.bearer[1],
            attribute="VOLUNTEER",
            from_on=at.date(),
        )

    def decide(self, at: datetime) -> None:
        response.set_phase(
            actor=ACTOR,
            at=at,
            response_id=self.world.response,
            region_id=GUANGZHOU,
            phase=PHASES[self.turn % 2],
            from_at=at - timedelta(seconds=30),
            decided_by="测试机关",
        )

    def amend(self, at: datetime) -> None:
        force = min(duties.list_enforcements(at), key=lambda each: each.library_id)
        held = duties.library_of(force.library_id)
        body: dict[str, Any] = deepcopy(dict(held.body))
        body["version"] = held.version + 1
        library = duties.load_library(actor=ACTOR, at=at, body=body, name="amendment")
        duties.enforce_library(
            actor=ACTOR,
            at=at,
            library_id=library,
            response_id=force.response_id,
            decided_by="测试机关",
            replaces=[force.library_id],
        )

    def waive(self, at: datetime) -> None:
        commands.give_exception(
            actor=ACTOR,
            at=at,
            organisation_id=self.bearer[0],
            prov=self.bearer[1],
            duty_id=self.world.duty["d8-cases"],
            wish=Wish(
                kind=ExceptionKind.WAIVER,
                first=at.date(),
                only=False,
                end=EndKind.OPEN,
                reason="正在停业整顿",
                basis="测试用的依据",
            ),
        )


ACTS = ("submit", "review", "move", "change", "decide", "amend", "waive")


def _chamber(number: int) -> Key:
    made = register.register_organisation(
        actor=SYSTEM,
        at=STARTED - timedelta(days=300),
        facts={
            "统一社会信用代码": make_credit_code("51", "440100", f"6{number:07d}"),
            "名称": f"广州市第{number}示例商会",
            "登记形式": "社会团体",
            "登记管理机关": "广州市民政局",
            "所在地区划代码": "440106",
            "成立日期": "2012-03-01",
            "法定代表人": "陈示例",
            "党组织": "否",
            "监事会": "否",
        },
    )
    return made[0], made[1]


def _beside(first: Callable[[], object], second: Callable[[], object]) -> BaseException | None:
    """Hold the first one open until the second one waits for it or is done; return a refusal."""
    failed: list[BaseException] = []
    backend: list[int] = []

    def run() -> None:
        try:
            connection.ensure_connection()
            backend.append(connection.connection.info.backend_pid)
            second()
        except BaseException as failure:
            failed.append(failure)
        finally:
            connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive():
            thread.join(0.005)
            if backend and rows("SELECT 1 WHERE cardinality(pg_blocking_pids(%s)) > 0", backend):
                break
    thread.join(60)
    assert not thread.is_alive()
    return failed[0] if failed else None


def _faults(at: datetime) -> list[str]:
    selection = duties.Selection(at=at)
    figure = duties.total(duties.figures(ACTOR, selection))
    found = [
        f"{measure.code}: {figure}, {listed} on the list"
        for measure in duties.MEASURES.values()
        if measure.of(figure) != (listed := len(duties.ObligationList(ACTOR, selection, measure)))
    ]
    return [*found, *duties.list_count_faults(), *list_population_faults()]


@pytest.mark.django_db(transaction=True)
def test_no_pair_of_writes_leaves_a_wrong_figure() -> None:
    stage = Stage(build_world())
    pairs = list(permutations(ACTS, 2))
    bearers = [_chamber(number) for number in range(len(pairs))]
    together = 0
    for (one, other), bearer in zip(pairs, bearers, strict=True):
        stage.next(bearer)
        now = stage.now
        refused = _beside(
            lambda one=one, now=now: getattr(stage, one)(now),  # type: ignore[misc]
            lambda other=other, now=now: getattr(stage, other)(now),  # type: ignore[misc]
        )
        assert refused is None or isinstance(refused, Refusal), (one, other, refused)
        together += refused is None
        assert not (found := _faults(now + timedelta(seconds=1))), (one, other, refused, found)
    assert together > len(pairs) // 2
