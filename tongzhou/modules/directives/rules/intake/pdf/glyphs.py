"""The characters of a page where a reader sees them, upright and once each."""

import json
import math
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tongzhou.modules.directives.rules.intake import refusals
from tongzhou.modules.directives.rules.intake.process import Halted, run
from tongzhou.modules.directives.rules.intake.symbols import UNKNOWN, plain, symbol

WORKER = Path(__file__).with_name("worker.py")
COMMAND = (sys.executable, "-I", str(WORKER))
SECONDS = 30.0
_MOST_OUTPUT = 256 * 1024 * 1024
_SLANT = 0.12  # radians from upright that a crooked scan may have
_QUARTER = math.pi / 2


@dataclass(slots=True)
class Glyph:
    """One character, its box in points from the lower left corner, and its base line."""

    char: str
    left: float
    bottom: float
    right: float
    top: float
    base: float


Rule = tuple[float, float, float, float]  # left, bottom, right, top of a straight line


@dataclass(slots=True)
class Sheet:
    """What one page shows."""

    width: float = 0.0
    height: float = 0.0
    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    pictures: float = 0.0  # share of the page
    paths: int = 0
    unknown: int = 0
    slanted: int = 0

    @property
    def visible(self) -> int:
        """Return how many characters can be seen."""
        return sum(1 for glyph in self.glyphs if not glyph.char.isspace())


def sheets(data: bytes) -> Iterator[Sheet]:
    """Yield the pages of a PDF; Refusal when it cannot be opened or read."""
    try:
        code, output = run(COMMAND, data, seconds=SECONDS, most=_MOST_OUTPUT)
    except Halted as error:
        raise refusals.too_slow() from error
    reader = _Output(output)
    head = reader.facts()
    if head is None:
        raise refusals.broken()
    if head.get("error") == "password":
        raise refusals.encrypted()
    pages = int(head.get("pages", 0))
    if pages > refusals.MOST_PAGES:
        raise refusals.too_many_pages(pages)
    if not pages:
        raise refusals.broken()
    total = 0
    for _ in range(pages):
        facts = reader.facts()
        if facts is None:  # the program ended early: a crash, its limits, or too much text
            if total > refusals.LARGEST_TEXT:
                raise refusals.too_long()
            raise refusals.broken() if code else refusals.too_long()
        total += int(facts.get("characters", 0))
        yield _sheet(facts, reader)


class _Output:
    """Read lines of JSON and arrays one after another; what is cut short reads as nothing."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.whole = data
        self.position = 0

    def facts(self) -> dict[str, Any] | None:
        """Return the next line of JSON, None at the end."""
        end = self.whole.find(b"\n", self.position)
        if end < 0:
            return None
        try:
            found = json.loads(self.whole[self.position : end])
        except ValueError:
            return None
        self.position = end + 1
        return found if isinstance(found, dict) else None

    def numbers(self, kind: Literal["f", "I"], count: int) -> "array[Any]":
        """Return the next ``count`` numbers of an array kind."""
        made: array[Any] = array(kind)
        end = self.position + count * made.itemsize
        if end > len(self.data):
            raise refusals.broken()
        made.frombytes(self.data[self.position : end])
        self.position = end
        return made


def _sheet(facts: dict[str, Any], reader: _Output) -> Sheet:
    if "lost" in facts:
        return Sheet()
    count = int(facts["characters"])
    codes = reader.numbers("I", count)
    boxes = reader.numbers("f", 4 * count)
    origins = reader.numbers("f", 2 * count)
    angles = reader.numbers("f", count)
    rules = reader.numbers("f", 4 * int(facts["rules"]))
    sheet = Sheet(facts["width"], facts["height"])
    sheet.pictures, sheet.paths = facts["pictures"], int(facts["paths"])
    turns = int(facts["turned"]) % 4
    quarters = [_quarter(angle) for angle in angles]
    usual = _usual(quarters, codes)
    # pages and characters are turned clockwise; text is read turned back
    turn = _Turn(turns, (-usual - turns) % 4, sheet)
    index = 0
    while index < count:
        code, here = int(codes[index]), index
        index += 1
        if 0xD800 <= code < 0xDC00 and index < count and 0xDC00 <= codes[index] < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + int(codes[index]) - 0xDC00
            index += 1
        if quarters[here] != usual:
            sheet.slanted += not chr(code).isspace() if code < 0xD800 else 1
            continue
        char = _character(code)
        sheet.unknown += char == UNKNOWN and code != ord(UNKNOWN)
        left, bottom, right, top = boxes[4 * here : 4 * here + 4]
        x, y = origins[2 * here : 2 * here + 2]
        box = turn(left, bottom, right, top)
        base = turn(x, y, x, y)[1]
        if char and all(map(math.isfinite, (*box, base))):
            sheet.glyphs.append(Glyph(char, *box, base))
    for place in range(0, len(rules), 4):
        rule = turn(*rules[place : place + 4])
        if all(map(math.isfinite, rule)):
            sheet.rules.append(rule)
    if (usual + turns) % 2:
        sheet.width, sheet.height = sheet.height, sheet.width
    return sheet


def _quarter(angle: float) -> int | None:
    """Return by how many quarter turns a character stands, None for one that leans."""
    if not math.isfinite(angle) or angle < 0:
        return 0
    quarters = round(angle / _QUARTER)
    return quarters % 4 if abs(angle - quarters * _QUARTER) <= _SLANT else None


def _usual(quarters: list[int | None], codes: "array[float]") -> int:
    counted = Counter(
        quarter
        for quarter, code in zip(quarters, codes, strict=True)
        if quarter is not None and code > 32
    )
    return counted.most_common(1)[0][0] if counted else 0


class _Turn:
    """Turn coordinates of a page to what a reader sees, then to where its text is upright."""

    def __init__(self, shown: int, text: int, sheet: Sheet) -> None:
        self.shown = shown
        self.text = text
        self.sheet = sheet

    def __call__(self, left: float, bottom: float, right: float, top: float) -> Rule:
        width, height = self.sheet.width, self.sheet.height
        first = self._clockwise(self.shown, left, bottom, width, height)
        second = self._clockwise(self.shown, right, top, width, height)
        if self.text:
            if self.text % 2:
                width, height = height, width
            first = self._clockwise(self.text, *first, width, height)
            second = self._clockwise(self.text, *second, width, height)
        return (
            min(first[0], second[0]), min(first[1], second[1]),
            max(first[0], second[0]), max(first[1], second[1]),
        )  # fmt: skip

    @staticmethod
    def _clockwise(
        quarters: int, x: float, y: float, width: float, height: float
    ) -> tuple[float, float]:
        """Return a point after quarter turns; ``width`` and ``height`` are those afterwards."""
        match quarters:
            case 1:
                return y, height - x
            case 2:
                return width - x, height - y
            case 3:
                return width - y, x
        return x, y


def _character(code: int) -> str:
    if code == 9:  # a gap that PDFium took for a space
        return "\t"
    if code == 0xA0 or (code < 0x3100 and chr(code).isspace()):
        return "\u3000" if code == 0x3000 else " "
    if code == 2:  # PDFium's mark for a hyphen at the end of a line
        return "-"
    if code in (0xAD, 0xFEFF) or 0x200B <= code <= 0x200F or 0x202A <= code <= 0x202E:
        return ""
    if 0xF020 <= code <= 0xF0FF:
        return symbol(code)
    if code < 32 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xF900 or code > 0x10FFFF:
        return UNKNOWN
    if 0xFFF0 <= code <= 0xFFFF:
        return UNKNOWN
    return plain(code)
