"""What the API of the compiler takes and gives."""

from typing import Any

from rest_framework import serializers

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import queries
from tongzhou.modules.compiler.contracts import (
    ChangeRow,
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    Kind,
    Progress,
    State,
)
from tongzhou.modules.compiler.queries.checks import list_item_faults
from tongzhou.modules.compiler.rules.body import duty_id
from tongzhou.modules.compiler.rules.tree import KINDS
from tongzhou.modules.directives.public import DocumentKind

DECISIONS = ("accept", "reject", "reopen")
_HEAD = (
    "title", "doc_number", "issuer", "issued_on", "urn", "kind", "recipients", "effective_on",
    "expires_on", "source_note",
)  # fmt: skip
_CLAUSE = (
    "key", "address", "label", "level", "kind", "parent", "heading", "text", "start", "end",
    "refines", "revision",
)  # fmt: skip


class HeadOut(serializers.Serializer[Any]):
    """What a document says of itself."""

    title = serializers.CharField()
    doc_number = serializers.CharField()
    issuer = serializers.CharField()
    issued_on = serializers.DateField(allow_null=True)
    urn = serializers.CharField()
    kind = serializers.ChoiceField(choices=[each.value for each in DocumentKind])
    recipients = serializers.ListField(child=serializers.CharField())
    effective_on = serializers.DateField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)
    source_note = serializers.CharField()


class CompilationOut(serializers.Serializer[Any]):
    """The working copy of one document; ``revision`` counts changes of head, scope and groups."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[each.value for each in State])
    kind = serializers.ChoiceField(choices=[each.value for each in Kind])
    base = serializers.IntegerField(allow_null=True)
    head = HeadOut()
    scope_region = serializers.IntegerField()
    scope_by = serializers.CharField()
    response = serializers.IntegerField(allow_null=True)
    groups = serializers.DictField()
    revision = serializers.IntegerField()
    changed_at = serializers.DateTimeField()
    expression = serializers.IntegerField(allow_null=True)
    duties_total = serializers.IntegerField()
    duties_decided = serializers.IntegerField()


class WorkingClauseOut(serializers.Serializer[Any]):
    """A working clause; offsets count the characters of the source."""

    key = serializers.IntegerField()
    address = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a declared field, see DRF
    level = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=list(KINDS))
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]  # declared
    heading = serializers.CharField()
    text = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    refines = serializers.CharField()
    revision = serializers.IntegerField()


class QuestionOut(serializers.Serializer[Any]):
    """Something a person has to decide before a duty can be accepted."""

    code = serializers.CharField()
    field = serializers.CharField()
    text = serializers.CharField()
    words = serializers.CharField()


class WorkingDutyOut(serializers.Serializer[Any]):
    """A working duty: words of the source and a declaration as in a duty library."""

    key = serializers.IntegerField()
    id = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    state = serializers.CharField()
    origin = serializers.CharField()
    spec = serializers.DictField()
    confidence = serializers.FloatField(allow_null=True)
    questions = QuestionOut(many=True)
    revision = serializers.IntegerField()


class FaultOut(serializers.Serializer[Any]):
    """What keeps a compilation from being submitted: at ``head``, ``c<key>`` or ``d<key>``."""

    item = serializers.CharField()
    field = serializers.CharField()
    text = serializers.CharField()


class CompilationFullOut(CompilationOut):
    """A compilation with its clauses, duties and faults."""

    clauses = WorkingClauseOut(many=True)
    duties = WorkingDutyOut(many=True)
    faults = FaultOut(many=True)


class CompilationPageOut(serializers.Serializer[Any]):
    """A part of the list and how long the whole is."""

    count = serializers.IntegerField()
    results = CompilationOut(many=True)


class CompilationIn(serializers.Serializer[Any]):
    """A document: ``text``, or a ``file`` in a multipart form; what it amends or supplements."""

    text = serializers.CharField(required=False, default="", trim_whitespace=False)
    file = serializers.FileField(required=False, allow_null=True)
    source_note = serializers.CharField(
        required=False, default="", max_length=300, allow_blank=True
    )
    kind = serializers.ChoiceField(choices=[each.value for each in Kind], default=Kind.NEW.value)
    base = serializers.IntegerField(required=False, allow_null=True, default=None)
    idempotency_key = serializers.CharField(max_length=80, required=False, allow_null=True)


class HeadIn(serializers.Serializer[Any]):
    """Corrections of the head; what is left out stays."""

    revision = serializers.IntegerField()
    title = serializers.CharField(required=False, allow_blank=True)
    doc_number = serializers.CharField(required=False, allow_blank=True)
    issuer = serializers.CharField(required=False, allow_blank=True)
    issued_on = serializers.DateField(required=False, allow_null=True)
    urn = serializers.CharField(required=False, allow_blank=True)
    kind = serializers.CharField(required=False)
    recipients = serializers.ListField(child=serializers.CharField(), required=False)
    effective_on = serializers.DateField(required=False, allow_null=True)
    expires_on = serializers.DateField(required=False, allow_null=True)
    source_note = serializers.CharField(required=False, allow_blank=True)


class ClauseIn(serializers.Serializer[Any]):
    """Corrections of a clause, or an ``act``: in, out, merge (with the one before), split."""

    revision = serializers.IntegerField()
    label = serializers.CharField(required=False, allow_blank=True)  # type: ignore[assignment]  # declared
    heading = serializers.CharField(required=False, allow_blank=True)
    kind = serializers.CharField(required=False)
    level = serializers.IntegerField(required=False)
    refines = serializers.CharField(required=False, allow_blank=True)
    act = serializers.ChoiceField(choices=["in", "out", "merge", "split"], required=False)
    place = serializers.IntegerField(required=False, min_value=0)


class DutyIn(serializers.Serializer[Any]):
    """One of: a whole ``spec``, a ``decision``, or ``start`` and ``end`` of other words."""

    revision = serializers.IntegerField()
    spec = serializers.DictField(required=False)
    decision = serializers.ChoiceField(choices=list(DECISIONS), required=False)
    reason = serializers.CharField(required=False, default="", allow_blank=True)
    start = serializers.IntegerField(required=False, min_value=0)
    end = serializers.IntegerField(required=False, min_value=0)


class WordsIn(serializers.Serializer[Any]):
    """Words of the source by their offsets."""

    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=0)
    idempotency_key = serializers.CharField(max_length=80, required=False, allow_null=True)


class WorkingKeyOut(serializers.Serializer[Any]):
    """The key of what was made."""

    key = serializers.IntegerField()


class UndoIn(serializers.Serializer[Any]):
    """The number of the change to take back."""

    change = serializers.IntegerField(min_value=1)


class ChangeOut(serializers.Serializer[Any]):
    """One change: what it touched, and which change took it back."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.CharField()
    items = serializers.DictField(child=serializers.CharField())
    undoes = serializers.IntegerField(allow_null=True)
    undone_by = serializers.IntegerField(allow_null=True)


class ChangedOut(serializers.Serializer[Any]):
    """The number of the change, 0 where nothing had to change."""

    change = serializers.IntegerField()


def compilation_json(row: CompilationRow, progress: Progress) -> dict[str, Any]:
    """Return a compilation as CompilationOut."""
    head = row.head
    return {
        "id": row.id,
        "state": row.state,
        "kind": row.kind,
        "base": row.base_id,
        "head": {name: getattr(head, name) for name in _HEAD},
        "scope_region": row.scope_region,
        "scope_by": row.scope_by,
        "response": row.response_id,
        "groups": row.groups,
        "revision": row.revision,
        "changed_at": row.changed_at,
        "expression": row.expression_id,
        "duties_total": progress.total,
        "duties_decided": progress.decided,
    }


def clause_json(each: ClauseDraft) -> dict[str, Any]:
    """Return a clause as WorkingClauseOut."""
    return {name: getattr(each, name) for name in _CLAUSE}


def duty_json(each: DutyDraft) -> dict[str, Any]:
    """Return a duty as WorkingDutyOut."""
    return {
        "key": each.key,
        "id": duty_id(each),
        "start": each.start,
        "end": each.end,
        "state": each.state,
        "origin": each.origin,
        "spec": each.spec,
        "confidence": each.proposal.get("confidence"),
        "questions": [
            {
                "code": question.code,
                "field": question.field,
                "text": question.text % question.params if question.params else question.text,
                "words": question.words,
            }
            for question in each.questions
        ],
        "revision": each.revision,
    }


def full_json(actor: Actor, compilation_id: int) -> dict[str, Any]:
    """Return a compilation as CompilationFullOut; Missing when the actor may not see it."""
    row = queries.get_compilation(actor, compilation_id)
    clauses = queries.list_working_clauses(compilation_id)
    duties = queries.list_working_duties(compilation_id)
    progress = queries.progress_of([compilation_id]).get(compilation_id, Progress())
    return {
        **compilation_json(row, progress),
        "clauses": list(map(clause_json, clauses)),
        "duties": list(map(duty_json, duties)),
        "faults": [
            {
                "item": each.item,
                "field": each.field,
                "text": each.text % each.params if each.params else each.text,
            }
            for each in list_item_faults(row, clauses, duties, clock.now())
        ],
    }


def change_json(each: ChangeRow) -> dict[str, Any]:
    """Return a change as ChangeOut."""
    return {
        "number": each.seq,
        "at": each.at,
        "actor": each.actor,
        "action": each.action,
        "items": each.items,
        "undoes": each.undoes,
        "undone_by": each.undone_by,
    }
