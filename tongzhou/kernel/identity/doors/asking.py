"""Asking another system's server: fixed host, no redirects, short, small, soon over."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from threading import Timer
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from tongzhou.kernel.identity.doors.contract import DoorRefusal

TIMEOUT_SECONDS = 5
#: For the whole answer: one that comes byte by byte is in time for each of them.
PATIENCE_SECONDS = 10.0
LARGEST = 64 * 1024
LONGEST_ID = 128
log = logging.getLogger("tongzhou")


def unreachable() -> DoorRefusal:
    """Return what is said when the other system gives no usable answer."""
    return DoorRefusal(
        "对方系统没有正常回答，没有登录。",
        code="door-silent",
        way_out="请稍后再试，或用同舟的账号和密码登录。",
    )


def lasting_id(found: object) -> str:
    """Return what the other system calls somebody, if it is an id at all. Raises DoorRefusal."""
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID:
        raise unreachable()
    if not found.isprintable() or found != "".join(found.split()):
        raise unreachable()
    return found


def ask_json(
    url: str, query: Mapping[str, str], form: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the JSON object that an address of the settings answers; ``form`` makes it a POST.

    The host is the one in ``url``; a redirect counts as no answer, so nothing that the other
    system or the browser says can turn the question to another host. Production asks over TLS
    only. Raises DoorRefusal.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise unreachable()
    if parts.scheme != "https" and settings.PRODUCTION:
        raise unreachable()
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    asked = "?".join(filter(None, (parts.path or "/", _joined(parts.query, query))))
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    ending = Timer(PATIENCE_SECONDS, _hang_up, (connection,))
    ending.daemon = True
    ending.start()
    try:
        if form is None:
            connection.request("GET", asked, headers={"Accept": "application/json"})
        else:
            connection.request(
                "POST",
                asked,
                body=urlencode(form),
                headers={
                    "Accept": "application/json",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
        answer = connection.getresponse()
        body = answer.read(LARGEST + 1)
        if answer.status != 200 or len(body) > LARGEST:
            raise unreachable()
        found = json.loads(body)
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        log.warning("a door gave no answer: %s", type(error).__name__)
        raise unreachable() from None
    finally:
        ending.cancel()
        connection.close()
    if not isinstance(found, dict):
        raise unreachable()
    return found


def _hang_up(connection: HTTPConnection) -> None:
    """End a question from outside: whoever waits for its answer finds the line cut."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(SHUT_RDWR)


def _joined(held: str, query: Mapping[str, str]) -> str:
    return "&".join(filter(None, (held, urlencode(query))))
