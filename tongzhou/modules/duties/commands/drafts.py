"""Keep what somebody began to write."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from tongzhou.base.errors import Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute
from tongzhou.modules.duties.commands.ledger import Key, duty_of, name_of
from tongzhou.modules.duties.queries.tasks import require_own, require_reporter

MAX_BYTES = 64 * 1024


@command("duties.draft.save")
def save_draft(*, actor: Actor, at: datetime, key: Key, data: Mapping[str, Any]) -> None:
    """Save an unfinished form as it is, unchecked; the last save wins. Only known fields stay."""
    require_own(actor, key.organisation_id, key.prov)
    duty, _window = duty_of(at, key)
    require_reporter(actor, duty, key.organisation_id, key.prov)
    known = {field.name for field in duty.spec.evidence.fields}
    body = orjson.dumps({name: value for name, value in data.items() if name in known}).decode()
    if len(body) > MAX_BYTES:
        raise Refusal("草稿太长，没有保存。", code="draft-size")
    execute(
        """
        INSERT INTO duties_draft (period, duty_id, organisation_id, prov, data, saved_at, saved_by,
                                  saver)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (period, duty_id, organisation_id, prov) DO UPDATE
        SET data = excluded.data, saved_at = excluded.saved_at, saved_by = excluded.saved_by,
            saver = excluded.saver
        """,
        [
            key.period,
            key.duty_id,
            key.organisation_id,
            key.prov,
            body,
            at,
            actor.user_id or 0,
            actor.label,
        ],
    )
    audit.note(target=name_of(key), clause=duty.urn)
