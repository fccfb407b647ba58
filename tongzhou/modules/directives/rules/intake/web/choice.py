"""Part the document from the site around it.

The document is the smallest element that holds nearly all of the page's running text. From its
title on, what stands between title and text belongs to it as well, and the lines right behind it
up to the first that is plainly the site's: a signature often stands in an element of its own.
Where in doubt a line stays: the parser knows what web pages leave behind.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from tongzhou.modules.directives.rules.intake.flow import Block, Grid, cell_text
from tongzhou.modules.directives.rules.intake.words import is_site_line, words

_NEARLY_ALL = 0.95
_LONG = 15  # characters: shorter lines count half
_LINKED = 0.5
_MOST_BEHIND = 12
_LONGEST_BEHIND = 60
_SHORTEST_TITLE = 6
_CUT = re.compile(r"[-_|—–>]")
_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class Item:
    """A block in the order of the page: ``links`` of its ``size`` characters are links."""

    block: Block
    place: int
    size: int = 0
    links: int = 0
    heading: bool = False

    @property
    def text(self) -> str:
        """Return the words of a line, nothing for a table."""
        return "" if isinstance(self.block, Grid) else self.block.text.strip()

    @property
    def linked(self) -> bool:
        """Say whether the line is mostly links, and none to an attachment."""
        if not self.size or self.links <= self.size * _LINKED:
            return False
        text, known = self.text.lower(), words("document_links")
        return not (text.startswith(tuple(known["begin"])) or text.endswith(tuple(known["end"])))

    @property
    def weight(self) -> float:
        """Return how much running text this is."""
        if isinstance(self.block, Grid):
            return float(self.size - self.links)
        if self.linked or self.of_site:
            return 0.0
        return self.size - self.links if self.size >= _LONG else self.size / 2

    @property
    def of_site(self) -> bool:
        """Say whether a line is plainly the site's."""
        return is_site_line(self.text)


def size_of(grid: Grid) -> int:
    """Return how many characters a table holds."""
    return sum(len(cell_text(cell)) for row in grid.rows for cell in row)


def choose(
    items: list[Item], elements: Sequence[tuple[int, int]], titles: Sequence[str]
) -> tuple[list[Item], bool]:
    """Return what belongs to the document, and whether anything else was on the page.

    ``elements`` are the stretches of places that the page's elements cover, ``titles`` what the
    page calls itself.
    """
    first, last = _main(items, elements)
    start = _title(items, first, titles)
    kept: list[Item] = []
    dropped = any(item.size for item in items[:start])
    for item in items[start:last]:
        if item.of_site or (item.linked and item.place < items[first].place):
            dropped = True
        else:
            kept.append(item)
    behind = 0
    for index in range(last, len(items)):
        item = items[index]
        too_long = item.size > _LONGEST_BEHIND
        if item.size and (item.linked or item.of_site or behind >= _MOST_BEHIND or too_long):
            dropped = dropped or any(each.size for each in items[index:])
            break
        behind += bool(item.size)
        kept.append(item)
    lists = _link_lists(kept)
    return [item for item in kept if item.place not in lists], dropped or bool(lists)


def _main(items: list[Item], elements: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the index range of the smallest element with nearly all running text."""
    places = [item.place for item in items]
    sums = [0.0]
    for item in items:
        sums.append(sums[-1] + item.weight)
    best = (0, len(items))
    if not sums[-1]:
        return best
    for begin, end in elements:
        low, high = bisect_left(places, begin), bisect_left(places, end)
        enough = sums[high] - sums[low] >= _NEARLY_ALL * sums[-1]
        if enough and high - low < best[1] - best[0]:
            best = (low, high)
    return best


def _title(items: list[Item], first: int, titles: Sequence[str]) -> int:
    """Return the index where the document begins: its title, else the first line that is kept."""
    wanted = [_SPACE.sub("", part) for title in titles for part in (title, *_CUT.split(title))]
    wanted = [title for title in wanted if len(title) >= _SHORTEST_TITLE]
    heading = -1
    for index in range(first - 1, -1, -1):
        text = _SPACE.sub("", items[index].text)
        if len(text) < _SHORTEST_TITLE or items[index].linked:
            continue
        if any(text == title or (len(text) >= 10 and text in title) for title in wanted):
            return _over_lines(items, index, wanted)
        if items[index].heading and heading < 0:
            heading = index
    if heading >= 0:
        return heading
    inside = items[first : first + 40]
    if any(each.heading and each.size >= _SHORTEST_TITLE for each in inside):
        return first
    return 0


def _over_lines(items: list[Item], index: int, wanted: list[str]) -> int:
    """Return where a title begins that is broken over several lines."""
    while index:
        above = _SPACE.sub("", items[index - 1].text)
        here = _SPACE.sub("", items[index].text)
        if not above or not any(above + here in title for title in wanted):
            break
        index -= 1
    return index


def _link_lists(items: list[Item]) -> set[int]:
    """Return the places of three and more lines in a row that are nothing but links."""
    found: set[int] = set()
    run: list[int] = []
    for item in [*items, None]:
        if item is not None and item.linked:
            run.append(item.place)
        elif item is None or item.size:
            if len(run) >= 3:
                found.update(run)
            run = []
    return found
