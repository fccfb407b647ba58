"""From when to when a text binds."""

from datetime import datetime, time, timedelta

from tongzhou.base.period import ZONE
from tongzhou.modules.compiler.contracts import Head


def term_of(head: Head, at: datetime) -> tuple[datetime, datetime | None]:
    """Return first and end of a text's days, never before it is signed; None without an end."""
    effective, expires = head.effective_on, head.expires_on
    begin = datetime.combine(effective, time(0), ZONE) if effective else at
    end = datetime.combine(expires + timedelta(days=1), time(0), ZONE) if expires else None
    return max(at, begin), end
