"""A worker that is killed in the middle of an import or an export leaves nothing half done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app

from tongzhou.kernel import accounts, own_jobs
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.database import execute
from tongzhou.kernel.jobs import rescue_stalled, start_progress
from tongzhou.kernel.models import Assignment, Progress, StoredFile
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.models import ImportBatch, Organisation
from tongzhou.modules.registry.public import list_population_faults
from tongzhou.modules.registry.tests.conftest import AT
from tongzhou.modules.registry.tests.test_importing import row, sheet, start

PATIENCE = 120.0
PROJECT = Path(__file__).resolve().parents[4]
ROWS = 40

_WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'relation'
"""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def _url() -> str:
    held = connection.get_connection_params()
    user = quote(held.get("user") or "", safe="")
    if held.get("password"):
        user += f":{quote(held['password'], safe='')}"
    host, port = held.get("host") or "127.0.0.1", held.get("port") or 5432
    return f"postgresql://{user}@{host}:{port}/{held['dbname']}"


@contextmanager
def _worker(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker that does the jobs that wait and ends."""
    environment = os.environ | {
        "DATABASE_URL": _url(),
        "TONGZHOU_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "tongzhou.config.settings",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tongzhou.config.cli", "worker", "--one-shot", "--concurrency=4"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def _wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _count(statement: str) -> int:
    """Ask the server about others as their owner; the application may not look at them."""
    with psycopg.connect(_url(), autocommit=True) as owner:
        found = owner.execute(statement).fetchone()
    return int(found[0]) if found else 0


def _killed_at_the_register(folder: Path, job: UUID) -> None:
    """Let a job come to the table of organisations, which is held, and kill its worker there."""
    running_now = Progress.objects.filter(pk=job, state=Progress.State.RUNNING)
    with psycopg.connect(_url()) as holder:
        holder.execute("LOCK TABLE registry_organisation IN ACCESS EXCLUSIVE MODE")
        with _worker(folder) as running:
            _wait_until(
                lambda: running.poll() is not None or (running_now.exists() and _count(_WAITS))
            )
            assert running.poll() is None, "the worker ended without any work"
            running.send_signal(signal.SIGKILL)
    _wait_until(lambda: _count(_OTHERS) <= 1)


def _rescue() -> None:
    """Do what every minute does, as if the dead worker had been silent for long."""
    execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'")
    async_to_sync(rescue_stalled.func)(cast(Any, SimpleNamespace(app=app)), 0)


@pytest.fixture
def officer(transactional_db: None, city_officer: Actor) -> Actor:
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


def _ask(officer: Actor, kind: str, **ids: Any) -> UUID:
    progress = start_progress(actor=officer, at=AT, kind=kind, label="名册", total=ROWS)
    app.configure_task(kind).defer(progress_id=str(progress.pk), **ids)
    return progress.pk


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_killed_worker_are_taken_up_again_and_nothing_is_half_written(
    officer: Actor, settings: Any, tmp_path: Path
) -> None:
    settings.FILES_ROOT = tmp_path / "files"
    batch = start(officer, sheet([row(number) for number in range(ROWS)]))
    assert commands.check_import(actor=officer, at=AT, batch_id=batch) == ROWS
    writing = _ask(officer, "registry.write_import", batch_id=str(batch))
    commands.note_progress(batch, write=writing)

    _killed_at_the_register(tmp_path, writing)
    assert not Organisation.objects.social().exists()
    assert ImportBatch.objects.get(pk=batch).state == ImportBatch.State.WRITING
    assert not list_population_faults()

    files = StoredFile.objects.count()
    listing = _ask(officer, "registry.export", filters={})
    _killed_at_the_register(tmp_path, listing)
    assert Progress.objects.get(pk=listing).state == Progress.State.RUNNING
    assert StoredFile.objects.count() == files

    _rescue()
    with _worker(tmp_path) as running:
        assert running.wait(PATIENCE) == 0
    assert Organisation.objects.social().count() == ROWS
    assert ImportBatch.objects.get(pk=batch).state == ImportBatch.State.WRITTEN
    assert {Progress.objects.get(pk=each).state for each in (writing, listing)} == {"DONE"}
    assert StoredFile.objects.count() == files + 1
    assert not list_population_faults()


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_an_export_that_is_given_up_while_it_runs_stops_and_leaves_nothing(
    officer: Actor, settings: Any, tmp_path: Path
) -> None:
    settings.FILES_ROOT = tmp_path / "files"
    args = {"filters": {}, "kind": "csv"}
    job = own_jobs.order(actor=officer, at=AT, kind="registry.snapshot", label="快照", args=args)
    running_now = Progress.objects.filter(pk=job.pk, state=Progress.State.RUNNING)
    with psycopg.connect(_url()) as holder:
        holder.execute("LOCK TABLE registry_organisation IN ACCESS EXCLUSIVE MODE")
        with _worker(tmp_path) as running:
            _wait_until(
                lambda: running.poll() is not None or (running_now.exists() and _count(_WAITS))
            )
            assert own_jobs.cancel(actor=officer, at=AT, job_id=job.pk) is False
            assert running_now.exists()
            holder.rollback()
            assert running.wait(PATIENCE) == 0
    assert Progress.objects.get(pk=job.pk).state == Progress.State.CANCELLED
    assert not StoredFile.objects.exists()
    assert not [each for each in (tmp_path / "files").rglob("*") if each.is_file()]
