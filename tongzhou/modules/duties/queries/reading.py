"""What a reader of a directive sees beside its clauses: duties, and where they are in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.directives.public import ErratumRow, narrow
from tongzhou.modules.duties.contracts import BearerKind, Link
from tongzhou.modules.duties.models import Library
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    EnforcementRow,
    duties_of,
    library_of,
    list_enforcements,
)
from tongzhou.modules.duties.queries.tasks import bound_versions
from tongzhou.modules.duties.queries.wording import bearer_text, deadline_text, say
from tongzhou.modules.registry.public import find_bearer
from tongzhou.modules.response.public import (
    RegionPhase,
    list_own_phases,
    list_responses,
)

LEVELS = ("LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4")


@dataclass(frozen=True, slots=True)
class DutyCard:
    """A duty as it stands beside its clause.

    ``quote`` is the passage of the clause it is drawn from; ``mine`` tells whether it binds the
    reader's own organisation or authority, None for readers that have none.
    """

    id: int
    clause: str
    title: str
    guide: str
    strength: str
    kind: BearerKind
    bearer: str
    due: str
    quote: str
    counted: bool
    mine: bool | None


@dataclass(frozen=True, slots=True)
class InForce:
    """Where and since when the duties of a directive are in force.

    ``phases`` are the regions of the scope that have a phase of their own, the scope itself first.
    """

    response_id: int
    response: str
    from_at: datetime
    decided_by: str
    scope: str
    by: Link
    phases: tuple[RegionPhase, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The duties of a directive, and where they are in force; none when nothing was drawn yet."""

    cards: tuple[DutyCard, ...]
    forces: tuple[InForce, ...]


def read_directive(*, expression: str, actor: Actor, at: datetime) -> Reading:
    """Return what belongs beside the clauses of an expression: of the library in force, or last."""
    forces = [each for each in list_enforcements(at) if each.expression == expression]
    library_id = forces[-1].library_id if forces else _latest(expression)
    if library_id is None:
        return Reading(cards=(), forces=())
    mine = _bound(actor)
    return Reading(
        cards=tuple(_card(each, mine) for each in duties_of(library_id)),
        forces=tuple(_force(each, at) for each in forces),
    )


def _latest(expression: str) -> int | None:
    found = Library.objects.filter(expression=expression).order_by("-version")
    return found.values_list("pk", flat=True).first()


def _bound(actor: Actor) -> frozenset[int] | None:
    if actor.organisation_id is None or actor.prov is None:
        return None
    bearer = find_bearer(actor.organisation_id, actor.prov)
    return bound_versions(bearer.profile_id) if bearer else None


def _card(duty: DutyRow, mine: frozenset[int] | None) -> DutyCard:
    spec = duty.spec
    if not spec.evidence.is_wanted:
        due = gettext("指引，不需要报送")
    else:
        due = deadline_text(spec.recurrence, spec.deadline)
    return DutyCard(
        id=duty.id,
        clause=duty.clause,
        title=say(spec.title),
        guide=say(spec.guide),
        strength=spec.strength,
        kind=spec.bearer.kind,
        bearer=bearer_text(spec, library_of(duty.library_id)),
        due=f"{due}　{phases_text(spec.phases)}",
        quote=spec.quote,
        counted=duty.is_counted,
        mine=None if mine is None else duty.version_id in mine,
    )


def phases_text(phases: Iterable[str]) -> str:
    """Return in which phases a duty holds, in few words, levels in a row drawn together."""
    held = list(phases)
    short = {
        "LEVEL_1": gettext("一级"),
        "LEVEL_2": gettext("二级"),
        "LEVEL_3": gettext("三级"),
        "LEVEL_4": gettext("四级"),
        "NORMALISED": gettext("常态化"),
        "ENDED": gettext("终止后"),
    }
    levels = [each for each in LEVELS if each in held]
    words = [gettext("一至四级")] if levels == list(LEVELS) else [short[each] for each in levels]
    words += [short[each] for each in held if each not in LEVELS]
    return gettext("、").join(words)


def _force(each: EnforcementRow, at: datetime) -> InForce:
    scope = library_of(each.library_id).scope
    names = {response.id: response.name for response in list_responses()}
    named = rows("SELECT name FROM registry_region WHERE id = %s", [scope.region])
    phases = list_own_phases(each.response_id, at, scope.region)
    return InForce(
        response_id=each.response_id,
        response=names.get(each.response_id, ""),
        from_at=each.from_at,
        decided_by=each.decided_by,
        scope=named[0][0] if named else "",
        by=scope.by,
        phases=tuple(sorted(phases, key=lambda held: held.region.id != scope.region)),
    )


def passage_of(text: str, quote: str, errata: Iterable[ErratumRow] = ()) -> str:
    """Return the words of ``text`` that a quote without white space stands for, empty if none.

    ``text`` is set for reading; the quote is as received, so errata are applied to it first and
    punctuation is compared regardless of its width.
    """
    wanted = quote
    for erratum in errata:
        wanted = wanted.replace("".join(erratum.as_received.split()), erratum.reading)
    kept = [(index, char) for index, char in enumerate(narrow(text)) if not char.isspace()]
    start = "".join(char for _index, char in kept).find(narrow(wanted))
    if not wanted or start < 0:
        return ""
    return text[kept[start][0] : kept[start + len(wanted) - 1][0] + 1]
