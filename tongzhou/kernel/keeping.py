"""What somebody typed is kept over a sign-in, when their session ended before they sent it.

A form carries a signed mark of the person it was shown to. Sent without a session, its text fields
are kept in the new session until that same person has signed in and is back on the page; the page
shows them again, and nothing is done before they send once more. Files have to be chosen again.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, QueryDict

FIELD = "typed_by"
MOST_CHARACTERS = 100_000
_KEPT = "typed_before_sign_in"
_SALT = "tongzhou.typed"
_LEFT_OUT = frozenset({FIELD, "csrfmiddlewaretoken", "once"})


def mark(request: HttpRequest) -> str:
    """Return the mark that a form carries in its hidden field ``typed_by``."""
    return signing.dumps(request.user.pk, salt=_SALT)


def keep(request: HttpRequest) -> bool:
    """Keep what a form of ours brought without a session; False for anything else.

    The mark is believed as long as a session lasts: whoever has none of ours stores nothing.
    """
    try:
        whose = signing.loads(
            request.POST.get(FIELD, ""), salt=_SALT, max_age=2 * settings.SESSION_COOKIE_AGE
        )
    except signing.BadSignature:
        return False
    held = request.POST.copy()
    for name in _LEFT_OUT & set(held):
        del held[name]
    typed = held.urlencode()
    if len(typed) > MOST_CHARACTERS:
        return False
    request.session[_KEPT] = {"path": request.path, "whose": whose, "typed": typed}
    return True


def take(request: HttpRequest) -> QueryDict | None:
    """Return what this person typed on this page before they signed in, once; None for nothing.

    What somebody else had typed in this browser is forgotten unread.
    """
    kept: Any = request.session.get(_KEPT)
    if not kept or request.method != "GET":
        return None
    if kept["whose"] == request.user.pk and kept["path"] != request.path:
        return None
    del request.session[_KEPT]
    return QueryDict(kept["typed"]) if kept["whose"] == request.user.pk else None
