"""Bytes become text, or a refusal that says what to do."""

from pathlib import Path

import pytest

from tongzhou.base.errors import Missing, Refusal
from tongzhou.modules.directives.rules import decode, parse, read_text
from tongzhou.modules.directives.rules.decoding import LARGEST_BYTES

TEXT = "各市、县民政局：\r\n现将有关事项通知如下：一、加强组织领导。（一）落实责任。2020年1月29日\n"
TRADITIONAL = (
    "關於做好社會組織登記管理工作的通知\n各單位：為加強管理，現將有關事項通知如下："
    "一、加強領導。二、落實責任。"
)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"],
)
def test_chinese_encodings_are_recognised(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)).lstrip("\ufeff") == TEXT


def test_big5_is_recognised_and_its_labels_are_found() -> None:
    text = decode(TRADITIONAL.encode("big5"))
    assert text == TRADITIONAL
    document = parse(text)
    assert document.title == "關於做好社會組織登記管理工作的通知"
    assert [clause.label for clause in document.clauses] == ["一、", "二、"]


def test_a_file_cut_inside_a_character_is_still_read() -> None:
    assert decode((TEXT * 20).encode()[:-2]).startswith("各市、县民政局")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "document_empty"),
        (b"  \r\n\t", "document_empty"),
        (b"\xef\xbb\xbf", "document_empty"),
        (b"%PDF-1.7 ...", "document_not_text"),
        (b"PK\x03\x04\x14\x00", "document_not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "document_not_text"),
        (b"\x89PNG\r\n\x1a\n", "document_not_text"),
        (bytes(range(256)) * 40, "document_not_text"),
        (b"\x7fELF" + bytes(range(1, 32)) * 30, "document_not_text"),
    ],
)
def test_what_is_no_text_is_refused_with_a_way_out(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        decode(data)
    assert caught.value.code == code
    assert caught.value.field == "file"
    assert caught.value.way_out


def test_a_huge_file_is_refused_and_the_limit_named(tmp_path: Path) -> None:
    file = tmp_path / "huge.txt"
    with file.open("wb") as handle:
        handle.truncate(LARGEST_BYTES + 10)
        handle.write("文".encode())
    with pytest.raises(Refusal) as caught:
        read_text(file)
    assert caught.value.code == "document_too_large"
    assert str(LARGEST_BYTES // 1_048_576) in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        read_text(tmp_path / "nowhere.txt")
    with pytest.raises(Refusal) as caught:
        read_text(tmp_path)
    assert caught.value.code == "document_not_text"
