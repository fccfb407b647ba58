"""Versions of a directive: what each changed, and what became of duties and of work done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.compiler.pages import telling
from tongzhou.modules.compiler.queries.changes import Changes, Version, get_changes
from tongzhou.modules.compiler.rules.alignment import Fate

#: The filters of the comparison and the fates that each lets through.
FILTERS: dict[str, tuple[str, frozenset[Fate]]] = {
    "": ("有改动的", frozenset(Fate) - {Fate.UNCHANGED, Fate.MOVED}),
    "changed": ("修改", frozenset({Fate.CHANGED, Fate.SPLIT, Fate.MERGED})),
    "added": ("新增", frozenset({Fate.ADDED})),
    "removed": ("删去", frozenset({Fate.REMOVED})),
    "moved": ("移动", frozenset({Fate.MOVED})),
    "all": ("全部条款", frozenset(Fate)),
}


@page("public")
def show_changes(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Show the versions of a directive and what this one changed; ``?show=`` filters clauses."""
    actor, at = actor_of(request), clock.now()
    changes = get_changes(actor, expression_id, at)
    show = request.GET.get("show", "")
    if show not in FILTERS:
        show = ""
    paper = bool(request.GET.get("print"))
    fates = FILTERS["all" if paper and not show else show][1]
    row = changes.expression
    followed = {each.previous_id for each in changes.versions}
    return render(
        request,
        "compiler/changes_print.html" if paper else "compiler/changes.html",
        {
            "layout": "base.html" if actor.is_public else "workspace.html",
            "crumbs": [
                (_("文件"), reverse("directives:directive-list")),
                (row.title, reverse("duties:directive-read", args=[row.id])),
                (_("版本和改动"), ""),
            ],
            "row": row,
            "previous": changes.previous,
            "versions": [
                _version(each, row.id, is_followed=each.id in followed) for each in changes.versions
            ],
            "supplements": [_version(each, 0) for each in changes.supplements],
            "tabs": _tabs(changes, show),
            "rows": telling.diff_rows(changes.clauses, fates),
            "before_label": _label(changes.versions, changes.previous.id)
            if changes.previous
            else "",
            "after_label": _label(changes.versions, row.id),
            "duties": telling.duty_rows(changes.duties),
            "shows_work": actor.is_authority,
            "print_url": f"?print=1&show={show}" if show else "?print=1",
            "asked_at": at,
        },
    )


def _version(each: Version, shown: int, *, is_followed: bool = False) -> dict[str, Any]:
    if each.repealed_at is not None:
        state = _("已废止")
    elif each.in_force:
        state = _("施行中")
    elif is_followed:
        state = _("已由后来的文本替代")
    else:
        state = _("没有施行")
    return {
        "title": each.title,
        "day": each.day,
        "state": state,
        "is_shown": each.id == shown,
        "url": reverse("duties:directive-read", args=[each.id]),
        "changes_url": reverse("compiler:directive-changes", args=[each.id])
        if each.previous_id is not None
        else "",
    }


def _label(versions: tuple[Version, ...], expression_id: int) -> str:
    """Return what a wording is called in the comparison: by its day."""
    for each in versions:
        if each.id == expression_id and each.day is not None:
            return _("%(day)s 的文本") % {"day": each.day.isoformat()}
    return ""


def _tabs(changes: Changes, show: str) -> list[dict[str, Any]]:
    return [
        {
            "label": _(label),
            "url": f"?show={code}" if code else "?",
            "active": code == show,
            "count": sum(each.fate in fates for each in changes.clauses),
        }
        for code, (label, fates) in FILTERS.items()
    ]
