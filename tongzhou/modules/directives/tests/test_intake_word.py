"""A .docx is read as it looks on paper."""

import io
import zipfile

import docx as python_docx
import pytest

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules import parse, read_document
from tongzhou.modules.directives.rules.intake import notes
from tongzhou.modules.directives.rules.intake.counting import written
from tongzhou.modules.directives.tests.renderings import (
    abstract,
    docx,
    level,
    num,
    numbered,
    paragraph,
    run,
    table,
    zipped,
)

LONG = "各单位要高度重视，加强领导，压实责任，细化措施，确保各项工作落到实处、取得实效。"


def read(body: str, **parts: str) -> Received:
    return read_document(docx(body, **parts), "通知.docx")


def lines(body: str, **parts: str) -> list[str]:
    return read(body, **parts).text.split("\n")


# Automatic numbers


@pytest.mark.parametrize(
    ("style", "values"),
    [
        ("decimal", {1: "1", 10: "10", 101: "101"}),
        ("decimalZero", {1: "01", 10: "10"}),
        ("decimalFullWidth", {12: "１２"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "㉑", 36: "㊱", 50: "㊿", 51: "51"}),
        ("decimalEnclosedParen", {1: "⑴", 20: "⒇", 21: "21"}),
        ("decimalEnclosedFullstop", {3: "⒊"}),
        ("chineseCounting", {1: "一", 10: "十", 11: "十一", 20: "二十", 101: "一〇一"}),
        (
            "chineseCountingThousand",
            {1: "一", 10: "十", 19: "十九", 100: "一百", 101: "一百零一", 110: "一百一十",
             1001: "一千零一", 1010: "一千零一十", 10001: "一万零一"},
        ),
        ("taiwaneseCountingThousand", {21: "二十一"}),
        ("japaneseCounting", {10: "十", 11: "十一", 100: "百", 111: "百十一", 203: "二百三"}),
        ("chineseLegalSimplified", {3: "叁", 10: "壹拾", 12: "壹拾贰"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "11"}),
        ("ideographZodiac", {1: "子", 12: "亥"}),
        ("ideographDigital", {10: "一〇"}),
        ("ideographEnclosedCircle", {1: "㊀"}),
        ("upperLetter", {1: "A", 26: "Z", 27: "AA"}),
        ("lowerLetter", {2: "b"}),
        ("upperRoman", {4: "IV", 1994: "MCMXCIV"}),
        ("lowerRoman", {9: "ix"}),
        ("numberInDash", {2: "- 2 -"}),
        ("none", {1: "", 7: ""}),
        ("somethingNew", {5: "5"}),
        ("chineseCounting", {0: "0", 99_999_999: "99999999"}),
    ],
)  # fmt: skip
def test_numbers_are_written_as_word_writes_them(style: str, values: dict[int, str]) -> None:
    assert {number: written(number, style) for number in values} == values


def test_levels_of_the_genre_count_and_restart() -> None:
    numbering = abstract(
        7,
        level(0, "chineseCounting", "%1、", after="nothing"),
        level(1, "chineseCounting", "（%2）", after="nothing"),
        level(2, "decimal", "%3."),
        level(3, "decimal", "（%4）"),
        level(4, "decimalEnclosedCircle", "%5"),
    ) + num(3, 7)
    order = (0, 1, 2, 2, 1, 2, 0, 1, 2, 3, 3, 4, 4)
    body = "".join(numbered(f"做好工作{place}", 3, at) for place, at in enumerate(order))
    assert [line[: line.index("做")] for line in lines(body, numbering=numbering)] == [
        "一、", "（一）", "1. ", "2. ", "（二）", "1. ",
        "二、", "（一）", "1. ", "（1）", "（2）", "① ", "② ",
    ]  # fmt: skip


def test_numbers_of_levels_above_stand_in_a_number() -> None:
    numbering = abstract(
        1,
        level(0, "chineseCountingThousand", "第%1章"),
        level(1, "decimal", "%1.%2", more="<w:isLgl/>"),
        level(2, "lowerLetter", "%1-%2-%3)"),
    ) + num(1, 1)
    body = "".join(numbered("甲", 1, at) for at in (0, 1, 1, 2, 0, 1, 2))
    assert lines(body, numbering=numbering) == [
        "第一章 甲", "1.1 甲", "1.2 甲", "一-2-a)甲", "第二章 甲", "2.1 甲", "二-1-a)甲",
    ]  # fmt: skip


def test_a_level_may_run_on_or_restart_by_choice() -> None:
    numbering = abstract(
        1,
        level(0, "chineseCounting", "%1、"),
        level(1, "decimal", "第%2条", more='<w:lvlRestart w:val="0"/>'),
        level(2, "decimal", "%3)", more='<w:lvlRestart w:val="1"/>'),
    ) + num(1, 1)
    body = "".join(numbered("甲", 1, at) for at in (0, 1, 2, 1, 2, 0, 1, 2))
    assert lines(body, numbering=numbering) == [
        "一、甲", "第1条 甲", "1)甲", "第2条 甲", "2)甲", "二、甲", "第3条 甲", "1)甲",
    ]  # fmt: skip


def test_a_level_that_is_skipped_counts_as_used_once() -> None:
    numbering = abstract(
        1, level(0, "chineseCounting", "%1、"), level(1, "decimal", "%1.%2", more="<w:isLgl/>")
    ) + num(1, 1)
    body = "".join(numbered("甲", 1, at) for at in (1, 1, 0, 1))
    assert lines(body, numbering=numbering) == ["1.1 甲", "1.2 甲", "二、甲", "2.1 甲"]


def test_lists_of_one_kind_count_on_unless_they_start_anew() -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{}"/></w:lvlOverride>'
    numbering = (
        abstract(1, level(0, "decimal", "%1."))
        + num(1, 1)
        + num(2, 1)
        + num(3, 1, again.format(1))
        + num(4, 1, again.format(7))
    )
    body = "".join(numbered("甲", of) for of in (1, 1, 2, 3, 3, 2, 4, 4))
    found = [line.split(".")[0] for line in lines(body, numbering=numbering)]
    assert found == ["1", "2", "3", "1", "2", "3", "7", "8"]


def test_an_override_may_bring_a_level_of_its_own() -> None:
    own = f'<w:lvlOverride w:ilvl="0">{level(0, "ideographTraditional", "%1．", start=3)}'
    numbering = abstract(1, level(0, "decimal", "%1.")) + num(1, 1, own + "</w:lvlOverride>")
    assert lines(numbered("甲", 1) + numbered("乙", 1), numbering=numbering) == [
        "丙． 甲",
        "丁． 乙",
    ]


def test_styles_number_paragraphs() -> None:
    styles = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="a"/>'
        '<w:style w:type="paragraph" w:styleId="1"><w:basedOn w:val="a"/>'
        '<w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="2"><w:basedOn w:val="1"/>'
        '<w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="3"><w:basedOn w:val="1"/></w:style>'
    )
    linked = '<w:pStyle w:val="{}"/>'
    numbering = abstract(
        0,
        level(0, "chineseCounting", "第%1章", more=linked.format("1")),
        level(1, "chineseCounting", "第%2条", more=linked.format("2")),
    ) + num(5, 0)
    named = '<w:pStyle w:val="{}"/>'
    body = "".join(paragraph("甲", named.format(each)) for each in ("1", "2", "2", "3", "2"))
    body += paragraph("无号", named.format("1") + '<w:numPr><w:numId w:val="0"/></w:numPr>')
    assert lines(body, styles=styles, numbering=numbering) == [
        "第一章 甲", "第一条 甲", "第二条 甲", "第二章 甲", "第一条 甲", "无号",
    ]  # fmt: skip


def test_a_list_style_lends_its_levels() -> None:
    styles = (
        '<w:style w:type="numbering" w:styleId="list">'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    numbering = (
        abstract(1, level(0, "chineseCounting", "（%1）"), more='<w:styleLink w:val="list"/>')
        + abstract(2, more='<w:numStyleLink w:val="list"/>')
        + num(1, 1)
        + num(2, 2)
    )
    assert lines(numbered("甲", 2) + numbered("乙", 2), styles=styles, numbering=numbering) == [
        "（一）甲",
        "（二）乙",
    ]


def test_word_writes_custom_digits_inside_an_alternative() -> None:
    custom = (
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><mc:AlternateContent><mc:Choice Requires="w14">'
        '<w:numFmt w:val="custom" w:format="001, 002, 003, ..."/></mc:Choice><mc:Fallback>'
        '<w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent>'
        '<w:lvlText w:val="%1"/></w:lvl>'
    )
    numbering = abstract(1, custom) + num(1, 1)
    assert lines(numbered("甲", 1), numbering=numbering) == ["001 甲"]


def test_bullets_of_symbol_fonts_become_plain_ones() -> None:
    numbering = (
        abstract(1, level(0, "bullet", "\uf06c"))
        + abstract(2, level(0, "bullet", "—"))
        + num(1, 1)
        + num(2, 2)
    )
    body = numbered("甲", 1) + numbered("乙", 2) + numbered("丙", 99)
    assert lines(body, numbering=numbering) == ["• 甲", "— 乙", "丙"]


def test_numbers_stand_in_cells_boxes_and_after_indents() -> None:
    numbering = abstract(1, level(0, "chineseCounting", "%1、")) + num(1, 1)
    first = '<w:ind w:firstLineChars="200"/>'
    body = numbered("甲", 1, 0, first) + table(("名称", "要求"), (numbered("乙", 1), "按时"))
    body += numbered("丙", 1, 0, '<w:ind w:left="640" w:hanging="640"/>')
    assert lines(body, numbering=numbering) == [
        "　　一、甲",
        "名称\t要求",
        "二、乙\t按时",
        "三、丙",
    ]


# What is shown and what is not


def test_deletions_are_left_out_and_insertions_kept() -> None:
    deleted = '<w:del w:id="1" w:author="甲"><w:r><w:delText>不得</w:delText></w:r></w:del>'
    moved = f'<w:moveFrom w:id="4">{run("旧处")}</w:moveFrom>'
    inserted = f'<w:ins w:id="2">{run("应当")}</w:ins><w:moveTo w:id="3">{run("及时")}</w:moveTo>'
    found = read(paragraph(run("社会组织") + deleted + moved + inserted + run("报告。")))
    assert found.text == "社会组织应当及时报告。"
    assert found.notes == (notes.CHANGES,)


def test_a_deleted_paragraph_end_joins_paragraphs_under_the_next_number() -> None:
    numbering = abstract(1, level(0, "decimal", "%1.")) + num(1, 1)
    gone = '<w:rPr><w:del w:id="1"/></w:rPr>'
    body = (
        numbered("甲", 1) + numbered("前半句，", 1, 0, gone) + numbered("后半句。", 1)
        + numbered("丁", 1)
    )  # fmt: skip
    assert lines(body, numbering=numbering) == ["1. 甲", "2. 前半句，后半句。", "3. 丁"]
    last = paragraph("甲") + paragraph("没有下文", gone)
    assert lines(last) == ["甲", "没有下文"]


def test_a_deleted_table_row_is_left_out() -> None:
    rows = table(("名称", "数量"), ("口罩", "1"), ("手套", "2"))
    gone = rows.replace("<w:tr><w:tc><w:p><w:r><w:t xml:space=\"preserve\">手套",
                        "<w:tr><w:trPr><w:del w:id=\"1\"/></w:trPr><w:tc><w:p><w:r>"
                        "<w:t xml:space=\"preserve\">手套")  # fmt: skip
    found = read(gone)
    assert found.text == "名称\t数量\n口罩\t1"
    assert found.notes == (notes.CHANGES,)


@pytest.mark.parametrize(
    "properties",
    ["<w:vanish/>", '<w:vanish w:val="1"/>', '<w:rStyle w:val="unseen"/>'],
)
def test_hidden_text_is_left_out(properties: str) -> None:
    styles = '<w:style w:type="character" w:styleId="unseen"><w:rPr><w:vanish/></w:rPr></w:style>'
    found = read(paragraph(run("可见") + run("不可见", properties) + run("文字")), styles=styles)
    assert found.text == "可见文字"
    assert found.notes == (notes.HIDDEN,)


def test_text_a_style_hides_may_be_shown_again() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="h"><w:rPr><w:vanish/></w:rPr></w:style>'
    named = '<w:pStyle w:val="h"/>'
    body = paragraph("隐去", named) + paragraph(run("仍在", '<w:vanish w:val="0"/>'), named)
    assert read(body, styles=styles).text == "仍在"


def test_a_hidden_paragraph_is_not_counted() -> None:
    numbering = abstract(1, level(0, "decimal", "%1.")) + num(1, 1)
    hidden = numbered(run("不可见", "<w:vanish/>"), 1, 0, "<w:rPr><w:vanish/></w:rPr>")
    assert lines(numbered("甲", 1) + hidden + numbered("乙", 1), numbering=numbering) == [
        "1. 甲",
        "2. 乙",
    ]


def test_fields_show_their_results_and_not_their_codes() -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    code = '<w:r><w:instrText xml:space="preserve"> REF a \\h </w:instrText></w:r>'
    inner = mark("begin") + code + mark("separate") + run("内") + mark("end")
    outer = mark("begin") + code + inner + mark("separate") + run("第三条") + mark("end")
    simple = f'<w:fldSimple w:instr="DATE">{run("2020年1月29日")}</w:fldSimple>'
    body = paragraph(run("按照") + outer + run("办理，") + simple)
    assert read(body).text == "按照第三条办理，2020年1月29日"
    broken = paragraph(run("甲") + mark("begin") + code) + paragraph("以下仍要读到")
    assert lines(broken) == ["甲", "以下仍要读到"]


def test_a_table_of_contents_over_several_paragraphs_is_read() -> None:
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    body = (
        paragraph("目录")
        + paragraph(begin + run("一、总则") + "<w:r><w:tab/></w:r>" + run("1"))
        + paragraph(run("二、附则") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
    )
    content = f"<w:sdt><w:sdtPr/><w:sdtContent>{body}</w:sdtContent></w:sdt>"
    assert lines(content + paragraph("正文")) == ["目录", "一、总则\t1", "二、附则", "正文"]


def test_breaks_tabs_and_signs() -> None:
    inner = (
        '<w:r><w:t>第一行</w:t><w:br/><w:t>第二行</w:t><w:tab/><w:t xml:space="preserve"> 列 </w:t>'
        '<w:noBreakHyphen/><w:softHyphen/><w:sym w:font="Wingdings" w:char="F0FE"/>'
        '<w:sym w:font="宋体" w:char="3007"/><w:t>\uf0a8</w:t><w:cr/><w:t>末</w:t></w:r>'
    )
    assert read(paragraph(inner)).text == "第一行\n第二行\t 列 -☑〇□\n末"


def test_links_annotations_and_ruby_do_not_disturb_the_words() -> None:
    said, base = f"<w:rt>{run('tóng')}</w:rt>", f"<w:rubyBase>{run('同')}</w:rubyBase>"
    ruby = f"<w:r><w:ruby>{said}{base}</w:ruby></w:r>"
    link = f'<w:hyperlink r:id="x">{run("民政部网站")}</w:hyperlink>'
    smart = f"<w:smartTag>{run('北京')}</w:smartTag><m:oMath><m:r><m:t>x+1</m:t></m:r></m:oMath>"
    comment = '<w:commentRangeStart w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>'
    found = read(paragraph(ruby + run("舟") + link + smart + comment))
    assert found.text == "同舟民政部网站北京x+1"
    assert found.notes == (notes.COMMENTS,)


def box(words: str, *, alternative: bool = True) -> str:
    content = f"<w:txbxContent>{paragraph(words)}</w:txbxContent>"
    fallback = f"<w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict>"
    if not alternative:
        return f"<w:r>{fallback}</w:r>"
    choice = (
        f"<w:drawing><wp:anchor><a:graphic><a:graphicData><wps:wsp><wps:txbx>{content}</wps:txbx>"
        "</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
    )
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{choice}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent></w:r>"
    )


@pytest.mark.parametrize("alternative", [True, False])
def test_text_boxes_are_read_once(alternative: bool) -> None:
    body = paragraph(box("某市民政局文件", alternative=alternative) + run("某民发〔2020〕1号"))
    body += paragraph("正文") + paragraph(run("段落") + box("旁注", alternative=alternative))
    found = read(body)
    assert found.text == "某市民政局文件\n某民发〔2020〕1号\n正文\n段落\n旁注"
    assert found.notes == (notes.BOXES,)


def test_a_box_counts_for_itself() -> None:
    numbering = abstract(1, level(0, "chineseCounting", "%1、")) + num(1, 1)
    inner = paragraph(run("段") + box("换")).replace(paragraph("换"), numbered("框", 1) * 2)
    body = numbered("甲", 1) + inner + numbered("乙", 1)
    found = lines(body, numbering=numbering)
    assert found == ["一、甲", "段", "一、框", "二、框", "二、乙"]


def test_pictures_and_objects_are_named() -> None:
    picture = (
        "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic/></a:graphicData>"
        "</a:graphic></wp:inline></w:drawing></w:r>"
    )
    old = "<w:r><w:pict><v:shape><v:imagedata/></v:shape></w:pict></w:r>"
    chart = (
        '<w:r><w:drawing><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/'
        'chart"/></w:drawing></w:r>'
    )
    embedded = "<w:r><w:object><v:shape><v:imagedata/></v:shape></w:object></w:r>"
    assert read(paragraph(run("甲") + picture + old)).notes == (
        "文件里有 2 张图片，图片中的文字没有读入。",
    )
    assert read(paragraph(run("甲") + chart + embedded)).notes == (notes.OBJECTS,)


def test_footnotes_stand_behind_the_text_with_their_mark() -> None:
    footnotes = (
        f'<w:footnote w:type="separator" w:id="-1">{paragraph("——")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph("见第二号文。")}</w:footnote>'
        f'<w:footnote w:id="3">{paragraph("见第三号文。") + paragraph("另见附件。")}</w:footnote>'
    )
    endnotes = f'<w:endnote w:id="2">{paragraph("尾注。")}</w:endnote>'
    mark = '<w:r><w:{}Reference w:id="{}"/></w:r>'
    body = paragraph(run("甲") + mark.format("footnote", 3) + run("乙") + mark.format("endnote", 2))
    body += paragraph(run("丙") + mark.format("footnote", 2) + mark.format("footnote", 99))
    found = read(body, footnotes=footnotes, endnotes=endnotes)
    assert found.text == (
        "甲[1]乙[2]\n丙[3]\n\n[1] 见第三号文。 另见附件。\n[2] 尾注。\n[3] 见第二号文。"
    )
    assert found.notes == (notes.FOOTNOTES,)


def test_headers_are_left_out_and_named_unless_they_only_count_pages() -> None:
    body = paragraph("正文")
    assert read(body, header=paragraph("内部资料")) == Received(
        "正文", "docx", (), (notes.RUNNING,)
    )
    assert read(body, header=paragraph("— 3 —") + paragraph("第 1 页 共 9 页")).notes == ()


# Tables


def test_a_table_is_read_by_rows_and_its_place_told() -> None:
    inner = table(("内甲", "内乙"), ("内丙", "内丁"))
    body = paragraph("前") + table(
        ("单位", "物资", "数量"),
        ("甲局", paragraph("口罩") + paragraph("手套"), "1"),
        ("乙局", inner + paragraph(""), ""),
    )
    found = read(body + paragraph("后"))
    start, end = found.tables[0]
    assert found.text[start:end] == (
        "单位\t物资\t数量\n甲局\t口罩 手套\t1\n乙局\t内甲 内乙 内丙 内丁\n"
    )
    assert found.text == f"前\n{found.text[start:end]}后"


def test_merged_cells_are_read_once() -> None:
    rows = table(("地区", "市"), ("广东", "广州"), ("广东", "深圳"))
    first = '<w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>'
    later = "<w:tc><w:tcPr><w:vMerge/></w:tcPr>"
    cell = paragraph("广东")
    rows = rows.replace(f"<w:tc>{cell}", first + cell, 1).replace(f"<w:tc>{cell}", later + cell, 1)
    assert read(rows).text == "地区\t市\n广东\t广州\n\t深圳"


@pytest.mark.parametrize(
    "rows",
    [
        (("一、加强领导。",),),
        (("一、加强领导。",), ("二、按时报告。",)),
        (("", "一、加强领导。"), ("", "二、按时报告。")),
        (("说明", paragraph("一、加强领导。") + paragraph(LONG) * 8), ("备注", "二、按时报告。")),
    ],
    ids=["one cell", "one column", "an empty column", "a cell with the body"],
)
def test_a_table_that_only_arranges_the_page_is_body(rows: tuple[tuple[str, ...], ...]) -> None:
    found = read(paragraph("关于做好工作的通知") + table(*rows))
    assert found.tables == ()
    labels = [clause.label for clause in parse(found.text).clauses]
    assert labels[0] == "一、"


def test_joint_letterheads_and_signatures_are_no_tables() -> None:
    head = table((paragraph("某市民政局") + paragraph("某市财政局"), "文件"), framed=True)
    sign = table(("某市民政局", "某市财政局"), ("2020年1月29日", "2020年1月29日"), framed=False)
    found = read(head + paragraph("正文") + sign)
    assert found.tables == ()
    assert found.text.split("\n") == [
        "某市民政局 某市财政局 文件",
        "正文",
        "某市民政局\t某市财政局",
        "2020年1月29日\t2020年1月29日",
    ]


def test_a_style_may_draw_the_lines_of_a_table() -> None:
    written_by_library = python_docx.Document()
    made = written_by_library.add_table(2, 2)
    made.style = "Table Grid"
    for place, words in enumerate(("名称", "数量", "口罩", "1")):
        made.cell(place // 2, place % 2).text = words
    target = io.BytesIO()
    written_by_library.save(target)
    found = read_document(target.getvalue(), "表.docx")
    assert [found.text[start:end] for start, end in found.tables] == ["名称\t数量\n口罩\t1"]


# Packages


def test_other_editions_and_places_of_the_parts_are_read() -> None:
    strict = docx(paragraph("正文"), namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert read_document(strict).text == "正文"
    moved = zipped(
        {
            "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            b'relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/'
            b'officeDocument/2006/relationships/officeDocument" Target="/word/other.xml"/>'
            b"</Relationships>",
            "[Content_Types].xml": b"<Types/>",
            "word/other.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/'
            'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>正文</w:t></w:r></w:p></w:body>'
            "</w:document>".encode(),
        }
    )
    assert read_document(moved, "无扩展名").text == "正文"


def test_a_document_saved_as_one_xml_file_is_read() -> None:
    numbering = abstract(1, level(0, "chineseCounting", "%1、")) + num(1, 1)
    with zipfile.ZipFile(io.BytesIO(docx(numbered("甲", 1), numbering=numbering))) as archive:
        parts = "".join(
            f'<pkg:part pkg:name="/{name}"><pkg:xmlData>'
            f"{archive.read(name).decode().partition('?>')[2]}</pkg:xmlData></pkg:part>"
            for name in archive.namelist()
            if not name.startswith("[")
        )
    flat = (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?><pkg:package '
        f'xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{parts}</pkg:package>'
    )
    found = read_document(flat.encode(), "通知.doc")
    assert (found.text, found.format) == ("一、甲", "docx")
    with pytest.raises(Refusal):
        read_document(flat.replace("?><pkg", "?><!DOCTYPE x><pkg", 1)[:-30].encode())


def test_the_same_file_gives_the_same_text() -> None:
    data = docx(table(("甲", "乙"), ("丙", "丁")) + paragraph(box("框") + run("字")))
    assert read_document(data) == read_document(data)


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read(paragraph("") + paragraph("\u200b\u3000"))
    assert caught.value.code == "document_empty"
