"""Background work of duties."""

import tempfile
from datetime import date
from typing import Any

from procrastinate.contrib.django import app

from tongzhou.kernel import clock, files, sight
from tongzhou.kernel.jobs import Reporter, asker, run_reporting
from tongzhou.kernel.models import Progress
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.queries import exports
from tongzhou.modules.duties.queries.lists import Filters, ReportList


@app.periodic(cron="*/5 * * * * *")
@app.task(name="duties.fold", queueing_lock="duties.fold")
def fold(timestamp: int) -> None:
    """Fold what has been reported in the last seconds into the counters."""
    while commands.fold():
        pass


@app.task(name="duties.export")
def export_reports(
    progress_id: str,
    filters: dict[str, Any],
    reviewer: int | None,
    bearer: list[int] | None,
) -> None:
    """Write a long list of reports as a workbook for the person who asked for it."""

    def work(reporter: Reporter) -> None:
        record = Progress.objects.get(pk=progress_id)
        actor = asker(progress_id)
        found = ReportList(
            actor,
            _filters(filters),
            reviewer=reviewer,
            bearer=(bearer[0], bearer[1]) if bearer else None,
        )
        with tempfile.TemporaryFile() as target, sight.acting_as(actor):
            written = exports.write_reports(found, target, tell=reporter.advance)
            reporter.advance(written, total=written)
            size = target.tell()
            stored = files.store(
                target,
                name=record.label + ".xlsx",
                size=size,
                actor=actor,
                at=clock.now(),
                max_bytes=max(size, files.MAX_UPLOAD_BYTES),
            )
        reporter.finish(file=stored)

    run_reporting(progress_id, work)


def _filters(given: dict[str, Any]) -> Filters:
    days = {name: date.fromisoformat(given[name]) for name in ("since", "until") if given.get(name)}
    return Filters(**{**given, "since": None, "until": None, **days})
