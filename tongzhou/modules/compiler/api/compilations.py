"""API of the compiler: documents in, clauses and duties changed with their revisions, undo.

The same commands as in the editor: who names an older revision gets 409 and changes nothing.
"""

from dataclasses import replace
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.kernel.parsers import SafeJSONParser
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.api.shapes import (
    ChangedOut,
    ChangeOut,
    ClauseIn,
    CompilationFullOut,
    CompilationIn,
    CompilationPageOut,
    DutyIn,
    HeadIn,
    UndoIn,
    WordsIn,
    WorkingKeyOut,
    change_json,
    compilation_json,
    full_json,
)
from tongzhou.modules.compiler.contracts import Kind, Progress, State
from tongzhou.modules.directives.public import Received, decode, read_document

VIEW = "compiler.compilation.view"
EDIT = "compiler.compilation.edit"
LARGEST_PAGE = 200


def _asked(request: Request, kind: "type[serializers.Serializer[Any]]") -> dict[str, Any]:
    wish = kind(data=request.data)
    wish.is_valid(raise_exception=True)
    return cast("dict[str, Any]", wish.validated_data)


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Refusal(
            "参数 %(name)s 应为数字。", params={"name": name}, code="parameter", field=name
        )
    return min(int(text), most)


@extend_schema(
    methods=["GET"],
    operation_id="list_compilations",
    responses=CompilationPageOut,
    parameters=[
        OpenApiParameter("q", str, description="Words of the title"),
        OpenApiParameter("state", str, description="EDITING, SUBMITTED, SIGNED or DISCARDED"),
        OpenApiParameter("limit", int, description=f"At most {LARGEST_PAGE}"),
        OpenApiParameter("offset", int),
    ],
)
@extend_schema(
    methods=["POST"],
    operation_id="create_compilation",
    request={"application/json": CompilationIn, "multipart/form-data": CompilationIn},
    responses={201: CompilationFullOut},
)
@endpoint(
    VIEW,
    "GET",
    "POST",
    writes="compiler.compilation.create",
    parsers=(SafeJSONParser, MultiPartParser, FormParser),
)
def compilations(request: Request, actor: Actor) -> Response:
    """List the compilations of the caller's authority, or make one of a document."""
    if request.method == "POST":
        return Response(full_json(actor, _create(request, actor)), status=201)
    asked = request.query_params.get("state", "")
    state = State(asked) if asked in set(State) else None
    search = request.query_params.get("q", "")[:100]
    found = queries.list_compilations(actor, state=state, search=search)
    offset = _number(request, "offset", 0, 10_000_000)
    shown = found[offset : offset + _number(request, "limit", 50, LARGEST_PAGE)]
    progress = queries.progress_of([each.id for each in shown])
    return Response(
        {
            "count": len(found),
            "results": [
                compilation_json(each, progress.get(each.id, Progress())) for each in shown
            ],
        }
    )


def _create(request: Request, actor: Actor) -> int:
    data = _asked(request, CompilationIn)
    upload = data.get("file")
    original: commands.Original | None = None
    if isinstance(upload, UploadedFile):
        if (upload.size or 0) > files.MAX_UPLOAD_BYTES:
            raise Refusal(
                "文件太大（%(size)s MB），最多 %(limit)s MB。",
                params={
                    "size": f"{(upload.size or 0) / files.MIB:.1f}",
                    "limit": files.MAX_UPLOAD_BYTES // files.MIB,
                },
                code="document_too_large",
                field="file",
            )
        name = files.clean_name(upload.name or "")
        received = read_document(upload.read(), name)
        original = commands.Original(name, cast(Any, upload), upload.size or 0)
    else:
        received = Received(decode(data["text"].encode("utf-8", "replace")), "paste")
    return commands.create_compilation(
        actor=actor,
        at=clock.now(),
        received=received,
        original=original,
        source_note=data["source_note"],
        kind=Kind(data["kind"]),
        base_id=data["base"],
        idempotency_key=data.get("idempotency_key"),
    )


@extend_schema(responses=CompilationFullOut, operation_id="get_compilation")
@endpoint(VIEW)
def get_compilation(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Return one compilation with its clauses, duties and faults."""
    return Response(full_json(actor, compilation_id))


@extend_schema(request=HeadIn, responses=ChangedOut, operation_id="change_compilation_head")
@endpoint(EDIT, "PATCH")
def change_head(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Correct what the document says of itself."""
    data = _asked(request, HeadIn)
    revision = data.pop("revision")
    head = queries.get_compilation(actor, compilation_id).head
    if "recipients" in data:
        data["recipients"] = tuple(data["recipients"])
    seq = commands.change_head(
        actor=actor,
        at=clock.now(),
        compilation_id=compilation_id,
        revision=revision,
        head=replace(head, **data),
    )
    return Response({"change": seq})


@extend_schema(request=WordsIn, responses={201: WorkingKeyOut}, operation_id="add_working_clause")
@endpoint(EDIT, "POST")
def add_clause(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Make a clause of words of the source."""
    key = commands.add_clause(
        actor=actor, at=clock.now(), compilation_id=compilation_id, **_asked(request, WordsIn)
    )
    return Response({"key": key}, status=201)


@extend_schema(request=ClauseIn, responses=ChangedOut, operation_id="change_working_clause")
@endpoint(EDIT, "PATCH")
def change_clause(request: Request, actor: Actor, compilation_id: int, key: int) -> Response:
    """Correct a clause, move it, merge it with the one before, or split it at an offset."""
    data = _asked(request, ClauseIn)
    act = data.pop("act", "")
    place = data.pop("place", None)
    on: dict[str, Any] = {
        "actor": actor,
        "at": clock.now(),
        "compilation_id": compilation_id,
        "key": key,
        "revision": data.pop("revision"),
    }
    if act in ("in", "out"):
        return Response({"change": commands.move_clause(**on, direction=act)})
    if act == "merge":
        return Response({"change": commands.merge_clause(**on)})
    if act == "split":
        if place is None:
            raise Refusal("请说明在哪里拆分。", code="clause-split", field="place")
        return Response({"change": commands.split_clause(**on, place=place)})
    queries.get_compilation(actor, compilation_id)
    held = next(
        (each for each in queries.list_working_clauses(compilation_id) if each.key == key), None
    )
    now = {name: getattr(held, name, "") for name in ("label", "heading", "kind")}
    wish = {**now, "level": held.level if held else 0, **data}
    return Response({"change": commands.change_clause(**on, **wish)})


@extend_schema(request=WordsIn, responses={201: WorkingKeyOut}, operation_id="add_working_duty")
@endpoint(EDIT, "POST")
def add_duty(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Draw a new duty from words of the source."""
    key = commands.add_duty(
        actor=actor, at=clock.now(), compilation_id=compilation_id, **_asked(request, WordsIn)
    )
    return Response({"key": key}, status=201)


@extend_schema(request=DutyIn, responses=ChangedOut, operation_id="change_working_duty")
@endpoint(EDIT, "PATCH")
def change_duty(request: Request, actor: Actor, compilation_id: int, key: int) -> Response:
    """Declare a duty anew, decide about it, or draw it from other words."""
    data = _asked(request, DutyIn)
    on: dict[str, Any] = {
        "actor": actor,
        "at": clock.now(),
        "compilation_id": compilation_id,
        "key": key,
        "revision": data["revision"],
    }
    given = [name for name in ("spec", "decision", "start") if name in data]
    if len(given) != 1 or ("start" in data) != ("end" in data):
        raise Refusal(
            "spec、decision、start 和 end 三者给出一种。", code="duty-change", field="spec"
        )
    if given == ["spec"]:
        spec = {name: data["spec"][name] for name in data["spec"] if name not in ("id", "quote")}
        return Response({"change": commands.change_duty(**on, spec=spec)})
    if given == ["decision"]:
        decision, reason = data["decision"], data["reason"]
        return Response({"change": commands.decide_duty(**on, decision=decision, reason=reason)})
    return Response({"change": commands.point_duty(**on, start=data["start"], end=data["end"])})


@extend_schema(
    responses=ChangeOut(many=True),
    operation_id="list_compilation_changes",
    parameters=[
        OpenApiParameter("limit", int, description=f"At most {LARGEST_PAGE}"),
        OpenApiParameter("offset", int),
    ],
)
@endpoint(VIEW)
def list_changes(request: Request, actor: Actor, compilation_id: int) -> Response:
    """List who changed what, the newest first."""
    queries.get_compilation(actor, compilation_id)
    offset = _number(request, "offset", 0, 10_000_000)
    limit = _number(request, "limit", 50, LARGEST_PAGE)
    found = queries.list_changes(compilation_id, offset, offset + limit)
    return Response([change_json(each) for each in found])


@extend_schema(request=UndoIn, responses=ChangedOut, operation_id="undo_compilation_change")
@endpoint(EDIT, "POST")
def undo_change(request: Request, actor: Actor, compilation_id: int) -> Response:
    """Take a change back; 409 names who changed its items since."""
    seq = commands.undo_change(
        actor=actor,
        at=clock.now(),
        compilation_id=compilation_id,
        seq=_asked(request, UndoIn)["change"],
    )
    return Response({"change": seq})


_ONE = "compilations/<int:compilation_id>"
urlpatterns = [
    path("compilations/", compilations, name="api-compilation-list"),
    path(f"{_ONE}/", get_compilation, name="api-compilation"),
    path(f"{_ONE}/head", change_head, name="api-compilation-head"),
    path(f"{_ONE}/clauses/", add_clause, name="api-working-clause-add"),
    path(f"{_ONE}/clauses/<int:key>", change_clause, name="api-working-clause"),
    path(f"{_ONE}/duties/", add_duty, name="api-working-duty-add"),
    path(f"{_ONE}/duties/<int:key>", change_duty, name="api-working-duty"),
    path(f"{_ONE}/changes", list_changes, name="api-compilation-changes"),
    path(f"{_ONE}/undo", undo_change, name="api-compilation-undo"),
]
