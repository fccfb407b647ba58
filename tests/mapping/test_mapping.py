"""Proposed duties as first declarations: the shipped directives, the genre's habits, anything."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tongzhou.base.period import Recurrence
from tongzhou.modules.compiler.rules.mapping import (
    Declaration,
    declare,
    default_groups,
    duty_id,
    title_of,
    widen,
)
from tongzhou.modules.compiler.rules.mapping.source import Proposal, params, parts_of
from tongzhou.modules.directives.contracts import Bearer
from tongzhou.modules.directives.rules import duties_to_json, parse, propose
from tongzhou.modules.directives.rules.passages import passages
from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    FORMS,
    LEVELS,
    ORGANS,
    PHASES,
    EvidenceKind,
)
from tongzhou.modules.duties.rules.library import (
    check_quotes,
    load_library,
    parse_library,
    shipped_files,
)
from tongzhou.modules.duties.rules.library_fields import evidence as read_evidence
from tongzhou.modules.duties.rules.library_reader import Reader

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "tongzhou" / "modules" / "directives" / "data"
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "mapping.yaml").read_text(encoding="utf-8"))


def _declared(
    text: str, *, issued_on: date | None = None, today: date | None = None
) -> list[tuple[str, Declaration]]:
    """Return clause and declaration of every proposal of a text."""
    document = parse(text)
    clauses = {each.address: each.text for each in passages(document)}
    duties = propose(text, document)
    return [
        (
            duty.clause,
            declare(
                values,
                duty.text,
                clause_text=clauses[duty.clause],
                issued_on=issued_on,
                today=today,
            ),
        )
        for duty, values in zip(duties, duties_to_json(duties), strict=True)
    ]


def _notice(sentence: str) -> str:
    return (
        "某市民政局关于做好社会组织防控工作的通知\n各社会组织：\n一、加强领导。\n"
        f"二、{sentence}\n三、狠抓落实。\n某市民政局\n2022年3月1日\n"
    )


def _of(
    sentence: str, issued_on: date = date(2022, 3, 1), today: date | None = None
) -> Declaration:
    declared = _declared(_notice(sentence), issued_on=issued_on, today=today)
    found = [each for clause, each in declared if clause == "2"]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["say"]))
def test_sentence_is_declared_as_an_officer_would(case: dict[str, Any]) -> None:
    found = _of(case["say"])
    have: dict[str, Any] = {**found.spec}
    have["title"] = have["title"]["zh"]
    have["evidence"] = have["evidence"]["kind"]
    have["questions"] = [each.code for each in found.questions]
    wanted = {key: value for key, value in case.items() if key != "say"}
    assert {key: have.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("name", ["cn-mca-2020-5", "cn-gd-gz-2022-1207"])
def test_a_shipped_directive_makes_a_library_that_can_be_loaded(name: str) -> None:
    text = (SHIPPED / f"{name}.txt").read_text(encoding="utf-8")
    document = parse(text)
    groups: dict[str, dict[str, Any]] = {}
    counts: Counter[str] = Counter()
    duties: list[dict[str, Any]] = []
    for clause, found in _declared(text):
        for code, body in found.groups.items():
            groups.setdefault(code, {**body, "clause": clause})
        spec = {"id": duty_id(clause, counts[clause]), "clause": clause, **found.spec}
        counts[clause] += 1
        assert len(spec["title"]["zh"]) <= 30
        duties.append(spec)
    body = {
        "expression": "cn/test/2020/1@2020-01-29",
        "version": 1,
        "scope": {"region": 0, "by": "REGISTRATION"},
        "groups": groups,
        "duties": duties,
    }
    library = parse_library(body, name="test")
    check_quotes(library, {each.address: each.text for each in passages(document)})
    assert len(library.duties) >= 40
    assert {duty.strength for duty in library.duties} >= {"MUST", "MAY", "BEST_EFFORT"}


def test_groups_are_those_of_the_shipped_libraries() -> None:
    shipped: dict[str, list[tuple[Any, ...]]] = {}
    for path in shipped_files():
        for code, group in load_library(path).groups.items():
            facts = (set(group.any_of), set(group.forms), group.residual, group.named)
            shipped.setdefault(code, []).append(facts)
    for code, known in shipped.items():
        readings = [default_groups([code])[code], default_groups([code], "公益慈善类")[code]]
        for body in readings:
            facts = (
                set(body.get("any_of", ())),
                set(body.get("forms", ())),
                body.get("residual", False),
                body.get("named", True),
            )
            assert facts in known, code


def test_codes_are_those_of_their_origin() -> None:
    loaded = params()
    groups = {**loaded["groups"], **loaded["narrower"], **loaded["wider"]}
    for body in groups.values():
        assert set(body.get("any_of", ())) <= set(ATTRIBUTES)
        assert set(body.get("forms", ())) <= set(FORMS)
    assert {each["without"] for each in loaded["lacking"]} <= set(ATTRIBUTES)
    assert set(loaded["levels"]) == set(LEVELS)
    assert {phase for rule in loaded["phases"] for phase in rule["phases"]} <= set(PHASES)
    assert set(loaded["throughout"]) == set(PHASES) - {"ENDED"}
    assert set(loaded["recurrence"].values()) | {"ONCE"} == set(Recurrence)
    assert set(loaded["settings"]) == set(Recurrence)
    assert set(Bearer) == {*loaded["groups"], *ORGANS, "AUTHORITY", "ORGANISATION", "OTHER"}


def test_every_template_is_a_form_that_a_library_may_have() -> None:
    reader = Reader("mapping.yaml")
    for each in params()["evidence"]:
        for name in ("timed", "plain"):
            if (body := each.get(name)) is not None:
                kind = reader.member(body["kind"], "kind", EvidenceKind)
                read_evidence(reader, kind, body.get("fields", []), body.get("files", {}))
                assert body["minutes"] > 0


def test_a_day_that_has_passed_is_asked_about() -> None:
    sentence = "各社会组织应当于2022年12月10日前报送总结。"
    assert [each.code for each in _of(sentence, today=date(2022, 6, 1)).questions] == []
    late = _of(sentence, today=date(2023, 1, 1))
    assert [each.code for each in late.questions] == ["deadline-passed"]
    assert late.spec["deadline"] == {"on": "2022-12-10"}


def test_a_day_without_year_is_the_next_after_the_document() -> None:
    found = _of("各社会组织要于1月21日前报送总结。", issued_on=date(2021, 12, 20))
    assert found.spec["deadline"] == {"on": "2022-01-21"}


def test_places_are_offered_to_pick_from() -> None:
    found = _of("湖北省的社会组织要每日消毒。")
    assert found.places == ("湖北",)
    assert [each.code for each in found.questions] == ["place"]


def test_the_reading_of_a_phase_is_told() -> None:
    assert "有级别" in _of("在疫情得到有效控制之前，各社会组织暂停活动。").reading


def test_nothing_is_made_of_nothing() -> None:
    assert declare({}, " \n").spec == {}
    assert declare({"strength": "ODD", "bearers": []}, "要").spec["title"] == {"zh": "要"}


def test_a_quote_grows_until_it_stands_once() -> None:
    clause = "各区要加强值守。各市要加强值守。"
    assert widen("各区要加强值守", clause) == "各区要加强值守"
    assert clause.count(widen("要加强值守", "各区发现后，要加强值守。各市要加强值守。")) <= 1
    assert widen("不在其中", clause) == "不在其中"


WORDS = """
各社会组织 慈善组织 登记管理机关 党组织 要 应当 可以 不得 尽量 鼓励 将 在 按照 对于
， 。 ； ： 、 和 及 的 “ ” 《 》 （ ） ( ) " 每日16:00前 每月5日前
12月31日前 2月30日前 疫情解除后一个月内
三个工作日内 半年内 报送 台账 应急预案 湖北省 零报告 如有 要求 应急 第99号
"""
PIECES = st.sampled_from([*WORDS.split(), " ", "\n"])
PHRASES = st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    quote=PHRASES,
    clause=PHRASES,
    strength=st.sampled_from(["MUST", "MUST_NOT", "MAY", "BEST_EFFORT", "EXHORT", ""]),
    bearers=st.lists(st.sampled_from(list(Bearer)), max_size=3, unique=True),
    recurrence=st.sampled_from([None, "daily", "weekly", "monthly", "every 4 days", "odd"]),
    deadline=st.none() | PHRASES,
    phase=st.none() | PHRASES,
    said=st.lists(PHRASES, min_size=3, max_size=3),
)
def test_whatever_comes_in_gives_a_declaration(
    quote: str,
    clause: str,
    strength: str,
    bearers: list[str],
    recurrence: str | None,
    deadline: str | None,
    phase: str | None,
    said: list[str],
) -> None:
    reasons = [
        {"finding": name, "ground": "words", "text": text, "start": 0, "end": 0}
        for name, text in zip(("strength", "bearers", "region"), said, strict=True)
    ]
    found = declare(
        {
            "strength": strength,
            "bearers": bearers,
            "recurrence": recurrence,
            "deadline": deadline,
            "phase": phase,
            "evidence": ["REPORT", "PLAN"],
            "reasons": reasons,
        },
        quote,
        clause_text=clause + quote,
        issued_on=date(2022, 3, 1),
    )
    plain = "".join(quote.split())
    if not plain:
        assert found.spec == {}
        return
    assert plain in found.spec["quote"]
    title = found.spec["title"]["zh"]
    assert len(title) <= 30
    # Made of the source's own words, parts joined by a comma.
    assert all(piece in plain for piece in title.split("，") if piece)
    if found.spec["evidence"]["kind"] == "NONE":
        assert not {"deadline", "recurrence", "minutes"} & set(found.spec)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["各区要上报。", "发现后，要上报。", "要上报"]), min_size=1, max_size=6
    )
)
def test_widened_quotes_are_words_of_the_clause(pieces: list[str]) -> None:
    clause = "".join(pieces)
    wide = widen("要上报", clause, clause.rfind("要上报"))
    assert wide in clause
    assert "要上报" in wide


def test_titles_end_at_the_border_of_a_word() -> None:
    sentence = (
        "坚持把人民群众的生命安全和身体健康放在各项工作首位并持续推动各类社会组织有序参与基层治理"
    )
    title = title_of(Proposal.of({"strength": "MUST"}, sentence))
    assert 8 <= len(title) <= 30
    assert sentence.startswith(title)
    assert parts_of("甲（乙，丙），丁") == ["甲（乙，丙）", "丁"]
