"""Writes of the directives module: loading a directive, recording an erratum."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, clock, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.directives.commands.citing import find_cited
from tongzhou.modules.directives.commands.words import fill_words
from tongzhou.modules.directives.contracts import DocumentKind, ParsedDocument
from tongzhou.modules.directives.models import Citation, Clause, Directive, Erratum, Expression
from tongzhou.modules.directives.rules import parse, urns
from tongzhou.modules.directives.rules.passages import Passage, passages

LONGEST_TITLE = 300
LONGEST_ISSUER = 200
LONGEST_NUMBER = 80
LONGEST_NOTE = 300
_UNREAD = {"title": "没有认出标题，请填写。", "issuer": "没有认出发文机关，请填写。"}


@dataclass(frozen=True, slots=True)
class NewErratum:
    """An erratum to record: at an address, the words as received, how to read them, and why."""

    address: str
    as_received: str
    reading: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What an officer settled about a text before it is kept; None is what the parser reads.

    ``passages`` is the corrected tree. ``previous_id`` names the expression that this one amends,
    ``supplements_id`` the upper one that it refines or adds to. ``format`` and ``original`` tell
    what file the text was taken from.
    """

    passages: tuple[Passage, ...] | None = None
    kind: DocumentKind | None = None
    recipients: tuple[str, ...] | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    format: str = "txt"
    original: UUID | None = None
    previous_id: int | None = None
    supplements_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    """Who issued what under which number and when: as parsed, or as the officer corrected it."""

    title: str
    doc_number: str
    issuer: str
    issued_on: date


@command("directives.directive.load")
def load_directive(
    *,
    actor: Actor,
    at: datetime,
    urn: str,
    text: str,
    source_note: str = "",
    errata: Iterable[NewErratum] = (),
    title: str = "",
    doc_number: str = "",
    issuer: str = "",
    wording: Wording | None = None,
    idempotency_key: str | None = None,
) -> int:
    """Keep one wording of a directive with its clauses and errata; return the expression's id.

    ``urn`` is that of the expression (cn/mca/2020/5@2020-01-29); its date is the day of issue.
    ``title``, ``doc_number`` and ``issuer`` replace what the text says where the parser could not
    tell, ``wording`` what an officer settled beyond that. The same text under the same URN is
    loaded once and its id returned again; another text
    is a Conflict, because a text is never edited. Raises Refusal when the URN is malformed, when
    nothing can be recognised, or when an erratum does not fit the text.
    """
    work, issued_on = urns.check_urn(urn)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    held = Expression.objects.filter(urn=urn).values_list("pk", "sha256").first()
    if held is not None:
        return _again(held, digest, urn)
    if "\x00" in text or _has_surrogates(text):
        raise Refusal(
            "文字里有无法保存的字符。",
            code="directive-not-text",
            field="file",
            way_out="请另存为 UTF-8 文本文件，或把正文直接粘贴进来。",
        )
    document = parse(text)
    settled = wording or Wording()
    kept = list(settled.passages) if settled.passages is not None else passages(document)
    head = _head(document, issued_on, title=title, doc_number=doc_number, issuer=issuer)
    if len(source_note) > LONGEST_NOTE:
        raise Refusal("来源说明太长。", code="directive-note", field="source_note")
    try:
        with transaction.atomic():
            directive = _work(actor, work, document, head, settled)
            made = _keep(at, urn, directive, text, source_note.strip(), document, head, settled)
            _keep_passages(made, kept)
            _keep_citations(made, document, kept)
    except IntegrityError:
        # Somebody loaded the same URN in the meantime; theirs decides.
        held = Expression.objects.filter(urn=urn).values_list("pk", "sha256").first()
        if held is None:
            raise
        return _again(held, digest, urn)
    texts = {each.address: each.text for each in kept}
    for each in errata:
        _record(made.pk, texts, each)
    fill_words(made.pk)
    find_cited(made.pk)
    audit.note(target=urn, clauses=len(kept), sha256=digest)
    events.publish("directives.expression.loaded", expression_id=made.pk)
    return made.pk


@command("directives.erratum.record")
def record_erratum(
    *,
    actor: Actor,
    at: datetime,
    expression_id: int,
    address: str,
    as_received: str,
    reading: str,
    reason: str,
) -> int:
    """Record how readers should read words that came wrong; the text itself stays as received.

    Raises Missing for an unknown expression, Refusal when the clause does not hold those words
    exactly once, Conflict when they already have an erratum.
    """
    urn = Expression.objects.filter(pk=expression_id).values_list("urn", flat=True).first()
    if urn is None:
        raise Missing("没有这份文件。", code="directive-missing")
    texts = dict(Clause.objects.filter(expression_id=expression_id).values_list("address", "text"))
    made = _record(
        expression_id,
        texts,
        NewErratum(
            address=address.strip().removeprefix("#"),
            as_received=as_received.strip(),
            reading=reading.strip(),
            reason=reason.strip(),
        ),
    )
    fill_words(expression_id)
    audit.note(target=f"{urn}#{address}", erratum=made)
    return made


def _again(held: tuple[int, str], digest: str, urn: str) -> int:
    if held[1] == digest:
        audit.note(target=urn, repeated=True)
        return held[0]
    raise Conflict(
        "地址“%(urn)s”已经有一份文字不同的文件，不能覆盖。",
        params={"urn": urn},
        code="directive-exists",
        field="urn",
        way_out="修订后的文本另用它自己的日期；如是另一份文件，请换一个地址；只是错字的，请登记勘误。",
    )


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _head(
    document: ParsedDocument, issued_on: date, *, title: str, doc_number: str, issuer: str
) -> _Head:
    head = _Head(
        title=" ".join((title or document.title or "").split()),
        doc_number=" ".join((doc_number or document.doc_number or "").split()),
        issuer=" ".join((issuer or document.issuer or "").split()),
        issued_on=issued_on,
    )
    for value, limit, field in (
        (head.title, LONGEST_TITLE, "title"),
        (head.issuer, LONGEST_ISSUER, "issuer"),
        (head.doc_number, LONGEST_NUMBER, "doc_number"),
    ):
        if not value and field in _UNREAD:
            raise Refusal(_UNREAD[field], code="directive-head", field=field)
        if len(value) > limit:
            raise Refusal(
                "最多 %(limit)d 个字，现在有 %(found)d 个。",
                params={"limit": limit, "found": len(value)},
                code="too-long",
                field=field,
            )
    return head


def _work(
    actor: Actor, work: str, document: ParsedDocument, head: _Head, settled: Wording
) -> Directive:
    """Return the directive that a wording belongs to, made when this is its first wording."""
    directive, _fresh = Directive.objects.get_or_create(
        urn=work,
        defaults={
            "title": head.title,
            "doc_number": head.doc_number,
            "issuer": head.issuer,
            "issued_on": head.issued_on,
            "authority_id": actor.authority_id,
            "kind": settled.kind or document.kind,
        },
    )
    return directive


def _keep(
    at: datetime,
    urn: str,
    directive: Directive,
    text: str,
    source_note: str,
    document: ParsedDocument,
    head: _Head,
    settled: Wording,
) -> Expression:
    issued = datetime.combine(head.issued_on, time(0), tzinfo=clock.PLACE)
    recipients = document.recipients if settled.recipients is None else settled.recipients
    return Expression.objects.create(
        directive=directive,
        urn=urn,
        title=head.title,
        source=text,
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        source_note=source_note,
        recipients=list(recipients),
        attachments=[
            {"title": each.title, "declared": each.declared} for each in document.attachments
        ],
        published_at=min(issued, at),
        format=settled.format,
        original=settled.original,
        effective_on=settled.effective_on or _day(document.effective_on),
        expires_on=settled.expires_on or _day(document.expires_on),
        previous_id=settled.previous_id,
        supplements_id=settled.supplements_id,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _keep_citations(expression: Expression, document: ParsedDocument, kept: list[Passage]) -> None:
    """Keep the documents that a text names, with the clause each stands in."""
    Citation.objects.bulk_create(
        Citation(
            expression=expression,
            kind=each.kind,
            address=next((p.address for p in reversed(kept) if p.start <= each.start < p.end), ""),
            title=each.title[:LONGEST_TITLE],
            doc_number=each.doc_number[:LONGEST_NUMBER],
            start=each.start,
            end=each.end,
        )
        for each in document.citations
    )


def _keep_passages(expression: Expression, kept: list[Passage]) -> None:
    made: list[Clause] = []
    for position, each in enumerate(kept):
        clause = Clause(
            expression=expression,
            position=position,
            address=each.address,
            label=each.label,
            level=each.level,
            kind=each.kind,
            text=each.text,
            heading=each.heading[:LONGEST_TITLE],
            refines=each.refines,
            start=each.start,
            end=each.end,
        )
        made.append(clause)
    Clause.objects.bulk_create(made)
    children = []
    for clause, each in zip(made, kept, strict=True):
        if each.parent is not None:
            clause.parent = made[each.parent]
            children.append(clause)
    Clause.objects.bulk_update(children, ["parent"], batch_size=500)


def _record(expression_id: int, texts: dict[str, str], erratum: NewErratum) -> int:
    if erratum.address not in texts:
        raise Refusal(
            "文件里没有第 %(address)s 条。",
            params={"address": erratum.address},
            code="erratum-address",
            field="address",
        )
    if not erratum.as_received or not erratum.reading or not erratum.reason:
        field = next(
            name for name in ("as_received", "reading", "reason") if not getattr(erratum, name)
        )
        raise Refusal("请写明原文、应读作什么和理由。", code="erratum-empty", field=field)
    if max(len(erratum.as_received), len(erratum.reading)) > 200 or len(erratum.reason) > 300:
        raise Refusal("勘误写得太长。", code="erratum-long", field="as_received")
    if erratum.as_received == erratum.reading:
        raise Refusal("原文和应读作的文字一样。", code="erratum-same", field="reading")
    count = texts[erratum.address].count(erratum.as_received)
    if count != 1:
        raise Refusal(
            "第 %(address)s 条原文中“%(words)s”出现 %(count)d 次，应恰好 1 次。",
            params={
                "address": erratum.address,
                "words": erratum.as_received,
                "count": count,
            },
            code="erratum-words",
            field="as_received",
            way_out="请照原文抄写，并多抄几个字，使它只出现一次。",
        )
    try:
        with transaction.atomic():
            made = Erratum.objects.create(
                expression_id=expression_id,
                address=erratum.address,
                as_received=erratum.as_received,
                reading=erratum.reading,
                reason=erratum.reason,
            )
    except IntegrityError:
        raise Conflict(
            "这处文字已经登记过勘误。", code="erratum-exists", field="as_received"
        ) from None
    return made.pk
