"""The document as a whole: what it says of itself, whom it binds, the groups that it names."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import clock, keeping
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import CompilationRow, DutyState
from tongzhou.modules.compiler.forms import GroupForm, HeadForm, ScopeForm
from tongzhou.modules.compiler.forms.duty import known_groups
from tongzhou.modules.compiler.pages import common, editor, wording
from tongzhou.modules.compiler.queries.regions import list_regions
from tongzhou.modules.compiler.rules.body import uses_group
from tongzhou.modules.directives.public import (
    find_same_text,
    get_expression,
    propose_urn,
    say,
)
from tongzhou.modules.duties.public import ATTRIBUTES, FORMS
from tongzhou.modules.response.public import list_responses

_FORMATS = {
    "txt": "纯文本",
    "md": "Markdown",
    "html": "网页",
    "docx": "Word 文档",
    "pdf": "PDF",
    "doc": "旧版 Word、WPS",
    "akn": "Akoma Ntoso",
    "paste": "粘贴的文字",
}


@page(common.VIEW)
def edit_head(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show what was recognised of a document beside its text, and correct it."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    if request.method == "POST":
        actor.require(common.EDIT)
        form = HeadForm(request.POST)
        if not form.is_valid():
            return _head(request, row, form, status=422)
        try:
            commands.change_head(
                actor=actor,
                at=clock.now(),
                compilation_id=compilation_id,
                revision=form.cleaned_data["revision"],
                head=form.head(row),
            )
        except Refusal as refusal:
            return _head(request, row, form, refusal=refusal, status=refusal.status)
        messages.success(request, _("文件信息已保存。"))
        return redirect(reverse("compiler:clauses", args=[compilation_id]))
    typed = keeping.typed(request)
    return _head(request, row, HeadForm(typed, initial=HeadForm.start(row)))


def _head(
    request: HttpRequest,
    row: CompilationRow,
    form: HeadForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    desk = editor.Desk.of(actor, row.id)
    same = find_same_text(queries.get_digest(actor, row.id))
    other = queries.find_same_compilation(actor, row)
    head = row.head
    proposed = propose_urn(head.issuer, head.doc_number, head.issued_on)
    context = {
        **common.frame_of(request, actor, row, "head", progress=desk.progress),
        **editor.pane_of(request, desk),
        "form": form,
        "refusal": refusal,
        "compared": _compared(form, row, HeadForm.start(row), refusal),
        "head_faults": desk.faults.get("head", ()),
        "notes": [say(each, _) for each in queries.list_notes(actor, row.id)],
        "format_label": _(_FORMATS.get(row.format, row.format)),
        "size": len(desk.source),
        "same": same,
        "same_url": f"{reverse('directives:directive-list')}{same.id}/" if same else "",
        "other": other,
        "proposed_urn": proposed if proposed and proposed != head.urn else "",
        "base": get_expression(row.base_id) if row.base_id else None,
        "base_url": f"{reverse('directives:directive-list')}{row.base_id}/" if row.base_id else "",
    }
    return render(request, "compiler/head.html", context, status=status)


def _compared(
    form: Any, row: CompilationRow, theirs: dict[str, Any], refusal: Refusal | None
) -> list[dict[str, Any]]:
    """Return both sides of a stale form, and let it be saved again as a decision."""
    if not isinstance(refusal, Conflict):
        return []
    mine = form.cleaned_data
    common.renew(form, row.revision)
    return [
        {"label": form[name].label, "mine": mine[name], "theirs": theirs[name]}
        for name in form.fields
        if name != "revision" and (mine[name] or "") != (theirs.get(name) or "")
    ]


@page(common.VIEW)
def edit_scope(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show whom a document binds and from when, with its groups, and change it."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    lists = {
        "regions": list_regions(max(0, actor.low), actor.high),
        "responses": [(each.id, each.name) for each in list_responses()],
    }
    start = {
        "revision": row.revision,
        "scope_region": row.scope_region,
        "scope_by": row.scope_by,
        "response_id": row.response_id,
        "effective_on": row.head.effective_on,
        "expires_on": row.head.expires_on,
    }
    posted = request.POST if request.method == "POST" else None
    form = ScopeForm(posted or keeping.typed(request), **lists, initial=start)
    refusal: Refusal | None = None
    status = 200
    if posted is not None:
        actor.require(common.EDIT)
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                commands.change_scope(
                    actor=actor,
                    at=clock.now(),
                    compilation_id=compilation_id,
                    revision=data["revision"],
                    region=data["scope_region"],
                    by=data["scope_by"],
                    response_id=data["response_id"],
                    effective_on=data["effective_on"],
                    expires_on=data["expires_on"],
                )
            except Refusal as caught:
                refusal, status = caught, caught.status
            else:
                messages.success(request, _("范围与施行已保存。"))
                return redirect(reverse("compiler:scope", args=[compilation_id]))
    duties = queries.list_working_duties(compilation_id)
    context = {
        **common.frame_of(request, actor, row, "scope", wide=False),
        "form": form,
        "refusal": refusal,
        "compared": _compared(form, row, start, refusal),
        "groups": [
            {
                "code": code,
                "label": wording.both(body.get("label")) or code,
                "members": _members(body),
                "named": body.get("named", True),
                "used": sum(
                    1
                    for each in duties
                    if each.state is not DutyState.REJECTED and uses_group(each, code)
                ),
            }
            for code, body in row.groups.items()
        ],
    }
    return render(request, "compiler/scope.html", context, status=status)


def _members(body: dict[str, Any]) -> str:
    if body.get("residual"):
        return _("不属于其他任何一个分组的社会组织")
    named = [
        wording.both(ATTRIBUTES[code]) for code in body.get("any_of") or () if code in ATTRIBUTES
    ]
    named += [wording.both(FORMS[code]) for code in body.get("forms") or () if code in FORMS]
    return _("、").join(named)


@page(common.EDIT)
def edit_group(request: HttpRequest, compilation_id: int, code: str = "") -> HttpResponse:
    """Define one group of a document, or take it away when no duty is for it."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    held = row.groups.get(code)
    if code and held is None:
        raise Missing("没有这个分组。", code="group-missing")
    back = reverse("compiler:scope", args=[compilation_id])
    start = GroupForm.start(row, held or {})
    posted = request.POST if request.method == "POST" else None
    form = GroupForm(posted or keeping.typed(request), initial=start)
    refusal: Refusal | None = None
    if posted is not None:
        wanted = dict(row.groups)
        if posted.get("delete"):
            wanted.pop(code, None)
        elif form.is_valid():
            wanted[code or _new_code(form.cleaned_data["label"], row)] = form.body(held or {})
        else:
            return render(
                request, "compiler/group.html", _group(request, row, form, held), status=422
            )
        try:
            commands.change_groups(
                actor=actor,
                at=clock.now(),
                compilation_id=compilation_id,
                revision=common.number(request, "revision"),
                groups=wanted,
            )
        except Refusal as caught:
            refusal = caught
        else:
            return redirect(back)
    context = {**_group(request, row, form, held), "refusal": refusal}
    if isinstance(refusal, Conflict) and form.is_valid():
        context["compared"] = _compared(form, row, start, refusal)
    return render(
        request, "compiler/group.html", context, status=refusal.status if refusal else 200
    )


def _group(
    request: HttpRequest, row: CompilationRow, form: GroupForm, held: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        **common.frame_of(request, actor_of(request), row, "scope", wide=False),
        "form": form,
        "held": held,
        "back_url": reverse("compiler:scope", args=[row.id]),
    }


def _new_code(label: str, row: CompilationRow) -> str:
    """Return a code for a new group: the known one of that name, or a running one."""
    taken = {**known_groups(), **row.groups}
    for code, body in known_groups().items():
        if wording.both(body.get("label")) == label and code not in row.groups:
            return code
    count = sum(1 for each in taken if re.fullmatch(r"GROUP_\d+", each)) + 1
    while f"GROUP_{count}" in taken:
        count += 1
    return f"GROUP_{count}"
