"""Write a checked sheet: new organisations and changes, in one transaction or not at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.jobs import Reporter
from tongzhou.kernel.privacy import cipher
from tongzhou.modules.registry.commands.importing.batches import get_batch_for
from tongzhou.modules.registry.commands.importing.checking import check_import
from tongzhou.modules.registry.commands.importing.merging import merge_changed
from tongzhou.modules.registry.commands.masks import bear
from tongzhou.modules.registry.commands.organisations import today_of
from tongzhou.modules.registry.commands.writing import write_staged
from tongzhou.modules.registry.models import ImportBatch

# Those encrypted under the present key; while an older one is replaced, a sheet is checked again.
_WAITING = """
SELECT count(*) FROM registry_importrow
WHERE batch_id = %(batch)s AND outcome IN ('NEW', 'CHANGED')
  AND (territory_contact = '' OR starts_with(territory_contact, %(prefix)s))
  AND NOT EXISTS (SELECT FROM jsonb_each_text(people) p
                  WHERE p.value <> '' AND NOT starts_with(p.value, %(prefix)s))
"""


@command("registry.organisation.import")
def write_import(
    *, actor: Actor, at: datetime, batch_id: UUID, reporter: Reporter | None = None
) -> int:
    """Write the good rows of a checked sheet in one transaction and return how many.

    The waiting rows do not survive a crash of the database, nor a new key of encrypted fields; then
    the sheet is checked again here first. Raises Conflict when the batch is not waiting to be
    written, when that second check finds something else than the first, or when the register
    changed since.
    """
    batch = get_batch_for(actor, batch_id, lock=True)
    if batch.state not in {ImportBatch.State.CHECKED, ImportBatch.State.WRITING}:
        raise Conflict("这份文件不在待导入状态。", code="import-over")
    if not batch.good:
        raise Refusal("没有可以导入的行。", code="no-rows", way_out="请改正后重新上传。")

    def tell(message: str, done: int) -> None:
        if reporter is not None:
            reporter.advance(done, total=batch.good, message=message)

    waiting = {"batch": batch.pk, "prefix": cipher.current_prefix()}
    if rows(_WAITING, waiting)[0][0] != batch.good:
        found = (batch.added, batch.changed)
        check_import(actor=actor, at=at, batch_id=batch_id, reporter=reporter)
        batch.refresh_from_db()
        if (batch.added, batch.changed) != found:
            raise Conflict(
                "检查的结果已经过期。",
                code="import-stale",
                way_out="请重新检查文件后再导入。",
            )
    # Sorts and joins of a million rows in memory; for this transaction alone.
    execute("SET LOCAL work_mem = '96MB'")
    changed = 0
    tell(gettext("正在更新已有组织"), 0)
    changed = merge_changed(batch.pk, today=today_of(at), basis=batch.file.name)
    added = write_staged(batch.pk, at=at, tell=tell, also=lambda: bear("merged", anew=False))
    batch.state, batch.written_at = ImportBatch.State.WRITTEN, at
    batch.save(update_fields=["state", "written_at"])
    audit.note(target=f"import/{batch.pk}", added=added, changed=changed)
    events.publish("registry.organisation.imported", batch_id=str(batch.pk), rows=added + changed)
    return added + changed
