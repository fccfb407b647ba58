"""Leave out what runs along the edge of every page, and join lines to paragraphs.

A line goes on in the next one when it is full and the next one is not indented; a page wide enough
for everything, or text without a right edge, is left to the parser, which knows labels.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from tongzhou.modules.directives.rules.intake.flow import Block, Grid, Line
from tongzhou.modules.directives.rules.intake.pdf.rows import Row, joined
from tongzhou.modules.directives.rules.intake.pdf.ruled import Ruled
from tongzhou.modules.directives.rules.intake.words import is_site_line

_COUNTER = re.compile(
    r"[-—–－―·•~_\s]*(?:\d{1,4}|[ivxIVX]{1,6})[-—–－―·•~_\s]*"
    r"|第\s*\d{1,4}\s*页(?:[,，/\s]*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}"
    r"|[Pp]age\s*\d{1,4}(?:\s*of\s*\d{1,4})?"
)
# What browsers print along the edges of a page: its address, the day and hour, its name.
_PRINTED = re.compile(
    r"(?:file|https?)[:：]//.*|\d{1,4}[/-]\d{1,2}[/-]\d{1,4}[,，]?\s*(?:[上下]午)?\d{1,2}[:：]\d{2}.*"
)
_EDGE_ROWS = 2
_EDGE, _OUTER_EDGE = 0.12, 0.05  # of the page height
_ENDS = tuple("。！？；：.!?;:")
_LABEL = re.compile(
    r"[一二三四五六七八九十百零〇]{1,5}[、.．]|[（(][一二三四五六七八九十\d]{1,4}[）)]|\d{1,3}[.．、]"
    r"|第[一二三四五六七八九十百零〇\d]{1,6}[章节条编]|附件|[①-⑳]"
)
_FULL, _INDENT, _LARGEST_INDENT = 1.6, 0.7, 4.5  # characters
_SAME_PLACE = 4  # points
_LOPSIDED = 1.8  # how much wider the right margin may well be than the left one
_LARGER = 1.15  # of the usual size: a title
_UNFILLED = 3  # lines left free at the foot of a page: the next one was begun on purpose
_WIDER = 1.5  # of the usual distance of base lines: a gap that parts paragraphs


@dataclass(slots=True)
class Leaf:
    """The rows and tables of one page."""

    width: float
    height: float
    rows: list[Row] = field(default_factory=list)
    tables: list[Ruled] = field(default_factory=list)


@dataclass(slots=True)
class _Margins:
    left: float
    right: float
    pitch: float
    size: float
    bottom: float


def without_edges(leaves: list[Leaf]) -> bool:
    """Drop page counters and lines that run along every page; say whether there were such lines."""
    seen: Counter[str] = Counter()
    for leaf in leaves:
        for row in _edge_rows(leaf):
            seen[_same(row)] += 1
    often = max(3, 0.4 * len(leaves))
    twice = len(leaves) == 2
    found = False
    for leaf in leaves:
        dropped: set[int] = set()
        for row in _edge_rows(leaf):
            counter = bool(_COUNTER.fullmatch(row.text.strip()))
            outer = _OUTER_EDGE * leaf.height
            at_edge = not outer < row.base < leaf.height - outer
            repeated = seen[_same(row)] >= (2 if twice and at_edge else often)
            printed = at_edge and bool(_PRINTED.match(row.text))
            if counter or repeated or printed:
                dropped.add(id(row))
                found = found or not counter
        leaf.rows = [row for row in leaf.rows if id(row) not in dropped]
    return found


def without_site(leaves: list[Leaf]) -> bool:
    """Drop lines of a site from a page that was printed from it; say whether there were any."""
    before = sum(len(leaf.rows) for leaf in leaves)
    for leaf in leaves:
        leaf.rows = [row for row in leaf.rows if not is_site_line(row.text)]
    return sum(len(leaf.rows) for leaf in leaves) < before


def _same(row: Row) -> str:
    return f"{round(row.base / 6)} {re.sub(r'[0-9]+', '#', row.text)}"


def _edge_rows(leaf: Leaf) -> list[Row]:
    if len(leaf.rows) < 2 and not leaf.tables:
        return []
    edge = _EDGE * leaf.height
    top = [row for row in leaf.rows[:_EDGE_ROWS] if row.base > leaf.height - edge]
    bottom = [row for row in leaf.rows[-_EDGE_ROWS:] if row.base < edge]
    return [*top, *(row for row in bottom if not any(row is each for each in top))]


def blocks_of(leaves: list[Leaf]) -> list[Block]:
    """Return the paragraphs and tables of a document in the order of reading."""
    margins = _margins(leaves)
    blocks: list[Block] = []
    last: tuple[Row, int] | None = None  # the row before, and its page
    for number, leaf in enumerate(leaves):
        edges = margins[round(leaf.width), round(leaf.height)]
        waiting = list(leaf.tables)
        for row in leaf.rows:
            while waiting and waiting[0].top > row.base + row.size / 2:
                blocks.append(waiting.pop(0).grid)
                last = None
            before = last[0] if last else None
            same_page = last is not None and last[1] == number
            if before is not None and _goes_on(before, row, edges, same_page=same_page):
                block = blocks[-1]
                if isinstance(block, Line):
                    block.text = joined(block.text, row.text)
            else:
                if before is not None and (
                    _is_far(before, row, edges)
                    if same_page
                    else before.base
                    > min(edges.bottom + _UNFILLED * edges.pitch, 0.3 * leaf.height)
                ):
                    blocks.append(Line(""))
                blocks.append(Line(row.text, _is_indented(row, edges)))
            last = row, number
        for table in waiting:
            blocks.append(table.grid)
            last = None
    return _tables_over_pages(blocks)


def _margins(leaves: list[Leaf]) -> dict[tuple[int, int], _Margins]:
    """Return the edges of the text for every size of page."""
    rows: dict[tuple[int, int], list[Row]] = {}
    steps: dict[tuple[int, int], list[float]] = {}
    for leaf in leaves:
        key = round(leaf.width), round(leaf.height)
        rows.setdefault(key, []).extend(leaf.rows)
        steps.setdefault(key, []).extend(
            above.base - below.base
            for above, below in pairwise(leaf.rows)
            if 0 < above.base - below.base < 4 * above.size
        )
    found = {}
    for key, held in rows.items():
        if not held:
            found[key] = _Margins(0.0, 0.0, 0.0, 0.0, 0.0)
            continue
        pitch = median(steps[key]) if steps[key] else 0.0
        size = median(row.size for row in held)
        left = _left(held, size)
        right = _right(held, size, left, key[0])
        found[key] = _Margins(left, right, pitch, size, min(row.base for row in held))
    return found


def _left(rows: list[Row], size: float) -> float:
    """Return the left edge: the leftmost place where more than a few rows begin.

    One row is enough where the next ones begin two characters further in: they are indented.
    """
    enough = max(2, 0.06 * len(rows))
    lefts = sorted(row.left for row in rows)
    begin = 0
    for index, left in enumerate(lefts):
        while left - lefts[begin] > _SAME_PLACE:
            begin += 1
        if index - begin + 1 >= enough:
            flush = [each for each in lefts[:begin] if _is_two(lefts[begin] - each, size)]
            return flush[0] if flush else lefts[begin]
    return lefts[0]


def _right(rows: list[Row], size: float, left: float, width: float) -> float:
    """Return the right edge: where many rows end, else as far from the page's as the left one."""
    rights = sorted(row.right for row in rows)
    edge = rights[-1 - len(rights) // 40]
    full = sum(1 for right in rights if right >= edge - _FULL * size)
    if 0.5 * left <= width - edge <= 1.15 * left:
        return edge
    lopsided = width - edge > _LOPSIDED * left
    if full >= max(3, (0.5 if lopsided else 0.15) * len(rights)):
        return edge
    return max(edge + 2 * size, width - left)  # as far as is known, no row is full


def _is_two(step: float, size: float) -> bool:
    return 1.6 * size <= step <= 2.5 * size


def _is_far(above: Row, below: Row, edges: _Margins) -> bool:
    return edges.pitch > 0 and above.base - below.base > _WIDER * edges.pitch


def _goes_on(above: Row, below: Row, edges: _Margins, *, same_page: bool) -> bool:
    size = min(above.size, below.size)
    if max(above.size, below.size) > 1.15 * size or above.parted or below.parted:
        return False
    if above.right < edges.right - _FULL * size:
        return False
    if below.left > edges.left + _INDENT * size and not _is_rest_of_title(above, below, edges):
        return False
    if above.left > edges.left + (_LARGEST_INDENT + 1) * size:
        return False  # a line set to the right
    if same_page and (_is_far(above, below, edges) or above.base < below.base):
        return False
    return not (above.text.endswith(_ENDS) and _LABEL.match(below.text))


def _is_rest_of_title(above: Row, below: Row, edges: _Margins) -> bool:
    """Say whether a title fills a line and goes on in the middle of the next."""
    if below.size < _LARGER * edges.size or above.left > edges.left + above.size:
        return False
    before, behind = below.left - edges.left, edges.right - below.right
    return abs(before - behind) < below.size


def _is_indented(row: Row, edges: _Margins) -> bool:
    before, behind = row.left - edges.left, edges.right - row.right
    if not 1.2 * row.size <= before <= _LARGEST_INDENT * row.size:
        return False
    return _is_two(before, row.size) or abs(before - behind) > row.size


def _tables_over_pages(blocks: list[Block]) -> list[Block]:
    """Take a table that goes on at the top of the next page as one."""
    out: list[Block] = []
    for block in blocks:
        before = out[-1] if out else None
        if isinstance(block, Grid) and isinstance(before, Grid):
            widths = {max(map(len, grid.rows), default=0) for grid in (before, block)}
            if len(widths) == 1:
                before.rows.extend(block.rows)
                continue
        out.append(block)
    return out
