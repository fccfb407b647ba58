"""The PDF, looked at character by character: 22 lines of 28, 37 and 28 mm, nothing spliced in."""

import ctypes
import re
from collections import defaultdict
from pathlib import Path

import pypdfium2
import pypdfium2.raw
import pytest

from tongzhou.modules.directives.rules.exports.document import ExportDocument
from tongzhou.modules.directives.rules.exports.pdf import write_pdf
from tongzhou.modules.directives.tests.exporting import FULL, guangzhou, made, ministry
from tongzhou.modules.directives.tests.layouts import chinese

POINT = 25.4 / 72  # mm
PITCH = 225 / 22
_DUTY = "认真做好工作，" * 20
LONG = "".join(f"{n}.各单位要落实第{chinese(n)}项措施，{_DUTY}不得延误。\n" for n in range(1, 30))


class Page:
    """A page as it is drawn: its lines from the top, in mm."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        text = page.get_textpage()
        height = page.get_height()
        x, y = ctypes.c_double(), ctypes.c_double()
        rows: dict[float, list[tuple[float, str]]] = defaultdict(list)
        for index in range(text.count_chars()):
            char = text.get_text_range(index, 1)
            if char.strip():
                pypdfium2.raw.FPDFText_GetCharOrigin(text.raw, index, x, y)
                rows[round((height - y.value) * POINT, 1)].append((x.value * POINT, char))
        lines = sorted(rows.items())
        self.lines = [(at, "".join(c for _, c in row), row) for at, row in lines]
        self.body = [line for line in self.lines if line[0] < 262]
        self.foot = [line for line in self.lines if line[0] >= 262]

    def at(self, words: str) -> tuple[float, str, list[tuple[float, str]]]:
        return next(line for line in self.body if words in line[1])


def pages(document: ExportDocument) -> list[Page]:
    return [Page(each) for each in pypdfium2.PdfDocument(write_pdf(document))]


@pytest.fixture(scope="module")
def full() -> list[Page]:
    return pages(made(FULL))


@pytest.fixture(scope="module")
def long() -> list[Page]:
    return pages(
        made(f"关于落实措施的通知\n各单位：\n现通知如下：\n{LONG}某市民政局\n2021年1月5日\n")
    )


def test_a_full_page_has_22_lines_of_28_characters(long: list[Page]) -> None:
    for page in long[1:-1]:
        assert len(page.body) == 22
        steps = [
            after[0] - before[0] for before, after in zip(page.body, page.body[1:], strict=False)
        ]
        assert steps == pytest.approx([PITCH] * 21, abs=0.15)
        assert max(len(line[1]) for line in page.body) == 28
        full_line = next(line for line in page.body if len(line[1]) == 28)
        assert full_line[2][0][0] == pytest.approx(28, abs=0.2)
        assert full_line[2][-1][0] + 156 / 28 == pytest.approx(28 + 156, abs=0.3)
        # The first line is 16 pt high and begins at 37 mm; its characters stand 0.88 em below.
        assert page.body[0][0] == pytest.approx(37 + 0.88 * 16 * POINT, abs=0.2)


def test_no_line_begins_with_a_closing_sign_or_ends_with_an_opening_one(long: list[Page]) -> None:
    for page in [*long, *pages(ministry())]:
        for _, words, _ in page.body:
            assert words[0] not in "，。、；：！？）》”"
            assert words[-1] not in "（《“"


def test_page_numbers_stand_outside_one_character_in(long: list[Page]) -> None:
    for number, page in enumerate(long, 1):
        ((_, words, row),) = page.foot
        assert words == f"—{number}—"
        if number % 2:
            # The last dash ends 14 pt off the edge; it is 10 to 14 pt wide, as the font has it.
            assert 28 + 156 - 28 * POINT <= row[-1][0] <= 28 + 156 - 23 * POINT
        else:
            assert row[0][0] == pytest.approx(28 + 14 * POINT, abs=0.5)


def test_red_head_title_and_first_lines_stand_on_the_grid(full: list[Page]) -> None:
    first = full[0]
    mark = first.at("某省民政厅文件")
    assert mark[0] == pytest.approx(37 + 35 + 0.88 * 46 * POINT, abs=0.5)
    top = 37 + 0.88 * 16 * POINT
    for words in ("某民发〔2021〕12号", "各市、县", "一、提高思想认识"):
        lines_down = (first.at(words)[0] - top) / PITCH
        assert lines_down == pytest.approx(round(lines_down), abs=0.03), words


def test_a_level_one_heading_is_never_the_last_line_of_a_page(long: list[Page]) -> None:
    for lines in range(14, 26):
        text = "".join(f"{n}.做好第{chinese(n)}项工作。\n" for n in range(1, lines))
        document = made(
            f"关于工作的通知\n一、总体安排\n{text}二、保障措施\n1.加强领导。\n2.落实经费。\n"
        )
        for page in pages(document):
            assert "二、保障措施" not in page.body[-1][1]


def test_a_signature_never_stands_on_a_page_of_its_own() -> None:
    for lines in range(12, 24):
        text = "".join(f"{chinese(n)}、做好第{n}项工作。\n" for n in range(1, lines))
        found = pages(made(f"关于工作的通知\n各单位：\n{text}某市民政局\n2021年1月5日\n"))
        signed = next(
            page for page in found if any("2021年1月5日" in line[1] for line in page.body)
        )
        assert any("做好第" in line[1] for line in signed.body), lines


def test_date_four_characters_from_the_right_and_issuers_centred_above(full: list[Page]) -> None:
    page = next(each for each in full if any(line[1] == "2021年1月5日" for line in each.body))
    day = page.at("2021年1月5日")[2]
    right = day[-1][0] + 16 * POINT
    assert right == pytest.approx(28 + 156 - 4 * 156 / 28, abs=0.5)
    middle = (day[0][0] + right) / 2
    issuer = page.at("某省卫生健康委员会")[2]
    assert (issuer[0][0] + issuer[-1][0] + 16 * POINT) / 2 == pytest.approx(middle, abs=0.5)


def test_attachments_begin_on_pages_of_their_own(full: list[Page]) -> None:
    for mark in ("附件1", "附件2", "附件3"):
        page = next(each for each in full if each.body[0][1] == mark)
        assert page.body[0][2][0][0] == pytest.approx(28, abs=0.2)
        assert page.body[1][0] - page.body[0][0] > 1.5 * PITCH  # one line is left free


def test_copies_stand_at_the_foot_of_the_last_page(full: list[Page]) -> None:
    last = full[-1]
    assert last.body[-1][1] == "某省民政厅办公室2021年1月5日印发"
    assert last.body[-1][0] > 255


def test_a_corrected_word_has_a_note_at_the_foot() -> None:
    words = ["".join(line[1] for line in page.lines) for page in pages(ministry())]
    page = next(each for each in words if "对年检" in each)
    assert "原文作“年龄”，应读作“年检”。文字识别之误。" in page
    assert not any("对年龄" in each for each in words)


def test_no_text_is_read_as_markup() -> None:
    hostile = "#panic(1) $x^2$ *粗* _斜_ `码` @名 <签> \\u{41} #set text(red) // 注 [内容]"
    document = made(
        f"关于测试的通知\n一、总则\n1.要照写{hostile}。\n2.好。\n", title=f"通知{hostile}"
    )
    words = "".join("".join(line[1] for line in page.body) for page in pages(document))
    assert words.count("".join(hostile.split())) == 2


def test_characters_without_a_glyph_are_shown_as_missing() -> None:
    document = made("关于测试的通知\n一、总则\n1.要用😀和𠮷。\n2.人名镕喆堃昇珺璟祎赟。\n")
    data = write_pdf(document)
    words = "".join("".join(line[1] for line in page.body) for page in pages(document))
    assert "要用〓和〓。" in words
    assert "人名镕喆堃昇珺璟祎赟。" in words
    assert b"<pdfaid:part>2</pdfaid:part>" in data


def test_the_file_is_archival_and_says_what_it_is() -> None:
    document = guangzhou()
    data = write_pdf(document)
    assert b"<pdfaid:part>2</pdfaid:part>" in data
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in data
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert re.search(rb"/Lang\s*\(zh", data)
    told = pypdfium2.PdfDocument(data).get_metadata_dict()
    assert told["Title"] == document.title
    assert told["Author"] == "广州市社会组织管理局, 广州市社会组织党委"
    assert document.urn in told["Subject"]
    assert document.sha256 in told["Subject"]
    assert "2023-01-09T09:30:00+08:00" in told["Subject"]


def test_the_outline_leads_to_the_headings() -> None:
    file = pypdfium2.PdfDocument(write_pdf(ministry()))
    titles = [(each.level, each.get_title()[:2]) for each in file.get_toc()]
    assert (1, "一、") in titles
    assert titles[0][0] == 0


def test_folders_of_a_site_may_be_missing_or_empty(tmp_path: Path) -> None:
    plain = write_pdf(guangzhou())
    assert write_pdf(guangzhou(), fonts=[tmp_path, tmp_path / "none"]) == plain
