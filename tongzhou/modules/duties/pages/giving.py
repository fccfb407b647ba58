"""Give an exception to many: choose whom, look at the number and the names, then confirm."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.base.period import Recurrence, name_of
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.contracts import BearerKind
from tongzhou.modules.duties.forms import GiveForm
from tongzhou.modules.duties.queries import exceptions, lists
from tongzhou.modules.duties.queries.counting import windows_of
from tongzhou.modules.duties.queries.exceptions import Chosen
from tongzhou.modules.duties.queries.force import get_duty
from tongzhou.modules.duties.queries.selection import Selection
from tongzhou.modules.duties.queries.wording import end_text, period_text, say
from tongzhou.modules.registry.public import labels


def _form(request: HttpRequest, actor: Actor, at: datetime) -> GiveForm:
    duties = [
        (each.id, say(each.spec.title))
        for each in lists.list_reportable_duties(at)
        if each.spec.bearer.kind is BearerKind.ORGANISATION and each.spec.strength.can_be_overdue
    ]
    home = actor.low if actor.low <= actor.high else 0
    places = lists.list_queue_places(actor)
    here = places.pop(home, _("全部"))
    return GiveForm(
        request.POST or None,
        duties=duties,
        regions=[(home, here), *places.items()],
        forms_of=[(k, v) for k, v in labels("form").items() if k != "AUTHORITY"],
        initial={"duty": request.GET.get("duty"), "code": request.GET.get("code", "")},
    )


@page("duties.exception.grant")
def give_exceptions(request: HttpRequest) -> HttpResponse:
    """Show the form, then the preview, then do it."""
    actor, at = actor_of(request), clock.now()
    form = _form(request, actor, at)
    context: dict[str, Any] = {
        "crumbs": [(_("例外"), reverse("duties:exceptions")), (_("主动给予例外"), "")],
        "form": form,
    }
    status = 200
    if request.method == "POST" and request.POST.get("step") != "edit":
        status = 422
        if form.is_valid():
            try:
                selection = _selection(form, at)
                return _go_on(request, actor, at, form, selection, context)
            except Refusal as refusal:
                if refusal.status not in {409, 422}:
                    raise
                form.add_faults(dict(refusal.faults))
                context["refusal"] = None if refusal.faults else refusal
                status = refusal.status
    return render(request, "duties/exception_give.html", context, status=status)


def _selection(form: GiveForm, at: datetime) -> Selection:
    given = form.cleaned_data
    duty = get_duty(given["duty"], at)
    day: date | None = given["day"]
    if duty.spec.recurrence is Recurrence.ONCE:
        day = None
    elif day is not None:
        day = name_of(duty.spec.recurrence, day)
    return Selection(at=at, node=given["region"], duty_ids=(duty.id,), form=given["form"], day=day)


def _go_on(
    request: HttpRequest,
    actor: Actor,
    at: datetime,
    form: GiveForm,
    selection: Selection,
    context: dict[str, Any],
) -> HttpResponse:
    windows = windows_of(selection)
    if not windows:
        raise Refusal("这个范围内没有人承担这项任务。", code="nobody", field="region")
    first = min(each.period.start for each in windows)
    wish = form.wish(first)
    code = form.cleaned_data["code"].strip().upper()
    if request.POST.get("step") == "confirm":
        expected = request.POST.get("expected", "")
        count = commands.give_exceptions(
            actor=actor,
            at=at,
            selection=selection,
            wish=wish,
            expected=int(expected) if expected.isascii() and expected.isdigit() else 0,
            code=code,
        )
        messages.success(request, _("已给予 %(count)d 家。") % {"count": count})
        return redirect(f"{reverse('duties:exceptions')}?state=GRANTED")
    commands.check_giving(selection, wish, windows, at)
    chosen = exceptions.set_of(actor, selection, wish.kind, code)
    assert isinstance(chosen, Chosen)
    number = chosen.count()
    if not number:
        raise Refusal(
            "没有可以给予的组织：本机关登记的组织在这个范围内不承担这项任务，或已有同样的例外。",
            code="nobody",
            way_out="只有登记它的机关可以给予例外。",
        )
    duty = get_duty(selection.duty_ids[0], at) if selection.duty_ids else None
    assert duty is not None
    return render(
        request,
        "duties/exception_confirm.html",
        {
            **context,
            "number": number,
            "sample": chosen.sample(),
            "rest": max(0, number - 20),
            "title": say(duty.spec.title),
            "period": period_text(duty.spec.recurrence, first) or _("一次性任务"),
            "only": wish.only,
            "wish": wish,
            "end": end_text(wish.end, wish.until_on, wish.months, wish.days),
            "posted": [
                (name, value)
                for name, value in request.POST.items()
                if name not in {"csrfmiddlewaretoken", "step", "expected"}
            ],
        },
    )
