"""The first page for everybody, and the guide to what a kind of organisation has to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import page
from tongzhou.modules.duties.public import MEASURES, Figure
from tongzhou.modules.insight.contracts import DirectiveName, GuideDuty
from tongzhou.modules.insight.pages import shapes
from tongzhou.modules.insight.queries import public as queries
from tongzhou.modules.response.public import PHASE_LABELS, RegionPhase

STRONG = frozenset({"MUST", "MUST_NOT"})


@page("public")
def show_public(request: HttpRequest) -> HttpResponse:
    """Show what is in force now and where, in plain words, and how far it is."""
    at = clock.now()
    directives = queries.list_public_directives(at)
    kinds = queries.list_kinds([each.directive.library_id for each in directives])
    return render(
        request,
        "insight/public.html",
        {
            "at": at,
            "responses": [
                {
                    "response": each.response,
                    "url": shapes.maybe_url("response:response-detail", each.response.id),
                    "places": [_place(place) for place in each.places],
                }
                for each in queries.list_open_responses(at)
            ],
            "directives": [
                {
                    "directive": each.directive,
                    "url": reading_url(each.directive),
                    "scope": each.scope,
                    "duty_count": each.duty_count,
                    "kinds": each.kinds,
                    "figure": each.figure,
                    "share": shapes.share(each.figure.done, each.figure.owed),
                    "strip": _plain_strip(each.figure),
                }
                for each in directives
            ],
            "kinds": [
                {"label": kind.label, "url": f"{reverse('insight:guide')}?kind={kind.code}"}
                for kind in kinds
                if kind.named
            ],
            "guide_url": reverse("insight:guide"),
        },
    )


def _place(place: RegionPhase) -> dict[str, Any]:
    return {
        "name": place.region.name,
        "label": _(PHASE_LABELS[place.phase]) if place.phase else "",
        "code": place.phase.value if place.phase else "NONE",
        "since": place.since,
    }


def _plain_strip(figure: Figure) -> list[dict[str, Any]]:
    """Return a strip without lists behind it: the public sees sums and no organisation."""
    return [
        {"code": code, "label": _(MEASURES[measure].label), "count": MEASURES[measure].of(figure)}
        for code, measure in shapes.STRIP.items()
    ]


def reading_url(directive: DirectiveName, clause: str = "") -> str:
    """Return the page on which a directive is read, at a clause if one is named."""
    url = shapes.maybe_url("duties:directive-read", directive.expression)
    return f"{url}#{clause}" if url and clause else url


@page("public")
def show_guide(request: HttpRequest) -> HttpResponse:
    """Answer "what am I to do?" for the kinds of organisation chosen."""
    at = clock.now()
    directives = queries.list_open_directives(at)
    kinds = queries.list_kinds([each.library_id for each in directives])
    chosen = [code for code in dict.fromkeys(request.GET.getlist("kind")) if code]
    unknown = set(chosen) - {kind.code for kind in kinds}
    if unknown:
        raise Refusal(
            "没有“%(kind)s”这个类别。",
            params={"kind": sorted(unknown)[0][:30]},
            code="no-kind",
            field="kind",
            way_out="请在“我该做什么”页面重新选择。",
        )
    guides = queries.list_guides(at, chosen) if chosen else []
    return render(
        request,
        "insight/guide.html",
        {
            "kinds": [
                {"kind": kind, "checked": kind.code in chosen, "narrow": not kind.named}
                for kind in kinds
            ],
            "chosen": [kind.label for kind in kinds if kind.code in chosen],
            "guides": [
                {
                    "guide": guide,
                    "url": reading_url(guide.directive),
                    "parts": [
                        part
                        for part in (
                            _part(_("你这一类要做的"), guide.own, guide.directive),
                            _part(_("所有社会组织都要做的"), guide.everybody, guide.directive),
                        )
                        if part["strong"] or part["soft"]
                    ],
                }
                for guide in guides
            ],
        },
    )


def _part(title: str, duties: tuple[GuideDuty, ...], directive: DirectiveName) -> dict[str, Any]:
    shown = [{"duty": duty, "url": reading_url(directive, duty.clause)} for duty in duties]
    return {
        "title": title,
        "strong": [each for each in shown if str(_strength(each)) in STRONG],
        "soft": [each for each in shown if str(_strength(each)) not in STRONG],
    }


def _strength(each: dict[str, Any]) -> str:
    duty = each["duty"]
    assert isinstance(duty, GuideDuty)
    return duty.strength
