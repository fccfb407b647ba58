"""Find duties in force that a new one repeats or contradicts.

Two sentences are compared by their matter: what is left once words of strength, adverbs, names of
bearers, times and numbers are taken out. Of nearly the same matter and direction, one repeats the
other; of the same matter in the opposite direction (to hold, not to hold), or with another
rhythm, deadline or number, it contradicts it. Only what concerns the same bearers is compared:
two duties that nobody owes both cannot be in each other's way.

Words are data (``params/similarity.yaml``). An inverted index keeps the cost of a look-up to the
statements that share uncommon letters.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tongzhou.modules.compiler.rules.matter import Matter, matter_of

#: From this share of common matter on a duty repeats another one.
SAME = 0.62
#: The same, where all of the shorter one's matter is found in the longer.
SAME_IF_HELD = 0.55
HELD = 0.85
#: From this share of the shorter matter on, found in the longer, two duties are about one act.
ONE_ACT = 0.75
ONE_ACT_ALIKE = 0.45
#: From this share of common matter on, opposite directions are a contradiction.
OPPOSED = 0.66
#: Matter of fewer letter pairs says too little to compare.
LEAST = 3
#: Statements looked at per question, those with most uncommon letters in common.
CANDIDATES = 30


class Kind(StrEnum):
    """How two statements are at odds."""

    REPEAT = "REPEAT"
    CONTRADICTION = "CONTRADICTION"


class Aspect(StrEnum):
    """What two statements have in common, or differ in."""

    TEXT = "TEXT"
    STRENGTH = "STRENGTH"
    RECURRENCE = "RECURRENCE"
    DEADLINE = "DEADLINE"
    NUMBER = "NUMBER"


@dataclass(frozen=True, slots=True)
class Statement:
    """A duty, or a clause, as it is compared.

    ``bearers`` are marks of whom it binds (profiles of the register); two statements concern the
    same when they share one. ``organ`` narrows it to an organ, empty for any. ``strength`` may be
    empty, then the words decide. ``recurrence`` and ``deadline`` are codes where the document
    itself sets them, else empty.
    """

    key: str
    text: str
    bearers: frozenset[int]
    strength: str = ""
    organ: str = ""
    recurrence: str = ""
    deadline: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement in force that a new one repeats or contradicts.

    ``mine`` and ``theirs`` are the words or codes that differ, empty for a repetition.
    """

    kind: Kind
    aspect: Aspect
    key: str
    score: float
    mine: str = ""
    theirs: str = ""


class Index:
    """Statements in force, ready to be asked what a new one repeats or contradicts."""

    def __init__(self, held: Sequence[Statement]) -> None:
        self._held = list(held)
        self._matters = [matter_of(each.text, each.strength) for each in self._held]
        self._places: dict[str, list[int]] = defaultdict(list)
        for at, matter in enumerate(self._matters):
            for gram in matter.grams:
                self._places[gram].append(at)
        size = max(1, len(self._held))
        self._weights = {
            gram: math.log(1 + size / len(places)) for gram, places in self._places.items()
        }
        self._unknown = math.log(1 + size)

    def find(self, asked: Statement, limit: int = 3) -> list[Finding]:
        """Return what ``asked`` repeats or contradicts, the gravest and most alike first."""
        matter = matter_of(asked.text, asked.strength)
        if matter.grams.total() < LEAST:
            return []
        found = []
        for at in self._near(matter):
            other = self._held[at]
            if not _same_bearer(asked, other):
                continue
            finding = self._compare(asked, matter, other, self._matters[at])
            if finding is not None:
                found.append(finding)
        found.sort(key=lambda each: (each.kind is Kind.REPEAT, -each.score, each.key))
        return found[:limit]

    def nearest(self, asked: Statement, floor: float) -> tuple[str, float] | None:
        """Return the statement with most matter in common and how much, None below ``floor``.

        The direction and the figures of the two do not count here, whom they bind does.
        """
        matter = matter_of(asked.text, asked.strength)
        best: tuple[str, float] | None = None
        for at in self._near(matter):
            other = self._held[at]
            alike, _held = self._scores(matter.grams, self._matters[at].grams)
            if alike >= floor and _same_bearer(asked, other) and (not best or alike > best[1]):
                best = other.key, alike
        return best

    def _near(self, matter: Matter) -> list[int]:
        """Return the statements that share most uncommon letters with a matter."""
        scores: dict[int, float] = defaultdict(float)
        for gram in matter.grams:
            weight = self._weights.get(gram)
            if weight is not None:
                for at in self._places[gram]:
                    scores[at] += weight
        return heapq.nsmallest(CANDIDATES, scores, key=lambda at: (-scores[at], at))

    def _compare(
        self, asked: Statement, matter: Matter, other: Statement, theirs: Matter
    ) -> Finding | None:
        alike, held = self._scores(matter.grams, theirs.grams)
        if theirs.grams.total() < LEAST:
            return None
        repeats = alike >= SAME or (held >= HELD and alike >= SAME_IF_HELD)
        one_act = held >= ONE_ACT and alike >= ONE_ACT_ALIKE
        if not (repeats or one_act):
            return None
        if matter.forbids != theirs.forbids:
            if matter.qualified or theirs.qualified or not one_act or alike < OPPOSED:
                return None
            return Finding(
                Kind.CONTRADICTION, Aspect.STRENGTH, other.key, alike, matter.mood, theirs.mood
            )
        differing = _difference(asked, matter, other, theirs)
        if differing is not None:
            aspect, mine, its = differing
            return Finding(Kind.CONTRADICTION, aspect, other.key, alike, mine, its)
        if repeats:
            return Finding(Kind.REPEAT, Aspect.TEXT, other.key, alike)
        return None

    def _scores(self, one: Counter[str], other: Counter[str]) -> tuple[float, float]:
        """Return the cosine of two matters, and how much of the lighter the other holds."""
        weigh = self._weights
        unknown = self._unknown
        shared = product = 0.0
        for gram, count in one.items():
            if gram in other:
                weight = weigh.get(gram, unknown)
                product += count * other[gram] * weight * weight
                shared += min(count, other[gram]) * weight
        norms = [
            math.sqrt(sum((n * weigh.get(gram, unknown)) ** 2 for gram, n in each.items()))
            for each in (one, other)
        ]
        sizes = [
            sum(n * weigh.get(gram, unknown) for gram, n in each.items()) for each in (one, other)
        ]
        if not all(norms):
            return 0.0, 0.0
        return product / (norms[0] * norms[1]), shared / min(sizes)


def _same_bearer(one: Statement, other: Statement) -> bool:
    if one.organ and other.organ and one.organ != other.organ:
        return False
    return not one.bearers.isdisjoint(other.bearers)


def _difference(
    asked: Statement, matter: Matter, other: Statement, theirs: Matter
) -> tuple[Aspect, str, str] | None:
    """Return in which figure two duties of one act differ, None when they agree."""
    mine, its = asked.recurrence or matter.recurrence, other.recurrence or theirs.recurrence
    if mine and its and mine != its:
        return Aspect.RECURRENCE, mine, its
    mine, its = asked.deadline or matter.deadline, other.deadline or theirs.deadline
    if mine and its and mine != its:
        return Aspect.DEADLINE, mine, its
    for unit, numbers in matter.numbers.items():
        others = theirs.numbers.get(unit)
        if others and numbers.isdisjoint(others):
            return Aspect.NUMBER, _numbers(numbers, unit), _numbers(others, unit)
    return None


def _numbers(numbers: frozenset[float], unit: str) -> str:
    return "、".join(f"{number:g}{unit}" for number in sorted(numbers))  # data
