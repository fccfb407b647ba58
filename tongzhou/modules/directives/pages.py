"""Pages of the directives module: the list, loading a text, its source, its errata."""

import hashlib
import io
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import StoredFile
from tongzhou.kernel.pages import actor_of, is_part, once_key, page, paginate, refuse
from tongzhou.modules.directives import commands, queries
from tongzhou.modules.directives.contracts import ParsedDocument
from tongzhou.modules.directives.forms import ErratumForm, FilterForm, LoadForm, TextForm
from tongzhou.modules.directives.rules import decode, parse
from tongzhou.modules.directives.rules.passages import Passage, passages

#: A directive is text; half a megabyte is some 170,000 characters.
LARGEST_BYTES = 512 * 1024
SIZES = (25, 50, 100)
PREVIEWED = 400


def _layout(actor: Actor) -> str:
    return "base.html" if actor.is_public else "workspace.html"


def reading_url(expression_id: int) -> str:
    """Return where a directive is read: below the list, on a page of a higher module."""
    return f"{reverse('directives:directive-list')}{expression_id}/"


@page("public")
def list_directives(request: HttpRequest) -> HttpResponse:
    """Show the directives that are held, with search, filters and order."""
    actor = actor_of(request)
    form = FilterForm(request.GET, issuers=queries.list_issuers(), years=queries.list_years())
    form.is_valid()
    asked = form.cleaned_data
    found = queries.list_expressions(
        search=asked.get("q", ""),
        issuer=asked.get("issuer", ""),
        year=asked.get("year"),
        sort=asked.get("sort") or "-issued",
    )
    shown = paginate(request, found)
    context = {
        "layout": _layout(actor),
        "form": form,
        "page": shown,
        "sizes": SIZES,
        "rows": [{"row": each, "url": reading_url(each.id)} for each in shown],
        "chips": _chips(request, form),
        "clear_url": reverse("directives:directive-list"),
        "may_load": actor.may("directives.directive.load"),
        "any": bool(shown.paginator.count) or bool(len(queries.list_expressions())),
    }
    template = "directives/rows.html" if is_part(request) else "directives/list.html"
    return render(request, template, context)


def _chips(request: HttpRequest, form: FilterForm) -> list[dict[str, str]]:
    made = []
    for name in ("q", "issuer", "year"):
        value = form.cleaned_data.get(name)
        if not value:
            continue
        rest = request.GET.copy()
        rest.pop(name, None)
        rest.pop("page", None)
        made.append(
            {
                "label": str(form.fields[name].label),
                "value": str(value),
                "remove_url": f"?{rest.urlencode()}",
            }
        )
    return made


@page("directives.directive.load")
def load_directive(request: HttpRequest) -> HttpResponse:
    """Load a directive in two steps: give the text, then confirm what was recognised."""
    actor = actor_of(request)
    crumbs = [(_("文件"), reverse("directives:directive-list")), (_("装载文件"), "")]
    if request.method != "POST":
        return render(request, "directives/load.html", {"form": TextForm(), "crumbs": crumbs})
    if request.POST.get("step") == "confirm":
        return _confirm(request, actor, crumbs)
    if getattr(request, "upload_too_large", False):
        # The rest of such a request was not read; nothing in it can be checked.
        unread = {"form": TextForm(), "crumbs": crumbs}
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        return refuse(request, "directives/load.html", unread, _too_large(size))
    form = TextForm(request.POST, request.FILES)
    context = {"form": form, "crumbs": crumbs}
    try:
        if not form.is_valid():
            return render(request, "directives/load.html", context, status=422)
        text, name = _given(form)
        document = parse(text)
        kept = passages(document)
    except Refusal as refusal:
        return refuse(request, "directives/load.html", context, refusal)
    body = text.encode("utf-8")
    held = files.store(
        io.BytesIO(body),
        name=f"{name.rpartition('.')[0] or name or 'directive'}.txt",
        size=len(body),
        actor=actor,
        at=clock.now(),
        kinds={"txt"},
    )
    issued = parse_date(document.date) if document.date else None
    start = {
        "held": held.pk,
        "once": once_key(),
        "title": document.title or "",
        "doc_number": document.doc_number or "",
        "issuer": document.issuer or "",
        "urn": queries.propose_urn(document.issuer or "", document.doc_number or "", issued),
    }
    return render(
        request,
        "directives/preview.html",
        {
            "form": LoadForm(initial=start),
            "crumbs": crumbs,
            **_seen(text, document, kept, issued),
        },
    )


def _too_large(size: int) -> Refusal:
    return Refusal(
        "文件太大（%(size)s MB），最多 512 KB。",
        params={"size": f"{size / files.MIB:.1f}"},
        code="document_too_large",
        field="file",
        way_out="一份公文很少超过 100 KB；请只保留公文正文和附件的文字再试。",
    )


def _given(form: TextForm) -> tuple[str, str]:
    """Return the text that was given and the file's name; Refusal for what is no text."""
    upload = form.cleaned_data.get("file")
    if upload:
        if upload.size > LARGEST_BYTES:
            raise _too_large(upload.size)
        return decode(upload.read()), files.clean_name(upload.name)
    # Browsers send line ends as CR LF whatever was pasted.
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    data = text.encode("utf-8", "replace")
    if len(data) > LARGEST_BYTES:
        raise Refusal(
            "粘贴的文字太长，最多约 17 万字。",
            code="document_too_large",
            field="text",
            way_out="请只保留公文正文和附件的文字再试。",
        )
    return decode(data), ""


def _seen(
    text: str, document: ParsedDocument, kept: list[Passage], issued: date | None
) -> dict[str, Any]:
    """Return what the preview shows of a parsed text."""
    same = queries.find_same_text(hashlib.sha256(text.encode("utf-8")).hexdigest())
    numbered = sum(1 for each in kept if each.kind == "ITEM")
    missing = [
        label
        for label, value in (
            (_("标题"), document.title),
            (_("发文机关"), document.issuer),
            (_("成文日期"), document.date),
        )
        if not value
    ]
    return {
        "facts": [
            {"label": _("成文日期"), "value": issued},
            {"label": _("主送"), "value": _("、").join(document.recipients)},
            {
                "label": _("附件"),
                "value": _("、").join(each.title for each in document.attachments),
            },
            {"label": _("字数"), "value": f"{len(text):,}"},
            {"label": _("条款"), "value": str(numbered)},
        ],
        "passages": kept[:PREVIEWED],
        "left_out": max(0, len(kept) - PREVIEWED),
        "numbered": numbered,
        "missing": _("、").join(missing),
        "same": {"row": same, "url": reading_url(same.id)} if same else None,
    }


def _confirm(request: HttpRequest, actor: Actor, crumbs: list[tuple[str, str]]) -> HttpResponse:
    form = LoadForm(request.POST)
    text = _held_text(actor, request.POST.get("held", ""))
    document = parse(text)
    issued = parse_date(document.date) if document.date else None
    context = {
        "form": form,
        "crumbs": crumbs,
        **_seen(text, document, passages(document), issued),
    }
    if not form.is_valid():
        return render(request, "directives/preview.html", context, status=422)
    data = form.cleaned_data
    try:
        made = commands.load_directive(
            actor=actor,
            at=clock.now(),
            urn=data["urn"].strip(),
            text=text,
            source_note=data["source_note"],
            title=data["title"],
            doc_number=data["doc_number"],
            issuer=data["issuer"],
            idempotency_key=data["once"] or None,
        )
    except Refusal as refusal:
        return refuse(request, "directives/preview.html", context, refusal)
    messages.success(request, _("文件已装载，条款有了永久地址。"))
    return redirect(reading_url(made))


def _held_text(actor: Actor, held: str) -> str:
    """Return the text that was uploaded a moment ago by the same person; Missing otherwise."""
    try:
        record = StoredFile.objects.filter(pk=UUID(held), user_id=actor.user_id).first()
    except ValueError:
        record = None
    if record is None or not files.path_of(record).exists():
        raise Missing(
            "刚才上传的文字已经不在了。", code="held-missing", way_out="请重新上传或粘贴。"
        )
    return files.path_of(record).read_bytes().decode("utf-8")


@page("public")
def show_source(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Serve the text exactly as received, as a download."""
    row = queries.get_expression(expression_id)
    response = HttpResponse(
        queries.get_source(expression_id).encode("utf-8"), content_type="text/plain; charset=utf-8"
    )
    name = files.clean_name(f"{row.title[:80]}.txt")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page("directives.erratum.record")
def record_erratum(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Record how words that came wrong are to be read; show those already recorded."""
    actor = actor_of(request)
    row = queries.get_expression(expression_id)
    form = ErratumForm(request.POST or None, initial={"address": request.GET.get("clause", "")})
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "errata": queries.list_errata(expression_id),
        "back_url": reading_url(expression_id),
        "crumbs": [
            (_("文件"), reverse("directives:directive-list")),
            (row.title, reading_url(expression_id)),
            (_("登记勘误"), ""),
        ],
    }
    if request.method != "POST":
        return render(request, "directives/erratum.html", context)
    if not form.is_valid():
        return render(request, "directives/erratum.html", context, status=422)
    try:
        commands.record_erratum(
            actor=actor, at=clock.now(), expression_id=expression_id, **form.cleaned_data
        )
    except Refusal as refusal:
        return refuse(request, "directives/erratum.html", context, refusal)
    messages.success(request, _("勘误已登记；原文保持不变，阅读时按更正后的文字显示。"))
    address = form.cleaned_data["address"].strip().removeprefix("#")
    return redirect(f"{reading_url(expression_id)}#{address}")
