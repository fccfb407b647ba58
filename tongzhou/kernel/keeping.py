"""What somebody typed is kept over a sign-in, when their session ended before they sent it.

A form carries a signed mark of the person and the page it was shown to (``{% typed_by %}``). Sent
without a session, its text fields are kept in the new session until that same person has signed in
and is back on the page, which shows them again: a GET then finds them in ``request.POST``, and
pages that bind their forms to it need nothing more. Nothing is done before they send once more.
Files have to be chosen again.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, QueryDict

FIELD = "typed_by"
MOST_CHARACTERS = 100_000
_KEPT = "typed_before_sign_in"
_WHOLE = "typed_before_sign_in_whole"
_SALT = "tongzhou.typed"
_LEFT_OUT = frozenset({FIELD, "csrfmiddlewaretoken"})
#: The key of a form that makes a double click one act: a form sent anew is another act.
_ONCE = "once"
_LONGEST_ADDRESS = 500


def mark(request: HttpRequest, page: str = "") -> str:
    """Return the mark that a form carries in its hidden field ``typed_by``.

    ``page`` is the address of the page where it differs from the one that was asked for, as after
    a refusal.
    """
    return signing.dumps([request.user.pk, page or request.get_full_path()], salt=_SALT)


def keep(request: HttpRequest) -> str:
    """Keep what a form of ours brought without a session; return its page, "" for anything else.

    The mark is believed as long as a session lasts: whoever has none of ours stores nothing.
    """
    try:
        whose, page = signing.loads(
            request.POST.get(FIELD, ""), salt=_SALT, max_age=2 * settings.SESSION_COOKIE_AGE
        )
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    held = request.POST.copy()
    for name in _LEFT_OUT & set(held):
        del held[name]
    typed = held.urlencode()
    if len(typed) > MOST_CHARACTERS or len(page) > _LONGEST_ADDRESS:
        return ""
    request.session[_KEPT] = {"page": page, "sent": request.path, "whose": whose, "typed": typed}
    return str(page)


def restore(request: HttpRequest) -> bool:
    """Put what this person typed on this page before they signed in into ``request.POST``, once.

    What somebody else had typed in this browser is forgotten unread.
    """
    kept: Any = request.session.get(_KEPT) if request.method == "GET" else None
    if not kept:
        return False
    theirs = kept["whose"] == request.user.pk
    if theirs and kept["page"] != request.get_full_path():
        return False
    del request.session[_KEPT]
    if not theirs:
        return False
    typed = QueryDict(kept["typed"], mutable=True)
    if _ONCE in typed:
        typed[_ONCE] = secrets.token_urlsafe(16)
    request.POST = typed  # type: ignore[assignment]  # a QueryDict like any other
    request.META[_KEPT] = kept["sent"]
    request.META[_WHOLE] = kept
    return True


def put_back(request: HttpRequest) -> None:
    """Keep what was restored a little longer: the page asks for the password again first."""
    if _WHOLE in request.META:
        request.session[_KEPT] = request.META[_WHOLE]


def typed(request: HttpRequest) -> QueryDict | None:
    """Return what was restored, None where nothing was."""
    return request.POST if _KEPT in request.META else None


def sent_to(request: HttpRequest) -> str:
    """Return the address that what was restored had been sent to."""
    return str(request.META.get(_KEPT, ""))
