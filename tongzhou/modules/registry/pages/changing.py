"""Pages on which an officer registers an organisation or changes what is held of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, once_key, page
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import OrganKind, Status
from tongzhou.modules.registry.forms import (
    AttributeForm,
    EndForm,
    FactsForm,
    OrganForm,
    RegistrationForm,
    StatusForm,
    add_faults,
)
from tongzhou.modules.registry.pages.shared import datalists
from tongzhou.modules.registry.queries.authorities import find_authority_name
from tongzhou.modules.registry.queries.organisations import OrganisationDetail, get_organisation
from tongzhou.modules.registry.queries.wording import spoken

_CHANGE = "registry.organisation.change"


def _ask(
    request: HttpRequest,
    form: django_forms.Form,
    words: dict[str, Any],
    act: Callable[[], Any],
    done: Callable[[Any], HttpResponse],
) -> HttpResponse:
    """Show a form, or carry it out; a refusal comes back beside its fields with status 422."""
    refusal = None
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return done(act())
            except Refusal as caught:
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
        else:
            status = 422
    return render(
        request, "registry/form.html", {"form": form, "refusal": refusal, **words}, status=status
    )


@page("registry.organisation.register")
def register_organisation(request: HttpRequest) -> HttpResponse:
    """Register one organisation by a form."""
    actor = actor_of(request)
    form = RegistrationForm(
        request.POST or None,
        initial={"once": once_key(), "registered_by": find_authority_name(actor.authority_id)},
    )

    def act() -> list[int]:
        return commands.register_organisation(
            actor=actor,
            at=clock.now(),
            facts=form.facts(),
            idempotency_key=form.cleaned_data["once"] or None,
        )

    def done(key: list[int]) -> HttpResponse:
        messages.success(request, _("已登记入册。"))
        return redirect("registry:organisation", *key)

    return _ask(
        request,
        form,
        {
            "title": _("登记一个社会组织"),
            "lead": _("与导入用同一套规则检查；成批登记请用导入。"),
            "button": _("登记入册"),
            "back_url": reverse("registry:organisation-list"),
            "crumbs": [
                (_("社会组织"), reverse("registry:organisation-list")),
                (_("登记"), ""),
            ],
            "datalists": datalists(actor),
        },
        act,
        done,
    )


def _words(detail: OrganisationDetail, title: str, lead: str, button: str) -> dict[str, Any]:
    back = reverse("registry:organisation", args=[detail.row.id, detail.row.prov])
    return {
        "title": title,
        "lead": lead,
        "button": button,
        "back_url": back,
        "crumbs": [
            (_("社会组织"), reverse("registry:organisation-list")),
            (detail.row.name, back),
            (title, ""),
        ],
    }


def _back(request: HttpRequest, detail: OrganisationDetail, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("registry:organisation", detail.row.id, detail.row.prov)


@page(_CHANGE)
def change_organisation(request: HttpRequest, organisation_id: int, prov: int) -> HttpResponse:
    """Change the facts of an organisation."""
    actor = actor_of(request)
    detail = get_organisation(actor, organisation_id, prov)
    before = {
        "name": detail.row.name,
        "registered_by": detail.row.registrar,
        "located_in": f"{detail.row.place_id:06d}",
        "address": detail.address,
        "established_on": detail.row.established_on.isoformat()
        if detail.row.established_on
        else "",
        "supervisor": detail.row.supervisor,
        "industry_department": detail.industry_department,
        "territory_contact": detail.territory_contact,
    }
    form = FactsForm(
        request.POST or None, initial={**before, "version": detail.version, "once": once_key()}
    )

    def act() -> int:
        version = form.cleaned_data["version"]
        return commands.change_organisation(
            actor=actor,
            at=clock.now(),
            organisation_id=organisation_id,
            prov=prov,
            version=detail.version if version is None else version,
            changes=form.changes(before),
            idempotency_key=form.cleaned_data["once"] or None,
        )

    words = _words(detail, _("变更资料"), detail.row.name, _("保存变更"))
    words["datalists"] = datalists(actor)
    return _ask(request, form, words, act, lambda _v: _back(request, detail, _("已保存变更。")))


@page(_CHANGE)
def set_status(request: HttpRequest, organisation_id: int, prov: int) -> HttpResponse:
    """Suspend, revive, dissolve or revoke an organisation."""
    actor = actor_of(request)
    detail = get_organisation(actor, organisation_id, prov)
    form = StatusForm(request.POST or None, initial={"once": once_key()})

    def act() -> int:
        return commands.set_status(
            actor=actor,
            at=clock.now(),
            organisation_id=organisation_id,
            prov=prov,
            status=Status(form.cleaned_data["status"]),
            reason=form.cleaned_data["reason"],
            idempotency_key=form.cleaned_data["once"] or None,
        )

    words = _words(
        detail,
        _("变更状态"),
        _("%(name)s现在的状态是“%(status)s”。注销、撤销登记后不再有任务，也不能恢复。")
        % {"name": detail.row.name, "status": spoken("status")[detail.row.status]},
        _("确认变更"),
    )
    return _ask(request, form, words, act, lambda _v: _back(request, detail, _("状态已变更。")))


@page(_CHANGE)
def add_attribute(request: HttpRequest, organisation_id: int, prov: int) -> HttpResponse:
    """Give an organisation an attribute."""
    actor = actor_of(request)
    detail = get_organisation(actor, organisation_id, prov)
    form = AttributeForm(request.POST or None, initial={"once": once_key()})

    def act() -> int:
        given = form.cleaned_data
        return commands.assign_attribute(
            actor=actor,
            at=clock.now(),
            organisation_id=organisation_id,
            prov=prov,
            attribute=given["attribute"],
            from_on=given["from_on"],
            to_on=given["to_on"],
            basis=given["basis"],
            idempotency_key=given["once"] or None,
        )

    words = _words(
        detail,
        _("添加属性"),
        _("属性决定有哪些任务：添加后，按各文件的分类重新认定。"),
        _("添加"),
    )
    return _ask(request, form, words, act, lambda _v: _back(request, detail, _("已添加属性。")))


@page(_CHANGE)
def end_attribute(
    request: HttpRequest, organisation_id: int, prov: int, attribute_id: int
) -> HttpResponse:
    """Let an attribute end on a day."""
    actor = actor_of(request)
    detail = get_organisation(actor, organisation_id, prov)
    row = next((each for each in detail.attributes if each.id == attribute_id), None)
    if row is None:
        raise Missing("没有这条属性记录。", code="no-attribute")
    form = EndForm(request.POST or None, initial={"once": once_key()})

    def act() -> int:
        return commands.end_attribute(
            actor=actor,
            at=clock.now(),
            organisation_id=organisation_id,
            prov=prov,
            attribute_id=attribute_id,
            to_on=form.cleaned_data["to_on"],
            idempotency_key=form.cleaned_data["once"] or None,
        )

    label = spoken("attribute")[row.attribute]
    words = _words(
        detail,
        _("终止“%(label)s”") % {"label": label},
        _("自%(day)s起。终止后，只属于这一类的任务不再产生。") % {"day": row.from_on},
        _("确认终止"),
    )
    return _ask(request, form, words, act, lambda _v: _back(request, detail, _("属性已终止。")))


def _organ_kind(text: str) -> OrganKind:
    name = text.upper().replace("-", "_")
    if name not in OrganKind.__members__:
        raise Missing("没有这种机构。", code="no-organ")
    return OrganKind(name)


@page(_CHANGE)
def set_organ(request: HttpRequest, organisation_id: int, prov: int, kind: str) -> HttpResponse:
    """Say who answers for an organ from a day on."""
    actor = actor_of(request)
    organ = _organ_kind(kind)
    detail = get_organisation(actor, organisation_id, prov)
    present = next((e for e in detail.organs if e.kind is organ and e.to_on is None), None)
    form = OrganForm(
        request.POST or None,
        initial={
            "kind": str(organ),
            "once": once_key(),
            "name": present.name if present else "",
        },
    )

    def act() -> int:
        given = form.cleaned_data
        return commands.set_organ(
            actor=actor,
            at=clock.now(),
            organisation_id=organisation_id,
            prov=prov,
            kind=organ,
            from_on=given["from_on"],
            person=given["person"],
            name=given["name"],
            title=given["title"],
            idempotency_key=given["once"] or None,
        )

    label = spoken("organ")[organ]
    words = _words(
        detail,
        _("变更%(label)s") % {"label": label} if present else _("设立%(label)s") % {"label": label},
        detail.row.name,
        _("保存"),
    )
    return _ask(request, form, words, act, lambda _v: _back(request, detail, _("已保存。")))


@page(_CHANGE)
def dissolve_organ(
    request: HttpRequest, organisation_id: int, prov: int, kind: str
) -> HttpResponse:
    """Let a Party organisation or supervisory board end on a day."""
    actor = actor_of(request)
    organ = _organ_kind(kind)
    detail = get_organisation(actor, organisation_id, prov)
    form = EndForm(request.POST or None, initial={"once": once_key()})

    def act() -> int:
        return commands.dissolve_organ(
            actor=actor,
            at=clock.now(),
            organisation_id=organisation_id,
            prov=prov,
            kind=organ,
            to_on=form.cleaned_data["to_on"],
            idempotency_key=form.cleaned_data["once"] or None,
        )

    label = spoken("organ")[organ]
    words = _words(
        detail,
        _("撤销%(label)s") % {"label": label},
        _("%(name)s。撤销后，%(label)s的任务不再产生，历史记录保留。")
        % {"name": detail.row.name, "label": label},
        _("确认撤销"),
    )
    return _ask(request, form, words, act, lambda _v: _back(request, detail, _("已撤销。")))
