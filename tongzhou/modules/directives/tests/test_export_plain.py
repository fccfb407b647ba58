"""Plain JSON tells everything, files have clean names, and blocks give the text back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.directives.rules import decode, parse
from tongzhou.modules.directives.rules.exports import FORMATS, export, file_name
from tongzhou.modules.directives.tests.exporting import (
    FULL,
    GENRE,
    HERE,
    amended,
    made,
    ministry,
)

TEXTS = [
    FULL,
    *(decode(path.read_bytes()) for path in sorted((HERE.parent / "data").glob("*.txt"))),
    *(case["text"] for case in GENRE),
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.strip()[:20])
def test_the_blocks_of_a_text_give_every_character_back(text: str) -> None:
    blocks = parse(text).blocks
    assert "".join(text[each.start : each.end] for each in blocks) == text
    assert [each.start for each in blocks[1:]] == [each.end for each in blocks[:-1]]


@given(
    text=st.text(
        alphabet="一二、（）1.是附件：\n\t \u3000。某局2021年1月5日关于通知\x0b\r", max_size=300
    )
)
def test_the_blocks_of_any_text_give_every_character_back(text: str) -> None:
    assert "".join(text[each.start : each.end] for each in parse(text).blocks) == text


def test_json_tells_everything() -> None:
    document = amended()
    told = json.loads(export(document, "json").data)
    assert told["source"] == document.source
    assert told["expression"]["urn"] == document.urn
    assert told["expression"]["previous"]["urn"] == "cn/x/2021/12@2020-12-01"
    assert [each["address"] for each in told["clauses"]] == [p.address for p in document.passages]
    clause = next(each for each in told["clauses"] if each["address"] == "1.1.2")
    assert clause["parent"] == "1.1"
    assert document.source[clause["start"] : clause["end"]].startswith("二是")
    assert told["duties"][0]["title"] == {"zh": "报送每日情况", "en": "Report daily"}
    assert told["citations"][1]["target"] == "cn/npc/2016/43"
    assert told["exported_at"] == "2023-01-09T09:30:00+08:00"


def test_json_holds_both_what_was_received_and_what_is_read() -> None:
    told = json.loads(export(ministry(), "json").data)
    clause = next(each for each in told["clauses"] if each["address"] == "2.4.2")
    assert clause["text"].startswith("对年龄、")
    assert clause["reading"].startswith("对年检、")
    assert told["duties"] is None
    assert told["errata"][0]["reason"] == "文字识别之误。"


def test_the_source_is_handed_out_as_received() -> None:
    document = ministry()
    assert export(document, "source").data == document.source.encode()


@pytest.mark.parametrize("code", FORMATS)
def test_every_format_has_a_file_with_a_name_of_its_own(code: str) -> None:
    file = export(made(FULL), code)
    assert file.name.endswith(f"_2021-01-05.{FORMATS[code].extension}")
    assert file.data


@given(title=st.text(max_size=200))
def test_names_of_files_are_safe_whatever_the_title(title: str) -> None:
    name = file_name(replace(made(FULL), title=title))
    assert name
    assert not set(name) & set('\\/:*?"<>|\n\r\t\x00 ')
    assert len(name) <= 100
    assert not name.startswith(".")
