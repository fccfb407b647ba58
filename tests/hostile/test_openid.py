"""A provider of OpenID Connect whose answers were bent on their way, or by itself."""

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from tests.hostile.conftest import Posts

ISSUER = "https://provider.example"
START = "/accounts/oidc/oidc/login/"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


TRUE, FALSE = _key(), _key()


def _public(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**made, "kid": "one", "use": "sig", "alg": "RS256"}


class _Answer:
    def __init__(self, body: Any) -> None:
        self.body, self.status_code, self.headers = body, 200, {"content-type": "application/json"}
        self.text = json.dumps(body)

    def json(self) -> Any:
        return self.body

    def raise_for_status(self) -> None:
        """Be well."""


class Provider:
    """Answers what the real one would, and lets a test bend each of it."""

    def __init__(self) -> None:
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.make: Any = self.sign
        self.asked: list[str] = []

    def sign(self, claims: dict[str, Any], key: Any = TRUE, alg: str = "RS256") -> str:
        return jwt.encode(claims, key, alg, headers={"kid": "one"})

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *args: object) -> None:
        """Keep nothing."""

    def request(self, method: str, url: str, **given: Any) -> _Answer:
        path = urlsplit(url).path
        self.asked.append(path)
        if path.endswith("openid-configuration"):
            names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
            return _Answer({"issuer": ISSUER, **{name: f"{ISSUER}/{name}" for name in names}})
        if path == "/jwks_uri":
            return _Answer({"keys": [_public(TRUE)]})
        if path == "/userinfo_endpoint":
            return _Answer(
                {"sub": "chen", "email": "chen@example.cn", "email_verified": True} | self.told
            )
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "tongzhou", "sub": "chen", "iat": now, "exp": now + 300}
        held = {**claims, "nonce": self.nonce, **self.claims}
        made = self.make({name: each for name, each in held.items() if each is not None})
        return _Answer({"access_token": "a", "token_type": "Bearer", "id_token": made})

    def get(self, url: str, **given: Any) -> _Answer:
        return self.request("GET", url, **given)


@pytest.fixture
def there(office: Posts, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "省级平台",
                    "client_id": "tongzhou",
                    "secret": "client-secret",
                    "settings": {"server_url": ISSUER},
                }
            ],
        }
    }
    made = Provider()
    monkeypatch.setattr(type(get_adapter()), "get_requests_session", lambda self: made)
    EmailAddress.objects.create(
        user=office.user("officer"), email="chen@example.cn", verified=True, primary=True
    )
    return made


def _go(there: Provider, browser: Client | None = None) -> tuple[Client, str]:
    """Go to the provider; return the browser and the state that comes back."""
    browser = browser or Client(raise_request_exception=False)
    query = parse_qs(urlsplit(browser.post(START)["Location"]).query)
    there.nonce = query["nonce"][0]
    assert query["code_challenge_method"] == ["S256"]
    return browser, query["state"][0]


def _inside(there: Provider) -> bool:
    browser, state = _go(there)
    answer = browser.get(f"{START}callback/", {"state": state, "code": "c"})
    assert answer.status_code < 500
    return browser.get("/people/").status_code == 200


def test_a_sound_answer_signs_in(there: Provider) -> None:
    assert _inside(there)
    assert _inside(there)


def _unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", "none", headers={"kid": "one"})


def _by_public_key(claims: dict[str, Any]) -> str:
    """Sign with the public key as a shared secret, which the library itself refuses to do."""
    import hashlib
    import hmac

    secret = TRUE.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = {"alg": "HS256", "typ": "JWT", "kid": "one"}
    said = b".".join(
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (head, claims)
    )
    sign = base64.urlsafe_b64encode(hmac.new(secret, said, hashlib.sha256).digest()).rstrip(b"=")
    return (said + b"." + sign).decode()


BENT: dict[str, dict[str, Any]] = {
    "signed by a stranger": {"make": lambda claims: jwt.encode(claims, FALSE, "RS256")},
    "a stranger's, named as ours": {
        "make": lambda claims: jwt.encode(claims, FALSE, "RS256", headers={"kid": "one"})
    },
    "an unknown key": {
        "make": lambda claims: jwt.encode(claims, TRUE, "RS256", headers={"kid": "two"})
    },
    "not signed": {"make": _unsigned},
    "signed by the public key": {"make": _by_public_key},
    "no token": {"make": lambda claims: None},
    "babble": {"make": lambda claims: "a.b.c"},
    "a list": {"make": lambda claims: ["a"]},
    "for somebody else": {"claims": {"aud": "another-client"}},
    "for nobody": {"claims": {"aud": None}},
    "given to somebody else": {"claims": {"aud": ["tongzhou", "x"], "azp": "x"}},
    "of another issuer": {"claims": {"iss": "https://evil.example"}},
    "over": {"claims": {"exp": 1_000_000_000}},
    "never over": {"claims": {"exp": None}},
    "of tomorrow": {"claims": {"iat": int(time.time()) + 86_400}},
    "of another sign-in": {"claims": {"nonce": "of-another"}},
    "without a nonce": {"claims": {"nonce": None}},
    "of another person": {"claims": {"sub": "wang"}},
    "told of another person": {"told": {"sub": "wang"}},
    "an address not proved": {"told": {"email_verified": False}},
    "an address not proved, in words": {"told": {"email_verified": "false"}},
    "an address proved by silence": {"told": {"email_verified": None}},
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_answer_opens_nothing(there: Provider, name: str) -> None:
    for part, value in BENT[name].items():
        setattr(there, part, value)
    assert not _inside(there)
    assert not SocialAccount.objects.exists()


def test_a_code_of_another_browser_opens_nothing(there: Provider) -> None:
    """Neither a foreign state, nor the same one twice, nor a token caught on its way."""
    thief, own = _go(there)
    browser, state = _go(there)
    assert browser.get(f"{START}callback/", {"state": own, "code": "c"}).status_code >= 400
    assert thief.get(f"{START}callback/", {"state": state, "code": "c"}).status_code >= 400
    there.claims = {"nonce": there.nonce}
    assert thief.get(f"{START}callback/", {"state": own, "code": "c"}).status_code >= 400
    assert browser.get(f"{START}callback/", {"state": state, "code": "c"}).status_code == 302
    assert browser.get("/people/").status_code == 200
    assert browser.get(f"{START}callback/", {"state": state, "code": "c"}).status_code >= 400
    assert thief.get("/people/").status_code == 302


def test_the_provider_does_not_stand_for_the_second_factor(
    there: Provider, office: Posts, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    totp.TOTP.activate(office.user("officer"), totp.generate_totp_secret())
    browser, state = _go(there)
    answer = browser.get(f"{START}callback/", {"state": state, "code": "c"})
    assert "2fa/authenticate" in answer["Location"]
    assert browser.get("/people/").status_code == 302


def test_an_account_that_ended_stays_closed(there: Provider, office: Posts) -> None:
    assert _inside(there)
    person = office.user("officer")
    person.is_active = False
    person.save()
    assert not _inside(there)
