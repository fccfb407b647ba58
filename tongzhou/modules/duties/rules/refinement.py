"""Hold a supplement against the text it refines: it may tighten a must, never loosen it.

The ministry's plan of 2020 says of itself that 各地可进一步补充、细化: a lower authority may add
and make more precise. What the upper text demands stays the least. A permission, an effort or an
exhortation demands nothing, so nothing of it can be loosened, except that a supplement always stays
inside the upper text's scope and speaks of the same kind of bearer.

Where two ways of saying when something is due cannot be compared on paper (three days after this
event, a fixed day), the supplement is refused: better to ask than to loosen unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongzhou.modules.duties.contracts import (
    LEVELS,
    BearerKind,
    Deadline,
    DutySpec,
    EvidenceKind,
    EvidenceSpec,
    FieldSpec,
    GroupSpec,
    Link,
    Recurrence,
    Scope,
    Text,
)
from tongzhou.modules.duties.rules.windows import NATION, ranges_of, span

#: Where a supplement is allowed at all, quoted in refusals.
RULE = "cn/mca/2020/5@2020-01-29"

_ALWAYS_THERE = frozenset({"SECRETARIAT", "LEGAL_REP"})
_AT_LEAST: Mapping[EvidenceKind, frozenset[EvidenceKind]] = {
    EvidenceKind.NONE: frozenset(EvidenceKind),
    EvidenceKind.STATEMENT: frozenset(EvidenceKind) - {EvidenceKind.NONE},
    EvidenceKind.ZERO_REPORT: frozenset({EvidenceKind.ZERO_REPORT}),
    EvidenceKind.REPORT: frozenset({EvidenceKind.REPORT}),
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """A duty in its library: with the scope it has there and the groups it speaks of."""

    spec: DutySpec
    scope: Scope
    groups: Mapping[str, GroupSpec]


@dataclass(frozen=True, slots=True)
class Loosening:
    """Where a supplement loosens the upper text: the field of the declaration, and how."""

    field: str
    text: Text


def faults_of(upper: Ruling, lower: Ruling) -> list[Loosening]:
    """Return everything by which ``lower`` would loosen ``upper``; empty when it may stand."""
    return [*_scope(upper.scope, lower.scope), *loosenings(upper, lower)]


def loosenings(upper: Ruling, lower: Ruling) -> list[Loosening]:
    """Return by what ``lower`` loosens ``upper`` where both reach, whatever their scopes."""
    found: list[Loosening] = []
    if upper.spec.bearer.kind is not lower.spec.bearer.kind:
        found.append(
            Loosening("bearer.kind", Text("承担者的类别与上级不同", "another kind of bearer"))
        )
        return found
    if not upper.spec.strength.can_be_overdue:
        return found
    if upper.spec.strength is not lower.spec.strength:
        found.append(
            Loosening(
                "strength",
                Text(
                    f"上级为“{upper.spec.strength.label}”，不能改为“{lower.spec.strength.label}”",
                    f"the upper text says {upper.spec.strength}, this one {lower.spec.strength}",
                ),
            )
        )
    found += _bearers(upper, lower)
    if missing := [each for each in upper.spec.phases if each not in lower.spec.phases]:
        listed = ", ".join(missing)
        found.append(
            Loosening(
                "phases",
                Text(
                    f"上级在 {listed} 阶段也有要求，不能缺少",
                    f"the upper text holds in {listed} as well",
                ),
            )
        )
    found += _place(upper, lower)
    found += _timing(upper.spec, lower.spec)
    found += _evidence(upper.spec.evidence, lower.spec.evidence)
    return found


def _scope(upper: Scope, lower: Scope) -> Iterable[Loosening]:
    low, high = span(upper.region)
    inner_low, inner_high = span(lower.region)
    if not (low <= inner_low and inner_high <= high):
        yield Loosening(
            "scope.region",
            Text("适用地区超出上级文件的适用地区", "the region lies outside the upper one's"),
        )
    elif upper.by is not lower.by and upper.region != 0:
        yield Loosening(
            "scope.by",
            Text(
                "适用范围的划分（按登记或按所在地）与上级不同，会超出上级的范围",
                "the scope follows another link than the upper one's and would exceed it",
            ),
        )


def _bearers(upper: Ruling, lower: Ruling) -> Iterable[Loosening]:
    above, below = upper.spec.bearer, lower.spec.bearer
    if above.kind is BearerKind.AUTHORITY:
        there = _levels_in(lower.scope.region)
        wanted = set(above.levels or LEVELS) & there
        if below.levels and not wanted <= set(below.levels):
            yield Loosening(
                "bearer.levels",
                Text("上级要求的机关层级不能减少", "authorities of some level would be let off"),
            )
        return
    if not _covers(upper, lower):
        yield Loosening(
            "bearer.groups",
            Text("上级要求的承担者不能减少", "some of those whom the upper text binds drop out"),
        )
    if not set(below.without) <= set(above.without):
        yield Loosening(
            "bearer.without",
            Text("不能增加除外情形", "it excepts some whom the upper text binds"),
        )
    if below.organ != above.organ and not (above.organ is None and below.organ in _ALWAYS_THERE):
        yield Loosening(
            "bearer.organ",
            Text("不能改由其他机构承担", "it hands the duty to another organ"),
        )


def _levels_in(region: int) -> set[str]:
    """Return the levels of authority that exist inside a region."""
    if region == 0:
        return set(LEVELS)
    if region % 10_000 == 0:
        return {"PROVINCE", "CITY", "COUNTY"}
    return {"CITY", "COUNTY"} if region % 100 == 0 else {"COUNTY"}


def _covers(upper: Ruling, lower: Ruling) -> bool:
    """Tell whether the lower groups take in everybody of the upper ones, whatever the facts."""
    if not lower.spec.bearer.groups:
        return True
    if not upper.spec.bearer.groups:
        return False
    chosen = [lower.groups[code] for code in lower.spec.bearer.groups]
    attributes, forms = _facts_of(chosen)
    has_rest = any(each.residual for each in chosen)
    for group in (upper.groups[code] for code in upper.spec.bearer.groups):
        if group.residual:
            known, known_forms = _facts_of(each for each in upper.groups.values() if each.named)
            strange = [each for each in lower.groups.values() if each.named and each not in chosen]
            aside, aside_forms = _facts_of(strange)
            if not has_rest or not (aside <= known and aside_forms <= known_forms):
                return False
        elif not (group.any_of <= attributes and group.forms <= forms):
            return False
    return True


def _facts_of(groups: Iterable[GroupSpec]) -> tuple[frozenset[str], frozenset[str]]:
    attributes: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    for each in groups:
        attributes, forms = attributes | each.any_of, forms | each.forms
    return attributes, forms


def _place(upper: Ruling, lower: Ruling) -> Iterable[Loosening]:
    low, high = span(lower.scope.region) if lower.scope.by is Link.TERRITORY else NATION
    wanted = ranges_of(upper.spec.place, low, high)
    given = ranges_of(lower.spec.place, low, high)
    for start, end in wanted:
        reached = start
        for first, last in given:
            if first <= reached <= last:
                reached = last + 1
        if reached <= end:
            yield Loosening(
                "place",
                Text("上级要求的地区不能减少", "some places of the upper text drop out"),
            )
            return


def _timing(upper: DutySpec, lower: DutySpec) -> Iterable[Loosening]:
    if not upper.evidence.is_wanted:
        return
    if lower.recurrence.days > upper.recurrence.days:
        yield Loosening(
            "recurrence",
            Text(
                f"上级要求{upper.recurrence.label}，不能改为{lower.recurrence.label}",
                f"the upper text asks {upper.recurrence}, this one only {lower.recurrence}",
            ),
        )
        return
    if upper.deadline is None:
        return
    if lower.deadline is None:
        yield Loosening("deadline", Text("上级有期限，不能取消", "it has no deadline any more"))
    elif not _no_later(upper.recurrence, upper.deadline, lower.recurrence, lower.deadline):
        yield Loosening(
            "deadline",
            Text(
                "期限晚于上级的期限，或写法不同而不能确认不晚于它",
                "the deadline is later, or is put so that nobody can tell it is not",
            ),
        )


def _no_later(upper: Recurrence, above: Deadline, lower: Recurrence, below: Deadline) -> bool:
    """Tell whether a deadline is surely no later than another."""
    if upper is not lower:
        if upper is Recurrence.ONCE:
            # The first short period has to be due before the one report would have been.
            return above.days is not None and _longest(lower, below) <= above.days
        if lower is Recurrence.DAILY:
            return True
    if above.on is not None or below.on is not None:
        if above.on is None or below.on is None or above.on != below.on:
            return above.on is not None and below.on is not None and below.on < above.on
        return above.time is None or (below.time is not None and below.time <= above.time)
    if above.time is not None or below.time is not None:
        return above.time is not None and below.time is not None and below.time <= above.time
    if above.workdays is not None:
        # So many working days take at least as many days.
        given = below.workdays if below.workdays is not None else below.days
        return given is not None and given <= above.workdays
    return below.days is not None and above.days is not None and below.days <= above.days


def _longest(recurrence: Recurrence, deadline: Deadline) -> float:
    """Return after how many days at the latest the first period is due."""
    if deadline.time is not None:
        return 1
    return math.inf if deadline.days is None else math.ceil(recurrence.days) + deadline.days


def _evidence(upper: EvidenceSpec, lower: EvidenceSpec) -> Iterable[Loosening]:
    if lower.kind not in _AT_LEAST[upper.kind]:
        yield Loosening(
            "evidence.kind",
            Text("不能降低对佐证的要求", "it asks for weaker evidence"),
        )
        return
    fields = {each.name: each for each in lower.fields}
    for each in upper.fields:
        if fault := _field(each, fields.get(each.name)):
            yield Loosening(f"evidence.fields.{each.name}", fault)
    if lower.files_min < upper.files_min:
        yield Loosening("evidence.files.min", Text("附件不能减少", "it asks for fewer files"))


def _field(upper: FieldSpec, lower: FieldSpec | None) -> Text | None:
    """Return what a field loses, None when upstairs can read it as before."""
    label = upper.label
    if lower is None:
        return Text(f"不能去掉“{label.zh}”", f"it leaves out “{label.english}”")
    if lower.type is not upper.type:
        return Text(f"“{label.zh}”的类型与上级不同", f"“{label.english}” is of another type")
    if upper.required and not lower.required:
        return Text(f"“{label.zh}”为必填，不能改为选填", f"“{label.english}” is mandatory")
    if lower.when is not None and lower.when != upper.when:
        return Text(
            f"“{label.zh}”不能另加条件", f"“{label.english}” is asked on a further condition"
        )
    known = {each.value for each in upper.choices}
    if any(each.value not in known for each in lower.choices):
        return Text(
            f"“{label.zh}”有上级没有的选项", f"“{label.english}” has answers unknown upstairs"
        )
    return None
