"""Small counts about health are not shown, nor what would give them away."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

#: Fewer than this many people could be recognised.
THRESHOLD = 5
K = TypeVar("K", bound=Hashable)


def suppress(
    cells: Mapping[K, int], *, total_shown: bool = True, threshold: int = THRESHOLD
) -> dict[K, int | None]:
    """Return the cells with small ones hidden (None), so that none can be worked out.

    Cells from 1 to ``threshold`` - 1 are hidden; zero says nothing about a person and stays. With
    the total shown beside them, the hidden cells must be two at least and hide ``threshold`` people
    at least, or subtraction would give them away: the smallest shown cells are hidden with them
    until they do.
    """
    hidden = {key for key, count in cells.items() if 0 < count < threshold}
    if hidden and total_shown:
        others = sorted((each for each in cells if each not in hidden), key=lambda k: cells[k])
        # A zero hides nobody, yet leaves open which of two cells holds the people.
        ordered = [each for each in others if cells[each]] + [k for k in others if not cells[k]]
        while ordered and (len(hidden) < 2 or sum(cells[k] for k in hidden) < threshold):
            hidden.add(ordered.pop(0))
    return {key: None if key in hidden else count for key, count in cells.items()}


def suppress_table(
    table: Mapping[tuple[K, K], int], *, threshold: int = THRESHOLD
) -> dict[tuple[K, K], int | None]:
    """Return a table of row × column with hidden cells, where the sums of both are shown.

    Every row and every column that hides a cell hides two at least; repeated until it holds.
    """
    hidden = {key for key, count in table.items() if 0 < count < threshold}
    changed = True
    while changed:
        changed = False
        for axis in (0, 1):
            for line in dict.fromkeys(key[axis] for key in table):
                keys = [key for key in table if key[axis] == line]
                inside = [key for key in keys if key in hidden]
                if not inside:
                    continue
                open_keys = sorted(
                    (key for key in keys if key not in hidden),
                    key=lambda key: (table[key] == 0, table[key]),
                )
                while open_keys and (
                    len(inside) < 2 or sum(table[key] for key in inside) < threshold
                ):
                    key = open_keys.pop(0)
                    hidden.add(key)
                    inside.append(key)
                    changed = True
    return {key: None if key in hidden else count for key, count in table.items()}
