"""Find tables in a text as received, so that an export can draw them again.

A row stands on one line, its cells parted by tabs or by bars. Reading a clause drops both, so a
table is found in the source first and then in the words of its passage.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tongzhou.modules.directives.rules.exports.titles import width
from tongzhou.modules.directives.rules.typeset import narrow, typeset

_RULE = re.compile(r"[\s|:+=-]*-[\s|:+=-]*\Z")
_LEAST_ROWS = _LEAST_BARS = 2
_MOST_CELLS = 20
_NARROWEST, _WIDEST = 3.0, 24.0  # characters


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, every row as long as the longest."""

    rows: tuple[tuple[str, ...], ...]

    def weights(self) -> list[float]:
        """Return how wide the columns are in relation to each other, by what stands in them."""
        return [
            max(_NARROWEST, min(_WIDEST, max(width(cell) for cell in column)))
            for column in zip(*self.rows, strict=True)
        ]


def split_tables(text: str, source: str) -> list[str | Table]:
    """Return the words of a passage with the tables of its ``source`` as tables.

    What cannot be found again in ``text`` stays words.
    """
    found: list[str | Table] = []
    rest = text
    for rows in _tables(source):
        wanted = narrow(_squeezed("".join(cell for row in rows for cell in row)))
        places = [index for index, char in enumerate(rest) if not _is_layout(char)]
        at = narrow("".join(rest[index] for index in places)).find(wanted)
        if not wanted or at < 0:
            continue
        start, end = places[at], places[at + len(wanted) - 1] + 1
        longest = max(map(len, rows))
        table = Table(tuple((*row, *[""] * (longest - len(row))) for row in rows))
        found += [rest[:start], table]
        rest = rest[end:]
    found.append(rest)
    return [each for each in found if isinstance(each, Table) or each.strip()]


def _tables(source: str) -> Iterator[list[tuple[str, ...]]]:
    """Yield the tables of a text as rows of cells."""
    if "\t" not in source and "|" not in source:
        return
    held: list[tuple[str, ...]] = []
    for line in [*source.split("\n"), ""]:
        if held and _RULE.match(line) and "|" in line:
            continue
        cells = _cells(line)
        if cells is not None:
            held.append(cells)
        elif line.strip() or not held:
            if len(held) >= _LEAST_ROWS:
                yield held
            held = []
    if len(held) >= _LEAST_ROWS:
        yield held


def _cells(line: str) -> tuple[str, ...] | None:
    """Return the cells of a row, None for a line that is none."""
    bare = line.strip(" \r")
    if bare.count("|") >= _LEAST_BARS:
        cells = bare.strip("|").split("|")
    elif "\t" in bare.strip("\t"):
        cells = bare.split("\t")
    else:
        return None
    if not 2 <= len(cells) <= _MOST_CELLS:
        return None
    return tuple(typeset(" ".join(cell.split())) for cell in cells)


def _is_layout(char: str) -> bool:
    return char.isspace() or char == "|"


def _squeezed(text: str) -> str:
    return "".join(char for char in text if not _is_layout(char))
