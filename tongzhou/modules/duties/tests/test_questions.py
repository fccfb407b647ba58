"""Questions in plain Chinese: how they are understood, and whether the right clause answers."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.world import AT, World
from tongzhou.kernel.access import SYSTEM, public
from tongzhou.kernel.database import execute
from tongzhou.modules.directives import public as directives
from tongzhou.modules.directives.public import questions
from tongzhou.modules.duties.queries.ask import Answers, ask

WORKS = {"MCA": "cn/mca/2020/5@2020-01-29", "GZ": "cn/gd-gz/2022/1207@2022-12-07"}
QUESTIONS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "questions.yaml").read_text(encoding="utf-8")
)
PARTS = ("tuning", "held", "fresh", "last")


@pytest.mark.parametrize(
    ("asked", "asking", "things"),
    [
        ("哪份文件要求我们每天消毒？", questions.Asking.BASIS, ["每天", "消毒"]),
        ("养老机构能不能组织聚餐", questions.Asking.ALLOWED, ["养老机构", "聚餐"]),
        ("谁负责上报疑似病例", questions.Asking.WHO, ["上报", "疑似病例"]),
        ("零报告什么时候交", questions.Asking.WHEN, ["零报告"]),
        ("异地商会有哪些任务", questions.Asking.WHAT, ["异地商会"]),
        ("重大事项要报备吗", questions.Asking.REQUIRED, ["重大事项", "报备"]),
        ("应急预案怎么写", questions.Asking.HOW, ["应急预案"]),
    ],
)
def test_a_question_is_understood(asked: str, asking: questions.Asking, things: list[str]) -> None:
    found = questions.understand(asked)
    assert found.asking is asking
    assert [each.word for each in found.things if each.word in things] == things


def test_ourselves_are_noticed() -> None:
    assert questions.understand("哪份文件要求我们每天消毒").ours
    assert not questions.understand("谁负责上报疑似病例").ours


def test_questions_are_told_from_words() -> None:
    assert questions.is_question("谁负责上报疑似病例")
    assert questions.is_question("可以聚餐吗")
    assert not questions.is_question("消毒 清洁")
    assert not questions.is_question("民社管函〔2020〕5号")
    assert not questions.is_question("")


@given(st.text(max_size=300))
def test_any_text_is_a_question_somehow(text: str) -> None:
    found = questions.understand(text)
    questions.is_question(text)
    measured = questions.measure(found, questions.Rarity({}, 0), text=text or "无")
    assert 0 <= measured.share <= 1


def _question(*words: str) -> questions.Question:
    return questions.Question(
        "", questions.Asking.WHAT, tuple(questions.Thing(each) for each in words)
    )


def test_the_sentence_that_says_it_is_chosen() -> None:
    text = "各单位要开展培训。各单位要每日消毒；发现问题及时报告。"
    found = questions.measure(_question("消毒"), questions.Rarity({"消毒": 1}, 10), text=text)
    assert [text[a:b] for a, b in found.spans] == ["各单位要每日消毒；"]
    assert found.is_direct
    assert found.matches == (questions.Match("消毒", "消毒"),)


def test_rare_words_count_more_and_missing_ones_count_against() -> None:
    rarity = questions.Rarity({"疫情": 90, "消毒": 2}, 100)
    common = questions.measure(_question("疫情", "消毒"), rarity, text="疫情防控。")
    rare = questions.measure(_question("疫情", "消毒"), rarity, text="要消毒。")
    assert rare.share > 2 * common.share
    missing = questions.measure(_question("消毒", "食堂"), rarity, text="要消毒。")
    assert missing.share < 0.5
    assert not missing.is_direct


def test_headings_and_duties_tell_who_is_meant() -> None:
    rarity = questions.Rarity({"秘书处": 2, "演练": 3}, 100)
    asked = _question("秘书处", "演练")
    here = questions.measure(asked, rarity, text="适时组织演练。", above=("秘书处",))
    there = questions.measure(asked, rarity, text="加强演练。", above=("社会服务机构",))
    assert here.share > there.share
    drawn = [questions.Drawn(0, 5, "组织演练。秘书处")]
    assert questions.measure(asked, rarity, text="加强演练。", drawn=drawn).share > there.share


def test_words_that_say_little_are_no_answer() -> None:
    found = questions.measure(
        _question("服务"), questions.Rarity({"服务": 3}, 100), text="提供服务。"
    )
    assert found.share == 1
    assert not found.is_direct


def _score(part: str) -> tuple[int, int, int, int, int]:
    """Return asked, right first, right among three, right sentence, rightly none."""
    asked = first = three = said = none = 0
    for each in QUESTIONS[part]:
        answers = ask(each["ask"], public(), AT)
        if not each["clauses"]:
            none += not answers.direct
            continue
        asked += 1
        wanted = {(WORKS[work], address) for work, address in map(str.split, each["clauses"])}
        right = [(row.document.urn, row.clause.address) in wanted for row in answers.rows[:3]]
        first += right[:1] == [True]
        three += any(right)
        said += any(
            each["words"] in "".join(piece.text for piece in part.pieces)
            for row, fits in zip(answers.rows, right, strict=False)
            for part in row.parts
            if fits and part.answers
        )
    return asked, first, three, said, none


@pytest.mark.parametrize("part", PARTS)
def test_the_right_clause_answers(world: World, part: str) -> None:
    asked, first, three, said, none = _score(part)
    assert asked == 24
    assert first / asked >= 0.9, (part, first)
    assert three / asked >= 0.95, (part, three)
    assert said / asked >= 0.95, (part, said)
    assert none == sum(not each["clauses"] for each in QUESTIONS[part])


def _texts(answers: Answers) -> set[str]:
    return {"".join(p.text for part in row.parts for p in part.pieces) for row in answers.rows}


def test_every_word_of_an_answer_is_a_clause_of_a_document(world: World) -> None:
    held = {
        each.text
        for row in directives.list_expressions()
        for each in directives.list_clauses(row.id)
    }
    for part in PARTS:
        for each in QUESTIONS[part]:
            assert _texts(ask(each["ask"], public(), AT)) <= held


def test_an_answer_tells_who_is_bound_and_whether_it_is_in_force(world: World) -> None:
    row = ask("谁负责上报疑似病例", public(), AT).rows[0]
    assert {duty.spec.title.zh for duty, _ in row.duties} == {
        "疑似病例每日零报告",
        "疑似病例早隔离、早治疗",
    }
    assert all(force for _, force in row.duties)
    assert row.is_in_force
    execute("UPDATE duties_enforcement SET to_at = %s", [AT])
    row = ask("谁负责上报疑似病例", public(), AT).rows[0]
    assert not any(force for _, force in row.duties)


def test_what_is_repealed_gives_way(world: World) -> None:
    row = directives.find_expression(WORKS["MCA"])
    assert row is not None
    said = "1.对社会组织中的疑似病例，要做到早发现、早报告。"
    text = f"关于新的防控措施的通知\n各单位：\n一、总体要求\n{said}\n"
    directives.load_directive(
        actor=SYSTEM,
        at=AT,
        urn="cn/mca/2020/9@2020-02-04",
        text=text,
        title="关于新的防控措施的通知",
        issuer="民政部",
    )
    execute("UPDATE directives_expression SET repealed_at = %s WHERE id = %s", [AT, row.id])
    answers = ask("谁负责上报疑似病例", public(), AT)
    assert answers.rows[0].document.urn == "cn/mca/2020/9@2020-02-04"


def test_a_question_of_ours_prefers_what_binds_us(world: World) -> None:
    answers = ask("哪份文件要求我们每天消毒？", world.people["secretary"], AT)
    assert answers.rows[0].clause.address == "3.8"
    assert answers.rows[0].ours
    assert not any(row.ours for row in ask("哪份文件要求我们每天消毒？", public(), AT).rows)


@pytest.mark.parametrize(
    "asked",
    ["", "？", "\x00", "' OR 1=1 --", "吗" * 5_000, "能不能能不能", "a" * 9_999, "%_\\", "一"],
)
def test_no_question_is_an_error(world: World, asked: str) -> None:
    answers = ask(asked, public(), AT)
    assert not answers.direct or answers.rows


def test_the_page_is_honest_when_nothing_says_it(world: World, client: Client) -> None:
    page = client.get("/search/?ask=会费什么时候缴纳").content.decode()
    assert "没有找到直接规定" in page
    assert "没有一份文件提到：会费" in page
    near = client.get("/search/?ask=年会可以在酒店举办吗").content.decode()
    assert "没有找到直接规定" in near


def test_a_query_that_is_a_question_is_offered_as_one(world: World, client: Client) -> None:
    page = client.get("/search/?q=谁负责上报疑似病例").content.decode()
    assert "按问题查规定" in page
    assert "按问题查规定" not in client.get("/search/?q=消毒").content.decode()
