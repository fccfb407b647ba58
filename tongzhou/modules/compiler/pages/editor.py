"""The editor: the source beside the clauses, or beside the duties, of one compilation."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, is_part, once_key, page
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    DutyState,
    Progress,
)
from tongzhou.modules.compiler.pages import cards, common, wording
from tongzhou.modules.compiler.pages.sheet import sheet
from tongzhou.modules.compiler.queries.checks import list_item_faults
from tongzhou.modules.compiler.rules.working import is_sure

_FILTERS = (
    ("undecided", "待定"),
    ("doubt", "有疑问"),
    ("accepted", "已采纳"),
    ("rejected", "不采纳"),
    ("all", "全部"),
)
_DECISIONS = ("accept", "reject", "reopen")
#: Cards on one page; more are slow to draw and to scroll.
MOST_CARDS = 80


@dataclass(slots=True)
class Desk:
    """Everything of a compilation that the editor shows, read once."""

    actor: Actor
    row: CompilationRow
    source: str
    clauses: list[ClauseDraft]
    duties: list[DutyDraft]
    faults: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, actor: Actor, compilation_id: int) -> "Desk":
        """Read a compilation; Missing when the actor may not see it."""
        row = queries.get_compilation(actor, compilation_id)
        clauses = queries.list_working_clauses(compilation_id)
        duties = queries.list_working_duties(compilation_id)
        return cls(
            actor=actor,
            row=row,
            source=queries.get_source(actor, compilation_id),
            clauses=clauses,
            duties=duties,
            faults=cards.faults_by_item(list_item_faults(row, clauses, duties, clock.now())),
        )

    @property
    def progress(self) -> Progress:
        """Return how far the work on the duties is."""
        states = [each.state for each in self.duties]
        return Progress(
            len(states), states.count(DutyState.ACCEPTED), states.count(DutyState.REJECTED)
        )

    @property
    def counts(self) -> dict[str, int]:
        """Return how many duties each filter shows."""
        faulty = frozenset(self.faults)
        return {
            code: sum(1 for each in self.duties if cards.is_shown(each, code, faulty))
            for code in cards.FILTERS
        }

    @property
    def sure(self) -> int:
        """Return how many proposals can be accepted in one act."""
        return sum(1 for each in self.duties if is_sure(each))

    def find(self, key: int) -> DutyDraft | None:
        """Return a duty by its key."""
        return next((each for each in self.duties if each.key == key), None)


def pane_of(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """Return what the pane with the source needs."""
    lines, left = sheet(desk.source, desk.clauses, desk.duties)
    wanted = request.GET.get("duty", "")
    meant = desk.find(int(wanted)) if wanted.isascii() and wanted.isdigit() else None
    return {
        "lines": lines,
        "lines_left": left,
        "pane": "source" if request.GET.get("pane") == "source" else "work",
        "meant": {
            "ref": f"{meant.key}:{meant.revision}",
            "key": meant.key,
            "title": wording.title_of(meant),
        }
        if meant
        else None,
        "once": once_key(),
    }


def _wanted(request: HttpRequest, desk: Desk) -> DutyDraft | None:
    """Return the duty whose page is asked for, unless a page is asked for by its number."""
    text = request.GET.get("at", "")
    fit = text.isascii() and text.isdigit() and len(text) < 10 and "page" not in request.GET
    return desk.find(int(text)) if fit else None


@page(common.VIEW)
def edit_duties(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show the duties of a compilation beside its source, filtered as asked."""
    actor = actor_of(request)
    desk = Desk.of(actor, compilation_id)
    faulty = frozenset(desk.faults)
    counts = desk.counts
    asked = request.GET.get("show", "")
    show = asked if asked in cards.FILTERS else ("undecided" if counts["undecided"] else "all")
    wanted = _wanted(request, desk)
    if wanted is not None and not cards.is_shown(wanted, show, faulty):
        show = "all"
    found = [each for each in desk.duties if cards.is_shown(each, show, faulty)]
    number = request.GET.get("page") or (found.index(wanted) // MOST_CARDS + 1 if wanted else 1)
    shown = Paginator(found, MOST_CARDS).get_page(number)
    undecided = [each for each in desk.duties if each.state is DutyState.PROPOSED]
    here = reverse("compiler:editor", args=[compilation_id])
    context = {
        **common.frame_of(request, actor, desk.row, "duties", progress=desk.progress),
        **pane_of(request, desk),
        "groups": cards.groups_of(
            list(shown), desk.duties, desk.clauses, desk.source, desk.row, desk.faults
        ),
        "page": shown,
        "show": show,
        "tabs": [
            {
                "label": _(label),
                "url": f"{here}?show={code}",
                "active": code == show,
                "count": counts[code],
            }
            for code, label in _FILTERS
        ],
        "sure": desk.sure,
        "next": undecided[0].key if undecided else None,
        "head_faults": desk.faults.get("head", ()),
        "act_url": reverse("compiler:act", args=[compilation_id]),
    }
    return render(request, "compiler/duties.html", context)


@page(common.VIEW)
def edit_clauses(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show the clause tree of a compilation beside its source."""
    actor = actor_of(request)
    desk = Desk.of(actor, compilation_id)
    context = {
        **common.frame_of(request, actor, desk.row, "clauses", progress=desk.progress),
        **pane_of(request, desk),
        "rows": cards.rows_of(desk.clauses, desk.duties, desk.faults),
        "clause_url": reverse("compiler:clause-act", args=[compilation_id]),
    }
    return render(request, "compiler/clauses.html", context)


@page(common.EDIT)
def act(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Do what a button of a duty card says; answer the card, or go back to the page."""
    actor = actor_of(request)
    here = reverse("compiler:editor", args=[compilation_id])
    if request.method != "POST":
        return redirect(here)
    name, value = next(
        ((each, request.POST[each]) for each in _ACTS if each in request.POST), ("", "")
    )
    if not name:
        raise common.unfit()
    key = _key_of(value)
    status, said = 200, None
    try:
        _ACTS[name](actor, compilation_id, value)
    except Refusal as refusal:
        if not is_part(request) or isinstance(refusal, Missing):
            if isinstance(refusal, Conflict):
                return _conflict(request, actor, compilation_id, key, refusal)
            raise
        status, said = refusal.status, refusal
    if not is_part(request):
        if name == "merge":
            messages.success(request, _("已合并成一项，请看一看写得对不对。"))
        if name == "share":
            messages.success(request, _("已按承担者分开，每个承担者一项，请逐项确定。"))
        return redirect(_after(request, compilation_id, key, name))
    return _card(request, actor, compilation_id, key, said, status)


def _key_of(value: str) -> int:
    first = value.partition(":")[0]
    return common.numbers(first, 1)[0]


def _decide(decision: str) -> Any:
    def run(actor: Actor, compilation_id: int, value: str) -> None:
        key, revision = common.numbers(value, 2)
        commands.decide_duty(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            key=key,
            revision=revision,
            decision=decision,
        )

    return run


def _reset(actor: Actor, compilation_id: int, value: str) -> None:
    key, revision = common.numbers(value, 2)
    commands.reset_duty(
        actor=actor, at=clock.now(), compilation_id=compilation_id, key=key, revision=revision
    )


def _merge(actor: Actor, compilation_id: int, value: str) -> None:
    key, revision, other_key, other_revision = common.numbers(value, 4)
    commands.merge_duties(
        actor=actor,
        at=clock.now(),
        compilation_id=compilation_id,
        key=key,
        revision=revision,
        other_key=other_key,
        other_revision=other_revision,
    )


def _share(actor: Actor, compilation_id: int, value: str) -> None:
    key, revision = common.numbers(value, 2)
    commands.share_duty(
        actor=actor, at=clock.now(), compilation_id=compilation_id, key=key, revision=revision
    )


def _settle(actor: Actor, compilation_id: int, value: str) -> None:
    ref, _colon, code = value.rpartition(":")
    key, revision = common.numbers(ref, 2)
    commands.answer_question(
        actor=actor,
        at=clock.now(),
        compilation_id=compilation_id,
        key=key,
        revision=revision,
        code=code,
    )


def _relate(actor: Actor, compilation_id: int, value: str) -> None:
    ref, _colon, relation = value.rpartition(":")
    key, revision = common.numbers(ref, 2)
    commands.relate_duty(
        actor=actor,
        at=clock.now(),
        compilation_id=compilation_id,
        key=key,
        revision=revision,
        relation=relation,
    )


_ACTS = {
    **{decision: _decide(decision) for decision in _DECISIONS},
    "reset": _reset,
    "merge": _merge,
    "share": _share,
    "settle": _settle,
    "relate": _relate,
}


def _after(request: HttpRequest, compilation_id: int, key: int, name: str) -> str:
    """Return where to go on: the next undecided duty after a decision, else the same one."""
    show = request.POST.get("show", "")
    show = show if show in cards.FILTERS else "all"
    if name in ("accept", "reject") and show == "undecided":
        following = common.next_undecided(queries.list_working_duties(compilation_id), key)
        if following is None:
            return f"{reverse('compiler:editor', args=[compilation_id])}?show=undecided"
        key = following
    return common.card_url(compilation_id, key, show)


def _card(
    request: HttpRequest,
    actor: Actor,
    compilation_id: int,
    key: int,
    refusal: Refusal | None,
    status: int,
) -> HttpResponse:
    """Answer one card, with the progress beside it."""
    desk = Desk.of(actor, compilation_id)
    duty = desk.find(key)
    if duty is None:
        raise Missing("这项任务已经不在了，请刷新页面。", code="item-missing")
    neighbour = cards.merge_neighbours(desk.duties, desk.clauses).get(key)
    context = {
        **common.frame_of(request, actor, desk.row, "duties", progress=desk.progress),
        "card": cards.card(duty, desk.source, desk.row, desk.faults, neighbour),
        "counts": desk.counts,
        "sure": desk.sure,
        "refusal_text": refusal.text(_) if refusal else "",
        "refusal_way": _(refusal.way_out) if refusal and refusal.way_out else "",
        "act_url": reverse("compiler:act", args=[compilation_id]),
    }
    return render(request, "compiler/card_part.html", context, status=status)


def _conflict(
    request: HttpRequest, actor: Actor, compilation_id: int, key: int, refusal: Refusal
) -> HttpResponse:
    """Show a card as it stands now to somebody who decided on an older one."""
    desk = Desk.of(actor, compilation_id)
    duty = desk.find(key)
    context = {
        **common.frame_of(request, actor, desk.row, "duties", progress=desk.progress, wide=False),
        "refusal": refusal,
        "card": cards.card(duty, desk.source, desk.row, desk.faults) if duty else None,
        "act_url": reverse("compiler:act", args=[compilation_id]),
        "back_url": reverse("compiler:editor", args=[compilation_id]),
    }
    return render(request, "compiler/card_conflict.html", context, status=refusal.status)


@page(common.EDIT)
def accept_sure(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show how many sure proposals would be accepted together, and accept them."""
    actor = actor_of(request)
    back = reverse("compiler:editor", args=[compilation_id])
    if request.method == "POST":
        before = queries.progress_of([compilation_id]).get(compilation_id, Progress())
        commands.accept_sure(actor=actor, at=clock.now(), compilation_id=compilation_id)
        after = queries.progress_of([compilation_id]).get(compilation_id, Progress())
        count = after.accepted - before.accepted
        messages.success(
            request,
            ngettext("一次采纳了 %(count)d 项任务。", "一次采纳了 %(count)d 项任务。", count)
            % {"count": count},
        )
        return redirect(back)
    desk = Desk.of(actor, compilation_id)
    sure = [each for each in desk.duties if is_sure(each)]
    context = {
        **common.frame_of(request, actor, desk.row, "duties", progress=desk.progress),
        "count": len(sure),
        "groups": cards.groups_of(
            sure, desk.duties, desk.clauses, desk.source, desk.row, desk.faults
        ),
        "back_url": back,
    }
    return render(request, "compiler/sure.html", context)
