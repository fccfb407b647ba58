"""The words and element names by which pages are read (params/intake.yaml)."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).resolve().parents[3] / "params" / "intake.yaml"


@cache
def words(name: str) -> Any:
    """Return one table of params/intake.yaml."""
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))[name]


@cache
def names(name: str) -> frozenset[str]:
    """Return one list of params/intake.yaml as a set."""
    return frozenset(words(name))
