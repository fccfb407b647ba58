"""What a reader of a directive sees beside its clauses: duties, and where they are in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.directives.public import ErratumRow, narrow
from tongzhou.modules.duties.contracts import BearerKind, Link
from tongzhou.modules.duties.queries.changes import Change, compare_duties
from tongzhou.modules.duties.queries.family import titles_of
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    EnforcementRow,
    Ground,
    Placed,
    duties_of,
    get_version,
    library_of,
)
from tongzhou.modules.duties.queries.tasks import bound_versions
from tongzhou.modules.duties.queries.versions import find_latest
from tongzhou.modules.duties.queries.wording import bearer_text, deadline_text, say
from tongzhou.modules.registry.public import find_bearer
from tongzhou.modules.response.public import (
    RegionPhase,
    list_own_phases,
    list_responses,
)

LEVELS = ("LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4")


@dataclass(frozen=True, slots=True)
class Layer:
    """What a supplement made of an upper duty: whose it is, where it says so, what it changed."""

    issuer: str
    title: str
    expression: str
    clause: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class DutyCard:
    """A duty as it stands beside its clause.

    ``quote`` is the passage of the clause it is drawn from; ``mine`` tells whether it binds the
    reader's own organisation or authority, None for readers that have none. Where a supplement has
    made it stricter, the card is the supplement's and ``layers`` tell who did what.
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
    version_id: int = 0
    layers: tuple[Layer, ...] = ()


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


def read_directive(
    *,
    expression: str,
    actor: Actor,
    at: datetime,
    spot: Placed | None = None,
    ground: Ground | None = None,
) -> Reading:
    """Return what belongs beside the clauses of an expression: of the library in force, or last.

    With a ``spot``, duties that a supplement has made stricter there are shown as it asks them.
    """
    ground = ground or Ground(at)
    forces = [each for each in ground.forces if each.expression == expression]
    library_id = forces[-1].library_id if forces else find_latest(expression)
    if library_id is None:
        return Reading(cards=(), forces=())
    mine = bound_to(actor)
    return Reading(
        cards=tuple(
            _ruled(each, ground, spot, mine) if spot and forces else card_of(each, mine)
            for each in duties_of(library_id)
        ),
        forces=tuple(_force(each, at) for each in forces),
    )


def _ruled(duty: DutyRow, ground: Ground, spot: Placed, mine: frozenset[int] | None) -> DutyCard:
    """Return the card of a duty as it has to be done at a spot, beside its upper clause."""
    lineage = ground.lineages.get(duty.id)
    terms = lineage.layers(ground.at, spot.place, spot.registered_region) if lineage else []
    versions = [get_version(each.version_id) for each in terms]
    if len(versions) < 2 or versions[0].version_id != duty.version_id:
        return card_of(duty, mine)
    titles = titles_of(versions)
    layers = []
    for upper, lower in pairwise(versions):
        changes = compare_duties(
            upper.spec, library_of(upper.library_id), lower.spec, library_of(lower.library_id)
        )
        title, issuer = titles.get(lower.expression, (lower.expression, ""))
        kept = tuple(each for each in changes if each.binding)
        layers.append(Layer(issuer, title, lower.expression, lower.clause, kept))
    return replace(
        card_of(versions[-1], mine),
        clause=duty.clause,
        quote=duty.spec.quote,
        layers=tuple(layers),
    )


def bound_to(actor: Actor) -> frozenset[int] | None:
    """Return the versions of duties that bind the reader's own bearer, None if it has none."""
    if actor.organisation_id is None or actor.prov is None:
        return None
    bearer = find_bearer(actor.organisation_id, actor.prov)
    return bound_versions(bearer.profile_id) if bearer else None


def card_of(duty: DutyRow, mine: frozenset[int] | None) -> DutyCard:
    """Return the card of one version of a duty."""
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
        version_id=duty.version_id,
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
