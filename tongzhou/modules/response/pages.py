"""Pages of the response module: which level holds where, since when, and who decided it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tongzhou.base.errors import Forbidden, Missing, Refusal
from tongzhou.kernel import clock, keeping
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, is_part, once_key, page, refuse
from tongzhou.modules.response import commands, queries
from tongzhou.modules.response.contracts import (
    KIND_LABELS,
    PHASE_LABELS,
    ChangeRow,
    Kept,
    Kind,
    Phase,
    RegionPhase,
    ResponseRow,
)
from tongzhou.modules.response.forms import MOMENT, PhaseForm, ResponseForm

NOT_SET = "未设定"
TONES = {
    Phase.LEVEL_1: "stop",
    Phase.LEVEL_2: "stop",
    Phase.LEVEL_3: "warn",
    Phase.LEVEL_4: "warn",
    Phase.NORMALISED: "info",
    Phase.ENDED: "done",
}
MANY = 8


def _layout(actor: Actor) -> str:
    return "base.html" if actor.is_public else "workspace.html"


def _word(phase: Phase | None) -> str:
    return _(PHASE_LABELS[phase]) if phase else _(NOT_SET)


def _kind(response: ResponseRow) -> str:
    return _(KIND_LABELS[Kind(response.kind)]) if response.kind in Kind.__members__ else ""


def _place_of(actor: Actor) -> int:
    """Return the region a page starts from: the actor's own, or the nation."""
    if (actor.is_authority or actor.is_reader) and actor.low <= actor.high:
        return actor.low
    if actor.is_organisation and actor.organisation_id and actor.prov is not None:
        return queries.find_place(actor.organisation_id, actor.prov) or queries.NATION
    return queries.NATION


def _may_set(actor: Actor) -> bool:
    return actor.may("response.phase.set") and actor.low <= actor.high


@page("public")
def list_responses(request: HttpRequest) -> HttpResponse:
    """Show every response with its level at the reader's place, newest first."""
    actor, at = actor_of(request), clock.now()
    place = _place_of(actor)
    cards = [_card(each, place, at) for each in queries.list_responses()]
    return render(
        request,
        "response/list.html",
        {
            "layout": _layout(actor),
            "current": [each for each in cards if not each["over"]],
            "past": [each for each in cards if each["over"]],
            "may_start": actor.may("response.response.start") and actor.low <= actor.high,
        },
    )


def _card(response: ResponseRow, place: int, at: datetime) -> dict[str, Any]:
    """Return a response with its phase at ``place`` and in the nation."""
    try:
        here = queries.get_phase(response.id, place, at)
    except Missing:
        here = None
    own = queries.list_own_phases(response.id, at) if here else []
    held: dict[Phase, list[RegionPhase]] = {}
    for each in own:
        if each.phase and each.own:
            held.setdefault(each.phase, []).append(each)
    return {
        "response": response,
        "kind": _kind(response),
        "url": reverse("response:response-detail", args=[response.id]),
        "here": here,
        "code": here.phase.value if here and here.phase else "NONE",
        "word": _word(here.phase if here else None),
        "origin": _origin(here) if here else "",
        "over": set(held) == {Phase.ENDED},
        "held": [
            {
                "code": phase.value,
                "word": _word(phase),
                "regions": _("、").join(each.region.name for each in held[phase][:MANY]),
                "more": max(0, len(held[phase]) - MANY),
            }
            for phase in Phase
            if phase in held
        ],
    }


def _origin(held: RegionPhase) -> str:
    if held.phase is None:
        return ""
    return _("本级设定") if held.own else _("随%(region)s") % {"region": held.origin}


@page("public")
def show_response(request: HttpRequest, response_id: int) -> HttpResponse:
    """Show one response: levels by region to drill into, and its timeline.

    ``?region=`` chooses the region; htmx asks for the rows below it alone.
    """
    actor, at = actor_of(request), clock.now()
    response = queries.get_response(response_id)
    region_id = _number(request.GET.get("region"), _place_of(actor))
    depth = min(4, max(0, _number(request.GET.get("depth"), 0)))
    below = queries.list_phases(response_id, region_id, at)
    table = _table(response_id, below, depth)
    if is_part(request):
        return render(request, "ui/drill_rows.html", {"table": table})
    here = queries.get_phase(response_id, region_id, at)
    changes = queries.list_changes(response_id, at, region_id)
    base = reverse("response:response-detail", args=[response_id])
    may_set = _may_set(actor) and actor.governs(region_id)
    above = queries.list_above(region_id, at)
    return render(
        request,
        "response/detail.html",
        {
            "layout": _layout(actor),
            "crumbs": [
                (_("应急响应"), reverse("response:response-list")),
                *(
                    (response.name if not each.id else each.name, f"{base}?region={each.id}")
                    for each in above
                ),
            ],
            "response": response,
            "kind": _kind(response),
            "here": here,
            "code": here.phase.value if here.phase else "NONE",
            "word": _word(here.phase),
            "origin": _origin(here),
            "table": table if below else None,
            "entries": [_entry(each, region_id) for each in changes],
            "set_url": f"{reverse('response:phase-set', args=[response_id])}?region={region_id}"
            if may_set
            else "",
        },
    )


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default


def _table(response_id: int, below: list[RegionPhase], depth: int) -> dict[str, Any]:
    base = reverse("response:response-detail", args=[response_id])
    deeper = depth > 0 or any(each.region.has_children for each in below)
    columns = [
        {"code": "phase", "label": _("现在的级别"), "kind": "text"},
        {"code": "since", "label": _("自何时起"), "kind": "text"},
        {"code": "origin", "label": _("来源"), "kind": "text"},
        {"code": "differing", "label": _("区域内另行设定"), "kind": "number"},
    ]
    return {
        "caption": _("各地响应级别"),
        "first": _("地区"),
        "columns": columns if deeper else columns[:-1],
        "rows": [_row(each, f"{base}?region={each.region.id}", depth) for each in below],
        "depth": depth,
    }


def _row(held: RegionPhase, url: str, depth: int) -> dict[str, Any]:
    return {
        "label": held.region.name,
        "href": url,
        "children_url": f"{url}&depth={depth + 1}" if held.region.has_children else None,
        "cells": {
            "phase": {"value": _word(held.phase), "href": url},
            "since": {"value": held.since or "—"},
            "origin": {"value": _origin(held) or "—"},
            "differing": {"value": held.differing, "href": url if held.differing else ""},
        },
    }


def _entry(change: ChangeRow, region_id: int) -> dict[str, Any]:
    """Return a step of the response as the timeline shows it."""
    if change.set_to == Phase.INHERIT:
        title = _("%(region)s恢复随上级：%(before)s → %(after)s")
    elif change.before is None:
        title = _("%(region)s设定为%(after)s")
    elif change.before == change.after:
        title = _("%(region)s单独设定为%(after)s（级别不变）")
    else:
        title = _("%(region)s由%(before)s调整为%(after)s")
    changes = []
    if change.kept:
        changes.append(_("其中不随之变化：%(regions)s") % {"regions": _kept(change.kept)})
    if change.recorded_at > change.from_at and _days(change) >= 1:
        changes.append(
            _("补录：%(day)s登记，迟于生效 %(count)d 天")
            % {"day": timezone.localdate(change.recorded_at).isoformat(), "count": _days(change)}
        )
    if change.scheduled:
        changes.append(_("尚未生效"))
    text = change.note
    if change.document:
        text = _("依据：%(document)s") % {"document": change.document} + (
            f"　{change.note}" if change.note else ""
        )
    return {
        "at": change.from_at,
        "title": title
        % {
            "region": change.region,
            "before": _word(change.before),
            "after": _word(change.after),
        },
        "text": text,
        "actor": change.decided_by,
        "tone": TONES.get(change.after, "") if change.after else "",
        "changes": changes,
        "own": change.region_id == region_id,
    }


def _days(change: ChangeRow) -> int:
    return (timezone.localdate(change.recorded_at) - timezone.localdate(change.from_at)).days


def _kept(kept: tuple[Kept, ...]) -> str:
    named = _("、").join(
        _("%(region)s（%(phase)s）") % {"region": each.name, "phase": _word(each.phase)}
        for each in kept[:MANY]
    )
    if len(kept) > MANY:
        named += _("等 %(count)d 个地区") % {"count": len(kept)}
    return named


@page("response.response.start")
def start_response(request: HttpRequest) -> HttpResponse:
    """Open a response."""
    actor, at = actor_of(request), clock.now()
    crumbs = [(_("应急响应"), reverse("response:response-list")), (_("启动一次响应"), "")]
    if request.method != "POST":
        start = {"started_at": timezone.localtime(at).strftime(MOMENT), "once": once_key()}
        form = ResponseForm(keeping.typed(request), initial=start)
        return render(request, "response/start.html", {"form": form, "crumbs": crumbs})
    form = ResponseForm(request.POST)
    context = {"form": form, "crumbs": crumbs}
    if not form.is_valid():
        return render(request, "response/start.html", context, status=422)
    data = form.cleaned_data
    try:
        made = commands.start_response(
            actor=actor,
            at=at,
            name=data["name"],
            kind=data["kind"],
            started_at=data["started_at"],
            note=data["note"],
            idempotency_key=data["once"] or None,
        )
    except Refusal as refusal:
        return refuse(request, "response/start.html", context, refusal)
    messages.success(request, _("已启动响应。下一步：设定各地的响应级别。"))
    return redirect("response:phase-set", made)


@page("response.phase.set")
def set_phase(request: HttpRequest, response_id: int) -> HttpResponse:
    """Set the phase of a region: first what would change, then the act itself."""
    actor, at = actor_of(request), clock.now()
    response = queries.get_response(response_id)
    if actor.low > actor.high:
        raise Forbidden("只有登记管理机关可以设定响应级别。", code="phase-not-yours")
    asked = _number(request.GET.get("region"), actor.low)
    regions = _choices(actor, asked, at)
    detail = reverse("response:response-detail", args=[response_id])
    context: dict[str, Any] = {
        "response": response,
        "crumbs": [
            (_("应急响应"), reverse("response:response-list")),
            (response.name, detail),
            (_("设定响应级别"), ""),
        ],
        "back_url": detail,
        "now": [
            {
                "region": each.region,
                "code": each.phase.value if each.phase else "NONE",
                "word": _word(each.phase),
                "origin": _origin(each),
            }
            for each in queries.list_own_phases(response_id, at, actor.low)[:MANY]
        ],
    }
    if request.method != "POST":
        start = {
            "region": asked,
            "from_at": timezone.localtime(at).strftime(MOMENT),
            "once": once_key(),
        }
        form = PhaseForm(keeping.typed(request), initial=start, regions=regions)
        return render(request, "response/set.html", {**context, "form": form})
    chosen = _number(request.POST.get("region"), actor.low)
    form = PhaseForm(request.POST, regions=_choices(actor, chosen, at))
    context["form"] = form
    if not form.is_valid():
        return render(request, "response/set.html", context, status=422)
    data = form.cleaned_data
    wish = {
        "response_id": response_id,
        "region_id": data["region"],
        "phase": data["phase"],
        "from_at": data["from_at"],
    }
    step = request.POST.get("step", "preview")
    try:
        if step == "confirm":
            commands.set_phase(
                actor=actor,
                at=at,
                decided_by=data["decided_by"],
                document=data["document"],
                note=data["note"],
                idempotency_key=data["once"] or None,
                **wish,
            )
        else:
            preview = queries.preview_setting(actor=actor, at=at, **wish)
    except Refusal as refusal:
        return refuse(request, "response/set.html", context, refusal)
    if step == "confirm":
        messages.success(request, _("已设定。下级没有单独设定的地区随之变化。"))
        return redirect(f"{detail}?region={data['region']}")
    if step == "edit":
        return render(request, "response/set.html", context)
    return render(
        request,
        "response/preview.html",
        {
            **context,
            "preview": preview,
            "before": _word(preview.before),
            "before_code": preview.before.value if preview.before else "NONE",
            "after": _word(preview.after),
            "after_code": preview.after.value if preview.after else "NONE",
            "following": [each.name for each in preview.following],
            "kept": [{"name": each.name, "word": _word(each.phase)} for each in preview.kept],
            "facts": [
                {"label": _("生效时间"), "value": preview.from_at},
                {"label": _("决定机关"), "value": data["decided_by"]},
                {"label": _("文件或公告"), "value": data["document"]},
                {"label": _("说明"), "value": data["note"]},
            ],
        },
    )


def _choices(actor: Actor, asked: int, at: datetime) -> list[tuple[int, str]]:
    """Return the regions to choose from: the actor's own, those below, and the way to ``asked``."""
    found = {actor.low: queries.get_region(actor.low, at).name}
    found.update((each.id, each.name) for each in queries.list_children(actor.low, at))
    if actor.governs(asked) and asked not in found:
        above = [each for each in queries.list_above(asked, at) if actor.governs(each.id)]
        found.update((each.id, each.name) for each in above)
        names = {each.id: each.name for each in above}
        found[asked] = " ".join(names[each] for each in sorted(names) if each != actor.low)
    return sorted(found.items())
