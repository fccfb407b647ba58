"""What everybody may see: what is in force where, and what it asks of each kind of organisation."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties.public import (
    BearerKind,
    DutyRow,
    EvidenceKind,
    Figure,
    Ground,
    deadline_text,
    duties_of,
    library_of,
    organ_label,
    total,
)
from tongzhou.modules.insight.contracts import (
    DirectiveName,
    Guide,
    GuideDuty,
    KindOption,
    Question,
    RegionName,
)
from tongzhou.modules.insight.queries.directives import list_directives, say
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.regions import list_regions
from tongzhou.modules.response.public import (
    Phase,
    RegionPhase,
    ResponseRow,
    list_own_phases,
    list_responses,
)


@dataclass(frozen=True, slots=True)
class OpenResponse:
    """A response that has not ended everywhere, and the regions with a level of their own."""

    response: ResponseRow
    places: tuple[RegionPhase, ...]


@dataclass(frozen=True, slots=True)
class PublicDirective:
    """A directive in force for everybody to see: whom it addresses, and how far it is.

    ``figure`` is a sum over all organisations and names nobody.
    """

    directive: DirectiveName
    scope: RegionName | None
    kinds: tuple[KindOption, ...]
    duty_count: int
    figure: Figure


def list_open_responses(at: datetime) -> list[OpenResponse]:
    """Return the responses in force with their levels, regions in the order of their codes."""
    found = []
    for response in list_responses():
        held = tuple(
            each for each in list_own_phases(response.id, at) if each.own and each.phase is not None
        )
        if any(each.phase is not Phase.ENDED for each in held):
            found.append(OpenResponse(response, held))
    return found


def list_public_directives(at: datetime) -> list[PublicDirective]:
    """Return the directives in force, each with its kinds of organisation and one figure."""
    look = Look(SYSTEM, Question(), at)
    found = look.figures()
    homes = look.ground.homes()
    directives = list_directives(at, look.ground.forces)
    scopes = {each.library_id: library_of(each.library_id).scope.region for each in directives}
    names = list_regions(scopes.values(), at)
    return [
        PublicDirective(
            directive=each,
            scope=names.get(scopes[each.library_id]),
            kinds=tuple(list_kinds([each.library_id])),
            duty_count=len(_of_organisations(each.library_id)),
            figure=total(row for row in found if homes[row.duty_id] == each.library_id),
        )
        for each in directives
    ]


def list_open_directives(at: datetime) -> list[DirectiveName]:
    """Return the directives in force."""
    return list_directives(at, Ground(at).forces)


def list_kinds(library_ids: Collection[int]) -> list[KindOption]:
    """Return the kinds of organisation that directives name, each once, in their order.

    Directives use the same code for the same kind. A narrower cut (a licensed charity) is marked.
    """
    found: dict[str, KindOption] = {}
    for library_id in library_ids:
        for code, group in library_of(library_id).groups.items():
            found.setdefault(code, KindOption(code, say(group.label), group.named, group.residual))
    return sorted(found.values(), key=lambda kind: (kind.residual, not kind.named))


def list_guides(at: datetime, kinds: Collection[str]) -> list[Guide]:
    """Return what each directive in force asks of an organisation that is of all these kinds.

    First what binds everybody, then what binds the kinds; the order is that of the clauses.
    """
    guides = []
    for directive in list_directives(at, Ground(at).forces):
        duties = _of_organisations(directive.library_id)
        library = library_of(directive.library_id)
        own = [duty for duty in duties if set(duty.spec.bearer.groups) & set(kinds)]
        everybody = [duty for duty in duties if not duty.spec.bearer.groups]
        names = {code: say(group.label) for code, group in library.groups.items()}
        guides.append(
            Guide(
                directive=directive,
                kinds=tuple(names[code] for code in names if code in kinds),
                own=tuple(_guide(duty) for duty in own),
                everybody=tuple(_guide(duty) for duty in everybody),
            )
        )
    return guides


def _of_organisations(library_id: int) -> list[DutyRow]:
    return [
        duty for duty in duties_of(library_id) if duty.spec.bearer.kind is BearerKind.ORGANISATION
    ]


def _guide(duty: DutyRow) -> GuideDuty:
    spec = duty.spec
    wanted = spec.evidence.kind is not EvidenceKind.NONE
    return GuideDuty(
        title=say(spec.title),
        guide=say(spec.guide),
        strength=str(spec.strength),
        organ=organ_label(spec.bearer.organ or "", spec.bearer.kind),
        timing=deadline_text(spec.recurrence, spec.deadline) if wanted else "",
        minutes=spec.minutes if wanted else 0,
        clause=duty.clause,
        expression=duty.expression,
        library_id=duty.library_id,
    )
