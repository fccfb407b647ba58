"""Word lists of the parser, read once from ``params/parser.yaml``."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_PATH = Path(__file__).resolve().parent.parent / "params" / "parser.yaml"


@lru_cache(maxsize=1)
def _params() -> dict[str, Any]:
    loaded = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{_PATH.name} must hold a mapping")
    return loaded


@lru_cache(maxsize=64)
def words(name: str) -> tuple[str, ...]:
    """Return the list ``name``, longest word first, so that an alternation takes the longest."""
    return tuple(sorted((str(word) for word in _params()[name]), key=lambda w: (-len(w), w)))


@lru_cache(maxsize=8)
def patterns(name: str) -> tuple[str, ...]:
    """Return the regular expressions of the list ``name`` in their order."""
    return tuple(str(pattern) for pattern in _params()[name])


@lru_cache(maxsize=8)
def table(name: str) -> dict[str, str]:
    """Return the mapping ``name``."""
    return {str(key): str(value) for key, value in _params()[name].items()}


def any_of(items: Iterable[str]) -> str:
    """Return a regular expression that matches any of ``items`` literally, longest first."""
    return "|".join(re.escape(word) for word in sorted(items, key=lambda w: (-len(w), w)))
