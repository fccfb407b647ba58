"""Duties proposed from documents: both truths, the genre's habits, and whatever comes in."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tongzhou.modules.directives.contracts import Bearer, Ground, ProposedDuty, Strength
from tongzhou.modules.directives.rules import duties_to_json, parse, propose
from tongzhou.modules.directives.rules.proposals.lexicon import params
from tools.score_duties import Score, belong, score, score_case, squeezed

DATA = Path(__file__).resolve().parent / "data"
SHIPPED = Path(__file__).resolve().parents[1] / "data"
TRUTHS = Path(__file__).resolve().parents[2] / "duties" / "tests" / "data"
CASES: list[dict[str, Any]] = [
    case
    for name in ("proposals.yaml", "proposals_more.yaml")
    for case in yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
]


def _truth(name: str) -> Score:
    text = (SHIPPED / f"{name}.txt").read_text(encoding="utf-8")
    truth = json.loads((TRUTHS / f"{name}.duties.json").read_text(encoding="utf-8"))
    return score(name, text, truth, propose(text))


@pytest.mark.parametrize("name", ["cn-mca-2020-5", "cn-gd-gz-2022-1207"])
def test_the_two_directives_are_read_as_their_annotator_did(name: str) -> None:
    result = _truth(name)
    assert result.gold >= 40
    assert result.f1 >= 0.95, result.notes
    assert result.strength >= 0.95 * result.found, result.notes
    assert result.macro(lenient=False) >= 0.95, result.notes
    assert result.bearer >= 0.9 * result.found, result.notes


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_document_is_read_as_a_lawyer_would(case: dict[str, Any]) -> None:
    result = score_case(case)
    assert result.notes == []


def test_the_cases_cover_the_genre() -> None:
    sentences = [duty for case in CASES for duty in case["duties"]]
    assert len(sentences) >= 150
    assert {duty[1] for duty in sentences} == set(Strength)
    assert {bearer for duty in sentences for bearer in duty[2:]} == set(Bearer)


def _one(sentence: str, title: str = "关于做好社会组织疫情防控工作的通知") -> list[ProposedDuty]:
    text = f"{title}\n各社会组织：\n一、加强领导。\n二、{sentence}\n三、狠抓落实。"
    return [duty for duty in propose(text) if duty.clause == "2"]


def test_spans_are_the_source_as_received() -> None:
    text = "关于方案的通知\n各社会组织：\n一、各社会组织要 加强管理,**做好**消毒。\n二、不得聚集。"
    duties = propose(text)
    assert [duty.text for duty in duties] == [
        "各社会组织要 加强管理,**做好**消毒。",
        "不得聚集。",
    ]
    for duty in duties:
        assert text[duty.start : duty.end] == duty.text
        for reason in duty.reasons:
            assert text[reason.start : reason.end] == reason.text or reason.end == 0


@pytest.mark.parametrize(
    ("sentence", "strengths"),
    [
        ("各社会组织要尽量减少聚集。", ["BEST_EFFORT"]),
        ("响应号召，满足主要需求，可能的风险要应对。", ["MUST"]),
        ("体温正常方可进入。", ["MUST"]),
        ("可以延期，并注意留存记录。", ["MAY", "MUST"]),
        ("坚持不信谣、不传谣。", ["MUST_NOT"]),
        ("引导群众相信科学，不信谣、不传谣。", ["MUST"]),
        ("不能按时报送的应当说明理由。", ["MUST"]),
        ("积极推进接种，主动上报。", ["BEST_EFFORT"]),
        ("加强培训，积极推进接种。", ["MUST"]),
    ],
)
def test_strength_follows_the_governing_word(sentence: str, strengths: list[str]) -> None:
    assert [duty.strength for duty in _one(sentence)] == strengths


def test_a_subject_carries_over_with_the_words_that_named_it() -> None:
    duties = _one("慈善组织要公布收支。定期接受审计。")
    assert [duty.bearers for duty in duties] == [(Bearer.CHARITY,), (Bearer.CHARITY,)]
    reason = next(each for each in duties[1].reasons if each.finding == "bearers")
    assert (reason.ground, reason.text) == (Ground.CARRIED, "慈善组织")


def test_whoever_makes_others_act_is_bound() -> None:
    (duty,) = _one("行业协会商会要督促会员企业落实措施。")
    assert duty.bearers == (Bearer.ASSOCIATION,)
    assert duty.attributes == ("TRADE_ASSOCIATION",)


@pytest.mark.parametrize(
    ("sentence", "field", "value"),
    [
        ("每日16:00前报送。", "recurrence", "daily"),
        ("每三天公布一次。", "recurrence", "every 3 days"),
        ("每两周检查一次。", "recurrence", "every 14 days"),
        ("每次活动后消毒。", "recurrence", None),
        ("疫情解除后一个月内补报。", "deadline", "疫情解除后一个月内"),
        ("及时上报。", "deadline", None),
        ("应急响应期间暂停培训。", "phase", "应急响应期间"),
        ("目前要加强值班，提前准备。", "phase", None),
        ("按照《防控指南》要求消毒。", "cites", "防控指南"),
        ("制定《人员登记手册》。", "cites", None),
        ("每半年评估一次。", "recurrence", "every 180 days"),
        ("按季度报送情况。", "recurrence", "every 90 days"),
        ("每日消毒不少于两次。", "recurrence", "daily"),
        ("于12月10日前报送。", "deadline", "于12月10日前"),
        ("应当在3个工作日内答复。", "deadline", "在3个工作日内"),
        ("近14日内有旅居史的要报告。", "deadline", None),
    ],
)
def test_details_are_words_of_the_source(sentence: str, field: str, value: str | None) -> None:
    (duty,) = _one(sentence)
    assert getattr(duty, field) == value


def _regions(sentence: str) -> list[str]:
    (duty,) = _one(sentence)
    return [each.text for each in duty.reasons if each.finding == "region"]


def test_places_are_shown_as_words_of_the_source() -> None:
    assert _regions("不得前往湖北省和其他疫情严重地区。") == ["湖北省和其他疫情严重地区"]
    assert _regions("从中高风险地区返回的，应当报告。") == ["中高风险地区"]
    assert _regions("应当向湖北省民政厅报告。") == []


def _right(duty: ProposedDuty, truth: dict[str, Any]) -> bool:
    strengths = [truth["strength"], *truth.get("alt_strength", [])]
    bearers = {truth["bearer"], *truth.get("joint_bearers", []), *truth.get("alt_bearer", [])}
    return duty.strength in strengths and bool(bearers & set(duty.bearers))


def test_whoever_is_sure_is_right() -> None:
    sure = wrong = 0
    for name in ("cn-mca-2020-5", "cn-gd-gz-2022-1207"):
        text = (SHIPPED / f"{name}.txt").read_text(encoding="utf-8")
        truths = json.loads((TRUTHS / f"{name}.duties.json").read_text(encoding="utf-8"))
        places = squeezed(text)
        for duty in propose(text):
            if duty.confidence < 0.9:
                continue
            span = (places[duty.start], places[duty.end])
            found = [t for t in truths["duties"] if belong(span, (t["start"], t["end"]))]
            sure += 1
            wrong += not any(_right(duty, truth) for truth in found)
    assert sure >= 40
    assert wrong <= 0.05 * sure


def test_a_proposal_without_words_of_its_own_is_less_sure() -> None:
    clear, bare = _one("慈善组织必须公布收支。")[0], _one("公布收支。")[0]
    assert 0 < bare.confidence < clear.confidence < 1


def test_no_word_is_listed_twice_with_different_strength() -> None:
    seen: dict[str, str] = {}
    for strength, kinds in params()["strength"].items():
        for listed in kinds.values():
            for word in listed:
                assert seen.setdefault(word, strength) == strength, word


def test_duties_as_json_hold_what_was_found() -> None:
    (duty,) = duties_to_json(_one("慈善组织应当每五天公布收支。"))
    reasons = duty.pop("reasons")
    assert {each["finding"]: each["text"] for each in reasons} == {
        "strength": "应当",
        "bearers": "慈善组织",
        "recurrence": "每五天",
        "evidence": "公布",
    }
    assert (duty["clause"], duty["strength"], duty["bearers"]) == ("2", "MUST", ["CHARITY"])
    assert duty["recurrence"] == "every 5 days"
    assert duty["deadline"] is duty["phase"] is duty["cites"] is None


WORDS = """
一、 二、 （一） 一是 第一条 要 应当 可以 不得 禁止 尽量 鼓励
积极 请 由 的 者 ， 。 ； ： “ ” 《 》 （ ） "
各社会组织 行业协会商会 登记管理机关 党组织
工作人员 对 将 在 按照 疫情解除前 每日 3日内 如下 下列情形
对于 以下人员 职责： 湖北省 每季度 自即日起至 不晚于 依法追究责任 您 与 年检内容
"""
PIECES = st.sampled_from([*WORDS.split(), "\n", " "])


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=60).map("".join))
def test_hostile_text_gives_spans_that_hold(text: str) -> None:
    document = parse(text)
    for duty in propose(text, document):
        assert text[duty.start : duty.end] == duty.text
        assert duty.text.strip()
        assert duty.bearers
        assert duty.reasons[0].finding == "strength"


@pytest.mark.parametrize(
    "unit",
    [
        "要做好，",
        "各社会组织要做好工作的",
        "“《（",
        "对于社会组织，",
        "社会组织、",
        "要",
        "在疫情解除前",
        "每季度末月",
        "湖北省和其他",
    ],
)
def test_time_grows_with_the_length(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        document = parse(text)
        begin = time.process_time()
        propose(text, document)
        return time.process_time() - begin

    seconds(2_000)
    assert seconds(64_000) < 12 * max(min(seconds(16_000), seconds(16_000)), 0.02)


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("各社会组织要深入贯彻党的二十大报告精神。", ()),
        ("各社会组织要向登记管理机关报告活动情况。", ("REPORT",)),
        ("各社会组织要做好访客登记。", ("RECORD",)),
    ],
)
def test_names_of_papers_ask_for_no_proof(sentence: str, evidence: tuple[str, ...]) -> None:
    assert [duty.evidence for duty in _one(sentence)] == [evidence]
