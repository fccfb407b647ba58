"""Run everything that must hold before a change lands."""

import subprocess
import sys
import time
from pathlib import Path

from tongzhou.config.places import PROJECT, cores, database, say

OURS = ("tongzhou", "tests", "tools", "bench")


def check(*, browser: bool) -> int:
    """Run the static checks, then the tests (those in the browser too, if asked); return 0 or 1.

    A failing step does not keep the later ones from running: one run tells everything.
    """
    programs = Path(sys.executable).parent
    folders = [name for name in OURS if (PROJECT / name).is_dir()]
    console = [sys.executable, "-m", "tongzhou.config.cli"]
    steps: dict[str, list[str | Path]] = {
        "ruff check": [programs / "ruff", "check", "--quiet", "."],
        "ruff format": [programs / "ruff", "format", "--quiet", "--check", "."],
        "import-linter": [programs / "lint-imports", "--no-logo"],
        "mypy --strict": [programs / "mypy", "--no-error-summary", *folders],
        "migrations": [*console, "manage", "makemigrations", "--check", "--dry-run"],
    }
    failed = []
    with database():
        for name, command in steps.items():
            began = time.monotonic()
            result = subprocess.run(
                [str(part) for part in command],
                check=False,
                cwd=PROJECT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            verdict = "FAILED" if result.returncode else "ok"
            say(f"{name:<16} {verdict}  {time.monotonic() - began:.1f} s")
            if result.returncode:
                failed.append(name)
                say(result.stdout.strip())
        spread = ["-n", "2", "--dist", "worksteal"] if cores(2) > 1 else []
        if test(["-m", "not browser", *spread]):
            failed.append("tests")
        # One site, one Chromium, and Playwright's event loop, which database tests cannot live in.
        if browser and test(["-m", "browser"]):
            failed.append("browser tests")
    if failed:
        say(f"未通过 · FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def test(arguments: list[str]) -> int:
    """Run pytest with ``arguments`` and return its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], check=False, cwd=PROJECT
    ).returncode
