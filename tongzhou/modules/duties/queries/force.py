"""What is in force: libraries under their responses, versions of duties, and their windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from tongzhou.base.errors import Missing
from tongzhou.base.period import ZONE, Recurrence, after_period
from tongzhou.modules.duties.contracts import DutyLibrary, DutySpec, Relation
from tongzhou.modules.duties.models import Duty, Library
from tongzhou.modules.duties.queries.grounds import EnforcementRow, Known, known
from tongzhou.modules.duties.rules.library import parse_library
from tongzhou.modules.duties.rules.lineage import Lineage, Term, lineage_windows
from tongzhou.modules.duties.rules.refinement import Ruling, loosenings
from tongzhou.modules.duties.rules.windows import Window, windows
from tongzhou.modules.response.public import Segment

__all__ = [
    "DutyRow",
    "EnforcementRow",
    "Ground",
    "Placed",
    "duties_of",
    "get_duty",
    "get_version",
    "is_open",
    "library_of",
    "list_enforcements",
    "list_history",
    "list_versions",
    "ruling_of",
]


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One version of a duty with its declaration.

    ``id`` is the duty through all its versions: reports, figures and addresses use it.
    ``version_id`` is this version: profiles and declaration belong to it.
    """

    id: int
    version_id: int
    urn: str
    library_id: int
    expression: str
    position: int
    clause: str
    relation: Relation
    spec: DutySpec

    @property
    def is_counted(self) -> bool:
        """Tell whether the duty wants evidence and so appears in figures."""
        return self.spec.evidence.is_wanted


class Placed(Protocol):
    """Somebody who is at a place and registered in a region."""

    @property
    def place(self) -> int:
        """Region id of where it is."""

    @property
    def registered_region(self) -> int:
        """Region id of the registering authority."""


@lru_cache(maxsize=256)
def library_of(library_id: int) -> DutyLibrary:
    """Return a stored library; it never changes, so it is built once per process."""
    stored = Library.objects.get(pk=library_id)
    return parse_library(stored.body, name=stored.expression, digest=stored.sha256)


@lru_cache(maxsize=256)
def duties_of(library_id: int) -> tuple[DutyRow, ...]:
    """Return the duties of a library in the order of their clauses."""
    library = library_of(library_id)
    found = tuple(
        DutyRow(
            id=row["root_id"],
            version_id=row["pk"],
            urn=row["urn"],
            library_id=library_id,
            expression=library.expression,
            position=row["position"],
            clause=row["clause"],
            relation=Relation(row["relation"]),
            spec=library.duty(row["key"]),
        )
        for row in Duty.objects.filter(library_id=library_id)
        .order_by("position")
        .values("pk", "root_id", "urn", "position", "clause", "key", "relation")
    )
    _libraries.update((each.version_id, library_id) for each in found)
    return found


#: The library of each version that was met; it never changes.
_libraries: dict[int, int] = {}


def _library_of_version(version_id: int) -> int:
    """Return the library of a version; Missing if there is no such one."""
    if version_id not in _libraries:
        library_id = Duty.objects.filter(pk=version_id).values_list("library_id", flat=True).first()
        if library_id is None:
            raise Missing("没有这项任务。")
        _libraries[version_id] = library_id
    return _libraries[version_id]


@lru_cache(maxsize=256)
def _by_version(library_id: int) -> dict[int, DutyRow]:
    return {each.version_id: each for each in duties_of(library_id)}


def get_version(version_id: int) -> DutyRow:
    """Return one version of a duty; Missing if there is none."""
    return _by_version(_library_of_version(version_id))[version_id]


def list_versions(duty_id: int) -> list[DutyRow]:
    """Return all versions of a duty in the order they were loaded, supplements' included.

    Empty when there is no such duty; the id of a later version is not that of a duty.
    """
    found = Duty.objects.filter(root_id=duty_id).order_by("pk").values_list("pk", flat=True)
    return [get_version(each) for each in found]


def get_duty(
    duty_id: int,
    at: datetime | None = None,
    *,
    bearer: Placed | None = None,
    ground: "Ground | None" = None,
) -> DutyRow:
    """Return a duty by the version that rules for a bearer at a moment; Missing if there is none.

    Without a bearer it is the upper text, without a moment, or when nothing is in force, the
    latest upper text that was loaded.
    """
    ground = ground or (Ground(at) if at is not None else None)
    if ground is not None and (lineage := ground.lineages.get(duty_id)) is not None:
        place, registered = (bearer.place, bearer.registered_region) if bearer else (0, 0)
        layers = lineage.layers(ground.at, place, registered) if bearer else []
        term = layers[-1] if layers else lineage.upper(ground.at)
        if term is not None:
            return get_version(term.version_id)
    found = [each for each in list_versions(duty_id) if each.relation is not Relation.REFINES]
    if not found:
        raise Missing("没有这项任务。")
    return found[-1]


def list_history(at: datetime) -> list[EnforcementRow]:
    """Return what was put in force up to a moment, ended or not, in the order it came in force."""
    held = known()
    return list(held.history[: held.begun(at)])


def is_open(force: EnforcementRow, at: datetime) -> bool:
    """Tell whether an enforcement that has begun has not ended."""
    return force.to_at is None or at < force.to_at


def list_enforcements(at: datetime) -> list[EnforcementRow]:
    """Return what is in force at a moment, in the order in which it came into force."""
    return [each for each in list_history(at) if is_open(each, at)]


def _lineages(history: Sequence[EnforcementRow]) -> Mapping[int, Lineage]:
    """Return all duties that were ever in force."""
    terms: dict[int, list[Term]] = {}
    for force in history:
        library = library_of(force.library_id)
        rest = frozenset(
            (each.code, each.any_of, each.forms, each.residual, each.named)
            for each in library.groups.values()
        )
        for duty in duties_of(force.library_id):
            bearer = duty.spec.bearer
            terms.setdefault(duty.id, []).append(
                Term(
                    version_id=duty.version_id,
                    library_id=force.library_id,
                    response_id=force.response_id,
                    spec=duty.spec,
                    scope=library.scope,
                    refines=duty.relation is Relation.REFINES,
                    bound=(bearer, rest if bearer.groups else None),
                    from_at=force.from_at,
                    to_at=force.to_at,
                )
            )
    return {key: Lineage(key, tuple(each), _fits) for key, each in terms.items()}


def _fits(upper: Term, lower: Term) -> bool:
    return _is_no_looser(upper.version_id, lower.version_id)


@lru_cache(maxsize=8192)
def _is_no_looser(upper_id: int, lower_id: int) -> bool:
    return not loosenings(ruling_of(get_version(upper_id)), ruling_of(get_version(lower_id)))


def ruling_of(duty: DutyRow) -> Ruling:
    """Return a duty with the scope and the groups of its library."""
    library = library_of(duty.library_id)
    return Ruling(duty.spec, library.scope, library.groups)


@dataclass(slots=True)
class Ground:
    """What windows are cut from at one moment: enforcements and phases, each read once.

    ``stamp`` is that of the ground, where the caller has read it.
    """

    at: datetime
    stamp: UUID | None = None
    _known: Known | None = None
    _duties: list[DutyRow] | None = None
    _cut: dict[tuple[int, datetime, int | None], list[Segment]] = field(default_factory=dict)

    @property
    def known(self) -> Known:
        """Return all enforcements and phases."""
        if self._known is None:
            self._known = known(self.stamp)
        return self._known

    @property
    def history(self) -> tuple[EnforcementRow, ...]:
        """Return what was put in force up to the moment, ended or not."""
        return self.known.history[: self.known.begun(self.at)]

    @property
    def forces(self) -> list[EnforcementRow]:
        """Return what is in force."""
        return [each for each in self.history if is_open(each, self.at)]

    @property
    def lineages(self) -> Mapping[int, Lineage]:
        """Return the duties that are, or were, in force, with their versions."""
        begun = self.known.begun(self.at)
        found = self.known.lineages.get(begun)
        if found is None:
            found = self.known.lineages[begun] = _lineages(self.known.history[:begun])
        return found

    def duties(self, wanted: frozenset[int] | None = None) -> list[DutyRow]:
        """Return the duties in force by their upper texts, directive by directive; all or some."""
        if wanted is not None and self._duties is None:
            return self._in_force(wanted)
        if self._duties is None:
            self._duties = self._in_force(None)
        return [each for each in self._duties if wanted is None or each.id in wanted]

    def _in_force(self, wanted: frozenset[int] | None) -> list[DutyRow]:
        return [
            duty
            for force in self.forces
            for duty in duties_of(force.library_id)
            if (wanted is None or duty.id in wanted) and self.upper(duty.id) == duty.version_id
        ]

    def counted(self) -> dict[int, DutyRow]:
        """Return the duties in force that want evidence somewhere, by id.

        Each by its upper text, or by a supplement's where that alone wants evidence.
        """
        found: dict[int, DutyRow] = {}
        for duty in self.duties():
            if duty.is_counted:
                found[duty.id] = duty
                continue
            for term in self.lineages[duty.id].lowers(self.at):
                if (lower := get_version(term.version_id)).is_counted:
                    found.setdefault(duty.id, lower)
        return found

    def homes(self) -> dict[int, int]:
        """Return the library to whose figures each duty in force counts: its upper text's."""
        return {duty.id: duty.library_id for duty in self.duties()}

    def upper(self, duty_id: int) -> int | None:
        """Return the version that is a duty's upper text in force, None if there is none."""
        lineage = self.lineages.get(duty_id)
        term = lineage.upper(self.at) if lineage else None
        return term.version_id if term else None

    def segments(self, response_id: int, moment: datetime, place: int | None) -> list[Segment]:
        """Return the phases up to ``moment`` by what is known now, where ``place`` lies if given.

        A decision that was recorded later counts from when it took effect, so a look back at a
        past period sees it.
        """
        key = (response_id, min(moment, self.at), place)
        if key not in self._cut:
            self._cut[key] = [
                Segment(each.low, each.high, tuple(h for h in each.history if h[0] <= moment))
                for each in self.known.segments(response_id, self.at)
                if place is None or each.low <= place <= each.high
            ]
        return self._cut[key]

    def windows(self, duty: DutyRow, day: date | None, place: int | None) -> list[Window]:
        """Return the windows of a duty, given by its upper text in force."""
        lineage = self.lineages[duty.id]
        chain = lineage.chain(self.at)
        if not lineage.is_steady(self.at):
            return lineage_windows(
                lineage,
                segments=lambda response: self.segments(response, self.at, place),
                at=self.at,
                day=day,
                place=place,
            )
        moment = self.at
        if day is not None:
            moment = min(self.at, _end_of(day, duty.spec.recurrence) or self.at)
        found = windows(
            duty.id,
            duty.spec,
            version_id=duty.version_id,
            library_id=duty.library_id,
            scope=chain[0].scope,
            effective_at=chain[0].from_at,
            segments=self.segments(chain[0].response_id, moment, place),
            at=self.at,
            day=day,
        )
        if len(chain) == 1:
            return found
        return [
            replace(each, version_id=lineage.version_at(self.at, _last_moment(each, self.at)))
            for each in found
        ]


def _last_moment(window: Window, at: datetime) -> datetime:
    """Return the moment whose text rules a period: its end, or now."""
    closes = window.period.closes_at
    return at if closes is None else min(at, closes - timedelta(microseconds=1))


def _end_of(day: date, recurrence: Recurrence) -> datetime | None:
    """Return the last moment of the period named by a day; None for a one-off duty."""
    after = after_period(recurrence, day)
    if after is None:
        return None
    return datetime.combine(after, datetime.min.time(), ZONE) - timedelta(microseconds=1)
