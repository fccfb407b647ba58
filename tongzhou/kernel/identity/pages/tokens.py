"""The page of API tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.identity.forms import TokenForm, add_faults
from tongzhou.kernel.models import ApiToken
from tongzhou.kernel.pages import actor_of, page


@page("kernel.token.create")
def tokens(request: HttpRequest) -> HttpResponse:
    """List, make and revoke the actor's API tokens."""
    actor, at = actor_of(request), clock.now()
    offered = accounts.token_modules(actor.role)
    fresh = ""
    refusal = None
    form = TokenForm(offered)
    if request.method == "POST" and (revoked := request.POST.get("revoke")):
        if not revoked.isdecimal() or len(revoked) > 18:
            raise Missing("没有这个令牌，或已作废。")
        accounts.revoke_token(actor=actor, at=at, token_id=int(revoked))
        messages.success(request, _("令牌已作废。"))
    elif request.method == "POST":
        form = TokenForm(offered, request.POST)
        if form.is_valid():
            try:
                fresh = accounts.create_token(
                    actor=actor,
                    at=at,
                    label=form.cleaned_data["label"],
                    assignment_id=actor.assignment_id or 0,
                    days=form.cleaned_data["days"],
                    modules=form.cleaned_data["modules"],
                    writes=bool(form.cleaned_data["writes"]),
                )
                form = TokenForm(offered)
            except Refusal as caught:
                refusal = None if add_faults(form, caught) else caught
    rows = ApiToken.objects.filter(
        assignment__user_id=actor.user_id or 0, revoked_at__isnull=True
    ).order_by("-pk")
    shown = [
        {
            "row": each,
            "scope": _("读和写") if each.writes else _("只读"),
            "modules": "、".join(_(offered.get(name, name)) for name in each.modules)  # data
            or _("全部模块"),
        }
        for each in rows
    ]
    status = refusal.status if refusal else 422 if form.is_bound and not form.is_valid() else 200
    answer = render(
        request,
        "kernel/tokens.html",
        {"tokens": shown, "form": form, "fresh": fresh, "refusal": refusal, "now": at},
        status=status,
    )
    answer["Cache-Control"] = "private, no-store"
    return answer
