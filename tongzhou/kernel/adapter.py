"""How allauth behaves here: accounts are given, not taken."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tongzhou.kernel import clock
from tongzhou.kernel.identity import devices, guard, linking, openid
from tongzhou.kernel.origin import client_address
from tongzhou.kernel.privacy import factors

#: Said to everybody whose sign-in fails, whatever the reason.
MISMATCH = _("账号或密码不对。")


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """No open registration: an authority or an organisation invites its people."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": MISMATCH,
        "email_password_mismatch": MISMATCH,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse self-registration."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address, as the rest of the product sees it."""
        return client_address(request)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Remember the device and forget its failures."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        typed = str(request.POST.get("login") or user.get_username())
        name = request.POST.get("person_name", "")
        guard.forget_failures(request, {"identifier": typed, "person_name": name})
        devices.remember(request, response, user.pk)
        return response


class SealedFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the same
    """Secrets of second factors are encrypted like other personal data."""

    def encrypt(self, text: str) -> str:
        """Return what is stored for a secret."""
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; Unreadable for one that was written past the application."""
        return factors.unseal(encrypted_text)


class ClosedSocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the same
    """Other systems vouch for people who have an account here; they never make one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Refuse accounts made by other systems."""
        return False

    def get_provider(self, request: HttpRequest, provider: str, client_id: Any = None) -> Any:
        """Return a provider; one of OpenID Connect with our own checks."""
        found = super().get_provider(request, provider, client_id)
        if isinstance(found, OpenIDConnectProvider):
            found.oauth2_adapter_class = openid.Adapter
        return found

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the person behind an outside identity that is not linked yet.

        Only an e-mail address that the other system has verified *and* that is verified here
        counts; nothing else the other system says about itself does.
        """
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        vouched = {
            each.email.lower()
            for each in sociallogin.email_addresses
            if each.verified is True and each.email  # a provider may say "false" in words
        }
        found = (
            EmailAddress.objects.select_related("user")
            .filter(email__in=vouched, verified=True, user__is_active=True)
            .first()
        )
        if found is None:
            raise ImmediateHttpResponse(unknown_identity(request, sociallogin.provider.name))
        sociallogin.connect(request, found.user)
        linking.note_linked(
            actor=linking.person(found.user),
            at=clock.now(),
            user_id=found.user_id,
            provider=sociallogin.account.provider,
        )


def unknown_identity(request: HttpRequest, name: str) -> HttpResponse:
    """Answer an outside identity that belongs to nobody here: how to link it."""
    return render(
        request,
        "account/unknown_identity.html",
        {"provider": name, "login_url": settings.LOGIN_URL},
        status=403,
    )
