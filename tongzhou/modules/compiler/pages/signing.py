"""Hand a compilation in, take it back, and sign it or send it back."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.identity.completeness import has_second
from tongzhou.kernel.pages import actor_of, once_key, page
from tongzhou.modules.compiler import commands
from tongzhou.modules.compiler.commands.signing import RULE
from tongzhou.modules.compiler.contracts import CompilationRow, State
from tongzhou.modules.compiler.pages import common, telling
from tongzhou.modules.compiler.pages.preview import whole
from tongzhou.modules.compiler.queries.frozen import (
    changes_since,
    doers_of,
    find_submission,
    hands_of,
    last_seq,
    names_of,
)
from tongzhou.modules.compiler.queries.preview import get_preview

SUBMIT = "compiler.compilation.submit"
SIGN = "compiler.compilation.sign"
TOUCHED_SHOWN = 12


@page(common.VIEW)
def show_submission(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show what submitting means, and what is still in the way; POST submits."""
    actor, at = actor_of(request), clock.now()
    refusal = None
    if request.method == "POST":
        try:
            commands.submit_compilation(
                actor=actor,
                at=at,
                compilation_id=compilation_id,
                seen=common.number(request, "seen"),
                idempotency_key=request.POST.get("once"),
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("已送审，等待另一位同志签发。"))
            return redirect("compiler:submission", compilation_id)
    preview = get_preview(actor, compilation_id, at)
    row = preview.row
    context = {
        **common.frame_of(request, actor, row, "submission", wide=False),
        "refusal": refusal,
        "faults": telling.faults(row, preview.faults),
        "act": telling.act_text(preview, at),
        "lineage": telling.lineage_text(preview),
        "contradictions": sum(each.contradicts for each in preview.clashes),
        "repeats": sum(not each.contradicts for each in preview.clashes),
        "known": len(preview.known),
        "seen": last_seq(compilation_id),
        "once": once_key(),
        "nobody_signs": row.state in {State.EDITING, State.SUBMITTED}
        and not has_second(actor, SIGN, at, but=doers_of(compilation_id)),
        "may_submit": row.state is State.EDITING and actor.may(SUBMIT),
        "may_recall": row.state is State.SUBMITTED and actor.may("compiler.compilation.recall"),
        "reading_url": _reading_url(row),
    }
    return render(
        request, "compiler/submission.html", context, status=refusal.status if refusal else 200
    )


@require_POST
@page("compiler.compilation.recall")
def recall(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Take a submitted compilation back."""
    commands.recall_compilation(
        actor=actor_of(request),
        at=clock.now(),
        compilation_id=compilation_id,
        idempotency_key=request.POST.get("once"),
    )
    messages.success(request, _("已撤回，可以继续修改。"))
    return redirect("compiler:submission", compilation_id)


@page(common.VIEW)
def show_signing(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Show what a signature does, to whoever may give it."""
    return _signing(request, actor_of(request), compilation_id)


@require_POST
@page(SIGN)
def sign(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Sign a submitted compilation."""
    actor = actor_of(request)

    def act() -> int:
        if request.POST.get("checked") != "on":
            raise Refusal(
                "请先确认已经核对过条款、任务和涉及的范围。", code="unchecked", field="checked"
            )
        return commands.sign_compilation(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            seen=common.number(request, "seen"),
            idempotency_key=request.POST.get("once"),
        )

    refused = _try(request, actor, compilation_id, act)
    if refused is not None:
        return refused
    messages.success(request, _("已签发。"))
    return redirect("compiler:signing", compilation_id)


@require_POST
@page("compiler.compilation.send-back")
def send_back(request: HttpRequest, compilation_id: int) -> HttpResponse:
    """Give a submitted compilation back with the reason."""
    actor = actor_of(request)
    refused = _try(
        request,
        actor,
        compilation_id,
        lambda: commands.send_back_compilation(
            actor=actor,
            at=clock.now(),
            compilation_id=compilation_id,
            reason=request.POST.get("reason", ""),
            idempotency_key=request.POST.get("once"),
        ),
    )
    if refused is not None:
        return refused
    messages.success(request, _("已退回修改。"))
    return redirect("compiler:compilation-list")


def _try(
    request: HttpRequest, actor: Actor, compilation_id: int, act: Callable[[], int]
) -> HttpResponse | None:
    """Do an act of the signer's page; return the page with the refusal where it was refused."""
    try:
        act()
    except Refusal as refusal:
        return _signing(request, actor, compilation_id, refusal)
    return None


def _signing(
    request: HttpRequest, actor: Actor, compilation_id: int, refusal: Refusal | None = None
) -> HttpResponse:
    at = clock.now()
    preview = get_preview(actor, compilation_id, at)
    row = preview.row
    submission = find_submission(compilation_id)
    same = row.state is State.SUBMITTED and actor.user_id in doers_of(compilation_id)
    touched = hands_of(compilation_id).get(actor.user_id or 0, set()) if same else set()
    context = {
        **common.frame_of(request, actor, row, "signing"),
        **whole(preview),
        "refusal": refusal,
        "submission": submission,
        "since": [
            {
                "label": _(telling.COMPARED[each.code]),
                "before": each.before,
                "after": each.after,
            }
            for each in (changes_since(submission, preview) if submission else ())
        ]
        if row.state is State.SUBMITTED
        else [],
        "may_sign": row.state is State.SUBMITTED and actor.may(SIGN) and not same,
        "may_send_back": row.state is State.SUBMITTED
        and actor.may("compiler.compilation.send-back"),
        "may_recall": row.state is State.SUBMITTED and actor.may("compiler.compilation.recall"),
        "same": same and actor.may(SIGN),
        "touched": names_of(compilation_id, touched)[:TOUCHED_SHOWN],
        "rule": RULE,
        "seen": submission.seq if submission else 0,
        "once": once_key(),
        "reason": request.POST.get("reason", ""),
        "reading_url": _reading_url(row),
        "source_url": reverse("compiler:clauses", args=[row.id]),
    }
    return render(
        request, "compiler/signing.html", context, status=refusal.status if refusal else 200
    )


def _reading_url(row: CompilationRow) -> str:
    if row.expression_id is None:
        return ""
    return reverse("duties:directive-read", args=[row.expression_id])
