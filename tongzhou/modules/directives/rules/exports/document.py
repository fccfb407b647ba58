"""What an export is made from: one wording of a directive as plain values.

Whoever calls an exporter fills these in; the exporters know no database. Duties are rows in words
and codes, drawn by a higher module; ``duties`` is None where none were drawn yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from tongzhou.modules.directives.contracts import CitationKind, DocumentKind
from tongzhou.modules.directives.rules.passages import Passage
from tongzhou.modules.directives.rules.typeset import typeset

#: Kinds of passage with text of their own, numbered or not.
BODY = frozenset({"COVER", "PREAMBLE", "ANNEX", "ITEM"})


@dataclass(frozen=True, slots=True)
class ExportErratum:
    """A misprint at an address: the words as received, how they are to be read, and why."""

    address: str
    as_received: str
    reading: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExportCitation:
    """Another document that the text names; ``target`` is its work's address where it is held."""

    kind: CitationKind
    address: str
    title: str
    doc_number: str
    start: int
    end: int
    target: str = ""
    target_kind: DocumentKind = DocumentKind.OTHER


@dataclass(frozen=True, slots=True)
class ExportAttachment:
    """An attachment; ``declared`` says whether the document announces it (“附件：…”)."""

    title: str
    declared: bool


@dataclass(frozen=True, slots=True)
class ExportVersion:
    """Another expression that this one stands beside: amended, amending, or supplemented."""

    urn: str
    issued_on: date | None
    kind: DocumentKind = DocumentKind.OTHER


@dataclass(frozen=True, slots=True)
class ExportDuty:
    """A duty drawn from the words ``quote`` of one clause.

    ``bearer`` and ``due`` are words for readers, all else codes and values of the duty library.
    ``minutes`` is the work of reporting on it once.
    """

    urn: str
    key: str
    clause: str
    quote: str
    title: str
    title_en: str
    guide: str
    guide_en: str
    strength: str
    bearer_kind: str
    bearer: str
    due: str
    phases: tuple[str, ...]
    evidence: str
    recurrence: str
    organ: str = ""
    groups: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    deadline: Mapping[str, object] | None = None
    deadline_basis: str = ""
    phase_words: str = ""
    cites: str = ""
    minutes: int = 0


@dataclass(frozen=True)
class ExportDocument:
    """One wording of a directive with everything an export may show.

    ``passages`` are in the order of the text and hold the words as received; ``source`` is the
    whole text exactly as received, which their offsets count. ``exported_at`` is the moment of
    the export. ``amended_by`` are later wordings, ``previous`` is the one that this one amends,
    ``supplements`` the upper directive it refines or adds to.
    """

    urn: str
    work: str
    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    source: str
    sha256: str
    passages: tuple[Passage, ...]
    exported_at: datetime
    kind: DocumentKind = DocumentKind.OTHER
    recipients: tuple[str, ...] = ()
    attachments: tuple[ExportAttachment, ...] = ()
    source_note: str = ""
    format: str = "txt"
    effective_on: date | None = None
    expires_on: date | None = None
    previous: ExportVersion | None = None
    amended_by: tuple[ExportVersion, ...] = ()
    supplements: ExportVersion | None = None
    repealed_at: datetime | None = None
    repealed_by: str = ""
    repeal_reason: str = ""
    citations: tuple[ExportCitation, ...] = ()
    errata: tuple[ExportErratum, ...] = ()
    library: str = ""
    duties: tuple[ExportDuty, ...] | None = None

    @cached_property
    def errata_at(self) -> Mapping[str, list[ExportErratum]]:
        """Return the errata by the address of their clause."""
        found: dict[str, list[ExportErratum]] = {}
        for each in self.errata:
            found.setdefault(each.address, []).append(each)
        return found

    @cached_property
    def duties_at(self) -> Mapping[str, list[ExportDuty]]:
        """Return the duties by the address of their clause."""
        found: dict[str, list[ExportDuty]] = {}
        for each in self.duties or ():
            found.setdefault(each.clause, []).append(each)
        return found

    def reading(self, passage: Passage) -> str:
        """Return the words of a passage for readers: errata applied, Chinese punctuation."""
        return typeset(self._read(passage, passage.text))

    def heading(self, passage: Passage) -> str:
        """Return the heading of a passage for readers: the beginning of what ``reading`` gives."""
        return self.reading(passage)[: len(self._read(passage, passage.heading))]

    def corrected(self, passage: Passage) -> list[tuple[int, int, ExportErratum]]:
        """Return which words of ``reading`` stand for others, as offsets, in their order."""
        places = sorted(
            (
                (passage.text.find(each.as_received), each)
                for each in self.errata_at.get(passage.address, ())
            ),
            key=lambda pair: pair[0],
        )
        found = []
        moved = 0
        for at, each in places:
            if at >= 0:
                found.append((at + moved, at + moved + len(each.reading), each))
                moved += len(each.reading) - len(each.as_received)
        return found

    def _read(self, passage: Passage, text: str) -> str:
        for each in self.errata_at.get(passage.address, ()):
            text = text.replace(each.as_received, each.reading)
        return text


def erratum_note(erratum: ExportErratum) -> str:
    """Return the note that tells readers what stood in the place of a corrected word."""
    return f"原文作“{erratum.as_received}”，应读作“{erratum.reading}”。{erratum.reason}"


def provenance(document: ExportDocument) -> list[tuple[str, str]]:
    """Return what every export states beside the text: source, version, moment of the export."""
    told = [
        ("urn", document.urn),
        ("number", document.doc_number),
        ("source", document.source_note),
        ("sha256", document.sha256),
        ("exported", document.exported_at.isoformat(timespec="seconds")),
    ]
    return [(name, value) for name, value in told if value]
