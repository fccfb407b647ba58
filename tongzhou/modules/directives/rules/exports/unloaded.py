"""Make an export from a document that was read but is not kept: for the command line."""

import hashlib
from datetime import date, datetime

from tongzhou.modules.directives.contracts import ParsedDocument, Received
from tongzhou.modules.directives.rules.exports.document import (
    ExportAttachment,
    ExportCitation,
    ExportDocument,
)
from tongzhou.modules.directives.rules.passages import passages
from tongzhou.modules.directives.rules.urns import issuer_code, propose_urn


def describe(
    received: Received, parsed: ParsedDocument, at: datetime, *, urn: str = "", title: str = ""
) -> ExportDocument:
    """Return what was read of a document, ready for an export.

    ``urn`` is its address, proposed from issuer, number and date when empty; ``title`` stands in
    for one that was not recognised. Raises Refusal when the text holds neither clauses nor
    paragraphs.
    """
    kept = tuple(passages(parsed))
    issued = date.fromisoformat(parsed.date) if parsed.date else None
    number, issuer = parsed.doc_number or "", parsed.issuer or ""
    day = issued or at.date()
    address = urn or propose_urn(issuer_code(issuer) or "x", number, day)
    return ExportDocument(
        urn=address,
        work=address.partition("@")[0],
        title=parsed.title or title,
        doc_number=number,
        issuer=issuer,
        issued_on=issued,
        source=received.text,
        sha256=hashlib.sha256(received.text.encode("utf-8", "surrogatepass")).hexdigest(),
        passages=kept,
        exported_at=at,
        kind=parsed.kind,
        recipients=tuple(parsed.recipients),
        attachments=tuple(
            ExportAttachment(each.title, each.declared) for each in parsed.attachments
        ),
        format=received.format,
        effective_on=_day(parsed.effective_on),
        expires_on=_day(parsed.expires_on),
        citations=tuple(
            ExportCitation(
                kind=each.kind,
                address=next(
                    (p.address for p in reversed(kept) if p.start <= each.start < p.end), ""
                ),
                title=each.title,
                doc_number=each.doc_number,
                start=each.start,
                end=each.end,
            )
            for each in parsed.citations
        ),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
