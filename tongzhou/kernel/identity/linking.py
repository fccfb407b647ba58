"""Outside identities linked to people here; each change leaves an audit line."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from tongzhou.base.errors import Conflict
from tongzhou.kernel import audit, clock
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.models import User


def person(user: Any) -> Actor:
    """Return a person as the actor of what concerns their own account, whatever their role."""
    return replace(SYSTEM, user_id=user.pk, label=f"{user.name or user.username}（本人）")  # data


@command("kernel.door.link")
def note_linked(*, actor: Actor, at: datetime, user_id: int, provider: str) -> None:
    """Write down that an outside identity now opens an account."""
    audit.note(target=f"user/{user_id}", provider=provider)


@command("kernel.door.unlink")
def note_unlinked(*, actor: Actor, at: datetime, user_id: int, provider: str) -> None:
    """Write down that an outside identity no longer opens an account."""
    audit.note(target=f"user/{user_id}", provider=provider)


def link(user: User, provider: str, subject: str, at: datetime) -> None:
    """Let an outside identity open an account. Raises Conflict if it opens another one."""
    found = SocialAccount.objects.filter(provider=provider, uid=subject).first()
    if found is None:
        try:
            with transaction.atomic():
                SocialAccount.objects.create(
                    user=user, provider=provider, uid=subject, extra_data={}
                )
                note_linked(actor=person(user), at=at, user_id=user.pk, provider=provider)
        except IntegrityError:
            found = SocialAccount.objects.filter(provider=provider, uid=subject).first()
    if found is not None and found.user_id != user.pk:
        raise Conflict(
            "这个外部身份已经绑定了另一个账号。",
            code="identity-taken",
            way_out="请先用那个账号登录并解除绑定，或联系系统运维人员。",
        )


def find_linked(provider: str, subject: str) -> User | None:
    """Return the active person an outside identity opens, None for nobody."""
    found = (
        SocialAccount.objects.select_related("user")
        .filter(provider=provider, uid=subject, user__is_active=True)
        .first()
    )
    return found.user if found else None


def on_added(request: Any, sociallogin: Any, **kwargs: Any) -> None:
    """Write down a link made on allauth's own page."""
    user = sociallogin.user
    note_linked(
        actor=person(user),
        at=clock.now(),
        user_id=user.pk,
        provider=sociallogin.account.provider,
    )


def on_removed(request: Any, socialaccount: Any, **kwargs: Any) -> None:
    """Write down that a link was removed."""
    user = socialaccount.user
    note_unlinked(
        actor=person(user), at=clock.now(), user_id=user.pk, provider=socialaccount.provider
    )
