"""Clauses by their words and documents by their heads, on PostgreSQL."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.directives import commands, queries
from tongzhou.modules.directives.commands.words import refill_words
from tongzhou.modules.directives.models import Clause, Directive, Expression
from tongzhou.modules.directives.queries.search import (
    ClauseHits,
    DocumentFilter,
    clause_views,
    document_facts,
    find_clauses,
    find_documents,
)
from tongzhou.modules.directives.rules.seeking import read_input, refine
from tongzhou.modules.directives.tests.conftest import AT, SHORT

OPEN = DocumentFilter()


def _find(asked: str, where: DocumentFilter = OPEN) -> list[str]:
    found = find_clauses(read_input(asked).query(), where, AT)
    return [each.address for each in sorted(found.rows, key=lambda each: -each.rank)]


def test_two_characters_are_found_wherever_they_stand(shipped: list[int]) -> None:
    assert "3.8" in _find("消毒")
    assert "2.3.3" in _find("消毒")
    assert _find("消毒 通风") == ["2.3.3"]
    assert _find("“早发现、早报告”") == ["3.8"]
    assert "3.8" not in _find("消毒 -疑似病例")


def test_words_across_a_line_end_of_the_source_are_found(shipped: list[int]) -> None:
    # “杜绝囤积居奇” stands in one line, “慈善组织和志愿服务组 织” is broken by the converter.
    assert _find("志愿服务组织要严格") == ["3.7"]


def test_what_stands_above_a_clause_finds_it_after_the_clause_itself(shipped: list[int]) -> None:
    found = _find("秘书处")
    assert found[0] == "2.2"
    assert {"2.2.1", "2.2.5"} <= set(found)
    assert _find("秘书处 演练") == ["2.2.4"]


def test_an_erratum_is_found_as_read_and_as_received(shipped: list[int]) -> None:
    assert _find("年检、评估") == ["2.4.2"]
    assert _find("年龄") == ["2.4.2"]


def test_an_erratum_recorded_later_is_found(loaded: int) -> None:
    assert _find("值守人员") == []
    commands.record_erratum(
        actor=SYSTEM,
        at=AT,
        expression_id=loaded,
        address="1.2",
        as_received="值班人员",
        reading="值守人员",
        reason="识别错误",
    )
    assert _find("值守人员") == ["1.2"]


@pytest.mark.parametrize(
    "asked", ["民社管函〔2020〕5号", "民社管函[2020]5号", "5号", "2020 5号", "民社管函", "实施方案"]
)
def test_a_document_is_found_by_its_number_and_title(shipped: list[int], asked: str) -> None:
    assert find_documents(read_input(asked), OPEN, AT) == [shipped[0]]


def test_a_number_is_not_found_inside_another(loaded: int) -> None:
    assert find_documents(read_input("7号"), OPEN, AT) == [loaded]
    assert find_documents(read_input("粤民函〔2023〕77号"), OPEN, AT) == []


def test_filters_narrow(shipped: list[int], loaded: int) -> None:
    ministry, guangzhou = shipped
    assert _find("疫情防控", DocumentFilter(year=2023)) == []
    Directive.objects.filter(expressions=loaded).update(kind="NOTICE")
    assert _find("值班", DocumentFilter(year=2023, kind="NOTICE")) != []
    assert _find("值班", DocumentFilter(year=2023, kind="GUIDE")) == []
    by = DocumentFilter(issuer=queries.get_expression(guangzhou).issuer)
    found = find_clauses(read_input("疫情防控").query(), by, AT)
    assert {each.expression_id for each in found.rows} == {guangzhou}
    only = DocumentFilter(expressions=frozenset({ministry}))
    found = find_clauses(read_input("疫情防控").query(), only, AT)
    assert {each.expression_id for each in found.rows} == {ministry}
    assert _find("疫情防控", DocumentFilter(expressions=frozenset())) == []


def test_whether_a_document_binds_is_told_and_filtered(loaded: int) -> None:
    def status() -> str:
        return document_facts([loaded], AT)[loaded].status

    assert status() == "FORCE"
    Expression.objects.filter(pk=loaded).update(effective_on=AT.date() + timedelta(days=3))
    assert status() == "FUTURE"
    later = commands.load_directive(
        actor=SYSTEM,
        at=AT,
        urn="cn/gd/2023/7@2023-01-08",
        text=SHORT.replace("两小时", "一小时"),
        wording=commands.Wording(previous_id=loaded),
    )
    assert status() == "AMENDED"
    Expression.objects.filter(pk=loaded).update(expires_on=date(2023, 1, 8))
    assert status() == "EXPIRED"
    Expression.objects.filter(pk=loaded).update(repealed_at=AT - timedelta(hours=1))
    assert status() == "REPEALED"
    found = find_clauses(read_input("值班").query(), DocumentFilter(status="FORCE"), AT)
    assert {each.expression_id for each in found.rows} == {later}
    found = find_clauses(read_input("值班").query(), DocumentFilter(status="REPEALED"), AT)
    assert {each.expression_id for each in found.rows} == {loaded}


def test_more_than_is_ranked_is_told_and_the_newest_are_taken(
    shipped: list[int], loaded: int
) -> None:
    query = read_input("要").query()
    found = find_clauses(query, OPEN, AT, cap=5)
    assert found.capped
    assert len(found.rows) == 5
    assert loaded in {each.expression_id for each in found.rows}
    everything = find_clauses(query, OPEN, AT, cap=500)
    assert not everything.capped
    assert isinstance(everything, ClauseHits)
    assert len(everything.rows) > 20


@pytest.mark.parametrize(
    "asked",
    [
        "'; DROP TABLE directives_clause; --",
        "& | ! <-> :* ( )",
        "消毒 & !疫情 | (",
        "\\",
        "'",
        "\x00消毒\x00",
        "\ud800消毒",
        "%_%",
        "消" * 10_000,
        "消毒 " * 3_000,
        "“" * 500,
        "- - --",
        "🀄🀄",
        "𠀀𠀁",
        "a:b:c:*",
        "‮消毒",
    ],
)
def test_nothing_typed_is_an_error(shipped: list[int], asked: str) -> None:
    sought = read_input(asked)
    for each in (sought, refine(sought)):
        find_clauses(each.query(), OPEN, AT)
        find_clauses(each.some(), OPEN, AT)
        find_documents(each, OPEN, AT)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=st.text(max_size=60))
def test_no_text_is_an_error(loaded: int, asked: str) -> None:
    find_clauses(refine(read_input(asked)).some(), OPEN, AT)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(start=st.integers(0, 400), length=st.integers(2, 40))
def test_any_stretch_of_a_clause_finds_it(shipped: list[int], start: int, length: int) -> None:
    clause = Clause.objects.get(expression_id=shipped[0], address="3.7")
    stretch = clause.text[start : start + length].strip('《》“”"、，。,;；-－—:： ')
    if '"' in stretch or "“" in stretch or "《" in stretch or "》" in stretch:
        return
    assert "3.7" in _find(f"“{stretch}”")


def test_the_index_is_used(shipped: list[int]) -> None:
    execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(
        row[0]
        for row in rows(
            "EXPLAIN SELECT id FROM directives_clause WHERE words @@ %s::tsquery",
            [read_input("消毒清洁").query()],
        )
    )
    assert "clause_words" in plan


def test_words_are_refilled(shipped: list[int]) -> None:
    before = dict(Clause.objects.values_list("pk", "words"))
    Clause.objects.update(words=None)
    assert _find("消毒") == []
    assert [pk for pk, _ in refill_words(missing=True)] == sorted(shipped)
    assert dict(Clause.objects.values_list("pk", "words")) == before
    assert list(refill_words(missing=True)) == []


def test_a_clause_is_shown_as_readers_see_it(shipped: list[int]) -> None:
    clause = Clause.objects.get(expression_id=shipped[0], address="2.4.2")
    view = clause_views([clause.pk])[clause.pk]
    assert view.text.startswith("对年检、评估")
    assert "年龄" in clause.text
    assert len(view.above) == 2
    assert replace(view, above=()).address == "2.4.2"


def test_who_signed_is_no_text_to_search(shipped: list[int]) -> None:
    signature = Clause.objects.get(expression_id=shipped[0], kind="SIGNATURE")
    assert signature.words in ("", None)
