"""One-time links: only their SHA-256 is kept, they expire, they work once."""

import hashlib
import secrets
from typing import Any

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
