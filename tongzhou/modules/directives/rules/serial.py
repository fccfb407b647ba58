"""Show a parsed document as plain data, ready for JSON."""

from collections.abc import Sequence
from typing import Any

from tongzhou.modules.directives.contracts import ParsedDocument, ProposedDuty


def to_json(document: ParsedDocument) -> dict[str, Any]:
    """Return what a document says of itself, its clauses, citations and tables, ready for JSON."""
    return {
        "title": document.title,
        "doc_number": document.doc_number,
        "issuer": document.issuer,
        "date": document.date,
        "recipients": list(document.recipients),
        "attachments": [
            {"title": item.title, "declared": item.declared} for item in document.attachments
        ],
        "clauses": [
            {
                "label": clause.label,
                "level": clause.level,
                "parent": clause.parent,
                "address": clause.address,
                "text": clause.text,
                "start": clause.start,
                "end": clause.end,
                "heading": clause.heading,
            }
            for clause in document.clauses
        ],
        "kind": document.kind.value,
        "effective_on": document.effective_on,
        "expires_on": document.expires_on,
        "citations": [
            {
                "kind": item.kind.value,
                "title": item.title,
                "doc_number": item.doc_number,
                "start": item.start,
                "end": item.end,
            }
            for item in document.citations
        ],
        "tables": [{"start": start, "end": end} for start, end in document.tables],
    }


def duties_to_json(duties: Sequence[ProposedDuty]) -> list[dict[str, Any]]:
    """Return proposed duties as JSON-ready values; ``start`` and ``end`` count the source."""
    return [
        {
            "clause": duty.clause,
            "text": duty.text,
            "strength": duty.strength.value,
            "bearers": [bearer.value for bearer in duty.bearers],
            "recurrence": duty.recurrence,
            "deadline": duty.deadline,
            "phase": duty.phase,
            "cites": duty.cites,
            "confidence": duty.confidence,
            "start": duty.start,
            "end": duty.end,
            "attributes": list(duty.attributes),
            "evidence": list(duty.evidence),
            "reasons": [
                {
                    "finding": reason.finding,
                    "ground": reason.ground.value,
                    "text": reason.text,
                    "start": reason.start,
                    "end": reason.end,
                }
                for reason in duty.reasons
            ],
        }
        for duty in duties
    ]
