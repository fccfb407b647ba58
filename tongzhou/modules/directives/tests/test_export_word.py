"""The .docx: laid out as GB/T 9704 asks, and the same tree when it is read again."""

import io
import zipfile
from datetime import date
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Emu
from lxml import etree

from tongzhou.modules.directives.rules import parse
from tongzhou.modules.directives.rules.exports.document import ExportDocument
from tongzhou.modules.directives.rules.exports.word import write_docx
from tongzhou.modules.directives.rules.intake import read_document
from tongzhou.modules.directives.rules.passages import Passage, passages
from tongzhou.modules.directives.rules.typeset import typeset
from tongzhou.modules.directives.tests.exporting import (
    FULL,
    GENRE,
    every,
    guangzhou,
    made,
    ministry,
)
from tongzhou.modules.directives.tests.layouts import SCHEMES, make_up, one_line

Tree = list[tuple[str, int, str, str]]
#: No directives: a press report, which is signed when it is handed out, and a page that is one
#: table, which a reader of .docx takes for a table that only arranges the page.
_NO_DIRECTIVES = {
    "report of an authority on its own work",
    "list of an authority in a table with long cells",
}


def squeezed(text: str) -> str:
    return "".join(text.split())


def tree(found: tuple[Passage, ...] | list[Passage], document: ExportDocument | None) -> Tree:
    """Return label, level, address and words of every clause, as readers see them."""
    return [
        (
            typeset(each.label),
            each.level,
            each.address,
            squeezed(document.reading(each) if document else typeset(each.text)),
        )
        for each in found
        if each.kind == "ITEM"
    ]


def parents(found: tuple[Passage, ...] | list[Passage]) -> list[str | None]:
    return [
        found[each.parent].address if each.parent is not None else None
        for each in found
        if each.kind == "ITEM"
    ]


def again(document: ExportDocument) -> None:
    """Hand a document out as .docx, read it, and find the same tree."""
    received = read_document(write_docx(document), "文件.docx")
    read = parse(received.text, tables=received.tables)
    found = passages(read)
    assert tree(found, None) == tree(document.passages, document)
    assert parents(found) == parents(document.passages)


@pytest.mark.parametrize("document", [ministry(), guangzhou(), made(FULL)], ids=lambda d: d.urn)
def test_a_directive_comes_back_with_its_tree_and_its_head(document: ExportDocument) -> None:
    again(document)
    received = read_document(write_docx(document), "文件.docx")
    read = parse(received.text, tables=received.tables)
    assert squeezed(read.title or "") == squeezed(document.title)
    assert (read.doc_number or "") == document.doc_number
    assert squeezed(read.issuer or "") == squeezed(document.issuer).replace("、", "")
    assert date.fromisoformat(read.date or "") == document.issued_on
    assert read.recipients == [typeset(each) for each in document.recipients]
    assert [each.title for each in read.attachments] == [
        typeset(each.title) for each in document.attachments
    ]


@pytest.mark.parametrize(
    "case", [each for each in GENRE if each["name"] not in _NO_DIRECTIVES], ids=lambda c: c["name"]
)
def test_every_habit_of_the_genre_comes_back(case: dict[str, str]) -> None:
    again(made(case["text"]))


@pytest.mark.parametrize("scheme", SCHEMES, ids="-".join)
@pytest.mark.parametrize("stops", [False, True])
def test_made_up_documents_come_back(scheme: tuple[str, ...], stops: bool) -> None:
    for seed in range(2):
        lines = make_up(seed, run_on=bool(seed), scheme=scheme, stops=stops).lines
        again(made("\n".join(lines)))
        again(made(one_line("\n".join(lines))))


def opened(document: ExportDocument) -> Any:
    return docx.Document(io.BytesIO(write_docx(document)))


def test_page_and_lines_are_those_of_the_standard() -> None:
    file = opened(made(FULL))
    section = file.sections[0]
    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.1)
    margins = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    assert [each.mm for each in margins] == pytest.approx([37, 28, 26, 35], abs=0.1)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "lines"
    pitch = int(grid.get(qn("w:linePitch"))) / 20
    text_height = Emu(section.page_height - section.top_margin - section.bottom_margin).pt
    assert int(text_height / pitch) == 22
    body = file.styles["公文正文"]
    spacing = int(body.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    text_width = Emu(section.page_width - section.left_margin - section.right_margin).pt
    assert int(text_width / (body.font.size.pt + spacing)) == 28
    assert body.paragraph_format.line_spacing.pt == pitch
    assert body.paragraph_format.first_line_indent.pt == pytest.approx(2 * (16 + spacing))


def test_faces_and_sizes_are_those_of_the_standard() -> None:
    file = opened(made(FULL))
    for style, font, size in (
        ("公文正文", "仿宋_GB2312", 16),
        ("公文标题", "方正小标宋简体", 22),
        ("公文一级标题", "黑体", 16),
        ("公文二级标题", "楷体_GB2312", 16),
        ("公文页码", "宋体", 14),
        ("版记", "仿宋_GB2312", 14),
    ):
        found = file.styles[style]
        names = found.element.rPr.find(qn("w:rFonts"))
        assert {names.get(qn(f"w:{name}")) for name in ("eastAsia", "ascii", "hAnsi")} == {font}
        assert found.font.size.pt == size
    with zipfile.ZipFile(io.BytesIO(write_docx(made(FULL)))) as archive:
        table = archive.read("word/fontTable.xml").decode()
    assert 'w:name="仿宋_GB2312"' in table.replace("'", '"')
    assert "FangSong" in table


def test_parts_stand_where_the_standard_puts_them() -> None:
    file = opened(made(FULL))
    lines = {each.text: each for each in file.paragraphs if each.text}
    assert lines["某省民政厅文件"].style.font.color.rgb is not None
    number = lines["某民发〔2021〕12号"]
    assert number._p.pPr.find(qn("w:pBdr")) is not None
    day = lines["2021年1月5日"].paragraph_format
    assert day.right_indent.pt == pytest.approx(4 * 15.75)
    assert lines["某省民政厅"].paragraph_format.keep_with_next
    assert lines["附件1"].paragraph_format.page_break_before
    assert "附件：1. 全省社会组织疫情防控工作指引（第二版）" in lines
    assert lines["（二）强化会商研判"].style.name == "公文二级标题"
    assert [table.cell(0, 0).text for table in file.tables] == ["序号", "类别", _COPIES]
    odd, even = file.sections[0].footer, file.sections[0].even_page_footer
    assert odd.paragraphs[0].text == even.paragraphs[0].text == "— 1 —"
    assert (odd.paragraphs[0].alignment, even.paragraphs[0].alignment) == (2, 0)


_COPIES = "抄送：省委组织部，省应对疫情工作领导小组办公室，各市人民政府办公室。"


def test_a_correction_is_a_comment_and_the_origin_is_in_the_properties() -> None:
    document = ministry()
    file = opened(document)
    (comment,) = file.comments
    assert comment.text == "原文作“年龄”，应读作“年检”。文字识别之误。"
    assert "年龄" not in "".join(each.text for each in file.paragraphs)
    told = file.core_properties
    assert told.title == document.title
    assert told.keywords == document.urn
    assert told.version == "2020-01-29"
    for part in (document.urn, document.sha256, "测试用文件", "2023-01-09T09:30:00+08:00"):
        assert part in told.comments


def test_characters_no_xml_holds_are_left_out_instead_of_breaking_the_file() -> None:
    document = made("关于测试的通知\n一、总则\n1.要\x0b写\x01好。\n2.好。\n", title="通\x00知\x0c")
    file = opened(document)
    assert any("要" in each.text for each in file.paragraphs)


@pytest.mark.parametrize("document", every()[:3], ids=lambda each: each.urn)
def test_properties_stand_in_the_order_of_the_schema(document: ExportDocument) -> None:
    """Word refuses files whose properties stand in another order."""
    order = ["keepNext", "pageBreakBefore", "widowControl", "pBdr", "overflowPunct", "autoSpaceDE"]
    order += ["autoSpaceDN", "snapToGrid", "spacing", "ind", "jc", "outlineLvl"]
    with zipfile.ZipFile(io.BytesIO(write_docx(document))) as archive:
        roots = [etree.fromstring(archive.read(f"word/{n}.xml")) for n in ("document", "styles")]
    for root in roots:
        for properties in root.iter(qn("w:pPr")):
            names = [etree.QName(each).localname for each in properties]
            places = [order.index(name) for name in names if name in order]
            assert places == sorted(places), names
