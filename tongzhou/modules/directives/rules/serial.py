"""Show a parsed document as plain data, ready for JSON."""

from typing import Any

from tongzhou.modules.directives.contracts import ParsedDocument


def to_json(document: ParsedDocument) -> dict[str, Any]:
    """Return title, number, parties, date, attachments and clauses as JSON-ready values."""
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
            }
            for clause in document.clauses
        ],
    }
