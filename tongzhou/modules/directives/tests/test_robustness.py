"""Whatever comes in: no exception, spans that tile the source, work that grows linearly."""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongzhou.modules.directives.contracts import ParsedDocument
from tongzhou.modules.directives.rules import parse
from tongzhou.modules.directives.rules.candidates import find_candidates
from tongzhou.modules.directives.rules.cleaning import clean
from tongzhou.modules.directives.rules.sequence import Work
from tongzhou.modules.directives.tests import layouts

RULES = Path(__file__).resolve().parent.parent / "rules"
TraceFunction = Callable[[FrameType, str, Any], Any]

PIECES = st.sampled_from(
    [
        "一、",
        "二、",
        "（一）",
        "(二)",
        "1.",
        "2、",
        "3．",
        "（1）",
        "①",
        "②",
        "一是",
        "二是",
        "第一条",
        "第二章",
        "首先，",
        "其次，",
        "最后，",
        "1.1",
        "1.2.3",
        "附件：",
        "附件1",
        "附件",
        "\n",
        "\n\n",
        " ",
        "　",
        "：",
        "。",
        "；",
        "，",
        "《",
        "》",
        "“",
        "”",
        "（",
        "）",
        "**",
        "# ",
        "- ",
        "|",
        "<p>",
        "</p>",
        "<",
        ">",
        "&nbsp;",
        "&",
        "- 2 -",
        "2020年1月29日",
        "二〇二〇年一月二十九日",
        "某市民政局",
        "某市民政局关于做好工作的通知",
        "各市、县民政局：",
        "民社管函〔2020〕5号",
        "要落实责任",
        "时间:2022-12-07",
        "来源：",
        "目录",
        "\x00",
        "\ufeff",
        "\\n",
        "```",
        "<!--",
        "-->",
        "<style>",
        "第",
        "十",
        "99",
        "0",
        ".",
        "、",
        "甲\t乙\t丙\n",
        "首页>",
        "现将《某方案》印发给你们",
        "自2022年1月1日起施行，有效期五年",
        "同时废止",
        "http://a.cn",
        "要求如下：",
        "（试行）",
        "字号",
    ]
)


def assert_sound(text: str, document: ParsedDocument) -> None:
    """Assert what holds for every text: tiling, nesting, order, unique addresses."""
    position = 0
    for block in document.blocks:
        assert block.start == position
        assert block.end >= block.start
        position = block.end
    assert position == len(text)
    assert "".join(text[block.start : block.end] for block in document.blocks) == text
    last = 0
    for index, clause in enumerate(document.clauses):
        assert last <= clause.start < clause.end <= len(text)
        last = clause.end
        assert clause.text.startswith(clause.heading)
        if clause.parent is not None:
            above = document.clauses[clause.parent]
            assert clause.parent < index
            assert above.start < clause.start
            assert clause.end <= document.extent(clause.parent)
            assert clause.address.startswith(above.address + ".")
        inside = clean(text[clause.start : clause.end]).chars
        assert inside.startswith(clause.label) or clean(text).chars.find(clause.label) >= 0
    for cited in document.citations:
        assert 0 <= cited.start < cited.end <= len(text)
    assert all(0 <= start < end <= len(text) for start, end in document.tables)
    assert all(a[1] <= b[0] for a, b in pairwise(document.tables))
    addresses = [clause.address for clause in document.clauses]
    assert len(set(addresses)) == len(addresses)
    held = [block.clause for block in document.blocks if block.clause is not None]
    assert held == list(range(len(document.clauses)))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
@example("")
@example("一")
@example("附件")
@example("：")
@example("2020年1月29日")
@example("各位：")
@example("<style>")
def test_any_mixture_of_the_genre_is_read_soundly(text: str) -> None:
    assert_sound(text, parse(text))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(st.tuples(st.integers(-5, 200), st.integers(-5, 400)), max_size=4),
)
def test_any_tables_at_all_are_taken(text: str, tables: list[tuple[int, int]]) -> None:
    document = parse(text, tables=tables)
    assert_sound(text, document)
    for start, end in document.tables:
        assert not any(start <= clause.start < end for clause in document.clauses)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_is_read_soundly(text: str) -> None:
    assert_sound(text, parse(text))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), scheme=st.sampled_from(layouts.SCHEMES))
def test_clause_spans_hold_label_and_words(seed: int, scheme: tuple[str, ...]) -> None:
    made = layouts.make_up(seed, run_on=False, scheme=scheme, stops=True)
    text = layouts.rewrapped("\n".join(made.lines), 30)
    document = parse(text)
    assert_sound(text, document)
    for clause in document.clauses:
        held = layouts.squeezed(text[clause.start : clause.end])
        assert held == layouts.squeezed(clause.label) + layouts.squeezed(clause.text)


HOSTILE = {
    "labels only": "一、",
    "numbers": "1.",
    "brackets": "（一）",
    "open brackets": "（",
    "quotes": "《",
    "digits": "1",
    "dots": "1.1.1.",
    "tags": "<a",
    "comments": "<!--",
    "hidden": "<style>",
    "dates": "2020年1月1日",
    "signatures": "。某市民政局2020年1月1日",
    "attachments": "附件1：",
    "chinese digits": "二",
    "spaces": " ",
    "lines": "\n",
    "stars": "*",
    "pages": " - 1 -",
    "titles": "的通知",
    "addressees": "各市、",
    "spoken": "一是",
    "fields": "时间：",
    "articles": "第一条",
    "spoken in turn": "一是二是",
    "circled": "①",
    "short clauses": "一、甲\n二、乙\n",
    "chains": "一、（一）1.（1）①",
    "one line": "各社会组织要加强管理，",
    "titles in marks": "《关于某某的通知》",
    "document numbers": "按照某民发〔2020〕5号",
    "terms": "本办法自2022年1月1日起施行，有效期五年。",
    "rows": "甲某\t乙某\t丙某\n",
    "title lines": "关于某某的通知\n",
    "organ lines": "某市民政局\n",
    "dated lines": "2020年1月1日\n",
    "attachment lines": "附件1\n某某方案\n",
    "reports": "《通知》要求",
    "menus": "打印关闭",
    "entities": "&nbsp;&amp;",
    "table cells": "<table><tr><td>1</td><td>二</td></tr>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_no_faster_than_the_text(name: str) -> None:
    piece = HOSTILE[name]
    steps = []
    for size in (20_000, 40_000):
        text = piece * (size // len(piece))
        work = Work()
        document = parse(text, work)
        assert_sound(text, document)
        steps.append(work.steps + len(find_candidates(clean(text))) + len(document.blocks))
    assert steps[1] <= 2.5 * steps[0] + 1000


def _executed_lines(text: str) -> int:
    """Return how many lines of the parser's code ran for ``text``."""
    count = 0
    inside = str(RULES)

    def trace(frame: FrameType, event: str, argument: object) -> TraceFunction | None:
        nonlocal count
        if not frame.f_code.co_filename.startswith(inside):
            return None
        if event == "line":
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_executed_code_grows_with_the_length_of_hostile_text(name: str) -> None:
    piece = HOSTILE[name]
    short, long = (_executed_lines(piece * (size // len(piece))) for size in (2_000, 4_000))
    assert short <= 1_000 * 2_000
    assert long <= 2.3 * short + 2_000


@pytest.mark.parametrize("wrapped", [False, True])
def test_executed_code_grows_with_the_length_of_ordinary_text(wrapped: bool) -> None:
    made = layouts.make_up(3, run_on=False, scheme=layouts.SCHEMES[0], stops=True)
    once = "\n".join(made.lines) + "\n附件1\n某市民政局\n2021年3月5日\n"
    once = layouts.rewrapped(once, 30) if wrapped else once
    parse(once)  # fills the caches of patterns and word lists
    short, long = _executed_lines(once * 6), _executed_lines(once * 12)
    assert 0 < long <= 2.3 * short
