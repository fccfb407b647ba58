"""Lay out what was read as plain text: one paragraph a line, table rows with tabs.

Readers of formats give blocks; the text and the stretches that stand in tables are made here, so
that every format obeys the same rules. A table that only arranges the page (one column, one row,
a cell that holds the body, a red letterhead) is body text and no table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tongzhou.modules.directives.rules.intake.refusals import LARGEST_TEXT, too_long

_INDENT = "　　"
_BODY_LINES, _BODY_LENGTH = 5, 300
_SPACE = re.compile(r"[^\S\u3000]*[\t\r\n\x0b\x0c\x85\u2028\u2029][\s]*")
_ENDS = re.compile(r"[ \t]+$|^[ \t]+(?=\S)")


@dataclass(slots=True)
class Line:
    """A paragraph, or a part of one between two breaks; ``indented``: its first line is."""

    text: str
    indented: bool = False


@dataclass(slots=True)
class Grid:
    """A table: rows of cells of blocks; ``framed``: whether it has visible lines."""

    rows: "list[list[list[Line | Grid]]]" = field(default_factory=list)
    framed: bool = True


Block = Line | Grid


def is_blank(text: str) -> bool:
    """Say whether nothing in ``text`` can be seen."""
    return not text.strip() or all(_invisible(char) for char in text)


def _invisible(char: str) -> bool:
    return (
        char.isspace()
        or char in "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u2800\u3164\ufeff\uffa0\ufffc"
        or "\u180b" <= char <= "\u180e"
        or "\u200b" <= char <= "\u200f"
        or "\u2028" <= char <= "\u202e"
        or "\u2060" <= char <= "\u206f"
        or "\ufe00" <= char <= "\ufe0f"
        or char < " "
        or "\x7f" <= char <= "\x9f"
    )


class Page:
    """The text under way and the tables in it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.length = 0
        self.tables: list[tuple[int, int]] = []
        self.visible = False

    def line(self, text: str) -> None:
        """Put one line; blank ones never pile up."""
        if not text.strip():
            if not self.lines or not self.lines[-1]:
                return
            text = ""
        self.visible = self.visible or bool(text)
        self.lines.append(text)
        self.length += len(text) + 1
        if self.length > LARGEST_TEXT:
            raise too_long()

    def finish(self) -> tuple[str, tuple[tuple[int, int], ...]]:
        """Return the text and the stretches of tables in it."""
        text = "\n".join(self.lines)
        return text, tuple((start, min(end, len(text))) for start, end in self.tables)


def lay_out(blocks: list[Block]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return ``blocks`` as text, and where tables stand in it."""
    page = Page()
    _blocks(page, blocks)
    while page.lines and not page.lines[-1]:
        page.lines.pop()
    return page.finish()


def _blocks(page: Page, blocks: list[Block]) -> None:
    for block in blocks:
        if isinstance(block, Grid):
            _grid(page, block)
            continue
        text = block.text.rstrip(" \t")
        if block.indented and text.strip() and not text[0].isspace():
            text = _INDENT + text
        page.line(text)


def _lines(blocks: list[Block]) -> Iterator[str]:
    """Yield the lines of a cell that hold something, nested tables row by row."""
    for block in blocks:
        if isinstance(block, Line):
            if block.text.strip():
                yield block.text.strip()
        else:
            for row in block.rows:
                yield from (line for cell in row for line in _lines(cell))


def cell_text(blocks: list[Block]) -> str:
    """Return a cell on one line."""
    return _SPACE.sub(" ", " ".join(_lines(blocks))).strip()


def _holds_body(blocks: list[Block]) -> bool:
    lines = list(_lines(blocks))
    return len(lines) >= _BODY_LINES and sum(map(len, lines)) >= _BODY_LENGTH


def is_table(grid: Grid) -> bool:
    """Say whether a grid holds a table, and not the page itself."""
    rows = [[cell for cell in row if any(_lines(cell))] for row in grid.rows]
    rows = [row for row in rows if row]
    if sum(1 for row in rows if len(row) >= 2) < 1 or len(rows) < 2:
        return False
    if any(_holds_body(cell) for row in rows for cell in row):
        return False
    return grid.framed or len(rows) >= 3


def _grid(page: Page, grid: Grid) -> None:
    if is_table(grid):
        start = page.length
        for row in grid.rows:
            page.line("\t".join(map(cell_text, row)).rstrip())
        if page.length > start:
            page.tables.append((start, page.length))
        return
    for row in grid.rows:
        held = [list(_lines(cell)) for cell in row]
        if not page.visible and len(row) >= 2 and held[-1] == ["文件"]:  # data
            page.line(" ".join(line for lines in held for line in lines))  # a red letterhead
        elif len(row) >= 2 and all(len(lines) <= 1 for lines in held):
            page.line("\t".join(lines[0] for lines in held if lines))
        else:
            for cell in row:
                _blocks(page, cell)
