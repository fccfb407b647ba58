"""Duty libraries: load one, see what it costs, put it in force, end it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.contracts import PHASES
from tongzhou.modules.duties.forms import EnforceForm, LibraryForm
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.queries import libraries
from tongzhou.modules.duties.queries.force import duties_of, library_of
from tongzhou.modules.duties.queries.wording import bearer_text, deadline_text, say
from tongzhou.modules.response.public import list_responses

SHOWN_PHASES = ("LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4", "NORMALISED", "ENDED")


@page("duties.library.view")
def list_libraries(request: HttpRequest) -> HttpResponse:
    """Show every loaded library and where it stands."""
    actor = actor_of(request)
    return render(
        request,
        "duties/libraries.html",
        {
            "libraries": libraries.list_libraries(),
            "may_load": actor.may("duties.library.load"),
        },
    )


@page("duties.library.view")
def show_library(request: HttpRequest, library_id: int) -> HttpResponse:
    """Show one library: its duties, whom it reaches, what reporting on it costs, its history."""
    actor = actor_of(request)
    row = libraries.get_library(library_id)
    library = library_of(library_id)
    organisations, authorities = libraries.count_bearers(library_id)
    governs = libraries.may_decide(actor, row.scope_region)
    return render(
        request,
        "duties/library.html",
        {
            "crumbs": [(_("任务库"), reverse("duties:library-list")), (row.title, "")],
            "row": row,
            "reading_url": shared.clause_url(duties_of(library_id)[0]).partition("#")[0],
            "organisations": organisations,
            "authorities": authorities,
            "duties": [
                {
                    "url": shared.duty_url(each),
                    "clause": each.clause,
                    "title": say(each.spec.title),
                    "strength": each.spec.strength,
                    "bearer": bearer_text(each.spec, library),
                    "deadline": deadline_text(each.spec.recurrence, each.spec.deadline)
                    if each.is_counted
                    else "",
                    "minutes": each.spec.minutes if each.is_counted else None,
                }
                for each in duties_of(library_id)
            ],
            "burdens": [
                {"phase": say(PHASES[each.phase]), "row": each}
                for each in libraries.list_burdens(library_id, SHOWN_PHASES)
                if each.most.forms
            ],
            "forces": libraries.list_forces(library_id),
            "may_enforce": governs and actor.may("duties.library.enforce") and row.force is None,
            "may_end": governs and actor.may("duties.library.end") and row.force is not None,
            "governs": governs,
        },
    )


@page("duties.library.load")
def load_library(request: HttpRequest) -> HttpResponse:
    """Load a library from an uploaded YAML file; every fault is named."""
    actor, at = actor_of(request), clock.now()
    crumbs = [(_("任务库"), reverse("duties:library-list")), (_("装载任务库"), "")]
    if request.method != "POST":
        return render(
            request, "duties/load_library.html", {"form": LibraryForm(), "crumbs": crumbs}
        )
    form = LibraryForm(request.POST, request.FILES)
    context: dict[str, Any] = {"form": form, "crumbs": crumbs}
    if not form.is_valid():
        return render(request, "duties/load_library.html", context, status=422)
    name = request.FILES["file"].name or ""  # type: ignore[union-attr]  # one file
    try:
        made = commands.load_library(
            actor=actor, at=at, source=form.text(), name=name.rpartition(".")[0] or name
        )
    except Refusal as refusal:
        if refusal.status not in {422, 409}:
            raise
        context["refusal"] = refusal
        return render(request, "duties/load_library.html", context, status=refusal.status)
    messages.success(request, _("已装载。核对后再决定是否施行。"))
    return redirect("duties:library", made)


@page("duties.library.enforce")
def enforce_library(request: HttpRequest, library_id: int) -> HttpResponse:
    """Put a library in force: first say whom it reaches, then do it."""
    actor, at = actor_of(request), clock.now()
    row = libraries.get_library(library_id)
    responses = [(each.id, each.name) for each in list_responses()]
    organisations, authorities = libraries.count_bearers(library_id)
    context: dict[str, Any] = {
        "row": row,
        "crumbs": [
            (_("任务库"), reverse("duties:library-list")),
            (row.title, reverse("duties:library", args=[library_id])),
            (_("施行"), ""),
        ],
        "organisations": organisations,
        "authorities": authorities,
        "has_responses": bool(responses),
    }
    if request.method != "POST":
        first = {"response": responses[0][0] if len(responses) == 1 else None}
        context["form"] = EnforceForm(responses=responses, initial=first)
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
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        context["refusal"] = refusal
        return render(request, "duties/enforce.html", context, status=422)
    messages.success(request, _("已施行。任务已出现在承担者的待办里。"))
    return redirect("duties:library", library_id)


@page("duties.library.end")
def end_library(request: HttpRequest, library_id: int) -> HttpResponse:
    """End a library's enforcement after asking once more."""
    actor, at = actor_of(request), clock.now()
    row = libraries.get_library(library_id)
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
