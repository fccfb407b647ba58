"""Sessions in the database, read by a statement that is written once: each page begins with it."""

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from tongzhou.kernel.database import rows

_LOAD = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's sessions; what they hold, where it lies and how long is Django's."""

    def load(self) -> dict[str, Any]:
        """Return what a session holds; one that is over or unknown is empty and has no key."""
        found = rows(_LOAD, [self.session_key, timezone.now()])
        if not found:
            self._session_key = None
            return {}
        return self.decode(found[0][0])
