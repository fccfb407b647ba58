"""One working duty: its whole declaration as a form, and where to cut it in two."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.base.strength import Strength
from tongzhou.kernel import clock, keeping
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, once_key, page
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import CompilationRow, DutyDraft
from tongzhou.modules.compiler.forms import DutyForm, EvidenceRows, row_starts
from tongzhou.modules.compiler.pages import cards, common, wording
from tongzhou.modules.compiler.queries.regions import list_regions
from tongzhou.modules.compiler.rules.tree import clause_at
from tongzhou.modules.registry.public import span

_PREFIX = "e"
#: Where a sentence may be cut: behind a stop or at a line break.
_BREAK = re.compile(r"[，。；：！？,;!?]+[”’）)]*|\s*\n\s*")
_LABELS = (
    ("title", "任务名称"),
    ("guide", "怎么做"),
    ("strength", "约束力"),
    ("bearer", "由谁承担"),
    ("timing", "频次和期限"),
    ("phases", "适用的阶段"),
    ("evidence", "要什么佐证"),
    ("fields", "填写项"),
    ("phase_words", "原文里限定阶段的话"),
    ("cites", "要求遵守的另一份文件"),
)


def find_duty(compilation_id: int, key: int) -> DutyDraft:
    """Return a working duty; Missing when somebody took it away."""
    for each in queries.list_working_duties(compilation_id):
        if each.key == key:
            return each
    raise Missing(
        "这项任务已经不在了，可能刚被合并或撤销。",
        code="item-missing",
        way_out="请在“改动记录”里看是谁改的。",
    )


def _regions(row: CompilationRow) -> list[tuple[int, str]]:
    return list_regions(*span(row.scope_region))


@page(common.EDIT)
def edit_duty(request: HttpRequest, compilation_id: int, key: int) -> HttpResponse:
    """Show the declaration of a duty as a form and save it; a stale one shows both sides."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    duty = find_duty(compilation_id, key)
    held = (duty.spec.get("evidence") or {}).get("fields") or []
    if request.method != "POST":
        typed = keeping.typed(request)
        start = DutyForm.start(duty)
        form = DutyForm(typed, row=row, regions=_regions(row), initial=start)
        rows = EvidenceRows(typed, prefix=_PREFIX, initial=row_starts(held))
        return _show(request, actor, row, duty, form, rows)
    form = DutyForm(request.POST, row=row, regions=_regions(row))
    rows = EvidenceRows(request.POST, prefix=_PREFIX)
    if request.POST.get("more"):
        return _show(request, actor, row, duty, form, _one_more(request))
    valid = form.is_valid()
    if not (rows.is_valid() and valid):
        return _show(request, actor, row, duty, form, rows, status=422)
    spec = form.spec(duty.spec, rows.fields(held))
    eased = _eased(duty.spec, spec)
    if form.add_faults(spec):
        return _show(request, actor, row, duty, form, rows, status=422)
    try:
        commands.change_duty(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            key=key,
            revision=form.cleaned_data["revision"],
            spec=spec,
            accept=bool(request.POST.get("accept")),
        )
    except Conflict as refusal:
        return _stale(request, actor, row, duty, form, rows, spec, refusal)
    except Refusal as refusal:
        return _show(request, actor, row, duty, form, rows, refusal=refusal, status=422)
    messages.success(request, _("任务已保存。"))
    if eased:
        messages.info(request, _("约束力已放宽，原来设的期限一并取消：只有“必须”和“不得”会逾期。"))
    show = "all" if request.POST.get("accept") else "undecided"
    return redirect(common.card_url(row.id, key, show))


def _eased(held: Mapping[str, Any], spec: dict[str, Any]) -> bool:
    """Take a deadline away that nobody touched when a duty no longer must be done; tell whether."""
    binding = (Strength.MUST, Strength.MUST_NOT)
    eased = held.get("strength") in binding and spec["strength"] not in binding
    if not (eased and spec.get("deadline") and spec["deadline"] == held.get("deadline")):
        return False
    del spec["deadline"]
    if "recurrence" not in spec:
        spec.pop("deadline_basis", None)
    return True


def _one_more(request: HttpRequest) -> Any:
    """Return the rows as typed, with another blank one."""
    data = request.POST.copy()
    total = data.get(f"{_PREFIX}-TOTAL_FORMS", "0")
    count = int(total) if total.isascii() and total.isdigit() and len(total) < 4 else 0
    data[f"{_PREFIX}-TOTAL_FORMS"] = str(count + 1)
    return EvidenceRows(data, prefix=_PREFIX)


def _show(
    request: HttpRequest,
    actor: Actor,
    row: CompilationRow,
    duty: DutyDraft,
    form: DutyForm,
    rows: Any,
    *,
    refusal: Refusal | None = None,
    compared: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    clauses = queries.list_working_clauses(row.id)
    clause = clause_at(clauses, duty.start)
    source = queries.get_source(actor, row.id)
    context = {
        **common.frame_of(request, actor, row, "duties"),
        "duty": duty,
        "duty_title": wording.title_of(duty),
        "card": cards.card(duty, source, row, {}),
        "clause": clause,
        "form": form,
        "rows": rows,
        "refusal": refusal,
        "compared": compared,
        "back_url": common.card_url(row.id, duty.key),
    }
    return render(request, "compiler/duty.html", context, status=status)


def _stale(
    request: HttpRequest,
    actor: Actor,
    row: CompilationRow,
    duty: DutyDraft,
    form: DutyForm,
    rows: Any,
    spec: Mapping[str, Any],
    refusal: Conflict,
) -> HttpResponse:
    """Show what was typed beside what somebody saved meanwhile; saving again is a decision."""
    common.renew(form, duty.revision)
    mine, theirs = told(spec, row), told(duty.spec, row)
    compared = [
        {"label": _(label), "mine": mine[name], "theirs": theirs[name]}
        for name, label in _LABELS
        if mine[name] != theirs[name]
    ]
    return _show(
        request, actor, row, duty, form, rows, refusal=refusal, compared=compared, status=409
    )


def told(spec: Mapping[str, Any], row: CompilationRow) -> dict[str, str]:
    """Return a declaration in words, part by part."""
    evidence = spec.get("evidence")
    evidence = evidence if isinstance(evidence, Mapping) else {}
    strength = str(spec.get("strength") or "")
    fields = [wording.both(each.get("label")) for each in evidence.get("fields") or ()]
    return {
        "title": wording.both(spec.get("title")),
        "guide": wording.both(spec.get("guide")),
        "strength": wording.strength_text(strength),
        "bearer": wording.bearer_text(spec.get("bearer"), row.groups),
        "timing": wording.timing_text(spec),
        "phases": wording.phases_text(spec.get("phases")),
        "evidence": wording.evidence_text(spec),
        "fields": _("、").join(fields),
        "phase_words": str(spec.get("phase_words") or ""),
        "cites": str(spec.get("cites") or ""),
    }


@page(common.EDIT)
def split_duty(request: HttpRequest, compilation_id: int, key: int) -> HttpResponse:
    """Show the places where a duty can be cut in two, and cut it."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    duty = find_duty(compilation_id, key)
    source = queries.get_source(actor, compilation_id)
    places = breaks(source, duty.start, duty.end)
    context = {
        **common.frame_of(request, actor, row, "duties", wide=False),
        "what": wording.title_of(duty),
        "places": places,
        "revision": duty.revision,
        "once": once_key(),
        "back_url": common.card_url(row.id, key),
        "is_duty": True,
    }
    if request.method != "POST":
        return render(request, "compiler/split.html", context)
    try:
        commands.split_duty(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            key=key,
            revision=common.number(request, "revision"),
            place=common.number(request, "place"),
            idempotency_key=request.POST.get("once") or None,
        )
    except Refusal as refusal:
        return render(
            request, "compiler/split.html", {**context, "refusal": refusal}, status=refusal.status
        )
    messages.success(request, _("已拆成两项，请分别看一看。"))
    return redirect(common.card_url(row.id, key, "undecided"))


def breaks(source: str, start: int, end: int) -> list[dict[str, Any]]:
    """Return the places where a span can be cut, each with the words on both sides."""
    found = []
    for match in _BREAK.finditer(source, start, end):
        place = match.end()
        if source[start:place].strip() and source[place:end].strip():
            found.append(
                {
                    "place": place,
                    "before": source[max(start, place - 24) : place],
                    "after": source[place : min(end, place + 24)],
                    "more_before": place - 24 > start,
                    "more_after": place + 24 < end,
                }
            )
    return found[:200]


@page(common.EDIT)
def reject_duty(request: HttpRequest, compilation_id: int, key: int) -> HttpResponse:
    """Reject a duty with a reason for those who come later."""
    actor = actor_of(request)
    row = queries.get_compilation(actor, compilation_id)
    duty = find_duty(compilation_id, key)
    back = f"{reverse('compiler:editor', args=[row.id])}?show=undecided"
    context = {
        **common.frame_of(request, actor, row, "duties", wide=False),
        "what": wording.title_of(duty),
        "revision": duty.revision,
        "reason": request.POST.get("reason", duty.spec.get("rejected", "")),
        "back_url": common.card_url(row.id, key),
    }
    if request.method != "POST":
        return render(request, "compiler/reject.html", context)
    try:
        commands.decide_duty(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            key=key,
            revision=common.number(request, "revision"),
            decision="reject",
            reason=request.POST.get("reason", ""),
        )
    except Refusal as refusal:
        return render(
            request, "compiler/reject.html", {**context, "refusal": refusal}, status=refusal.status
        )
    messages.success(request, _("已记为不采纳，理由也记下了。"))
    return redirect(back)
