"""From where a request comes: the client's address, what of it is kept, the kind of its program."""

import hashlib
import hmac
import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

#: Families of programs, first match; nothing else of the User-Agent header is kept.
_AGENTS = (
    ("WeCom", r"wxwork"),
    ("WeChat", r"MicroMessenger"),
    ("Edge", r"Edg/"),
    ("360", r"360|QIHU"),
    ("Chromium", r"Chrom(?:e|ium)/"),
    ("Firefox", r"Firefox/"),
    ("Safari", r"Safari/"),
    ("program", r"curl|python|java|okhttp|Go-http|Postman"),
)


def client_address(request: HttpRequest) -> str:
    """Return the address of the client; this machine's when the server was told none.

    ``settings.TRUSTED_PROXIES`` proxies of our own stand in front, each of which appends whom it
    heard to X-Forwarded-For; what lies further left was written by the client and is not believed.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    hops = int(settings.TRUSTED_PROXIES)
    if hops:
        told = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(told) >= hops and told[-hops]:
            peer = told[-hops]
    try:
        found = ipaddress.ip_address(peer.partition("%")[0])
        return str(getattr(found, "ipv4_mapped", None) or found)  # ::ffff:a.b.c.d is a.b.c.d
    except ValueError:  # a socket of this machine has none
        return "127.0.0.1"


def kept_address(address: str) -> str:
    """Return what is kept of an address, as ``settings.KEPT_ADDRESSES`` says.

    ``network``: its /24 or /48; ``digest``: a keyed digest, which tells same from other;
    ``full``; ``none``.
    """
    policy = settings.KEPT_ADDRESSES
    if not address or policy == "none":
        return ""
    if policy == "full":
        return address
    if policy == "digest":
        key = settings.SECRET_KEY.encode()
        return hmac.new(key, f"address {address}".encode(), hashlib.sha256).hexdigest()[:24]
    width = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{width}", strict=False))


def agent_family(request: HttpRequest) -> str:
    """Return the family of the program that asks: a browser's name, ``program`` or ``other``."""
    told = request.headers.get("User-Agent", "")[:400]
    if not told:
        return ""
    return next((name for name, sign in _AGENTS if re.search(sign, told, re.IGNORECASE)), "other")
