"""A person changes how they are reached, which is also by what they sign in."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import contacts, letters
from tongzhou.kernel.models import User

CODE_LASTS = timedelta(minutes=10)
MOST_TRIES = 5
#: Back ends that send nothing to anybody.
_SILENT = ("console", "dummy", "filebased")


def mails() -> bool:
    """Tell whether this site sends e-mail, so that an address can be proved by a code."""
    return not any(f".{name}." in settings.EMAIL_BACKEND for name in _SILENT)


def fresh_code(email: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """Return a code of six digits and what the session keeps of it."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    kept = {"email": email, "digest": _digest(email, code), "at": at.timestamp(), "tries": 0}
    return code, kept


def check_code(kept: Any, typed: str, at: datetime) -> str:
    """Return the address that a code proves; counts the try in ``kept``. Raises Refusal."""
    if not isinstance(kept, dict) or at.timestamp() - kept["at"] > CODE_LASTS.total_seconds():
        raise Refusal("验证码已过期。", field="code", code="code-old", way_out="请重新获取。")
    kept["tries"] += 1
    if kept["tries"] > MOST_TRIES:
        raise Refusal("输错的次数太多。", field="code", code="code-spent", way_out="请重新获取。")
    email = str(kept["email"])
    if not constant_time_compare(kept["digest"], _digest(email, typed.strip())):
        raise Refusal("验证码不对。", field="code", code="code-wrong")
    return email


def _digest(email: str, code: str) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY} {email} {code}".encode()).hexdigest()


def prove_address(user_id: int, email: str, at: datetime) -> dict[str, Any]:
    """Mail a code to a new address and return what the session keeps of it.

    Whoever asks is told the same whether another account has the address; the mailbox is told
    that it has, and gets no code. Raises Refusal when nothing could be mailed.
    """
    code, kept = fresh_code(email, at)
    if is_taken(user_id, email):
        # A code that nobody was told: the session keeps what it would keep otherwise.
        sent = letters.send_taken(email)
    else:
        sent = letters.send_code(email, code, int(CODE_LASTS.total_seconds() // 60))
    if not sent:
        raise Refusal(
            "验证码没有发出去。",
            field="email",
            code="mail-failed",
            way_out="请核对邮箱，稍后再试。",
        )
    return kept


def is_taken(user_id: int, email: str) -> bool:
    """Tell whether somebody else signs in with an address."""
    others = User.objects.exclude(pk=user_id).annotate(mail=Lower("email"))
    proved = EmailAddress.objects.exclude(user_id=user_id).annotate(mail=Lower("email"))
    return others.filter(mail=email).exists() or proved.filter(mail=email).exists()


def refuse_taken(user_id: int, phone: str, email: str) -> None:
    """Refuse what somebody else signs in with. Raises Conflict."""
    faults = {}
    if phone and User.objects.exclude(pk=user_id).filter(phone=phone).exists():
        faults["phone"] = gettext("这个手机号不能用于您的账号。")
    if email and is_taken(user_id, email):
        faults["email"] = gettext("这个邮箱不能用于您的账号。")
    if faults:
        raise Conflict(
            "手机号或邮箱不能用于您的账号。",
            code="contact-taken",
            faults=faults,
            way_out="请核对有没有填错；没有填错的，请联系本单位负责人或系统运维人员。",
        )


@command("kernel.contact.change")
def change_contacts(
    *, actor: Actor, at: datetime, user_id: int, phone: str, email: str, proved: bool
) -> list[str]:
    """Set one's own phone and e-mail, empty for none; return which of both changed.

    ``proved``: the person read a code sent to the address. Raises Missing for somebody else's
    account; Refusal for a bad shape; Conflict for what somebody else signs in with.
    """
    if actor.user_id != user_id:
        raise Missing("没有这个账号。")
    user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
    if user is None:  # anonymised since this request began
        raise Missing("没有这个账号。")
    wanted = {"phone": contacts.tidy_phone(phone), "email": contacts.tidy_email(email)}
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    refuse_taken(user_id, wanted["phone"], wanted["email"])
    user.phone, user.email = wanted["phone"], wanted["email"]
    try:
        with transaction.atomic():
            user.save(update_fields=["phone", "email"])
    except IntegrityError:
        refuse_taken(user_id, wanted["phone"], wanted["email"])
        raise Conflict("请再提交一次。", code="try-again") from None
    if "email" in changed or proved:
        EmailAddress.objects.filter(user=user).delete()
        if user.email:
            EmailAddress.objects.create(user=user, email=user.email, verified=proved, primary=True)
    audit.note(target=f"user/{user_id}", changed=changed, proved=proved)
    return changed
