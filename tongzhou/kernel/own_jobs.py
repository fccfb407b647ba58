"""One's own jobs: order one, give it up, order it again, take it off the list, forget its file.

What kinds there are, the manifests say (:class:`~tongzhou.kernel.manifest.JobKind`). A job is its
owner's alone: nobody else sees it, stops it or fetches what it wrote.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel import accounts, audit, files, jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.manifest import JobKind, job_kinds, named
from tongzhou.kernel.models import Progress, StoredFile

State = Progress.State
GOING = frozenset({State.WAITING, State.RUNNING})
#: What a finished job said is looked up for this long; its file goes earlier.
RECORDS_KEPT = timedelta(days=90)


class FileGone(Refusal):
    """Refuse a file whose time is over."""

    status = 410
    title = "文件已经清除"


class JobState(Conflict):
    """Refuse what a job's state does not allow; nobody else was first."""

    title = "办理不了"


@command("kernel.job.order")
def order(
    *,
    actor: Actor,
    at: datetime,
    kind: str,
    label: str,
    args: Mapping[str, Any],
    total: int = 0,
    back: str = "",
) -> Progress:
    """Have a job of a declared kind done, with an audit line that says who ordered what."""
    record = jobs.enqueue(
        actor=actor, at=at, kind=kind, label=label, args=args, total=total, back=back
    )
    audit.note(target=f"progress/{record.pk}", kind=kind)
    return record


def get_own(actor: Actor, job_id: UUID, *, lock: bool = False) -> Progress:
    """Return a job of the actor's; Missing for those of others and for what is none."""
    found = Progress.objects.visible_to(actor).filter(pk=job_id)
    if lock:
        found = found.select_for_update()
    record = found.first()
    if record is None:
        raise Missing("没有这个后台作业。", code="no-job")
    return record


def kind_of(record: Progress) -> JobKind:
    """Return what kind of job a record is of; one that can do nothing for a kind that is gone."""
    return job_kinds().get(record.kind) or JobKind(
        task=record.kind, label="后台作业", stem="", stops=False, repeats=False
    )


def is_going(record: Progress) -> bool:
    """Tell whether a job waits or runs."""
    return record.state in GOING


def can_cancel(record: Progress) -> bool:
    """Tell whether it can be given up now."""
    if record.cancelled_at is not None:
        return False
    return record.state == State.WAITING or (
        record.state == State.RUNNING and kind_of(record).stops
    )


@command("kernel.job.cancel")
def cancel(*, actor: Actor, at: datetime, job_id: UUID) -> bool:
    """Give up one's own job; return whether it has ended, else it stops at its next step.

    Raises Missing for a job of somebody else, Conflict when it was cancelled before or has ended
    meanwhile, Refusal when it runs and is of a kind that is not stopped half way.
    """
    record = get_own(actor, job_id, lock=True)
    if record.state == State.CANCELLED or (record.cancelled_at and is_going(record)):
        raise JobState(
            "这个作业已经取消过了，不用再取消。",
            code="job-cancelled",
            way_out="还要的话，请点“重新办理”。",
        )
    if not is_going(record):
        raise JobState(
            "这个作业刚刚已经结束，来不及取消。",
            code="job-over",
            way_out="不要的文件，可以在“后台作业”里移除。",
        )
    kind = kind_of(record)
    waiting = record.state == State.WAITING
    if not waiting and not kind.stops:
        raise Refusal(
            kind.lasting or "这种作业开始以后不能取消。",
            code="job-writing",
            way_out="请等它办完；可以离开这一页，结果会留在“后台作业”里。",
        )
    record.cancelled_at = at
    record.save(update_fields=["cancelled_at"])
    if waiting:
        jobs.stopped(record, at)
    audit.note(target=f"progress/{record.pk}", kind=record.kind, waiting=waiting)
    return waiting


@command("kernel.job.repeat")
def repeat(*, actor: Actor, at: datetime, job_id: UUID) -> Progress:
    """Order one's own ended job once more as it was, and return the new one.

    Raises Missing, Conflict while it runs, Forbidden in another post than it was ordered in or
    without the permission of its kind, Refusal for a kind that is not repeated from here.
    """
    record = get_own(actor, job_id, lock=True)
    if is_going(record):
        raise JobState("这个作业还在办理。", code="job-going", way_out="请等它办完，或者先取消。")
    kind = kind_of(record)
    if not may_repeat(record):
        raise Refusal(
            "这种作业不能从这里重新办理。",
            code="job-once",
            way_out="请回到原来的页面再办。",
        )
    if record.assignment_id != actor.assignment_id:
        raise Forbidden(
            "这个作业是您在另一个岗位上交办的。",
            code="other-assignment",
            way_out="请先切换到那个岗位，再重新办理。",
        )
    actor.require(kind.stem)
    if kind.again:
        made: Progress = named(kind.again)(actor=actor, at=at, record=record)
    else:
        made = jobs.enqueue(
            actor=actor,
            at=at,
            kind=record.kind,
            label=record.label,
            args=record.args,
            total=record.total,
            back=record.back,
        )
    audit.note(target=f"progress/{made.pk}", kind=record.kind, former=str(record.pk))
    return made


def may_repeat(record: Progress) -> bool:
    """Tell whether an ended job can be ordered again by its record."""
    kind = kind_of(record)
    return not is_going(record) and kind.repeats and bool(record.args or kind.again)


def offers(record: Progress, actor: Actor | None, at: datetime | None) -> dict[str, Any]:
    """Return what a page offers its owner to do with a job now."""
    kept = record.kept_until
    gone = kept is not None and (record.file_id is None or (at is not None and kept <= at))
    return {
        "going": is_going(record),
        "may_cancel": can_cancel(record),
        "lasting": kind_of(record).lasting if record.state == State.RUNNING else "",
        "may_repeat": may_repeat(record)
        and actor is not None
        and record.assignment_id == actor.assignment_id,
        "may_fetch": record.file_id is not None and not gone,
        "gone": gone,
    }


@command("kernel.job.remove")
def remove(*, actor: Actor, at: datetime, job_id: UUID) -> None:
    """Take one's own ended job off the list and delete its file. Raises Missing, Conflict."""
    record = get_own(actor, job_id, lock=True)
    if is_going(record):
        raise JobState(
            "这个作业还在办理，不能移除。", code="job-going", way_out="请先取消，或者等它办完。"
        )
    held = record.file_id
    record.removed_at = record.removed_at or at
    record.file = None
    record.save(update_fields=["removed_at", "file"])
    _discard(held)
    audit.note(target=f"progress/{record.pk}", kind=record.kind, file=str(held or ""))


def get_file(actor: Actor, job_id: UUID, at: datetime) -> StoredFile:
    """Return what one's own job wrote.

    Raises Missing; FileGone once its time is over; Forbidden when the post in which it was ordered
    is held no more: what somebody could see there is not theirs to take along.
    """
    record = get_own(actor, job_id)
    if record.kept_until is not None and (record.file is None or record.kept_until <= at):
        raise FileGone(
            "这份文件只保留 %(days)d 天，已经清除。",
            params={"days": settings.JOB_FILES_KEPT_DAYS},
            code="file-gone",
            way_out="请在“后台作业”里重新办理，或者回到原来的页面再导出。",
        )
    if record.file is None:
        raise Missing("这个后台作业没有生成文件。", code="no-job-file")
    held = {each.pk for each in accounts.list_standing(actor.user_id or 0, at)}
    if record.assignment_id is not None and record.assignment_id not in held:
        raise Forbidden(
            "您已经不在交办时的岗位上，不能再下载。",
            code="assignment-over",
            way_out="需要的数据，请用现在的岗位重新导出。",
        )
    found: StoredFile = record.file
    return found


def forget(at: datetime) -> int:
    """Delete files whose time is over and records nobody looks up any more; return how many files.

    What a killed process left half written goes, too.
    """
    due = Progress.objects.filter(file__isnull=False, kept_until__lte=at).values_list("pk", "file")
    done = 0
    for key, held in due:
        Progress.objects.filter(pk=key).update(file=None)
        _discard(held)
        done += 1
    ended = Q(finished_at__lte=at - RECORDS_KEPT) & ~Q(state__in=GOING)
    Progress.objects.filter(ended, file__isnull=True).delete()
    files.sweep(at - timedelta(days=1))
    return done


def _discard(file_id: UUID | None) -> None:
    if file_id and (found := StoredFile.objects.filter(pk=file_id).first()):
        files.discard(found)
