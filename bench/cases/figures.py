"""The demonstration, figures on it, and a large sheet imported on top."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Result, median_ms, timed

NEEDS_DATABASE = True
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))


def measure() -> Iterator[Result]:
    """Build the demonstration, import a large sheet on top, read figures."""
    from tongzhou.config.demo import build
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
    from tongzhou.modules.duties import public as duties
    from tongzhou.modules.registry import commands
    from tongzhou.modules.registry.rules import columns
    from tongzhou.modules.registry.seed.invented import invented_organisations

    now = clock.now()
    seconds = timed(lambda: build.build(now=now, say=lambda words: None))
    yield Result("demonstration of 8,030 organisations", seconds, 60, "s")
    reports = duties.total(duties.figures(SYSTEM, duties.Selection(at=now))).owed
    yield Result("… obligations owed now", reports, None, "")

    def everything() -> None:
        duties.figures(SYSTEM, duties.Selection(at=now), duties.Breakdown.REGION)

    def city() -> None:
        duties.figures(SYSTEM, duties.Selection(at=now, node=440100), duties.Breakdown.REGION)

    def laggards() -> None:
        selection = duties.Selection(at=now, node=440106)
        found = duties.ObligationList(SYSTEM, selection, duties.MEASURES["overdue"])
        found[0:25]

    yield Result("figures of the nation by province, all duties", median_ms(everything), 150, "ms")
    yield Result("figures of the city by district, all duties", median_ms(city), 150, "ms")
    yield Result("first page of a district's overdue list", median_ms(laggards), 150, "ms")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        seen: set[str] = set()
        lines: list[list[object]] = []
        for seed in range(1, 60):
            for row in invented_organisations(seed):
                code = row[columns.CODE]
                if code not in seen and len(lines) < ROWS:
                    seen.add(code)
                    lines.append(list(row.values()))
            if len(lines) >= ROWS:
                break
        write_workbook(
            [Sheet("社会组织", [TableColumn(c.name) for c in columns.COLUMNS], lines)], path
        )
        with path.open("rb") as stream:
            batch = commands.start_import(
                actor=SYSTEM, at=now, stream=stream, name=path.name, size=path.stat().st_size
            )
        checking = timed(lambda: commands.check_import(actor=SYSTEM, at=now, batch_id=batch))
        writing = timed(lambda: commands.write_import(actor=SYSTEM, at=now, batch_id=batch))
    yield Result(f"import of {len(lines):,} organisations: check", checking, None, "s")
    yield Result(f"import of {len(lines):,} organisations: write", writing, None, "s")
    yield Result("… together", checking + writing, 60, "s")
    yield Result("figures of the nation by province, after it", median_ms(everything), None, "ms")
