"""Who changed what in a compilation, and how far the work on its duties is."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q

from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler.contracts import ChangeRow, DutyState, Progress
from tongzhou.modules.compiler.models import Change, WorkingDuty
from tongzhou.modules.compiler.rules.journal import NAMES

#: How long ago a change tells that somebody is at work.
PRESENCE = timedelta(minutes=15)
_UNDO = "undo"


def count_changes(compilation_id: int) -> int:
    """Return how many changes a compilation has had."""
    return Change.objects.filter(compilation_id=compilation_id).count()


def list_changes(compilation_id: int, first: int = 0, last: int | None = None) -> list[ChangeRow]:
    """Return changes, the newest first; ``first`` and ``last`` cut the list like a slice."""
    found = Change.objects.filter(compilation_id=compilation_id).order_by("-seq")
    shown = list(found[first:last])
    undone = _undone(compilation_id)
    return [_row(each, undone) for each in shown]


def find_last_change(actor: Actor, compilation_id: int) -> ChangeRow | None:
    """Return the actor's latest change that holds something to take back, None without one."""
    found = (
        Change.objects.filter(compilation_id=compilation_id, user_id=actor.user_id)
        .exclude(before={})
        .order_by("-seq")
    )
    undone = _undone(compilation_id)
    for each in found[:50]:
        if each.action != _UNDO and each.seq not in undone:
            return _row(each, undone)
    return None


def find_redo(actor: Actor, compilation_id: int) -> ChangeRow | None:
    """Return the actor's very last change when it took another one back, None otherwise."""
    last = (
        Change.objects.filter(compilation_id=compilation_id, user_id=actor.user_id)
        .order_by("-seq")
        .first()
    )
    if last is None or last.action != _UNDO or last.undoes is None:
        return None
    target = Change.objects.filter(compilation_id=compilation_id, seq=last.undoes).first()
    if target is None or target.action == _UNDO:
        return None
    return _row(last, {})


def list_presence(actor: Actor, compilation_id: int, at: datetime) -> list[ChangeRow]:
    """Return the latest change of each other person who changed something just now."""
    found = (
        Change.objects.filter(compilation_id=compilation_id, at__gt=at - PRESENCE)
        .exclude(user_id=actor.user_id)
        .order_by("-seq")
    )
    latest: dict[int | None, ChangeRow] = {}
    for each in found[:50]:
        latest.setdefault(each.user_id, _row(each, {}))
    return list(latest.values())


def progress_of(compilation_ids: Iterable[int]) -> dict[int, Progress]:
    """Return the progress of each compilation; one without duties is left out."""
    found = (
        WorkingDuty.objects.filter(compilation_id__in=list(compilation_ids))
        .values("compilation_id")
        .order_by("compilation_id")
        .annotate(
            total=Count("pk"),
            accepted=Count("pk", filter=Q(state=DutyState.ACCEPTED)),
            rejected=Count("pk", filter=Q(state=DutyState.REJECTED)),
        )
    )
    return {
        each["compilation_id"]: Progress(each["total"], each["accepted"], each["rejected"])
        for each in found
    }


def _undone(compilation_id: int) -> dict[int, int]:
    """Return which changes are taken back by which, as it stands now."""
    pairs = Change.objects.filter(compilation_id=compilation_id, undoes__isnull=False)
    undone: dict[int, int] = {}
    for seq, target in pairs.order_by("-seq").values_list("seq", "undoes"):
        if seq not in undone and target is not None:
            undone[target] = seq
    return undone


def _row(each: Change, undone: dict[int, int]) -> ChangeRow:
    names = each.after.get(NAMES, {})
    touched = [item for item in each.after if item != NAMES]
    return ChangeRow(
        seq=each.seq,
        at=each.at,
        user_id=each.user_id,
        actor=each.actor.partition(" · ")[0],
        action=each.action,
        items={item: names.get(item, "") for item in touched},
        before=each.before,
        after={item: each.after[item] for item in touched},
        undoes=each.undoes,
        undone_by=undone.get(each.seq),
    )
