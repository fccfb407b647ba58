"""Writes of insight: none of its own figures, only the files that long exports leave."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from tongzhou.kernel import audit, files, jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.tables import write_workbook
from tongzhou.modules.insight.queries import follow
from tongzhou.modules.insight.queries.export import sheet_of
from tongzhou.modules.insight.queries.questions import read_look, read_measure, read_order

LARGEST_BYTES = 500 * files.MIB


@command("insight.figures.export")
def export_obligations(
    *, actor: Actor, at: datetime, query: Mapping[str, str], label: str, back: str
) -> str:
    """Have a job write the list of a query string as a workbook; return its progress id.

    The list is that of this moment, whatever happens until the job has its turn.
    """
    progress = jobs.enqueue(
        actor=actor,
        at=at,
        kind="insight.export",
        label=label,
        back=back,
        args={"query": dict(query), "language": get_language() or "zh-hans"},
    )
    audit.note(target=f"progress/{progress.pk}", query=dict(query))
    return str(progress.pk)


@command("insight.figures.export")
def export_follow_up(
    *, actor: Actor, at: datetime, query: Mapping[str, str], label: str, back: str
) -> str:
    """Have a job write a follow-up list as XLSX or CSV; return its progress id."""
    progress = jobs.enqueue(
        actor=actor,
        at=at,
        kind="insight.follow",
        label=label,
        back=back,
        args={"query": dict(query), "language": get_language() or "zh-hans"},
    )
    audit.note(target=f"progress/{progress.pk}", query=dict(query))
    return str(progress.pk)


@command("insight.figures.export")
def write_follow_up(
    *,
    actor: Actor,
    at: datetime,
    query: Mapping[str, str],
    label: str,
    reporter: jobs.Reporter,
) -> Any:
    """Write the file that :func:`export_follow_up` promised; return its stored file."""
    look = read_look(query, actor, at)
    wanted, words = follow.read_wanted(query), query.get("q", "")
    reporter.advance(0, total=follow.count_of(look, wanted, words))
    form = query.get("format", "xlsx")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{form}"
        written = follow.write_list(look, wanted, words, form, path, tell=reporter.advance)
        reporter.advance(written)
        with path.open("rb") as stream:
            stored = files.store(
                stream,
                name=f"{label}.{form}",
                size=path.stat().st_size,
                actor=actor,
                at=at,
                kinds=files.TABLE_KINDS,
                max_bytes=LARGEST_BYTES,
            )
    audit.note(target=f"file/{stored.pk}", rows=written)
    return stored


@command("insight.figures.export")
def write_export(
    *,
    actor: Actor,
    at: datetime,
    query: Mapping[str, str],
    label: str,
    reporter: jobs.Reporter,
) -> Any:
    """Write the workbook that :func:`export_obligations` promised; return its stored file."""
    look = read_look(query, actor, at)
    measure = read_measure(query)
    found = look.obligations(measure, query.get("q", ""), read_order(query), look.total())
    total = found.count()
    reporter.advance(0, total=total)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        write_workbook([sheet_of(look, measure, found.stream(), tell=reporter.advance)], path)
        reporter.advance(total)
        with path.open("rb") as stream:
            stored = files.store(
                stream,
                name=f"{label}.xlsx",
                size=path.stat().st_size,
                actor=actor,
                at=at,
                kinds=files.TABLE_KINDS,
                max_bytes=LARGEST_BYTES,
            )
    audit.note(target=f"file/{stored.pk}", rows=total)
    return stored
