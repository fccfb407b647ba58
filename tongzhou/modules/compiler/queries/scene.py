"""Everything a preview counts on at one moment: what is in force, what the draft adds, and where.

Nothing here is stored. The draft becomes a library in memory; populations come from cells.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    Kind,
    Relation,
)
from tongzhou.modules.compiler.queries.bases import Base, get_base
from tongzhou.modules.compiler.queries.compilations import (
    get_compilation,
    list_working_clauses,
    list_working_duties,
)
from tongzhou.modules.compiler.rules.body import accepted, duty_id, library_body
from tongzhou.modules.compiler.rules.reach import Grid, Load, Population, Reach, Task
from tongzhou.modules.duties.public import (
    DutyLibrary,
    DutyRow,
    DutySpec,
    Facts,
    Link,
    Ruling,
    applies,
    burden_of,
    duties_of,
    groups_of,
    library_of,
    list_enforcements,
    loosening_faults_of,
    parse_library,
    ranges_of,
)
from tongzhou.modules.duties.public import Relation as DutyRelation
from tongzhou.modules.registry.public import ProfileRow, list_profiles, span
from tongzhou.modules.response.public import Segment, list_segments

NATION = (0, 999_999)


@dataclass(frozen=True, slots=True)
class Standing:
    """A duty in force: its version, where and under which response it stands, whom it binds."""

    duty: DutyRow
    response_id: int
    task: Task


@dataclass(frozen=True, slots=True)
class Drafted:
    """An accepted duty of the draft: how it was written, what it is read as, whom it binds."""

    draft: DutyDraft
    spec: DutySpec
    task: Task


@dataclass
class Scene:
    """A compilation before the world of one moment.

    ``library`` is what signing would load; None while nothing is accepted.
    """

    actor: Actor
    at: datetime
    row: CompilationRow
    clauses: list[ClauseDraft]
    duties: list[DutyDraft]
    base: Base | None
    library: DutyLibrary | None
    profiles: Mapping[int, ProfileRow] = field(repr=False)

    @cached_property
    def replaced(self) -> frozenset[int]:
        """Return the libraries whose place the draft takes once it is in force."""
        base = self.base
        if self.row.kind is not Kind.AMENDMENT or base is None or base.response_id is None:
            return frozenset()
        return frozenset({base.library_id}) if base.library_id is not None else frozenset()

    @cached_property
    def standing(self) -> list[Standing]:
        """Return the duties in force, supplements' versions included, its own left out."""
        forces = [
            each for each in list_enforcements(self.at) if each.library_id != self.row.library_id
        ]
        held = [(duty, force) for force in forces for duty in duties_of(force.library_id)]
        bound = _bound(duty.version_id for duty, _force in held)
        found = []
        for duty, force in held:
            library = library_of(force.library_id)
            found.append(
                Standing(
                    duty,
                    force.response_id,
                    task_of(
                        f"v{duty.version_id}",
                        duty.spec,
                        library,
                        bound.get(duty.version_id, frozenset()),
                        root=duty.id,
                        refines=duty.relation is DutyRelation.REFINES,
                    ),
                )
            )
        return found

    @property
    def rivals(self) -> list[Standing]:
        """Return the duties in force that the draft is held against: those of other documents."""
        work = self.row.head.urn.partition("@")[0]
        return [
            each
            for each in self.standing
            if each.duty.library_id not in self.replaced
            and not (work and each.duty.expression.startswith(f"{work}@"))
        ]

    @cached_property
    def drafted(self) -> list[Drafted]:
        """Return the accepted duties with whom they bind."""
        if self.library is None:
            return []
        library = self.library
        facts = {number: facts_of(each) for number, each in self.profiles.items()}
        drafts = {duty_id(each): each for each in accepted(self.duties)}
        found = []
        for spec in library.duties:
            draft = drafts[spec.id]
            bound = frozenset(n for n, each in facts.items() if applies(spec, each, library))
            found.append(
                Drafted(
                    draft,
                    spec,
                    task_of(
                        f"d{draft.key}",
                        spec,
                        library,
                        bound,
                        root=draft.root if draft.root is not None else f"d{draft.key}",
                        refines=draft.relation is Relation.REFINES,
                    ),
                )
            )
        return found

    @cached_property
    def grid(self) -> Grid:
        """Return the country cut wherever a duty or a phase begins or ends."""
        tasks = [*(each.task for each in self.standing), *(each.task for each in self.drafted)]
        cuts = [
            (segment.low, segment.high)
            for segments in self.segments.values()
            for segment in segments
        ]
        return Grid.of(tasks, cuts)

    @cached_property
    def segments(self) -> dict[int, list[Segment]]:
        """Return the phases of every response that plays a part."""
        wanted = {each.response_id for each in self.standing}
        if self.row.response_id is not None:
            wanted.add(self.row.response_id)
        return {each: list_segments(each, self.at) for each in sorted(wanted)}

    def phase(self, response_id: int, place: int) -> str | None:
        """Return the phase of a response at a place."""
        for segment in self.segments.get(response_id, ()):
            if segment.low <= place <= segment.high:
                return str(segment.phase) if segment.phase else None
        return None

    @cached_property
    def before(self) -> Reach:
        """Return what is in force now."""
        return Reach(self.grid, [each.task for each in self.standing])

    @cached_property
    def after(self) -> Reach:
        """Return what would be in force once the draft is."""
        kept = [
            each.task
            for each in self.standing
            if each.duty.library_id not in self.replaced and each not in self.overtaken
        ]
        return Reach(self.grid, [*kept, *(each.task for each in self.drafted)])

    @cached_property
    def overtaken(self) -> list[Standing]:
        """Return supplements' duties in force that would loosen what the draft asks."""
        if self.library is None:
            return []
        scope, groups = self.library.scope, self.library.groups
        uppers = {
            each.task.root: Ruling(each.spec, scope, groups)
            for each in self.drafted
            if not each.task.refines
        }
        return [
            each
            for each in self.standing
            if each.task.refines
            and each.task.root in uppers
            and loosening_faults_of(uppers[each.task.root], ruling_of(each.duty))
        ]

    @cached_property
    def own(self) -> int:
        """Return the draft's duties among those of :attr:`after`.

        Where a supplement in force refines one of them, its version stands for it.
        """
        roots = {each.task.root for each in self.drafted}
        return self.after.mask(lambda task: task.root in roots)

    def numbers(self, key: int) -> int:
        """Return one duty of the draft, by the key of its working duty, among :attr:`after`."""
        roots = {each.task.root for each in self.drafted if each.draft.key == key}
        return self.after.mask(lambda task: task.root in roots)

    def owes(self, each: Population) -> int:
        """Return which of the draft's duties a population would owe, whatever the phase."""
        return self.after.owed(each.profile, each.field) & self.own

    def owes_now(self, each: Population) -> int:
        """Return which of the draft's duties a population would owe in the phase of its place."""
        if self.row.response_id is None:
            return 0
        place, _registered = self.grid.corner(each.field)
        phase = self.phase(self.row.response_id, place)
        return self.owes(each) & self._in_phase(phase) if phase else 0

    def _in_phase(self, phase: str) -> int:
        if phase not in self._phase_masks:
            self._phase_masks[phase] = self.after.in_phase(phase)
        return self._phase_masks[phase]

    @cached_property
    def _phase_masks(self) -> dict[str, int]:
        return {}

    @cached_property
    def populations(self) -> list[Population]:
        """Return whom the draft reaches, field by field; nobody while nothing is accepted."""
        return [each for each, _key in self.populations_by("0", "")]

    def populations_by(self, key: str, join: str, **more: Any) -> list[tuple[Population, int]]:
        """Return whom the draft reaches with the region of each (an SQL expression on cells).

        ``more`` are values that ``key`` and ``join`` bind; ``node_low`` and ``node_high`` keep a
        range of regions.
        """
        if not self.drafted:
            return []
        found = rows(
            f"""
            SELECT c.profile_id, width_bucket(c.place, %(places)s::int[]),
                   width_bucket(c.registered_region, %(registered)s::int[]), {key},
                   sum(c.population)::bigint
            FROM registry_cell c {join}
            WHERE c.population > 0 AND {self.where}
              AND c.{self.column} BETWEEN %(node_low)s AND %(node_high)s
            GROUP BY 1, 2, 3, 4
            """,  # noqa: S608 - made of constants, values are bound
            {"node_low": NATION[0], "node_high": NATION[1], **self.params, **more},
        )
        populations = [
            (Population(profile, (place, registered), count), region)
            for profile, place, registered, region, count in found
        ]
        return [each for each in populations if self.owes(each[0])]

    @property
    def column(self) -> str:
        """Return the column of cells along which the scope runs."""
        return "place" if self.row.scope_by == Link.TERRITORY else "registered_region"

    @property
    def where(self) -> str:
        """Return the condition on cells ``c``: inside the scope and what the actor may see."""
        inside = f"c.{self.column} BETWEEN %(scope_low)s AND %(scope_high)s"
        seen = (
            "(c.place BETWEEN %(actor_low)s AND %(actor_high)s"
            " OR c.registered_region BETWEEN %(actor_low)s AND %(actor_high)s)"
        )
        return f"{inside} AND {seen}"

    @property
    def params(self) -> dict[str, Any]:
        """Return what :attr:`where` and the grid bind."""
        low, high = span(self.row.scope_region)
        return {
            "places": list(self.grid.places),
            "registered": list(self.grid.registered),
            "scope_low": low,
            "scope_high": high,
            "actor_low": self.actor.low,
            "actor_high": self.actor.high,
        }

    @cached_property
    def groups_by_profile(self) -> dict[int, frozenset[str]]:
        """Return the groups of the draft that each profile belongs to."""
        if self.library is None:
            return {}
        return {
            number: groups_of(facts_of(each), self.library)
            for number, each in self.profiles.items()
        }


def get_scene(actor: Actor, compilation_id: int, at: datetime) -> Scene:
    """Return a compilation before the world; Missing or the library's Refusal as they come."""
    row = get_compilation(actor, compilation_id)
    clauses, duties = list_working_clauses(row.id), list_working_duties(row.id)
    library = None
    if accepted(duties):
        library = parse_library(library_body(row, clauses, duties), name=row.head.urn or "—")
    return Scene(
        actor=actor,
        at=at,
        row=row,
        clauses=clauses,
        duties=duties,
        base=get_base(row.base_id, at) if row.base_id is not None else None,
        library=library,
        profiles={each.id: each for each in list_profiles()},
    )


def ruling_of(duty: DutyRow) -> Ruling:
    """Return a stored duty with the scope and the groups of its library."""
    library = library_of(duty.library_id)
    return Ruling(duty.spec, library.scope, library.groups)


def facts_of(profile: ProfileRow) -> Facts:
    """Return a profile as applicability reads it."""
    return Facts(
        form=profile.form,
        attributes=profile.attributes,
        organs=profile.organs,
        level=profile.level or None,
    )


def task_of(
    key: str,
    spec: DutySpec,
    library: DutyLibrary,
    profiles: Collection[int],
    *,
    root: int | str,
    refines: bool,
) -> Task:
    """Return a duty as reach sees it: its scope and place cut down to ranges."""
    low, high = span(library.scope.region)
    by_place = library.scope.by is Link.TERRITORY
    burden = burden_of([spec])
    return Task(
        key=key,
        root=root,
        places=tuple(ranges_of(spec.place, *((low, high) if by_place else NATION))),
        registered=NATION if by_place else (low, high),
        phases=frozenset(map(str, spec.phases)),
        profiles=frozenset(profiles),
        load=Load(burden.once, burden.weekly, burden.voluntary),
        refines=refines,
        width=high - low,
    )


def _bound(versions: Iterable[int]) -> dict[int, frozenset[int]]:
    found = rows(
        "SELECT duty_id, array_agg(profile_id) FROM duties_dutyprofile"
        " WHERE duty_id = ANY(%s) GROUP BY duty_id",
        [sorted(set(versions))],
    )
    return {duty: frozenset(profiles) for duty, profiles in found}
