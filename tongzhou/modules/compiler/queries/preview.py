"""What signing a compilation would cause.

Whom it reaches, what it asks of them, what it clashes with, and what becomes of the work done
under the text that it amends.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler.contracts import CompilationRow, DutyState, Fault, Kind, Origin
from tongzhou.modules.compiler.queries.checks import list_faults
from tongzhou.modules.compiler.queries.clashes import Clash, Known, list_clashes, list_known
from tongzhou.modules.compiler.queries.compilations import get_compilation, list_working_duties
from tongzhou.modules.compiler.queries.done import count_reports
from tongzhou.modules.compiler.queries.scene import Scene, get_scene
from tongzhou.modules.compiler.rules.carrying import OldDuty
from tongzhou.modules.compiler.rules.reach import (
    Load,
    Population,
    Reach,
    Weighed,
    count_by,
    weigh,
)
from tongzhou.modules.duties.public import PHASES, Figure, Selection, figures

#: Minutes of reporting a week that nobody should be asked for more than.
CAP = 30.0


@dataclass(frozen=True, slots=True)
class Row:
    """How many are reached of one form, group or level."""

    code: str
    label: str
    organisations: int
    authorities: int = 0


@dataclass(frozen=True, slots=True)
class RegionRow:
    """How many are reached in one region; ``deeper`` when there are regions below."""

    region: int
    name: str
    deeper: bool
    organisations: int
    authorities: int
    now: int


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """Reporting minutes of the organisations reached, were their place in this phase.

    ``alone`` is what the draft causes by itself. ``holds``: some place of the scope is in it now.
    """

    phase: str
    holds: bool
    duties: int
    before: Weighed
    after: Weighed
    alone: Weighed


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One duty of the draft: whom it binds in all, and how many in the phase of their place."""

    key: int
    id: str
    title: str
    clause: str
    strength: str
    relation: str
    root: int | None
    counted: bool
    minutes: int
    recurrence: str
    organisations: int
    authorities: int
    now: int
    done: Figure | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A duty of the amended text that is not asked any more.

    ``reports`` were made on it; None where it wanted none.
    """

    root: int
    title: str
    clause: str
    decided: bool
    reports: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview of one moment.

    While ``faults`` hold the library back, there is no ``scene`` and nobody to count.
    """

    row: CompilationRow
    at: datetime
    faults: tuple[Fault, ...]
    organisations: int
    authorities: int
    organisations_now: int
    authorities_now: int
    forms: tuple[Row, ...]
    groups: tuple[Row, ...]
    levels: tuple[Row, ...]
    phases: tuple[PhaseRow, ...]
    duties: tuple[DutyRow, ...]
    endings: tuple[Ending, ...]
    clashes: tuple[Clash, ...]
    known: tuple[Known, ...]
    overtaken: tuple[str, ...]
    undecided: int = 0
    accepted: int = 0
    scene: Scene | None = field(default=None, repr=False)

    @property
    def worst(self) -> PhaseRow | None:
        """Return the phase in which the most burdened has the heaviest week."""
        held = [each for each in self.phases if each.holds] or list(self.phases)
        return max(held, key=lambda each: each.after.most.weekly, default=None)


def get_preview(actor: Actor, compilation_id: int, at: datetime) -> Preview:
    """Return the preview of a compilation at a moment; Missing when the actor may not see it."""
    faults = tuple(list_faults(actor, compilation_id, at))
    try:
        scene = get_scene(actor, compilation_id, at)
    except Refusal:
        if not faults:
            raise
        return _empty(actor, compilation_id, at, faults)
    return _Counting(scene, faults).run()


def _empty(actor: Actor, compilation_id: int, at: datetime, faults: tuple[Fault, ...]) -> Preview:
    """Return a preview of what no library can be made of yet: its faults."""
    states = [each.state for each in list_working_duties(compilation_id)]
    return Preview(
        row=get_compilation(actor, compilation_id),
        at=at,
        faults=faults,
        organisations=0,
        authorities=0,
        organisations_now=0,
        authorities_now=0,
        forms=(),
        groups=(),
        levels=(),
        phases=(),
        duties=(),
        endings=(),
        clashes=(),
        known=(),
        overtaken=(),
        undecided=states.count(DutyState.PROPOSED),
        accepted=states.count(DutyState.ACCEPTED),
    )


class _Counting:
    """One preview while it is worked out."""

    def __init__(self, scene: Scene, faults: tuple[Fault, ...]) -> None:
        self.scene, self.faults = scene, faults
        self.form = {number: each.form for number, each in scene.profiles.items()}
        self.social = [e for e in scene.populations if self.form[e.profile] != "AUTHORITY"]
        self.official = [e for e in scene.populations if self.form[e.profile] == "AUTHORITY"]

    def run(self) -> Preview:
        scene = self.scene
        return Preview(
            row=scene.row,
            at=scene.at,
            faults=self.faults,
            organisations=_sum(self.social),
            authorities=_sum(self.official),
            organisations_now=_sum(e for e in self.social if scene.owes_now(e)),
            authorities_now=_sum(e for e in self.official if scene.owes_now(e)),
            forms=tuple(self._by(self.social, lambda e: [self.form[e.profile]])),
            groups=tuple(self._groups()),
            levels=tuple(
                self._by(self.official, lambda e: [scene.profiles[e.profile].level], official=True)
            ),
            phases=tuple(self._phases()),
            duties=tuple(self._duties()),
            endings=tuple(self._endings()),
            clashes=tuple(list_clashes(scene)),
            known=tuple(list_known(scene)),
            overtaken=tuple(each.duty.urn for each in scene.overtaken),
            undecided=sum(each.state is DutyState.PROPOSED for each in scene.duties),
            scene=scene,
        )

    def _by(
        self,
        populations: Iterable[Population],
        key: Callable[[Population], Iterable[str]],
        *,
        official: bool = False,
    ) -> list[Row]:
        counts = count_by(populations, key)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
        return [
            Row(str(code), "", 0, number) if official else Row(str(code), "", number)
            for code, number in ordered
        ]

    def _groups(self) -> list[Row]:
        library = self.scene.library
        if library is None:
            return []
        members = self.scene.groups_by_profile
        counts = count_by(self.social, lambda e: members[e.profile])
        return [
            Row(code, group.label.zh, counts.get(code, 0)) for code, group in library.groups.items()
        ]

    def _phases(self) -> list[PhaseRow]:
        """Return the minutes phase by phase, of phases in which the draft asks for anything."""
        scene = self.scene
        found = []
        held = self._phases_now()
        for phase in PHASES:
            own = scene.own & scene.after.in_phase(phase)
            if not any(phase in each.task.phases for each in scene.drafted):
                continue
            reached = [e for e in self.social if scene.owes(e) & own]
            alone = [(scene.after.load(scene.owes(e) & own), e.count) for e in reached]
            found.append(
                PhaseRow(
                    phase=phase,
                    holds=phase in held,
                    duties=sum(phase in each.task.phases for each in scene.drafted),
                    before=weigh(_loads(scene.before, phase, reached), CAP),
                    after=weigh(_loads(scene.after, phase, reached), CAP),
                    alone=weigh(alone, CAP),
                )
            )
        return found

    def _phases_now(self) -> set[str]:
        """Return the phases that hold somewhere where the draft reaches somebody."""
        scene, response = self.scene, self.scene.row.response_id
        if response is None:
            return set()
        places = {scene.grid.corner(each.field)[0] for each in scene.populations}
        return {phase for place in places if (phase := scene.phase(response, place))}

    def _duties(self) -> list[DutyRow]:
        scene = self.scene
        done = self._done(
            each.draft.root
            for each in scene.drafted
            if each.draft.root is not None and not each.task.refines
        )
        found = []
        for each in scene.drafted:
            mask = scene.numbers(each.draft.key)
            social = [e for e in self.social if scene.owes(e) & mask]
            official = [e for e in self.official if scene.owes(e) & mask]
            found.append(
                DutyRow(
                    key=each.draft.key,
                    id=each.spec.id,
                    title=each.spec.title.zh,
                    clause=each.spec.clause,
                    strength=str(each.spec.strength),
                    relation=str(each.draft.relation),
                    root=each.draft.root,
                    counted=each.spec.evidence.is_wanted,
                    minutes=each.spec.minutes,
                    recurrence=str(each.spec.recurrence),
                    organisations=_sum(social),
                    authorities=_sum(official),
                    now=_sum(e for e in (*social, *official) if scene.owes_now(e) & mask),
                    done=done.get(each.draft.root) if each.draft.root is not None else None,
                )
            )
        return found

    def _endings(self) -> list[Ending]:
        """Return the duties of the amended text that nothing continues."""
        scene, base = self.scene, self.scene.base
        if scene.row.kind is not Kind.AMENDMENT or base is None:
            return []
        carried = {each.draft.root for each in scene.drafted}
        gone = [each for each in base.duties if each.root not in carried]
        undecided = {
            each.root
            for each in scene.duties
            if each.origin is Origin.CARRIED and each.state is DutyState.PROPOSED
        }
        reports = count_reports(scene.actor, [each.root for each in gone], scene.at)
        return [
            Ending(
                each.root,
                each.title,
                each.clause,
                each.root not in undecided,
                reports.get(each.root, 0) if _is_counted(each) else None,
            )
            for each in gone
        ]

    def _done(self, roots: Iterable[int]) -> dict[int, Figure]:
        """Return what was done on duties in the period that is being reported on."""
        wanted = tuple(sorted(set(roots)))
        if not wanted:
            return {}
        found: dict[int, Figure] = {}
        for bearers in ("ORGANISATION", "AUTHORITY"):
            selection = Selection(at=self.scene.at, duty_ids=wanted, bearers=bearers)
            for each in figures(self.scene.actor, selection):
                found[each.duty_id] = found.get(each.duty_id, Figure()) + each.figure
        return found


def _is_counted(duty: OldDuty) -> bool:
    return bool(duty.spec["evidence"]["kind"] != "NONE")


def _sum(populations: Iterable[Population]) -> int:
    return sum(each.count for each in populations)


def _loads(
    reach: Reach, phase: str, populations: Iterable[Population]
) -> Iterable[tuple[Load, int]]:
    """Return the minutes of everything in force for these bearers, were they in this phase."""
    mask = reach.in_phase(phase)
    for each in populations:
        yield reach.load(reach.owed(each.profile, each.field) & mask), each.count
