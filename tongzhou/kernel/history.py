"""What rows were before and after a change, kept by the database itself (django-pghistory).

A table is followed with ``@pghistory.track(*history.changes())``: triggers on UPDATE and DELETE
keep the row as it was and as it became, whoever wrote it. The context leads from the audit line to
the rows. Only tables with few changes are followed; a trigger for each row is too dear for the
register of organisations (docs/security.md).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import pghistory
from django.apps import apps
from django.db import models

WAS, BECAME, GONE = "was", "update", "delete"
MOST_ROWS = 200


def changes() -> tuple[pghistory.Tracker, ...]:
    """Follow what is changed and removed; what is made says itself in its row."""
    return (
        pghistory.UpdateEvent(WAS, row=pghistory.Old),
        pghistory.UpdateEvent(BECAME),
        pghistory.DeleteEvent(GONE),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One changed row: its table and key, and field, before, after of what is different."""

    table: str
    key: str
    gone: bool
    fields: tuple[tuple[str, str, str], ...]


@cache
def _event_models() -> tuple[type[models.Model], ...]:
    return tuple(each for each in apps.get_models() if hasattr(each, "pgh_tracked_model"))


def of_contexts(contexts: Iterable[UUID]) -> dict[UUID, list[Change]]:
    """Return what changed under each context that audit lines lead to, table by table."""
    wanted = list(contexts)
    found: dict[UUID, list[Change]] = defaultdict(list)
    if not wanted:
        return found
    for model in _event_models():
        events = model._default_manager.filter(pgh_context_id__in=wanted).order_by("pgh_id")
        rows: dict[tuple[UUID, Any], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for each in events[: MOST_ROWS * 2]:
            event: Any = each
            rows[event.pgh_context_id, event.pgh_obj_id][event.pgh_label].append(event)
        for (context, key), held in rows.items():
            found[context] += _pair(model, key, held)
    return found


def _pair(model: Any, key: Any, held: dict[str, list[Any]]) -> list[Change]:
    table, was, became = model.pgh_tracked_model._meta.label, held[WAS], held[BECAME]
    # Rows of before the old side was kept have the new side alone.
    befores = [None] * (len(became) - len(was)) + was
    told = [
        Change(table, str(key), False, _different(model, before, after))
        for before, after in zip(befores, became, strict=False)
    ]
    return told + [
        Change(table, str(key), True, _different(model, each, None)) for each in held[GONE]
    ]


def _different(model: Any, before: Any, after: Any) -> tuple[tuple[str, str, str], ...]:
    found = []
    for field in model._meta.local_fields:
        if field.name.startswith("pgh_"):
            continue
        old = getattr(before, field.attname) if before is not None else None
        new = getattr(after, field.attname) if after is not None else None
        if before is None or after is None or old != new:
            found.append((field.name, _text(old), _text(new)))
    return tuple(each for each in found if each[1] or each[2])


def _text(value: object) -> str:
    return "" if value is None else str(value)[:120]
