"""Any file: known by its content, read or refused with a way out, never slow, never a crash."""

import random
import time
import zipfile
from io import BytesIO
from pathlib import Path

import polib
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules import decode, read_document
from tongzhou.modules.directives.rules.intake import notes, office, refusals
from tongzhou.modules.directives.tests import renderings
from tongzhou.modules.directives.tests.renderings import docx, paragraph, run, table, zipped

PARTS_OF_ENGLISH = Path(__file__).resolve().parents[4] / "locale" / "en" / "parts"
DATA = Path(__file__).resolve().parent.parent / "data"
TEXT = "某市民政局关于做好工作的通知\r\n各单位：\r\n一、加强领导。2020年1月29日\r\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARTS = {"[Content_Types].xml": b"<Types/>"}
SLOW = 8.0  # seconds nobody would wait longer than; a machine under load takes a while


def refusal(data: bytes, name: str = "文件") -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_document(data, name)
    assert caught.value.field == "file"
    assert caught.value.way_out
    assert caught.value.code != "refused"
    return caught.value


def named(*streams: str) -> bytes:
    return OLE + bytes(504) + b"".join(each.encode("utf-16-le") for each in streams) + bytes(512)


# Kinds


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5hkscs"])
def test_text_files_are_kept_as_they_are(encoding: str) -> None:
    text = "關於做好社會組織工作的通知，各單位要認真辦理。\r\n" if "big5" in encoding else TEXT
    found = read_document(text.encode(encoding), "通知.txt")
    assert (found.text.lstrip("\ufeff"), found.format) == (text, "txt")
    assert read_document(text.encode(encoding), "通知.MD").format == "md"


def test_a_table_drawn_in_markdown_is_found() -> None:
    drawn = "| 名称 | 数量 |\n| --- | ---: |\n| 口罩 | 1 |\n| 手套 | 2 |\n"
    text = f"# 通知\n\n一、加强领导。\n\n{drawn}\n二、按时|报告。\n\n甲|乙\n"
    found = read_document(text.encode(), "通知.md")
    assert [text[start:end] for start, end in found.tables] == [drawn]
    assert found.text == text


@pytest.mark.parametrize("name", ["通知.txt", "通知.doc", "通知.pdf", "", "通知"])
def test_content_decides_and_not_the_name(name: str) -> None:
    word = docx(paragraph("正文"))
    assert read_document(word, name).format == "docx"
    assert read_document(renderings.pdf("正文"), name).format == "pdf"
    assert read_document(b"\r\n<!DOCTYPE html><p>x</p>", name).format == "html"
    assert read_document("<?xml version='1.0'?><html><p>正文</p></html>".encode(), name).format == (
        "html"
    )
    assert read_document(TEXT.encode(), name).format == "txt"


def test_text_with_a_few_tags_stays_text() -> None:
    assert read_document(f"{TEXT}<br>\n<td>甲</td>".encode(), "通知.html").format == "txt"


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "document_empty", "空"),
        (b" \r\n\t", "document_empty", "空"),
        ("\ufeff\u200b\u2060\u3164\u00ad \u3000\n".encode(), "document_empty", "空"),
        ("\u200b\u200d".encode("utf-16"), "document_empty", "空"),
        (named("EncryptedPackage", "EncryptionInfo"), "document_encrypted", "密码"),
        (OLE + bytes(504) + b"\xec\xa5\xc1\x00" + bytes(6) + b"\x00\x01"
         + "WordDocument".encode("utf-16-le"), "document_encrypted", "密码"),
        (named("Workbook"), "document_not_text", "表格"),
        (named("PowerPoint Document"), "document_not_text", "演示"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "document_not_text", "图片"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "document_not_text", "图片"),
        (b"II*\x00" + bytes(99), "document_not_text", "图片"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "document_not_text", "图片"),
        (b"Rar!\x1a\x07\x00" + bytes(99), "document_not_text", "压缩"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(99), "document_not_text", "压缩"),
        (zipped({"通知.docx": b"x"}), "document_not_text", "压缩"),
        (zipped({**PARTS, "xl/workbook.xml": b"x"}), "document_not_text", "表格"),
        (zipped({**PARTS, "ppt/presentation.xml": b"x"}), "document_not_text", "演示"),
        (zipped({"OFD.xml": b"x"}), "document_not_text", "OFD"),
        (b"\x7fELF\x02\x01\x01" + bytes(99), "document_not_text", "不是文档"),
        (b"MZ\x90\x00\x03" + bytes(99), "document_not_text", "不是文档"),
        (b"PK\x03\x04" + bytes(99), "document_broken", "损坏"),
        (b"%PDF-1.7\n", "document_broken", "损坏"),
        (zipped({**PARTS, "word/other.xml": b"<x/>"}), "document_broken", "损坏"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(data: bytes, code: str, word: str) -> None:
    found = refusal(data)
    assert found.code == code
    assert word in str(found)


# Limits


def test_a_huge_file_is_refused_before_anything_else() -> None:
    found = refusal(b"%PDF-" + bytes(refusals.LARGEST_FILE))
    assert found.code == "document_too_large"
    assert "20 MB" in str(found)


@pytest.mark.parametrize("form", ["txt", "html", "docx"])
def test_too_much_text_is_refused(form: str) -> None:
    words = "字" * 1_000
    many = refusals.LARGEST_TEXT // 1_000 + 1
    data = {
        "txt": f"{words}\n".encode() * many,
        "html": f"<p>{words}</p>".encode() * many,
        "docx": docx(paragraph(words) * many) if form == "docx" else b"",
    }[form]
    found = refusal(data)
    assert found.code == "document_too_large"
    assert "120 万字" in str(found)


def test_a_megabyte_of_text_is_read() -> None:
    text = ("加强领导，压实责任。" * 20 + "\n") * (1_048_576 // 603)
    assert read_document(text.encode(), "通知.txt").text == text


def bomb(declared: int | None) -> bytes:
    """Return a .docx that unpacks to 200 MB, saying so or saying ``declared``."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(200):
                part.write(b" " * 1_048_576)
    data = bytearray(target.getvalue())
    if declared is not None:
        real = (200 * 1_048_576).to_bytes(4, "little")
        for place in range(len(data) - 4):
            if data[place : place + 4] == real:
                data[place : place + 4] = declared.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("declared", [None, 1_000])
def test_a_zip_bomb_is_refused_whatever_it_declares(declared: int | None) -> None:
    data = bomb(declared)
    assert len(data) < 1_048_576
    begin = time.monotonic()
    assert refusal(data).code in ("document_too_large", "document_broken")
    assert time.monotonic() - begin < SLOW


def test_many_parts_and_locked_parts_are_refused() -> None:
    many = zipped({**PARTS, **{f"word/{place}.xml": b"" for place in range(10_001)}})
    assert refusal(many).code == "document_too_large"
    locked = bytearray(docx(paragraph("正文")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := locked.find(mark, place + 1)) >= 0:
            locked[place + offset] |= 1
    assert refusal(bytes(locked)).code == "document_encrypted"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "declaration",
    [
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x [<!ENTITY l11 SYSTEM "http://127.0.0.1:1/">]>',
    ],
    ids=["laughs", "file", "net"],
)
@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml"])
def test_entities_of_xml_are_never_resolved(declaration: str, part: str) -> None:
    data = docx(paragraph("正文&l11;".replace("&", "§")), styles="§l11;")
    files = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            files[name] = archive.read(name)
    text = files[part].decode().replace("§l11;", "&l11;").replace("§", "&")
    files[part] = text.replace("?>", f"?>{declaration}", 1).encode()
    begin = time.monotonic()
    assert refusal(zipped(files)).code == "document_broken"
    assert time.monotonic() - begin < SLOW


def test_markup_nested_without_end_is_refused() -> None:
    deep = "正文"
    for _ in range(400):
        deep = table((deep, "乙"))
    assert refusal(docx(deep)).code == "document_broken"
    links = "<w:hyperlink>" * 5_000 + run("字") + "</w:hyperlink>" * 5_000
    assert refusal(docx(paragraph(links))).code == "document_broken"


def test_tables_nested_as_deep_as_people_do_are_read() -> None:
    deep = paragraph("最里面")
    for _ in range(30):
        deep = table((deep,))
    assert read_document(docx(deep)).text == "最里面"


@pytest.mark.parametrize("form", ["docx", "html", "pdf"])
def test_twenty_pages_are_read_at_once(form: str) -> None:
    text = decode((DATA / "cn-mca-2020-5.txt").read_bytes()) * 3
    data = {"docx": renderings.to_docx, "html": renderings.to_html, "pdf": renderings.to_pdf}[form](
        text
    )
    begin = time.monotonic()
    read_document(data, f"通知.{form}")
    assert time.monotonic() - begin < SLOW / 4


# Whatever comes in


def sound(data: bytes, name: str) -> None:
    """Read a file: a refusal with a way out or text with tables inside it, soon."""
    begin = time.monotonic()
    try:
        found = read_document(data, name)
    except Refusal as answer:
        found = Received(answer.way_out, "refusal")
    assert found.text
    for start, end in found.tables:
        assert 0 <= start < end <= len(found.text)
    assert time.monotonic() - begin < SLOW


NAMES = st.sampled_from(["a.txt", "a.docx", "a.pdf", "a.html", "a.doc", "a.md", ""])
STARTS = st.sampled_from(
    [
        b"", b"%PDF-1.7\n", b"PK\x03\x04", OLE, b"<html><body>", b"<?xml version='1.0'?>",
        b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n",
        b"\xff\xfe", b"\xef\xbb\xbf", b"<table><tr><td>", b"<ol><li>",
    ]
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(start=STARTS, rest=st.binary(max_size=3_000), name=NAMES)
@example(start=b"", rest=b"\x00", name="")
@example(start=b"<html><body>", rest=b"<table></table></td></tr></ol>", name="")
def test_random_bytes_are_read_or_refused(start: bytes, rest: bytes, name: str) -> None:
    without_converter(start + rest, name)


def without_converter(data: bytes, name: str) -> None:
    """Check a file where no converter is: that it is never slow is shown elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office, "program", lambda: None)
        sound(data, name)


SHIPPED = decode((DATA / "cn-gd-gz-2022-1207.txt").read_bytes())
REAL = {
    "docx": renderings.to_docx(SHIPPED),
    "pdf": renderings.to_pdf(SHIPPED),
    "html": renderings.to_html(SHIPPED),
    "txt": SHIPPED.encode("gb18030"),
}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    form=st.sampled_from(sorted(REAL)),
    seed=st.integers(0, 2**32),
    changes=st.integers(1, 40),
    cut=st.floats(0.1, 1.0),
)
def test_damaged_real_files_are_read_or_refused(
    form: str, seed: int, changes: int, cut: float
) -> None:
    chance = random.Random(seed)
    data = bytearray(REAL[form])
    for _ in range(changes):
        place = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place : place + chance.randrange(1, 60)]
            case _:
                other = chance.randrange(len(data))
                data[place:place] = data[other : other + chance.randrange(1, 200)]
    without_converter(bytes(data[: int(len(data) * cut)] if seed % 2 else data), f"a.{form}")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 30), part=st.sampled_from(["document",
       "numbering"]))  # fmt: skip
def test_damaged_parts_of_word_are_read_or_refused(seed: int, changes: int, part: str) -> None:
    """Change the XML itself: an archive with one wrong byte fails its checksum before that."""
    chance = random.Random(seed)
    with zipfile.ZipFile(BytesIO(REAL["docx"])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    words = files[f"word/{part}.xml"].decode().split("<")
    for _ in range(changes):
        one, other = chance.randrange(2, len(words)), chance.randrange(2, len(words))
        match chance.randrange(3):
            case 0:
                words[one] = words[one].replace('w:val="', 'w:val="9', 1)
            case 1:
                words[one], words[other] = words[other], words[one]
            case _:
                words[one] = words[one].replace('w:val="', 'w:val="x', 1)
    files[f"word/{part}.xml"] = "<".join(words).encode()
    sound(zipped(files), "a.docx")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<ol>", "<li>", "</ol>",
             "<ul>", "<pre>", "</pre>", "<br>", "<a href=x>", "</a>", "<h1>", "<div hidden>",
             "</div>", "<div>", "一、加强领导。", "  ", "&nbsp;", "&#0;", "&#55296;", "<!--", "-->",
             "<svg>", "<header>", "<nav>", "<td rowspan=9>", "<li value=-5>", "</li>", "\x00"]
        ),
        max_size=60,
    ).map("".join)
)  # fmt: skip
def test_any_markup_is_read_or_refused(markup: str) -> None:
    sound(f"<html><body>{markup}</body></html>".encode(), "a.html")


# Notes


def test_notes_can_be_said_in_english_after_they_were_stored() -> None:
    english = {
        entry.msgid: entry.msgstr
        for path in PARTS_OF_ENGLISH.glob("*.po")
        for entry in polib.pofile(str(path))
    }
    for message in notes.MESSAGES:
        places = {"count": 3, "pages": "2、5"}
        sentence = notes.note(message, **places) if "%(" in message else message
        said = notes.say(sentence, lambda text: english[text])
        assert said.isascii() or "“□”" in said or "2、5" in said, said
        assert notes.say(sentence, str) == sentence
    assert notes.say("别的话", str) == "别的话"
