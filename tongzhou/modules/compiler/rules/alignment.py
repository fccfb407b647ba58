"""Align the clauses of two wordings of one document.

Clauses with the same text belong together wherever they stand; of equal texts the same address
goes first, then the order. The rest is paired by the letters they share. What is left over may be
a part that was split off a clause, or one that was merged into another. Reading the two wordings
in the other order gives the mirrored result: what was added is then removed, a split is a merger.

Cost is proportional to the number of clauses times the few candidates that each is compared with.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: From this share of common letter pairs on two texts are one clause, changed.
ALIKE = 0.5
#: The same, for clauses that kept their address.
ALIKE_IN_PLACE = 0.3
#: From this share of a text's letter pairs on it is held by another one.
HELD = 0.8
#: Texts with fewer letters are too common to be a part of something.
LONG_ENOUGH = 8
#: How many candidates each clause is compared with.
CANDIDATES = 8
#: Letters in more clauses than this say nothing about which two belong together.
COMMON = 48

_SPACE = re.compile(r"\s+")
_WIDE = str.maketrans("，：；！？（）“”‘’．", ",:;!?()\"\"''.")


#: Indices of clauses that belong together, of the old and of the new wording.
Group = tuple[tuple[int, ...], tuple[int, ...]]


class Fate(StrEnum):
    """What became of a clause."""

    UNCHANGED = "UNCHANGED"
    MOVED = "MOVED"  # the same text at another address
    CHANGED = "CHANGED"
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    SPLIT = "SPLIT"  # one clause became several
    MERGED = "MERGED"  # several clauses became one


#: What each fate is called when the two wordings are read in the other order.
MIRRORED = {
    Fate.UNCHANGED: Fate.UNCHANGED,
    Fate.MOVED: Fate.MOVED,
    Fate.CHANGED: Fate.CHANGED,
    Fate.ADDED: Fate.REMOVED,
    Fate.REMOVED: Fate.ADDED,
    Fate.SPLIT: Fate.MERGED,
    Fate.MERGED: Fate.SPLIT,
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause as alignment sees it."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """Clauses that belong together; ``old`` and ``new`` are indices, each clause is in one match.

    ``score`` is the share of letter pairs in common, from 0 to 1.
    """

    fate: Fate
    old: tuple[int, ...]
    new: tuple[int, ...]
    score: float


def normalise(text: str) -> str:
    """Return a text in the form in which clauses are compared: no space, ASCII punctuation."""
    return _SPACE.sub("", text).translate(_WIDE)


def align(old: Sequence[Unit], new: Sequence[Unit]) -> list[Match]:
    """Return what became of each clause, in the order of the new wording.

    Removed clauses stand behind the clause they followed. Every clause of both sides is in exactly
    one match.
    """
    befores = [normalise(each.text) for each in old]
    afters = [normalise(each.text) for each in new]
    pairs = _equal(old, new, befores, afters)
    left = [i for i in range(len(old)) if i not in pairs]
    taken = set(pairs.values())
    right = [j for j in range(len(new)) if j not in taken]
    grams_old = {i: _grams(befores[i]) for i in left}
    grams_new = {j: _grams(afters[j]) for j in right}
    for i, j in _alike(old, new, befores, afters, grams_old, grams_new):
        pairs[i] = j
    paired: list[Group] = [((i,), (j,)) for i, j in pairs.items()]
    groups = _grown(paired, befores, afters)
    held_old = {i for group in groups for i in group[0]}
    held_new = {j for group in groups for j in group[1]}
    found = [_match(old, new, befores, afters, group) for group in groups]
    found += [Match(Fate.REMOVED, (i,), (), 0.0) for i in range(len(old)) if i not in held_old]
    found += [Match(Fate.ADDED, (), (j,), 0.0) for j in range(len(new)) if j not in held_new]
    return _ordered(found)


def _equal(
    old: Sequence[Unit], new: Sequence[Unit], befores: Sequence[str], afters: Sequence[str]
) -> dict[int, int]:
    """Pair clauses of the same text: at the same address first, then in their order."""
    places: dict[str, list[int]] = defaultdict(list)
    for j, text in enumerate(afters):
        places[text].append(j)
    waiting: dict[str, list[int]] = defaultdict(list)
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    by_address = {(afters[j], each.address): j for j, each in enumerate(new)}
    for i, text in enumerate(befores):
        same = by_address.get((text, old[i].address))
        if same is not None and same not in taken:
            pairs[i] = same
            taken.add(same)
        elif text in places:
            waiting[text].append(i)
    for text, held in waiting.items():
        free = [j for j in places[text] if j not in taken]
        for i, j in zip(held, free, strict=False):
            pairs[i] = j
            taken.add(j)
    return pairs


def _grams(text: str) -> Counter[str]:
    """Return the letter pairs of a text; of one letter, the letter."""
    if len(text) < 2:
        return Counter([text] if text else [])
    return Counter(text[at : at + 2] for at in range(len(text) - 1))


def _shared(one: Counter[str], other: Counter[str]) -> int:
    if len(one) > len(other):
        one, other = other, one
    return sum(min(count, other[gram]) for gram, count in one.items() if gram in other)


def _scores(one: Counter[str], other: Counter[str]) -> tuple[float, float]:
    """Return how alike two texts are (Dice), and how much of the shorter the longer holds."""
    sizes = one.total(), other.total()
    if not all(sizes):
        return 0.0, 0.0
    shared = _shared(one, other)
    held = shared / min(sizes) if min(sizes) >= LONG_ENOUGH else 0.0
    return 2 * shared / sum(sizes), held


def _alike(
    old: Sequence[Unit],
    new: Sequence[Unit],
    befores: Sequence[str],
    afters: Sequence[str],
    left: dict[int, Counter[str]],
    right: dict[int, Counter[str]],
) -> list[tuple[int, int]]:
    """Pair changed clauses, the most alike first; ties go to the nearer ones."""
    found: list[tuple[tuple[float, int, int], int, int]] = []
    for i, j in _candidates(old, new, befores, afters, left, right):
        alike, held = _scores(left[i], right[j])
        in_place = old[i].address == new[j].address
        if alike >= (ALIKE_IN_PLACE if in_place else ALIKE) or held >= HELD:
            # A clause that kept its address wins over one that is a little more alike.
            found.append(((-alike - 0.1 * in_place, abs(i - j), i + j), i, j))
    pairs: list[tuple[int, int]] = []
    done_old: set[int] = set()
    done_new: set[int] = set()
    for _key, i, j in sorted(found):
        if i not in done_old and j not in done_new:
            done_old.add(i)
            done_new.add(j)
            pairs.append((i, j))
    return pairs


def _runs_of_letters(text: str) -> set[str]:
    """Return the pairs and fours of letters by which a text is found: fours tell more apart."""
    return {text[at : at + size] for size in (2, 4) for at in range(len(text) - size + 1)}


def _candidates(
    old: Sequence[Unit],
    new: Sequence[Unit],
    befores: Sequence[str],
    afters: Sequence[str],
    left: Iterable[int],
    right: Iterable[int],
) -> set[tuple[int, int]]:
    """Return the pairs worth comparing: the same address, or many uncommon letters in a row."""
    index: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i in left:
        for gram in _runs_of_letters(befores[i]):
            index[gram][0].append(i)
    for j in right:
        for gram in _runs_of_letters(afters[j]):
            index[gram][1].append(j)
    shared: Counter[tuple[int, int]] = Counter()
    for olds, news in index.values():
        if olds and news and len(olds) + len(news) <= COMMON:
            shared.update((i, j) for i in olds for j in news)
    best_old: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    best_new: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for (i, j), count in shared.items():
        best_old[i].append((-count, abs(i - j), j))
        best_new[j].append((-count, abs(i - j), i))
    found = {(i, j) for i, held in best_old.items() for _n, _d, j in sorted(held)[:CANDIDATES]}
    found |= {(i, j) for j, held in best_new.items() for _n, _d, i in sorted(held)[:CANDIDATES]}
    places = {new[j].address: j for j in right}
    found |= {(i, places[old[i].address]) for i in left if old[i].address in places}
    return found


def _grown(groups: list[Group], befores: Sequence[str], afters: Sequence[str]) -> list[Group]:
    """Join clauses that are left over to the changed clause they were split off or merged into."""
    changed = [(old[0], new[0]) for old, new in groups if befores[old[0]] != afters[new[0]]]
    paired_old = {old[0] for old, _new in groups}
    paired_new = {new[0] for _old, new in groups}
    split = _parts(
        changed,
        [(j, afters[j]) for j in range(len(afters)) if j not in paired_new],
        [(befores[i], afters[j]) for i, j in changed],
    )
    merged = _parts(
        [(j, i) for i, j in changed],
        [(i, befores[i]) for i in range(len(befores)) if i not in paired_old],
        [(afters[j], befores[i]) for i, j in changed],
    )
    grown: list[Group] = []
    for old, new in groups:
        grown.append(
            (
                tuple(sorted((*old, *merged.get(new[0], ())))),
                tuple(sorted((*new, *split.get(old[0], ())))),
            )
        )
    return grown


def _parts(
    pairs: Sequence[tuple[int, int]],
    loose: Sequence[tuple[int, str]],
    texts: Sequence[tuple[str, str]],
) -> dict[int, list[int]]:
    """Return per whole the loose parts that belong to it.

    A part belongs to the whole that holds most of what its present partner does not have.
    ``pairs`` are (whole, partner), ``texts`` theirs.
    """
    index: dict[str, list[int]] = defaultdict(list)
    spare: list[Counter[str]] = []
    for at, (whole, partner) in enumerate(texts):
        # What the partner took over is gone; only the rest can hold another part.
        rest = _grams(whole) - _grams(partner)
        spare.append(rest)
        for gram in rest:
            index[gram].append(at)
    found: dict[int, list[int]] = defaultdict(list)
    for number, text in loose:
        grams = _grams(text)
        size = grams.total()
        if size < LONG_ENOUGH:
            continue
        near: Counter[int] = Counter()
        for gram, count in grams.items():
            for at in index.get(gram, ()):
                near[at] += min(count, spare[at][gram])
        if not near:
            continue
        at, shared = min(
            near.items(),
            key=lambda item: (-item[1], abs(pairs[item[0]][0] - number), pairs[item[0]][0]),
        )
        if shared / size >= HELD:
            found[pairs[at][0]].append(number)
    return found


def _match(
    old: Sequence[Unit],
    new: Sequence[Unit],
    befores: Sequence[str],
    afters: Sequence[str],
    group: Group,
) -> Match:
    olds, news = group
    before = "".join(befores[i] for i in olds)
    after = "".join(afters[j] for j in news)
    if len(olds) == len(news) == 1 and before == after:
        same = old[olds[0]].address == new[news[0]].address
        return Match(Fate.UNCHANGED if same else Fate.MOVED, olds, news, 1.0)
    alike, _held = _scores(_grams(before), _grams(after))
    if len(olds) == 1 and len(news) > 1:
        fate = Fate.SPLIT
    elif len(news) == 1 and len(olds) > 1:
        fate = Fate.MERGED
    else:
        fate = Fate.CHANGED
    return Match(fate, olds, news, alike)


def _ordered(found: Iterable[Match]) -> list[Match]:
    """Return matches in the order of the new wording, removed ones behind what they followed."""
    held = list(found)
    place = {i: each.new[0] for each in held if each.new for i in each.old}
    keys: dict[int, int] = {}
    last = -1
    for i in sorted(i for each in held for i in each.old):
        last = place.get(i, last)
        keys[i] = last

    def key(each: Match) -> tuple[int, int, int]:
        if each.new:
            return each.new[0], 0, 0
        return keys[each.old[0]], 1, each.old[0]

    return sorted(held, key=key)
