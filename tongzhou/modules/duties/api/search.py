"""Operations that find: search, questions, citations."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Refusal
from tongzhou.base.strength import Strength
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.directives.public import (
    STATUSES,
    CitationKind,
    ClauseView,
    DocumentFacts,
    DocumentKind,
    list_cited,
    list_citing,
    questions,
    seeking,
)
from tongzhou.modules.duties.contracts import FORMS, ORGANS, PHASES, BearerKind
from tongzhou.modules.duties.queries.ask import Answer, ask
from tongzhou.modules.duties.queries.force import DutyRow, library_of
from tongzhou.modules.duties.queries.search import NAMED, ORDERS, Shown, Step, What, search
from tongzhou.modules.duties.queries.wishes import read_wish
from tongzhou.modules.duties.queries.wording import bearer_text, say

LARGEST_PAGE = 100


class DocumentOut(serializers.Serializer[Any]):
    """A document as lists tell of it; ``status`` says whether it binds."""

    id = serializers.IntegerField()
    urn = serializers.CharField()
    title = serializers.CharField()
    doc_number = serializers.CharField()
    issuer = serializers.CharField()
    issued_on = serializers.DateField(allow_null=True)
    kind = serializers.ChoiceField(choices=[each.value for each in DocumentKind])
    status = serializers.ChoiceField(choices=list(STATUSES))


class FoundDutyOut(serializers.Serializer[Any]):
    """A duty that fits or is drawn from what was found; ``in_force``: it binds somebody now."""

    duty = serializers.IntegerField()
    urn = serializers.CharField()
    title = serializers.CharField()
    strength = serializers.ChoiceField(choices=[each.value for each in Strength])
    bearer = serializers.CharField()
    in_force = serializers.BooleanField()


class FoundOut(serializers.Serializer[Any]):
    """A clause that was found. ``marks`` are the places of the words in ``text``."""

    document = DocumentOut()
    address = serializers.CharField()
    urn = serializers.CharField()
    above = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField()
    marks = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    duties = FoundDutyOut(many=True)


class FacetOut(serializers.Serializer[Any]):
    """How many hits have a value."""

    name = serializers.CharField()
    value = serializers.CharField()
    count = serializers.IntegerField()


class SearchOut(serializers.Serializer[Any]):
    """What was found. ``capped``: there are more than ``count``; ``step``: how it was found."""

    count = serializers.IntegerField()
    capped = serializers.BooleanField()
    step = serializers.ChoiceField(choices=[each.value for each in Step])
    documents = DocumentOut(many=True)
    facets = FacetOut(many=True)
    results = FoundOut(many=True)


class MatchOut(serializers.Serializer[Any]):
    """A word of the question, and the word by which it was found."""

    asked = serializers.CharField()
    found = serializers.CharField()


class AnswerOut(serializers.Serializer[Any]):
    """A clause that answers; ``sentences`` are the places in ``text`` that say it.

    ``share`` is how much of what was asked about it speaks of, from 0 to 1.
    """

    document = DocumentOut()
    address = serializers.CharField()
    urn = serializers.CharField()
    above = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField()
    sentences = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    matches = MatchOut(many=True)
    share = serializers.FloatField()
    duties = FoundDutyOut(many=True)
    binds_caller = serializers.BooleanField()


class AnswersOut(serializers.Serializer[Any]):
    """What answers a question; without ``direct`` the answers are only the nearest clauses."""

    question = serializers.CharField()
    asking = serializers.ChoiceField(choices=[each.value for each in questions.Asking])
    things = serializers.ListField(child=serializers.CharField())
    unknown = serializers.ListField(child=serializers.CharField())
    direct = serializers.BooleanField()
    answers = AnswerOut(many=True)


class CitedOut(serializers.Serializer[Any]):
    """A document that a text names; ``document`` is null while it is not held."""

    kind = serializers.ChoiceField(choices=[each.value for each in CitationKind])
    title = serializers.CharField()
    doc_number = serializers.CharField()
    clauses = serializers.ListField(child=serializers.CharField())
    document = DocumentOut(allow_null=True)


class CitingOut(serializers.Serializer[Any]):
    """A document that names this one, and by which of its clauses."""

    kind = serializers.ChoiceField(choices=[each.value for each in CitationKind])
    clauses = serializers.ListField(child=serializers.CharField())
    document = DocumentOut()


class CitationsOut(serializers.Serializer[Any]):
    """What a document names, and who names it."""

    cited = CitedOut(many=True)
    citing = CitingOut(many=True)


def _document(facts: DocumentFacts) -> dict[str, Any]:
    return {
        "id": facts.expression_id,
        "urn": facts.urn,
        "title": facts.title,
        "doc_number": facts.doc_number,
        "issuer": facts.issuer,
        "issued_on": facts.issued_on,
        "kind": facts.kind,
        "status": facts.status,
    }


def _clause(facts: DocumentFacts, view: ClauseView) -> dict[str, Any]:
    return {
        "document": _document(facts),
        "address": view.address,
        "urn": f"{facts.urn}#{view.address}",
        "above": list(view.above),
        "text": view.text,
    }


def _duties(found: tuple[tuple[DutyRow, bool], ...]) -> list[dict[str, Any]]:
    return [
        {
            "duty": each.id,
            "urn": each.urn,
            "title": say(each.spec.title),
            "strength": each.spec.strength,
            "bearer": bearer_text(each.spec, library_of(each.library_id)),
            "in_force": in_force,
        }
        for each, in_force in found
    ]


def _found(shown: Shown, marks: tuple[str, ...]) -> dict[str, Any]:
    return {
        **_clause(shown.document, shown.clause),
        "marks": [list(each) for each in seeking.spans(shown.clause.text, marks)],
        "duties": _duties(shown.duties),
    }


def _answer(each: Answer) -> dict[str, Any]:
    return {
        **_clause(each.document, each.clause),
        "sentences": [list(span) for span in each.measured.spans],
        "matches": [{"asked": m.asked, "found": m.found} for m in each.measured.matches],
        "share": round(each.measured.share, 3),
        "duties": _duties(each.duties),
        "binds_caller": each.ours,
    }


def _wrong(name: str) -> Refusal:
    return Refusal("参数 %(name)s 的值不对。", params={"name": name}, code="parameter", field=name)


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise _wrong(name)
    return min(int(text), most)


@extend_schema(
    operation_id="search",
    responses=SearchOut,
    parameters=[
        OpenApiParameter("q", str, required=True, description="Words, “phrases”, -exclusions"),
        OpenApiParameter("what", str, enum=[each.value for each in What if each.value]),
        OpenApiParameter("status", str, enum=list(STATUSES)),
        OpenApiParameter("kind", str, enum=[each.value for each in DocumentKind]),
        OpenApiParameter("issuer", str),
        OpenApiParameter("year", int),
        OpenApiParameter("place", int, description="Region id that the documents have to reach"),
        OpenApiParameter("strength", str, enum=[each.value for each in Strength]),
        OpenApiParameter("bearer", str, enum=[*(each.value for each in BearerKind), *ORGANS]),
        OpenApiParameter("group", str, description="Code of a group that a directive names"),
        OpenApiParameter("form", str, enum=list(FORMS)),
        OpenApiParameter("phase", str, enum=list(PHASES)),
        OpenApiParameter("timed", bool, description="Only duties with a deadline"),
        OpenApiParameter("mine", bool, description="Only duties that bind the caller's own now"),
        OpenApiParameter("sort", str, enum=list(ORDERS)),
        OpenApiParameter("limit", int, description=f"At most {LARGEST_PAGE}"),
        OpenApiParameter("offset", int),
    ],
)
@endpoint("public")
def find(request: Request, actor: Actor) -> Response:
    """Search clauses and duties of all documents."""
    wish, wrong = read_wish(request.query_params.dict())
    if wrong:
        raise _wrong(wrong[0])
    limit = _number(request, "limit", 20, LARGEST_PAGE)
    offset = _number(request, "offset", 0, 10_000_000)
    result = search(wish, actor, clock.now())
    return Response(
        {
            "count": len(result),
            "capped": result.capped,
            "step": result.step,
            "documents": [_document(result.facts[each]) for each in result.named[:NAMED]],
            "facets": [
                {"name": name, "value": value, "count": count}
                for name, values in result.facets.items()
                for value, count in values
            ],
            "results": [
                _found(each, result.marks) for each in result.show(result[offset : offset + limit])
            ],
        }
    )


@extend_schema(
    operation_id="ask",
    responses=AnswersOut,
    parameters=[
        OpenApiParameter("question", str, required=True, description="A question in plain Chinese")
    ],
)
@endpoint("public")
def answer(request: Request, actor: Actor) -> Response:
    """Answer a question with sentences of documents; nothing is said that they do not say."""
    text = request.query_params.get("question", "").strip()
    if not text:
        raise _wrong("question")
    answers = ask(text[: questions.LONGEST_QUESTION], actor, clock.now())
    return Response(
        {
            "question": answers.question.text,
            "asking": answers.question.asking,
            "things": [each.word for each in answers.question.things],
            "unknown": list(answers.unknown),
            "direct": answers.direct,
            "answers": [_answer(each) for each in answers.rows],
        }
    )


@extend_schema(operation_id="list_citations", responses=CitationsOut)
@endpoint("public")
def citations(request: Request, actor: Actor, expression_id: int) -> Response:
    """Return what a document names, and who names it."""
    at = clock.now()
    return Response(
        {
            "cited": [
                {
                    "kind": each.kind,
                    "title": each.title,
                    "doc_number": each.doc_number,
                    "clauses": list(each.addresses),
                    "document": _document(each.document) if each.document else None,
                }
                for each in list_cited(expression_id, at)
            ],
            "citing": [
                {
                    "kind": each.kind,
                    "clauses": list(each.addresses),
                    "document": _document(each.document),
                }
                for each in list_citing(expression_id, at)
            ],
        }
    )


urlpatterns = [
    path("search/", find, name="api-search"),
    path("ask/", answer, name="api-ask"),
    path("directives/<int:expression_id>/citations/", citations, name="api-citations"),
]
