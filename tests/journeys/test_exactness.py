"""Figures are exact at every moment while people report, review, move and change phases."""

import random
import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction

from tongzhou.base.errors import Refusal
from tongzhou.config.demo.build import GUANGZHOU, Timeline, lay_ground
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import rows
from tongzhou.modules.duties import public as duties
from tongzhou.modules.registry import commands as register
from tongzhou.modules.registry import public as registry
from tongzhou.modules.response import public as response

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
DISTRICTS = (440103, 440104, 440105, 440106, 440117)
PLACES = (0, 440000, GUANGZHOU, *DISTRICTS)
ROUNDS = 20
ACTOR = replace(SYSTEM, label="测试")


def _selections() -> list[duties.Selection]:
    return [
        duties.Selection(at=NOW, node=node, tree=tree)
        for node in PLACES
        for tree in (duties.Tree.TERRITORY, duties.Tree.REGISTRATION)
    ]


def _disagreements(selections: list[duties.Selection]) -> list[str]:
    """Compare each number with its list, in one snapshot of the database."""
    found = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for selection in selections:
            figure = duties.total(duties.figures(ACTOR, selection))
            for measure in duties.MEASURES.values():
                listed = len(duties.ObligationList(ACTOR, selection, measure))
                if measure.of(figure) != listed:
                    found.append(f"{selection.node} {measure.code}: {figure} ≠ {listed}")
    return found


_Person = Callable[[random.Random], str]


class _Crowd:
    """People who do random things at once; each is a thread with a seed of its own."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self.done: dict[str, int] = {}
        self.guard = threading.Lock()
        owed = duties.Selection(at=NOW, library_id=None)
        self.owed = duties.ObligationList(ACTOR, owed, duties.MEASURES["owed"])[0:2_000]

    def run(self, busy: list[_Person], watching: list[_Person]) -> None:
        """Let the busy ones do their rounds, and the watching ones go on until those are done."""
        rounds = [
            threading.Thread(target=self._live, args=(person, number))
            for number, person in enumerate(busy)
        ]
        watch = [
            threading.Thread(target=self._live, args=(person, number), kwargs={"beside": rounds})
            for number, person in enumerate(watching, len(busy))
        ]
        for thread in [*rounds, *watch]:
            thread.start()
        for thread in [*rounds, *watch]:
            thread.join()
        assert not self.failures, self.failures[:3]

    def _live(self, person: _Person, number: int, beside: Sequence[threading.Thread] = ()) -> None:
        chance = random.Random(number)
        try:
            for turn in count():
                if turn >= ROUNDS if not beside else not any(t.is_alive() for t in beside):
                    return
                try:
                    did = person(chance)
                except Refusal as refusal:
                    did = f"refused {refusal.code}"
                with self.guard:
                    self.done[did] = self.done.get(did, 0) + 1
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            connection.close()

    def report(self, chance: random.Random) -> str:
        from tongzhou.config.demo.fates import answers

        row = chance.choice(self.owed)
        spec = duties.get_duty(row.duty_id, NOW).spec
        if spec.evidence.files_min:
            return "skipped"
        duties.submit_reports(
            actor=ACTOR,
            at=NOW,
            filings=[
                duties.Filing(
                    key=duties.Key(row.period, row.duty_id, row.organisation_id, row.prov),
                    data=answers(
                        chance.randrange(99), row.code, str(row.duty_id), spec, row.period
                    ),
                )
            ],
        )
        return "reported"

    def review(self, chance: random.Random) -> str:
        waiting = rows(
            "SELECT period, duty_id, organisation_id, prov FROM duties_report"
            " WHERE state = 'SUBMITTED' ORDER BY submitted_at, organisation_id, duty_id LIMIT 40"
        )
        if not waiting:
            return "idle"
        key = duties.Key(*chance.choice(waiting))
        if chance.random() < 0.5:
            duties.accept_reports(actor=ACTOR, at=NOW, keys=[key])
            return "accepted"
        duties.return_reports(actor=ACTOR, at=NOW, keys=[key], reason="请补充责任人")
        return "returned"

    def move(self, chance: random.Random) -> str:
        row = chance.choice(self.owed)
        version = rows(
            "SELECT version FROM registry_organisation WHERE id = %s AND prov = %s",
            [row.organisation_id, row.prov],
        )[0][0]
        register.change_organisation(
            actor=ACTOR,
            at=NOW,
            organisation_id=row.organisation_id,
            prov=row.prov,
            version=version,
            changes={"located_in": str(chance.choice(DISTRICTS))},
        )
        return "moved"

    def dissolve(self, chance: random.Random) -> str:
        row = chance.choice(self.owed)
        version_kind = chance.choice(["SUSPENDED", "ACTIVE"])
        register.set_status(
            actor=ACTOR,
            at=NOW,
            organisation_id=row.organisation_id,
            prov=row.prov,
            status=registry.Status(version_kind),
            reason="测试",
        )
        return version_kind

    def decide(self, chance: random.Random) -> str:
        response.set_phase(
            actor=ACTOR,
            at=NOW,
            response_id=response.list_responses()[0].id,
            region_id=chance.choice(DISTRICTS),
            phase=chance.choice(["LEVEL_1", "LEVEL_3", "NORMALISED", "ENDED"]),
            from_at=NOW - timedelta(minutes=chance.randrange(1, 5_000)),
            decided_by="测试机关",
        )
        return "phase"

    def amend(self, chance: random.Random) -> str:
        """Put a new version of a library in the place of the one in force."""
        force = chance.choice(duties.list_enforcements(NOW))
        held = duties.library_of(force.library_id)
        body: dict[str, Any] = deepcopy(dict(held.body))
        body["version"] = held.version + 1
        declared = chance.choice(body["duties"])
        if "deadline" in declared and "days" in declared["deadline"]:
            declared["deadline"] = {"days": chance.randrange(1, 9)}
        if chance.random() < 0.3:
            body["duties"].remove(declared)
        library = duties.load_library(actor=ACTOR, at=NOW, body=body, name="probe")
        duties.enforce_library(
            actor=ACTOR,
            at=NOW,
            library_id=library,
            response_id=force.response_id,
            decided_by="测试机关",
            replaces=[force.library_id],
        )
        return "amended"

    def fold(self, chance: random.Random) -> str:
        return "folded" if duties.fold() else "nothing to fold"

    def check(self, chance: random.Random) -> str:
        faults = _disagreements(chance.sample(_selections(), 2))
        assert not faults, faults[:5]
        return "checked"


@pytest.mark.django_db(transaction=True)
def test_numbers_and_lists_agree_in_the_middle_of_everything() -> None:
    lay_ground(Timeline(NOW), say=lambda words: None, organisations=60)
    crowd = _Crowd()
    crowd.run(
        busy=[crowd.report, crowd.report, crowd.move, crowd.dissolve, crowd.decide, crowd.amend],
        watching=[crowd.review, crowd.fold, crowd.check],
    )
    for deed in ("reported", "moved", "phase", "amended", "checked"):
        assert crowd.done.get(deed), crowd.done
    assert duties.list_count_faults() == []
    assert registry.list_population_faults() == []
    assert _disagreements(_selections()) == []
    while duties.fold():
        pass
    assert _disagreements(_selections()) == []
    _past_is_present()


def _past_is_present() -> None:
    """Look back to this very moment: the figures are the same as looking at it."""
    for selection in _selections():
        present = duties.figures(ACTOR, selection)
        past = duties.figures(ACTOR, replace(selection, as_of=NOW))
        assert present == past, selection.node
