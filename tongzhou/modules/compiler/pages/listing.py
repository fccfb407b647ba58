"""The list of compilations: what is being worked on, waits for a signature, or is in force."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.modules.compiler import queries


@page("compiler.compilation.view")
def list_compilations(request: HttpRequest) -> HttpResponse:
    """Show the compilations of the actor's authority, last changed first."""
    actor = actor_of(request)
    shown = paginate(request, queries.list_compilations(actor, search=request.GET.get("q", "")))
    return render(
        request,
        "compiler/list.html",
        {"page": shown, "may_create": actor.may("compiler.compilation.create")},
    )
