"""Background work of the registry: imports, long exports, the daily turn of dates."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock, files, sight
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.jobs import Reporter, asker, run_reporting
from tongzhou.kernel.models import Progress
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.queries import exports
from tongzhou.modules.registry.queries.organisations import (
    Filters,
    filter_organisations,
    iterate_rows,
)


def _step(batch_id: str, work: Callable[[], None]) -> None:
    """Run one step of an import; when it fails the batch is left where its owner can go on."""
    try:
        work()
    except Refusal:
        commands.reopen(UUID(batch_id), refused=True)
        raise
    except Exception:
        commands.reopen(UUID(batch_id), refused=False)
        raise


@app.task(name="registry.check_import")
def check_import(progress_id: str, batch_id: str) -> None:
    """Check an uploaded sheet."""

    def work(reporter: Reporter) -> None:
        def run() -> None:
            commands.check_import(
                actor=asker(progress_id),
                at=clock.now(),
                batch_id=UUID(batch_id),
                reporter=reporter,
            )

        _step(batch_id, run)
        reporter.finish()

    run_reporting(progress_id, work)


@app.task(name="registry.write_import")
def write_import(progress_id: str, batch_id: str) -> None:
    """Write the good rows of a checked sheet."""

    def work(reporter: Reporter) -> None:
        done = 0

        def run() -> None:
            nonlocal done
            done = commands.write_import(
                actor=asker(progress_id),
                at=clock.now(),
                batch_id=UUID(batch_id),
                reporter=reporter,
            )

        _step(batch_id, run)
        reporter.advance(done, total=done)
        reporter.finish()

    run_reporting(progress_id, work)


@app.task(name="registry.export")
def export_organisations(progress_id: str, filters: dict[str, Any]) -> None:
    """Write a long list of organisations as a workbook for the person who asked for it."""

    def work(reporter: Reporter) -> None:
        actor = asker(progress_id)
        record = Progress.objects.get(pk=progress_id)
        found = filter_organisations(actor, Filters(**filters))
        with tempfile.TemporaryFile() as target, sight.acting_as(actor):
            written = exports.write_organisations(
                iterate_rows(found), target, tell=reporter.advance
            )
            reporter.advance(written, total=written)
            size = target.tell()
            stored = files.store(
                target,
                name=record.label + ".xlsx",
                size=size,
                actor=actor,
                at=clock.now(),
                kinds=files.TABLE_KINDS,
                max_bytes=max(size, files.MAX_UPLOAD_BYTES),
            )
        reporter.finish(file=stored)

    run_reporting(progress_id, work)


@app.task(name="registry.snapshot")
def export_snapshot(progress_id: str, filters: dict[str, Any], kind: str) -> None:
    """Write what somebody may see of the register in the columns of the import, CSV or XLSX."""

    def work(reporter: Reporter) -> None:
        actor, at = asker(progress_id), clock.now()
        record = Progress.objects.get(pk=progress_id)
        with tempfile.TemporaryFile() as target, sight.acting_as(actor), transaction.atomic():
            written = exports.write_register(
                actor,
                Filters(**filters),
                target,
                kind=kind,
                today=at.astimezone(clock.PLACE).date(),
                tell=reporter.advance,
            )
            reporter.advance(written, total=written)
            size = target.tell()
            stored = files.store(
                target,
                name=f"{record.label}-{at.astimezone(clock.PLACE):%Y%m%d}.{kind}",
                size=size,
                actor=actor,
                at=at,
                kinds=files.TABLE_KINDS,
                max_bytes=max(size, files.MAX_UPLOAD_BYTES),
            )
        reporter.finish(file=stored)

    run_reporting(progress_id, work)


def _bulk(change_id: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        commands.reopen_bulk_change(UUID(change_id))
        raise


@app.task(name="registry.prepare_bulk")
def prepare_bulk(progress_id: str, change_id: str) -> None:
    """Judge the organisations of a bulk change."""

    def work(reporter: Reporter) -> None:
        outcomes = commands.prepare_bulk_change(
            actor=asker(progress_id),
            at=clock.now(),
            change_id=UUID(change_id),
            still=reporter.check,
        )
        reporter.advance(sum(outcomes.values()))
        reporter.finish()

    run_reporting(progress_id, work)


@app.task(name="registry.apply_bulk")
def apply_bulk(progress_id: str, change_id: str) -> None:
    """Carry a bulk change out."""

    def work(reporter: Reporter) -> None:
        done = 0

        def run() -> None:
            nonlocal done
            done = commands.apply_bulk_change(
                actor=asker(progress_id),
                at=clock.now(),
                change_id=UUID(change_id),
                reporter=reporter,
            )

        _bulk(change_id, run)
        reporter.advance(done, total=done)
        reporter.finish()

    run_reporting(progress_id, work)


@app.task(name="registry.undo_bulk")
def undo_bulk(progress_id: str, change_id: str, reason: str) -> None:
    """Take a bulk change back."""

    def work(reporter: Reporter) -> None:
        commands.undo_bulk_change(
            actor=asker(progress_id),
            at=clock.now(),
            change_id=UUID(change_id),
            reason=reason,
            reporter=reporter,
        )
        reporter.finish()

    run_reporting(progress_id, work)


@app.periodic(cron="5 16 * * *")
@app.task(name="registry.apply_dates", queueing_lock="registry.apply_dates")
def apply_dates(timestamp: int) -> None:
    """Let attributes and organs begin and end with the day in China (00:05 there, 16:05 UTC)."""
    commands.apply_dates(actor=SYSTEM, at=clock.now())
