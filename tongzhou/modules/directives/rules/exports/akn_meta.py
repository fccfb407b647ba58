"""Write who, what, when and which version into an Akoma Ntoso document."""

from collections.abc import Sequence
from datetime import date

from lxml import etree
from lxml.etree import _Element

from tongzhou.modules.directives.rules.exports.akn_names import (
    akn,
    expression_iri,
    own,
    work_iri,
)
from tongzhou.modules.directives.rules.exports.akn_text import clean
from tongzhou.modules.directives.rules.exports.document import ExportDocument, erratum_note

_WE = "#tongzhou"


class Identity:
    """The names of a document and of what it refers to, the same wherever they are needed."""

    def __init__(self, document: ExportDocument) -> None:
        self.document = document
        self.work = work_iri(document.work, document.kind)
        self.expression = expression_iri(document.urn, document.kind)
        self.issuers = [each for each in document.issuer.replace("、", " ").split() if each]
        self.day = _day(document)

    def note_id(self, number: int) -> str:
        """Return the eId of the note on an erratum."""
        return f"note_{number + 1}"

    def citation_href(self, number: int) -> str:
        """Return where a cited document is found: at its IRI, or else in the references."""
        citation = self.document.citations[number]
        if citation.target:
            return work_iri(citation.target, citation.target_kind)
        return f"#cited_{number + 1}"


def put_meta(top: _Element, identity: Identity, ids: Sequence[str], part: int = 0) -> None:
    """Write the metadata of the document, or of its attachment number ``part``."""
    meta = etree.SubElement(top, akn("meta"))
    _identification(meta, identity, part)
    if part:
        return
    _lifecycle(meta, identity)
    _analysis(meta, identity, ids)
    _references(meta, identity)
    _notes(meta, identity)
    _proprietary(meta, identity)


def _day(document: ExportDocument) -> str:
    """Return the day of the expression, which its URN ends with."""
    if document.issued_on:
        return document.issued_on.isoformat()
    try:
        return date.fromisoformat(document.urn.partition("@")[2]).isoformat()
    except ValueError:
        return document.exported_at.date().isoformat()


def _identification(meta: _Element, identity: Identity, part: int) -> None:
    document = identity.document
    component = f"!annex_{part}" if part else "!main"
    top = etree.SubElement(meta, akn("identification"), source=_WE)
    exported = document.exported_at.isoformat(timespec="seconds")
    for tag, iri, day, name, author in (
        ("FRBRWork", identity.work, identity.day, "issued", "#issuer_1"),
        ("FRBRExpression", identity.expression, identity.day, "issued", "#issuer_1"),
        ("FRBRManifestation", f"{identity.expression}.akn", exported, "exported", _WE),
    ):
        level = etree.SubElement(top, akn(tag))
        this = f"{iri}/{component}" if tag != "FRBRManifestation" else ""
        this = this or f"{identity.expression}/{component}.akn"
        etree.SubElement(level, akn("FRBRthis"), value=this)
        etree.SubElement(level, akn("FRBRuri"), value=iri)
        if tag != "FRBRManifestation" and not part:
            urn = document.work if tag == "FRBRWork" else document.urn
            etree.SubElement(level, akn("FRBRalias"), value=urn, name="urn")
        etree.SubElement(level, akn("FRBRdate"), date=day, name=name)
        whose = author if identity.issuers else _WE
        etree.SubElement(level, akn("FRBRauthor"), {"href": whose, "as": "#author"})
        if tag == "FRBRWork":
            etree.SubElement(level, akn("FRBRcountry"), value="cn")
            if document.doc_number:
                etree.SubElement(level, akn("FRBRnumber"), value=clean(document.doc_number))
            etree.SubElement(level, akn("FRBRname"), value=clean(document.title))
        elif tag == "FRBRExpression":
            etree.SubElement(level, akn("FRBRlanguage"), language="zho")
        else:
            etree.SubElement(level, akn("FRBRformat"), value="application/akn+xml")


def _lifecycle(meta: _Element, identity: Identity) -> None:
    document = identity.document
    top = etree.SubElement(meta, akn("lifecycle"), source=_WE)

    def event(name: str, day: str, kind: str, source: str) -> None:
        etree.SubElement(top, akn("eventRef"), eId=name, date=day, type=kind, source=source)

    if document.previous is None:
        event("event_1", identity.day, "generation", "#this")
    else:
        first = document.previous.issued_on
        event("event_1", first.isoformat() if first else identity.day, "generation", "#previous")
        event("event_2", identity.day, "amendment", "#this")
    for number, each in enumerate(document.amended_by, 1):
        day = each.issued_on.isoformat() if each.issued_on else identity.day
        event(f"amended_{number}", day, "amendment", f"#amending_{number}")
    if document.repealed_at:
        day = document.repealed_at.date().isoformat()
        event("repealed", day, "repeal", "#repealing")


def _analysis(meta: _Element, identity: Identity, ids: Sequence[str]) -> None:
    document = identity.document
    top = etree.Element(akn("analysis"), source=_WE)
    passive = etree.Element(akn("passiveModifications"))
    places = {each.address: ids[at] for at, each in enumerate(document.passages)}
    for number, later in enumerate(document.amended_by, 1):
        _modification(
            passive, "textualMod", "substitution", f"pmod_{number}", f"#amending_{number}",
            expression_iri(later.urn, document.kind),
        )  # fmt: skip
    for number, erratum in enumerate(document.errata):
        where = places.get(erratum.address)
        if where is None:
            continue
        made = _modification(
            passive, "textualMod", "substitution", f"erratum_{number + 1}",
            f"#{identity.note_id(number)}", f"#{where}",
        )  # fmt: skip
        for tag, words in (("old", erratum.as_received), ("new", erratum.reading)):
            etree.SubElement(etree.SubElement(made, akn(tag)), own("words")).text = clean(words)
    if document.repealed_at:
        _modification(
            passive, "forceMod", "endOfEnactment", "pmod_repeal", "#repealing", identity.expression
        )
    if len(passive):
        top.append(passive)
    if document.duties:
        other = etree.SubElement(top, akn("otherAnalysis"), source=_WE)
        for duty in document.duties:
            told = {
                "urn": duty.urn, "strength": duty.strength, "bearer": duty.bearer,
                "phases": " ".join(duty.phases), "recurrence": duty.recurrence, "due": duty.due,
                "evidence": duty.evidence, "quote": duty.quote,
            }  # fmt: skip
            made = etree.SubElement(other, own("duty"))
            made.set("href", f"#{places.get(duty.clause, '')}")
            for name, value in told.items():
                if value:
                    made.set(name, clean(value))
            made.text = clean(duty.title)
    if len(top):
        meta.append(top)


def _modification(
    passive: _Element, tag: str, kind: str, name: str, source: str, destination: str
) -> _Element:
    made = etree.SubElement(passive, akn(tag), eId=name, type=kind)
    etree.SubElement(made, akn("source"), href=source)
    etree.SubElement(made, akn("destination"), href=destination)
    return made


def _references(meta: _Element, identity: Identity) -> None:
    document = identity.document
    top = etree.SubElement(meta, akn("references"), source=_WE)

    def refer(tag: str, key: str, href: str, shown: str) -> _Element:
        told = {"eId": key, "href": href, "showAs": clean(shown) or key}
        return etree.SubElement(top, akn(tag), told)

    refer("original", "this", identity.expression, document.title)
    if document.previous:
        href = expression_iri(document.previous.urn, document.kind)
        refer("passiveRef", "previous", href, document.previous.urn)
    for number, later in enumerate(document.amended_by, 1):
        href = expression_iri(later.urn, document.kind)
        refer("passiveRef", f"amending_{number}", href, later.urn)
    if document.supplements:
        upper = document.supplements
        refer("activeRef", "supplemented", expression_iri(upper.urn, upper.kind), upper.urn)
    for number, citation in enumerate(document.citations):
        shown = citation.title or citation.doc_number
        if citation.target:
            href = identity.citation_href(number)
            refer("activeRef", f"cited_{number + 1}", href, shown)
        else:
            href = f"/akn/ontology/reference/cn/{number + 1}"
            made = refer("TLCReference", f"cited_{number + 1}", href, shown)
            made.set("name", citation.kind.value.lower())
    refer("TLCOrganization", "tongzhou", "/akn/ontology/organization/cn/tongzhou", "同舟")
    for number, issuer in enumerate(identity.issuers, 1):
        href = f"/akn/ontology/organization/cn/{document.work.split('/')[1]}-{number}"
        refer("TLCOrganization", f"issuer_{number}", href, issuer)
    refer("TLCRole", "author", "/akn/ontology/role/author", "发文机关")
    if document.repealed_at:
        shown = document.repealed_by or document.repeal_reason
        refer("TLCEvent", "repealing", "/akn/ontology/event/repeal", shown)


def _notes(meta: _Element, identity: Identity) -> None:
    if not identity.document.errata:
        return
    top = etree.SubElement(meta, akn("notes"), source=_WE)
    for number, erratum in enumerate(identity.document.errata):
        note = etree.SubElement(top, akn("note"), eId=identity.note_id(number))
        etree.SubElement(note, akn("p")).text = clean(erratum_note(erratum))


def _proprietary(meta: _Element, identity: Identity) -> None:
    """Write what the standard has no place for: the head as stored, and the source."""
    document = identity.document
    top = etree.SubElement(meta, akn("proprietary"), source=_WE)
    told = etree.SubElement(top, own("document"))
    for name, value in (
        ("urn", document.urn),
        ("kind", document.kind.value),
        ("issued", document.issued_on.isoformat() if document.issued_on else ""),
        ("effective", document.effective_on.isoformat() if document.effective_on else ""),
        ("expires", document.expires_on.isoformat() if document.expires_on else ""),
        ("supplements", document.supplements.urn if document.supplements else ""),
        ("format", document.format),
        ("sha256", document.sha256),
        ("source", clean(document.source_note)),
        ("exported", document.exported_at.isoformat(timespec="seconds")),
        ("library", document.library),
    ):
        if value:
            told.set(name, value)
    for tag, text in (("title", document.title), ("issuer", document.issuer)):
        etree.SubElement(told, own(tag)).text = clean(text)
    for attachment in document.attachments:
        made = etree.SubElement(told, own("attachment"))
        made.set("declared", "true" if attachment.declared else "false")
        made.text = clean(attachment.title)
