"""The layout of GB/T 9704: which part stands where, in which face, and how titles break."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.directives.contracts import DocumentKind
from tongzhou.modules.directives.rules.exports.layout import (
    Annex,
    Face,
    Note,
    Paragraph,
    Recipients,
    Record,
    RedHead,
    Run,
    Signed,
    Title,
    lay_out,
)
from tongzhou.modules.directives.rules.exports.tables import Table, split_tables
from tongzhou.modules.directives.rules.exports.titles import WIDEST, break_title, width
from tongzhou.modules.directives.tests.exporting import FULL, guangzhou, made, ministry

TITLES = (
    "关于印发《社会组织登记管理机关疫情防控工作实施方案》的通知",
    "关于做好社会组织落实疫情防控工作的指引（试行）",
    "民政部关于动员慈善力量依法有序参与新型冠状病毒感染的肺炎疫情防控工作的公告",
    "民政部办公厅关于调整优化有关监管措施支持全国性社会组织有效应对疫情平稳健康运行的通知",
    "某市民政局 某市卫生健康委员会关于进一步加强养老机构疫情防控工作的通知",
)


@pytest.mark.parametrize("title", TITLES)
def test_a_title_breaks_at_words_into_a_pleasing_shape(title: str) -> None:
    lines = break_title(title)
    assert "".join(lines).replace(" ", "") == title.replace(" ", "")
    wide = [width(line) for line in lines]
    assert max(wide) <= WIDEST
    assert min(wide) >= 4
    for before, after in pairwise(lines):
        assert not re.match("[，、。》）的和与]", after), (before, after)
        assert not re.search("[《（“]$", before), (before, after)
        assert not re.search("机关$", before) or after[0] not in "登", (before, after)
    steps = [after - before for before, after in pairwise(wide)]
    hourglass = any(first < 0 < second for first, second in pairwise(steps))
    assert not hourglass, lines


def test_known_titles() -> None:
    assert break_title(TITLES[0]) == (
        "关于印发《社会组织登记管理机关",
        "疫情防控工作实施方案》的通知",
    )
    assert break_title("关于开展自查的通知") == ("关于开展自查的通知",)
    assert break_title(TITLES[4])[0] == "某市民政局 某市卫生健康委员会"


@given(title=st.text(max_size=120))
def test_no_title_loses_a_character_or_leaves_its_line(title: str) -> None:
    lines = break_title(title)
    assert "".join("".join(lines).split()) == "".join(title.split())
    assert all(width(line) <= WIDEST for line in lines)


def test_a_full_directive_has_all_its_parts_in_order() -> None:
    parts = lay_out(made(FULL))
    kinds = [type(part) for part in parts if not isinstance(part, Paragraph)]
    assert kinds == [
        RedHead, Title, Recipients, Note, Signed, Annex, Annex, Table, Annex, Table, Record
    ]  # fmt: skip
    assert parts[0] == RedHead("某省民政厅文件", "某民发〔2021〕12号")
    assert parts[2] == Recipients("各市、县（区）民政局、卫生健康委，省级各社会组织：")
    (note,) = [part for part in parts if isinstance(part, Note)]
    assert note.titles[1:] == ("每日情况报告表", "重点场所和重点人员名录")
    (signed,) = [part for part in parts if isinstance(part, Signed)]
    assert signed == Signed(
        ("某省民政厅", "某省卫生健康委员会"), "2021年1月5日", ("（此件公开发布）",)
    )
    annexes = [part for part in parts if isinstance(part, Annex)]
    assert [each.mark for each in annexes] == ["附件1", "附件2", "附件3"]
    assert annexes[0].title == Title(("全省社会组织疫情防控工作指引",), ("（第二版）",))
    tables = [part for part in parts if isinstance(part, Table)]
    assert tables[0].rows[1] == ("1", "工作人员总数", "", "含兼职人员")
    record = parts[-1]
    assert isinstance(record, Record)
    assert (record.printer, record.printed_on) == ("某省民政厅办公室", "2021年1月5日印发")


def test_levels_have_their_faces() -> None:
    found = {
        part.text[:4]: (part.runs[0].face, part.level)
        for part in lay_out(made(FULL))
        if isinstance(part, Paragraph)
    }
    assert found["一、提高"] == (Face.HEI, 1)
    assert found["（二）强"] == (Face.KAI, 2)
    assert found["1.会商"] == (Face.FANG, None)
    assert found["第一章\u3000"] == (Face.HEI, 0)
    assert found["第一条\u3000"] == (Face.HEI, None)


def test_what_stood_inside_a_paragraph_stays_there() -> None:
    parts = [part for part in lay_out(made(FULL)) if isinstance(part, Paragraph)]
    (joined,) = [part for part in parts if "二是要明确专人负责" in part.text]
    assert joined.runs[0] == Run("（一）压实各方责任。", Face.KAI)
    assert joined.text.startswith("（一）压实各方责任。法定代表人是第一责任人。一是要健全")
    spoken = [each.text for each in lay_out(ministry()) if isinstance(each, Paragraph)]
    assert sum(text.startswith("一是") for text in spoken) == 0
    assert sum("工作。一是要制订" in text for text in spoken) == 1


def test_an_unsigned_text_is_signed_with_what_is_known_of_it() -> None:
    parts = lay_out(guangzhou())
    assert parts[0] == Title(("关于做好社会组织落实疫情", "防控工作的指引（试行）"))
    assert parts[-1] == Signed(("广州市社会组织管理局", "广州市社会组织党委"), "2022年12月7日")


def test_a_report_of_the_press_is_nobodys_act() -> None:
    """Its text ends where it ends; issuer and date are not put under it as a signature."""
    report = replace(guangzhou(), kind=DocumentKind.REPORT)
    assert not any(isinstance(part, Signed) for part in lay_out(report))


def test_a_corrected_word_carries_its_note() -> None:
    runs = [run for part in lay_out(ministry()) if isinstance(part, Paragraph) for run in part.runs]
    (noted,) = [run for run in runs if run.note]
    assert (noted.text, noted.note) == (
        "年检",
        "原文作“年龄”，应读作“年检”。文字识别之误。",
    )
    assert not any("年龄" in run.text for run in runs)


def test_a_number_of_an_order_stands_below_its_title() -> None:
    text = "某市民政局公告\n2020年第3号\n一、自即日起停止聚集。\n二、恢复时间另行公告。\n"
    parts = lay_out(made(text + "某市民政局\n2020年2月1日\n"))
    assert parts[0] == Title(("某市民政局公告",), ("2020年第3号",))


def test_tables_are_found_again_in_the_words() -> None:
    source = "如下：\n| 名称 | 数 |\n|---|---|\n| 甲 | 1 |\n请核对。"
    found = split_tables("如下：\n名称 数\n甲1\n请核对。", source)
    assert found == ["如下：\n", Table((("名称", "数"), ("甲", "1"))), "\n请核对。"]
    assert split_tables("没有表。", "没有\t表。") == ["没有表。"]
