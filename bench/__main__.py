"""Measure the product's own code paths: ``make bench``; writes bench/results.md.

``make bench ARGS="parser search"`` measures some subjects only and writes no file. A subject that
needs one gets a database of its own on the embedded server, or on ``DATABASE_URL``'s: an empty one
(NEEDS_DATABASE), or a copy of the national register (NATIONAL; ``BENCH_ORGANISATIONS`` says how
large). ``make bench-quick`` measures the national subjects at a twentieth of the nation.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import ModuleType

from bench.harness import own_database
from bench.national import Size, from_environment, national_database

CASES = Path(__file__).with_name("cases")
RESULTS = Path(__file__).with_name("results.md")
HEAD = "| what | measured | limit | ratio | |\n|---|---|---|---|---|"


def main(wanted: list[str]) -> int:
    """Measure the subjects, print each table as it grows, write all of them; return 0 or 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongzhou.config.settings")
    subjects = sorted(path.stem for path in CASES.glob("[a-z]*.py"))
    unknown = sorted(set(wanted) - set(subjects))
    if unknown:
        print(f"no such subject: {', '.join(unknown)}; there are {', '.join(subjects)}")
        return 2
    if len(wanted) == 1:
        _measure(wanted[0])
        return 0
    lines = ["# Results", "", "`make bench`, two cores. A ratio above 1 is out of bounds.", ""]
    for subject in wanted or subjects:
        # A process of its own: Django keeps the database it first saw.
        with subprocess.Popen(
            [sys.executable, "-m", "bench", subject], stdout=subprocess.PIPE, text=True
        ) as running:
            for line in running.stdout or ():
                print(line, end="", flush=True)
                lines.append(line.rstrip("\n"))
        if running.returncode:
            return running.returncode
        lines.append("")
    if not wanted:
        RESULTS.write_text("\n".join(lines), encoding="utf-8")
    return 0


def _measure(subject: str) -> None:
    print(f"## {subject}\n\n{HEAD}", flush=True)
    case = importlib.import_module(f"bench.cases.{subject}")
    with _database_of(case):
        for result in case.measure():
            print(result.line, flush=True)


def _database_of(case: ModuleType) -> AbstractContextManager[object]:
    wanted: Callable[[Size], Size] | None = getattr(case, "NATIONAL", None)
    if wanted is not None:
        return national_database(wanted(from_environment()))
    return own_database() if case.NEEDS_DATABASE else nullcontext()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
