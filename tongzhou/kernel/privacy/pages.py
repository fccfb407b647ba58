"""Pages about personal data: the register, who read what, purges and holds, one's own copy."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock, files
from tongzhou.kernel.auditing import within_sight
from tongzhou.kernel.identity.forms import ErasureForm, add_faults
from tongzhou.kernel.models import Erasure, PurgeHold, SensitiveRead
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.kernel.privacy import erasing, purging, requests
from tongzhou.kernel.privacy.register import REGISTER_OF_DATA


@page("kernel.privacy.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Show the register, the purge rules and the holds."""
    return _overview(request, None)


def _overview(request: HttpRequest, refusal: Refusal | None) -> HttpResponse:
    at = clock.now()
    rules = [{"rule": rule, "due": len(purging.due(rule, at))} for rule in purging.RULES.values()]
    return render(
        request,
        "kernel/personal_data.html",
        {
            "register": REGISTER_OF_DATA,
            "rules": rules,
            "holds": PurgeHold.objects.filter(to_at__isnull=True).order_by("-id")[:200],
            "may_hold": actor_of(request).may("kernel.privacy.hold"),
            "may_erase": actor_of(request).may("kernel.privacy.erase"),
            "refusal": refusal,
        },
        status=refusal.status if refusal else 200,
    )


@page("kernel.privacy.view")
def reads(request: HttpRequest) -> HttpResponse:
    """Show who read sensitive data, whose, and what for."""
    found = within_sight(actor_of(request), SensitiveRead.objects.order_by("-id"))
    if subject := request.GET.get("subject", "").strip()[:80]:
        found = found.filter(subject=subject)
    if who := request.GET.get("who", "").strip()[:80]:
        found = found.filter(actor__icontains=who)
    return render(
        request,
        "kernel/sensitive_reads.html",
        {"page": paginate(request, found), "subject": subject, "who": who},
    )


@page("kernel.privacy.hold")
def holds(request: HttpRequest) -> HttpResponse:
    """Set a hold, or end one."""
    if request.method != "POST":
        return redirect("kernel:personal-data")
    at, actor = clock.now(), actor_of(request)
    try:
        if ended := request.POST.get("release", ""):
            if not (ended.isascii() and ended.isdigit() and len(ended) < 18):
                raise Missing("没有这项暂缓，或已解除。")
            purging.release(actor=actor, at=at, hold_id=int(ended))
            messages.success(request, _("暂缓已解除。"))
        else:
            purging.hold(
                actor=actor,
                at=at,
                rule=request.POST.get("rule", ""),
                case=request.POST.get("case", "").strip()[:60],
                reason=request.POST.get("reason", ""),
            )
            messages.success(request, _("已暂缓清除。"))
    except Refusal as refusal:
        return _overview(request, refusal)
    return redirect("kernel:personal-data")


@page("kernel.privacy.erase")
def erasures(request: HttpRequest) -> HttpResponse:
    """Show the requests to anonymise somebody who left, and take a new one."""
    form = ErasureForm(request.POST or None)
    refusal, status = None, 200
    actor = actor_of(request)
    if request.method == "POST":
        if form.is_valid():
            try:
                erasing.ask_erasure(actor=actor, at=clock.now(), **form.cleaned_data)
            except Refusal as caught:
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
            else:
                messages.success(request, _("已提出，等另一位系统运维人员确认。"))
                return redirect("kernel:erasures")
        else:
            status = 422
    held = Erasure.objects.filter(decided_at=None).select_related("user", "asked_by")
    return render(
        request,
        "kernel/erasures.html",
        {
            "form": form,
            "refusal": refusal,
            "open": held.order_by("asked_at")[:200],
            "me": actor.user_id,
        },
        status=status,
    )


@page("kernel.privacy.confirm")
def decide_erasure(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """Confirm or refuse that somebody is anonymised."""
    if request.method == "POST":
        granted = request.POST.get("granted") == "1"
        erasing.decide_erasure(
            actor=actor_of(request), at=clock.now(), erasure_id=erasure_id, granted=granted
        )
        messages.success(request, _("已匿名化。") if granted else _("没有同意匿名化。"))
    return redirect("kernel:erasures")


@page("kernel.privacy.copy")
def own_copy(request: HttpRequest) -> HttpResponse:
    """Hand out everything held of the person who asks; tell first what it is."""
    if request.method != "POST":
        return render(request, "kernel/own_data.html", {})
    text = requests.copy_own_data(actor=actor_of(request), at=clock.now())
    answer = files.hand_out(_("我的个人信息") + ".json", "application/json", text.encode())
    answer["Cache-Control"] = "private, no-store"
    return answer
