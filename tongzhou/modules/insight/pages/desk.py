"""The authority's day on one page."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.compiler.public import waiting_of
from tongzhou.modules.duties.public import ObligationRow, ReportRow, TaskRow, get_version
from tongzhou.modules.insight.contracts import ZONE
from tongzhou.modules.insight.pages import shapes
from tongzhou.modules.insight.queries.desk import Desk, ZeroReport, get_desk
from tongzhou.modules.insight.queries.directives import say


@page("insight.figures.view")
def desk(request: HttpRequest) -> HttpResponse:
    """Show what is in force, what is late, who is silent, and what waits for this authority."""
    actor, at = actor_of(request), clock.now()
    found = get_desk(actor, at)
    question = found.look.question
    return render(
        request,
        "insight/desk.html",
        {
            "region": found.region,
            "at": at,
            "total": found.total,
            "stats": _stats(found, actor),
            "directives": [
                {
                    "directive": each.directive,
                    "url": shapes.maybe_url("duties:directive-read", each.directive.expression),
                    "figures_url": shapes.figures_url(each.question, by="duty"),
                    "share": shapes.share(each.figure.done, each.figure.owed),
                    "figure": each.figure,
                    "strip": shapes.strip(each.figure, each.question),
                }
                for each in found.directives
            ],
            "zero": _zero(found.zero, at) if found.zero else None,
            "table": shapes.drill_table(
                found.lines,
                caption=_("各地落实情况，逾期率高的在前"),
                first=_("地区"),
                codes=shapes.FEW,
                with_share=True,
                total=(found.total, question),
            )
            if found.lines
            else None,
            "figures_url": shapes.figures_url(question),
            "follow_url": f"{shapes.maybe_url('insight:follow')}?{question.query()}",
            "overdue": [_obligation(each, at) for each in found.overdue],
            "overdue_url": shapes.list_url(question, "overdue", sort="due"),
            "overdue_count": found.total.overdue,
            "review": [_report(each, at) for each in found.review],
            "review_count": found.review_count,
            "review_url": _review_url() if _reviews(actor) else "",
            "own": [_task(each, at) for each in found.own[:6]],
            "own_count": len(found.own),
            "own_url": shapes.maybe_url("duties:board"),
            "is_authority": actor.is_authority and actor.may("duties.board.view"),
            "reviews": _reviews(actor),
        },
    )


def _reviews(actor: Actor) -> bool:
    """Tell whether the actor decides about reports; leaders and clerks of an authority do not."""
    return actor.is_authority and actor.may("duties.report.accept")


def _review_url() -> str:
    return shapes.maybe_url("duties:review")


def _stats(found: Desk, actor: Actor) -> list[dict[str, Any]]:
    question = found.look.question
    whole = found.total
    stats = [
        {
            "label": _("逾期"),
            "value": whole.overdue,
            "href": shapes.list_url(question, "overdue", sort="due"),
            "tone": "overdue" if whole.overdue else "",
            "hint": _("占应报 %(share)s") % {"share": shapes.share(whole.overdue, whole.owed)},
        },
        {
            "label": _("未报，还没到期"),
            "value": whole.pending,
            "href": shapes.list_url(question, "pending", sort="due"),
            "tone": "",
            "hint": _("占应报 %(share)s") % {"share": shapes.share(whole.pending, whole.owed)},
        },
    ]
    if _reviews(actor):
        stats.insert(
            0,
            {
                "label": _("等我审核"),
                "value": found.review_count,
                "href": _review_url(),
                "tone": "",
                "hint": _("先到的在前"),
            },
        )
    else:
        stats.append(
            {
                "label": _("已报"),
                "value": whole.done,
                "href": shapes.list_url(question, "done"),
                "tone": "done" if whole.done else "",
                "hint": _("占应报 %(share)s") % {"share": shapes.share(whole.done, whole.owed)},
            }
        )
    waiting = waiting_of(actor)
    if waiting.to_sign:
        stats.insert(
            0,
            {
                "label": _("等我签发"),
                "value": waiting.to_sign,
                "href": f"{shapes.maybe_url('compiler:compilation-list')}?state=SUBMITTED",
                "tone": "",
                "hint": _("签发以后任务才派发"),
            },
        )
    if waiting.returned:
        stats.insert(
            0,
            {
                "label": _("退回我修改"),
                "value": waiting.returned,
                "href": f"{shapes.maybe_url('compiler:compilation-list')}?state=EDITING",
                "tone": "returned",
                "hint": _("送审的文件，理由在里面"),
            },
        )
    if actor.is_authority and actor.may("duties.board.view"):
        stats.append(
            {
                "label": _("本机关待办"),
                "value": len(found.own),
                "href": shapes.maybe_url("duties:board"),
                "tone": "",
                "hint": _("本机关自己应报的"),
            }
        )
    return stats


def _zero(found: ZeroReport, at: datetime) -> dict[str, Any]:
    figure = found.figure
    # Today's report is still coming in: its line would always end in a fall.
    days = [(day, each) for day, each in found.days if day < at.astimezone(ZONE).date()]
    return {
        "title": say(found.duty.spec.title),
        "clause": found.duty.clause,
        "figure": figure,
        "share": shapes.share(figure.done, figure.owed),
        "strip": shapes.strip(figure, found.question),
        "done_url": shapes.list_url(found.question, "done"),
        "owed_url": shapes.list_url(found.question, "owed"),
        "silent_url": shapes.list_url(found.question, "silent"),
        "silent": [_obligation(each, at) for each in found.silent],
        "more": max(0, figure.silent - len(found.silent)),
        "chart": {
            "kind": "line",
            "title": _("每日报送（最近 %(count)d 天）") % {"count": len(days)},
            "unit": _("家"),
            "series": [_("应报"), _("已报")],
            "rows": [
                {"label": shapes.day_text(day, at), "values": [each.owed, each.done]}
                for day, each in days
            ],
        },
    }


def _obligation(row: ObligationRow, at: datetime) -> dict[str, Any]:
    duty = get_version(row.version_id)
    return {
        "name": row.name,
        "url": organisation_url(row.organisation_id, row.prov),
        "place": row.place_name,
        "duty": say(duty.spec.title),
        "due": shapes.due_text(row.due_at, at),
        "state": "overdue" if row.overdue and row.state in {"SILENT", "RETURNED"} else row.state,
    }


def organisation_url(organisation_id: int, prov: int) -> str:
    """Return the page of an organisation."""
    return shapes.maybe_url("registry:organisation", organisation_id, prov)


def report_url(organisation_id: int, prov: int, duty_id: int, period: date) -> str:
    """Return the page of a report."""
    return shapes.maybe_url("duties:report", organisation_id, prov, duty_id, period)


def _report(row: ReportRow, at: datetime) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": report_url(row.organisation_id, row.prov, row.duty_id, row.period),
        "duty": say(row.duty.spec.title),
        "submitted_at": shapes.moment_text(row.submitted_at, at),
        "late": row.late,
    }


def _task(task: TaskRow, at: datetime) -> dict[str, Any]:
    return {
        "title": say(task.duty.spec.title),
        "code": task.code,
        "due": shapes.due_text(task.period.due_at, at),
        "clause": task.duty.clause,
    }
