"""Notes who reads sensitive personal data, whose, and what for (个人信息保护法 51, 54)."""

from collections.abc import Iterable
from datetime import datetime

from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import SensitiveRead


def note_read(
    actor: Actor, at: datetime, subject: str, fields: Iterable[str], purpose: str
) -> None:
    """Note that ``actor`` was shown sensitive ``fields`` of ``subject`` (``table/key``)."""
    note_reads(actor, at, [subject], fields, purpose)


def note_reads(
    actor: Actor, at: datetime, subjects: Iterable[str], fields: Iterable[str], purpose: str
) -> None:
    """Note the same read of several people's data, such as a page of a list; one statement."""
    named = ", ".join(fields)[:200]
    SensitiveRead.objects.bulk_create(
        [
            SensitiveRead(
                at=at,
                user_id=actor.user_id,
                actor=actor.label[:200],
                role=actor.role,
                authority_id=actor.authority_id,
                organisation_id=actor.organisation_id,
                subject=subject[:80],
                fields=named,
                purpose=purpose[:120],
                address=audit.address(),
            )
            for subject in subjects
        ]
    )
