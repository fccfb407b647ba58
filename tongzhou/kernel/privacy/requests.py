"""What a person may ask for: a copy of what is held of them, and its deletion (PIPL 45, 47)."""

import json
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.serializers.json import DjangoJSONEncoder

from tongzhou.base.errors import Missing
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.models import ApiToken, Assignment, AuditLine, SensitiveRead, User
from tongzhou.kernel.privacy.register import REGISTER_OF_DATA

MOST_LINES = 10_000


def _held(user: User) -> dict[str, Any]:
    lines = AuditLine.objects.filter(user_id=user.pk).order_by("-id")[:MOST_LINES]
    reads = SensitiveRead.objects.filter(subject=f"user/{user.pk}").order_by("-id")[:MOST_LINES]
    return {
        "account": {
            "username": user.username,
            "name": user.name,
            "phone": user.phone,
            "email": user.email,
            "joined": user.date_joined,
            "last_login": user.last_login,
        },
        "assignments": list(
            Assignment.objects.filter(user=user).values("role", "label", "from_on", "to_on")
        ),
        "acts": [
            {"at": e.at, "stem": e.stem, "target": e.target, "address": e.address} for e in lines
        ],
        "read_by": [{"at": e.at, "role": e.role, "purpose": e.purpose} for e in reads],
        "register": [
            {"field": e.field, "purpose": e.purpose, "basis": e.basis, "kept": e.kept}
            for e in REGISTER_OF_DATA
            if e.field.startswith("kernel.User.")
        ],
    }


@command("kernel.privacy.copy")
def copy_own_data(*, actor: Actor, at: datetime) -> str:
    """Return everything held of the actor's own account as JSON."""
    user = User.objects.filter(pk=actor.user_id or 0).first()
    if user is None:
        raise Missing("没有这个人。")
    audit.note(target=f"user/{user.pk}")
    held = {"made_at": at, **_held(user)}
    return json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def anonymise(user_id: int) -> int:
    """Take name, contacts, factors and keys from an account; return 1. Part of a command."""
    user = User.objects.get(pk=user_id)
    user.username, user.name = f"former-{user.pk}", "已离任人员"  # data: stands for a name
    user.first_name = user.last_name = user.email = user.phone = ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    ApiToken.objects.filter(assignment__user=user).delete()
    for model in (Authenticator, EmailAddress, SocialAccount, UserSession):
        model.objects.filter(user=user).delete()
    for each in Session.objects.iterator():
        if each.get_decoded().get("_auth_user_id") == str(user.pk):
            each.delete()
    events = user._meta.get_field("events").related_model
    assert events is not None
    events._default_manager.filter(pgh_obj_id=user.pk).update(name="", username="")
    return 1
