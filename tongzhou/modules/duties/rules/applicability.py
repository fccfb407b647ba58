"""Decide who owes what, from facts of the register alone, and explain it.

Place and phase are not decided here: they differ by region and moment and are applied where the
regions are known. What is decided here depends only on an organisation's profile, so it can be
worked out once per profile and held.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    FORMS,
    LEVELS,
    ORGANS,
    PHASES,
    BearerKind,
    DutyLibrary,
    DutySpec,
    Facts,
    GroupSpec,
    Text,
    Why,
    WhyStep,
)

AUTHORITY = "AUTHORITY"

#: Organs an organisation owes a duty through only if it has one. Every organisation has somebody
#: who does its daily work and somebody who answers for it, whatever they are called.
_OPTIONAL_ORGANS = frozenset({"PARTY_ORG", "SUPERVISORY_BOARD"})


def groups_of(facts: Facts, library: DutyLibrary) -> frozenset[str]:
    """Return the codes of the directive's groups to which an organisation belongs.

    The residual group has those in none of the named groups; authorities are in none at all.
    """
    if facts.form == AUTHORITY:
        return frozenset()
    direct = {group.code for group in library.groups.values() if _is_in(facts, group)}
    if any(library.groups[code].named for code in direct):
        return frozenset(direct)
    return frozenset(direct) | {group.code for group in library.groups.values() if group.residual}


def applies(duty: DutySpec, facts: Facts, library: DutyLibrary) -> bool:
    """Tell whether somebody with these facts owes a duty, wherever and whenever it is in force."""
    bearer = duty.bearer
    if bearer.kind is BearerKind.AUTHORITY:
        return facts.form == AUTHORITY and (not bearer.levels or facts.level in bearer.levels)
    if facts.form == AUTHORITY:
        return False
    if bearer.groups and groups_of(facts, library).isdisjoint(bearer.groups):
        return False
    if not facts.attributes.isdisjoint(bearer.without):
        return False
    return _has_organ(bearer.organ, facts)


def predicate_of(duty: DutySpec, library: DutyLibrary) -> str:
    """Return a digest of whom a duty binds: duties with the same one bind the same bearers.

    It takes in all that :func:`applies` looks at, in one order, whatever words and codes say it.
    """
    bearer = duty.bearer
    facts: list[object] = [str(bearer.kind)]
    if bearer.kind is BearerKind.AUTHORITY:
        facts.append(sorted(bearer.levels))
    else:
        facts += [bearer.organ if bearer.organ in _OPTIONAL_ORGANS else "", sorted(bearer.without)]
        if bearer.groups:
            chosen = [library.groups[code] for code in bearer.groups if code in library.groups]
            named = [group for group in library.groups.values() if group.named]
            facts.append(_members(chosen))
            if any(group.residual for group in chosen):
                facts.append(_members(named))
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _members(groups: Iterable[GroupSpec]) -> list[list[str]]:
    held = list(groups)
    forms = {str(form) for group in held for form in group.forms}
    attributes = {attribute for group in held for attribute in group.any_of}
    return [sorted(forms), sorted(attributes)]


def duties_owed(facts: Facts, library: DutyLibrary) -> tuple[DutySpec, ...]:
    """Return the duties of a library that somebody with these facts owes, in library order."""
    return tuple(duty for duty in library.duties if applies(duty, facts, library))


def why(duty: DutySpec, facts: Facts, library: DutyLibrary) -> Why:
    """Explain, step by step, why somebody with these facts owes a duty or why not."""
    bearer = duty.bearer
    steps = [
        WhyStep(
            "clause",
            Text(
                f"第 {duty.clause} 条写明：“{duty.quote}”。",
                f"Clause {duty.clause} says: “{duty.quote}”.",
            ),
            holds=True,
        ),
        _kind_step(bearer.kind, facts),
    ]
    if bearer.kind is BearerKind.AUTHORITY:
        steps.extend(_level_steps(bearer.levels, facts))
    elif facts.form != AUTHORITY:
        steps.append(_group_step(bearer.groups, facts, library))
        steps.extend(_without_step(attribute, facts) for attribute in bearer.without)
        if bearer.organ is not None:
            steps.append(_organ_step(bearer.organ, facts))
    return Why(applies=all(step.holds for step in steps), steps=tuple(steps))


def phase_step(duty: DutySpec, phase: str | None) -> WhyStep:
    """Explain whether a duty is in force in the phase of a place; None is no response at all."""
    words = Text("", "")
    if duty.phase_words:
        words = Text(f"（原文：“{duty.phase_words}”）", f" (its words: “{duty.phase_words}”)")
    now = PHASES[phase] if phase else Text("没有启动响应", "no response")
    holds = phase in duty.phases
    listed = _join(PHASES[code] for code in duty.phases)
    return WhyStep(
        "phase",
        Text(
            f"本条在{listed.zh}阶段有效{words.zh}；当地现在是{now.zh}，"
            f"{'在其中' if holds else '不在其中'}。",
            f"It is in force in {listed.en}{words.en}; the place is now in {now.en}, "
            f"which is {'one' if holds else 'none'} of them.",
        ),
        holds,
    )


def _is_in(facts: Facts, group: GroupSpec) -> bool:
    return facts.form in group.forms or not facts.attributes.isdisjoint(group.any_of)


def _has_organ(organ: str | None, facts: Facts) -> bool:
    return organ not in _OPTIONAL_ORGANS or organ in facts.organs


def _kind_step(kind: BearerKind, facts: Facts) -> WhyStep:
    form = FORMS[facts.form]
    wanted = (
        FORMS[AUTHORITY]
        if kind is BearerKind.AUTHORITY
        else Text("社会组织", "social organisation")
    )
    return WhyStep(
        "bearer",
        Text(
            f"承担者是{wanted.zh}；登记形式为{form.zh}。",
            f"It binds a {wanted.en}; the registered form here is: {form.en}.",
        ),
        holds=(facts.form == AUTHORITY) == (kind is BearerKind.AUTHORITY),
    )


def _level_steps(levels: tuple[str, ...], facts: Facts) -> Iterable[WhyStep]:
    if not levels:
        yield WhyStep(
            "level", Text("各级登记管理机关都适用。", "It binds authorities of every level."), True
        )
    elif facts.form == AUTHORITY:
        wanted = _join(LEVELS[level] for level in levels)
        mine = LEVELS[facts.level] if facts.level else Text("未登记", "not recorded")
        yield WhyStep(
            "level",
            Text(
                f"适用于{wanted.zh}机关；本机关层级为{mine.zh}。",
                f"It binds authorities at {wanted.en}; this one's level is {mine.en}.",
            ),
            facts.level in levels,
        )


def _group_step(codes: tuple[str, ...], facts: Facts, library: DutyLibrary) -> WhyStep:
    if not codes:
        return WhyStep(
            "group", Text("全部社会组织都适用。", "It binds every social organisation."), True
        )
    mine = groups_of(facts, library)
    wanted = _join(library.groups[code].label for code in codes)
    for code in codes:
        if code in mine:
            group = library.groups[code]
            through = _through(facts, group)
            return WhyStep(
                "group",
                Text(
                    f"适用于{wanted.zh}；属于“{group.label.zh}”，因为{through.zh}。",
                    f"It binds: {wanted.en}. This one belongs to “{group.label.english}” "
                    f"because {through.en}.",
                ),
                holds=True,
            )
    others = [library.groups[code].label for code in library.groups if code in mine]
    if not others:
        return WhyStep(
            "group",
            Text(
                f"适用于{wanted.zh}；登记的形式和属性都不在其中。",
                f"It binds: {wanted.en}. Neither the form nor any attribute on record fits.",
            ),
            holds=False,
        )
    found = _join(others)
    return WhyStep(
        "group",
        Text(
            f"适用于{wanted.zh}；在本文件中归入{found.zh}，不在其中。",
            f"It binds: {wanted.en}. Under this directive this one belongs to: {found.en}.",
        ),
        holds=False,
    )


def _through(facts: Facts, group: GroupSpec) -> Text:
    """Say by which fact of the register an organisation belongs to a group."""
    if group.residual:
        return Text(
            "不在本文件点名的任何一类之中", "it is in none of the groups the directive names"
        )
    attributes = [
        ATTRIBUTES[code] for code in ATTRIBUTES if code in group.any_of & facts.attributes
    ]
    if attributes:
        listed = _join(attributes)
        return Text(f"登记有属性“{listed.zh}”", f"the register has the attribute “{listed.en}”")
    form = FORMS[facts.form]
    return Text(f"登记形式是{form.zh}", f"its registered form is {form.en}")


def _without_step(attribute: str, facts: Facts) -> WhyStep:
    label = ATTRIBUTES[attribute]
    has = attribute in facts.attributes
    return WhyStep(
        "without",
        Text(
            f"只适用于没有“{label.zh}”的；登记为{'有' if has else '没有'}。",
            f"It binds only those without “{label.en}”; "
            f"the register has {'one' if has else 'none'}.",
        ),
        holds=not has,
    )


def _organ_step(organ: str, facts: Facts) -> WhyStep:
    label = ORGANS[organ]
    if organ in _OPTIONAL_ORGANS:
        has = organ in facts.organs
        return WhyStep(
            "organ",
            Text(
                f"由{label.zh}承担；登记为{'已设立' if has else '未设立'}。",
                f"It falls to the {label.en}; the register has {'one' if has else 'none'}.",
            ),
            holds=has,
        )
    if organ == "LEGAL_REP" and facts.form == "GROUP":
        return WhyStep(
            "organ",
            Text(
                "由法定代表人承担；备案的社区社会组织没有法定代表人，由负责人承担。",
                "It falls to the legal representative; a filed community group has none, "
                "so the person in charge stands in.",
            ),
            holds=True,
        )
    return WhyStep("organ", Text(f"由{label.zh}承担。", f"It falls to the {label.en}."), holds=True)


def _join(texts: Iterable[Text]) -> Text:
    listed = list(texts)
    return Text("、".join(text.zh for text in listed), ", ".join(text.english for text in listed))
