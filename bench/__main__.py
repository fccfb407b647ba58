"""Measure the product's own code paths: ``make bench``; writes bench/results.md.

``make bench ARGS="parser search"`` measures some subjects and rewrites their sections only. A
subject that needs one gets a database of its own on the embedded server, or on ``DATABASE_URL``'s:
an empty one (NEEDS_DATABASE), or a copy of the national register (NATIONAL;
``BENCH_ORGANISATIONS`` says how large; results at another size are printed and not kept).

``make bench ARGS=--profile`` profiles the paths of bench/profiling.py instead. ``make bench-quick``
measures some national subjects on a small register (``--quick``): times are printed and assert
nothing; errors, and anything of which there may be none, such as mismatches, fail it.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from bench.harness import own_database
from bench.national import Size, from_environment, national_database
from bench.report import Report

CASES = Path(__file__).with_name("cases")
RESULTS = Path(__file__).with_name("results.md")
HEAD = "| what | measured | limit | ratio | |\n|---|---|---|---|---|"
#: What ``--quick`` measures, and how.
QUICK = ("exactness", "publish", "rollup", "web")
SMALL = {
    "BENCH_ORGANISATIONS": "6000",
    "BENCH_SECONDS": "2",
    "BENCH_CHECKS": "20",
}
FAULT = 3


def main(given: list[str]) -> int:
    """Measure the subjects, print each table as it grows; return 0, 2 for bad words, 1 for faults.

    A subject that fails does not keep the others from being measured.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongzhou.config.settings")
    wanted = [each for each in given if not each.startswith("--")]
    subjects = sorted(path.stem for path in CASES.glob("[a-z]*.py"))
    unknown = sorted(set(wanted) - set(subjects))
    unknown += sorted({each for each in given if each.startswith("--")} - OPTIONS.keys())
    if unknown:
        print(f"no such subject: {', '.join(unknown)}; there are {', '.join(subjects)}, and")
        print("; ".join(f"{name}: {words}" for name, words in OPTIONS.items()))
        return 2
    if "--child" in given:
        return _measure(wanted[0])
    if "--profile" in given:
        from bench.profiling import profile_all

        return profile_all()
    if "--quick" in given:
        for name, value in SMALL.items():
            os.environ.setdefault(name, value)
        return _all(wanted or list(QUICK), None)
    keeps = not any(os.environ.get(name) for name in SMALL)
    return _all(wanted or subjects, Report(RESULTS) if keeps else None)


OPTIONS = {
    "--quick": "a small register; no times asserted",
    "--profile": "profiles of the slowest paths, in bench/profiles.md",
    "--child": "one subject in this process",
}


def _all(subjects: list[str], report: Report | None) -> int:
    """Measure each subject in a process of its own: Django keeps the database it first saw."""
    failed = []
    for subject in subjects:
        lines: list[str] = []
        with subprocess.Popen(
            [sys.executable, "-m", "bench", "--child", subject], stdout=subprocess.PIPE, text=True
        ) as running:
            for line in running.stdout or ():
                print(line, end="", flush=True)
                lines.append(line.rstrip("\n"))
        if running.returncode:
            failed.append(subject)
            lines += ["", f"**Failed**, exit code {running.returncode}."]
            print(lines[-1])
        if report is not None:
            report.keep(subject, lines)
    if failed:
        print(f"未通过 · FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def _measure(subject: str) -> int:
    """Print the table of one subject; return 3 when there is something that may not be there."""
    case = importlib.import_module(f"bench.cases.{subject}")
    print(f"## {subject}\n\n{_surroundings(case)}\n\n{HEAD}", flush=True)
    faults = 0
    with _database_of(case):
        for result in case.measure():
            print(result.line, flush=True)
            faults += result.is_fault
    return FAULT if faults else 0


def _surroundings(case: ModuleType) -> str:
    """Say when, at which size and on what a subject is measured."""
    wanted: Callable[[Size], Size] | None = getattr(case, "NATIONAL", None)
    size = f"{wanted(from_environment()).organisations:,} organisations; " if wanted else ""
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {size}{os.cpu_count()} cores, load average"
        f" {load:.1f} at the beginning."
    )


def _database_of(case: ModuleType) -> AbstractContextManager[object]:
    wanted: Callable[[Size], Size] | None = getattr(case, "NATIONAL", None)
    if wanted is not None:
        return national_database(wanted(from_environment()))
    return own_database() if case.NEEDS_DATABASE else nullcontext()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
