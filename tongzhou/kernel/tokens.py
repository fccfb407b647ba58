"""API tokens as an authentication scheme."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import Actor


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer tz_…`` — a token acts for exactly one assignment."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        """Return the actor of the token; 401 when it is unknown, expired or revoked."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        actor = None
        if scheme.lower() == self.keyword.lower():
            actor = accounts.find_actor_by_token(token.strip(), clock.now())
        if actor is None:
            raise AuthenticationFailed(gettext("令牌无效、已过期或已作废。"))
        return (None, actor)

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme for WWW-Authenticate."""
        return self.keyword


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document how tokens are sent."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "tz_…"}
