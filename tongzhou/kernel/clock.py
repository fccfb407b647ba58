"""The one place that reads the time. Only entries (pages, api, jobs, the console) call it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

PLACE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)
