"""Find tables by their ruled lines and put characters into their cells."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from tongzhou.modules.directives.rules.intake.flow import Block, Grid, Line
from tongzhou.modules.directives.rules.intake.pdf.glyphs import Glyph, Rule
from tongzhou.modules.directives.rules.intake.pdf.rows import joined, rows_of
from tongzhou.modules.directives.rules.intake.process import Deadline

_NEAR = 3.0  # points: lines that lie so near are one
_MOST_CELLS = 20_000
_MOST_TABLES = 60  # of one page
_FULL = 1.2  # characters short of the widest line of a cell
_ENDS = "。；！？"
_COVERED = 0.6  # of a cell's side: so much line parts it from the next cell


@dataclass(slots=True)
class Ruled:
    """A table: where it stands and what it holds."""

    left: float
    bottom: float
    right: float
    top: float
    grid: Grid


@dataclass(slots=True)
class _Lines:
    across: list[Rule]
    down: list[Rule]


def take_tables(
    glyphs: list[Glyph], rules: list[Rule], deadline: Deadline
) -> tuple[list[Ruled], list[Glyph]]:
    """Return the tables of a page from top to bottom, and the characters outside them."""
    tables: list[Ruled] = []
    for lines in _groups(rules):
        deadline.check()
        xs = _places(x for rule in lines.down for x in (rule[0], rule[2]))
        ys = _places(y for rule in lines.across for y in (rule[1], rule[3]))
        if len(xs) < 2 or len(ys) < 2 or len(xs) * len(ys) > _MOST_CELLS:
            continue
        if len(xs) == 2 and len(ys) == 2:
            continue  # a frame
        inside = [glyph for glyph in glyphs if _holds(xs, ys, glyph)]
        if not inside:
            continue
        held = set(map(id, inside))
        glyphs = [glyph for glyph in glyphs if id(glyph) not in held]
        grid = _fill(lines, xs, ys, inside)
        tables.append(Ruled(xs[0], ys[0], xs[-1], ys[-1], grid))
    tables.sort(key=lambda table: -table.top)
    return tables, glyphs


def _groups(rules: list[Rule]) -> list[_Lines]:
    """Return lines that cross or touch one another, group by group."""
    across = sorted((rule for rule in rules if _is_across(rule)), key=lambda rule: rule[1])
    down = [rule for rule in rules if not _is_across(rule)]
    if len(across) < 2 or len(down) < 2:
        return []
    heights = [rule[1] for rule in across]
    joined = _Joined(len(across) + len(down))
    for index, (left, bottom, right, top) in enumerate(down, len(across)):
        first = bisect_left(heights, bottom - _NEAR)
        for other in range(first, bisect_right(heights, top + _NEAR)):
            if across[other][0] - _NEAR <= left and right <= across[other][2] + _NEAR:
                joined.join(other, index)
    found: dict[int, _Lines] = {}
    for index, rule in enumerate([*across, *down]):
        group = found.setdefault(joined.head(index), _Lines([], []))
        (group.across if index < len(across) else group.down).append(rule)
    large = [group for group in found.values() if len(group.across) >= 2 and len(group.down) >= 2]
    return large[:_MOST_TABLES]


def _is_across(rule: Rule) -> bool:
    return rule[2] - rule[0] > rule[3] - rule[1]


class _Joined:
    """Things taken together: every group has a head."""

    def __init__(self, count: int) -> None:
        self.above = list(range(count))

    def head(self, index: int) -> int:
        """Return the head of the group that ``index`` is in."""
        above = self.above
        while above[index] != index:
            above[index] = above[above[index]]
            index = above[index]
        return index

    def join(self, one: int, other: int) -> None:
        """Make two groups one; the head of the first stays head."""
        self.above[self.head(other)] = self.head(one)


def _places(values: Iterable[float]) -> list[float]:
    """Return coordinates, those of one line taken together."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def _holds(xs: list[float], ys: list[float], glyph: Glyph) -> bool:
    x, y = (glyph.left + glyph.right) / 2, (glyph.bottom + glyph.top) / 2
    return xs[0] < x < xs[-1] and ys[0] < y < ys[-1]


def _fill(lines: _Lines, xs: list[float], ys: list[float], glyphs: list[Glyph]) -> Grid:
    columns, levels = len(xs) - 1, len(ys) - 1
    joined = _Joined(columns * levels)
    head = joined.head
    right_of = _covered(lines.down, xs, ys, down=True)
    top_of = _covered(lines.across, ys, xs, down=False)
    for level in range(levels):
        for column in range(columns):
            here = level * columns + column
            if column + 1 < columns and (column + 1, level) not in right_of:
                joined.join(here, here + 1)
            if level + 1 < levels and (level + 1, column) not in top_of:
                joined.join(here, here + columns)
    cells: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        column = bisect_right(xs, (glyph.left + glyph.right) / 2) - 1
        level = bisect_right(ys, (glyph.bottom + glyph.top) / 2) - 1
        column, level = min(column, columns - 1), min(level, levels - 1)
        cells.setdefault(head(level * columns + column), []).append(glyph)
    grid = Grid()
    seen: set[int] = set()
    for level in range(levels - 1, -1, -1):
        row: list[list[Block]] = []
        for column in range(columns):
            cell = head(level * columns + column)
            if cell in seen:
                if not column or cell != head(level * columns + column - 1):
                    row.append([])  # the rest of a cell that began in a row above
                continue
            seen.add(cell)
            row.append(_lines(cells.get(cell, [])))
        if any(row):
            grid.rows.append(row)
    return grid


def _lines(glyphs: list[Glyph]) -> list[Block]:
    """Return the lines of a cell; a full one goes on in the next."""
    rows = rows_of(glyphs)
    edge = max((row.right for row in rows), default=0.0)
    made: list[Line] = []
    full = False
    for row in rows:
        if full:
            made[-1].text = joined(made[-1].text, row.text)
        else:
            made.append(Line(row.text))
        full = row.right >= edge - _FULL * row.size and row.text[-1:] not in _ENDS
    return list(made)


def _covered(
    rules: list[Rule], places: list[float], spans: list[float], *, down: bool
) -> set[tuple[int, int]]:
    """Return which sides of cells are drawn: (line, span between two crossing lines)."""
    along, across = (1, 0) if down else (0, 1)
    lengths: dict[tuple[int, int], float] = {}
    for rule in rules:
        middle = (rule[across] + rule[across + 2]) / 2
        line = bisect_right(places, middle + _NEAR) - 1
        if line < 0 or abs(places[line] - middle) > 2 * _NEAR:
            continue
        begin, end = rule[along], rule[along + 2]
        for span in range(max(0, bisect_right(spans, begin) - 1), len(spans) - 1):
            if spans[span] >= end:
                break
            drawn = min(end, spans[span + 1]) - max(begin, spans[span])
            lengths[line, span] = lengths.get((line, span), 0.0) + drawn
    return {
        (line, span)
        for (line, span), length in lengths.items()
        if length >= _COVERED * (spans[span + 1] - spans[span])
    }
