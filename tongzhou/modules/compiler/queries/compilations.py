"""Compilations, their working clauses and working duties."""

from collections.abc import Sequence
from typing import Any, overload

from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_date

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import StoredFile
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    DutyState,
    Head,
    Kind,
    Origin,
    Question,
    Relation,
    State,
)
from tongzhou.modules.compiler.models import Compilation, WorkingClause, WorkingDuty
from tongzhou.modules.registry.public import find_authority_name


class Compilations(Sequence[CompilationRow]):
    """A list of compilations that reads only the page that is shown."""

    def __init__(self, found: "QuerySet[Compilation]") -> None:
        self._found = found
        self._length: int | None = None

    def __len__(self) -> int:
        if self._length is None:
            self._length = self._found.count()
        return self._length

    @overload
    def __getitem__(self, index: int) -> CompilationRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[CompilationRow]: ...

    def __getitem__(self, index: int | slice) -> CompilationRow | list[CompilationRow]:
        if isinstance(index, slice):
            return [row_of(each) for each in self._found[index]]
        return row_of(self._found[index])


def list_compilations(
    actor: Actor, *, state: State | None = None, search: str = ""
) -> Compilations:
    """Return the compilations of the actor's authority, last changed first.

    Without a ``state`` all but discarded ones.
    """
    found = Compilation.objects.visible_to(actor).defer("source", "tables")
    found = found.filter(state=state) if state else found.exclude(state=State.DISCARDED)
    for word in search.replace("\x00", "").split()[:8]:
        found = found.filter(head__title__icontains=word)
    return Compilations(found.order_by("-changed_at", "-pk"))


def get_compilation(actor: Actor, compilation_id: int) -> CompilationRow:
    """Return one compilation; Missing when there is none that the actor may see."""
    found = (
        Compilation.objects.visible_to(actor).defer("source", "tables").filter(pk=compilation_id)
    ).first()
    if found is None:
        raise missing()
    return row_of(found)


def count_states(actor: Actor) -> dict[State, int]:
    """Return how many compilations of the actor's authority are in each state."""
    found = Compilation.objects.visible_to(actor).order_by("state").values_list("state")
    return {State(state): count for state, count in found.annotate(count=Count("pk"))}


def find_same_compilation(actor: Actor, row: CompilationRow) -> CompilationRow | None:
    """Return another compilation of the same text or address that is worked on, None without.

    The same notice as a Word file and as a web page differs by its white space, not by its address.
    """
    same = Q(sha256__in=Compilation.objects.filter(pk=row.id).values("sha256"))
    if row.head.urn:
        same |= Q(head__urn=row.head.urn)
    found = (
        Compilation.objects.visible_to(actor)
        .filter(same, state__in=[State.EDITING, State.SUBMITTED])
        .exclude(pk=row.id)
        .defer("source", "tables")
    ).first()
    return row_of(found) if found else None


def get_digest(actor: Actor, compilation_id: int) -> str:
    """Return the SHA-256 of the text as received; Missing as for :func:`get_compilation`."""
    found = Compilation.objects.visible_to(actor).filter(pk=compilation_id)
    digest = found.values_list("sha256", flat=True).first()
    if digest is None:
        raise missing()
    return digest


def list_notes(actor: Actor, compilation_id: int) -> list[str]:
    """Return what could not be taken over from the file, as finished sentences."""
    found = Compilation.objects.visible_to(actor).filter(pk=compilation_id)
    return list(found.values_list("notes", flat=True).first() or ())


def get_original(actor: Actor, compilation_id: int) -> StoredFile:
    """Return the file that the text was taken from; Missing when it was pasted."""
    row = get_compilation(actor, compilation_id)
    found = StoredFile.objects.filter(pk=row.original).first() if row.original else None
    if found is None:
        raise Missing("这份分解稿没有原文件，正文是粘贴的。", code="original-missing")
    return found


def get_source(actor: Actor, compilation_id: int) -> str:
    """Return the text as received; Missing as for :func:`get_compilation`."""
    found = Compilation.objects.visible_to(actor).filter(pk=compilation_id)
    source = found.values_list("source", flat=True).first()
    if source is None:
        raise missing()
    return source


def list_working_clauses(compilation_id: int) -> list[ClauseDraft]:
    """Return the working clauses in the order of the text."""
    found = WorkingClause.objects.filter(compilation_id=compilation_id).order_by("position")
    return [clause_of(each) for each in found]


def list_working_duties(compilation_id: int) -> list[DutyDraft]:
    """Return the working duties in the order of the text."""
    found = WorkingDuty.objects.filter(compilation_id=compilation_id).order_by("start", "key")
    return [duty_of(each) for each in found]


def missing() -> Missing:
    """Return the refusal for a compilation that is not there, or not the actor's business."""
    return Missing("没有这份分解稿。", code="compilation-missing")


def clause_of(each: WorkingClause) -> ClauseDraft:
    """Return a stored clause as a frozen row."""
    return ClauseDraft(
        key=each.key,
        position=each.position,
        address=each.address,
        label=each.label,
        level=each.level,
        kind=each.kind,
        parent=each.parent,
        heading=each.heading,
        text=each.text,
        start=each.start,
        end=each.end,
        refines=each.refines,
        revision=each.revision,
    )


def duty_of(each: WorkingDuty) -> DutyDraft:
    """Return a stored duty as a frozen row."""
    return DutyDraft(
        key=each.key,
        start=each.start,
        end=each.end,
        state=DutyState(each.state),
        origin=Origin(each.origin),
        spec=each.spec,
        proposal=each.proposal,
        questions=tuple(Question(**question) for question in each.questions),
        relation=Relation(each.relation),
        root=each.root,
        revision=each.revision,
    )


def head_of(held: dict[str, Any]) -> Head:
    """Return the head from its JSON."""
    return Head(
        title=held.get("title", ""),
        doc_number=held.get("doc_number", ""),
        issuer=held.get("issuer", ""),
        issued_on=parse_date(held.get("issued_on") or ""),
        urn=held.get("urn", ""),
        kind=held.get("kind", "OTHER"),
        recipients=tuple(held.get("recipients", ())),
        effective_on=parse_date(held.get("effective_on") or ""),
        expires_on=parse_date(held.get("expires_on") or ""),
        source_note=held.get("source_note", ""),
    )


def row_of(each: Compilation) -> CompilationRow:
    """Return a stored compilation as a frozen row."""
    return CompilationRow(
        id=each.pk,
        authority_id=each.authority_id,
        authority=find_authority_name(each.authority_id),
        state=State(each.state),
        kind=Kind(each.kind),
        base_id=each.base_id,
        head=head_of(each.head),
        format=each.format,
        original=str(each.original) if each.original else None,
        scope_region=each.scope_region,
        scope_by=each.scope_by,
        response_id=each.response_id,
        groups=each.groups,
        revision=each.revision,
        created_at=each.created_at,
        creator=each.creator,
        changed_at=each.changed_at,
        changer=each.changer,
        submitted_at=each.submitted_at,
        submitter=each.submitter,
        submitted_by=each.submitted_by,
        signed_at=each.signed_at,
        signer=each.signer,
        return_reason=each.return_reason,
        expression_id=each.expression_id,
        library_id=each.library_id,
    )
