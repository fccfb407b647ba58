"""What a load run is: who visits, how often, for how long. Pure; children import nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

KINDS = ("report", "review", "read")


class PlanError(ValueError):
    """Say what is wrong with what was asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run is meant to be.

    ``mix`` are the shares of visitors by kind, in percent. ``rate`` is the most requests a second
    of all visitors together; 0 lets everybody ask again at once. ``sign_in`` says how those who
    report do it: by ``session`` (form, cookie, CSRF) or by ``token`` (API). ``seconds`` counts
    from when everybody has signed in.
    """

    url: str
    seconds: float = 30
    visitors: int = 12
    processes: int = 2
    mix: Mapping[str, int] = field(default_factory=lambda: {"report": 75, "review": 10, "read": 15})
    rate: float = 0
    sign_in: str = "session"

    def count(self, kind: str) -> int:
        """Return how many visitors are of a kind; each wanted kind has at least one."""
        return max(1, round(self.visitors * self.mix[kind] / 100)) if self.mix[kind] else 0

    @property
    def pause(self) -> float:
        """Return how many seconds lie between two requests of one visitor, 0 for none."""
        everybody = sum(self.count(kind) for kind in KINDS)
        return everybody / self.rate if self.rate else 0.0


def read_mix(text: str) -> dict[str, int]:
    """Return the shares that ``75:10:15`` names: reports, reviews, readers. Raises PlanError."""
    parts = text.split(":")
    if len(parts) != len(KINDS) or not all(part.isascii() and part.isdigit() for part in parts):
        raise PlanError(
            f"“{text}”不是比例 · a mix is reports:reviews:readers in percent, such as 75:10:15"
        )
    found = dict(zip(KINDS, map(int, parts), strict=True))
    if sum(found.values()) != 100:
        raise PlanError(f"{text}：三项之和应为 100 · the three shares of a mix add up to 100")
    return found


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty that a visitor reports on, again and again, with the same answers."""

    id: int
    period: date
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who visits: an account, and for those who report their organisation and duties.

    ``duties`` are reported again and again, ``once`` what an officer reviews: at first, each once.
    """

    kind: str
    username: str
    password: str
    user_id: int
    token: str = ""
    organisation: int = 0
    prov: int = 0
    duties: tuple[Duty, ...] = ()
    once: tuple[Duty, ...] = ()
    pages: tuple[str, ...] = ()

    def duty(self, turn: int) -> Duty:
        """Return what is reported in a turn, counted from 0."""
        if turn < len(self.once):
            return self.once[turn]
        return self.duties[(turn - len(self.once)) % len(self.duties)]


Key = tuple[str, int, int, int]
"""Period, duty, organisation, prov of a report."""


@dataclass(slots=True)
class Told:
    """What one visitor saw: latencies in milliseconds by kind of request, errors, acknowledgements.

    ``acknowledged``: how many reports the site said it has filed, by key. ``unsure``: those whose
    answer never came, which may or may not be there.
    """

    username: str = ""
    latencies: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[Key, int] = field(default_factory=dict)
    unsure: dict[Key, int] = field(default_factory=dict)
    decided: int = 0
    seconds: float = 0.0

    def took(self, name: str, milliseconds: float) -> None:
        """Count one answered request."""
        self.latencies.setdefault(name, []).append(milliseconds)

    def failed(self, name: str) -> None:
        """Count one error by its kind."""
        self.errors[name] = self.errors.get(name, 0) + 1


def percentile(values: list[float], share: float) -> float:
    """Return the value that ``share`` of the values do not exceed, by the nearest rank."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000 * len(ordered)) // 1000) - 1)]
