"""The text layer of a PDF is read as a reader's eye goes over the page."""

import io
import os
import sys
import textwrap
from pathlib import Path

import pypdfium2
import pytest
from pypdfium2 import raw

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.rules import parse, read_document
from tongzhou.modules.directives.rules.intake import notes, refusals
from tongzhou.modules.directives.rules.intake.pdf import glyphs
from tongzhou.modules.directives.rules.intake.pdf.glyphs import Glyph
from tongzhou.modules.directives.rules.intake.pdf.rows import rows_of
from tongzhou.modules.directives.rules.intake.process import Halted, run
from tongzhou.modules.directives.rules.intake.symbols import plain
from tongzhou.modules.directives.tests.renderings import PAGE, pdf

SENTENCE = "各单位要高度重视，压实责任，细化措施，确保2020年2月1日前完成97.5%以上的任务。"
BODY = f"{SENTENCE * 3}\n\n{SENTENCE * 2}"


def refusal(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_document(data, "通知.pdf")
    assert caught.value.way_out
    assert caught.value.field == "file"
    return caught.value


def changed(data: bytes, change: object) -> bytes:
    """Return a PDF after ``change`` (a function of the open document)."""
    with pypdfium2.PdfDocument(data) as document:
        change(document)  # type: ignore[operator]  # any function of it
        target = io.BytesIO()
        document.save(target)
    return target.getvalue()


def picture_page(document: pypdfium2.PdfDocument) -> None:
    """Add a page that is one picture."""
    page = document.new_page(595, 842)
    bitmap = pypdfium2.PdfBitmap.new_native(60, 80, raw.FPDFBitmap_BGR)
    bitmap.fill_rect((200, 200, 200, 255), 0, 0, 60, 80)
    image = pypdfium2.PdfImage.new(document)
    image.set_bitmap(bitmap)
    image.set_matrix(pypdfium2.PdfMatrix().scale(595, 842))
    page.insert_obj(image)
    page.gen_content()


# Paragraphs


def test_lines_are_joined_and_page_counters_left_out() -> None:
    found = read_document(pdf("\n\n".join([SENTENCE * 12] * 4)), "通知.pdf")
    assert found.text.split("\n") == [f"　　{SENTENCE * 12}"] * 4
    assert found.notes == ()


def test_paragraphs_that_only_a_gap_parts_stay_apart() -> None:
    page = PAGE.replace("(amount: 2em, all: true)", "0em").replace("spacing: 0.8em", "spacing: 2em")
    full = "甲" * 26  # the line is full to the edge
    found = read_document(pdf(f"{full * 2}\n\n{full}\n\n{SENTENCE * 3}", page), "通知.pdf")
    assert [line for line in found.text.split("\n") if line] == [full * 2, full, SENTENCE * 3]


def test_lines_of_a_short_document_stay_apart() -> None:
    words = [
        "一、甲乙丙",
        "1、理事会由会长召集。",
        "2会长会议由会长牵头。",
        "第二条之一 照办。",
        "二、丁",
    ]
    found = read_document(pdf("\n\n".join(words)), "通知.pdf")
    assert [line.strip("　") for line in found.text.split("\n")] == words


def test_a_page_left_unfilled_parts_what_stands_before_and_behind() -> None:
    found = read_document(pdf(f"{SENTENCE}\n\n2020年1月29日\n#pagebreak()\n{SENTENCE}"), "通知.pdf")
    assert found.text.split("\n")[1:3] == ["　　2020年1月29日", ""]


def test_running_heads_are_left_out_and_named() -> None:
    page = "#set page(header: [内部资料　注意保存])\n" + PAGE.replace(
        "footer: context", "header: [内部资料　注意保存], footer: context"
    )
    found = read_document(pdf(SENTENCE * 60, page), "通知.pdf")
    assert found.text == f"　　{SENTENCE * 60}"
    assert found.notes == (notes.RUNNING,)


def test_what_browsers_print_around_a_page_is_left_out() -> None:
    edge = "#text(8pt)[2020/1/29 16:05#h(4em)某市民政局]"
    foot = "#text(8pt)[https:\\//www.example.gov.cn/art/1.html#h(1fr)1/1]"
    page = (
        f"#set page(margin: (y: 12mm), header: [{edge}], footer: [{foot}], header-ascent: 0mm, "
        "footer-descent: 0mm)\n" + PAGE.split("\n", 2)[2]
    )
    found = read_document(
        pdf(f"您现在的位置：首页\n\n{BODY}\n\n（一）强化技术支持。\n\n版权所有：某市民政局", page),
        "网页.pdf",
    )
    assert [line.strip("　") for line in found.text.split("\n")] == [
        *BODY.split("\n\n"),
        "（一）强化技术支持。",
    ]
    assert found.notes == (notes.RUNNING, notes.SITE)


def test_a_number_in_the_middle_of_a_page_is_no_counter() -> None:
    found = read_document(pdf(f"{SENTENCE}\n\n2020\n\n{SENTENCE}"), "通知.pdf")
    assert "2020" in found.text.replace("　", "").split("\n")


def test_two_columns_are_read_one_after_the_other() -> None:
    left, right = SENTENCE * 5, "乙" * 150
    page = PAGE.replace("16pt", "10pt").replace("(amount: 2em, all: true)", "0em")
    source = f"#columns(2)[{left}\n#colbreak()\n{right}]"
    text = read_document(pdf(source, page), "通知.pdf").text.replace("\n", "").replace(" ", "")
    assert left.replace(" ", "") in text
    assert "乙" * 150 in text


def test_words_lose_no_spaces_and_chinese_gains_none() -> None:
    source = "登录 China Charity Federation 网站，使用 Excel 2016 版“附件 1”填报"
    found = read_document(pdf(source), "通知.pdf")
    assert "China Charity Federation" in found.text
    assert "Excel 2016" in found.text
    spaced = read_document(pdf("#text(tracking: 0.3em)[高度重视压实责任]"), "通知.pdf")
    assert spaced.text.strip("　") == "高度重视压实责任"


def test_raised_characters_stay_in_their_row() -> None:
    found = read_document(pdf("占地100m#super[2]以上的#sub[注]场所"), "通知.pdf")
    assert found.text.strip("　") == "占地100m2以上的注场所"


def test_ligatures_and_radicals_become_ordinary_letters() -> None:
    assert [plain(code) for code in (0xFB01, 0x2F42, 0x2ED3, 0xF92C, 0x6C11)] == [
        "fi", "文", "长", "郎", "民",
    ]  # fmt: skip
    assert read_document(pdf("office ﬁle"), "通知.pdf").text.strip("　") == "office file"


def test_a_character_drawn_twice_is_read_once() -> None:
    def glyph(char: str, left: float) -> Glyph:
        return Glyph(char, left, 0, left + 10, 10, 2)

    bold = [glyph("重", 0), glyph("重", 0.4), glyph("要", 10), glyph("要", 10.4), glyph("要", 20)]
    assert [row.text for row in rows_of(bold)] == ["重要要"]


def test_far_pieces_of_a_row_are_parted_by_a_tab() -> None:
    found = read_document(pdf("某市民政局#h(5em)某市财政局"), "通知.pdf")
    assert found.text.strip("　") == "某市民政局\t某市财政局"


# Turned and slanted


@pytest.mark.parametrize("quarter", [90, 180, 270])
def test_a_page_shown_turned_is_read(quarter: int) -> None:
    straight = read_document(pdf(BODY), "通知.pdf")

    def turn(document: pypdfium2.PdfDocument) -> None:
        for page in document:
            page.set_rotation(quarter)

    assert read_document(changed(pdf(BODY), turn), "通知.pdf").text == straight.text


@pytest.mark.parametrize("quarter", [90, 180, 270])
def test_text_drawn_turned_on_the_page_is_read(quarter: int) -> None:
    box = f"#rotate({quarter}deg, reflow: true, box(width: 400pt)[{BODY}])"
    straight = read_document(pdf(f"#box(width: 400pt)[{BODY}]"), "通知.pdf").text
    assert "".join(read_document(pdf(box), "通知.pdf").text.split()) == "".join(straight.split())


def test_a_watermark_is_left_out_and_named() -> None:
    page = PAGE.replace(
        "footer: context", "background: rotate(35deg, text(60pt)[内部使用]), footer: context"
    )
    found = read_document(pdf(BODY, page), "通知.pdf")
    assert "内部使用" not in found.text
    assert found.notes == (notes.SLANTED,)


# Tables


def test_a_ruled_table_is_read_by_rows() -> None:
    source = f"""{SENTENCE}

#table(columns: (3cm, 4cm, 4cm), [单位], [物资], [数量],
  [某某区民政局社会组织管理科], [口罩、手套和消毒液等防疫物资], [100], [乙局], [], [2])

{SENTENCE}"""
    found = read_document(pdf(source), "通知.pdf")
    ((start, end),) = found.tables
    assert found.text[start:end] == (
        "单位\t物资\t数量\n某某区民政局社会组织管理科\t口罩、手套和消毒液等防疫物资\t100\n"
        "乙局\t\t2\n"
    )
    assert found.text.count(SENTENCE) == 2


def test_merged_cells_of_a_ruled_table_are_read_once() -> None:
    source = """#table(columns: (3cm, 4cm, 3cm), [地区], table.cell(colspan: 2)[物资和数量],
  table.cell(rowspan: 2)[广东], [口罩], [1], [手套], [2])"""
    found = read_document(pdf(SENTENCE + "\n\n" + source), "通知.pdf")
    ((start, end),) = found.tables
    assert found.text[start:end].split("\n")[:3] == [
        "地区\t物资和数量",
        "广东\t口罩\t1",
        "\t手套\t2",
    ]


def test_a_table_that_goes_on_over_the_page_is_one() -> None:
    cells = ", ".join(f"[第{place}行], [内容{place}]" for place in range(40))
    found = read_document(pdf(f"{SENTENCE}\n\n#table(columns: 2, {cells})"), "通知.pdf")
    ((start, end),) = found.tables
    assert len(found.text[start:end].strip().split("\n")) == 40


def test_a_frame_around_the_body_is_no_table() -> None:
    source = f"#rect(width: 100%)[一、加强领导。{SENTENCE}\n\n二、按时报告。{SENTENCE}]"
    found = read_document(pdf(source), "通知.pdf")
    assert found.tables == ()
    assert [clause.label for clause in parse(found.text).clauses] == ["一、", "二、"]


# What cannot be read


def test_a_scan_is_refused_with_the_way_out() -> None:
    document = pypdfium2.PdfDocument.new()
    picture_page(document)
    target = io.BytesIO()
    document.save(target)
    document.close()
    found = refusal(target.getvalue())
    assert found.code == "document_scanned"
    assert "OCR" in found.way_out


def test_scanned_pages_among_others_are_named() -> None:
    def add(document: pypdfium2.PdfDocument) -> None:
        picture_page(document)
        picture_page(document)

    found = read_document(changed(pdf(BODY), add), "通知.pdf")
    assert SENTENCE in found.text
    assert found.notes == (notes.note(notes.SCANNED, pages="2、3"),)


def test_an_encrypted_pdf_is_named() -> None:
    # The standard security handler with a user password (ISO 32000-1, 7.6.3); no key is known.
    body = textwrap.dedent(
        """\
        %PDF-1.4
        1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
        2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
        3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj
        4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<{owner}>/U<{user}>>>endobj
        trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<01><01>]/Size 5>>
        """
    ).format(owner="11" * 32, user="22" * 32)
    assert refusal(body.encode()).code == "document_encrypted"


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_a_pdf_cut_short_is_broken(share: float) -> None:
    whole = pdf(BODY)
    found = refusal(whole[: int(len(whole) * share)])
    assert found.code in ("document_broken", "document_scanned", "document_empty")


def test_a_blank_pdf_is_empty() -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    target = io.BytesIO()
    document.save(target)
    document.close()
    assert refusal(target.getvalue()).code in ("document_scanned", "document_empty")


def test_too_many_pages_are_refused() -> None:
    document = pypdfium2.PdfDocument.new()
    for _ in range(refusals.MOST_PAGES + 1):
        document.new_page(99, 99)
    target = io.BytesIO()
    document.save(target)
    document.close()
    found = refusal(target.getvalue())
    assert found.code == "document_too_large"
    assert str(refusals.MOST_PAGES) in str(found)


def test_pdf_characters_without_meaning_are_refused() -> None:
    source = "\ue123\ue124\ue125" * 60 + "甲"
    body = pdf(f'#text(font: "Noto Serif SC", fallback: true)[{source}]')
    assert refusal(body).code in ("document_garbled", "document_empty")


# The process of its own


def test_a_crash_of_the_reader_costs_only_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    crash = "import os, sys; sys.stdin.buffer.read(); os.abort()"
    monkeypatch.setattr(glyphs, "COMMAND", (sys.executable, "-I", "-c", crash))
    assert refusal(b"%PDF-1.7").code == "document_broken"


def test_a_reader_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "COMMAND", (sys.executable, "-I", "-c", "while True: pass"))
    monkeypatch.setattr(glyphs, "SECONDS", 0.3)
    assert refusal(b"%PDF-1.7").code == "document_too_slow"


def test_a_program_that_floods_is_stopped() -> None:
    flood = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(Halted):
        run((sys.executable, "-I", "-c", flood), seconds=30, most=1 << 20)


def test_what_a_stopped_program_started_is_stopped_too() -> None:
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(60)'],"
        " stdout=subprocess.DEVNULL)\n"
        "print(child.pid)\n"
    )
    _, out = run((sys.executable, "-I", "-c", script), seconds=30, most=1 << 20)
    with pytest.raises(ProcessLookupError):
        _wait_gone(int(out))


def _wait_gone(number: int) -> None:
    """Raise ProcessLookupError once a process is gone (or dead and unburied)."""
    for _ in range(10_000):
        os.kill(number, 0)
        if Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError


def test_the_worker_limits_itself() -> None:
    script = (
        "import importlib.util, resource, sys\n"
        f"spec = importlib.util.spec_from_file_location('w', {str(glyphs.WORKER)!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "module.confine()\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit("
        "resource.RLIMIT_CPU)[0])"
    )
    _, out = run((sys.executable, "-I", "-c", script), seconds=30, most=1 << 20)
    memory, seconds = map(int, out.split())
    assert memory <= 4 * 1024**3
    assert seconds <= 60
