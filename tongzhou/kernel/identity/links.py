"""One-time links: only their SHA-256 is kept, they expire, they work once."""

import hashlib
import secrets
import unicodedata
from typing import Any

from django.utils.crypto import salted_hmac

from tongzhou.base.errors import Refusal
from tongzhou.kernel.models import Invitation, PasswordLink


class LinkDead(Refusal):
    """Refuse a link that is unknown, used, revoked or expired: one answer for all four."""

    status = 410
    title = "链接已失效"


def fresh() -> tuple[str, str]:
    """Return a new secret for a link and its digest; 256 bits, so that guessing is hopeless."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def fresh_word() -> str:
    """Return a new word: eight digits, told by telephone or across a desk."""
    return f"{secrets.randbelow(10**8):08d}"


def word_digest(word: str) -> str:
    """Return what is kept of a word; keyed, because eight digits are soon tried."""
    digits = "".join(each for each in unicodedata.normalize("NFKC", word) if each.isdecimal())
    return salted_hmac("tongzhou.word", digits, algorithm="sha256").hexdigest()


def is_word(held: PasswordLink | Invitation, word: str) -> bool:
    """Tell whether a link works with this word; one that asks for none works with any."""
    return not held.word or secrets.compare_digest(held.word, word_digest(word))


def wrong_word(left: int) -> Refusal:
    """Return the refusal of a wrong word; with no tries left, of a link that is dead."""
    if left <= 0:
        return dead()
    return Refusal(
        "口令不对，还可以试%(left)s次。",
        params={"left": left},
        field="word",
        code="wrong-word",
        way_out="口令由提出申请的工作人员告诉您；没有的，请打电话问登记管理机关。",
    )


def dead() -> LinkDead:
    """Return the one answer for links that do not work."""
    return LinkDead(
        "这个一次性链接已经用过、作废或者过期了。",
        code="link-dead",
        way_out="请让发给您链接的单位重新发一个。",
    )


def live_invitation(secret: str, at: Any, *, lock: bool = False) -> Invitation:
    """Return the open invitation behind a link. Raises LinkDead."""
    rows = Invitation.objects.select_for_update() if lock else Invitation.objects
    found = rows.filter(
        digest=digest(secret), used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
    ).first()
    if found is None:
        raise dead()
    return found


def live_password_link(secret: str, at: Any, *, lock: bool = False) -> PasswordLink:
    """Return the open password link behind a secret. Raises LinkDead."""
    rows = PasswordLink.objects.select_for_update() if lock else PasswordLink.objects
    found = rows.filter(
        digest=digest(secret), used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
    ).first()
    if found is None:
        raise dead()
    return found
