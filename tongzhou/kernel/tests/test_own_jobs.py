"""One's own jobs: who sees them, who stops them and when, how long their files are kept."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel import accounts, clock, files, own_jobs
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.jobs import Reporter, run_reporting
from tongzhou.kernel.manifest import job_kinds, named
from tongzhou.kernel.models import Assignment, AuditLine, Progress, StoredFile
from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook

pytestmark = pytest.mark.django_db
AT = datetime(2022, 12, 7, 9, tzinfo=clock.PLACE)
STOPS, WRITES = "registry.export", "registry.apply_bulk"


@pytest.fixture(autouse=True)
def surroundings(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FILES_ROOT = tmp_path
    monkeypatch.setattr(clock, "now", lambda: AT)


def _person(name: str) -> Actor:
    user = accounts.create_user(actor=SYSTEM, at=AT, username=name, name=name, password="p")
    held = accounts.grant_assignment(
        actor=SYSTEM,
        at=AT,
        user_id=user,
        role=Role.OFFICER,
        label=name,
        authority_id=None,
        low=440_000,
        high=449_999,
    )
    return accounts.actor_for(Assignment.objects.select_related("user").get(pk=held))


@pytest.fixture
def owner() -> Actor:
    return _person("owner")


def _order(actor: Actor, kind: str = STOPS) -> UUID:
    made = own_jobs.order(
        actor=actor,
        at=AT,
        kind=kind,
        label="名册",
        args={"filters": {}} if kind == STOPS else {"change_id": str(uuid4())},
        back="/organisations/",
    )
    return made.pk


def _cancel(actor: Actor, job: UUID) -> bool:
    return own_jobs.cancel(actor=actor, at=AT, job_id=job)


def _state(job: UUID) -> str:
    return Progress.objects.get(pk=job).state


def _store(actor: Actor, data: bytes = b"a,b\n1,2\n") -> StoredFile:
    return files.store(
        io.BytesIO(data), name="a.csv", size=len(data), actor=actor, at=AT, kinds={"csv"}
    )


def _done(actor: Actor) -> UUID:
    job = _order(actor)
    run_reporting(job, lambda reporter: reporter.finish(file=_store(actor)))
    return job


def test_every_kind_names_a_permission_and_functions_that_exist() -> None:
    for kind in job_kinds().values():
        assert kind.stem
        assert kind.stops or kind.lasting, "what cannot be stopped says why"
        for place in filter(None, (kind.after_cancel, kind.again)):
            assert callable(named(place))


def test_a_waiting_job_is_cancelled_at_once_and_never_begins(owner: Actor) -> None:
    job = _order(owner, WRITES)
    assert _cancel(owner, job) is True
    began: list[int] = []
    run_reporting(job, lambda reporter: began.append(1))
    assert not began
    assert _state(job) == "CANCELLED"
    line = AuditLine.objects.get(stem="kernel.job.cancel")
    assert (line.target, line.user_id) == (f"progress/{job}", owner.user_id)


def test_a_running_job_stops_at_its_next_step_and_leaves_nothing(
    owner: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()
    job, steps = _order(owner), []

    def lines(reporter: Reporter) -> Any:
        for number in range(9):
            steps.append(number)
            reporter.advance(number)
            yield [str(number)]
            if number == 2:
                assert _cancel(owner, job) is False
                assert _state(job) == "RUNNING"

    def work(reporter: Reporter) -> None:
        sheet = Sheet("a", [TableColumn("n")], lines(reporter))
        write_workbook([sheet], tmp_path / "temporary" / "list.xlsx")
        reporter.finish(file=_store(owner))

    run_reporting(job, work)
    assert steps == [0, 1, 2, 3]
    assert _state(job) == "CANCELLED"
    assert not StoredFile.objects.exists()
    assert not list((tmp_path / "temporary").iterdir())


def test_one_that_is_cancelled_as_it_ends_leaves_no_file(
    owner: Actor, tmp_path: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    job = _order(owner)

    def work(reporter: Reporter) -> None:
        stored = _store(owner)
        _cancel(owner, job)
        reporter.finish(file=stored)

    with django_capture_on_commit_callbacks(execute=True):
        run_reporting(job, work)
    assert _state(job) == "CANCELLED"
    assert not StoredFile.objects.exists()
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_a_cancelled_job_that_fails_is_cancelled_and_the_failure_is_raised(owner: Actor) -> None:
    job = _order(owner)

    def work(reporter: Reporter) -> None:
        _cancel(owner, job)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_reporting(job, work)
    assert _state(job) == "CANCELLED"


def test_cancelling_is_refused_twice_too_late_while_writing_and_to_others(owner: Actor) -> None:
    twice, late, writing = _order(owner), _done(owner), _order(owner, WRITES)
    _cancel(owner, twice)
    with pytest.raises(Conflict, match="已经取消过"):
        _cancel(owner, twice)
    with pytest.raises(Conflict, match="来不及"):
        _cancel(owner, late)
    Progress.objects.filter(pk=writing).update(state="RUNNING")
    with pytest.raises(Refusal, match="不能停在一半") as refused:
        _cancel(owner, writing)
    assert refused.value.code == "job-writing"
    other = _person("other")
    for job in (twice, late, writing, uuid4()):
        with pytest.raises(Missing):
            _cancel(other, job)
    assert _state(writing) == "RUNNING"


def test_an_ended_job_is_ordered_again_as_it_was_by_its_owner_in_the_same_post(
    owner: Actor,
) -> None:
    job = _order(owner)
    with pytest.raises(Conflict):
        own_jobs.repeat(actor=owner, at=AT, job_id=job)
    _cancel(owner, job)
    made = own_jobs.repeat(actor=owner, at=AT, job_id=job)
    assert (made.kind, made.args, made.state) == (STOPS, {"filters": {}}, "WAITING")
    with pytest.raises(Forbidden, match="另一个岗位"):
        own_jobs.repeat(actor=replace(owner, assignment_id=0), at=AT, job_id=job)
    less = replace(owner, permissions=owner.permissions - {"registry.organisation.export"})
    with pytest.raises(Forbidden):
        own_jobs.repeat(actor=less, at=AT, job_id=job)
    with pytest.raises(Missing):
        own_jobs.repeat(actor=_person("other"), at=AT, job_id=job)
    once = _order(owner, WRITES)
    _cancel(owner, once)
    with pytest.raises(Refusal, match="不能从这里"):
        own_jobs.repeat(actor=owner, at=AT, job_id=once)


def test_a_file_is_its_owners_for_some_days_and_while_they_hold_the_post(
    owner: Actor, django_capture_on_commit_callbacks: Callable[..., Any], settings: Any
) -> None:
    job = _done(owner)
    stored = own_jobs.get_file(owner, job, AT)
    with pytest.raises(Missing):
        own_jobs.get_file(_person("other"), job, AT)
    over = AT + timedelta(days=settings.JOB_FILES_KEPT_DAYS)
    with pytest.raises(own_jobs.FileGone):
        own_jobs.get_file(owner, job, over)
    with django_capture_on_commit_callbacks(execute=True):
        assert own_jobs.forget(over - timedelta(seconds=1)) == 0
        assert files.path_of(stored).exists()
        assert own_jobs.forget(over) == 1
    assert not files.path_of(stored).exists()
    with pytest.raises(own_jobs.FileGone):
        own_jobs.get_file(owner, job, over)
    own_jobs.forget(AT + own_jobs.RECORDS_KEPT)
    assert not Progress.objects.filter(pk=job).exists()

    later = _done(owner)
    before = {"from_on": AT.date() - timedelta(days=9), "to_on": AT.date() - timedelta(days=1)}
    Assignment.objects.filter(pk=owner.assignment_id or 0).update(**before)
    with pytest.raises(Forbidden, match="岗位"):
        own_jobs.get_file(owner, later, AT)


def test_equal_files_keep_their_bytes_until_the_last_goes(
    owner: Actor, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    first, second = _done(owner), _done(owner)
    stored = own_jobs.get_file(owner, second, AT)
    with django_capture_on_commit_callbacks(execute=True):
        own_jobs.remove(actor=owner, at=AT, job_id=first)
    assert files.path_of(stored).exists()
    with django_capture_on_commit_callbacks(execute=True):
        own_jobs.remove(actor=owner, at=AT, job_id=second)
    assert not files.path_of(stored).exists()
    going = _order(owner)
    with pytest.raises(Conflict, match="不能移除"):
        own_jobs.remove(actor=owner, at=AT, job_id=going)


def test_what_a_killed_process_half_wrote_is_swept_after_a_day(tmp_path: Path) -> None:
    import os

    old, young = tmp_path / "old.part", tmp_path / "young.part"
    for each, age in ((old, 2), (young, 0)):
        each.write_bytes(b"x")
        moment = (AT - timedelta(days=age)).timestamp()
        os.utime(each, (moment, moment))
    own_jobs.forget(AT)
    assert [each.name for each in tmp_path.iterdir()] == ["young.part"]


def test_the_page_lists_ones_own_jobs_and_its_buttons_answer(owner: Actor, client: Client) -> None:
    from tongzhou.kernel.models import User

    other, job, done = _person("other"), _order(owner), _done(owner)
    client.force_login(User.objects.get(pk=other.user_id or 0))
    assert "还没有后台作业" in client.get("/jobs/").text
    for act in ("", "cancel/", "again/", "remove/"):
        assert client.post(f"/progress/{job}/{act}").status_code == 404
    assert client.get(f"/progress/{done}/file").status_code == 404

    client.force_login(User.objects.get(pk=owner.user_id or 0))
    page = client.get("/jobs/").text
    assert "8\xa0字节" in page
    assert "2022年12月14日 09:00 前可以下载" in page
    assert client.get("/jobs/", headers={"HX-Request": "true"}).text.startswith('<div id="jobs"')
    answer = client.post(f"/progress/{job}/cancel/", {"from": "list"})
    assert answer["Location"] == "/jobs/"
    answer = client.post(f"/progress/{job}/cancel/")
    assert answer.status_code == 409
    assert "已经取消过了" in answer.text
    assert "重新办理" in answer.text
    answer = client.post(f"/progress/{job}/again/")
    assert answer["Location"].startswith("/progress/")
    assert client.post(f"/progress/{done}/remove/")["Location"] == "/jobs/"
    assert str(done) not in client.get("/jobs/").text
    assert client.get(f"/progress/{done}/file").status_code == 410
