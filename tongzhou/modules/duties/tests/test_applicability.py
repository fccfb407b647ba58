"""Who owes what: cases a lawyer can read (data/cases.yaml), and laws that hold for all facts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    FORMS,
    LEVELS,
    ORGANS,
    BearerKind,
    DutyLibrary,
    DutySpec,
    Facts,
)
from tongzhou.modules.duties.rules.applicability import (
    applies,
    duties_owed,
    groups_of,
    phase_step,
    why,
)
from tongzhou.modules.duties.rules.library import load_library, shipped_files

LIBRARIES = {path.stem: load_library(path) for path in shipped_files()}
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "cases.yaml").read_text(encoding="utf-8")
)
HAN = re.compile(r"[\u3400-\u9fff]")


def facts_of(case: dict[str, Any]) -> Facts:
    return Facts(
        form=case["form"],
        attributes=frozenset(case.get("attributes", [])),
        organs=frozenset(case.get("organs", [])),
        level=case.get("level"),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    library = LIBRARIES[case["library"]]
    facts = facts_of(case)
    known = {duty.id for duty in library.duties}
    owed = {duty.id for duty in duties_owed(facts, library)}
    assert groups_of(facts, library) == frozenset(case["groups"])
    assert set(case["owes"]) <= owed
    assert not set(case["spared"]) & owed
    assert set(case["spared"]) <= known


libraries = st.sampled_from(list(LIBRARIES.values()))
attribute_sets = st.frozensets(st.sampled_from(list(ATTRIBUTES)))
organ_sets = st.frozensets(st.sampled_from(list(ORGANS)))
organisation_forms = st.sampled_from([form for form in FORMS if form != "AUTHORITY"])
organisations = st.builds(
    Facts, form=organisation_forms, attributes=attribute_sets, organs=organ_sets
)
authorities = st.builds(Facts, form=st.just("AUTHORITY"), level=st.sampled_from(list(LEVELS)))


@given(libraries, organisations)
def test_residual_group_if_and_only_if_in_no_named_group(
    library: DutyLibrary, facts: Facts
) -> None:
    groups = {library.groups[code] for code in groups_of(facts, library)}
    assert any(group.residual for group in groups) != any(
        group.named and not group.residual for group in groups
    )


@given(libraries, organisations, organisations)
def test_several_groups_owe_the_union(library: DutyLibrary, one: Facts, two: Facts) -> None:
    """Facts of two organisations of one form in one: its groups and duties are both's together."""
    both = Facts(one.form, one.attributes | two.attributes, one.organs | two.organs)
    two = Facts(one.form, two.attributes, two.organs)
    residual = {group.code for group in library.groups.values() if group.residual}
    together = groups_of(one, library) | groups_of(two, library)
    assert groups_of(both, library) - residual == together - residual
    for duty in library.duties:
        if duty.bearer.without or residual & set(duty.bearer.groups):
            continue
        assert applies(duty, both, library) or not (
            applies(duty, one, library) or applies(duty, two, library)
        )


@given(libraries, organisations, attribute_sets, organ_sets)
def test_more_facts_never_lose_a_duty_that_names_its_bearer(
    library: DutyLibrary, facts: Facts, attributes: frozenset[str], organs: frozenset[str]
) -> None:
    more = Facts(facts.form, facts.attributes | attributes, facts.organs | organs)
    lost = set(_ids(facts, library)) - set(_ids(more, library))
    for duty_id in lost:
        bearer = library.duty(duty_id).bearer
        named = [library.groups[code] for code in bearer.groups]
        assert bearer.without or any(group.residual for group in named)


@given(libraries, st.one_of(organisations, authorities))
def test_authorities_and_organisations_never_share_a_duty(
    library: DutyLibrary, facts: Facts
) -> None:
    kinds = {duty.bearer.kind for duty in duties_owed(facts, library)}
    wanted = BearerKind.AUTHORITY if facts.form == "AUTHORITY" else BearerKind.ORGANISATION
    assert kinds <= {wanted}


@given(libraries, st.one_of(organisations, authorities))
def test_the_explanation_agrees_with_the_decision(library: DutyLibrary, facts: Facts) -> None:
    for duty in library.duties:
        answer = why(duty, facts, library)
        assert answer.applies == applies(duty, facts, library)
        assert answer.steps[0].code == "clause"
        assert duty.quote in answer.steps[0].text.zh
        for step in answer.steps[1:]:
            assert HAN.search(step.text.zh)
            assert not HAN.search(step.text.en)


def _ids(facts: Facts, library: DutyLibrary) -> list[str]:
    return [duty.id for duty in duties_owed(facts, library)]


def ministry(duty_id: str) -> tuple[DutySpec, DutyLibrary]:
    library = LIBRARIES["cn-mca-2020-5"]
    return library.duty(duty_id), library


def test_why_names_the_group_and_the_attribute() -> None:
    duty, library = ministry("d7-charity")
    answer = why(duty, Facts("FOUNDATION", frozenset({"CHARITY", "HUB"})), library)
    assert answer.applies
    assert answer.steps[-1].text.zh == (
        "适用于慈善组织、志愿服务组织；属于“慈善组织”，因为登记有属性“慈善组织”。"
    )
    assert "the register has the attribute “charity”" in answer.steps[-1].text.en


def test_why_names_the_form_where_no_attribute_decides() -> None:
    duty, library = ministry("d7-institution")
    answer = why(duty, Facts("INSTITUTION"), library)
    assert "因为登记形式是社会服务机构" in answer.steps[-1].text.zh


def test_why_not_names_the_groups_one_does_belong_to() -> None:
    duty, library = ministry("d7-other")
    answer = why(duty, Facts("INSTITUTION", frozenset({"ELDERLY_CARE"})), library)
    assert not answer.applies
    assert "归入社会服务机构、人群聚集的社会服务机构" in answer.steps[-1].text.zh


def test_why_explains_the_residual_group() -> None:
    duty, library = ministry("d7-other")
    answer = why(duty, Facts("ASSOCIATION"), library)
    assert "不在本文件点名的任何一类之中" in answer.steps[-1].text.zh


def test_why_not_without_the_organ() -> None:
    library = LIBRARIES["cn-gd-gz-2022-1207"]
    answer = why(library.duty("d231-review"), Facts("ASSOCIATION"), library)
    assert not answer.applies
    assert answer.steps[-1].text.zh == "由监事会（监事）承担；登记为未设立。"


def test_a_filed_group_answers_through_the_person_in_charge() -> None:
    library = LIBRARIES["cn-gd-gz-2022-1207"]
    answer = why(library.duty("d13-first"), Facts("GROUP"), library)
    assert answer.applies
    assert "由负责人承担" in answer.steps[-1].text.zh


def test_why_not_for_another_level() -> None:
    duty, library = ministry("d9-group")
    answer = why(duty, Facts("AUTHORITY", level="COUNTY"), library)
    assert not answer.applies
    assert answer.steps[-1].text.zh == "适用于省级机关；本机关层级为县级。"


def test_the_phase_is_explained_with_the_clauses_own_words() -> None:
    duty, _ = ministry("d44-recover")
    assert not phase_step(duty, "LEVEL_1").holds
    assert not phase_step(duty, None).holds
    step = phase_step(duty, "ENDED")
    assert step.holds
    assert "疫情解除后" in step.text.zh
