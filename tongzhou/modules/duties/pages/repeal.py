"""Repeal a text: first what stops for whom, then the reason, then the act."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Forbidden, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.directives.public import (
    find_expression,
    get_expression,
    may_repeal,
    repeal_expression,
)
from tongzhou.modules.duties.forms import RepealForm
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.queries.ending import Ending, get_ending
from tongzhou.modules.duties.queries.force import library_of
from tongzhou.modules.duties.queries.wording import bearer_text, say


@page("directives.expression.repeal")
def repeal_directive(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Show what a repeal would stop, and repeal the text once a reason was given."""
    actor, at = actor_of(request), clock.now()
    row = get_expression(expression_id)
    here = reverse("duties:directive-read", args=[expression_id])
    if not may_repeal(actor, row.authority_id):
        raise Forbidden(
            "只有发文机关或者它的上级机关才能废止这份文件。",
            code="not-issuer",
            clause=row.urn,
            way_out="请由发文机关办理；发文机关不在本系统的，由上级机关办理。",
        )
    if row.repealed_at is not None:
        messages.info(request, _("这份文件已经废止。"))
        return redirect(here)
    form = RepealForm(request.POST or None)
    status, refusal = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                repeal_expression(
                    actor=actor,
                    at=at,
                    expression_id=expression_id,
                    reason=form.cleaned_data["reason"],
                )
            except Refusal as found:
                if found.status != 422:
                    raise
                refusal = found
            else:
                messages.success(request, _("已废止。文字和报送过的内容都还在。"))
                return redirect(here)
    return render(
        request,
        "duties/repeal.html",
        {
            "crumbs": [
                (_("文件"), reverse("directives:directive-list")),
                (row.title, here),
                (_("废止"), ""),
            ],
            "row": row,
            "here": here,
            "form": form,
            "refusal": refusal,
            **_preview(get_ending(actor, row.urn, at)),
        },
        status=status,
    )


def _preview(ending: Ending) -> dict[str, Any]:
    """Return what stops, in words."""
    return {
        "duties": [
            {
                "title": say(each.spec.title),
                "url": shared.version_url(each),
                "strength": each.spec.strength,
                "bearer": bearer_text(each.spec, library_of(each.library_id)),
                "counted": each.is_counted,
            }
            for each in ending.duties
        ],
        "refined": [
            {"title": say(each.spec.title), "url": shared.version_url(each)}
            for each in ending.refined
        ],
        "reach": ending.reach,
        "figure": ending.figure,
        "open": ending.figure.silent + ending.figure.returned,
        "resting": [
            {
                "title": found.title if (found := find_expression(each.expression)) else "",
                "url": shared.reading_url(each.expression),
                "refined": each.refined,
                "own": each.own,
            }
            for each in ending.resting
        ],
    }
