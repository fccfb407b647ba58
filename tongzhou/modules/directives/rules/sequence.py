"""Choose the labels that count on from each other.

A beam search over the candidates in order: each is taken or left. Taking one that continues an
open list earns points, starting a list costs some (given back by its second item), a gap, a
repeat or a start above one costs more. What a text means by its numbers decides; where a label
stands only helps. Work is bounded by candidates × beam width, so it grows linearly.
"""

from dataclasses import dataclass

from tongzhou.modules.directives.rules.kinds import LAST, RANK, Candidate, Kind

_KINDS = len(Kind)
_CLOSES: tuple[tuple[int, ...], ...] = tuple(
    tuple(
        other.value
        for other in Kind
        if RANK[other] > RANK[kind] or (RANK[other] == RANK[kind] and other is not kind)
    )
    for kind in Kind
)
_BEAM = 32
_DECIMALS = (Kind.DECIMAL, Kind.DECIMAL_DEEP)

CONTINUE = 2.0
START = -2.5
SECOND = 2.5
RUN_ON = 0.5
RESTART = -2.0
OTHER_KIND = -1.0  # 五是 then 六、
OTHER_KIND_BELOW = -3.0  # 一、 then 2.
REPEAT = -3.5
REPEAT_AT_LINE = -2.5
SKIP_ONE = -2.0
SKIP_MORE = -4.5
BACKWARDS = -6.0
LATE_START = -5.0


@dataclass(slots=True)
class _State:
    """An interpretation so far: number open per kind, last number seen per kind, score."""

    opened: tuple[int, ...]
    seen: tuple[int, ...]
    score: float
    taken: "_Taken | None"


@dataclass(frozen=True, slots=True)
class _Taken:
    candidate: Candidate
    before: "_Taken | None"


@dataclass(slots=True)
class Work:
    """Count steps of the search, so that tests can hold it to linear growth."""

    steps: int = 0


def _value(candidate: Candidate) -> int:
    """Return the number a list counts by; a decimal's includes the number above it."""
    if candidate.kind in _DECIMALS:
        return candidate.over * 1000 + candidate.number
    return candidate.number


def _step(state: _State, candidate: Candidate, value: int) -> float:
    """Return what taking ``candidate`` after ``state`` earns or costs."""
    kind = candidate.kind
    now = state.opened[kind]
    if kind in _DECIMALS:
        return _decimal_step(state, candidate, now, value)
    if kind is Kind.FIRSTLY and value in (3, LAST):
        if 0 < now < LAST:
            return CONTINUE + (SECOND if now == 1 else 0.0)
        return LATE_START
    if now:
        if value == now + 1:
            return CONTINUE + (SECOND if now == 1 else 0.0)
        if value == now:
            return REPEAT_AT_LINE if candidate.at_line else min(REPEAT, START + RESTART)
        if value == 1:
            return START + RESTART
        if value < now:
            return BACKWARDS
        return SKIP_ONE if value == now + 2 else SKIP_MORE
    if value == 1:
        return START
    if state.seen[kind] == value - 1:
        return CONTINUE if kind is Kind.ARTICLE else RUN_ON  # articles count through chapters
    previous = state.taken.candidate if state.taken else None
    if previous is not None and previous.kind not in _DECIMALS:
        if previous.number == value - 1 and RANK[previous.kind] != RANK[kind]:
            return OTHER_KIND if RANK[previous.kind] > RANK[kind] else OTHER_KIND_BELOW
        for other in _CLOSES[kind]:
            if state.opened[other] == value - 1:
                return OTHER_KIND
    if state.seen[kind] == value - 2 and value > 2:
        return SKIP_ONE - 1.0
    return LATE_START + (1.0 if value == 2 else 0.0)


def _decimal_step(state: _State, candidate: Candidate, now: int, value: int) -> float:
    """Return the points for a label such as 1.2: it counts under the number above it."""
    above = Kind.ARABIC if candidate.kind is Kind.DECIMAL else Kind.DECIMAL
    over = state.opened[above] % 1000
    if now and value == now + 1:
        return CONTINUE + (SECOND if now % 1000 == 1 else 0.0)
    if candidate.number == 1 and candidate.over in (over, state.opened[Kind.CHINESE]):
        return START + 1.5  # 1.1 under 1. or under 一、
    if candidate.number == 1 and now and candidate.over == now // 1000 + 1:
        return START + 1.0
    if now and value == now:
        return REPEAT
    if now and now < value <= now + 2:
        return SKIP_ONE
    return LATE_START


def _take(state: _State, candidate: Candidate, value: int, score: float) -> _State:
    opened = list(state.opened)
    for other in _CLOSES[candidate.kind]:
        opened[other] = 0
    opened[candidate.kind] = value
    seen = state.seen
    if seen[candidate.kind] != value:
        changed = list(seen)
        changed[candidate.kind] = value
        seen = tuple(changed)
    return _State(tuple(opened), seen, score, _Taken(candidate, state.taken))


def choose(candidates: list[Candidate], work: Work | None = None) -> list[Candidate]:
    """Return the candidates that together make the best numbering, in order."""
    chosen = _search(candidates, work)
    habits = _line_habits(chosen)
    if habits:
        again = [
            candidate
            if candidate.at_line or candidate.kind not in habits
            else _worse(candidate, 2.0)
            for candidate in candidates
        ]
        chosen = _search(again, work)
    return chosen


def _worse(candidate: Candidate, loss: float) -> Candidate:
    return Candidate(
        candidate.start,
        candidate.end,
        candidate.body,
        candidate.kind,
        candidate.number,
        candidate.over,
        candidate.score - loss,
        candidate.at_line,
    )


def _line_habits(chosen: list[Candidate]) -> set[Kind]:
    """Return the kinds that this text nearly always puts at line starts."""
    total: dict[Kind, int] = {}
    at_line: dict[Kind, int] = {}
    for candidate in chosen:
        total[candidate.kind] = total.get(candidate.kind, 0) + 1
        at_line[candidate.kind] = at_line.get(candidate.kind, 0) + candidate.at_line
    return {
        kind
        for kind, count in total.items()
        if count >= 4 and count > at_line[kind] >= 0.75 * count
    }


def _search(candidates: list[Candidate], work: Work | None) -> list[Candidate]:
    count = len(candidates)
    width = _BEAM if count <= 3000 else 8 if count <= 30_000 else 3
    nothing = (0,) * _KINDS
    beam = [_State(nothing, nothing, 0.0, None)]
    for candidate in candidates:
        value = _value(candidate)
        merged: dict[tuple[tuple[int, ...], tuple[int, ...]], _State] = {}
        for state in beam:
            if work is not None:
                work.steps += 1
            key = (state.opened, state.seen)
            rival = merged.get(key)
            if rival is None or state.score > rival.score:
                merged[key] = state
            if state.taken is not None and state.taken.candidate.body > candidate.start:
                continue  # two readings of the same characters
            score = state.score + candidate.score + _step(state, candidate, value)
            taken = _take(state, candidate, value, score)
            key = (taken.opened, taken.seen)
            rival = merged.get(key)
            if rival is None or score > rival.score:
                merged[key] = taken
        beam = sorted(merged.values(), key=lambda state: -state.score)[:width]
    chosen: list[Candidate] = []
    link = beam[0].taken
    while link is not None:
        chosen.append(link.candidate)
        link = link.before
    chosen.reverse()
    return chosen
