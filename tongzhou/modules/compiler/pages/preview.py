"""The preview of what signing causes, with the lists behind its numbers."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, is_part, page, paginate
from tongzhou.modules.compiler import commands
from tongzhou.modules.compiler.contracts import DutyState, Kind
from tongzhou.modules.compiler.pages import common, telling
from tongzhou.modules.compiler.queries.changes import compare_units
from tongzhou.modules.compiler.queries.preview import CAP, Preview, RegionRow, get_preview
from tongzhou.modules.compiler.queries.reached import ReachedList, Wanted, list_regions
from tongzhou.modules.compiler.queries.scene import Scene, get_scene
from tongzhou.modules.compiler.rules.alignment import Fate, Unit
from tongzhou.modules.duties.public import FORMS, LEVELS
from tongzhou.modules.registry.public import list_above, span

CHANGED = frozenset(Fate) - {Fate.UNCHANGED, Fate.MOVED}
_RELATED = frozenset({"CONTINUES", "REFINES", "NEW", "END"})


@page(common.VIEW)
def show_preview(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show what signing would cause; ``?region=`` goes down, ``?print=1`` is for paper."""
    actor, at = actor_of(request), clock.now()
    preview = get_preview(actor, compilation_id, at)
    node = _node(request, preview)
    table = None
    if preview.scene is not None and preview.duties:
        table = _regions(request, preview.scene, preview, node)
        if is_part(request):
            return render(request, "ui/drill_rows.html", {"table": table})
    context = {
        **common.frame_of(request, actor, preview.row, "preview"),
        **whole(preview),
        "table": table,
        "place": _place(preview, node),
        "uppers": _uppers(preview),
        "print_url": "?print=1",
        "asked_at": at,
    }
    paper = bool(request.GET.get("print"))
    return render(
        request, "compiler/preview_print.html" if paper else "compiler/preview.html", context
    )


def whole(preview: Preview) -> dict[str, Any]:
    """Return everything of a preview that its pages and the signer's page show."""
    row, language = preview.row, get_language() or "zh"
    worst = preview.worst
    return {
        "preview": preview,
        "act": telling.act_text(preview, preview.at),
        "lineage": telling.lineage_text(preview),
        "faults": telling.faults(row, preview.faults),
        "stats": _stats(preview),
        "forms": [
            {
                "label": FORMS[each.code].of(language),
                "count": each.organisations,
                "url": telling.reached_url(row, form=each.code),
            }
            for each in preview.forms
        ],
        "groups": [
            {
                "label": each.label,
                "count": each.organisations,
                "url": telling.reached_url(row, group=each.code) if each.organisations else "",
            }
            for each in preview.groups
        ],
        "levels": [
            {
                "label": LEVELS[_level(each.code)].of(language),
                "count": each.authorities,
                "url": telling.reached_url(row, bearers="AUTHORITY", level=each.code),
            }
            for each in preview.levels
        ],
        "phases": telling.phase_rows(preview),
        "cap": round(CAP),
        "heavy": bool(worst and worst.after.most.weekly > CAP),
        "duties": [
            {
                "title": each.title,
                "clause": each.clause,
                "strength": each.strength,
                "relation": _(telling.OUTCOMES[each.relation]),
                "is_new": each.relation == "NEW",
                "counted": each.counted,
                "minutes": each.minutes,
                "url": reverse("compiler:duty", args=[row.id, each.key]),
                "organisations": each.organisations,
                "authorities": each.authorities,
                "now": each.now,
                "organisations_url": telling.reached_url(row, duty=each.key),
                "authorities_url": telling.reached_url(row, duty=each.key, bearers="AUTHORITY"),
                "work": _work(each.done.done, each.done.owed) if each.done else "",
            }
            for each in preview.duties
        ],
        "endings": _endings(preview, decided=True),
        "waiting": _endings(preview, decided=False),
        "diff": _diff(preview),
        "known": telling.known_rows(row, preview.known),
        "clashes": telling.clash_rows(preview),
        "contradictions": sum(each.contradicts for each in preview.clashes),
        "is_amendment": row.kind is Kind.AMENDMENT,
        "is_supplement": row.kind is Kind.SUPPLEMENT,
    }


def _endings(preview: Preview, *, decided: bool) -> list[dict[str, str]]:
    """Return the duties of the amended text that nothing continues, by whether that is decided."""
    return [
        {
            "title": each.title,
            "clause": each.clause,
            "url": reverse("duties:duty", args=[each.root]),
            "work": telling.work_text("ENDS" if decided else "CONTINUES", each.reports),
        }
        for each in preview.endings
        if each.decided is decided
    ]


def _diff(preview: Preview) -> list[dict[str, Any]]:
    """Return the clauses that an amendment changes; empty for other texts."""
    scene = preview.scene
    if scene is None or scene.base is None or preview.row.kind is not Kind.AMENDMENT:
        return []
    new = [Unit(each.address, each.text) for each in scene.clauses]
    return telling.diff_rows(compare_units(scene.base.units, new), CHANGED)


def _level(code: str) -> str:
    """Return a level as duty libraries call it."""
    return "MINISTRY" if code == "NATION" else code


def _work(done: int, owed: int) -> str:
    return _("本期应报 %(owed)s，已报 %(done)s，沿用") % {
        "owed": f"{owed:,}",
        "done": f"{done:,}",
    }


def _stats(preview: Preview) -> list[dict[str, Any]]:
    row, worst = preview.row, preview.worst
    found: list[dict[str, Any]] = [
        {
            "label": _("社会组织"),
            "value": preview.organisations,
            "unit": _("家"),
            "href": telling.reached_url(row) if preview.organisations else "",
            "hint": _("至少承担一项任务"),
        },
        {
            "label": _("登记管理机关"),
            "value": preview.authorities,
            "unit": _("个"),
            "href": (telling.reached_url(row, bearers="AUTHORITY") if preview.authorities else ""),
            "hint": _("至少承担一项任务"),
        },
    ]
    if row.response_id is not None:
        found.append(
            {
                "label": _("现在就要办"),
                "value": preview.organisations_now,
                "unit": _("家"),
                "href": telling.reached_url(row, now=1) if preview.organisations_now else "",
                "hint": _("所在地现在的响应级别适用"),
            }
        )
    if worst is not None:
        heavy = worst.after.most.weekly > CAP
        found.append(
            {
                "label": _("最多每周填报"),
                "value": round(worst.after.most.weekly),
                "unit": _("分钟"),
                "href": "#minutes",
                "tone": "overdue" if heavy else "",
                "hint": _("原来 %(before)s 分钟，连同已施行的")
                % {"before": round(worst.before.most.weekly)},
            }
        )
    return found


def _node(request: HttpRequest, preview: Preview) -> int:
    """Return the region that is asked for, inside the scope; the scope itself by default."""
    low, high = span(preview.row.scope_region)
    asked = request.GET.get("region", "")
    if asked.isascii() and asked.isdigit() and len(asked) <= 6 and low <= int(asked) <= high:
        return int(asked)
    return preview.row.scope_region


def _place(preview: Preview, node: int) -> list[tuple[str, str]]:
    """Return the regions from the scope down to the one shown, as links."""
    low, high = span(preview.row.scope_region)
    return [
        (name, f"?region={region}#regions")
        for region, name in list_above(node)
        if low <= region <= high
    ]


def _regions(request: HttpRequest, scene: Scene, preview: Preview, node: int) -> dict[str, Any]:
    """Return the table of regions below one, every number with its list."""
    asked = request.GET.get("depth", "0")
    depth = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 2 else 0
    columns = [
        {"code": "organisations", "label": _("社会组织"), "kind": "number"},
        {"code": "authorities", "label": _("登记管理机关"), "kind": "number"},
        {
            "code": "now",
            "label": _("现在就要办"),
            "kind": "number",
            "help": _("社会组织中，所在地现在的响应级别适用其中任务的"),
        },
    ]
    return {
        "caption": _("涉及的地区"),
        "first": _("地区"),
        "columns": columns,
        "depth": depth,
        "rows": [_region(preview, each, node, depth) for each in list_regions(scene, node)],
    }


def _region(preview: Preview, each: RegionRow, node: int, depth: int) -> dict[str, Any]:
    row = preview.row
    own = each.region == node
    wanted: dict[str, object] = {"region": f"{each.region:06d}", "own": 1 if own else ""}
    url = "" if own or not each.deeper else f"?region={each.region:06d}"
    return {
        "label": _("%(place)s本级") % {"place": each.name} if own else each.name,
        "href": f"{url}#regions" if url else "",
        "children_url": f"{url}&depth={depth + 1}" if url else None,
        "cells": {
            "organisations": _cell(each.organisations, telling.reached_url(row, **wanted)),
            "authorities": _cell(
                each.authorities, telling.reached_url(row, bearers="AUTHORITY", **wanted)
            ),
            "now": _cell(each.now, telling.reached_url(row, now=1, **wanted)),
        },
    }


def _cell(value: int, url: str) -> dict[str, Any]:
    return {"value": value, "href": url if value else ""}


def _uppers(preview: Preview) -> dict[str, Any] | None:
    """Return a supplement's duties with the upper duties that each may refine."""
    scene = preview.scene
    if scene is None or scene.base is None or preview.row.kind is not Kind.SUPPLEMENT:
        return None
    titles = {each.root: f"{each.clause} {each.title}" for each in scene.base.duties}
    return {
        "title": scene.base.expression.title,
        "url": reverse("duties:directive-read", args=[scene.base.expression.id]),
        "choices": [{"root": root, "label": label} for root, label in titles.items()],
        "rows": [
            {
                "key": each.key,
                "revision": each.revision,
                "title": str((each.spec.get("title") or {}).get("zh") or each.spec.get("quote")),
                "url": reverse("compiler:duty", args=[preview.row.id, each.key]),
                "root": each.root,
                "relation": str(each.relation),
                "upper": titles.get(each.root or 0, ""),
            }
            for each in scene.duties
            if each.state is not DutyState.REJECTED
        ],
    }


@require_POST
@page(common.EDIT)
def relate(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Take down how a duty stands to one of the base."""
    relation = request.POST.get("relation", "")
    root = request.POST.get("root", "")
    if relation not in _RELATED or not (root == "" or (root.isascii() and root.isdigit())):
        raise common.unfit()
    commands.relate_duty(
        actor=actor_of(request),
        at=clock.now(),
        compilation_id=compilation_id,
        key=common.number(request, "key"),
        revision=common.number(request, "revision"),
        relation="NEW" if relation == "REFINES" and not root else relation,
        root=int(root[:15]) if root else None,
    )
    messages.success(request, _("已记下。"))
    return redirect(reverse("compiler:preview", args=[compilation_id]) + "#upper")


@page(common.VIEW)
def list_reached(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """List the organisations or authorities behind a number of the preview."""
    actor, at = actor_of(request), clock.now()
    scene = get_scene(actor, compilation_id, at)
    wanted = _wanted(request)
    shown = paginate(request, ReachedList(scene, wanted))
    language = get_language() or "zh"
    return render(
        request,
        "compiler/reached.html",
        {
            **common.frame_of(request, actor, scene.row, "preview"),
            "page": shown,
            "rows": [
                {
                    "name": each.name,
                    "url": reverse("registry:organisation", args=[each.id, each.prov])
                    if each.form != "AUTHORITY"
                    else "",
                    "form": FORMS[each.form].of(language),
                    "place": each.place,
                    "registrar": each.registrar,
                    "duties": each.duties,
                }
                for each in shown
            ],
            "about": _about(scene, wanted),
            "preview_url": reverse("compiler:preview", args=[compilation_id]),
        },
    )


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.GET
    region, duty = asked.get("region", ""), asked.get("duty", "")
    for text in (region, duty):
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Missing("没有这份名单。", code="list-missing")
    bearers = asked.get("bearers", "ORGANISATION")
    if bearers not in {"ORGANISATION", "AUTHORITY", "ANY"}:
        raise Missing("没有这份名单。", code="list-missing")
    return Wanted(
        region=int(region) if region else None,
        own=bool(asked.get("own")),
        form=asked.get("form", ""),
        group=asked.get("group", ""),
        level=asked.get("level", ""),
        bearers=bearers,
        duty=int(duty) if duty else None,
        now=bool(asked.get("now")),
        over=asked.get("over", ""),
    )


def _about(scene: Scene, wanted: Wanted) -> str:
    """Return in words what a list holds."""
    language = get_language() or "zh"
    parts = []
    if wanted.region is not None:
        parts += [name for region, name in list_above(wanted.region) if region == wanted.region]
        if wanted.own:
            parts[-1:] = [_("%(place)s本级") % {"place": parts[-1]}] if parts else []
    if wanted.form in FORMS:
        parts.append(FORMS[wanted.form].of(language))
    if wanted.level:
        level = LEVELS.get(_level(wanted.level))
        parts += [level.of(language)] if level else []
    if wanted.group and scene.library and wanted.group in scene.library.groups:
        parts.append(scene.library.groups[wanted.group].label.of(language))
    if wanted.duty is not None:
        parts += [
            each.spec.title.of(language) for each in scene.drafted if each.draft.key == wanted.duty
        ]
    if wanted.now:
        parts.append(_("现在就要办"))
    if wanted.over:
        parts.append(
            _("%(phase)s时每周填报超过 %(cap)s 分钟")
            % {"phase": telling.phase_label(wanted.over), "cap": round(CAP)}
        )
    return _("；").join(parts)
