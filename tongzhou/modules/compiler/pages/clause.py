"""One working clause: its label, heading, kind and level, and where to cut it in two."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import clock, keeping
from tongzhou.kernel.pages import actor_of, once_key, page
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import ClauseDraft, Kind
from tongzhou.modules.compiler.forms import ClauseForm
from tongzhou.modules.compiler.pages import cards, common
from tongzhou.modules.compiler.pages.duty import breaks


def find_clause(compilation_id: int, key: int) -> ClauseDraft:
    """Return a working clause; Missing when somebody took it away."""
    for each in queries.list_working_clauses(compilation_id):
        if each.key == key:
            return each
    raise Missing(
        "这一条已经不在了，可能刚被合并或撤销。",
        code="item-missing",
        way_out="请在“改动记录”里看是谁改的。",
    )


def _back(compilation_id: int, key: int) -> str:
    return f"{reverse('compiler:clauses', args=[compilation_id])}#c{key}"


@page(common.EDIT)
def act(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Do what a button of the tree says: a level in or out, or part of the one before."""
    actor = actor_of(request)
    tree = reverse("compiler:clauses", args=[compilation_id])
    if request.method != "POST":
        return redirect(tree)
    names = ("in", "out", "merge")
    name = next((each for each in names if each in request.POST), "")
    if not name:
        raise common.unfit()
    key, revision = common.numbers(request.POST[name], 2)
    if name == "merge":
        order = [each.key for each in queries.list_working_clauses(compilation_id)]
        commands.merge_clause(
            actor=actor, at=clock.now(), compilation_id=compilation_id, key=key, revision=revision
        )
        at = order.index(key) if key in order else 0
        key = order[at - 1] if at else key
    else:
        commands.move_clause(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            key=key,
            revision=revision,
            direction=name,
        )
    return redirect(f"{tree}#c{key}")


@page(common.EDIT)
def edit_clause(request: HttpRequest, compilation_id: int, key: int) -> HttpResponse:
    """Show a clause as a form and save it; a stale one shows both sides."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    clause = find_clause(compilation_id, key)
    supplement = row.kind is Kind.SUPPLEMENT
    posted = request.POST if request.method == "POST" else None
    typed = posted or keeping.typed(request)
    form = ClauseForm(typed, supplement=supplement, initial=ClauseForm.start(clause))
    context = {
        **common.frame_of(request, actor, row, "clauses", wide=False),
        "clause": clause,
        "name": cards.heading_of(clause),
        "form": form,
        "back_url": _back(compilation_id, key),
    }
    if posted is None:
        return render(request, "compiler/clause.html", context)
    if not form.is_valid():
        return render(request, "compiler/clause.html", context, status=422)
    data = form.cleaned_data
    try:
        commands.change_clause(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            key=key,
            revision=data["revision"],
            label=data["label"],
            heading=data["heading"],
            kind=data["kind"],
            level=data["level"],
            refines=data.get("refines"),
        )
    except Refusal as refusal:
        if isinstance(refusal, Conflict):
            common.renew(form, clause.revision)
            context["compared"] = [
                {"label": bound.label, "mine": data[name], "theirs": ClauseForm.start(clause)[name]}
                for name in ("label", "heading", "kind", "level", "refines")
                if name in form.fields
                and data[name] != ClauseForm.start(clause)[name]
                and (bound := form[name])
            ]
        return render(
            request,
            "compiler/clause.html",
            {**context, "refusal": refusal},
            status=refusal.status,
        )
    messages.success(request, _("条款已保存。"))
    return redirect(_back(compilation_id, key))


@page(common.EDIT)
def split_clause(request: HttpRequest, compilation_id: int, key: int) -> HttpResponse:
    """Show the places where a clause can be cut in two, and cut it."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    clause = find_clause(compilation_id, key)
    source = queries.get_source(actor, compilation_id)
    context = {
        **common.frame_of(request, actor, row, "clauses", wide=False),
        "what": cards.heading_of(clause),
        "places": breaks(source, clause.start, clause.end),
        "revision": clause.revision,
        "once": once_key(),
        "back_url": _back(compilation_id, key),
        "is_duty": False,
    }
    if request.method != "POST":
        return render(request, "compiler/split.html", context)
    try:
        commands.split_clause(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            key=key,
            revision=common.number(request, "revision"),
            place=common.number(request, "place"),
            idempotency_key=request.POST.get("once") or None,
        )
    except Refusal as refusal:
        return render(
            request, "compiler/split.html", {**context, "refusal": refusal}, status=refusal.status
        )
    messages.success(request, _("已拆成两条。"))
    return redirect(_back(compilation_id, key))
