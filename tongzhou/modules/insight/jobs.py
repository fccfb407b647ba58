"""Background work of insight: long exports."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import override
from procrastinate.contrib.django import app

from tongzhou.kernel import clock
from tongzhou.kernel.jobs import Reporter, asker, run_reporting
from tongzhou.kernel.models import Progress
from tongzhou.modules.insight import commands


@app.task(name="insight.export")
def export(progress_id: str, query: dict[str, str], language: str) -> None:
    """Write a list as a workbook for the one who asked, in the assignment they asked in."""
    _write(commands.write_export, progress_id, query, language)


@app.task(name="insight.follow")
def follow(progress_id: str, query: dict[str, str], language: str) -> None:
    """Write a follow-up list for the one who asked, in the assignment they asked in."""
    _write(commands.write_follow_up, progress_id, query, language)


def _write(
    command: Callable[..., Any], progress_id: str, query: dict[str, str], language: str
) -> None:
    record = Progress.objects.get(pk=progress_id)
    at = clock.now()

    def work(reporter: Reporter) -> None:
        stored = command(
            actor=asker(progress_id),
            at=at,
            query={"as_of": record.created_at.isoformat(), **query},
            label=record.label,
            reporter=reporter,
        )
        reporter.finish(file=stored)

    with override(language):
        run_reporting(progress_id, work)
