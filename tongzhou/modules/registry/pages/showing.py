"""The page of one organisation: who it is, what it counts as, who answers, what changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.registry.contracts import OrganKind
from tongzhou.modules.registry.pages.shared import elsewhere
from tongzhou.modules.registry.queries.organisations import (
    AttributeRow,
    HistoryRow,
    OrganisationDetail,
    OrganRow,
    get_organisation,
)
from tongzhou.modules.registry.queries.wording import spoken
from tongzhou.modules.registry.rules.attributes import LEGAL_PERSONS, attribute_kinds

_CHANGE = "registry.organisation.change"
_FIELDS = {
    "name": "名称",
    "registered_by": "登记管理机关",
    "located_in": "所在地",
    "address": "住所",
    "supervisor": "业务主管单位",
    "industry_department": "行业管理部门",
    "territory_contact": "属地联系人",
    "established_on": "成立日期",
}
_ORDER = (
    OrganKind.LEGAL_REP,
    OrganKind.SECRETARIAT,
    OrganKind.PARTY_ORG,
    OrganKind.SUPERVISORY_BOARD,
)


@page("registry.organisation.view")
def show_organisation(request: HttpRequest, organisation_id: int, prov: int) -> HttpResponse:
    """Show one organisation."""
    return _show(request, organisation_id, prov)


def _show(request: HttpRequest, organisation_id: int, prov: int) -> HttpResponse:
    actor = actor_of(request)
    own = actor.is_organisation and (organisation_id, prov) == (actor.organisation_id, actor.prov)
    detail = get_organisation(actor, organisation_id, prov)
    today = clock.now().astimezone(clock.PLACE).date()
    may_change = actor.may(_CHANGE) and actor.governs(detail.registered_region)
    reports = elsewhere("duties:history-of", organisation_id, prov)
    return render(
        request,
        "registry/organisation.html",
        {
            "crumbs": []
            if own
            else [
                (_("社会组织"), reverse("registry:organisation-list")),
                (detail.row.name, ""),
            ],
            "own": own,
            "org": detail.row,
            "form": spoken("form")[detail.row.form],
            "status": spoken("status")[detail.row.status],
            "active": detail.row.status == "ACTIVE",
            "facts": _facts(detail),
            "attributes": [
                _attribute(each, detail, today, may_change)
                for each in detail.attributes
                if each.to_on is None or each.to_on >= today
            ],
            "past_attributes": [
                _attribute(each, detail, today, may_change)
                for each in detail.attributes
                if each.to_on is not None and each.to_on < today
            ],
            "organs": _organs(detail, today, may_change),
            "entries": [_entry(each) for each in detail.history],
            "may_change": may_change,
            "reports_url": reports if actor.may("duties.report.view") else "",
            **_links(detail, may_change),
        },
    )


@page("registry.organisation.view")
def show_own(request: HttpRequest) -> HttpResponse:
    """Show somebody who works for an organisation its page, others the list."""
    actor = actor_of(request)
    if not actor.is_organisation or actor.organisation_id is None or actor.prov is None:
        return redirect("registry:organisation-list")
    return _show(request, actor.organisation_id, actor.prov)


def _links(detail: OrganisationDetail, may_change: bool) -> dict[str, str]:
    if not may_change or detail.row.status not in {"ACTIVE", "SUSPENDED"}:
        return {}
    key = [detail.row.id, detail.row.prov]
    return {
        "change_url": reverse("registry:organisation-change", args=key),
        "status_url": reverse("registry:organisation-status", args=key),
        "attribute_url": reverse("registry:attribute-add", args=key),
    }


def _facts(detail: OrganisationDetail) -> list[dict[str, Any]]:
    row = detail.row
    internal = row.code.startswith("B")
    listing = reverse("registry:organisation-list")
    rows: list[dict[str, Any]] = [
        {"label": _("内部编号") if internal else _("统一社会信用代码"), "value": row.code},
        {"label": _("登记形式"), "value": spoken("form")[row.form]},
        {"label": _("成立日期"), "value": row.established_on},
        {
            "label": _("登记管理机关"),
            "value": row.registrar,
            "href": f"{listing}?by=registry&region={detail.registered_region}",
        },
        {
            "label": _("所在地"),
            "value": row.place,
            "href": f"{listing}?region={row.place_id}",
        },
        {"label": _("住所"), "value": detail.address},
        {"label": _("业务主管单位"), "value": row.supervisor or _("无")},
        {"label": _("行业管理部门"), "value": detail.industry_department},
        {"label": _("属地联系人"), "value": detail.territory_contact},
    ]
    return [each for each in rows if each["value"]]


def _attribute(
    each: AttributeRow, detail: OrganisationDetail, today: date, may_change: bool
) -> dict[str, Any]:
    kind = attribute_kinds()[each.attribute]
    return {
        "label": spoken("attribute")[kind.code],
        "from_on": each.from_on,
        "to_on": each.to_on,
        "basis": each.basis or kind.basis,
        "holds": each.holds_on(today),
        "end_url": reverse("registry:attribute-end", args=[detail.row.id, detail.row.prov, each.id])
        if may_change and each.to_on is None
        else "",
    }


def _organs(detail: OrganisationDetail, today: date, may_change: bool) -> list[dict[str, Any]]:
    """Return the four organs in their order, each with the present holder and those before."""
    found = []
    for kind in _ORDER:
        if kind is OrganKind.LEGAL_REP and detail.row.form not in LEGAL_PERSONS:
            continue
        rows = [each for each in detail.organs if each.kind is kind]
        present = next((each for each in rows if _present(each, today)), None)
        key = [detail.row.id, detail.row.prov, str(kind).lower().replace("_", "-")]
        lasting = kind in {OrganKind.LEGAL_REP, OrganKind.SECRETARIAT}
        found.append(
            {
                "label": spoken("organ")[kind],
                "present": present,
                "past": [each for each in rows if each is not present],
                "set_url": reverse("registry:organ-set", args=key) if may_change else "",
                "dissolve_url": reverse("registry:organ-dissolve", args=key)
                if may_change and present and not lasting
                else "",
            }
        )
    return found


def _present(each: OrganRow, today: date) -> bool:
    return each.from_on <= today and (each.to_on is None or each.to_on >= today)


def _entry(line: HistoryRow) -> dict[str, Any]:
    """Return a write as the timeline shows it."""
    facts = line.facts
    title, text = _("变更资料"), ""
    if line.stem == "registry.organisation.register":
        title = _("登记入册")
    elif "status" in facts:
        names = spoken("status")
        title = _("状态由%(before)s改为%(after)s") % {
            "before": names[facts["status"][0]],
            "after": names[facts["status"][1]],
        }
        text = str(facts.get("reason", ""))
    elif "attribute" in facts:
        label = spoken("attribute")[facts["attribute"]]
        if facts.get("from_on"):
            title = _("自%(day)s起为%(label)s") % {"day": facts["from_on"], "label": label}
        else:
            title = _("%(label)s至%(day)s止") % {"day": facts["to_on"], "label": label}
    elif "organ" in facts:
        label = spoken("organ")[facts["organ"]]
        if facts.get("from_on"):
            title = _("%(label)s负责人自%(day)s起变更") % {"day": facts["from_on"], "label": label}
        else:
            title = _("%(label)s至%(day)s止") % {"day": facts["to_on"], "label": label}
    elif facts.get("touched"):
        fields = [_(_FIELDS.get(name, name)) for name in facts["touched"]]
        title = _("变更%(fields)s") % {"fields": _("、").join(fields)}
    return {"at": line.at, "actor": line.actor, "title": title, "text": text or line.clause}
