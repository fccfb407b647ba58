"""Imports and bulk changes whose jobs are given up: what waited is put back, nothing is written."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.kernel import accounts, own_jobs
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.models import Assignment, Progress
from tongzhou.modules.registry import commands, jobs
from tongzhou.modules.registry.models import BulkChange, ImportBatch, ImportRow, Organisation
from tongzhou.modules.registry.queries.organisations import Filters
from tongzhou.modules.registry.rules import columns
from tongzhou.modules.registry.tests.conftest import AT
from tongzhou.modules.registry.tests.test_importing import row, sheet, start

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def officer(city_officer: Actor) -> Actor:
    """Return an officer who has an account, as whoever asks for a job has."""
    user = accounts.create_user(actor=SYSTEM, at=AT, username="o", name="测试", password=None)
    made = accounts.grant_assignment(
        actor=SYSTEM,
        at=AT,
        user_id=user,
        role=Role.OFFICER,
        label="测试岗位",
        authority_id=city_officer.authority_id,
        low=city_officer.low,
        high=city_officer.high,
    )
    return accounts.actor_for(Assignment.objects.select_related("user").get(pk=made))


def _order(officer: Actor, kind: str, **args: Any) -> Progress:
    return own_jobs.order(
        actor=officer, at=AT, kind=kind, label="名册", args={k: str(v) for k, v in args.items()}
    )


def _check(officer: Actor) -> tuple[UUID, Progress]:
    batch = start(officer, sheet([row(number) for number in range(3)]))
    job = _order(officer, "registry.check_import", batch_id=batch)
    commands.note_progress(batch, check=job.pk)
    return batch, job


def _state(batch: UUID) -> str:
    return ImportBatch.objects.get(pk=batch).state


def _run(job: Progress) -> str:
    task = {"registry.check_import": jobs.check_import, "registry.write_import": jobs.write_import}
    task[job.kind](progress_id=str(job.pk), **job.args)
    job.refresh_from_db()
    return job.state


def test_a_check_that_is_given_up_can_be_ordered_again(officer: Actor) -> None:
    batch, job = _check(officer)
    own_jobs.cancel(actor=officer, at=AT, job_id=job.pk)
    assert _state(batch) == "STOPPED"
    assert _run(job) == "CANCELLED"
    again = own_jobs.repeat(actor=officer, at=AT, job_id=job.pk)
    assert _state(batch) == "CHECKING"
    assert _run(again) == "DONE"
    assert _state(batch) == "CHECKED"
    commands.discard_import(actor=officer, at=AT, batch_id=batch)
    with pytest.raises(Conflict):
        own_jobs.repeat(actor=officer, at=AT, job_id=again.pk)


def test_a_check_stops_between_its_steps_and_leaves_no_rows(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, job = _check(officer)
    before = columns.check_header

    def check_header(header: Any) -> None:
        own_jobs.cancel(actor=officer, at=AT, job_id=job.pk)
        before(header)

    monkeypatch.setattr(columns, "check_header", check_header)
    assert _run(job) == "CANCELLED"
    assert _state(batch) == "STOPPED"
    assert not ImportRow.objects.exists()


def test_a_sheet_that_waits_to_be_written_is_put_back_one_that_is_written_is_not(
    officer: Actor,
) -> None:
    batch, check = _check(officer)
    _run(check)
    write = _order(officer, "registry.write_import", batch_id=batch)
    commands.note_progress(batch, write=write.pk)
    Progress.objects.filter(pk=write.pk).update(state="RUNNING")
    with pytest.raises(Refusal, match="写到一半不能停") as refused:
        own_jobs.cancel(actor=officer, at=AT, job_id=write.pk)
    assert refused.value.way_out
    assert _state(batch) == "WRITING"
    Progress.objects.filter(pk=write.pk).update(state="WAITING")
    own_jobs.cancel(actor=officer, at=AT, job_id=write.pk)
    assert _state(batch) == "CHECKED"
    assert _run(write) == "CANCELLED"
    assert not Organisation.objects.social().exists()


def test_a_bulk_change_goes_back_to_where_its_owner_can_go_on(officer: Actor) -> None:
    change = UUID(
        commands.start_bulk_change(
            actor=officer,
            at=AT,
            action="ADD",
            attribute="CHARITY",
            day=date(2020, 2, 1),
            basis="批文",
            filters=Filters(),
        )
    )

    def state() -> str:
        return BulkChange.objects.get(pk=change).state

    prepare = _order(officer, "registry.prepare_bulk", change_id=change)
    commands.note_bulk_progress(change, prepare.pk, applying=False)
    own_jobs.cancel(actor=officer, at=AT, job_id=prepare.pk)
    assert state() == "STOPPED"
    again = own_jobs.repeat(actor=officer, at=AT, job_id=prepare.pk)
    jobs.prepare_bulk(progress_id=str(again.pk), **again.args)
    assert state() == "PREPARED"
    apply = _order(officer, "registry.apply_bulk", change_id=change)
    commands.note_bulk_progress(change, apply.pk, applying=True)
    own_jobs.cancel(actor=officer, at=AT, job_id=apply.pk)
    assert state() == "PREPARED"


def test_the_page_of_a_stopped_check_offers_to_check_again(officer: Actor, client: Any) -> None:
    from tongzhou.kernel.models import User

    batch, job = _check(officer)
    own_jobs.cancel(actor=officer, at=AT, job_id=job.pk)
    client.force_login(User.objects.get(pk=officer.user_id or 0))
    page = client.get(reverse("registry:import", args=[batch])).text
    assert "已取消" in page
    assert "重新检查" in page
    assert "hx-trigger" not in page
