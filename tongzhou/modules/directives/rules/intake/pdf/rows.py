"""Put the characters of a page into rows, and rows into the order of reading."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from tongzhou.modules.directives.rules.intake.pdf.glyphs import Glyph

_SAME_ROW = 0.4  # of the character height: how far base lines of one row may lie apart
_GAP, _WIDE_GAP = 1.2, 2.0  # characters: gaps that may part columns, or surely do
_LEAST_ROWS = 8
_CHINESE = "\u2e80"


@dataclass(slots=True)
class Row:
    """A row of text; ``pieces`` are what ``gaps``, pairs of coordinates, part."""

    text: str
    left: float
    right: float
    base: float
    size: float  # height of a character in points
    gaps: list[tuple[float, float]] = field(default_factory=list)
    pieces: "list[Row]" = field(default_factory=list)
    parted: bool = False  # by a gap so wide that the parts are columns


@dataclass(slots=True)
class _Run:
    """Characters drawn one after another on one base line."""

    glyphs: list[Glyph]
    base: float
    size: float


def _size(glyphs: list[Glyph]) -> float:
    wide = [glyph.right - glyph.left for glyph in glyphs if glyph.char >= _CHINESE]
    if wide:
        return max(median(wide), 1.0)
    heights = [glyph.top - glyph.bottom for glyph in glyphs if not glyph.char.isspace()]
    return max(0.75 * median(heights), 1.0) if heights else 1.0


def _runs(glyphs: Iterable[Glyph]) -> list[_Run]:
    runs: list[_Run] = []
    held: list[Glyph] = []
    for glyph in glyphs:
        if held:
            last = held[-1]
            height = max(last.top - last.bottom, 1.0)
            near = -0.8 * height < glyph.left - last.right < 3 * height
            if abs(glyph.base - last.base) > 0.1 * height or not near:
                runs.append(_Run(held, held[0].base, _size(held)))
                held = []
        held.append(glyph)
    if held:
        runs.append(_Run(held, held[0].base, _size(held)))
    return [run for run in runs if any(not glyph.char.isspace() for glyph in run.glyphs)]


def rows_of(glyphs: Iterable[Glyph]) -> list[Row]:
    """Return the rows of a page or a cell from top to bottom."""
    rows: list[list[_Run]] = []
    leader: _Run | None = None
    for run in sorted(_runs(glyphs), key=lambda run: (-run.base, run.glyphs[0].left)):
        if leader is not None:
            reach = min(max(leader.size, run.size), 2 * min(leader.size, run.size))
            if abs(leader.base - run.base) <= _SAME_ROW * reach:
                rows[-1].append(run)
                leader = run if run.size > leader.size else leader
                continue
        rows.append([run])
        leader = run
    return [row for row in map(_row, rows) if row.text]


def _row(runs: list[_Run]) -> Row:
    leader = max(runs, key=lambda run: (len(run.glyphs), run.size))
    glyphs = sorted((glyph for run in runs for glyph in run.glyphs), key=lambda each: each.left)
    size = _size(glyphs)
    text: list[str] = []
    gaps: list[tuple[float, float]] = []
    pieces: list[Row] = []
    begin, start = 0, 0.0
    last: Glyph | None = None
    spaced = typed = wide = False
    for glyph in glyphs:
        if glyph.char.isspace():
            spaced = spaced or last is not None
            typed = typed or (last is not None and glyph.char != "\t")
            continue
        if last is None:
            start = glyph.left
        else:
            if _is_shadow(last, glyph):
                continue
            gap = glyph.left - last.right
            if gap > _GAP * size:
                piece = "".join(text[begin:])
                pieces.append(Row(piece, start, last.right, leader.base, size))
                gaps.append((last.right, glyph.left))
                wide = wide or gap > _WIDE_GAP * size
                text.append("\t" if gap > _WIDE_GAP * size else " ")
                begin, start = len(text), glyph.left
            elif _parted(last, glyph, gap / size, spaced=spaced, typed=typed):
                text.append(" ")
        text.append(glyph.char)
        last, spaced, typed = glyph, False, False
    if last is None:
        return Row("", 0.0, 0.0, leader.base, size)
    pieces.append(Row("".join(text[begin:]), start, last.right, leader.base, size))
    whole = Row("".join(text), pieces[0].left, last.right, leader.base, size, gaps)
    whole.pieces, whole.parted = pieces, wide
    return whole


def _is_shadow(one: Glyph, other: Glyph) -> bool:
    """Say whether a character is drawn twice to look bold.

    The two letters of a ligature stand in the very same place and are two.
    """
    if one.char != other.char or (one.left == other.left and one.char.isascii()):
        return False
    near = max(0.3 * (one.right - one.left), 0.08 * (one.top - one.bottom))
    return abs(other.left - one.left) < near and abs(other.base - one.base) < near


def _parted(one: Glyph, other: Glyph, gap: float, *, spaced: bool, typed: bool) -> bool:
    """Say whether a space shows between two characters; ``gap`` counts characters.

    ``spaced``: a space stands there, ``typed``: and is in the file, not made of a gap.
    """
    chinese = (one.char[-1] >= _CHINESE) + (other.char[0] >= _CHINESE)
    if chinese == 2:
        return gap > (0.2 if typed else 0.7)
    if chinese:
        return gap > 0.4  # a quarter is what every typesetter leaves between them
    return spaced or gap > 0.25


def in_reading_order(rows: list[Row]) -> list[Row]:
    """Return rows with two columns of running text taken one after the other."""
    gutter = _gutter(rows)
    if gutter is None:
        return rows
    out: list[Row] = []
    left: list[Row] = []
    right: list[Row] = []
    for row in rows:
        sides = _sides(row, gutter)
        if sides is None:
            out += [*left, *right, row]
            left, right = [], []
            continue
        for side, into in zip(sides, (left, right), strict=True):
            if side is not None:
                into.append(side)
    return [*out, *left, *right]


def _gutter(rows: list[Row]) -> float | None:
    """Return where a gap runs down most rows with full text on both sides, if one does."""
    if len(rows) < _LEAST_ROWS:
        return None
    left, right = min(row.left for row in rows), max(row.right for row in rows)
    width = right - left
    middles = [
        (begin + end) / 2
        for row in rows
        for begin, end in row.gaps
        if 0.3 * width < (begin + end) / 2 - left < 0.7 * width
    ]
    if 2 * len(middles) < len(rows):
        return None
    gutter = median(middles)
    parted = [row for row in rows if any(begin < gutter < end for begin, end in row.gaps)]
    if 2 * len(parted) < len(rows) or len(parted) < _LEAST_ROWS:
        return None
    for low, high in ((left, gutter), (gutter, right)):
        filled = sum(
            min(piece.right, high) - max(piece.left, low)
            for row in parted
            for piece in row.pieces
            if piece.left < high and piece.right > low
        )
        if filled < 0.75 * (high - low) * len(parted):
            return None
    return gutter


def _sides(row: Row, gutter: float) -> tuple[Row | None, Row | None] | None:
    """Return what a row holds left and right of the gutter; None when it crosses it."""
    if any(piece.left < gutter < piece.right for piece in row.pieces):
        return None
    found: list[Row | None] = []
    for side in (
        [piece for piece in row.pieces if piece.right <= gutter],
        [piece for piece in row.pieces if piece.left >= gutter],
    ):
        if not side:
            found.append(None)
            continue
        text = "\t".join(piece.text for piece in side)
        found.append(Row(text, side[0].left, side[-1].right, row.base, row.size))
    return found[0], found[1]


def joined(one: str, other: str) -> str:
    """Return two rows of one paragraph as one."""
    if one[-1:].isascii() and other[:1].isascii() and one[-1:].strip() and other[:1].strip():
        if one.endswith("-") and one[-2:-1].isalpha() and other[0].islower():
            return one[:-1] + other
        if one[-1].isalpha() or other[0].isalpha():
            return f"{one} {other}"
    return one + other
