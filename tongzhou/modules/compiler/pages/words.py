"""Make something of words of the source: a duty, a clause, or what a duty is drawn from."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import CompilationRow
from tongzhou.modules.compiler.pages import common
from tongzhou.modules.compiler.rules.tree import clause_at
from tongzhou.modules.directives.public import Stretches

CONTEXT = 24


@page(common.EDIT)
def use_words(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Make a duty or a clause of selected or copied words, or draw a duty from them.

    ``act``: add-duty, add-clause or point; ``start`` and ``end`` are offsets of the source, or
    ``words`` are looked for in it. Words that stand there more than once are shown to choose from.
    """
    actor = actor_of(request)
    if request.method != "POST":
        return redirect(reverse("compiler:editor", args=[compilation_id]))
    row = queries.get_compilation(actor, compilation_id)
    if request.POST.get("start") and request.POST.get("end"):
        return _use(
            request, actor, row, common.number(request, "start"), common.number(request, "end")
        )
    words = request.POST.get("words", "").strip()
    if not words:
        raise Refusal(
            "请先选中原文里的文字，或者把原文照抄到框里。", code="words-empty", field="words"
        )
    source = queries.get_source(actor, compilation_id)
    found = Stretches(source).find(words)
    if not found:
        raise Refusal(
            "原文里没有“%(words)s”这些字。",
            params={"words": words[:60]},
            code="words-unknown",
            field="words",
            way_out="请照抄原文，不要改字；空格、换行和全角半角可以不同。",
        )
    if len(found) > 1:
        return _choose(request, actor, row, source, found, words)
    return _use(request, actor, row, *found[0])


def _use(
    request: HttpRequest, actor: Actor, row: CompilationRow, start: int, end: int
) -> HttpResponse:
    name = request.POST.get("act", "")
    given: dict[str, Any] = {
        "actor": actor,
        "at": clock.now(),
        "compilation_id": row.id,
        "start": start,
        "end": end,
    }
    once = request.POST.get("once") or None
    if name == "add-clause":
        key = commands.add_clause(**given, idempotency_key=once)
        messages.success(request, _("已新增一条。"))
        return redirect(f"{reverse('compiler:clauses', args=[row.id])}#c{key}")
    if name == "point":
        key, revision = common.numbers(request.POST.get("duty", ""), 2)
        commands.point_duty(**given, key=key, revision=revision)
        messages.success(request, _("任务的原文已改换。"))
    elif name == "add-duty":
        key = commands.add_duty(**given, idempotency_key=once)
        messages.success(request, _("已新增一项任务，请补全内容。"))
        return redirect(reverse("compiler:duty", args=[row.id, key]))
    else:
        raise common.unfit()
    return redirect(common.card_url(row.id, key))


def _choose(
    request: HttpRequest,
    actor: Actor,
    row: CompilationRow,
    source: str,
    found: list[tuple[int, int]],
    words: str,
) -> HttpResponse:
    """Show every place of words that stand in the source more than once."""
    clauses = queries.list_working_clauses(row.id)
    places = []
    for start, end in found[:50]:
        clause = clause_at(clauses, start)
        places.append(
            {
                "start": start,
                "end": end,
                "address": clause.address if clause else "",
                "before": source[max(0, start - CONTEXT) : start],
                "words": source[start:end],
                "after": source[end : end + CONTEXT],
            }
        )
    context = {
        **common.frame_of(request, actor, row, "duties", wide=False),
        "words": words,
        "places": places,
        "act": request.POST.get("act", ""),
        "duty": request.POST.get("duty", ""),
        "once": request.POST.get("once", ""),
    }
    return render(request, "compiler/places.html", context, status=422)
