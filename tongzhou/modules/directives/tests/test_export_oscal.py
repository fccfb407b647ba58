"""OSCAL: valid against the models made from the schema of OSCAL 1.2.3, and complete.

The models let pass what JSON null and white space at the ends are, which the schema refuses;
``faults`` looks for those.
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from oscal_bindings import OscalParseError, parse_catalog

from tongzhou.modules.directives.rules.exports.document import ExportDocument
from tongzhou.modules.directives.rules.exports.oscal import NAMESPACE, VERSION, write_oscal
from tongzhou.modules.directives.tests.exporting import (
    DUTY,
    FULL,
    amended,
    every,
    made,
    ministry,
    trees,
)

_TOKENS = frozenset({"id", "name", "class", "rel", "role-id"})
_TOKEN = re.compile(r"[^\W\d][\w.\-]*\Z")


def faults(value: Any, name: str = "") -> Iterator[str]:
    """Yield what the schema refuses and the models let pass."""
    if value is None or value in ({}, [], ""):
        yield f"{name}: empty"
    elif isinstance(value, dict):
        for key, inner in value.items():
            is_party = key == "name" and "type" in value
            if key in _TOKENS and not is_party and not _TOKEN.match(inner):
                yield f"{key}: {inner!r} is no token"
            yield from faults(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from faults(inner, name)
    elif isinstance(value, str) and name not in ("prose", "value") and value != value.strip():
        yield f"{name}: white space around {value!r}"
    elif name == "value" and isinstance(value, str) and not re.match(r"\S(.*\S)?\Z", value):
        yield f"value: {value!r}"


def written(document: ExportDocument) -> dict[str, Any]:
    text = write_oscal(document).decode()
    parse_catalog(text)
    made: dict[str, Any] = json.loads(text)
    assert list(faults(made)) == []
    return made["catalog"]  # type: ignore[no-any-return]  # JSON


def controls(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for group in part.get("groups", []):
        assert not ("groups" in group and "controls" in group), "OSCAL keeps them apart"
        yield from controls(group)
    for control in part.get("controls", []):
        yield control
        yield from controls(control)


def told(part: dict[str, Any], name: str) -> list[str]:
    return [
        each["value"]
        for each in part.get("props", [])
        if each["name"] == name and each.get("ns") == NAMESPACE
    ]


@pytest.mark.parametrize("document", every(), ids=lambda each: each.title[:20])
def test_every_document_is_valid_and_no_clause_is_lost(document: ExportDocument) -> None:
    catalog = written(document)
    text = "".join(json.dumps(catalog, ensure_ascii=False).replace("\\\\", "").split())
    for passage in document.passages:
        if passage.kind in ("ITEM", "COVER", "PREAMBLE", "ANNEX"):
            assert f"{document.urn}#{passage.address}" in text, passage.address
    ids = [each["id"] for each in controls(catalog)]
    assert len(ids) == len(set(ids))


@given(document=trees())
@settings(max_examples=100, deadline=None)
def test_any_tree_is_valid(document: ExportDocument) -> None:
    written(document)


def test_chapters_are_groups_and_clauses_are_controls_with_their_words() -> None:
    catalog = written(made(FULL))
    body, *annexes = catalog["groups"]
    assert [each["title"] for each in body["groups"]] == [
        "前言",
        "一、提高思想认识",
        "二、规范情况报送",
    ]
    assert [each["title"] for each in annexes[0]["groups"]] == [
        "前言",
        "第一章总则",
        "第二章日常防控",
    ]
    first = next(each for each in controls(catalog) if each["id"] == "c-1.1")
    assert first["parts"][0]["prose"] == "压实各方责任。法定代表人是第一责任人。"
    assert [each["id"] for each in first["controls"]] == ["c-1.1.1", "c-1.1.2"]
    assert catalog["metadata"]["oscal-version"] == VERSION


def test_a_duty_is_a_part_of_its_clause() -> None:
    catalog = written(amended())
    control = next(each for each in controls(catalog) if each["id"] == "c-2")
    (duty,) = [each for each in control["parts"] if each["name"] == "duty"]
    assert duty["prose"] == DUTY.quote
    assert duty["parts"] == [{"name": "guidance", "prose": DUTY.guide}]
    for name, value in (
        ("strength", ["MUST"]),
        ("phase", ["LEVEL_1", "LEVEL_2"]),
        ("organ", ["SECRETARIAT"]),
        ("bearer", [DUTY.bearer]),
        ("deadline-time", ["16:00:00"]),
        ("evidence", ["ZERO_REPORT"]),
    ):
        assert told(duty, name) == value, name
    cited = catalog["back-matter"]["resources"]
    link = control["links"][0]["href"].removeprefix("#")
    assert next(each for each in cited if each["uuid"] == link)["title"] == "每日情况报告表"


def test_readers_words_carry_their_erratum_and_the_source_stays_as_received() -> None:
    document = ministry()
    catalog = written(document)
    control = next(each for each in controls(catalog) if each["id"] == "c-2.4.2")
    assert "对年检、评估" in control["parts"][0]["prose"]
    assert told(control, "erratum")[0].startswith("原文作“年龄”")
    source = catalog["back-matter"]["resources"][0]["base64"]["value"]
    assert base64.b64decode(source).decode() == document.source


def test_marks_of_markup_stay_text() -> None:
    catalog = written(
        made("关于测试的通知\n一、总则\n1.要写*星号*和<b>标签</b>与`代码`。\n2.好。\n")
    )
    control = next(each for each in controls(catalog) if each["id"] == "c-1.1")
    prose = control["parts"][0]["prose"]
    assert "<b>" not in prose
    assert re.sub(r"\\(.)", r"\1", prose).startswith("要写*星号*和")


def test_the_checks_can_fail() -> None:
    catalog = json.loads(write_oscal(made(FULL)))
    del catalog["catalog"]["metadata"]["title"]
    with pytest.raises(OscalParseError):
        parse_catalog(json.dumps(catalog))
    assert list(faults({"catalog": {"props": [], "uuid": None, "id": "1 a", "title": " x"}}))
