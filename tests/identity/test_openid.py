"""OpenID Connect against a real provider: accounts are linked, never made."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from tests.identity.conftest import Office
from tongzhou.kernel.models import AuditLine, User

START = "/accounts/oidc/oidc/login/"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the provider; return its address."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    database = tmp_path_factory.mktemp("provider") / "provider.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.identity.provider"],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PROVIDER_DATABASE": str(database), "PROVIDER_KEY": pem.decode()},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        assert port.isdecimal(), "the provider did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture
def there(provider: str, settings: Any) -> str:
    """Let the site know the provider."""
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "省级平台",
                    "client_id": "tongzhou",
                    "secret": "client-secret",
                    "settings": {"server_url": provider},
                }
            ],
        }
    }
    settings.OIDC_OFFERED = True
    return provider


def _through(client: Client, name: str, process: str = "login") -> Any:
    """Go to the provider, sign in there, come back; return our answer to the callback."""
    answer = client.post(f"{START}?process={process}")
    assert answer.status_code == 302
    url = answer.headers["Location"]
    assert "code_challenge=" in url
    with requests.Session() as there:
        asked = there.get(url, timeout=20)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', asked.text)
        form = {"login": name, "password": "provider-phrase-1"}
        if token:
            form["csrfmiddlewaretoken"] = token[1]
        back = there.post(asked.url, data=form, timeout=20, allow_redirects=False)
        while not back.headers.get("Location", "").startswith("http://testserver/"):
            assert back.is_redirect, back.text[:2000]
            following = urljoin(back.url, back.headers["Location"])
            back = there.get(following, timeout=20, allow_redirects=False)
    return client.get(back.headers["Location"].removeprefix("http://testserver"))


def test_a_verified_address_finds_its_person(office: Office, there: str) -> None:
    officer = office.user("officer")
    EmailAddress.objects.create(user=officer, email="chen@example.cn", verified=True, primary=True)
    guest = Client()
    assert "省级平台" in guest.get("/accounts/login/").content.decode()
    assert _through(guest, "chen").headers["Location"] == "/"
    assert guest.get("/people/").status_code == 200
    assert SocialAccount.objects.get().user == officer
    assert AuditLine.objects.get(stem="kernel.door.link").user_id == officer.pk


@pytest.mark.parametrize(("name", "ours"), [("chen", False), ("unproved", True), ("chen", None)])
def test_nothing_less_than_verified_on_both_sides_counts(
    office: Office, there: str, name: str, ours: bool | None
) -> None:
    if ours is not None:
        EmailAddress.objects.create(
            user=office.user("officer"), email=f"{name}@example.cn", verified=ours, primary=True
        )
    people = User.objects.count()
    guest = Client()
    answer = _through(guest, name)
    assert answer.status_code == 403
    assert "还没有绑定" in answer.content.decode()
    assert guest.get("/people/").status_code == 302
    assert (User.objects.count(), SocialAccount.objects.count()) == (people, 0)


def test_a_person_links_the_identity_while_signed_in(office: Office, there: str) -> None:
    browser = office.browser("officer")
    assert _through(browser, "unproved", "connect").status_code == 302
    assert SocialAccount.objects.get().user == office.user("officer")
    guest = Client()
    assert _through(guest, "unproved").headers["Location"] == "/"
    assert guest.get("/people/").status_code == 200


def test_a_foreign_state_is_refused(office: Office, there: str) -> None:
    answer = Client().get(f"{START}callback/?code=x&state=forged")
    assert answer.status_code in {401, 403}
    assert not SocialAccount.objects.exists()
