"""Put the steps together: text in, ParsedDocument out."""

from collections.abc import Sequence

from tongzhou.modules.directives.contracts import BlockKind, ParsedDocument
from tongzhou.modules.directives.rules.candidates import Candidates
from tongzhou.modules.directives.rules.citations import find_citations
from tongzhou.modules.directives.rules.cleaning import Stream, clean, fold
from tongzhou.modules.directives.rules.closing import (
    Annex,
    issuer_of,
    read_closing,
    trim_footer,
)
from tongzhou.modules.directives.rules.effect import effect_of, kind_of
from tongzhou.modules.directives.rules.head import read_head
from tongzhou.modules.directives.rules.kinds import Candidate, Kind
from tongzhou.modules.directives.rules.press import is_report, without_reported
from tongzhou.modules.directives.rules.reading import Reader
from tongzhou.modules.directives.rules.sequence import Work, choose
from tongzhou.modules.directives.rules.tables import Tables
from tongzhou.modules.directives.rules.tree import (
    Zone,
    build_blocks,
    build_clauses,
    without_contents,
    without_lonely,
)
from tongzhou.modules.directives.rules.unwrap import unwrap

_STRUCTURAL = frozenset(
    (
        Kind.PART,
        Kind.CHAPTER,
        Kind.SECTION,
        Kind.ARTICLE,
        Kind.CHINESE,
        Kind.CHINESE_BRACKET,
        Kind.DECIMAL,
    )
)
_LIST_TITLES = ("目录", "名单", "一览表", "清单", "表", "回执", "名录", "样表", "模板")


def parse(
    text: str, work: Work | None = None, *, tables: Sequence[tuple[int, int]] = ()
) -> ParsedDocument:
    """Read a document as received; never raises, an unreadable text gives an empty tree.

    ``tables`` are stretches of ``text`` that stood in a table of the original: they hold no
    labels. ``work`` counts search steps for tests of linear growth.
    """
    stream = clean(text)
    unwrap(stream)
    reader = Reader(stream)
    head = read_head(stream)
    drawn = Tables(stream, tables, head.body)
    closing = read_closing(stream, head, drawn)
    candidates = Candidates(stream, head.body, drawn)
    labels = _labels(candidates, head.body, closing.body_end, work)
    labels = without_reported(stream, head, closing, labels)
    body = Zone(head.body, closing.body_end, labels, BlockKind.PREAMBLE)
    zones = [body]
    for annex in closing.annexes:
        end = trim_footer(stream, annex.content, annex.end)
        labels = _labels(candidates, annex.content, end, work)
        if _is_list(stream, annex, labels, end):
            labels = []
        lead = BlockKind.PREAMBLE if labels else BlockKind.ANNEX
        zones.append(Zone(annex.content, end, labels, lead))
    if not body.labels and closing.annexes:
        zones[0] = Zone(body.start, body.end, [], BlockKind.COVER)
    signature = closing.signature
    date = signature.date if signature is not None and signature.date else None
    date = date or head.date or head.posted
    signed = signature is not None and signature.issuer is not None
    reported = not signed and is_report(stream, head, closing)
    issuer = None if reported else issuer_of(stream, head, closing)
    own = [
        fold(name) for name in (head.title, *(each.title for each in closing.attachments)) if name
    ]
    effect = effect_of(stream, head.body, len(stream), own, date)
    return ParsedDocument(
        title=head.title,
        doc_number=head.number,
        issuer=issuer,
        date=date,
        recipients=head.recipients,
        attachments=closing.attachments,
        clauses=build_clauses(stream, reader, zones),
        blocks=build_blocks(stream, reader, [*head.parts, *closing.parts], zones, drawn),
        kind=kind_of(head.title),
        effective_on=effect.start,
        expires_on=effect.end,
        citations=find_citations(stream, head.body, len(stream), head.number, head.title_span),
        tables=drawn.in_source(),
    )


def _labels(candidates: Candidates, start: int, end: int, work: Work | None) -> list[Candidate]:
    labels = without_lonely(choose(candidates.between(start, end), work))
    return without_contents(candidates.stream, labels)


def _is_list(stream: Stream, annex: Annex, labels: list[Candidate], end: int) -> bool:
    """Say whether an attachment is a list of titles or a table rather than clauses."""
    if not labels or any(label.kind in _STRUCTURAL for label in labels):
        return False
    if annex.title.endswith(_LIST_TITLES) or annex.title.split("（")[0].endswith(_LIST_TITLES):
        return True
    body = stream.fold[labels[0].start : end]
    return body.count("。") + body.count("；") < 0.6 * len(labels)
