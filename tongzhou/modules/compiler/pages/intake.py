"""Load a document, and what can be done with a compilation as a whole."""

from typing import IO, Any, cast
from urllib.parse import quote

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock, files
from tongzhou.kernel.pages import actor_of, once_key, page, refuse
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import Kind
from tongzhou.modules.compiler.forms import IntakeForm
from tongzhou.modules.compiler.pages import common
from tongzhou.modules.compiler.queries.checks import check_amends
from tongzhou.modules.directives.public import (
    ExpressionRow,
    Received,
    decode,
    get_expression,
    read_document,
)

CREATE = "compiler.compilation.create"
DISCARD = "compiler.compilation.discard"


@page(CREATE)
def load_document(request: HttpRequest) -> HttpResponse:
    """Take a file or pasted words; ``?amends=`` and ``?supplements=`` name a directive."""
    actor = actor_of(request)
    kind, base = _base(request)
    context: dict[str, Any] = {
        "kind": kind,
        "base": base,
        "base_url": f"{reverse('directives:directive-list')}{base.id}/" if base else "",
        "crumbs": [
            (_("文件"), reverse("directives:directive-list")),
            (_("任务分解"), reverse("compiler:compilation-list")),
            (_("装载文件"), ""),
        ],
    }
    if request.method != "POST":
        if kind is Kind.AMENDMENT and base is not None:
            check_amends(actor, base.id, clock.now())  # before anybody looks for the file
        context["form"] = IntakeForm(initial={"once": once_key()})
        return render(request, "compiler/load.html", context)
    posted = request.POST  # reads the request, which tells whether it was cut off
    if getattr(request, "upload_too_large", False):
        # The rest of such a request was not read; nothing in it can be checked.
        context["form"] = IntakeForm(initial={"once": once_key()})
        return refuse(request, "compiler/load.html", context, _too_large(request))
    form = IntakeForm(posted, request.FILES)
    context["form"] = form
    if not form.is_valid():
        return render(request, "compiler/load.html", context, status=422)
    try:
        received, original = _given(form)
        made = commands.create_compilation(
            actor=actor,
            at=clock.now(),
            received=received,
            original=original,
            source_note=form.cleaned_data["source_note"],
            kind=kind,
            base_id=base.id if base else None,
            idempotency_key=form.cleaned_data["once"] or None,
        )
    except Refusal as refusal:
        return refuse(request, "compiler/load.html", context, refusal)
    return redirect(reverse("compiler:head", args=[made]))


def _base(request: HttpRequest) -> tuple[Kind, ExpressionRow | None]:
    """Return what is made of the document, and of which directive; Missing for an unknown one."""
    for name, kind in (("amends", Kind.AMENDMENT), ("supplements", Kind.SUPPLEMENT)):
        wanted = request.GET.get(name, "")
        if wanted:
            if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 18):
                raise Missing("没有这份文件。", code="directive-missing")
            return kind, get_expression(int(wanted))
    return Kind.NEW, None


def _too_large(request: HttpRequest) -> Refusal:
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    return Refusal(
        "文件太大（%(size)s MB），最多 %(limit)s MB。",
        params={
            "size": f"{size / files.MIB:.1f}",
            "limit": files.MAX_UPLOAD_BYTES // files.MIB,
        },
        code="document_too_large",
        field="file",
        way_out="请压缩或删去图片后另存再试；一份公文的文字很少超过 1 MB。",
    )


def _given(form: IntakeForm) -> tuple[Received, commands.Original | None]:
    """Return the text that was given and the file it came from; Refusal for what is no text."""
    upload = form.cleaned_data.get("file")
    if isinstance(upload, UploadedFile):
        name, size = files.clean_name(upload.name or ""), upload.size or 0
        if size > files.MAX_UPLOAD_BYTES:
            raise Refusal(
                "文件太大（%(size)s MB），最多 %(limit)s MB。",
                params={
                    "size": f"{size / files.MIB:.1f}",
                    "limit": files.MAX_UPLOAD_BYTES // files.MIB,
                },
                code="document_too_large",
                field="file",
                way_out="请压缩或删去图片后另存再试；一份公文的文字很少超过 1 MB。",
            )
        received = read_document(upload.read(), name)
        return received, commands.Original(name, cast("IO[bytes]", upload), size)
    # Browsers send line ends as CR LF whatever was pasted.
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    return Received(decode(text.encode("utf-8", "replace")), "paste"), None


@page(common.VIEW)
def show_original(request: HttpRequest, compilation_id: int) -> HttpResponseBase:
    """Serve the file that the text was taken from, as a download."""
    return files.respond(queries.get_original(actor_of(request), compilation_id))


@page(common.VIEW)
def show_source(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Serve the text exactly as it was read, as a download."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    source = queries.get_source(actor, compilation_id)
    response = HttpResponse(source.encode("utf-8"), content_type="text/plain; charset=utf-8")
    name = files.clean_name(f"{row.head.title[:80] or row.id}.txt")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(DISCARD)
def discard(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Ask once more and put a compilation aside, or take it up again."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    if request.method != "POST":
        return render(
            request,
            "compiler/discard.html",
            common.frame_of(request, actor, row, "", wide=False),
        )
    if request.POST.get("restore"):
        commands.restore_compilation(actor=actor, at=clock.now(), compilation_id=compilation_id)
        messages.success(request, _("已恢复，可以接着做。"))
        return redirect(reverse("compiler:editor", args=[compilation_id]))
    commands.discard_compilation(actor=actor, at=clock.now(), compilation_id=compilation_id)
    messages.success(request, _("分解稿已作废；需要时可以在“已作废”里恢复。"))
    return redirect(reverse("compiler:compilation-list"))


@page(CREATE)
def copy(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Make a copy of a compilation and open it."""
    if request.method != "POST":
        return redirect(reverse("compiler:editor", args=[compilation_id]))
    made = commands.copy_compilation(
        actor=actor_of(request),
        at=clock.now(),
        compilation_id=compilation_id,
        idempotency_key=request.POST.get("once") or None,
    )
    messages.success(request, _("已复制成一份新的分解稿。"))
    return redirect(reverse("compiler:editor", args=[made]))
