"""Word lists of the proposals, read once from ``params/proposals.yaml``."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml

from tongzhou.modules.directives.contracts import Bearer, Strength
from tongzhou.modules.directives.rules.cleaning import fold

_PATH = Path(__file__).resolve().parents[2] / "params" / "proposals.yaml"
T = TypeVar("T")


class WordMap(Generic[T]):
    """Words with values; finds the longest word that begins or ends at a place of a text.

    The cost of a look-up depends on the words that share a character, never on the text.
    """

    def __init__(self, words: Mapping[str, T]) -> None:
        self._first: dict[str, list[tuple[str, T]]] = {}
        self._last: dict[str, list[tuple[str, T]]] = {}
        for word, value in sorted(words.items(), key=lambda item: (-len(item[0]), item[0])):
            if word:
                self._first.setdefault(word[0], []).append((word, value))
                self._last.setdefault(word[-1], []).append((word, value))

    def at(self, text: str, index: int) -> tuple[str, T] | None:
        """Return the longest word that begins at ``index``."""
        if index < len(text):
            for item in self._first.get(text[index], ()):
                if text.startswith(item[0], index):
                    return item
        return None

    def ending(self, text: str, end: int, start: int = 0) -> tuple[str, T] | None:
        """Return the longest word that ends at ``end`` and begins at ``start`` or later."""
        if start < end:
            for item in self._last.get(text[end - 1], ()):
                if len(item[0]) <= end - start and text.endswith(item[0], start, end):
                    return item
        return None

    def all(
        self, text: str, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, str, T]]:
        """Yield place, word and value of the words from left to right, none overlapping."""
        stop = len(text) if end is None else min(end, len(text))
        first, nothing = self._first, ()  # the innermost loop of all reading
        index = start
        while index < stop:
            for item in first.get(text[index], nothing):
                if text.startswith(item[0], index):
                    yield index, item[0], item[1]
                    index += len(item[0])
                    break
            else:
                index += 1

    def inside(self, text: str) -> bool:
        """Say whether any word occurs in ``text``."""
        return any(True for _ in self.all(text))


@lru_cache(maxsize=1)
def params() -> dict[str, Any]:
    """Return the whole file."""
    loaded = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{_PATH.name} must hold a mapping")
    return loaded


def _plain(words: Iterable[object]) -> list[str]:
    return [fold(str(word)) for word in words]


@lru_cache(maxsize=64)
def words(name: str) -> WordMap[bool]:
    """Return the list ``name``."""
    return WordMap(dict.fromkeys(_plain(params()[name]), True))


@lru_cache(maxsize=64)
def ends(name: str) -> tuple[str, ...]:
    """Return the list ``name`` as a tuple for ``str.endswith``."""
    return tuple(_plain(params()[name]))


class MarkerKind:
    """How a marker works: anywhere in its part, or only where the predicate begins."""

    STRONG = "strong"
    ORDER = "order"


@lru_cache(maxsize=1)
def markers() -> WordMap[tuple[Strength, str] | None]:
    """Return the words of strength; look-alikes (重要, 响应 …) have no value."""
    found: dict[str, tuple[Strength, str] | None] = {}
    for name, kinds in params()["strength"].items():
        for kind, listed in kinds.items():
            for word in _plain(listed):
                found[word] = (Strength(name), kind)
    for word in _plain(params()["not_modal"]):
        found[word] = None
    return WordMap(found)


@lru_cache(maxsize=1)
def bearers() -> WordMap[Bearer]:
    """Return the names by which somebody is addressed."""
    return WordMap(
        {
            word: Bearer(code)
            for code, listed in params()["bearers"].items()
            for word in _plain(listed)
        }
    )


@lru_cache(maxsize=1)
def names() -> WordMap[Bearer | None]:
    """Return the names of bearers and, without value, those that only point (各单位)."""
    found: dict[str, Bearer | None] = {
        word: Bearer(code)
        for code, listed in params()["bearers"].items()
        for word in _plain(listed)
    }
    found.update(dict.fromkeys(ends("deictic")))
    return WordMap(found)


def predicate_at(text: str, index: int) -> bool:
    """Say whether a modal or a word that begins a predicate stands at ``index``."""
    marker = markers().at(text, index)
    if marker is not None and marker[1] is not None:
        return True
    return words("predicates").at(text, index) is not None


@lru_cache(maxsize=8)
def table(name: str) -> WordMap[str]:
    """Return the mapping ``name`` from word to code, or from code to its words."""
    found: dict[str, str] = {}
    for key, value in params()[name].items():
        if isinstance(value, list):
            found.update(dict.fromkeys(_plain(value), str(key)))
        else:
            found[fold(str(key))] = str(value)
    return WordMap(found)
