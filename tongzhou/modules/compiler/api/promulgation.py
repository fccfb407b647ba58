"""API of promulgation: preview, submit, recall, send back, sign; what an amendment changed."""

from typing import Any, cast

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.compiler import commands
from tongzhou.modules.compiler.api.shapes import FaultOut
from tongzhou.modules.compiler.contracts import Relation
from tongzhou.modules.compiler.queries.changes import ClauseChange, get_changes
from tongzhou.modules.compiler.queries.checks import fault_text
from tongzhou.modules.compiler.queries.frozen import last_seq
from tongzhou.modules.compiler.queries.preview import PhaseRow, Preview, get_preview
from tongzhou.modules.compiler.rules.alignment import Fate
from tongzhou.modules.compiler.rules.similarity import Aspect

VIEW = "compiler.compilation.view"


class ActIn(serializers.Serializer[Any]):
    """An act that may be repeated without harm under the same key."""

    idempotency_key = serializers.CharField(max_length=80, required=False, allow_null=True)


class SeenIn(ActIn):
    """``seen``: the number of the last change, or of the submission, that was read."""

    seen = serializers.IntegerField(min_value=0)


class ReasonIn(ActIn):
    """Why a compilation is sent back."""

    reason = serializers.CharField(max_length=500)


class RelationIn(ActIn):
    """How a working duty stands to one of the base; ``root`` is that duty's id."""

    revision = serializers.IntegerField(min_value=1)
    relation = serializers.ChoiceField(choices=[*(each.value for each in Relation), "END"])
    root = serializers.IntegerField(required=False, allow_null=True)  # type: ignore[assignment]  # a declared field


class ActOut(serializers.Serializer[Any]):
    """The number of the change that an act left in the journal."""

    change = serializers.IntegerField()


class SignedOut(serializers.Serializer[Any]):
    """What a signature made: the expression of the directive."""

    expression = serializers.IntegerField()


class CountOut(serializers.Serializer[Any]):
    """How many are reached of one form, group or level."""

    code = serializers.CharField()
    count = serializers.IntegerField()


class MinutesOut(serializers.Serializer[Any]):
    """Minutes a week on average and at most, and how many are over half an hour."""

    average = serializers.FloatField()
    most = serializers.FloatField()
    over = serializers.IntegerField()


class PhaseMinutesOut(serializers.Serializer[Any]):
    """Reporting minutes in one phase before and after; ``holds``: some place is in it now."""

    phase = serializers.CharField()
    holds = serializers.BooleanField()
    before = MinutesOut()
    after = MinutesOut()


class PreviewDutyOut(serializers.Serializer[Any]):
    """A duty with how many it binds, and how many have to act in the phase that holds now."""

    key = serializers.IntegerField()
    id = serializers.CharField()
    title = serializers.CharField()
    clause = serializers.CharField()
    relation = serializers.ChoiceField(choices=[each.value for each in Relation])
    root = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]  # a declared field
    organisations = serializers.IntegerField()
    authorities = serializers.IntegerField()
    now = serializers.IntegerField()


class EndingOut(serializers.Serializer[Any]):
    """A duty of the amended text that nothing continues; ``reports`` made on it stay."""

    root = serializers.IntegerField()  # type: ignore[assignment]  # a declared field
    title = serializers.CharField()
    decided = serializers.BooleanField()
    reports = serializers.IntegerField(allow_null=True)


class ClashOut(serializers.Serializer[Any]):
    """A duty or clause beside one in force that it repeats or contradicts."""

    item = serializers.CharField()
    contradicts = serializers.BooleanField()
    aspect = serializers.ChoiceField(choices=[each.value for each in Aspect])
    text = serializers.CharField()
    other = serializers.CharField()
    urn = serializers.CharField()
    clause = serializers.CharField()
    duty = serializers.IntegerField(allow_null=True)


class KnownOut(serializers.Serializer[Any]):
    """A field whose answer the register (``fact``) or another duty holds."""

    item = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a declared field, see DRF
    fact = serializers.CharField(allow_null=True)
    duty = serializers.IntegerField(allow_null=True)


class PreviewOut(serializers.Serializer[Any]):
    """What signing would cause, as of now; ``seen`` goes back with the submission."""

    seen = serializers.IntegerField()
    faults = FaultOut(many=True)
    organisations = serializers.IntegerField()
    authorities = serializers.IntegerField()
    organisations_now = serializers.IntegerField()
    forms = CountOut(many=True)
    groups = CountOut(many=True)
    levels = CountOut(many=True)
    phases = PhaseMinutesOut(many=True)
    duties = PreviewDutyOut(many=True)
    endings = EndingOut(many=True)
    clashes = ClashOut(many=True)
    known = KnownOut(many=True)


class ClauseChangeOut(serializers.Serializer[Any]):
    """What became of clauses; several addresses where they were split or merged."""

    fate = serializers.ChoiceField(choices=[each.value for each in Fate])
    old = serializers.ListField(child=serializers.CharField())
    new = serializers.ListField(child=serializers.CharField())
    before = serializers.CharField()
    after = serializers.CharField()


class DutyChangeOut(serializers.Serializer[Any]):
    """What became of a duty; ``reports`` for those who may see figures."""

    duty = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=["CONTINUES", "NEW", "ENDS"])
    title = serializers.CharField()
    clause = serializers.CharField()
    changed = serializers.ListField(child=serializers.CharField())
    reports = serializers.IntegerField(allow_null=True)


class ChangesOut(serializers.Serializer[Any]):
    """A wording beside the one before it."""

    urn = serializers.CharField()
    previous = serializers.CharField(allow_null=True)
    versions = serializers.ListField(child=serializers.CharField())
    supplements = serializers.ListField(child=serializers.CharField())
    clauses = ClauseChangeOut(many=True)
    duties = DutyChangeOut(many=True)


def _asked(request: Request, kind: "type[serializers.Serializer[Any]]") -> dict[str, Any]:
    wish = kind(data=request.data)
    wish.is_valid(raise_exception=True)
    return cast("dict[str, Any]", wish.validated_data)


@extend_schema(responses=PreviewOut, operation_id="preview_compilation")
@endpoint(VIEW)
def preview(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Return whom a compilation would reach, what it would ask, and what it clashes with."""
    return Response(
        _preview(get_preview(actor, compilation_id, clock.now()), last_seq(compilation_id))
    )


def _preview(found: Preview, seen: int) -> dict[str, Any]:
    return {
        "seen": seen,
        "faults": [
            {"item": each.item, "field": each.field, "text": fault_text(each)}
            for each in found.faults
        ],
        "organisations": found.organisations,
        "authorities": found.authorities,
        "organisations_now": found.organisations_now,
        "forms": [{"code": each.code, "count": each.organisations} for each in found.forms],
        "groups": [{"code": each.code, "count": each.organisations} for each in found.groups],
        "levels": [{"code": each.code, "count": each.authorities} for each in found.levels],
        "phases": [_phase(each) for each in found.phases],
        "duties": [
            {
                "key": each.key,
                "id": each.id,
                "title": each.title,
                "clause": each.clause,
                "relation": each.relation,
                "root": each.root,
                "organisations": each.organisations,
                "authorities": each.authorities,
                "now": each.now,
            }
            for each in found.duties
        ],
        "endings": [
            {
                "root": each.root,
                "title": each.title,
                "decided": each.decided,
                "reports": each.reports,
            }
            for each in found.endings
        ],
        "clashes": [
            {
                "item": each.item,
                "contradicts": each.contradicts,
                "aspect": each.aspect,
                "text": each.text,
                "other": each.other,
                "urn": each.urn,
                "clause": each.clause,
                "duty": each.duty_id,
            }
            for each in found.clashes
        ],
        "known": [
            {
                "item": each.item,
                "label": each.label,
                "fact": each.fact.code if each.fact else None,
                "duty": each.duty_id,
            }
            for each in found.known
        ],
    }


def _phase(each: PhaseRow) -> dict[str, Any]:
    return {
        "phase": each.phase,
        "holds": each.holds,
        **{
            name: {
                "average": round(weighed.average.weekly, 1),
                "most": round(weighed.most.weekly, 1),
                "over": weighed.over,
            }
            for name, weighed in (("before", each.before), ("after", each.after))
        },
    }


@extend_schema(request=SeenIn, responses=ActOut, operation_id="submit_compilation")
@endpoint("compiler.compilation.submit", "POST")
def submit(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Submit for signature; 409 when somebody changed something after it was seen."""
    change = commands.submit_compilation(
        actor=actor, at=clock.now(), compilation_id=compilation_id, **_asked(request, SeenIn)
    )
    return Response({"change": change})


@extend_schema(request=ActIn, responses=ActOut, operation_id="recall_compilation")
@endpoint("compiler.compilation.recall", "POST")
def recall(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Take a submitted compilation back."""
    change = commands.recall_compilation(
        actor=actor, at=clock.now(), compilation_id=compilation_id, **_asked(request, ActIn)
    )
    return Response({"change": change})


@extend_schema(request=ReasonIn, responses=ActOut, operation_id="send_back_compilation")
@endpoint("compiler.compilation.send-back", "POST")
def send_back(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Give a submitted compilation back with the reason."""
    change = commands.send_back_compilation(
        actor=actor, at=clock.now(), compilation_id=compilation_id, **_asked(request, ReasonIn)
    )
    return Response({"change": change})


@extend_schema(request=SeenIn, responses=SignedOut, operation_id="sign_compilation")
@endpoint("compiler.compilation.sign", "POST")
def sign(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Sign a submitted compilation; 422 for who submitted or last edited it."""
    expression = commands.sign_compilation(
        actor=actor, at=clock.now(), compilation_id=compilation_id, **_asked(request, SeenIn)
    )
    return Response({"expression": expression})


@extend_schema(request=RelationIn, responses=ActOut, operation_id="relate_working_duty")
@endpoint("compiler.compilation.edit", "POST")
def relate(request: Request, actor: Actor, compilation_id: int, key: int) -> Response:
    """Decide how a working duty stands to one of the base."""
    change = commands.relate_duty(
        actor=actor,
        at=clock.now(),
        compilation_id=compilation_id,
        key=key,
        **_asked(request, RelationIn),
    )
    return Response({"change": change})


@extend_schema(responses=ChangesOut, operation_id="get_directive_changes")
@endpoint("public")
def changes(request: Request, actor: Actor, expression_id: int) -> Response:
    """Return what a wording changed, clause by clause, and what became of its duties."""
    found = get_changes(actor, expression_id, clock.now())
    return Response(
        {
            "urn": found.expression.urn,
            "previous": found.previous.urn if found.previous else None,
            "versions": [each.urn for each in found.versions],
            "supplements": [each.urn for each in found.supplements],
            "clauses": [_clause(each) for each in found.clauses],
            "duties": [
                {
                    "duty": each.root,
                    "outcome": each.outcome,
                    "title": each.title,
                    "clause": each.clause,
                    "changed": each.changed,
                    "reports": each.reports,
                }
                for each in found.duties
            ],
        }
    )


def _clause(each: ClauseChange) -> dict[str, Any]:
    return {
        "fate": each.fate,
        "old": each.old,
        "new": each.new,
        "before": "".join(piece.text for piece in each.before),
        "after": "".join(piece.text for piece in each.after),
    }


_ONE = "compilations/<int:compilation_id>"
urlpatterns = [
    path(f"{_ONE}/preview", preview, name="api-compilation-preview"),
    path(f"{_ONE}/submit", submit, name="api-compilation-submit"),
    path(f"{_ONE}/recall", recall, name="api-compilation-recall"),
    path(f"{_ONE}/send-back", send_back, name="api-compilation-send-back"),
    path(f"{_ONE}/sign", sign, name="api-compilation-sign"),
    path(f"{_ONE}/duties/<int:key>/relation", relate, name="api-working-duty-relation"),
    path("directives/<int:expression_id>/changes", changes, name="api-directive-changes"),
]
