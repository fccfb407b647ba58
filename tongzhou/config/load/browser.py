"""A browser without a screen: cookies, hidden fields and redirects of one visitor."""

import time
from collections.abc import Mapping
from html.parser import HTMLParser
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    RemoteDisconnected,
)
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from tongzhou.config.load.plan import Told

#: Kinds of input that are sent with what the page put into them.
_TYPED = frozenset({"hidden", "date", "text", None})


class Failure(Exception):
    """Say that a request failed; ``unsure`` when it may have been carried out all the same."""

    def __init__(self, name: str, *, unsure: bool = False) -> None:
        super().__init__(name)
        self.unsure = unsure


class _Page(HTMLParser):
    """Collect the forms of a page with their hidden fields, and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((found.get("action", ""), {}))
        elif tag == "a" and found.get("href"):
            self.links.append(found["href"])
        elif tag == "input" and self.forms and found.get("name") and found.get("type") in _TYPED:
            self.forms[-1][1].setdefault(found["name"], found.get("value", ""))


class Answer:
    """What came back for one request."""

    def __init__(self, url: str, status: int, location: str, text: str) -> None:
        self.url, self.status, self.location, self.text = url, status, location, text
        self._page: _Page | None = None

    @property
    def page(self) -> _Page:
        """Return the forms and links of the answer."""
        if self._page is None:
            self._page = _Page()
            self._page.feed(self.text)
        return self._page

    def form(self, with_field: str, action: str = "") -> tuple[str, dict[str, str]]:
        """Return address and fields of the form that has a field; Failure when there is none."""
        for target, fields in self.page.forms:
            if with_field in fields and action in target:
                return target or self.url, dict(fields)
        raise Failure(f"no form with {with_field}")


class Browser:
    """One visitor's connection, kept open, with its cookies; every request is timed."""

    def __init__(self, base: str, told: Told, *, timeout: float = 60) -> None:
        self.base = base
        self.told = told
        parts = urlsplit(base)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.connection = kind(parts.netloc, timeout=timeout)
        self.cookies: dict[str, str] = {}

    def get(self, path: str, name: str) -> Answer:
        """Ask for a page; Failure unless it is there.

        A connection that the server closed meanwhile is opened anew once, as browsers do.
        """
        try:
            answer = self._send("GET", path, None, {}, name)
        except Failure as failure:
            if not isinstance(failure.__cause__, RemoteDisconnected):
                raise
            answer = self._send("GET", path, None, {}, name)
        if answer.status != 200:
            raise Failure(f"{name}: {answer.status}")
        return answer

    def post(self, path: str, fields: Mapping[str, str], name: str) -> Answer:
        """Send a form and return the answer as it is, redirects not followed."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": urljoin(self.base, path),
        }
        return self._send("POST", path, urlencode(fields).encode(), headers, name)

    def send_json(self, path: str, body: bytes, token: str, name: str) -> Answer:
        """Send JSON with a token."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        return self._send("POST", path, body, headers, name)

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], name: str
    ) -> Answer:
        if self.cookies:
            pairs = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
            headers = {**headers, "Cookie": pairs}
        url = urlsplit(urljoin(self.base, path))
        target = url.path + (f"?{url.query}" if url.query else "")
        began = time.perf_counter()
        try:
            self.connection.request(method, target, body, dict(headers))
            received = self.connection.getresponse()
            text = received.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            self.connection.close()
            unsure = body is not None and not isinstance(error, ConnectionRefusedError)
            raise Failure(f"{name}: {type(error).__name__}", unsure=unsure) from error
        self.told.took(name, (time.perf_counter() - began) * 1000)
        self._keep(received)
        if received.status >= 500:
            raise Failure(f"{name}: {received.status}", unsure=body is not None)
        return Answer(target, received.status, received.headers.get("Location", ""), text)

    def _keep(self, received: HTTPResponse) -> None:
        for line in received.headers.get_all("Set-Cookie") or ():
            for key, morsel in SimpleCookie(line).items():
                self.cookies[key] = morsel.value
