"""Local stand-ins of other systems' servers, as their documentation describes them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "app-key-of-the-test"


@dataclass
class StandIn:
    """A server that answers for WeCom and for a province; ``people`` maps proofs to ids."""

    url: str
    people: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    mood: str = "well"

    def answer(self, path: str, query: dict[str, str], form: dict[str, str]) -> Any:
        """Return what the true server would; a code or ticket works once."""
        self.asked.append(path)
        if path == "/cgi-bin/gettoken":
            if (query.get("corpid"), query.get("corpsecret")) != ("corp", "corp-secret"):
                return {"errcode": 40001, "errmsg": "invalid credential"}
            return {"errcode": 0, "access_token": "corporation-token", "expires_in": 7200}
        if path == "/cgi-bin/auth/getuserinfo":
            if query.get("access_token") != "corporation-token":
                return {"errcode": 40014}
            found = self.people.pop(query.get("code", ""), "")
            if found == "outsider":
                return {"errcode": 0, "openid": "somebody-from-outside"}
            return {"errcode": 0, "userid": found} if found else {"errcode": 40029}
        if path == "/validate":
            said = "&".join(form[each] for each in ("appid", "ticket", "timestamp", "nonce"))
            sign = hmac.new(KEY.encode(), said.encode(), hashlib.sha256).hexdigest()
            found = self.people.pop(form["ticket"], "") if sign == form["sign"] else ""
            if not found:
                return {"code": 1003, "msg": "invalid ticket"}
            return {"code": 0, "data": {"userId": found, "name": "省里的人"}}
        return None


@contextmanager
def serve() -> Iterator[StandIn]:
    """Run a stand-in on a free port of this machine."""
    held: list[StandIn] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({key: value[0] for key, value in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            parts = urlsplit(self.path)
            query = {key: value[0] for key, value in parse_qs(parts.query).items()}
            said = held[0].answer(parts.path, query, form)
            if held[0].mood == "redirects":
                self.send_response(302)
                self.send_header("Location", f"{held[0].url}/elsewhere")
                self.end_headers()
                return
            body = b"x" * 200_000 if held[0].mood == "endless" else json.dumps(said).encode()
            if held[0].mood == "babbles":
                body = b"<html>"
            self.send_response(200 if said is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.append(StandIn(f"http://127.0.0.1:{server.server_port}"))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield held[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
