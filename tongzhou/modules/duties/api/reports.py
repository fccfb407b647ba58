"""Operations on my duties, reports, and their review."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.directives.public import EXPORT_FORMATS
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.contracts import FieldSpec
from tongzhou.modules.duties.queries import reports, tasks
from tongzhou.modules.duties.queries.exporting import write_export
from tongzhou.modules.duties.queries.reports import ReportView
from tongzhou.modules.duties.queries.tasks import TaskRow
from tongzhou.modules.duties.queries.wording import say
from tongzhou.modules.duties.workflow import REPORT

_PERIOD = OpenApiParameter(
    "period", str, OpenApiParameter.PATH, description="Name of the period, ISO 8601 date"
)


class FieldOut(serializers.Serializer[Any]):
    """One field of a duty's form."""

    name = serializers.CharField()
    type = serializers.CharField()
    title = serializers.CharField()
    mandatory = serializers.BooleanField()
    choices = serializers.ListField(child=serializers.CharField())
    when = serializers.DictField(allow_null=True)


class DutyOut(serializers.Serializer[Any]):
    """One duty that the caller's organisation owes now."""

    duty = serializers.IntegerField()
    urn = serializers.CharField()
    title = serializers.CharField()
    strength = serializers.CharField()
    organ = serializers.CharField(allow_blank=True)
    period = serializers.DateField()
    due_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=["", *REPORT.states])
    overdue = serializers.BooleanField()
    late = serializers.BooleanField()
    version = serializers.IntegerField()
    wants_report = serializers.BooleanField()
    may_report = serializers.BooleanField()
    form = FieldOut(many=True)


class ReportIn(serializers.Serializer[Any]):
    """A report: the answers by field name."""

    answers = serializers.DictField()
    effective_on = serializers.DateField(required=False, allow_null=True)
    based_on = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Version this report corrects, 0 for none: 409 when there is another",
    )
    idempotency_key = serializers.CharField(max_length=80, required=False, allow_null=True)


#: Checks every report: to make one anew costs ten times the check. It keeps nothing of a request.
_REPORT_IN = ReportIn()


class FiledOut(serializers.Serializer[Any]):
    """What became of a filing."""

    version = serializers.IntegerField()
    late = serializers.BooleanField()


class StepOut(serializers.Serializer[Any]):
    """One step of a report's history."""

    name = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField()
    version = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)


class ReportOut(serializers.Serializer[Any]):
    """A report with its answers and its history."""

    number = serializers.CharField()
    organisation = serializers.IntegerField()
    prov = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    duty = serializers.IntegerField()
    urn = serializers.CharField()
    period = serializers.DateField()
    state = serializers.ChoiceField(choices=list(REPORT.states))
    version = serializers.IntegerField()
    late = serializers.BooleanField()
    answers = serializers.DictField()
    effective_on = serializers.DateField()
    submitted_at = serializers.DateTimeField()
    submitter = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    steps = StepOut(many=True)


class AcceptIn(serializers.Serializer[Any]):
    """Which version was read; 409 when it was corrected since."""

    version = serializers.IntegerField(required=False, allow_null=True)


class ReturnIn(serializers.Serializer[Any]):
    """Why a report goes back."""

    reason = serializers.CharField(max_length=500)
    version = serializers.IntegerField(required=False, allow_null=True)


def _field(spec: FieldSpec) -> dict[str, Any]:
    when = spec.when
    return {
        "name": spec.name,
        "type": spec.type,
        "title": say(spec.label),
        "mandatory": spec.required,
        "choices": [each.value for each in spec.choices],
        "when": {"field": when.field, "equals": when.equals, "above": when.above} if when else None,
    }


def _duty(row: TaskRow) -> dict[str, Any]:
    return {
        "duty": row.duty.id,
        "urn": row.duty.urn,
        "title": say(row.duty.spec.title),
        "strength": row.duty.spec.strength,
        "organ": row.organ,
        "period": row.period.start,
        "due_at": row.period.due_at,
        "state": row.state,
        "overdue": row.is_overdue,
        "late": row.late,
        "version": row.version,
        "wants_report": row.duty.is_counted,
        "may_report": row.may_report,
        "form": [_field(each) for each in row.duty.spec.evidence.fields],
    }


def _report(view: ReportView) -> dict[str, Any]:
    row = view.row
    return {
        "number": view.number,
        "organisation": row.organisation_id,
        "prov": row.prov,
        "name": row.name,
        "code": row.code,
        "duty": row.duty_id,
        "urn": view.duty.urn,
        "period": row.period,
        "state": row.state,
        "version": row.version,
        "late": row.late,
        "answers": view.data,
        "effective_on": view.effective_on,
        "submitted_at": row.submitted_at,
        "submitter": row.submitter,
        "reason": row.reason,
        "steps": [
            {
                "name": step.name,
                "before": step.source,
                "after": step.target,
                "version": step.version,
                "at": step.at,
                "actor": step.actor,
                "reason": step.reason,
            }
            for step in view.steps
        ],
    }


def _key(organisation_id: int, prov: int, duty_id: int, period: str) -> commands.Key:
    try:
        return commands.Key(date.fromisoformat(period), duty_id, organisation_id, prov)
    except ValueError:
        raise Missing("没有这一期。") from None


def _load(actor: Actor, key: commands.Key) -> ReportView:
    return reports.get_report(actor, key.period, key.duty_id, key.organisation_id, key.prov)


@extend_schema(responses=DutyOut(many=True), operation_id="list_my_duties")
@endpoint("duties.report.view")
def list_duties(request: Request, actor: Actor) -> Response:
    """List what the token's own organisation owes now, with the form of each duty."""
    bearer = tasks.bearer_of(actor)
    return Response([_duty(row) for row in tasks.list_board(actor, bearer, clock.now())])


@extend_schema(
    methods=["GET"], responses=ReportOut, parameters=[_PERIOD], operation_id="get_report"
)
@extend_schema(
    methods=["POST"],
    request=ReportIn,
    responses={201: FiledOut},
    parameters=[_PERIOD],
    operation_id="submit_report",
)
@endpoint("duties.report.view", "GET", "POST")
def report(
    request: Request, actor: Actor, organisation_id: int, prov: int, duty_id: int, period: str
) -> Response:
    """Read a report, or report on a duty of the token's own organisation."""
    key = _key(organisation_id, prov, duty_id, period)
    if request.method == "GET":
        return Response(_report(_load(actor, key)))
    given = _REPORT_IN.run_validation(request.data)
    result = commands.submit_report(
        actor=actor,
        at=clock.now(),
        key=key,
        data=given["answers"],
        effective_on=given.get("effective_on"),
        based_on=given.get("based_on"),
        idempotency_key=given.get("idempotency_key"),
    )
    return Response(result, status=201)


@extend_schema(
    request=AcceptIn, responses=ReportOut, parameters=[_PERIOD], operation_id="accept_report"
)
@endpoint("duties.report.accept", "POST")
def accept_report(
    request: Request, actor: Actor, organisation_id: int, prov: int, duty_id: int, period: str
) -> Response:
    """Accept a report of an organisation that the token's authority registered."""
    wish = AcceptIn(data=request.data)
    wish.is_valid(raise_exception=True)
    key = _key(organisation_id, prov, duty_id, period)
    commands.accept_report(
        actor=actor, at=clock.now(), key=key, seen=wish.validated_data.get("version")
    )
    return Response(_report(_load(actor, key)))


@extend_schema(
    request=ReturnIn, responses=ReportOut, parameters=[_PERIOD], operation_id="return_report"
)
@endpoint("duties.report.return", "POST")
def return_report(
    request: Request, actor: Actor, organisation_id: int, prov: int, duty_id: int, period: str
) -> Response:
    """Return a report for correction, with the reason."""
    wish = ReturnIn(data=request.data)
    wish.is_valid(raise_exception=True)
    key = _key(organisation_id, prov, duty_id, period)
    commands.return_report(
        actor=actor,
        at=clock.now(),
        key=key,
        reason=wish.validated_data["reason"],
        seen=wish.validated_data.get("version"),
    )
    return Response(_report(_load(actor, key)))


@extend_schema(
    parameters=[
        OpenApiParameter(
            "format", str, required=True, enum=list(EXPORT_FORMATS), description="What to write"
        )
    ],
    responses={
        (200, kind.content_type): OpenApiTypes.OBJECT
        if "json" in kind.content_type
        else OpenApiTypes.BINARY
        for kind in EXPORT_FORMATS.values()
    },
    operation_id="export_directive",
)
@endpoint("public")
def export_directive(request: Request, actor: Actor, expression_id: int) -> HttpResponse:
    """Write a directive with its duties: .docx and PDF, Akoma Ntoso, OSCAL, JSON, or its source."""
    made = write_export(expression_id, request.query_params.get("format", ""), clock.now())
    return files.hand_out(made.name, made.content_type, made.data)


_REPORT = "reports/<int:organisation_id>/<int:prov>/<int:duty_id>/<str:period>"

urlpatterns = [
    path("duties/mine", list_duties, name="api-duty-list"),
    path("directives/<int:expression_id>/export/", export_directive, name="api-directive-export"),
    path(_REPORT, report, name="api-report"),
    path(f"{_REPORT}/accept", accept_report, name="api-report-accept"),
    path(f"{_REPORT}/return", return_report, name="api-report-return"),
]
