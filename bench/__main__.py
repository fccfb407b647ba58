"""Measure the product's own code paths: ``make bench``; writes bench/results.md.

``make bench ARGS="parser search"`` measures some subjects only and prints without writing. Each
subject that needs one gets a database of its own on the embedded server, or on ``DATABASE_URL``'s.
"""

import importlib
import os
import sys
from contextlib import nullcontext
from pathlib import Path

from bench.harness import own_database

CASES = Path(__file__).with_name("cases")
RESULTS = Path(__file__).with_name("results.md")
HEAD = "| what | measured | limit | ratio |\n|---|---|---|---|"


def main(wanted: list[str]) -> int:
    """Measure the subjects, print each table as it grows, write all of them; return 0 or 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongzhou.config.settings")
    subjects = sorted(path.stem for path in CASES.glob("[a-z]*.py"))
    unknown = sorted(set(wanted) - set(subjects))
    if unknown:
        print(f"no such subject: {', '.join(unknown)}; there are {', '.join(subjects)}")
        return 2
    lines = ["# Results", "", "`make bench`, two cores. A ratio above 1 is out of bounds."]
    given = os.environ.get("DATABASE_URL")
    for subject in wanted or subjects:
        lines += ["", f"## {subject}", "", HEAD]
        print("\n".join(lines[-4:]), flush=True)
        case = importlib.import_module(f"bench.cases.{subject}")
        with own_database() if case.NEEDS_DATABASE else nullcontext():
            for result in case.measure():
                print(result.line, flush=True)
                lines.append(result.line)
        if given is not None:
            os.environ["DATABASE_URL"] = given
    if not wanted:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
