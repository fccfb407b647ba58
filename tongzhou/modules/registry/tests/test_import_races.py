"""Two sheets with one organisation in both, written at once: one goes in whole, one not at all."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tongzhou.base.errors import Conflict
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.models import (
    CodeEntry,
    ImportBatch,
    Organ,
    Organisation,
    Placement,
)
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.tests.conftest import AT
from tongzhou.modules.registry.tests.test_importing import row, sheet, start

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30.0  # seconds, for a fault alone: nothing here waits for time to pass


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: object) -> None:
    settings.FILES_ROOT = tmp_path


class Gate:
    """Tells that a write has come to a step, and holds it there until it may go on."""

    def __init__(self, step: str, reached: Event, go_on: Event | None = None) -> None:
        self.step, self.reached, self.go_on = step, reached, go_on

    def advance(self, done: int, *, total: int | None = None, message: str = "") -> None:
        """Take the place of a reporter."""
        if message == self.step:
            self.reached.set()
            if self.go_on is not None:
                assert self.go_on.wait(PATIENCE)


def test_two_imports_of_one_code_at_once(city_officer: Actor) -> None:
    first = start(city_officer, sheet([row(1), row(2)]), "一.xlsx")
    second = start(city_officer, sheet([row(3), row(2)]), "二.xlsx")
    for batch in (first, second):
        assert commands.check_import(actor=city_officer, at=AT, batch_id=batch) == 2
    has_codes, wants_codes = Event(), Event()
    refused: list[Conflict] = []

    def write(batch: UUID, gate: Gate) -> None:
        try:
            commands.write_import(actor=city_officer, at=AT, batch_id=batch, reporter=gate)  # type: ignore[arg-type]  # stands in for a reporter
        except Conflict as conflict:
            refused.append(conflict)
        finally:
            connection.close()

    one = Thread(target=write, args=(first, Gate("正在归入统计口径", has_codes, wants_codes)))
    other = Thread(target=write, args=(second, Gate("正在登记代码", wants_codes)))
    one.start()
    assert has_codes.wait(PATIENCE)
    other.start()
    for each in (one, other):
        each.join(PATIENCE)
        assert not each.is_alive()

    (conflict,) = refused
    assert conflict.code == "codes-taken"
    assert conflict.way_out
    held = Organisation.objects.social()
    assert set(held.values_list("code", flat=True)) == {row(1)[c.CODE], row(2)[c.CODE]}
    assert not CodeEntry.objects.filter(code=row(3)[c.CODE]).exists()
    for facts in (Organ, Placement):
        known = Organisation.objects.values("id")
        assert not facts.objects.exclude(organisation_id__in=known).exists()
    population = rows("SELECT sum(population) FROM registry_cell")[0][0]
    assert population == Organisation.objects.filter(status="ACTIVE").count()
    # The way out leads there: checked anew, the rest of the sheet goes in.
    assert ImportBatch.objects.get(pk=second).state == ImportBatch.State.CHECKED
    assert commands.check_import(actor=city_officer, at=AT, batch_id=second) == 1
    assert commands.write_import(actor=city_officer, at=AT, batch_id=second) == 1
    assert held.count() == 3
