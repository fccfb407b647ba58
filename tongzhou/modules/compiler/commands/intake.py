"""Take a document in: text, clause tree and proposed duties become a compilation at once."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any

from django.utils.dateparse import parse_date

from tongzhou.base.errors import Refusal
from tongzhou.kernel import audit, clock, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.compiler.commands.amending import carry_over
from tongzhou.modules.compiler.commands.bench import id_of, lock, next_seq, put_head
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    DutyDraft,
    DutyState,
    Kind,
    Origin,
    State,
)
from tongzhou.modules.compiler.models import Change, Compilation, WorkingClause, WorkingDuty
from tongzhou.modules.compiler.queries.checks import check_amends
from tongzhou.modules.compiler.queries.frozen import drafters_of
from tongzhou.modules.compiler.rules import declaring, journal
from tongzhou.modules.compiler.rules.declaring import Document
from tongzhou.modules.compiler.rules.tree import clause_at, settle
from tongzhou.modules.directives.public import (
    ParsedDocument,
    Passage,
    ProposedDuty,
    Received,
    Stretches,
    get_expression,
    parse,
    passages,
    propose,
    propose_urn,
)
from tongzhou.modules.response.public import find_place_phases

#: Some hundred and thirty pages; a longer text is a collection of documents.
LONGEST_TEXT = 200_000


class Original:
    """A file as it was uploaded, to be kept beside the text that was read from it.

    No dataclass: who compares calls takes name and size of what can be read, and no copy of it.
    """

    def __init__(self, name: str, stream: IO[bytes], size: int) -> None:
        self.name, self.stream, self.size = name, stream, size

    def read(self, size: int = -1) -> bytes:
        """Return bytes of the file."""
        return self.stream.read(size)


@command("compiler.compilation.create")
def create_compilation(
    *,
    actor: Actor,
    at: datetime,
    received: Received,
    original: Original | None = None,
    source_note: str = "",
    kind: Kind = Kind.NEW,
    base_id: int | None = None,
    idempotency_key: str | None = None,
) -> int:
    """Make a compilation of a text and return its id.

    The head and the clauses are read from the text and duties proposed; an officer corrects all
    of it. ``base_id`` names the expression that an AMENDMENT amends or a SUPPLEMENT refines.
    Raises Refusal for a text without clauses or paragraphs, for one that is too long, and for the
    amendment of a text that the actor's authority neither issued nor stands above.
    """
    if actor.authority_id is None:
        raise Refusal("只有登记管理机关可以装载文件。", code="no-authority")
    _check_text(received.text)
    _check_base(kind, base_id)
    if kind is Kind.AMENDMENT and base_id is not None:
        check_amends(actor, base_id, at)
    document = parse(received.text, tables=received.tables)
    kept = passages(document)
    row = Compilation.objects.create(
        authority_id=actor.authority_id,
        kind=kind,
        base_id=base_id,
        head={},
        source=received.text,
        sha256=hashlib.sha256(received.text.encode("utf-8")).hexdigest(),
        format=received.format,
        tables=[list(span) for span in received.tables],
        notes=list(received.notes),
        scope_region=max(0, actor.low),
        scope_by="REGISTRATION",
        created_at=at,
        created_by=actor.user_id,
        creator=actor.label[:200],
        changed_at=at,
        changer=actor.label[:200],
    )
    if original is not None:
        row.original = _store(original, received.format, actor, at)
    tree = _tree(kept, len(received.text))
    days = Document(parse_date(document.date or ""), at.astimezone(clock.PLACE).date())
    duties, groups = _duties(row, propose(received.text, document), tree, days)
    phases = find_place_phases(row.scope_region, at)
    put_head(
        row,
        {
            **_head(document, source_note),
            "scope_region": row.scope_region,
            "scope_by": row.scope_by,
            "response_id": phases[0][0].id if phases else None,
            "groups": groups,
        },
    )
    WorkingClause.objects.bulk_create(
        WorkingClause(
            compilation=row,
            key=each.key,
            position=each.position,
            address=each.address,
            **journal.clause_content(each),
        )
        for each in tree
    )
    WorkingDuty.objects.bulk_create(
        WorkingDuty(compilation=row, key=each.key, **journal.duty_content(each)) for each in duties
    )
    row.next_key = max([*(c.key for c in tree), *(d.key for d in duties)], default=0) + 1
    row.save()
    carry_over(row.pk)
    audit.note(
        target=f"compilation/{row.pk}", clauses=len(tree), duties=len(duties), sha256=row.sha256
    )
    return row.pk


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise Refusal(
            "文字太长：%(found)s 万字，最多 %(limit)s 万字。",
            params={"found": f"{len(text) / 10_000:.0f}", "limit": LONGEST_TEXT // 10_000},
            code="document_too_large",
            field="text",
            way_out="这多半是几份文件的汇编；请一份一份装载，只保留正文和附件的文字。",
        )
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Refusal(
            "文字里有无法保存的字符。",
            code="document_not_text",
            field="text",
            way_out="请另存为 UTF-8 文本文件，或把正文直接粘贴进来。",
        )


def _check_base(kind: Kind, base_id: int | None) -> None:
    if (kind is Kind.NEW) != (base_id is None):
        raise Refusal("修订和补充要说明是对哪份文件。", code="base")
    if base_id is not None and get_expression(base_id).repealed_at is not None:
        raise Refusal(
            "那份文件已经废止，不能再修订或补充。",
            code="base-repealed",
            way_out="请装载为一份新文件。",
        )


def _store(original: Original, form: str, actor: Actor, at: datetime) -> Any:
    """Keep the uploaded file; where its name lies, it ends the way its content says."""
    name = files.clean_name(original.name)
    stem, _dot, extension = name.rpartition(".")
    fitting = f"{stem or extension}.{form}"
    told = name if extension.lower() in files.DOCUMENT_KINDS else fitting
    for each in dict.fromkeys((told, fitting, f"{stem or extension}.doc")):
        try:
            return files.store(
                original.stream,
                name=each,
                size=original.size,
                actor=actor,
                at=at,
                kinds=files.DOCUMENT_KINDS,
            ).pk
        except Refusal as refusal:
            if refusal.code not in ("file-content", "file-kind"):
                raise
    raise Refusal(
        "文件的内容与扩展名不符，没有收下。",
        code="file-content",
        field="file",
        way_out="请用原来的软件打开并另存，再重新上传；也可以把正文直接粘贴进来。",
    )


def _head(document: ParsedDocument, source_note: str) -> dict[str, Any]:
    issued = parse_date(document.date) if document.date else None
    return {
        "title": (document.title or "")[:300],
        "doc_number": (document.doc_number or "")[:80],
        "issuer": (document.issuer or "")[:200],
        "issued_on": document.date,
        "urn": propose_urn(document.issuer or "", document.doc_number or "", issued),
        "kind": str(document.kind),
        "recipients": document.recipients[:200],
        "effective_on": document.effective_on,
        "expires_on": document.expires_on,
        "source_note": " ".join(source_note.split())[:300],
    }


def _tree(kept: list[Passage], size: int) -> list[ClauseDraft]:
    """Return passages as working clauses, keyed from 1; spans never overlap."""
    made: list[ClauseDraft] = []
    reached = 0
    for key, each in enumerate(kept, start=1):
        start, end = max(each.start, reached), min(each.end, size)
        if start >= end:
            continue
        reached = end
        made.append(
            ClauseDraft(
                key=key,
                position=0,
                address="",
                label=each.label[:20],
                level=each.level,
                kind=each.kind,
                parent=each.parent + 1 if each.parent is not None else None,
                heading=each.heading[:300],
                text=each.text,
                start=start,
                end=end,
                refines=each.refines,
            )
        )
    return settle(made)


def _duties(
    row: Compilation, proposed: Iterable[ProposedDuty], tree: list[ClauseDraft], document: Document
) -> tuple[list[DutyDraft], dict[str, Any]]:
    """Return proposals as working duties with first declarations, and the groups they name."""
    read = Stretches(row.source).words
    made: list[DutyDraft] = []
    groups: dict[str, Any] = {}
    for key, each in enumerate(proposed, start=max((c.key for c in tree), default=0) + 1):
        duty = DutyDraft(
            key=key,
            start=each.start,
            end=each.end,
            state=DutyState.PROPOSED,
            origin=Origin.PARSER,
            spec={"id": id_of(row.pk, key)},
            proposal=proposal_of(each),
        )
        declared = declaring.declare_duty(duty, clause_at(tree, each.start), read, document)
        made.append(declared.duty)
        groups = {**declared.groups, **groups}
    return made, groups


def proposal_of(each: ProposedDuty) -> dict[str, Any]:
    """Return a proposal as JSON holds it, with the words that led to it."""
    return {
        "start": each.start,
        "end": each.end,
        "strength": str(each.strength),
        "bearers": [str(bearer) for bearer in each.bearers],
        "recurrence": each.recurrence,
        "deadline": each.deadline,
        "phase": each.phase,
        "cites": each.cites,
        "confidence": round(each.confidence, 2),
        "attributes": list(each.attributes),
        "evidence": list(each.evidence),
        "reasons": [
            {
                "finding": reason.finding,
                "ground": str(reason.ground),
                "text": reason.text,
                "start": reason.start,
                "end": reason.end,
            }
            for reason in each.reasons
        ],
    }


@command("compiler.compilation.create")
def copy_compilation(
    *, actor: Actor, at: datetime, compilation_id: int, idempotency_key: str | None = None
) -> int:
    """Make a compilation with the same text, clauses and duties; return its id.

    The copy begins without a history; the one it was made of stays as it is.
    """
    row = lock(actor, compilation_id, states=set(State))
    clauses, duties = list(row.clauses.all()), list(row.duties.all())
    old = row.pk
    copied = Compilation.objects.create(
        authority_id=row.authority_id,
        kind=row.kind,
        base_id=row.base_id,
        head=row.head,
        source=row.source,
        sha256=row.sha256,
        format=row.format,
        original=row.original,
        tables=row.tables,
        notes=row.notes,
        scope_region=row.scope_region,
        scope_by=row.scope_by,
        response_id=row.response_id,
        groups=row.groups,
        next_key=row.next_key,
        created_at=at,
        created_by=actor.user_id,
        creator=actor.label[:200],
        drafters=drafters_of(old),
        changed_at=at,
        changer=actor.label[:200],
    )
    for clause in clauses:
        clause.pk, clause.compilation = None, copied
    for duty in duties:
        duty.pk, duty.compilation = None, copied
    WorkingClause.objects.bulk_create(clauses)
    WorkingDuty.objects.bulk_create(duties)
    audit.note(target=f"compilation/{copied.pk}", copied=old)
    return copied.pk


@command("compiler.compilation.discard")
def discard_compilation(*, actor: Actor, at: datetime, compilation_id: int) -> None:
    """Put a compilation aside: nothing of it is lost, nobody works on it any more."""
    row = lock(actor, compilation_id, states={State.EDITING, State.DISCARDED})
    if row.state == State.DISCARDED:
        return
    row.state = State.DISCARDED
    row.changed_at, row.changer = at, actor.label[:200]
    row.save(update_fields=["state", "changed_at", "changer"])
    _note(row, actor, at, "discard")


@command("compiler.compilation.discard")
def restore_compilation(*, actor: Actor, at: datetime, compilation_id: int) -> None:
    """Take a compilation up again that was put aside."""
    row = lock(actor, compilation_id, states={State.EDITING, State.DISCARDED})
    if row.state == State.EDITING:
        return
    row.state = State.EDITING
    row.changed_at, row.changer = at, actor.label[:200]
    row.save(update_fields=["state", "changed_at", "changer"])
    _note(row, actor, at, "restore")


def _note(row: Compilation, actor: Actor, at: datetime, action: str) -> None:
    """Remember an act that changes no item."""
    Change.objects.create(
        compilation=row,
        seq=next_seq(row),
        at=at,
        user_id=actor.user_id,
        actor=actor.label[:200],
        action=action,
        before={},
        after={},
    )
    audit.note(target=f"compilation/{row.pk}", action=action)
