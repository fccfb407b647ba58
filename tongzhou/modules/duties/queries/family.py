"""The versions of one duty beside each other: which rules where, and what one changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.contracts import Relation
from tongzhou.modules.duties.queries.changes import Change, compare_duties
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    Ground,
    get_duty,
    library_of,
    list_versions,
)

_TITLES = """
SELECT e.urn, e.title, d.issuer FROM directives_expression e
JOIN directives_directive d ON d.id = e.directive_id WHERE e.urn = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Relative:
    """One version of a duty: whose text it is, and where it stands."""

    version: DutyRow
    title: str
    issuer: str
    scope: str
    label: str
    in_force: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a version changes against the one it follows or refines."""

    label: str
    other: DutyRow
    changes: tuple[Change, ...]


def list_relatives(held: Iterable[DutyRow], at: datetime, *, shown: DutyRow) -> list[Relative]:
    """Return the versions of a duty that are, or were, in force, and the one on show."""
    ground = Ground(at)
    known = list(held)
    titles = titles_of(known)
    scopes = {each.version_id: library_of(each.library_id).scope.region for each in known}
    names = dict(
        rows("SELECT id, name FROM registry_region WHERE id = ANY(%s)", [list(scopes.values())])
    )
    now = _in_force(ground, shown.id)
    ever = {
        term.version_id for each in [ground.lineages.get(shown.id)] if each for term in each.terms
    }
    labels = {
        Relation.NEW: gettext("最初的文本"),
        Relation.CONTINUES: gettext("修订后的文本"),
        Relation.REFINES: gettext("补充规定"),
    }
    return [
        Relative(
            version=each,
            title=titles.get(each.expression, (each.expression, ""))[0],
            issuer=titles.get(each.expression, ("", ""))[1],
            scope=names.get(scopes[each.version_id], ""),
            label=labels[each.relation],
            in_force=each.version_id in now,
            shown=each.version_id == shown.version_id,
        )
        for each in known
        if each.version_id in ever or each.version_id == shown.version_id
    ]


def _in_force(ground: Ground, duty_id: int) -> set[int]:
    lineage = ground.lineages.get(duty_id)
    upper = lineage.upper(ground.at) if lineage else None
    if lineage is None or upper is None:
        return set()
    return {upper.version_id, *(each.version_id for each in lineage.lowers(ground.at))}


def titles_of(versions: Iterable[DutyRow]) -> dict[str, tuple[str, str]]:
    """Return title and issuer of the texts that versions come from, by expression."""
    expressions = sorted({each.expression for each in versions})
    return {urn: (title, issuer) for urn, title, issuer in rows(_TITLES, [expressions])}


def compare(duty: DutyRow, at: datetime) -> Comparison | None:
    """Return what a version changes, None for a first one or where nothing differs.

    A supplement's is held against the upper text in force, an amended text's against the upper
    text before it.
    """
    if duty.relation is Relation.REFINES:
        other = get_duty(duty.id, at)
        label = gettext("与上级文件相比")
    elif duty.relation is Relation.CONTINUES:
        earlier = [
            each
            for each in list_versions(duty.id)
            if each.relation is not Relation.REFINES and each.version_id < duty.version_id
        ]
        other = earlier[-1]
        label = gettext("与修订前相比")
    else:
        return None
    changes = compare_duties(
        other.spec, library_of(other.library_id), duty.spec, library_of(duty.library_id)
    )
    return Comparison(label, other, changes) if changes else None
