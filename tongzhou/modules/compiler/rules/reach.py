"""Work out whom duties reach and how much reporting they cause, from populations alone.

The country is cut into a grid: ranges of places by ranges of registering regions in which no duty
begins or ends. Bearers of one profile in one field of the grid owe the same, so counts come from
a few thousand populations and not from organisations.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

NATION = (0, 999_999)

Field = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Load:
    """Minutes of reporting: once in total, per week, and per week for what nobody has to do."""

    once: float = 0.0
    weekly: float = 0.0
    voluntary: float = 0.0

    def __add__(self, other: Load) -> Load:
        return Load(
            self.once + other.once, self.weekly + other.weekly, self.voluntary + other.voluntary
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One version of a duty as reach sees it.

    ``root`` is the same for versions of one duty. One that ``refines`` rules instead of what it
    refines inside its own ranges; of several the one of the least ``width`` does. ``places`` and
    ``registered`` are where it holds, ``profiles`` whom it binds, ``phases`` when.
    """

    key: str
    root: Hashable
    places: tuple[tuple[int, int], ...]
    registered: tuple[int, int]
    phases: frozenset[str]
    profiles: frozenset[int]
    load: Load
    refines: bool = False
    width: int = 0


@dataclass(frozen=True, slots=True)
class Population:
    """How many bearers of a profile are in a field of the grid."""

    profile: int
    field: Field
    count: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Where ranges begin: the thresholds between fields, as PostgreSQL's width_bucket counts."""

    places: tuple[int, ...]
    registered: tuple[int, ...]

    @staticmethod
    def of(tasks: Iterable[Task], more: Iterable[tuple[int, int]] = ()) -> Grid:
        """Return the grid of these duties; ``more`` are ranges of places to cut at as well."""
        places, registered = set(NATION[:1]), set(NATION[:1])
        for task in tasks:
            for low, high in task.places:
                places |= {low, high + 1}
            registered |= {task.registered[0], task.registered[1] + 1}
        for low, high in more:
            places |= {low, high + 1}
        return Grid(tuple(sorted(places)), tuple(sorted(registered)))

    def field(self, place: int, registered: int) -> Field:
        """Return the field of a place and a registering region."""
        return bisect_right(self.places, place), bisect_right(self.registered, registered)

    def corner(self, field: Field) -> tuple[int, int]:
        """Return the first place and registering region of a field."""
        return self.places[field[0] - 1], self.registered[field[1] - 1]


class Reach:
    """Duties over a grid, asked field by field and profile by profile."""

    def __init__(self, grid: Grid, tasks: Sequence[Task]) -> None:
        self.grid, self.tasks = grid, list(tasks)
        self._ruling: dict[Field, int] = {}
        self._bound: dict[int, int] = defaultdict(int)
        self._loads: dict[int, Load] = {}
        for number, task in enumerate(self.tasks):
            for profile in task.profiles:
                self._bound[profile] |= 1 << number

    def mask(self, choose: Callable[[Task], bool]) -> int:
        """Return the duties that fulfil a condition, as a bit set."""
        return sum(1 << number for number, task in enumerate(self.tasks) if choose(task))

    def in_phase(self, phase: str) -> int:
        """Return the duties of a phase."""
        return self.mask(lambda task: phase in task.phases)

    def ruling(self, field: Field) -> int:
        """Return the duties that hold in a field, refined ones left out."""
        if field not in self._ruling:
            place, registered = self.grid.corner(field)
            upper: dict[Hashable, int] = {}
            lower: dict[Hashable, int] = {}
            for number, task in enumerate(self.tasks):
                if not _holds(task, place, registered):
                    continue
                if not task.refines:
                    upper[task.root] = number
                elif task.root not in lower or task.width <= self.tasks[lower[task.root]].width:
                    lower[task.root] = number
            ruling = {**upper, **{root: n for root, n in lower.items() if root in upper}}
            self._ruling[field] = sum(1 << number for number in ruling.values())
        return self._ruling[field]

    def owed(self, profile: int, field: Field) -> int:
        """Return the duties that bearers of a profile owe in a field, whatever the phase."""
        return self._bound.get(profile, 0) & self.ruling(field)

    def load(self, duties: int) -> Load:
        """Return the minutes that a set of duties causes."""
        if duties not in self._loads:
            whole = Load()
            for number in bits(duties):
                whole += self.tasks[number].load
            self._loads[duties] = whole
        return self._loads[duties]


def _holds(task: Task, place: int, registered: int) -> bool:
    return task.registered[0] <= registered <= task.registered[1] and any(
        low <= place <= high for low, high in task.places
    )


def bits(mask: int) -> Iterable[int]:
    """Yield the numbers of a bit set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True, slots=True)
class Weighed:
    """The reporting minutes of some bearers: on average, at most, and how many are over a cap."""

    average: Load
    most: Load
    over: int


def weigh(loads: Iterable[tuple[Load, int]], cap: float) -> Weighed:
    """Return average and most of loads by their counts, and how many exceed ``cap`` a week."""
    total = Load()
    most = Load()
    count = over = 0
    for load, number in loads:
        total += Load(load.once * number, load.weekly * number, load.voluntary * number)
        count += number
        over += number if load.weekly > cap else 0
        if (load.weekly, load.once) > (most.weekly, most.once):
            most = load
    count = count or 1
    return Weighed(
        Load(total.once / count, total.weekly / count, total.voluntary / count), most, over
    )


def count_by(
    populations: Iterable[Population], key: Callable[[Population], Iterable[Hashable]]
) -> Mapping[Hashable, int]:
    """Return how many bearers fall under each key; one may fall under several, or none."""
    counts: dict[Hashable, int] = defaultdict(int)
    for each in populations:
        for one in key(each):
            counts[one] += each.count
    return counts
