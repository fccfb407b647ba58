"""An exception as pages show it."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel.access import Actor
from tongzhou.modules.duties.queries.exceptions import ExceptionRow, list_reaching
from tongzhou.modules.duties.queries.wording import end_text, period_text, say
from tongzhou.modules.duties.rules.exceptions import KINDS, ExceptionKind
from tongzhou.modules.duties.workflow import EXCEPTION

TONES = {
    "REQUESTED": "submitted",
    "GRANTED": "accepted",
    "REFUSED": "returned",
    "WITHDRAWN": "silent",
    "REVOKED": "returned",
}


def list_shown(
    actor: Actor, at: datetime, bearer: tuple[int, int], duty_id: int, period: date
) -> list[dict[str, Any]]:
    """Return the exceptions that reach a duty's period, as cards show them."""
    return [row_of(each) for each in list_reaching(actor, at, bearer, duty_id, period)]


def row_of(row: ExceptionRow) -> dict[str, Any]:
    """Return an exception as tables and cards show it."""
    duty = row.duty
    first = period_text(duty.spec.recurrence, row.first_period)
    reach = _("这一次")
    if first:
        reach = (
            first if row.last_period == row.first_period else _("%(first)s起") % {"first": first}
        )
    return {
        "row": row,
        "url": reverse("duties:exception", args=[row.id, row.prov]),
        "title": say(duty.spec.title),
        "kind": _(KINDS[ExceptionKind(row.kind)]),
        "state": TONES[row.state],
        "state_label": _(EXCEPTION.states[row.state]),
        "reach": reach,
        "end": end_text(*row.end),
        "ended_on": row.ended_on if row.end_kind == "EVENT" else None,
    }
