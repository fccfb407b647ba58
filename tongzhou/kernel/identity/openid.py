"""OpenID Connect, held to more than allauth asks: an ID token is signed and of this sign-in.

allauth leaves the signature out where it fetched the token itself, which is right over TLS only,
and sends no nonce. Here the nonce is a digest of the PKCE challenge, so that nothing more has to be
kept between going and coming back.
"""

import hashlib
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse

from tongzhou.kernel.identity.links import digest
from tongzhou.kernel.pages import page

#: With a key of two halves only: a shared secret would let whoever reads the public key sign.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY_SECONDS = 60


def nonce_of(challenge: str) -> str:
    """Return the nonce that belongs to a PKCE challenge."""
    return digest(f"nonce {challenge}")


class Client(OAuth2Client):  # type: ignore[misc]  # allauth is untyped
    """Sends a nonce along."""

    def get_redirect_url(self, url: str, scope: Any, extra: dict[str, Any]) -> str:
        """Return where the browser is sent."""
        challenge = extra["code_challenge"]
        if isinstance(challenge, bytes):
            challenge = challenge.decode()
        more = {**extra, "nonce": nonce_of(challenge)}
        sent: str = super().get_redirect_url(url, scope, more)
        return sent


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # the same
    """Believes a provider only what its ID token says under one of its keys."""

    client_class = Client
    verifier = ""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        """Fetch the tokens; remember which sign-in they belong to."""
        self.verifier = pkce_code_verifier or ""
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Return who signed in. Raises OAuth2Error for anything less than a sound ID token."""
        said = kwargs["response"].get("id_token")
        if not isinstance(said, str):
            raise OAuth2Error("no ID token")
        proved = self._decode_id_token(app, said)
        data = {"id_token": proved}
        if app.settings.get("fetch_userinfo", True):
            told = self._fetch_user_info(token.token)
            if told.get("sub") != proved["sub"]:
                raise OAuth2Error("the user info is somebody else's")
            data["userinfo"] = told
        return self.get_provider().sociallogin_from_response(request, data)

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            key = self._key(jwt.get_unverified_header(id_token).get("kid"))
            told: dict[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise OAuth2Error("ID token") from error
        challenge = challenge_of(self.verifier)
        if told.get("nonce") != nonce_of(challenge) or told.get("azp", app.client_id) != (
            app.client_id
        ):
            raise OAuth2Error("an ID token of another sign-in")
        return told

    def _key(self, kid: str | None) -> jwt.PyJWK:
        """Return the provider's key of that name; its only one where none is named."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            held = jwt.PyJWKSet.from_dict(answer.json()).keys
        fitting = [each for each in held if kid is None or each.key_id == kid]
        if len(fitting) != 1:
            raise LookupError("key")
        return fitting[0]


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636, 4.2)."""
    return jwt.utils.base64url_encode(hashlib.sha256(verifier.encode()).digest()).decode()


@page("public")
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the code that a provider sent the browser back with."""
    from allauth.socialaccount.models import SocialApp

    view = OAuth2CallbackView.adapter_view(Adapter(request, provider_id))
    try:
        answer: HttpResponse = view(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer
