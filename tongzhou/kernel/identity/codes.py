"""The forms that take the code of a second factor: each code once, and not many guesses.

A code is good for a minute and a half, longer than allauth remembers that it was used; and its own
count of wrong codes is by address, which whoever knows the password can change. Ours is by account,
and apart for each device on which the person got in before.
"""

from typing import Any

from allauth.core import context, ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import IntegrityError, transaction

from tongzhou.kernel import clock
from tongzhou.kernel.identity import devices, links
from tongzhou.kernel.models import SpentTicket


class _Once:
    """Count guesses by account, and take each code of an authenticator once."""

    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Return the code if it is right, new, and not one of too many."""
        counted = {"action": "second_factor", "key": self._counter()}
        if not ratelimit.consume(context.request, **counted):
            raise get_adapter().validation_error("incorrect_code")
        code: str = super().clean_code()  # type: ignore[misc]  # a mixin of allauth's form
        if self.authenticator.type == Authenticator.Type.TOTP:
            self._spend(code)
        ratelimit.clear(context.request, **counted)
        return code

    def _counter(self) -> str:
        """Return under what a guess is counted: a device the person signed in on has its own.

        All others share one, from wherever they ask; so whoever knows the password uses up the
        tries of strangers, and not the owner's.
        """
        device = devices.device_of(context.request, self.user.pk)
        return f"factor-{self.user.pk}" + (f"-{links.digest(device)}" if device else "")

    def _spend(self, code: str) -> None:
        """Refuse a code that was taken before, also by another process."""
        secret = decrypt(self.authenticator.data["secret"])
        for counter in yield_hotp_counters_from_time():
            expected = format_hotp_value(hotp_value(secret, counter))
            if compare_user_code(actual=code, expected=expected):
                digest = links.digest(f"totp:{self.authenticator.pk}:{counter}")
                try:
                    with transaction.atomic():
                        SpentTicket.objects.create(digest=digest, at=clock.now())
                except IntegrityError:
                    raise get_adapter().validation_error("incorrect_code") from None


class AuthenticateForm(_Once, forms.AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The second step of signing in."""


class ReauthenticateForm(_Once, forms.ReauthenticateForm):  # type: ignore[misc]  # the same
    """The second factor asked for again before something delicate."""
