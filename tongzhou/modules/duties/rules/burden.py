"""Meter the reporting work that duties cause, so that it can be shown before it is caused.

Filling in near-identical forms was the worst complaint of 2020 (表格抗疫); the burden of a duty is
therefore part of its declaration and is added up here.
"""

from __future__ import annotations

from collections.abc import Iterable

from tongzhou.modules.duties.contracts import Burden, DutySpec, EvidenceKind, Recurrence

_FORMS = frozenset({EvidenceKind.REPORT, EvidenceKind.ZERO_REPORT})


def burden_of(duties: Iterable[DutySpec], phase: str | None = None) -> Burden:
    """Add up the minutes of the duties that want evidence, in one phase or over all phases."""
    once = weekly = voluntary = 0.0
    forms = 0
    for duty in duties:
        if not duty.evidence.is_wanted or (phase is not None and phase not in duty.phases):
            continue
        forms += duty.evidence.kind in _FORMS
        per_week = duty.minutes * 7 / duty.recurrence.days
        if not duty.strength.can_be_overdue:
            voluntary += per_week
        elif duty.recurrence is Recurrence.ONCE:
            once += duty.minutes
        else:
            weekly += per_week
    return Burden(once=once, weekly=weekly, voluntary=voluntary, forms=forms)
