"""At the doorstep: guesses from strange networks, links that end up in logs."""

import logging
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from tests.hostile.conftest import PASSWORD, Posts
from tongzhou.kernel import clock
from tongzhou.kernel.identity import inviting, recovering
from tongzhou.kernel.origin import client_address, kept_address
from tongzhou.kernel.redaction import RedactingFormatter
from tongzhou.kernel.throttle import network_of


@pytest.mark.parametrize("network", ["fd12:3456:789a::{:x}", "fc00::{:x}", "100::{:x}"])
def test_guesses_from_a_private_network_are_paced_like_others(
    office: Posts, settings: Any, network: str
) -> None:
    """Where known devices are counted lies no network from which anybody could ask."""
    settings.AXES_ENABLED = True
    unseen = 0
    for number in range(60):
        request = RequestFactory().post("/accounts/login/", REMOTE_ADDR=network.format(number))
        request.user = AnonymousUser()
        guess = {"identifier": "officer", "person_name": "", "password": f"guess-{number}"}
        assert authenticate(request, **guess) is None
        unseen += bool(getattr(request, "axes_locked_out", False))
    assert unseen >= 30


def test_a_known_device_counts_where_nobody_can_ask_from(office: Posts, settings: Any) -> None:
    settings.AXES_ENABLED = True
    device = office.sign_in("officer")
    device.post("/accounts/logout/")
    device.post("/accounts/login/", {"login": "officer", "password": "wrong-phrase"})
    assert [each.ip_address[:2] for each in AccessAttempt.objects.all()] == ["ff"]


def test_an_address_in_another_dress_is_the_same_address() -> None:
    """A server that listens on both kinds of addresses tells those of IPv4 in a longer form."""
    request = RequestFactory().get("/", REMOTE_ADDR="::ffff:203.0.113.9")
    assert client_address(request) == "203.0.113.9"
    assert kept_address(client_address(request)) == "203.0.113.0/24"
    other = RequestFactory().get("/", REMOTE_ADDR="::ffff:198.51.100.7")
    assert network_of(client_address(request)) != network_of(client_address(other))


def test_a_living_link_does_not_stand_in_the_log(
    office: Posts, caplog: pytest.LogCaptureFixture
) -> None:
    sent = inviting.invite(
        actor=office.actor("chair"), at=clock.now(), place="", role="FINANCE", name="会计甲"
    )
    link = recovering.make_password_link(
        actor=office.actor("chair"), at=clock.now(), assignment_id=office.id("treasurer")
    )
    keys = (sent.secret, link, "1a-cabcdef-0123456789abcdef")
    browser = Client(raise_request_exception=False)
    with caplog.at_level(logging.INFO):
        for path, key in zip(
            ("/invitation/", "/new-password/", "/accounts/password/reset/key/"), keys, strict=True
        ):
            browser.generic("PROPFIND", f"{path}{key}/")
            browser.post(f"{path}{key}/", {"password1": PASSWORD}, headers={"origin": "https://x"})
            browser.get(f"{path}{key}/nothing")
    lines = [RedactingFormatter("%(message)s").format(each) for each in caplog.records]
    assert any("/invitation/" in each for each in lines)
    assert not [each for each in lines for key in keys if key in each]
