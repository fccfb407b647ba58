"""Background jobs on procrastinate: tasks take ids and call one command each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils.translation import gettext
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import accounts, audit, clock, events, shared
from tongzhou.kernel.access import Actor
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
    """Forget personal data whose time is over, answers nobody repeats, and ended sessions."""
    from tongzhou.kernel.privacy import purging

    now = clock.now()
    purging.purge_all(now)
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
        done = releasing.ask_all(_asker(progress_id), clock.now(), UUID(batch_id))
        reporter.advance(done, total=done)
        reporter.finish(message=gettext("已提出 %(count)d 个邀请。") % {"count": done})

    run_reporting(progress_id, work)


@app.task(name="kernel.release_invitations")
def release_invitations(progress_id: str, batch_id: str, base: str, mail: bool) -> None:
    """Make the links of a table that somebody else asked for."""
    from tongzhou.kernel.identity import releasing

    def work(reporter: Reporter) -> None:
        actor = _asker(progress_id)
        done = releasing.hand_all(actor, clock.now(), UUID(batch_id), base, mail=mail)
        reporter.advance(done, total=done)
        reporter.finish(message=gettext("已生成 %(count)d 个链接。") % {"count": done})

    run_reporting(progress_id, work)


def _asker(progress_id: str) -> Actor:
    """Return who asked for a job, in the post they still hold or stand in for."""
    record = Progress.objects.get(pk=progress_id)
    held = accounts.list_standing(record.user_id or 0, clock.now())
    found = next((each for each in held if each.pk == record.assignment_id), None)
    if found is None:
        raise Missing("没有这个岗位。")
    return accounts.actor_for(found, User.objects.get(pk=record.user_id or 0))


def start_progress(
    *, actor: Actor, at: datetime, kind: str, label: str, total: int = 0, back: str = ""
) -> Progress:
    """Create the record that a long job reports to. ``back`` is the page to return to."""
    return Progress.objects.create(
        kind=kind,
        label=label[:200],
        user_id=actor.user_id,
        assignment_id=actor.assignment_id,
        total=total,
        back=back,
        created_at=at,
    )


class Reporter:
    """Writes how far a job is. Use it from inside the job, outside the job's own transaction.

    Progress is written through a second connection when a transaction is open, so that the owner
    sees it move before the work commits.
    """

    def __init__(self, progress_id: UUID | str) -> None:
        self.id = progress_id

    def _update(self, **fields: Any) -> None:
        if connection.in_atomic_block and not _testing():
            _update_aside(self.id, fields)
        else:
            Progress.objects.filter(pk=self.id).update(**fields)

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
        """Mark the job as ended, with what it leaves behind."""
        self._update(
            state=state,
            message=message,
            result=result or {},
            file_id=file.pk if file else None,
            finished_at=clock.now(),
        )


def run_reporting(progress_id: UUID | str, work: Callable[[Reporter], None]) -> None:
    """Run ``work`` and let its progress record tell the owner of a refusal or a failure."""
    reporter = Reporter(progress_id)
    reporter.start()
    try:
        work(reporter)
    except Refusal as refusal:
        reporter.finish(
            state=Progress.State.REFUSED,
            message=refusal.text(),
            result={"way_out": refusal.way_out, "clause": refusal.clause},
        )
    except Exception:
        reporter.finish(
            state=Progress.State.FAILED,
            message=gettext("系统出错，没有写入任何数据。请把编号 %(reference)s 告诉运维人员。")
            % {"reference": str(progress_id)[:8]},
        )
        raise


def _testing() -> bool:
    from django.conf import settings

    return bool(getattr(settings, "TESTING", False))


def _update_aside(progress_id: UUID | str, fields: dict[str, Any]) -> None:
    """Update the progress row through a connection of its own, seen at once by others."""
    from threading import Thread

    from django.db import close_old_connections

    def write() -> None:
        Progress.objects.filter(pk=progress_id).update(**fields)
        close_old_connections()
        connection.close()

    thread = Thread(target=write)
    thread.start()
    thread.join()
