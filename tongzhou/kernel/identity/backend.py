"""Checks a password: by user name, phone, e-mail, or the credit code of an organisation."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from tongzhou.kernel import accounts, clock
from tongzhou.kernel.identity.guard import find_by


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth is untyped
    """One look-up and one password hash for every attempt, whether the account exists or not."""

    def get_user(self, user_id: object) -> AbstractBaseUser | None:
        """Return who is signed in, with what they may act in."""
        person = accounts.find_person(user_id, clock.now())
        return person if person is not None and person.is_active else None

    def _authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """Return the person if the password is theirs; the caller hashes once for nobody."""
        person = find_by(credentials)
        if person is not None and self._check_password(
            person, str(credentials.get("password") or "")
        ):
            return person  # type: ignore[no-any-return]  # a User
        return None
