"""Background jobs on procrastinate: tasks take ids and call one command each."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils.translation import gettext
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import accounts, audit, clock, events, files, shared
from tongzhou.kernel.access import Actor
from tongzhou.kernel.manifest import job_kinds, named
from tongzhou.kernel.models import IdempotencyKey, Progress, SpentTicket, StoredFile, User

STALLED_AFTER_SECONDS = 60
#: A form that was left open longer has to be opened again anyway.
KEYS_KEPT = timedelta(days=7)
#: Codes are good for minutes, tickets of other systems for less than an hour.
TICKETS_KEPT = timedelta(days=1)


@app.task(name="kernel.handle_event", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def handle_event(event: str, handler: str, ids: dict[str, Any]) -> None:
    """Tell one subscriber about one event."""
    events.deliver(event, handler, ids)


@app.periodic(cron="* * * * *")
@app.task(name="kernel.seal_audit", queueing_lock="kernel.seal_audit")
def seal_audit(timestamp: int) -> None:
    """Chain the audit lines of the last minute."""
    while audit.seal():
        pass


@app.periodic(cron="* * * * *")
@app.task(name="kernel.rescue_stalled", queueing_lock="kernel.rescue_stalled", pass_context=True)
async def rescue_stalled(context: Any, timestamp: int) -> None:
    """Put jobs whose worker died back into the queue."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        await manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="kernel.purge_keys", queueing_lock="kernel.purge_keys")
def purge_keys(timestamp: int) -> None:
    """Forget personal data whose time is over, files of jobs, old answers, and ended sessions."""
    from tongzhou.kernel import own_jobs
    from tongzhou.kernel.privacy import purging

    now = clock.now()
    purging.purge_all(now)
    own_jobs.forget(now)
    IdempotencyKey.objects.filter(at__lt=now - KEYS_KEPT).delete()
    SpentTicket.objects.filter(at__lt=now - TICKETS_KEPT).delete()
    Session.objects.filter(expire_date__lt=now).delete()


@app.periodic(cron="*/10 * * * *")
@app.task(name="kernel.forget_shared", queueing_lock="kernel.forget_shared")
def forget_shared(timestamp: int) -> None:
    """Remove counts and cached values that are over."""
    shared.forget_expired(clock.now())


@app.task(name="kernel.invite_many")
def invite_many(progress_id: str, batch_id: str) -> None:
    """Ask for the invitations of everybody in a checked table."""
    from tongzhou.kernel.identity import releasing

    def work(reporter: Reporter) -> None:
        done = releasing.ask_all(asker(progress_id), clock.now(), UUID(batch_id))
        reporter.advance(done, total=done)
        reporter.finish(message=gettext("已提出 %(count)d 个邀请。") % {"count": done})

    run_reporting(progress_id, work)


@app.task(name="kernel.release_invitations")
def release_invitations(progress_id: str, batch_id: str, base: str, mail: bool) -> None:
    """Make the links of a table that somebody else asked for."""
    from tongzhou.kernel.identity import releasing

    def work(reporter: Reporter) -> None:
        actor = asker(progress_id)
        done = releasing.hand_all(actor, clock.now(), UUID(batch_id), base, mail=mail)
        reporter.advance(done, total=done)
        reporter.finish(message=gettext("已生成 %(count)d 个链接。") % {"count": done})

    run_reporting(progress_id, work)


def asker(progress_id: str) -> Actor:
    """Return who asked for a job, in the post they still hold or stand in for; else Missing."""
    record = Progress.objects.get(pk=progress_id)
    held = accounts.list_standing(record.user_id or 0, clock.now())
    found = next((each for each in held if each.pk == record.assignment_id), None)
    if found is None:
        raise Missing(
            "交办时的岗位已经失效。",
            code="no-assignment",
            way_out="需要的话，请用现在的岗位重新交办。",
        )
    return accounts.actor_for(found, User.objects.get(pk=record.user_id or 0))


def start_progress(
    *,
    actor: Actor,
    at: datetime,
    kind: str,
    label: str,
    total: int = 0,
    back: str = "",
    args: Mapping[str, Any] | None = None,
) -> Progress:
    """Create the record that a long job reports to. ``back`` is the page to return to."""
    return Progress.objects.create(
        kind=kind,
        label=label[:200],
        args=dict(args or {}),
        user_id=actor.user_id,
        assignment_id=actor.assignment_id,
        total=total,
        back=back[:200],
        created_at=at,
    )


def enqueue(
    *,
    actor: Actor,
    at: datetime,
    kind: str,
    label: str,
    args: Mapping[str, Any],
    total: int = 0,
    back: str = "",
) -> Progress:
    """Put a job of a declared kind into the queue and return its record; KeyError for no kind.

    For commands, which leave an audit line of their own; entries use ``own_jobs.order``.
    """
    task = job_kinds()[kind].task
    record = start_progress(
        actor=actor, at=at, kind=kind, label=label, total=total, back=back, args=args
    )
    app.configure_task(task).defer(progress_id=str(record.pk), **args)
    return record


class Cancelled(Exception):
    """Raised in a job whose owner gave it up; :func:`run_reporting` answers it."""


class Reporter:
    """Writes how far a job is. Use it from inside the job, outside the job's own transaction.

    Progress is written through a second connection when a transaction is open, so that the owner
    sees it move before the work commits. Every method raises Cancelled once the owner gave the job
    up: what is open is rolled back then, and nothing of it stays.
    """

    def __init__(self, progress_id: UUID | str) -> None:
        self.id = progress_id

    def _update(self, **fields: Any) -> None:
        if connection.in_atomic_block and not _testing():
            going = _update_aside(self.id, fields)
        else:
            going = _update(self.id, fields)
        if not going:
            raise Cancelled

    def check(self) -> None:
        """Raise Cancelled if the owner gave the job up; for steps that have no figure to tell."""
        if not Progress.objects.filter(pk=self.id, cancelled_at__isnull=True).exists():
            raise Cancelled

    def start(self) -> None:
        """Mark the job as running; the total told when it was ordered stands."""
        self._update(state=Progress.State.RUNNING, started_at=clock.now())

    def advance(self, done: int, *, total: int | None = None, message: str | None = None) -> None:
        """Say that ``done`` of ``total`` units are finished."""
        fields: dict[str, Any] = {"done": done}
        if total is not None:
            fields["total"] = total
        if message is not None:
            fields["message"] = message
        self._update(**fields)

    def finish(
        self,
        *,
        message: str = "",
        result: dict[str, Any] | None = None,
        file: StoredFile | None = None,
        state: str = Progress.State.DONE,
    ) -> None:
        """Mark the job as ended, with what it leaves behind; its file is kept for some days."""
        now = clock.now()
        try:
            self._update(
                state=state,
                message=message,
                result=result or {},
                file_id=file.pk if file else None,
                kept_until=now + timedelta(days=settings.JOB_FILES_KEPT_DAYS) if file else None,
                finished_at=now,
            )
        except Cancelled:
            if file is not None:
                files.discard(file)
            raise


def run_reporting(progress_id: UUID | str, work: Callable[[Reporter], None]) -> None:
    """Run ``work`` and let its progress record tell the owner how it ended.

    A refusal, a failure and having been given up are ends, too; only a failure is raised again.
    """
    reporter = Reporter(progress_id)
    try:
        reporter.start()
        _work(reporter, work)
    except Cancelled:
        _stop(progress_id)


def _stop(progress_id: UUID | str) -> None:
    record = Progress.objects.filter(pk=progress_id).first()
    if record is not None and record.state != Progress.State.CANCELLED:
        stopped(record, clock.now())


def _work(reporter: Reporter, work: Callable[[Reporter], None]) -> None:
    try:
        work(reporter)
    except Cancelled:
        raise
    except Refusal as refusal:
        reporter.finish(
            state=Progress.State.REFUSED,
            message=refusal.text(),
            result={"way_out": refusal.way_out, "clause": refusal.clause},
        )
    except Exception:
        try:
            reporter.finish(
                state=Progress.State.FAILED,
                message=gettext("系统出错，没有写入任何数据。请把编号 %(reference)s 告诉运维人员。")
                % {"reference": str(reporter.id)[:8]},
            )
        except Cancelled:
            _stop(reporter.id)
        raise


def stopped(record: Progress, at: datetime) -> None:
    """Mark a job as given up, and put back what waited for it."""
    record.state, record.finished_at, record.message = Progress.State.CANCELLED, at, ""
    record.save(update_fields=["state", "finished_at", "message"])
    kind = job_kinds().get(record.kind)
    if kind is not None and kind.after_cancel:
        named(kind.after_cancel)(record)


def _testing() -> bool:
    return bool(getattr(settings, "TESTING", False))


def _update(progress_id: UUID | str, fields: dict[str, Any]) -> bool:
    """Update a record and tell whether its owner still wants it."""
    found = Progress.objects.filter(pk=progress_id, cancelled_at__isnull=True)
    return bool(found.update(**fields))


def _update_aside(progress_id: UUID | str, fields: dict[str, Any]) -> bool:
    """Update the progress row through a connection of its own, seen at once by others."""
    from threading import Thread

    from django.db import close_old_connections

    told: list[bool] = []

    def write() -> None:
        told.append(_update(progress_id, fields))
        close_old_connections()
        connection.close()

    thread = Thread(target=write)
    thread.start()
    thread.join()
    return not told or told[0]
