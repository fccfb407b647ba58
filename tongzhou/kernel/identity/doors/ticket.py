"""Provincial unified sign-in by ticket: 统一身份认证 as provinces publish it.

Browser → the province's sign-in page with our address (``goto``) → back with a one-time ``ticket``
→ our server asks theirs with an application id, the time, and an HMAC-SHA256 over both and the
ticket → who that is. Names of the fields differ from province to province and are settings.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlencode

from tongzhou.kernel import clock
from tongzhou.kernel.identity.doors.asking import ask_json, lasting_id
from tongzhou.kernel.identity.doors.contract import Door, DoorRefusal, Identity


class TicketDoor(Door):
    """Signs in whom the province's server vouches for."""

    code = "ticket"
    parameter = "ticket"

    def start(self, state: str, callback: str) -> str:
        """Return the province's sign-in page; ``state`` travels inside our own address."""
        back = f"{callback}?{urlencode({'state': state})}"
        query = {
            self.held.get("app_field", "appid"): self.held["app_id"],
            self.held.get("back_field", "goto"): back,
        }
        return f"{self.held['login']}?{urlencode(query)}"

    def identify(self, proof: str, callback: str) -> Identity:
        """Return the subject behind a ticket."""
        stamp = str(int(clock.now().timestamp() * 1000))
        nonce = secrets.token_hex(8)
        said = "&".join((self.held["app_id"], proof, stamp, nonce))
        told = ask_json(
            self.held["validate"],
            {},
            {
                "appid": self.held["app_id"],
                "ticket": proof,
                "timestamp": stamp,
                "nonce": nonce,
                "sign": hmac.new(
                    self.held["app_key"].encode(), said.encode(), hashlib.sha256
                ).hexdigest(),
            },
        )
        found = told.get("data")
        if str(told.get("code")) not in {"0", "200"} or not isinstance(found, dict):
            raise DoorRefusal(
                "统一身份认证没有认可这次登录，票据可能已经过期。",
                code="door-unknown",
                way_out="请重新登录一次，或用同舟的账号和密码登录。",
            )
        subject = lasting_id(found.get(self.held.get("subject_field", "userId")))
        return Identity(f"{self.held['app_id']}/{subject}", str(found.get("name") or ""))
