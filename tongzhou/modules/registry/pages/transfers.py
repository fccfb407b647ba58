"""Moving organisations to another province: ask, agree, decline, withdraw."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, once_key, page
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.forms import AnswerForm, TransferForm, add_faults
from tongzhou.modules.registry.queries.transfers import get_transfer, list_transfers

_CHANGE = "registry.organisation.change"


@page(_CHANGE)
def show_transfers(request: HttpRequest) -> HttpResponse:
    """Ask for an organisation of another province, and list the moves from here and to here."""
    actor = actor_of(request)
    form = TransferForm(request.POST or None, initial={"once": once_key()})
    refusal, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                made = commands.request_transfer(
                    actor=actor,
                    at=clock.now(),
                    code=given["code"],
                    located_in=given["located_in"],
                    address=given["address"],
                    supervisor=given["supervisor"],
                    reason=given["reason"],
                    idempotency_key=given["once"] or None,
                )
                messages.success(request, _("已提出，等候迁出地的登记管理机关确认。"))
                return redirect("registry:transfer", made)
            except Refusal as caught:
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
    return render(
        request,
        "registry/transfers.html",
        {
            "form": form,
            "refusal": refusal,
            "transfers": list_transfers(actor),
            "crumbs": [
                (_("社会组织"), reverse("registry:organisation-list")),
                (_("跨省迁移"), ""),
            ],
        },
        status=status,
    )


@page(_CHANGE)
def show_transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Show one move; the giving side answers here, the taking side may take it back."""
    actor, at = actor_of(request), clock.now()
    form = AnswerForm(request.POST or None)
    refusal, status = None, 200
    if request.method == "POST" and form.is_valid():
        answer = form.cleaned_data["answer"]
        try:
            if "withdraw" in request.POST:
                commands.withdraw_transfer(actor=actor, at=at, transfer_id=transfer_id)
                messages.success(request, _("已撤回。"))
            elif "accept" in request.POST:
                commands.accept_transfer(actor=actor, at=at, transfer_id=transfer_id, answer=answer)
                messages.success(request, _("已迁移：名册、任务和在办的报送都已转到迁入地。"))
            else:
                commands.decline_transfer(
                    actor=actor, at=at, transfer_id=transfer_id, answer=answer
                )
                messages.success(request, _("已答复。"))
            return redirect("registry:transfer", transfer_id)
        except Refusal as caught:
            status = caught.status
            refusal = None if add_faults(form, caught) else caught
    transfer = get_transfer(actor, transfer_id)
    facts = [
        {"label": _("代码"), "value": transfer.code},
        {"label": _("迁出地登记管理机关"), "value": transfer.giver},
        {"label": _("迁入地登记管理机关"), "value": transfer.taker},
        {"label": _("迁入后的所在地"), "value": f"{transfer.place}　{transfer.address}"},
        {"label": _("理由和依据"), "value": transfer.reason},
        {"label": _("状态"), "value": _(transfer.state_label)},
        {"label": _("答复"), "value": transfer.answer or "—"},
    ]
    return render(
        request,
        "registry/transfer.html",
        {
            "transfer": transfer,
            "facts": facts,
            "form": form,
            "refusal": refusal,
            "open": transfer.state == "REQUESTED",
            "crumbs": [
                (_("社会组织"), reverse("registry:organisation-list")),
                (_("跨省迁移"), reverse("registry:transfer-list")),
                (transfer.name, ""),
            ],
        },
        status=status,
    )
