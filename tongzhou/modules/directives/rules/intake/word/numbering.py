"""Word's automatic numbers, as they stand before a paragraph on paper.

A list (w:num) refers to an abstract list; lists of the same abstract list count on from each
other, unless one of them starts a level anew. A level starts again after any level above it,
unless w:lvlRestart says otherwise (ECMA-376 part 1, 17.9).
"""

import re
from dataclasses import dataclass, replace

from tongzhou.modules.directives.rules.intake.counting import written
from tongzhou.modules.directives.rules.intake.word.package import (
    Element,
    child,
    is_on,
    name_of,
    number,
    value,
)
from tongzhou.modules.directives.rules.intake.word.styles import Styles, indent_of

_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9
_LONGEST_PATTERN = 200
_CLOSED = frozenset("、）)】］]》。：；，")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list counts and looks."""

    start: int = 1
    style: str = "decimal"
    least: int = 0  # digits of a custom format such as 001
    pattern: str = ""
    restart: int | None = None
    legal: bool = False
    tight: bool = False
    paragraph_style: str = ""
    indented: bool | None = None


@dataclass(frozen=True, slots=True)
class List:
    """A list: its abstract list, its levels and the levels that it starts anew."""

    abstract: str
    levels: dict[int, Level]
    anew: frozenset[int]


class Numbering:
    """All lists of a document and how far each has counted."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._abstract: dict[str, Element] = {}
        self._nums: dict[str, Element] = {}
        self._styles = styles
        self._lists: dict[str, List | None] = {}
        self.story = ""
        self._counters: dict[tuple[str, str], list[int | None]] = {}
        self._begun: set[tuple[str, str, int]] = set()
        for each in () if root is None else root:
            if name_of(each) == "w:abstractNum":
                self._abstract.setdefault(value(each, "abstractNumId") or "", each)
            elif name_of(each) == "w:num":
                self._nums.setdefault(value(each, "numId") or "", each)

    def list_of(self, num_id: str) -> List | None:
        """Return the list ``num_id``, None when the document does not define it."""
        if num_id not in self._lists:
            self._lists[num_id] = self._resolve(num_id, 0)
        return self._lists[num_id]

    def level_for_style(self, num_id: str, style: str) -> int:
        """Return the level that a list links to a paragraph style, 0 when none is."""
        found = self.list_of(num_id)
        for place, level in found.levels.items() if found else ():
            if level.paragraph_style == style:
                return place
        return 0

    def indented(self, num_id: str, place: int) -> bool | None:
        """Say whether the level of a list indents the first line."""
        found = self.list_of(num_id)
        return found.levels[place].indented if found and place in found.levels else None

    def count(self, num_id: str, place: int) -> str:
        """Count the next paragraph of a level and return its number with what parts it."""
        found = self.list_of(num_id)
        if found is None:
            return ""
        key = self.story, found.abstract
        counters = self._counters.setdefault(key, [None] * _LEVELS)
        if (self.story, num_id, place) not in self._begun:
            self._begun.add((self.story, num_id, place))
            if place in found.anew:
                counters[place] = None
        for upper in range(place):
            if counters[upper] is None and upper in found.levels:
                counters[upper] = found.levels[upper].start
        level = found.levels.get(place, Level())
        current = counters[place]
        counters[place] = level.start if current is None else min(current + 1, 999_999)
        for deeper in range(place + 1, _LEVELS):
            restart = found.levels.get(deeper, Level()).restart
            if restart is None or place < restart:
                counters[deeper] = None
        shown = self._shown(found, level, counters)
        if not shown:
            return ""
        return shown if level.tight or shown[-1] in _CLOSED else f"{shown} "

    @staticmethod
    def _shown(found: List, level: Level, counters: list[int | None]) -> str:
        if level.style == "bullet":
            return _bullet(level.pattern)

        def put(place: re.Match[str]) -> str:
            index = int(place[1]) - 1
            other = found.levels.get(index, Level())
            count = counters[index]
            count = other.start if count is None else count
            text = written(count, "decimal" if level.legal else other.style)
            return text.rjust(other.least, "0")

        return _PLACE.sub(put, level.pattern)

    def _resolve(self, num_id: str, depth: int) -> List | None:
        num = self._nums.get(num_id)
        abstract_id = value(child(num, "w:abstractNumId")) or ""
        abstract = self._abstract.get(abstract_id)
        if num is None or abstract is None or num_id == "0":
            return None
        link = value(child(abstract, "w:numStyleLink"))
        base = self._styles.numbering_styles.get(link or "")
        linked = self._resolve(base, depth + 1) if base and depth < 4 else None
        levels = dict(linked.levels) if linked else {}
        for each in abstract:
            if name_of(each) == "w:lvl":
                levels[_place(each)] = _level(each)
        anew = set()
        for each in num:
            if name_of(each) != "w:lvlOverride":
                continue
            place = _place(each)
            own = child(each, "w:lvl")
            if own is not None:
                levels[place] = _level(own)
            start = number(value(child(each, "w:startOverride")))
            if start is not None:
                levels[place] = replace(levels.get(place, Level()), start=max(0, start))
                anew.add(place)
        return List(linked.abstract if linked else abstract_id, levels, frozenset(anew))


def _place(element: Element) -> int:
    return max(0, min(number(value(element, "ilvl")) or 0, _LEVELS - 1))


def _level(element: Element) -> Level:
    style, least = "decimal", 0
    for each in element.iter():
        if name_of(each) == "w:numFmt":
            style = value(each) or "decimal"
            if style == "custom":
                first = (value(each, "format") or "").split(",")[0].strip()
                style, least = "decimal", min(len(first), 6) if first.isdigit() else 0
            break
    start = number(value(child(element, "w:start")))
    pattern = value(child(element, "w:lvlText")) or ""
    if child(element, "w:lvlPicBulletId") is not None:
        style = "bullet"
    return Level(
        start=0 if start is None else max(0, start),
        style=style,
        least=least,
        pattern=pattern[:_LONGEST_PATTERN],
        restart=number(value(child(element, "w:lvlRestart"))),
        legal=bool(is_on(child(element, "w:isLgl"))),
        tight=value(child(element, "w:suff")) == "nothing",
        paragraph_style=value(child(element, "w:pStyle")) or "",
        indented=indent_of(child(element, "w:pPr")),
    )


def _bullet(pattern: str) -> str:
    """Return a bullet that any font has: those of symbol fonts become a plain one."""
    sign = pattern.strip()
    if not sign or "\ue000" <= sign[0] <= "\uf8ff" or sign[0] in "olnquvØü§":
        return "•"
    return sign
