"""Read Akoma Ntoso back into passages; hostile XML is refused or harmless.

From our own files the tree comes back exactly. A file of somebody else gives what its structure
says: labels from ``num``, levels from the elements, addresses counted from the labels.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from lxml import etree
from lxml.etree import _Element

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.rules.exports.akn_names import (
    AKN,
    CONTAINERS,
    LEVELS,
    akn,
    own,
)
from tongzhou.modules.directives.rules.exports.akn_text import take_lines, take_words
from tongzhou.modules.directives.rules.exports.document import ExportAttachment
from tongzhou.modules.directives.rules.numerals import chinese_number, enclosed
from tongzhou.modules.directives.rules.passages import Passage

LARGEST = 20 * 1024 * 1024
_NUMBER = re.compile(r"\d{1,4}|[〇零一二三四五六七八九十百]{1,7}")
_KINDS = {name: kind for kind, name in CONTAINERS.items()}


@dataclass(frozen=True, slots=True)
class AknTree:
    """What a file says: the head, and the passages in the order of the text."""

    urn: str
    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    recipients: tuple[str, ...]
    attachments: tuple[ExportAttachment, ...]
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class _Found:
    """A passage as read; ``above`` is the element of its parent, ``odd`` its stated position."""

    element: _Element
    passage: Passage
    above: _Element | None
    position: int | None
    odd: int | None


def read_akn(data: bytes) -> AknTree:
    """Return the tree of an Akoma Ntoso document; Refusal for what is none or not safe."""
    root = _parse(data)
    top = next((each for each in root if each.find(akn("meta")) is not None), None)
    if top is None:
        raise _refused()
    reader = _Reader()
    reader.walk(top, None)
    return AknTree(
        urn=_urn(top),
        title=_words(top, "docTitle") or _value(top, "FRBRname"),
        doc_number=_words(top, "docNumber"),
        issuer=_told(top, "issuer", _issuer(top)),
        issued_on=_issued(top),
        recipients=tuple(
            take_words(each)
            for each in top.iterfind(f"{akn('preface')}//{akn('inline')}[@name='recipient']")
        ),
        attachments=tuple(
            ExportAttachment(each.text or "", each.get("declared") == "true")
            for each in top.iterfind(f".//{own('document')}/{own('attachment')}")
        ),
        passages=reader.passages(),
    )


def _parse(data: bytes) -> _Element:
    """Return the root of a document without anything that reaches outside it."""
    if len(data) > LARGEST:
        raise Refusal(
            "文件超过 %(limit)d MB，不能读取。",
            params={"limit": LARGEST // 1024 // 1024},
            code="akn-too-large",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _refused() from None
    if _declares(root) or root.tag != akn("akomaNtoso"):
        raise _refused()
    return root


def _declares(root: _Element) -> bool:
    """Say whether a document declares a type of its own, by which entities come in."""
    return bool(getattr(root.getroottree().docinfo, "doctype", ""))


def _refused() -> Refusal:
    return Refusal(
        "这不是可以读取的 Akoma Ntoso 3.0 文件。",
        code="akn-unreadable",
        field="file",
        way_out="请检查文件是否完整，且不含 DOCTYPE 声明。",
    )


class _Reader:
    """Collects the passages of a document, its attachments included."""

    def __init__(self) -> None:
        self.found: list[_Found] = []
        self.used: dict[str, int] = {}
        self.addresses: dict[_Element, str] = {}

    def walk(self, element: _Element, above: _Element | None) -> None:
        """Collect what stands below an element; ``above`` is the clause it stands in."""
        for child in element:
            name = etree.QName(child).localname if etree.QName(child).namespace == AKN else ""
            if name in LEVELS:
                self._clause(child, name, above)
                self.walk(child, child)
            elif name in ("container", "hcontainer"):
                self._container(child, name)
            elif name not in ("meta", "num", "heading", "content", "intro", ""):
                self.walk(child, above)

    def _clause(self, element: _Element, name: str, above: _Element | None) -> None:
        num = element.find(akn("num"))
        label = take_words(num) if num is not None else ""
        heading = element.find(akn("heading"))
        head = take_words(heading) if heading is not None else ""
        words = element.find(akn("intro"))
        if words is None:
            words = element.find(akn("content"))
        self._keep(element, "ITEM", label, LEVELS[name], head, take_lines(words), above)

    def _container(self, element: _Element, name: str) -> None:
        kind = element.get(own("kind")) or _KINDS.get(element.get("name", ""), "")
        if not kind:
            return
        words = element.find(akn("content")) if name == "hcontainer" else element
        self._keep(element, kind, "", 0, "", take_lines(words), None)

    def _keep(
        self,
        element: _Element,
        kind: str,
        label: str,
        level: int,
        heading: str,
        rest: str,
        above: _Element | None,
    ) -> None:
        address = element.get("wId", element.get(own("address")))
        if address is None:
            address = self._address(label, above, kind)
        self.addresses[element] = address
        stated = _number(element, "level")
        passage = Passage(
            address=address,
            label=label,
            level=level if stated is None else stated,
            kind=element.get(own("kind"), kind),
            parent=None,
            text=heading + rest,
            start=_number(element, "start") or 0,
            end=_number(element, "end") or 0,
            heading=heading,
            refines=element.get(own("refines"), ""),
        )
        position, odd = _number(element, "position"), _number(element, "parent")
        self.found.append(_Found(element, passage, above, position, odd))

    def _address(self, label: str, above: _Element | None, kind: str) -> str:
        """Return an address counted from the label, unique in the document."""
        numbers = _NUMBER.findall(label)
        sign = enclosed(label[0]) if len(label) == 1 else None
        value = sign[1] if sign else None
        if numbers:
            value = int(numbers[-1]) if numbers[-1].isdigit() else chinese_number(numbers[-1])
        prefix = f"{self.addresses[above]}." if above is not None else ""
        wanted = f"{prefix}{value if value is not None else kind[0].lower()}"
        self.used[wanted] = self.used.get(wanted, 0) + 1
        return wanted if self.used[wanted] == 1 else f"{wanted}-{self.used[wanted]}"

    def passages(self) -> tuple[Passage, ...]:
        """Return the passages in the order of the text, with their parents."""
        in_order = list(self.found)
        if all(each.position is not None for each in in_order):
            in_order.sort(key=lambda each: each.position or 0)
        index = {each.element: at for at, each in enumerate(in_order)}
        made = []
        for each in in_order:
            parent = index[each.above] if each.above is not None else None
            if each.odd is not None and 0 <= each.odd < len(in_order):
                parent = each.odd
            kept = each.passage
            made.append(
                Passage(
                    address=kept.address,
                    label=kept.label,
                    level=kept.level,
                    kind=kept.kind,
                    parent=parent,
                    text=kept.text,
                    start=kept.start,
                    end=kept.end,
                    heading=kept.heading,
                    refines=kept.refines,
                )
            )
        return tuple(made)


def _number(element: _Element, name: str) -> int | None:
    """Return a number of our own attributes, None where it is missing or none."""
    text = element.get(own(name), "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


def _words(top: _Element, tag: str) -> str:
    found = top.find(f"{akn('preface')}//{akn(tag)}")
    return take_words(found) if found is not None else ""


def _value(top: _Element, tag: str) -> str:
    found = top.find(f"{akn('meta')}//{akn(tag)}")
    return found.get("value", "") if found is not None else ""


def _told(top: _Element, tag: str, otherwise: str) -> str:
    found = top.find(f"{akn('meta')}/{akn('proprietary')}/{own('document')}/{own(tag)}")
    return (found.text or "") if found is not None else otherwise


def _urn(top: _Element) -> str:
    for each in top.iterfind(f"{akn('meta')}//{akn('FRBRExpression')}/{akn('FRBRalias')}"):
        if each.get("name") == "urn":
            return each.get("value", "")
    found = top.find(f"{akn('meta')}//{akn('FRBRExpression')}/{akn('FRBRuri')}")
    iri = found.get("value", "") if found is not None else ""
    return re.sub(r"\A/akn/([a-z]{2})/[^/]+/(.*)/[a-z]{3}@", r"\1/\2@", iri)


def _issuer(top: _Element) -> str:
    author = top.find(f"{akn('meta')}//{akn('FRBRWork')}/{akn('FRBRauthor')}")
    name = author.get("href", "").removeprefix("#") if author is not None else ""
    for each in top.iterfind(f"{akn('meta')}//{akn('TLCOrganization')}"):
        if each.get("eId") == name:
            return each.get("showAs", "")
    return ""


def _issued(top: _Element) -> date | None:
    told = top.find(f"{akn('meta')}/{akn('proprietary')}/{own('document')}")
    text = told.get("issued", "") if told is not None else ""
    if told is None:
        found = top.find(f"{akn('meta')}//{akn('FRBRWork')}/{akn('FRBRdate')}")
        text = found.get("date", "")[:10] if found is not None else ""
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None
