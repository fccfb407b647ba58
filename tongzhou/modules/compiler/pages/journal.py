"""Who changed what and when, and the way back."""

from collections.abc import Sequence
from typing import Any, overload

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import ChangeRow, CompilationRow
from tongzhou.modules.compiler.pages import common, wording
from tongzhou.modules.compiler.pages.duty import told

_NAMES = {
    "title": "标题",
    "doc_number": "文号",
    "issuer": "发文机关",
    "issued_on": "成文日期",
    "kind": "类别",
    "recipients": "主送",
    "urn": "文件地址",
    "source_note": "来源",
    "effective_on": "施行日期",
    "expires_on": "有效期至",
    "scope_region": "适用地区",
    "scope_by": "适用于",
    "response_id": "所属应急响应",
    "label": "编号",
    "heading": "小标题",
    "level": "层级",
    "text": "文字",
    "state": "处理",
    "guide": "怎么做",
    "strength": "约束力",
    "bearer": "由谁承担",
    "timing": "频次和期限",
    "phases": "适用的阶段",
    "evidence": "要什么佐证",
    "fields": "填写项",
    "phase_words": "原文里限定阶段的话",
    "cites": "要求遵守的另一份文件",
}
_SHOWN = 120
#: Actions whose name says what was decided.
_SAID = frozenset({"duty.accept", "duty.reject", "duty.reopen", "duty.accept-sure", "undo"})


class Changes(Sequence[ChangeRow]):
    """The changes of a compilation; reads only the page that is shown."""

    def __init__(self, compilation_id: int) -> None:
        self._id = compilation_id

    def __len__(self) -> int:
        return queries.count_changes(self._id)

    @overload
    def __getitem__(self, index: int) -> ChangeRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[ChangeRow]: ...

    def __getitem__(self, index: int | slice) -> ChangeRow | list[ChangeRow]:
        if isinstance(index, slice):
            return queries.list_changes(self._id, index.start or 0, index.stop)
        return queries.list_changes(self._id, index, index + 1)[0]


@page(common.VIEW)
def list_changes(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show the changes of a compilation, the newest first, each with its way back."""
    return _show(request, compilation_id)


def _show(
    request: HttpRequest, compilation_id: int, refusal: Refusal | None = None
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    shown = paginate(request, Changes(compilation_id), 50)
    context = {
        **common.frame_of(request, actor, row, "", wide=False),
        "page": shown,
        "refusal": refusal,
        "changes": [
            {
                "seq": each.seq,
                "at": each.at,
                "who": each.actor,
                "what": wording.change_text(each),
                "lines": lines_of(each, row),
                "undoes": each.undoes,
                "undone_by": each.undone_by,
                "may_undo": bool(each.before) and each.undone_by is None,
            }
            for each in shown
        ],
    }
    status = refusal.status if refusal else 200
    return render(request, "compiler/journal.html", context, status=status)


def lines_of(change: ChangeRow, row: CompilationRow) -> list[dict[str, Any]]:
    """Return what changed, field by field, for the first items of a change."""
    found: list[dict[str, Any]] = []
    said = change.action in _SAID
    for item in list(change.items)[:4]:
        before, after = change.before.get(item), change.after.get(item)
        if before is None or after is None:
            continue
        old, new = _told(item, before, row), _told(item, after, row)
        found += [
            {
                "label": _(_NAMES[name]),
                "before": old.get(name, "")[:_SHOWN],
                "after": new.get(name, "")[:_SHOWN],
            }
            for name in _NAMES
            if old.get(name, "") != new.get(name, "") and not (said and name == "state")
        ]
    return found[:12]


def _told(item: str, content: dict[str, Any], row: CompilationRow) -> dict[str, str]:
    """Return the fields of an item in words."""
    words = {
        name: _("、").join(map(str, value)) if isinstance(value, list) else str(value or "")
        for name, value in content.items()
        if name in _NAMES and not isinstance(value, dict)
    }
    if item.startswith("d"):
        if "state" in content:
            words["state"] = wording.duty_state_text(str(content["state"]))
        spec = content.get("spec")
        if isinstance(spec, dict):
            words |= told(spec, row)
    return words


@page(common.EDIT)
def undo(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Take a change back; say who stands in the way when it cannot be."""
    journal = reverse("compiler:journal", args=[compilation_id])
    if request.method != "POST":
        return redirect(journal)
    try:
        commands.undo_change(
            actor=actor_of(request),
            at=clock.now(),
            compilation_id=compilation_id,
            seq=common.number(request, "seq"),
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _show(request, compilation_id, refusal)
    messages.success(request, _("已撤销。"))
    back = request.POST.get("next", "")
    fit = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if fit and back.startswith("/") else journal)
