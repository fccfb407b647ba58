"""Versions of a duty in force, and which of them rules where."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from tongzhou.modules.duties.contracts import DutySpec, Link, Scope
from tongzhou.modules.duties.rules.windows import ranges_of, span


@dataclass(frozen=True, slots=True)
class Term:
    """One version of a duty during one stretch of enforcement.

    ``refines``: it is a supplement's, and rules inside ``scope`` only. ``bound`` is equal for
    versions that bind the same bearers. ``to_at`` is None while no end is set.
    """

    version_id: int
    library_id: int
    response_id: int
    spec: DutySpec
    scope: Scope
    refines: bool
    bound: Hashable
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of places and registering regions in which nothing differs."""

    low: int
    high: int
    registered_low: int
    registered_high: int

    def inside(self, scope: Scope) -> bool:
        """Tell whether a scope takes in the whole piece."""
        low, high = span(scope.region)
        if scope.by is Link.TERRITORY:
            return low <= self.low and self.high <= high
        return low <= self.registered_low and self.registered_high <= high

    def placed(self, spec: DutySpec) -> bool:
        """Tell whether a duty's own place takes in the whole piece."""
        if not (spec.place.include or spec.place.exclude):
            return True
        return ranges_of(spec.place, self.low, self.high) == [(self.low, self.high)]


Fits = Callable[[Term, Term], bool]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The versions of one duty with the stretches for which each is in force.

    ``fits(upper, lower)`` tells whether a lower text is no looser than the upper one.
    """

    duty_id: int
    terms: tuple[Term, ...]
    fits: Fits

    def chain(self, at: datetime) -> tuple[Term, ...]:
        """Return the upper texts that follow each other without a gap up to a moment, or none.

        Each ends where the next begins, should two ever be in force together.
        """
        return _chain(self.terms, at)

    def is_steady(self, at: datetime) -> bool:
        """Tell whether no version changed anything about where, when and by whom it is owed."""
        if any(each.refines for each in self.terms):
            return False
        chain = self.chain(at)
        return len(chain) == 1 or len({_manner(each) for each in chain}) == 1

    def version_at(self, at: datetime, moment: datetime) -> int:
        """Return the version of the upper text that was in force at an earlier moment."""
        chain = self.chain(at)
        held = [each for each in chain if each.from_at <= moment]
        return (held or chain[:1])[-1].version_id

    def upper(self, at: datetime) -> Term | None:
        """Return the upper text in force at a moment."""
        chain = self.chain(at)
        return chain[-1] if chain else None

    def lowers(self, at: datetime) -> list[Term]:
        """Return the supplements' texts in force at a moment, the widest scope first."""
        return sorted(
            (each for each in self.terms if each.refines and _holds(each, at)), key=_width
        )

    def layers(self, at: datetime, place: int, registered: int) -> list[Term]:
        """Return the texts that rule at a place, the upper one first, then each that refines it.

        The last one is what has to be done there.
        """
        piece = Piece(place, place, registered, registered)
        return self.layers_of(piece, self.upper(at), self.lowers(at))

    def layers_of(self, piece: Piece, upper: Term | None, lowers: Iterable[Term]) -> list[Term]:
        """Return which of these texts rule in a piece, each refining the one before."""
        if upper is None or not piece.inside(upper.scope):
            return []
        found = [upper]
        for lower in lowers:
            if piece.inside(lower.scope) and self.fits(found[-1], lower):
                found.append(lower)
        return found


def _manner(term: Term) -> Hashable:
    spec = term.spec
    return (
        term.response_id,
        term.scope,
        term.bound,
        spec.phases,
        spec.place,
        spec.strength,
        spec.recurrence,
        spec.deadline,
    )


def _holds(term: Term, at: datetime) -> bool:
    return term.from_at <= at and (term.to_at is None or at < term.to_at)


def _chain(terms: Iterable[Term], at: datetime) -> tuple[Term, ...]:
    held = sorted(
        (each for each in terms if not each.refines and each.from_at <= at),
        key=lambda each: (each.from_at, each.version_id),
    )
    clipped: list[Term] = []
    for each, after in zip(held, [*held[1:], None], strict=False):
        end = each.to_at
        if after is not None and (end is None or after.from_at < end):
            end = after.from_at
        if end is None or each.from_at < end:
            clipped.append(each if end == each.to_at else replace(each, to_at=end))
    if not clipped or (clipped[-1].to_at is not None and clipped[-1].to_at <= at):
        return ()
    start = len(clipped) - 1
    while start and clipped[start - 1].to_at == clipped[start].from_at:
        start -= 1
    return tuple(clipped[start:])


def _width(term: Term) -> tuple[int, datetime, int]:
    low, high = span(term.scope.region)
    return low - high, term.from_at, term.version_id
