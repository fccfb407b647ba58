"""Load a library after reading what it changes; put it in force; end it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.base.period import ZONE, local_day
from tongzhou.kernel import clock, keeping
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.directives.public import ExpressionRow, find_expression
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.contracts import PHASES, Relation
from tongzhou.modules.duties.forms import EnforceForm, LibraryForm
from tongzhou.modules.duties.pages.library import SHOWN_PHASES
from tongzhou.modules.duties.queries import burdens, libraries
from tongzhou.modules.duties.queries.changes import Change, DutyChange, compare_libraries
from tongzhou.modules.duties.queries.force import duties_of, get_version, library_of
from tongzhou.modules.duties.queries.versions import find_before
from tongzhou.modules.duties.queries.wording import say
from tongzhou.modules.response.public import list_responses

SHOWN = ("added", "removed", "changed")


@page("duties.library.load")
def load_library(request: HttpRequest) -> HttpResponse:
    """Check an uploaded library, show what it changes, and load it once that is confirmed."""
    actor, at = actor_of(request), clock.now()
    crumbs = [(_("任务库"), reverse("duties:library-list")), (_("装载任务库"), "")]
    context: dict[str, Any] = {"form": LibraryForm(), "crumbs": crumbs}
    if request.method != "POST":
        return render(request, "duties/load_library.html", context)
    try:
        if request.POST.get("step") == "confirm":
            name, source = libraries.read_staged(actor, _uuid(request.POST.get("file", "")), at)
            made = commands.load_library(actor=actor, at=at, source=source, name=name)
            messages.success(request, _("已装载。核对后再决定是否施行。"))
            return redirect("duties:library", made)
        form = LibraryForm(request.POST, request.FILES)
        context["form"] = form
        if not form.is_valid():
            return render(request, "duties/load_library.html", context, status=422)
        given = request.FILES["file"].name or ""  # type: ignore[union-attr]  # one file
        staged = commands.stage_library(
            actor=actor, at=at, source=form.text(), name=given.rpartition(".")[0] or given
        )
    except Refusal as refusal:
        if refusal.status not in {422, 409}:
            raise
        context["refusal"] = refusal
        return render(request, "duties/load_library.html", context, status=refusal.status)
    if staged.held is not None:
        messages.info(request, _("这个任务库已经装载过，内容相同。"))
        return redirect("duties:library", staged.held)
    return render(request, "duties/confirm_library.html", {**_preview(staged), "crumbs": crumbs})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing("这份上传已经过期，请重新上传。") from None


def _preview(staged: commands.Staged) -> dict[str, Any]:
    """Return what a library that waits to be confirmed would change, and whom it reaches."""
    library = staged.library
    number = find_before(library.expression)
    before = library_of(number) if number is not None else None
    earlier = {
        key: _key_in(root, number)
        for key, (root, relation) in staged.lineage.items()
        if relation is Relation.CONTINUES
    }
    found = compare_libraries(before, library, earlier)
    row = find_expression(library.expression)
    return {
        "file": staged.file,
        "title": row.title if row else library.expression,
        "version": library.version,
        "before": before,
        "change": {kind: found.count(kind) for kind in (*SHOWN, "same")},
        "unchanged": found.is_empty,
        "head": _rows(found.head),
        "duties": [_changed(each) for each in found.duties if each.kind in SHOWN],
        "reach": burdens.count_bound(library, library.duties),
        "burdens": [
            {"phase": say(PHASES[each.phase]), "row": each}
            for each in burdens.list_burdens(library, SHOWN_PHASES)
            if each.most.forms
        ],
        "refined": [
            {"key": key, "upper": get_version(root).urn}
            for key, (root, relation) in staged.lineage.items()
            if relation is Relation.REFINES
        ],
    }


def _key_in(root: int, library_id: int | None) -> str:
    """Return the id that a duty had in a library, empty if it was not in it."""
    if library_id is None:
        return ""
    return next((each.spec.id for each in duties_of(library_id) if each.id == root), "")


def _changed(each: DutyChange) -> dict[str, Any]:
    labels = {"added": _("新增"), "removed": _("删去"), "changed": _("修改")}
    return {
        "kind": each.kind,
        "label": labels[each.kind],
        "title": each.title,
        "clause": each.clause,
        "rows": _rows(each.changes),
    }


def _rows(changes: tuple[Change, ...]) -> list[dict[str, Any]]:
    """Return changes as the comparison draws them."""
    return [{"address": each.label, "before": each.before, "after": each.after} for each in changes]


@page("duties.library.enforce")
def enforce_library(request: HttpRequest, library_id: int) -> HttpResponse:
    """Put a library in force: first say whom it reaches and what it replaces, then do it."""
    actor, at = actor_of(request), clock.now()
    row = libraries.get_library(library_id, at)
    responses = [(each.id, each.name) for each in list_responses()]
    replaced = libraries.list_replaced(library_id, at)
    begin, until = _term(find_expression(row.expression), at)
    context: dict[str, Any] = {
        "row": row,
        "crumbs": [
            (_("任务库"), reverse("duties:library-list")),
            (row.title, reverse("duties:library", args=[library_id])),
            (_("施行"), ""),
        ],
        "reach": burdens.count_bound(library_of(library_id), library_of(library_id).duties),
        "has_responses": bool(responses),
        "replaced": replaced,
        "ending": _ending(library_id, [each.id for each in replaced]),
        "begin": begin,
        "until": until - timedelta(seconds=1) if until else None,
    }
    if request.method != "POST":
        held = [each.force.response_id for each in replaced if each.force]
        one = responses[0][0] if len(responses) == 1 else None
        first = {"response": held[0] if held else one}
        context["form"] = EnforceForm(keeping.typed(request), responses=responses, initial=first)
        return render(request, "duties/enforce.html", context)
    form = EnforceForm(request.POST, responses=responses)
    context["form"] = form
    if not form.is_valid():
        return render(request, "duties/enforce.html", context, status=422)
    try:
        commands.enforce_library(
            actor=actor,
            at=at,
            library_id=library_id,
            response_id=form.cleaned_data["response"],
            decided_by=form.cleaned_data["decided_by"],
            replaces=[each.id for each in replaced],
            from_at=begin,
            until=until,
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        context["refusal"] = refusal
        return render(request, "duties/enforce.html", context, status=422)
    if begin is not None:
        messages.success(request, _("已确定施行，到日子自动开始。"))
    else:
        messages.success(request, _("已施行。任务已出现在承担者的待办里。"))
    return redirect("duties:library", library_id)


def _term(row: ExpressionRow | None, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return from when to when a text binds by its own words; None for now and for no end."""

    def midnight(day: Any) -> datetime:
        return datetime.combine(day, datetime.min.time(), ZONE)

    begin = until = None
    if row is not None and row.effective_on is not None and row.effective_on > local_day(at):
        begin = midnight(row.effective_on)
    if row is not None and row.expires_on is not None:
        until = midnight(row.expires_on + timedelta(days=1))
    return begin, until


def _ending(library_id: int, replaced: list[int]) -> list[str]:
    """Return the duties in force that end because the new text does not ask for them."""
    kept = {each.id for each in duties_of(library_id)}
    return [
        say(duty.spec.title)
        for number in replaced
        for duty in duties_of(number)
        if duty.id not in kept
    ]


@page("duties.library.end")
def end_library(request: HttpRequest, library_id: int) -> HttpResponse:
    """End a library's enforcement after asking once more."""
    actor, at = actor_of(request), clock.now()
    row = libraries.get_library(library_id, at)
    if row.force is None:
        raise Missing("没有这项施行记录，或已终止。")
    if request.method != "POST":
        crumbs = [
            (_("任务库"), reverse("duties:library-list")),
            (row.title, reverse("duties:library", args=[library_id])),
            (_("终止施行"), ""),
        ]
        return render(request, "duties/end_library.html", {"row": row, "crumbs": crumbs})
    commands.end_enforcement(actor=actor, at=at, enforcement_id=row.force.id)
    messages.success(request, _("已终止施行。报送过的内容都还在。"))
    return redirect("duties:library", library_id)
