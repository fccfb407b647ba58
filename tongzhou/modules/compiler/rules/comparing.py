"""Mark the words that differ between two texts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Equal stretches shorter than this between two changes are drawn as changed.
SHORT_RUN = 2
#: What differs between equal beginnings and ends is compared up to this many words.
LONGEST_COMPARED = 10_000
#: A number or a Latin word counts as one; everything else letter by letter.
_WORD = re.compile(r"[0-9A-Za-z]+(?:[.:][0-9]+)*|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one side of a comparison."""

    text: str
    changed: bool


def compare(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts cut into stretches, those that differ marked.

    Short equal stretches between changes count as changed, so that words are marked and not
    scattered letters.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = _common_start(old, new)
    end = _common_start(old[start:][::-1], new[start:][::-1])
    head, tail = "".join(old[:start]), "".join(old[len(old) - end :])
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    left: list[tuple[str, bool]] = [(head, False)]
    right: list[tuple[str, bool]] = [(head, False)]
    if max(len(old), len(new)) > LONGEST_COMPARED:
        left.append(("".join(old), True))
        right.append(("".join(new), True))
    else:
        for same, a, b in _runs(old, new):
            left.append((a, not same))
            right.append((b, not same))
    left.append((tail, False))
    right.append((tail, False))
    return _pieces(left), _pieces(right)


def _runs(old: Sequence[str], new: Sequence[str]) -> list[tuple[bool, str, str]]:
    """Return equal and different stretches in turn.

    An equal stretch that is shorter than the changes on both its sides, or but one letter between
    them, counts as changed too.
    """
    runs: list[tuple[bool, list[str], list[str]]] = []
    at_old = at_new = 0
    for i, j in [*_common(old, new), (len(old), len(new))]:
        if i > at_old or j > at_new:
            runs.append((False, list(old[at_old:i]), list(new[at_new:j])))
        if i < len(old):
            if runs and runs[-1][0]:
                runs[-1][1].append(old[i])
                runs[-1][2].append(new[j])
            else:
                runs.append((True, [old[i]], [new[j]]))
        at_old, at_new = i + 1, j + 1
    held: list[tuple[bool, list[str], list[str]]] = []
    for at, (same, a, b) in enumerate(runs):
        if same and 0 < at < len(runs) - 1:
            before, after = runs[at - 1], runs[at + 1]
            around = min(max(len(side[1]), len(side[2])) for side in (before, after))
            same = len(a) >= SHORT_RUN and len(a) > around // 2
        if held and held[-1][0] == same:
            held[-1][1].extend(a)
            held[-1][2].extend(b)
        else:
            held.append((same, list(a), list(b)))
    return [(same, "".join(a), "".join(b)) for same, a, b in held]


def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of a longest common subsequence.

    A whole row of the table is one number (Hyyrö 2004): bit ``i`` of a row is 0 where the word
    ``i`` of ``old`` lengthens the subsequence, so that even repetitive texts cost little.
    """
    masks: dict[str, int] = defaultdict(int)
    for i, word in enumerate(old):
        masks[word] |= 1 << i
    whole = (1 << len(old)) - 1
    row = whole
    rows: list[int] = []
    for word in new:
        hit = row & masks.get(word, 0)
        row = ((row + hit) | (row - hit)) & whole
        rows.append(row)
    found: list[tuple[int, int]] = []
    i, j = len(old), len(new)
    while i and j:
        if old[i - 1] == new[j - 1]:
            i, j = i - 1, j - 1
            found.append((i, j))
        elif rows[j - 1] >> (i - 1) & 1:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def _pieces(stretches: Iterable[tuple[str, bool]]) -> tuple[Piece, ...]:
    held: list[Piece] = []
    for text, changed in stretches:
        if not text:
            continue
        if held and held[-1].changed == changed:
            held[-1] = Piece(held[-1].text + text, changed)
        else:
            held.append(Piece(text, changed))
    return tuple(held)


def _common_start(one: Sequence[str], other: Sequence[str]) -> int:
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))
