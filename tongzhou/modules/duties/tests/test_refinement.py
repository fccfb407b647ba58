"""A supplement may tighten and may not loosen."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongzhou.base.period import Deadline, Recurrence
from tongzhou.base.strength import Strength
from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    FORMS,
    Bearer,
    BearerKind,
    Choice,
    Condition,
    DutyLibrary,
    DutySpec,
    EvidenceKind,
    EvidenceSpec,
    Facts,
    FieldSpec,
    FieldType,
    GroupSpec,
    Link,
    Place,
    Scope,
    Text,
)
from tongzhou.modules.duties.rules.applicability import applies
from tongzhou.modules.duties.rules.refinement import Ruling, faults_of, loosenings

NUMBER = FieldSpec("rooms", FieldType.NUMBER, Text("间数", "rooms"), required=True, min=0)
CHOICE = FieldSpec(
    "kind",
    FieldType.CHOICE,
    Text("种类", "kind"),
    choices=(Choice("A", Text("甲")), Choice("B", Text("乙"))),
)
UPPER = DutySpec(
    id="d",
    urn="cn/mca/2020/5@2020-01-29#1/d",
    clause="1",
    quote="应当",
    title=Text("题"),
    guide=Text("做"),
    strength=Strength.MUST,
    bearer=Bearer(BearerKind.ORGANISATION, groups=("CHARITY",), organ="PARTY_ORG"),
    phases=("LEVEL_1", "LEVEL_2"),
    evidence=EvidenceSpec(EvidenceKind.REPORT, (NUMBER, CHOICE), files_min=1, files_max=3),
    recurrence=Recurrence.WEEKLY,
    deadline=Deadline(days=3),
    place=Place(include=(440000,)),
)
GROUPS = {
    "CHARITY": GroupSpec("CHARITY", Text("慈善"), "1", any_of=frozenset({"CHARITY"})),
    "FOUNDATION": GroupSpec("FOUNDATION", Text("基金会"), "1", forms=frozenset({"FOUNDATION"})),
    "REST": GroupSpec("REST", Text("其他"), "1", residual=True),
}
NATION = Scope(0, Link.REGISTRATION)
CITY = Scope(440100, Link.TERRITORY)


def faults(upper: DutySpec = UPPER, scope: Scope = CITY, **changes: Any) -> set[str]:
    lower = replace(upper, **changes)
    found = faults_of(Ruling(upper, NATION, GROUPS), Ruling(lower, scope, GROUPS))
    assert all(each.text.zh and each.text.en for each in found)
    return {each.field for each in found}


def asking(**changes: Any) -> EvidenceSpec:
    return replace(UPPER.evidence, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"recurrence": Recurrence.DAILY, "deadline": Deadline(time=time(16))},
        {"recurrence": Recurrence.DAYS_3, "deadline": Deadline(days=1)},
        {"deadline": Deadline(days=1)},
        {"phases": ("LEVEL_1", "LEVEL_2", "NORMALISED")},
        {"place": Place()},
        {"place": Place(exclude=(450000,))},
        {"bearer": replace(UPPER.bearer, groups=())},
        {"bearer": replace(UPPER.bearer, groups=("CHARITY", "FOUNDATION"))},
        {"evidence": asking(files_min=2)},
        {"evidence": asking(fields=(NUMBER, replace(CHOICE, required=True)))},
        {"evidence": asking(fields=(NUMBER, replace(CHOICE, choices=CHOICE.choices[:1])))},
        {"title": Text("别的"), "quote": "必须", "minutes": 9},
    ],
)
def test_a_supplement_may_tighten(changes: dict[str, Any]) -> None:
    assert faults(**changes) == set()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"strength": Strength.MUST_NOT}, "strength"),
        ({"strength": Strength.MAY}, "strength"),
        ({"strength": Strength.EXHORT}, "strength"),
        ({"recurrence": Recurrence.MONTHLY}, "recurrence"),
        ({"recurrence": Recurrence.ONCE}, "recurrence"),
        ({"deadline": None}, "deadline"),
        ({"deadline": Deadline(days=4)}, "deadline"),
        ({"deadline": Deadline(workdays=3)}, "deadline"),
        ({"phases": ("LEVEL_1",)}, "phases"),
        ({"phases": ("LEVEL_1", "NORMALISED")}, "phases"),
        ({"place": Place(exclude=(440106,))}, "place"),
        ({"place": Place(include=(440106,))}, "place"),
        ({"bearer": replace(UPPER.bearer, groups=("FOUNDATION",))}, "bearer.groups"),
        ({"bearer": replace(UPPER.bearer, groups=("REST",))}, "bearer.groups"),
        ({"bearer": replace(UPPER.bearer, without=("HUB",))}, "bearer.without"),
        ({"bearer": replace(UPPER.bearer, organ=None)}, "bearer.organ"),
        ({"bearer": replace(UPPER.bearer, organ="SECRETARIAT")}, "bearer.organ"),
        ({"bearer": Bearer(BearerKind.AUTHORITY)}, "bearer.kind"),
        ({"evidence": EvidenceSpec(EvidenceKind.NONE)}, "evidence.kind"),
        ({"evidence": asking(kind=EvidenceKind.STATEMENT)}, "evidence.kind"),
        ({"evidence": asking(kind=EvidenceKind.ZERO_REPORT)}, "evidence.kind"),
        ({"evidence": asking(fields=(CHOICE,))}, "evidence.fields.rooms"),
        (
            {"evidence": asking(fields=(replace(NUMBER, required=False), CHOICE))},
            "evidence.fields.rooms",
        ),
        (
            {"evidence": asking(fields=(replace(NUMBER, type=FieldType.TEXT), CHOICE))},
            "evidence.fields.rooms",
        ),
        (
            {
                "evidence": asking(
                    fields=(CHOICE, replace(NUMBER, when=Condition("kind", equals="A")))
                )
            },
            "evidence.fields.rooms",
        ),
        (
            {
                "evidence": asking(
                    fields=(NUMBER, replace(CHOICE, choices=(Choice("C", Text("丙")),)))
                )
            },
            "evidence.fields.kind",
        ),
        ({"evidence": asking(files_min=0)}, "evidence.files.min"),
    ],
)
def test_a_supplement_may_not_loosen(changes: dict[str, Any], field: str) -> None:
    assert faults(**changes) == {field}


@pytest.mark.parametrize(
    ("upper", "lower", "fits"),
    [
        (Deadline(days=5), Deadline(days=5), True),
        (Deadline(days=5), Deadline(workdays=5), False),
        (Deadline(workdays=5), Deadline(days=5), True),
        (Deadline(workdays=5), Deadline(workdays=4), True),
        (Deadline(workdays=5), Deadline(days=6), False),
        (Deadline(on=date(2020, 3, 1)), Deadline(on=date(2020, 3, 1)), True),
        (Deadline(on=date(2020, 3, 1)), Deadline(on=date(2020, 3, 2)), False),
        (Deadline(on=date(2020, 3, 1), time=time(9)), Deadline(on=date(2020, 3, 1)), False),
        (Deadline(on=date(2020, 3, 1)), Deadline(on=date(2020, 3, 1), time=time(9)), True),
        (Deadline(on=date(2020, 3, 1)), Deadline(days=1), False),
        (Deadline(days=5), Deadline(on=date(2020, 3, 1)), False),
    ],
)
def test_deadlines_of_a_one_off_duty(upper: Deadline, lower: Deadline, fits: bool) -> None:
    once = replace(UPPER, recurrence=Recurrence.ONCE, deadline=upper)
    assert (faults(once, deadline=lower) == set()) is fits


@pytest.mark.parametrize(
    ("days", "recurrence", "deadline", "fits"),
    [
        (9, Recurrence.WEEKLY, Deadline(days=2), True),
        (9, Recurrence.WEEKLY, Deadline(days=3), False),
        (1, Recurrence.DAILY, Deadline(time=time(16)), True),
        (0, Recurrence.DAILY, Deadline(time=time(16)), False),
    ],
)
def test_what_was_asked_once_may_be_asked_again_and_again(
    days: int, recurrence: Recurrence, deadline: Deadline, fits: bool
) -> None:
    once = replace(UPPER, recurrence=Recurrence.ONCE, deadline=Deadline(days=days))
    assert (faults(once, recurrence=recurrence, deadline=deadline) == set()) is fits


def test_what_binds_nobody_cannot_be_loosened() -> None:
    soft = replace(UPPER, strength=Strength.BEST_EFFORT, deadline=None)
    assert faults(soft, strength=Strength.EXHORT, phases=("LEVEL_1",)) == set()
    assert faults(soft, strength=Strength.MUST, deadline=Deadline(days=1)) == set()
    assert faults(soft, bearer=Bearer(BearerKind.AUTHORITY)) == {"bearer.kind"}


@pytest.mark.parametrize(
    ("upper", "lower", "field"),
    [
        (Scope(440000, Link.REGISTRATION), Scope(440100, Link.REGISTRATION), None),
        (Scope(440000, Link.REGISTRATION), Scope(440106, Link.REGISTRATION), None),
        (Scope(440000, Link.REGISTRATION), Scope(440100, Link.TERRITORY), "scope.by"),
        (Scope(440000, Link.TERRITORY), Scope(430000, Link.TERRITORY), "scope.region"),
        (Scope(440100, Link.TERRITORY), Scope(440000, Link.TERRITORY), "scope.region"),
        (Scope(0, Link.TERRITORY), Scope(440100, Link.REGISTRATION), None),
    ],
)
def test_a_supplement_stays_inside(upper: Scope, lower: Scope, field: str | None) -> None:
    anywhere = replace(UPPER, place=Place())
    found = faults_of(Ruling(anywhere, upper, GROUPS), Ruling(anywhere, lower, GROUPS))
    assert [each.field for each in found] == ([field] if field else [])


@pytest.mark.parametrize(
    ("region", "upper", "lower", "fits"),
    [
        (440100, (), ("CITY", "COUNTY"), True),
        (440100, ("PROVINCE", "CITY"), ("CITY",), True),
        (440100, (), ("CITY",), False),
        (440000, (), ("CITY", "COUNTY"), False),
        (440106, (), ("COUNTY",), True),
    ],
)
def test_levels_that_exist_inside_the_scope_have_to_stay(
    region: int, upper: tuple[str, ...], lower: tuple[str, ...], fits: bool
) -> None:
    above = replace(UPPER, bearer=Bearer(BearerKind.AUTHORITY, levels=upper), place=Place())
    below = replace(above, bearer=Bearer(BearerKind.AUTHORITY, levels=lower))
    scope = Scope(region, Link.REGISTRATION)
    found = loosenings(Ruling(above, NATION, {}), Ruling(below, scope, {}))
    assert (found == []) is fits


codes = st.sampled_from(["CHARITY", "VOLUNTEER", "HUB"])
forms = st.sampled_from(["ASSOCIATION", "INSTITUTION", "FOUNDATION"])


@st.composite
def groupings(draw: st.DrawFn) -> Mapping[str, GroupSpec]:
    """Draw the groups of a directive, perhaps with a residual one and a narrower cut."""
    found = {}
    for number in range(draw(st.integers(1, 3))):
        code = f"G{number}"
        any_of, of_form = draw(st.sets(codes, max_size=2)), draw(st.sets(forms, max_size=1))
        if any_of or of_form:
            found[code] = GroupSpec(
                code,
                Text("组"),
                "1",
                any_of=frozenset(any_of),
                forms=frozenset(of_form),
                named=draw(st.booleans()),
            )
    if draw(st.booleans()):
        found["REST"] = GroupSpec("REST", Text("其他"), "1", residual=True)
    return found


@st.composite
def rulings(draw: st.DrawFn) -> Ruling:
    """Draw a duty of any bearers."""
    groups = draw(groupings())
    chosen = draw(st.lists(st.sampled_from(sorted(groups)), unique=True)) if groups else []
    bearer = Bearer(
        BearerKind.ORGANISATION,
        groups=tuple(chosen),
        organ=draw(st.sampled_from([None, "PARTY_ORG", "SECRETARIAT"])),
        without=tuple(draw(st.sets(codes, max_size=1))),
    )
    return Ruling(replace(UPPER, bearer=bearer), NATION, groups)


facts = st.builds(
    Facts,
    form=forms,
    attributes=st.frozensets(codes),
    organs=st.frozensets(st.sampled_from(["PARTY_ORG", "SECRETARIAT"])),
)


@given(rulings(), rulings(), st.sampled_from("ABC"), st.lists(facts, min_size=1, max_size=12))
@settings(max_examples=600, deadline=None)
def test_whoever_the_upper_text_binds_the_supplement_binds(
    upper: Ruling, lower: Ruling, mix: str, people: list[Facts]
) -> None:
    """What is let through never lets anybody off, whatever the register holds."""
    if mix == "A":  # the same words under other groups of the same names
        known = [code for code in upper.spec.bearer.groups if code in lower.groups]
        bearer = replace(upper.spec.bearer, groups=tuple(known))
        lower = Ruling(replace(upper.spec, bearer=bearer), NATION, lower.groups)
    elif mix == "B":  # other words for the same groups
        groups = tuple(sorted(upper.groups)[: len(lower.spec.bearer.groups)])
        bearer = replace(upper.spec.bearer, groups=groups)
        lower = Ruling(replace(upper.spec, bearer=bearer), NATION, upper.groups)
    assert set(ATTRIBUTES) >= {"CHARITY", "VOLUNTEER", "HUB"}
    assert set(FORMS) >= {"ASSOCIATION", "INSTITUTION", "FOUNDATION"}
    if loosenings(upper, lower):
        return
    for each in people:
        if _binds(upper, each):
            assert _binds(lower, each), each


def _binds(ruling: Ruling, person: Facts) -> bool:
    library = DutyLibrary("x", "x", 1, ruling.scope, ruling.groups, (ruling.spec,), "", {})
    return applies(ruling.spec, person, library)


def test_the_rest_of_a_supplement_has_to_take_in_the_rest_of_the_upper_text() -> None:
    rest = replace(UPPER, bearer=Bearer(BearerKind.ORGANISATION, groups=("REST",)))
    upper = Ruling(rest, NATION, GROUPS)
    assert loosenings(upper, Ruling(rest, CITY, GROUPS)) == []
    fewer = {code: GROUPS[code] for code in ("CHARITY", "REST")}
    assert loosenings(upper, Ruling(rest, CITY, fewer)) == []
    hub = GroupSpec("HUB", Text("枢纽"), "1", any_of=frozenset({"HUB"}))
    more = GROUPS | {"HUB": hub}
    (fault,) = loosenings(upper, Ruling(rest, CITY, more))
    assert fault.field == "bearer.groups"
    both = replace(rest, bearer=replace(rest.bearer, groups=("REST", "HUB")))
    assert loosenings(upper, Ruling(both, CITY, more)) == []
    narrow = GROUPS | {"HUB": replace(hub, named=False)}
    assert loosenings(upper, Ruling(rest, CITY, narrow)) == []
