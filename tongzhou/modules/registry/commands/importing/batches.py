"""Keep uploaded sheets: take one in, give one up, put one back after its job failed."""

from __future__ import annotations

from datetime import datetime
from typing import IO
from uuid import UUID

from django.db import OperationalError, transaction

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, files, jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.models import Progress
from tongzhou.modules.registry.commands.writing import clear_rows
from tongzhou.modules.registry.models import ImportBatch

#: A million rows are some 230 MB as CSV and 130 MB as a workbook.
MAX_BYTES = 400 * files.MIB


@command("registry.organisation.import")
def start_import(
    *,
    actor: Actor,
    at: datetime,
    stream: IO[bytes],
    name: str,
    size: int,
    mode: str = ImportBatch.Mode.ADD,
) -> UUID:
    """Keep an uploaded sheet for checking and return the id of its batch.

    The sheet is not read here: that is the check's work. Raises Refusal for a file that is too
    large or no table by its first bytes, and for an unknown ``mode``.
    """
    if mode not in ImportBatch.Mode.values:
        raise Refusal("请选择导入方式。", code="no-mode", field="mode")
    record = files.store(
        stream,
        name=name,
        size=size,
        actor=actor,
        at=at,
        kinds=files.TABLE_KINDS,
        max_bytes=MAX_BYTES,
    )
    batch = ImportBatch.objects.create(
        file=record,
        user_id=actor.user_id,
        authority_id=actor.authority_id,
        mode=mode,
        created_at=at,
    )
    audit.note(target=f"import/{batch.pk}", size=size, mode=mode)
    return batch.pk


@command("registry.organisation.import")
def discard_import(*, actor: Actor, at: datetime, batch_id: UUID) -> None:
    """Give up a sheet that was not written; its rows are removed from the waiting table.

    Raises Conflict while a job is checking or writing it, and once it was written.
    """
    try:
        with transaction.atomic():
            batch = get_batch_for(actor, batch_id, lock=True, wait=False)
    except OperationalError:
        raise Conflict(
            "这份文件正在处理。", code="import-busy", way_out="请等它处理完，再放弃。"
        ) from None
    if batch.state in {ImportBatch.State.WRITTEN, ImportBatch.State.WRITING}:
        raise Conflict("已经导入的文件不能放弃。", code="import-over")
    clear_rows(batch.pk)
    batch.state = ImportBatch.State.DISCARDED
    batch.save(update_fields=["state"])
    audit.note(target=f"import/{batch.pk}")


def note_progress(batch_id: UUID, *, check: UUID | None = None, write: UUID | None = None) -> None:
    """Remember which progress record belongs to a step of a batch."""
    if check is not None:
        ImportBatch.objects.filter(pk=batch_id).update(
            check_progress=check, write_progress=None, state=ImportBatch.State.CHECKING
        )
    if write is not None:
        ImportBatch.objects.filter(pk=batch_id).update(
            write_progress=write, state=ImportBatch.State.WRITING
        )


def reopen(batch_id: UUID, *, refused: bool) -> None:
    """Put a batch whose job failed into the state from which its owner can go on."""
    if refused:
        ImportBatch.objects.filter(pk=batch_id, state=ImportBatch.State.CHECKING).update(
            state=ImportBatch.State.REFUSED
        )
    ImportBatch.objects.filter(pk=batch_id, state=ImportBatch.State.WRITING).update(
        state=ImportBatch.State.CHECKED
    )


def stop_checking(record: Progress) -> None:
    """Say of a sheet that its check was given up; it can be checked again."""
    ImportBatch.objects.filter(
        pk=record.args["batch_id"], state=ImportBatch.State.CHECKING, check_progress=record.pk
    ).update(state=ImportBatch.State.STOPPED)


def stop_writing(record: Progress) -> None:
    """Put a sheet back that waited to be written: nothing of it is."""
    ImportBatch.objects.filter(
        pk=record.args["batch_id"], state=ImportBatch.State.WRITING, write_progress=record.pk
    ).update(state=ImportBatch.State.CHECKED)


def check_again(*, actor: Actor, at: datetime, record: Progress) -> Progress:
    """Have a sheet checked once more by a new job. Raises Missing, Conflict once it is over."""
    batch = get_batch_for(actor, UUID(record.args["batch_id"]), lock=True)
    again = {"CHECKING", "CHECKED", "REFUSED", "STOPPED"}
    if batch.state not in again:
        raise Conflict("这份文件已经处理过。", code="import-over")
    made = jobs.enqueue(
        actor=actor,
        at=at,
        kind=record.kind,
        label=record.label,
        args=record.args,
        back=record.back,
    )
    note_progress(batch.pk, check=made.pk)
    return made


def get_batch_for(
    actor: Actor, batch_id: UUID, *, lock: bool = False, wait: bool = True
) -> ImportBatch:
    """Return a batch of the actor's authority; Missing otherwise.

    With ``lock`` it is held for writing; without ``wait`` OperationalError when somebody holds it.
    """
    found = ImportBatch.objects.select_related("file")
    if lock:
        found = found.select_for_update(of=("self",), nowait=not wait)
    if not actor.is_system:
        found = found.filter(authority_id=actor.authority_id)
    batch = found.filter(pk=batch_id).first()
    if batch is None:
        raise Missing("没有这次导入。", code="no-import")
    return batch
