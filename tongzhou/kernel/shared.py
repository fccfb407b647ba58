"""Small values that all processes of a deployment share and that nobody misses after a crash.

Kept in one unlogged table of the database, so that a limit holds however many processes and
machines serve a site. Values are JSON: nothing is unpacked that could run. Each act is one
statement, and none waits for more than the row it is about.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

from tongzhou.kernel.database import rows
from tongzhou.kernel.models import SharedValue

#: What has no end of its own ends after this many seconds.
LONGEST_SECONDS = 30 * 24 * 3600

_ADD_TO = """
INSERT INTO kernel_sharedvalue AS held (key, value, expires_at) VALUES (%s, to_jsonb(%s::int), %s)
ON CONFLICT (key) DO UPDATE SET value = to_jsonb(held.value::int + excluded.value::int)
RETURNING value::int
"""
_PUT = """
INSERT INTO kernel_sharedvalue (key, value, expires_at) VALUES (%s, %s::jsonb, %s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
_CLAIM = """
INSERT INTO kernel_sharedvalue AS held (key, value, expires_at) VALUES (%s, %s::jsonb, %s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
  WHERE held.expires_at <= %s
RETURNING 1
"""


def add_to(key: str, amount: int, expires: float) -> int:
    """Add to a shared count that ends at ``expires`` (seconds since 1970); return its sum."""
    return int(rows(_ADD_TO, [key, amount, _moment(expires)])[0][0])


def forget_expired(at: datetime) -> int:
    """Remove what is over; return how many values."""
    return SharedValue.objects.filter(expires_at__lte=at).delete()[0]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class SharedCache(BaseCache):
    """Django's cache over the shared table, for what allauth counts between requests."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _ends(self, timeout: Any) -> datetime:
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        held = LONGEST_SECONDS if timeout is None else min(float(timeout), LONGEST_SECONDS)
        return _moment(time.time() + held)

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store a value unless there is one; True for exactly one of many who try at once."""
        name = self.make_and_validate_key(key, version=version)
        now = _moment(time.time())
        return bool(rows(_CLAIM, [name, json.dumps(value), self._ends(timeout), now]))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return a value that is not over."""
        name = self.make_and_validate_key(key, version=version)
        live = SharedValue.objects.filter(key=name, expires_at__gt=_moment(time.time()))
        return next(iter(live.values_list("value", flat=True)), default)

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Store a value."""
        name = self.make_and_validate_key(key, version=version)
        with connection.cursor() as cursor:
            cursor.execute(_PUT, [name, json.dumps(value), self._ends(timeout)])

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give a value another end; False when there is none."""
        name = self.make_and_validate_key(key, version=version)
        live = SharedValue.objects.filter(key=name, expires_at__gt=_moment(time.time()))
        return bool(live.update(expires_at=self._ends(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Remove a value; False when there was none."""
        name = self.make_and_validate_key(key, version=version)
        return bool(SharedValue.objects.filter(key=name).delete()[0])

    def clear(self) -> None:
        """Remove everything, the counts of the rate limits included."""
        SharedValue.objects.all().delete()
