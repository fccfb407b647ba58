"""Working duties follow their words, faults name what is missing, accepted ones are a library."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tongzhou.base.errors import Refusal
from tongzhou.modules.compiler.contracts import DutyState, Fault, Head, Question
from tongzhou.modules.compiler.rules import working
from tongzhou.modules.compiler.rules.body import library_body
from tongzhou.modules.compiler.rules.faults import faults_of
from tongzhou.modules.compiler.tests.drafts import NOTICE, SPEC, duty, row, stretches, tree
from tongzhou.modules.duties.public import check_quotes, parse_library

READ = stretches().words
WORDS = "各社会组织要安排人员值班，每日16:00前向登记管理机关报告情况"
ASK = Question(code="who", field="bearer", text="由谁承担？")


def faults(*duties: Any, **changes: Any) -> list[Fault]:
    return faults_of(row(**changes), tree(), list(duties))


def test_a_complete_compilation_has_no_fault_and_is_a_library() -> None:
    whole = duty(WORDS)
    assert faults(whole) == []
    rejected = duty("值班人员不得擅自离岗", key=901, state=DutyState.REJECTED)
    body = library_body(row(), tree(), [rejected, whole])
    library = parse_library(body, name="draft", digest="0" * 64)
    assert [(each.id, each.clause) for each in library.duties] == [("d900", "1.1")]
    assert library.duties[0].quote == WORDS
    check_quotes(library, {each.address: each.text for each in tree()})


def test_a_library_carries_what_was_declared_and_nothing_else() -> None:
    spec = {
        "id": "d11-watch", "recurrence": "ONCE", "deadline": None, "evidence": {"kind": "NONE"},
        "minutes": 0, "rejected": "x", "deadline_basis": "",
    }  # fmt: skip
    body = library_body(row(), tree(), [duty(WORDS, spec=spec)])
    (made,) = body["duties"]
    assert made["id"] == "d11-watch"
    assert not made.keys() & {"recurrence", "deadline", "deadline_basis", "rejected"}
    parse_library(body, name="draft", digest="0" * 64)
    timed = library_body(row(), tree(), [duty(WORDS, spec={"deadline_basis": None})])
    assert timed["duties"][0]["deadline_basis"] == "setting"


def test_a_group_stands_in_the_clause_that_uses_it() -> None:
    group = {"label": {"zh": "志愿服务组织"}, "clause": "9.9", "any_of": ["VOLUNTEER"]}
    bearer = {"kind": "ORGANISATION", "groups": ["VOLUNTEER_ORG"]}
    meant = duty("鼓励志愿服务组织参与值守", spec={"bearer": bearer})
    body = library_body(row(groups={"VOLUNTEER_ORG": group}), tree(), [meant])
    assert body["groups"]["VOLUNTEER_ORG"]["clause"] == "2"
    unused = library_body(row(groups={"VOLUNTEER_ORG": group}), tree(), [duty(WORDS)])
    assert unused["groups"]["VOLUNTEER_ORG"]["clause"] == "1"
    kept = library_body(row(groups={"X": {**group, "clause": "3.1"}}), tree(), [])
    assert kept["groups"]["X"]["clause"] == "3.1"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"issuer": ""}, "issuer"),
        ({"urn": ""}, "urn"),
        ({"issued_on": None}, "issued_on"),
        ({"urn": "cn/gd/2023/7@2023-13-06"}, "urn"),
        ({"urn": "gd/7@2023-01-06"}, "urn"),
        ({"urn": "cn/gd/2023/7@2023-01-07"}, "urn"),
        ({"title": "长" * 301}, "title"),
        ({"effective_on": date(2023, 2, 1), "expires_on": date(2023, 1, 1)}, "expires_on"),
    ],
)
def test_faults_of_the_head(changes: dict[str, Any], field: str) -> None:
    head: Head = replace(row().head, **changes)
    found = faults(duty(WORDS), head=head)
    assert [(each.item, each.field) for each in found] == [("head", field)]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"title": {"zh": ""}}, "title"),
        ({"title": {"zh": "长" * 31}}, "title"),
        ({"guide": None}, "guide"),
        ({"strength": "PERHAPS"}, "strength"),
        ({"phases": []}, "phases"),
        ({"bearer": {}}, "bearer"),
        ({"bearer": {"kind": "ORGANISATION", "groups": ["NOBODY"]}}, "groups"),
        ({"evidence": {}}, "evidence"),
        ({"evidence": {"kind": "NONE"}, "minutes": 0}, "evidence"),
        ({"evidence": {"kind": "NONE"}, "recurrence": "ONCE", "deadline": None}, "minutes"),
        ({"evidence": {"kind": "REPORT"}}, "evidence"),
        ({"evidence": {"kind": "STATEMENT"}, "minutes": 0}, "minutes"),
        ({"evidence": {"kind": "ZERO_REPORT", "fields": []}}, "evidence"),
        ({"strength": "MAY"}, "deadline"),
        ({"deadline": {"days": 3}}, "deadline"),
        ({"deadline": {"on": "2023-01-09"}}, "deadline"),
        ({"quote": "没有这些字"}, "quote"),
        ({"phase_words": "疫情解除前"}, "phase_words"),
        ({"cites": "某办法"}, "cites"),
        ({"id": "D1"}, "id"),
    ],
)
def test_faults_of_a_duty(spec: dict[str, Any], field: str) -> None:
    found = faults(duty(WORDS, spec=spec))
    assert [(each.item, each.field) for each in found] == [("d900", field)]


def test_a_zero_report_cannot_be_made_once() -> None:
    evidence = {**SPEC["evidence"], "kind": "ZERO_REPORT"}
    assert faults(duty(WORDS, spec={"evidence": evidence})) == []
    once = {"evidence": evidence, "recurrence": "ONCE", "deadline": None}
    assert [each.field for each in faults(duty(WORDS, spec=once))] == ["recurrence"]


def test_faults_of_the_whole() -> None:
    assert [each.field for each in faults()] == ["duties"]
    undecided = duty(WORDS, state=DutyState.PROPOSED)
    assert [(each.item, each.field) for each in faults(undecided)] == [("d900", "state")]
    asked = faults(duty(WORDS, questions=(ASK,)))
    assert asked == [Fault("d900", "bearer", "由谁承担？")]
    twice = faults(duty(WORDS, spec={"id": "d1"}), duty(WORDS, key=901, spec={"id": "d1"}))
    assert [each.field for each in twice] == ["id", "id"]
    assert [each.field for each in faults_of(row(), [], [])] == ["clauses", "duties"]
    for body in (
        {},
        {"label": {"zh": "甲"}},
        {"label": {"zh": "甲"}, "residual": True, "forms": [1]},
    ):
        assert {each.field for each in faults(duty(WORDS), groups={"G": body})} == {"groups.G"}


def test_a_quote_must_be_told_apart_from_others_like_it() -> None:
    double = "1.要值班，要报告。\n2.要值班。"
    source = f"关于值班的通知\n{double}\n"
    start = source.index("要")
    twice = replace(duty(WORDS), start=start, end=start + 1, spec={**SPEC, "quote": "要"})
    (fault,) = faults_of(row(), tree(source), [twice])
    assert (fault.field, fault.params) == ("quote", {"address": "1", "count": 2})
    nowhere = replace(twice, start=0, end=2)
    assert [each.field for each in faults_of(row(), tree(source), [nowhere])] == ["quote"]


def test_nothing_is_accepted_while_a_question_is_open() -> None:
    asked = duty(WORDS, state=DutyState.PROPOSED, questions=(ASK,))
    with pytest.raises(Refusal, match="1 个问题"):
        working.accept(asked)
    assert not working.is_sure(asked)
    answered = working.settle_question(asked, "who")
    assert working.is_sure(answered)
    assert working.accept(answered).state is DutyState.ACCEPTED
    with pytest.raises(Refusal, match="已经回答过"):
        working.settle_question(answered, "who")
    changed = working.answer_question(asked, "who", {"bearer": {"kind": "AUTHORITY"}})
    assert changed.spec["bearer"] == {"kind": "AUTHORITY"}
    assert not changed.questions
    doubtful = replace(answered, proposal={"confidence": 0.5})
    assert not working.is_sure(doubtful)
    assert not working.is_sure(replace(answered, proposal={}))


def test_a_reason_for_rejecting_is_kept_until_it_is_taken_up_again() -> None:
    rejected = working.reject(duty(WORDS), " 已有  规定 ")
    assert (rejected.state, rejected.spec["rejected"]) == (DutyState.REJECTED, "已有 规定")
    assert "rejected" not in working.reopen(rejected).spec
    assert "rejected" not in working.accept(rejected).spec
    with pytest.raises(Refusal, match="最多 300"):
        working.reject(duty(WORDS), "因" * 301)


def test_a_duty_is_cut_and_joined_again() -> None:
    whole = duty(WORDS, spec={"id": "d7"})
    place = NOTICE.index("每日16")
    first, second = working.split(whole, tree(), place, 901, READ, stretches().trim)
    assert first.spec["quote"] == "各社会组织要安排人员值班，"
    assert second.spec["quote"] == "每日16:00前向登记管理机关报告情况"
    assert (first.state, second.state) == (DutyState.PROPOSED, DutyState.PROPOSED)
    assert first.spec["id"] == "d7"
    assert "id" not in second.spec
    joined = working.merge(first, second, tree(), READ)
    assert (joined.start, joined.end, joined.spec["quote"]) == (whole.start, whole.end, WORDS)
    with pytest.raises(Refusal, match="两边都要有文字"):
        working.split(whole, tree(), whole.start, 901, READ, stretches().trim)
    both = working.merge(duty("值班人员不得擅自离岗"), duty("值班人员不得擅自离岗"), tree(), READ)
    assert both.state is DutyState.ACCEPTED


def test_the_words_of_a_duty_lie_in_one_clause() -> None:
    far = duty("发生突发事件的，各社会组织要在两小时内报告")
    with pytest.raises(Refusal, match="跨了几条"):
        working.merge(duty(WORDS), far, tree(), READ)
    with pytest.raises(Refusal, match="不在任何一条"):
        working.point_to(duty(WORDS), tree(), 0, 5, READ)
    with pytest.raises(Refusal, match="选中"):
        working.point_to(duty(WORDS), tree(), 5, 5, READ)
    pointed = working.point_to(duty(WORDS), tree(), far.start, far.end, READ)
    assert pointed.spec["quote"].startswith("发生突发事件")


def test_a_declaration_replaces_all_but_the_words() -> None:
    asked = duty(WORDS, questions=(ASK,), spec={"id": "d7", "cites": "办法"})
    declared = working.declare(asked, {"title": {"zh": "新"}, "quote": "别的", "id": "other"})
    assert declared.spec == {"title": {"zh": "新"}, "quote": WORDS, "id": "d7"}
    assert declared.questions == ()
