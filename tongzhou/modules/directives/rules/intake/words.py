"""The words and element names by which pages are read (params/intake.yaml)."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_LONGEST_SITE_LINE = 80
_FILE = Path(__file__).resolve().parents[2] / "params" / "intake.yaml"


@cache
def words(name: str) -> Any:
    """Return one table of params/intake.yaml."""
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))[name]


@cache
def names(name: str) -> frozenset[str]:
    """Return one list of params/intake.yaml as a set."""
    return frozenset(words(name))


@cache
def _site() -> re.Pattern[str]:
    return re.compile("|".join(words("site_lines")), re.IGNORECASE)


def is_site_line(text: str) -> bool:
    """Say whether a line is plainly a site's and no document's."""
    return len(text) <= _LONGEST_SITE_LINE and bool(_site().search(text.strip()))
