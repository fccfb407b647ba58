"""What an organisation, or an authority, has to do today, organ by organ."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.duties.contracts import BearerKind
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.queries import tasks
from tongzhou.modules.duties.queries.tasks import TaskRow
from tongzhou.modules.duties.queries.wording import day_text, deadline_text, organ_label, say
from tongzhou.modules.registry.public import BearerRow

TABS = ("todo", "done", "guide", "missed")
OWN_ORGANS = {
    Role.SECRETARIAT: "SECRETARIAT",
    Role.LEGAL_REP: "LEGAL_REP",
    Role.PARTY_ORG: "PARTY_ORG",
    Role.SUPERVISORY_BOARD: "SUPERVISORY_BOARD",
}


@page("duties.board.view")
def board(request: HttpRequest) -> HttpResponse:
    """Show what is due today, what is done, what is guidance, what was missed."""
    actor, at = actor_of(request), clock.now()
    bearer = tasks.bearer_of(actor)
    rows = tasks.list_board(actor, bearer, at)
    missed = tasks.list_missed(actor, bearer, at)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "todo"
    guidance = [row for row in rows if row.is_guidance]
    counted = [row for row in rows if not row.is_guidance]
    own = own_organ(actor)
    mine = [row for row in counted if row.organ == own]
    open_rows = [row for row in counted if not row.is_done]
    urgent = [row for row in mine if row.is_urgent]
    context = {
        "bearer": bearer,
        "is_authority": actor.is_authority,
        "tab": tab,
        "tabs": _tabs(tab, open_rows, counted, guidance, missed),
        "organs": _organs(counted, bearer),
        "urgent_count": len(urgent),
        "load": tasks.load_of(rows, at),
        "missed_count": len(missed),
        "has_any": bool(rows),
        "today": at,
        "read_only": not actor.may("duties.report.submit"),
    }
    if tab == "todo":
        context["sections"] = _todo(mine, bearer)
        context["others"] = _by_organ(open_rows, bearer, leave_out=own)
    elif tab == "done":
        context["groups"] = _by_organ([row for row in counted if row.is_done], bearer)
    elif tab == "guide":
        context["groups"] = _by_organ(guidance, bearer)
    else:
        context["groups"] = _by_organ(missed, bearer)
    return render(request, "duties/board.html", context)


def own_organ(actor: Actor) -> str:
    """Return the organ an actor is; empty for an authority, which has none here."""
    return OWN_ORGANS.get(actor.role, "")


def _tabs(
    tab: str,
    open_rows: list[TaskRow],
    counted: list[TaskRow],
    guidance: list[TaskRow],
    missed: list[TaskRow],
) -> list[dict[str, Any]]:
    base = reverse("duties:board")
    done = sum(row.is_done for row in counted)
    found = [
        {"label": _("待办"), "url": base, "active": tab == "todo", "count": len(open_rows)},
        {"label": _("已办"), "url": f"{base}?tab=done", "active": tab == "done", "count": done},
        {
            "label": _("指引"),
            "url": f"{base}?tab=guide",
            "active": tab == "guide",
            "count": len(guidance),
        },
    ]
    if missed or tab == "missed":
        found.append(
            {
                "label": _("漏报"),
                "url": f"{base}?tab=missed",
                "active": tab == "missed",
                "count": len(missed),
            }
        )
    return found


def _todo(mine: Iterable[TaskRow], bearer: BearerRow) -> list[dict[str, Any]]:
    """Return the own tasks by urgency; what is voluntary comes last."""
    now: list[TaskRow] = []
    later: list[TaskRow] = []
    open_ended: list[TaskRow] = []
    voluntary: list[TaskRow] = []
    for row in mine:
        if row.is_done:
            continue
        if not row.is_binding:
            voluntary.append(row)
        elif row.is_urgent:
            now.append(row)
        elif row.period.due_at is not None:
            later.append(row)
        else:
            open_ended.append(row)
    now.sort(key=lambda row: (not row.state, not row.is_overdue, row.period.due_at or row.at))
    later.sort(key=lambda row: row.period.due_at or row.at)
    sections = [
        ("now", _("今天要办"), "", now),
        ("later", _("接下来"), _("按期限先后排列。"), later),
        ("open", _("没有期限"), _("做好以后报一次。"), open_ended),
        ("free", _("尽力而为"), _("可报可不报，不报不算逾期；报了计入贡献。"), voluntary),
    ]
    return [
        {"code": code, "title": title, "note": note, "rows": items(rows, bearer)}
        for code, title, note, rows in sections
        if rows
    ]


def _by_organ(
    rows: Iterable[TaskRow], bearer: BearerRow, leave_out: str | None = None
) -> list[dict[str, Any]]:
    held: dict[str, list[TaskRow]] = {}
    for row in rows:
        held.setdefault(row.organ, []).append(row)
    return [
        {"title": _organ(organ), "count": len(held[organ]), "rows": items(held[organ], bearer)}
        for organ in ("", *tasks.ORGAN_ORDER)
        if organ in held and organ != leave_out
    ]


def _organ(organ: str) -> str:
    return organ_label(organ, BearerKind.ORGANISATION if organ else BearerKind.AUTHORITY)


def _organs(counted: list[TaskRow], bearer: BearerRow) -> list[dict[str, Any]]:
    """Return how far each organ is with its binding duties, as strips."""
    found = []
    for organ in ("", *tasks.ORGAN_ORDER):
        held = [row for row in counted if row.organ == organ and row.is_binding]
        if not held:
            continue
        states: dict[str, int] = {}
        for row in held:
            code = "silent" if row.code in {"due", "due_soon", "draft"} else row.code
            states[code] = states.get(code, 0) + 1
        found.append(
            {
                "label": _organ(organ),
                "parts": [{"code": code, "count": count} for code, count in states.items()],
            }
        )
    return found


def items(rows: Iterable[TaskRow], bearer: BearerRow) -> list[dict[str, Any]]:
    """Return tasks as the day board draws them."""
    return [_item(row, bearer) for row in rows]


def _item(row: TaskRow, bearer: BearerRow) -> dict[str, Any]:
    url = shared.report_url(row, bearer.id, bearer.prov) if row.state else ""
    item: dict[str, Any] = {
        "title": shared.task_title(row),
        "href": url or shared.duty_url(row.duty),
        "state": row.code,
        "strength": row.duty.spec.strength,
        "clause": shared.clause_label(row.duty),
        "clause_url": shared.clause_url(row.duty),
        "text": say(row.duty.spec.guide) if row.is_guidance else "",
    }
    if row.is_guidance:
        item["state"] = ""
        item["href"] = shared.duty_url(row.duty)
        return item
    item["minutes"] = row.duty.spec.minutes
    item["due"] = _("已延期：%(due)s") % {"due": _due(row)} if row.deferred else _due(row)
    item["reason"] = row.reason if row.state == "RETURNED" else ""
    if row.is_done:
        item["counted"] = {"label": _counted(row), "href": url}
    elif row.may_report:
        item["action_url"] = shared.fill_url(row)
        item["action_label"] = _action(row)
    item["late"] = row.late and row.is_done
    item["why_url"] = f"{shared.duty_url(row.duty)}#why"
    return item


def _due(row: TaskRow) -> str:
    if row.period.due_at is None:
        if row.deferred:
            return _("已延期，还没有到期日")
        return deadline_text(row.duty.spec.recurrence, row.duty.spec.deadline)
    local = row.period.due_at.astimezone(clock.PLACE)
    if row.period.is_due_at_end_of_day and row.period.due_on is not None:
        return _("%(day)s止") % {"day": day_text(row.period.due_on)}

    return _("%(day)s %(time)s 止") % {
        "day": day_text(local.date()),
        "time": local.strftime("%H:%M"),
    }


def _counted(row: TaskRow) -> str:
    when = row.submitted_at.astimezone(clock.PLACE) if row.submitted_at else None
    return _("%(day)s的报送，第 %(version)s 版") % {
        "day": when.strftime("%Y-%m-%d %H:%M") if when else "",
        "version": row.version,
    }


def _action(row: TaskRow) -> str:
    if row.state == "RETURNED":
        return _("补正")
    if row.saved_at:
        return _("接着填")
    if row.is_overdue:
        return _("补报")
    kind = row.duty.spec.evidence.kind
    return _("去确认") if kind == "STATEMENT" and not row.duty.spec.evidence.fields else _("去填报")
