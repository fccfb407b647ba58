"""Write everything that is known of a directive as plain JSON."""

import json
from datetime import date, datetime
from typing import Any

from tongzhou.modules.directives.rules.exports.document import (
    ExportDocument,
    ExportDuty,
    ExportVersion,
)
from tongzhou.modules.directives.rules.passages import Passage

FORMAT = "tongzhou-directive"
VERSION = 1


def write_json(document: ExportDocument) -> bytes:
    """Return head, clauses, citations, errata, duties and the source as JSON.

    Offsets count the characters of ``source``. ``text`` is what was received, ``reading`` what
    readers see. Duties are null where no library was drawn yet.
    """
    told = {
        "format": FORMAT,
        "format_version": VERSION,
        "exported_at": document.exported_at.isoformat(timespec="seconds"),
        "expression": _head(document),
        "clauses": [_clause(document, each) for each in document.passages],
        "citations": [
            {
                "kind": each.kind.value,
                "clause": each.address,
                "title": each.title,
                "doc_number": each.doc_number,
                "start": each.start,
                "end": each.end,
                "target": each.target or None,
            }
            for each in document.citations
        ],
        "errata": [
            {
                "clause": each.address,
                "as_received": each.as_received,
                "reading": each.reading,
                "reason": each.reason,
            }
            for each in document.errata
        ],
        "library": document.library or None,
        "duties": None if document.duties is None else [_duty(each) for each in document.duties],
        "source": document.source,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def _head(document: ExportDocument) -> dict[str, Any]:
    return {
        "urn": document.urn,
        "work": document.work,
        "kind": document.kind.value,
        "title": document.title,
        "doc_number": document.doc_number,
        "issuer": document.issuer,
        "issued_on": _day(document.issued_on),
        "effective_on": _day(document.effective_on),
        "expires_on": _day(document.expires_on),
        "recipients": list(document.recipients),
        "attachments": [
            {"title": each.title, "declared": each.declared} for each in document.attachments
        ],
        "previous": _version(document.previous),
        "amended_by": [_version(each) for each in document.amended_by],
        "supplements": _version(document.supplements),
        "repealed_at": _moment(document.repealed_at),
        "repealed_by": document.repealed_by or None,
        "repeal_reason": document.repeal_reason or None,
        "source_note": document.source_note,
        "source_format": document.format,
        "sha256": document.sha256,
    }


def _clause(document: ExportDocument, passage: Passage) -> dict[str, Any]:
    parent = document.passages[passage.parent].address if passage.parent is not None else None
    return {
        "address": passage.address,
        "urn": f"{document.urn}#{passage.address}",
        "kind": passage.kind,
        "label": passage.label,
        "level": passage.level,
        "parent": parent,
        "heading": passage.heading,
        "text": passage.text,
        "reading": document.reading(passage),
        "refines": passage.refines or None,
        "start": passage.start,
        "end": passage.end,
    }


def _duty(duty: ExportDuty) -> dict[str, Any]:
    return {
        "urn": duty.urn,
        "key": duty.key,
        "clause": duty.clause,
        "quote": duty.quote,
        "title": {"zh": duty.title, "en": duty.title_en},
        "guide": {"zh": duty.guide, "en": duty.guide_en},
        "strength": duty.strength,
        "bearer": {
            "kind": duty.bearer_kind,
            "text": duty.bearer,
            "organ": duty.organ or None,
            "groups": list(duty.groups),
            "levels": list(duty.levels),
        },
        "phases": list(duty.phases),
        "phase_words": duty.phase_words or None,
        "recurrence": duty.recurrence,
        "deadline": dict(duty.deadline) if duty.deadline else None,
        "deadline_basis": duty.deadline_basis or None,
        "due": duty.due,
        "evidence": duty.evidence,
        "cites": duty.cites or None,
        "minutes": duty.minutes,
    }


def _version(version: ExportVersion | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {"urn": version.urn, "issued_on": _day(version.issued_on)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
