"""The reading page: a directive as a document, with the duties drawn from each clause beside it."""

import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.base.strength import Strength
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.directives.public import (
    ClauseRow,
    ExpressionRow,
    find_expression,
    find_original,
    get_expression,
    list_cited,
    list_clauses,
    may_repeal,
    typeset,
)
from tongzhou.modules.duties.contracts import BearerKind, Link
from tongzhou.modules.duties.pages import effective
from tongzhou.modules.duties.pages.citations import connect, summary
from tongzhou.modules.duties.queries.reading import (
    DutyCard,
    InForce,
    passage_of,
    read_directive,
)
from tongzhou.modules.response.public import PHASE_LABELS

#: Passages of the letter and its frame; everything else is drawn as a clause.
FRAME = {"NOTE", "SIGNATURE", "HEADING", "FOOTER"}
LONGEST_HEADING = 60
MANY = 8
_DAY = re.compile(r"(?=\d{4}年\d{1,2}月)")  # data


@page("public")
def open_directive(request: HttpRequest, urn: str) -> HttpResponse:
    """Send the permanent address of a directive to where it is read; the clause stays behind #."""
    row = find_expression(urn)
    if row is None:
        raise Missing("没有这份文件。", code="directive-missing")
    return redirect("duties:directive-read", row.id)


@page("public")
def read_directive_page(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Show one directive as it reads where the reader is, or at the place ``?region=`` names.

    ``?for=`` keeps the duties of one kind of bearer, or the reader's own.
    """
    actor, at = actor_of(request), clock.now()
    row = get_expression(expression_id)
    clauses = list_clauses(expression_id)
    held = effective.around(request, actor, at, row)
    reading = read_directive(
        expression=row.urn, actor=actor, at=at, spot=held.spot, ground=held.ground
    )
    has_mine = any(card.mine is not None for card in reading.cards)
    chosen = request.GET.get("for", "")
    if chosen not in {"authority", "organisation", "mine"} or (chosen == "mine" and not has_mine):
        chosen = ""
    shown = [card for card in reading.cards if _fits(card, chosen)]
    drawn = _passages(clauses, shown)
    rest = effective.attach(drawn, actor, row, held)
    named = list_cited(expression_id, at)
    connect(drawn, named, request.GET.getlist("mark"))
    return render(
        request,
        "duties/reading.html",
        {
            "layout": "base.html" if actor.is_public else "workspace.html",
            "crumbs": [(_("文件"), reverse("directives:directive-list")), (row.title, "")],
            "row": row,
            "connections": summary(expression_id, actor, at, named),
            "issuer_lines": [each for each in re.split("[、 ]", row.issuer) if each],
            "recipients": "，".join(map(typeset, row.recipients)),
            "passages": drawn,
            "contents": [each for each in drawn if each["listed"]],
            "tabs": _tabs(reading.cards, chosen, has_mine),
            "strengths": [
                {"code": each.value, "count": sum(card.strength == each for card in shown)}
                for each in Strength
                if any(card.strength == each for card in shown)
            ],
            "total": len(shown),
            "forces": [_force(each) for each in reading.forces],
            "any": bool(reading.cards),
            "has_original": find_original(expression_id) is not None,
            "may_correct": actor.may("directives.erratum.record"),
            "load_url": _load_url(actor, row),
            "may_amend": row.authority_id is None or may_repeal(actor, row.authority_id),
            "chosen": chosen,
            "rest": rest,
            **effective.context(actor, row, held),
        },
    )


def _load_url(actor: Actor, row: ExpressionRow) -> str:
    """Return where an amended text or a supplement is loaded, on a page of a higher module."""
    if row.repealed_at is not None or not actor.may("directives.directive.load"):
        return ""
    return f"{reverse('directives:directive-list')}load/"


def _fits(card: DutyCard, chosen: str) -> bool:
    if chosen == "mine":
        return bool(card.mine)
    if chosen:
        return card.kind == BearerKind(chosen.upper())
    return True


def _tabs(cards: Sequence[DutyCard], chosen: str, has_mine: bool) -> list[dict[str, Any]]:
    """Return the views of the duties: all, those of either kind of bearer, the reader's own."""
    named = [("", _("全部任务"))]
    if has_mine:
        named.append(("mine", _("与我有关")))
    if len({card.kind for card in cards}) > 1:
        named += [("authority", _("登记管理机关的")), ("organisation", _("社会组织的"))]
    if len(named) == 1:
        return []
    return [
        {
            "label": label,
            "url": f"?for={code}" if code else "?",
            "active": code == chosen,
            "count": sum(_fits(card, code) for card in cards),
        }
        for code, label in named
    ]


def _passages(clauses: list[ClauseRow], cards: Sequence[DutyCard]) -> list[dict[str, Any]]:
    """Return the passages in the order of the text, each with its duties and what to draw."""
    beside: dict[str, list[DutyCard]] = {}
    for card in cards:
        beside.setdefault(card.clause, []).append(card)
    parents = {each.parent for each in clauses if each.parent}
    drawn = []
    for each in clauses:
        is_heading = (
            each.kind == "ITEM"
            and each.address in parents
            and each.level <= 2  # 一、 and （一）; numbered items are sentences
            and len(each.text) <= LONGEST_HEADING
            and "。" not in each.text
        )
        drawn.append(
            {
                "kind": each.kind,
                "frame": each.kind in FRAME,
                "lines": _lines(each),
                "listed": (each.kind == "ITEM" and each.level <= 1) or is_heading,
                "level": each.level,
                "label": typeset(each.label),
                "address": each.address,
                "refines": each.refines,
                "short": each.text if is_heading else _opening(each.text),
                "clause": {
                    "address": each.address,
                    "anchor": each.address,
                    "label": typeset(each.label),
                    "level": _level(each),
                    "heading": each.text if is_heading else "",
                    "text": "" if is_heading else each.text,
                    "shown_address": _shown(each),
                    "errata": [
                        {
                            "text": _("原文作“%(received)s”，应读作“%(reading)s”。%(reason)s")
                            % {
                                "received": erratum.as_received,
                                "reading": erratum.reading,
                                "reason": erratum.reason,
                            }
                        }
                        for erratum in each.errata
                    ],
                    "duties": [
                        effective.card(card, passage_of(each.text, card.quote, each.errata))
                        for card in beside.get(each.address, ())
                    ],
                },
            }
        )
    return drawn


def _level(clause: ClauseRow) -> int:
    """Return the level a clause is drawn at; running text never looks like a chapter."""
    return clause.level if clause.kind == "ITEM" else 3


def _shown(clause: ClauseRow) -> str:
    if clause.kind == "COVER":
        return _("来函")
    if clause.kind == "PREAMBLE":
        return _("前言")
    if clause.kind == "ANNEX":
        return _("附件")
    return ""


def _opening(text: str) -> str:
    """Return the beginning of a clause, for the table of contents."""
    first = re.split("[，,。；]", text, maxsplit=1)[0]
    return first if len(first) < len(text) and len(first) <= LONGEST_HEADING else text[:30]


def _lines(clause: ClauseRow) -> list[str]:
    """Return the lines of a passage of the frame; a signature parts issuer and date."""
    lines = [line for line in clause.text.split("\n") if line.strip()]
    if clause.kind == "SIGNATURE":
        lines = [part for line in lines for part in _DAY.split(line) if part.strip()]
    return lines


def _force(force: InForce) -> dict[str, Any]:
    """Return where a directive is in force, in words, with the way to the response."""
    base = reverse("response:response-detail", args=[force.response_id])
    by = (
        _("在%(scope)s登记的组织及登记管理机关")
        if force.by is Link.REGISTRATION
        else _("在%(scope)s活动的组织及登记管理机关")
    )
    held = [
        {
            "name": each.region.name,
            "phase": _(PHASE_LABELS[each.phase]) if each.phase else _("未设定"),
            "since": each.since,
            "url": f"{base}?region={each.region.id}",
        }
        for each in force.phases
    ]
    return {
        "facts": [
            {"label": _("依附的响应"), "value": force.response, "href": base},
            {"label": _("适用范围"), "value": by % {"scope": force.scope}},
            {"label": _("施行时间"), "value": force.from_at},
            {"label": _("决定机关"), "value": force.decided_by},
        ],
        "phases": held[:MANY],
        "more": max(0, len(held) - MANY),
        "url": base,
    }
