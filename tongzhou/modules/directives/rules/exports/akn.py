"""Write a directive as Akoma Ntoso 3.0.

Clauses become hierarchical elements by their level, text outside the numbering containers with a
name; attachments are documents of their own inside. ``wId`` holds the permanent address, spans and
levels stand in attributes of our own, so that ``read_akn`` gives the same tree back. The words are
those received: a misprint stands as ``del`` beside its reading in ``ins``.
"""

from lxml import etree
from lxml.etree import _Element

from tongzhou.modules.directives.rules.exports.akn_meta import Identity, put_meta
from tongzhou.modules.directives.rules.exports.akn_names import (
    ABBREVIATIONS,
    AKN,
    CONTAINERS,
    OURS,
    akn,
    document_type,
    element_of,
    own,
)
from tongzhou.modules.directives.rules.exports.akn_text import (
    Correction,
    Mark,
    Reference,
    put_lines,
    put_words,
)
from tongzhou.modules.directives.rules.exports.document import ExportDocument
from tongzhou.modules.directives.rules.exports.sections import Section, sections
from tongzhou.modules.directives.rules.passages import Passage

_NAMESPACES: dict[str | None, str] = {None: AKN, "tz": OURS}
_TEXTUAL = frozenset(
    akn(name) for name in ("p", "num", "heading", "docTitle", "docNumber", "inline", "ref", "del")
)


def write_akn(document: ExportDocument) -> bytes:
    """Return a directive as an Akoma Ntoso document in UTF-8."""
    root = etree.Element(akn("akomaNtoso"), nsmap=_NAMESPACES)  # type: ignore[arg-type]  # None: no prefix
    _Writer(document).write(root)
    _indent(root, 0)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


class _Writer:
    """One document under way."""

    def __init__(self, document: ExportDocument) -> None:
        self.document = document
        self.used: set[str] = set()
        self.ids = [""] * len(document.passages)
        self.identity = Identity(document)
        self.inside = self._nested()
        self.leading = set(self.inside.values())
        self._name_all()

    def write(self, root: _Element) -> None:
        """Write the document below ``root``."""
        body, *annexes = sections(self.document.passages)
        top = etree.SubElement(root, akn(document_type(self.document.kind)))
        top.set("name", self.document.kind.value.lower())
        top.set("contains", "singleVersion" if self.document.previous else "originalVersion")
        put_meta(top, self.identity, self.ids)
        self._preface(top)
        self._parts(top, body)
        if annexes:
            attachments = etree.SubElement(top, akn("attachments"))
            for annex in annexes:
                self._annex(attachments, annex)

    def _nested(self) -> dict[int, int]:
        """Return in which clause each clause stands.

        A clause is left out where something else stands between it and its parent.
        """
        found: dict[int, int] = {}
        chain: list[int] = []
        for position, each in enumerate(self.document.passages):
            if each.kind != "ITEM":
                chain.clear()
                continue
            while chain and chain[-1] != each.parent:
                chain.pop()
            if chain:
                found[position] = chain[-1]
            chain.append(position)
        return found

    def _name_all(self) -> None:
        """Give every passage its eId: the way down to it, by element and number."""
        for section in sections(self.document.passages):
            prefix = f"att_{section.number}__" if section.number else ""
            for position in section.positions:
                each = self.document.passages[position]
                tag = element_of(each.label, each.level) if each.kind == "ITEM" else "container"
                above = self.ids[each.parent] if each.parent is not None else ""
                last = each.address.rpartition(".")[2] if above else each.address
                name = f"{above + '__' if above else prefix}{ABBREVIATIONS[tag]}_{last}"
                self.ids[position] = self._fresh("".join(name.split()))

    def _fresh(self, name: str) -> str:
        made, count = name, 1
        while made in self.used:
            count += 1
            made = f"{name}-{count}"
        self.used.add(made)
        return made

    def _preface(self, top: _Element) -> None:
        document = self.document
        preface = etree.SubElement(top, akn("preface"), eId=self._fresh("preface"))
        for tag, text in (("docTitle", document.title), ("docNumber", document.doc_number)):
            if text or tag == "docTitle":
                line = etree.SubElement(preface, akn("p"))
                put_words(etree.SubElement(line, akn(tag)), text, [])
        if document.recipients:
            line = etree.SubElement(preface, akn("p"))
            line.set("class", "recipients")
            for each in document.recipients:
                put_words(etree.SubElement(line, akn("inline"), name="recipient"), each, [])

    def _parts(self, top: _Element, section: Section) -> None:
        """Write preamble, main body and conclusions of the document or of an attachment."""
        passages = self.document.passages
        kinds = [passages[position].kind for position in section.positions]
        first = next((at for at, kind in enumerate(kinds) if kind != "PREAMBLE"), len(kinds))
        last = next(
            (at for at in range(len(kinds), first, -1) if kinds[at - 1] in _BODY_KINDS), first
        )
        lead, main, close = (
            section.positions[:first],
            section.positions[first:last],
            section.positions[last:],
        )
        if lead:
            preamble = etree.SubElement(top, akn("preamble"))
            for position in lead:
                self._container(preamble, position)
        is_act = top.tag == akn("act")
        body = etree.SubElement(top, akn("body" if is_act else "mainBody"))
        held: dict[int, _Element] = {}
        for position in main:
            if passages[position].kind == "ITEM":
                held[position] = self._clause(body, held, position)
            else:
                self._block(body, position)
        if not len(body):
            empty = etree.SubElement(body, akn("hcontainer"), name="empty")
            etree.SubElement(empty, akn("content"))
        if close:
            conclusions = etree.SubElement(top, akn("conclusions"))
            for position in close:
                self._container(conclusions, position)

    def _annex(self, attachments: _Element, section: Section) -> None:
        holder = etree.SubElement(attachments, akn("attachment"), eId=f"att_{section.number}")
        top = etree.SubElement(holder, akn("doc"), name="attachment")
        put_meta(top, self.identity, self.ids, part=section.number)
        headings = [at for at in section.positions if self.document.passages[at].kind == "HEADING"]
        if headings:
            preface = etree.SubElement(top, akn("preface"))
            self._container(preface, headings[0])
        rest = [at for at in section.positions if at not in headings[:1]]
        self._parts(top, Section(section.number, rest))

    def _container(self, parent: _Element, position: int) -> None:
        """Write a passage outside the numbering as a container with a name."""
        passage = self.document.passages[position]
        made = etree.SubElement(
            parent, akn("container"), name=CONTAINERS.get(passage.kind, "other")
        )
        self._describe(made, position)
        put_lines(made, passage.text, self._marks(position, passage))
        if not len(made):
            etree.SubElement(made, akn("p"))

    def _block(self, body: _Element, position: int) -> None:
        """Write a passage outside the numbering that stands in the body."""
        passage = self.document.passages[position]
        made = etree.SubElement(body, akn("hcontainer"), name=CONTAINERS.get(passage.kind, "other"))
        self._describe(made, position)
        content = etree.SubElement(made, akn("content"))
        put_lines(content, passage.text, self._marks(position, passage))

    def _clause(self, body: _Element, held: dict[int, _Element], position: int) -> _Element:
        passage = self.document.passages[position]
        above = self.inside.get(position)
        parent = body if above is None else held[above]
        made = etree.SubElement(parent, akn(element_of(passage.label, passage.level)))
        self._describe(made, position)
        if passage.parent != above:
            made.set(own("parent"), str(passage.parent))
        put_words(etree.SubElement(made, akn("num")), passage.label, [])
        marks = self._marks(position, passage)
        cut = len(passage.heading) if passage.text.startswith(passage.heading) else 0
        if cut:
            inside = [each for each in marks if each.end <= cut]
            put_words(etree.SubElement(made, akn("heading")), passage.heading, inside)
        rest = passage.text[cut:]
        leads = position in self.leading
        if rest or not leads:
            words = etree.SubElement(made, akn("intro" if leads else "content"))
            shifted = [_moved(each, -cut) for each in marks if each.start >= cut]
            put_lines(words, rest, shifted)
        return made

    def _describe(self, element: _Element, position: int) -> None:
        """Set identifiers, and what the standard has no attribute for."""
        passage = self.document.passages[position]
        element.set("eId", self.ids[position])
        if passage.address and not any(map(str.isspace, passage.address)):
            element.set("wId", passage.address)
        else:
            element.set(own("address"), passage.address)
        for name, value in (
            ("kind", passage.kind),
            ("position", position),
            ("level", passage.level),
            ("start", passage.start),
            ("end", passage.end),
            ("refines", passage.refines),
        ):
            if value != "":
                element.set(own(name), str(value))

    def _marks(self, position: int, passage: Passage) -> list[Mark]:
        """Return the misprints of a passage and the documents it names."""
        found: list[Mark] = []
        for number, erratum in enumerate(self.document.errata):
            at = passage.text.find(erratum.as_received)
            if erratum.address == passage.address and at >= 0:
                note = f"#{self.identity.note_id(number)}"
                end = at + len(erratum.as_received)
                found.append(Correction(at, end, erratum.reading, note))
        after = 0
        for number, citation in enumerate(self.document.citations):
            if citation.address != passage.address or not citation.title:
                continue
            words = f"《{citation.title}》"
            at = passage.text.find(words, after)
            if at < 0:
                continue
            after = at + len(words)
            if not any(each.start < after and at < each.end for each in found):
                found.append(Reference(at, after, self.identity.citation_href(number)))
        return found


_BODY_KINDS = frozenset({"ITEM", "COVER", "PREAMBLE", "ANNEX"})


def _moved(mark: Mark, by: int) -> Mark:
    if isinstance(mark, Correction):
        return Correction(mark.start + by, mark.end + by, mark.reading, mark.note)
    return Reference(mark.start + by, mark.end + by, mark.href)


def _indent(element: _Element, depth: int) -> None:
    """Put structure on lines of its own; words are left exactly as they are."""
    if element.tag in _TEXTUAL or not len(element):
        return
    inner = "\n" + "  " * (depth + 1)
    element.text = inner
    for child in element:
        _indent(child, depth + 1)
        child.tail = inner
    element[-1].tail = inner[:-2]
