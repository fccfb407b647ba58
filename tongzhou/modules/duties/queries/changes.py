"""What differs between two versions of a duty, or of a library, field by field and in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from tongzhou.base.period import Recurrence
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    FORMS,
    PHASES,
    DutyLibrary,
    DutySpec,
    FieldSpec,
    FieldType,
    GroupSpec,
    Link,
    Place,
    Text,
)
from tongzhou.modules.duties.queries.wording import (
    EVIDENCE,
    basis_text,
    bearer_text,
    deadline_text,
    say,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One field in two versions; an absent side is None. ``binding``: what has to be done."""

    label: str
    before: str | None
    after: str | None
    binding: bool = True


@dataclass(frozen=True, slots=True)
class DutyChange:
    """What becomes of one duty: ``added``, ``removed``, ``changed`` or ``same``."""

    key: str
    title: str
    clause: str
    kind: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryChange:
    """A library held against the one before it, its head first; every duty is listed."""

    head: tuple[Change, ...]
    duties: tuple[DutyChange, ...]

    def count(self, kind: str) -> int:
        """Return how many duties are of a kind."""
        return sum(each.kind == kind for each in self.duties)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing differs."""
        return not self.head and self.count("same") == len(self.duties)


def compare_duties(
    before: DutySpec, old: DutyLibrary, after: DutySpec, new: DutyLibrary
) -> tuple[Change, ...]:
    """Return the fields in which two versions of a duty differ, in the order of a declaration."""
    first, second = _told(before, old), _told(after, new)
    labels = list(dict.fromkeys([*first, *second]))
    return tuple(
        Change(
            label=label,
            before=first[label][0] if label in first else None,
            after=second[label][0] if label in second else None,
            binding=(first.get(label) or second[label])[1],
        )
        for label in labels
        if first.get(label) != second.get(label)
    )


def compare_libraries(
    before: DutyLibrary | None, after: DutyLibrary, followed: Mapping[str, str] | None = None
) -> LibraryChange:
    """Return what a library changes; without an earlier one everything is added.

    ``followed`` gives the earlier id of a duty where it has another one now.
    """
    names = followed or {}
    old = {each.id: each for each in before.duties} if before else {}
    duties = []
    for each in after.duties:
        held = old.pop(names.get(each.id, each.id), None)
        changes = compare_duties(held, before, each, after) if held and before else ()
        kind = "added" if held is None else "changed" if changes else "same"
        duties.append(DutyChange(each.id, say(each.title), each.clause, kind, changes))
    duties += [
        DutyChange(each.id, say(each.title), each.clause, "removed") for each in old.values()
    ]
    return LibraryChange(_head(before, after) if before else (), tuple(duties))


def _head(before: DutyLibrary, after: DutyLibrary) -> tuple[Change, ...]:
    found = []
    if before.scope != after.scope:
        first, second = (
            _join([place_text(Place(include=(each.scope.region,))), link_text(each.scope.by)])
            for each in (before, after)
        )
        found.append(Change(gettext("适用范围"), first, second))
    for code in dict.fromkeys([*before.groups, *after.groups]):
        old, new = before.groups.get(code), after.groups.get(code)
        if old != new:
            label = gettext("分类：%(group)s") % {"group": say((new or old).label)}  # type: ignore[union-attr]  # one of the two is given
            found.append(
                Change(label, group_text(old) if old else None, group_text(new) if new else None)
            )
    return tuple(found)


def link_text(link: Link) -> str:
    """Return by which link a scope reaches an organisation."""
    return gettext("在当地登记的") if link is Link.REGISTRATION else gettext("在当地活动的")


def group_text(group: GroupSpec) -> str:
    """Return how a directive's group is mapped to the register."""
    if group.residual:
        return gettext("不在其他任何一类之中的")
    told = [say(FORMS[code]) for code in FORMS if code in group.forms]
    told += [say(ATTRIBUTES[code]) for code in ATTRIBUTES if code in group.any_of]
    text = gettext("、").join(told)
    return text if group.named else gettext("%(facts)s（只用于缩小范围）") % {"facts": text}


def _told(spec: DutySpec, library: DutyLibrary) -> dict[str, tuple[str, bool]]:
    """Return a declaration in words, field by field, and whether the field binds."""
    found: dict[str, tuple[str, bool]] = {
        gettext("名称"): (_both(spec.title), False),
        gettext("说明"): (_both(spec.guide), False),
        gettext("条款"): (spec.clause, False),
        gettext("引文"): (spec.quote, False),
        gettext("力度"): (gettext(spec.strength.label), True),
        gettext("谁来承担"): (bearer_text(spec, library), True),
        gettext("何时有效"): (_join(say(PHASES[each]) for each in spec.phases), True),
    }
    if spec.bearer.without:
        found[gettext("除外")] = (
            _join(say(ATTRIBUTES[each]) for each in spec.bearer.without),
            True,
        )
    if spec.place != Place():
        found[gettext("在哪里")] = (place_text(spec.place), True)
    if spec.evidence.is_wanted:
        found[gettext("期限")] = (deadline_text(spec.recurrence, spec.deadline), True)
        if basis := basis_text(spec):
            found[gettext("期限的依据")] = (basis, False)
        found[gettext("预计用时")] = (
            gettext("%(minutes)d 分钟") % {"minutes": spec.minutes},
            False,
        )
    elif spec.recurrence is not Recurrence.ONCE:
        found[gettext("期限")] = (gettext(spec.recurrence.label), True)
    found[gettext("怎样算做到")] = (str(EVIDENCE[spec.evidence.kind]), True)
    for each in spec.evidence.fields:
        label = gettext("填报项：%(field)s") % {"field": say(each.label)}
        found[label] = (field_text(each), True)
    if spec.evidence.files_max:
        files = {"least": spec.evidence.files_min, "most": spec.evidence.files_max}
        found[gettext("附件")] = (gettext("%(least)d 至 %(most)d 个") % files, True)
    for label, value in (
        (gettext("阶段的原文"), spec.phase_words),
        (gettext("另须遵守"), spec.cites),
    ):
        if value:
            found[label] = (value, False)
    return found


def _both(text: Text) -> str:
    return f"{text.zh} / {text.en}" if text.en else text.zh


def field_text(spec: FieldSpec) -> str:
    """Return one field of a form in words."""
    kinds = {
        FieldType.TEXT: gettext("一句话"),
        FieldType.LONGTEXT: gettext("一段话"),
        FieldType.NUMBER: gettext("数字"),
        FieldType.DATE: gettext("日期"),
        FieldType.CHOICE: gettext("选一项"),
        FieldType.YESNO: gettext("是或否"),
    }
    told = [kinds[spec.type], gettext("必填") if spec.required else gettext("选填")]
    if spec.choices:
        told.append(_join(say(each.label) for each in spec.choices))
    if spec.min is not None:
        told.append(gettext("不小于 %(min)d") % {"min": spec.min})
    if spec.max is not None:
        told.append(gettext("不超过 %(max)d") % {"max": spec.max})
    if spec.when is not None:
        told.append(gettext("视前面的回答"))
    return gettext("，").join(told)


def place_text(place: Place) -> str:
    """Return a place in the names of its regions."""
    ids = [*place.include, *place.exclude]
    names = dict(rows("SELECT id, name FROM registry_region WHERE id = ANY(%s)", [ids]))

    def listed(regions: Iterable[int]) -> str:
        return _join(names.get(each, f"{each:06d}") for each in regions)

    told = [listed(place.include)] if place.include else []
    if place.exclude:
        told.append(gettext("不含%(places)s") % {"places": listed(place.exclude)})
    return gettext("，").join(told)


def _join(texts: Iterable[str]) -> str:
    return gettext("、").join(texts)
