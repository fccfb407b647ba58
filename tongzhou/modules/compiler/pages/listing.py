"""The list of compilations: what is being worked on, waits for a signature, or is in force."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.modules.compiler import queries
from tongzhou.modules.compiler.contracts import CompilationRow, Progress, State
from tongzhou.modules.compiler.pages import wording

SIZES = (25, 50, 100)


@page("compiler.compilation.view")
def list_compilations(request: HttpRequest) -> HttpResponse:
    """Show the compilations of the actor's authority, last changed first."""
    actor = actor_of(request)
    at = clock.now()
    here = reverse("compiler:compilation-list")
    asked = request.GET.get("state", "")
    state = State(asked) if asked in set(State) else None
    search = request.GET.get("q", "")[:100]
    counts = queries.count_states(actor)
    shown = paginate(request, queries.list_compilations(actor, state=state, search=search))
    progress = queries.progress_of([each.id for each in shown])
    names = queries.region_names({each.scope_region for each in shown})
    tabs = [
        {
            "label": _("全部"),
            "url": here,
            "active": state is None,
            "count": sum(n for s, n in counts.items() if s is not State.DISCARDED),
        }
    ]
    tabs += [
        {
            "label": _(wording.STATES[each]),
            "url": f"{here}?state={each}",
            "active": state is each,
            "count": counts.get(each, 0),
        }
        for each in State
    ]
    rows = [
        {
            "row": each,
            "title": each.head.title or _("（还没有标题）"),
            "url": _url(actor, each),
            "state": "returned" if _is_returned(each) else each.state.lower(),
            "state_label": _("已退回") if _is_returned(each) else _(wording.STATES[each.state]),
            "kind_label": _(wording.KINDS[each.kind]) if each.base_id else "",
            "place": names.get(each.scope_region, ""),
            "progress": progress.get(each.id, Progress()),
            "changed": wording.ago(each.changed_at, at),
            "changer": each.changer.partition(" · ")[0],
        }
        for each in shown
    ]
    context = {
        "page": shown,
        "sizes": SIZES,
        "rows": rows,
        "tabs": tabs,
        "state": state,
        "search": search,
        "here": here,
        "any": any(counts.values()),
        "may_create": actor.may("compiler.compilation.create"),
    }
    return render(request, "compiler/list.html", context)


def _is_returned(row: CompilationRow) -> bool:
    return row.state is State.EDITING and bool(row.return_reason)


def _url(actor: Actor, row: CompilationRow) -> str:
    """Return the page where a compilation goes on: for who signs, that with the signature."""
    signs = row.state is State.SUBMITTED and actor.may("compiler.compilation.sign")
    return reverse("compiler:signing" if signs else "compiler:editor", args=[row.id])
