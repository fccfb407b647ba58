"""企业微信: web sign-in by QR code, as its developer documentation describes it.

authorize page → ``code`` → ``gettoken`` (corporation's own token) → ``auth/getuserinfo`` → userid.
"""

from urllib.parse import urlencode

from tongzhou.kernel.identity.doors.asking import ask_json, lasting_id, unreachable
from tongzhou.kernel.identity.doors.contract import Door, DoorRefusal, Identity


class WeComDoor(Door):
    """Signs in members of one corporation; people from outside it are refused."""

    code = "wecom"
    parameter = "code"

    def start(self, state: str, callback: str) -> str:
        """Return the page with the QR code."""
        query = {
            "login_type": "CorpApp",
            "appid": self.held["corp_id"],
            "agentid": self.held["agent_id"],
            "redirect_uri": callback,
            "state": state,
        }
        return f"{self.held['authorize']}?{urlencode(query)}"

    def identify(self, proof: str, callback: str) -> Identity:
        """Return the member's userid, made unique by the corporation's id."""
        api = self.held["api"].rstrip("/")
        granted = ask_json(
            f"{api}/cgi-bin/gettoken",
            {"corpid": self.held["corp_id"], "corpsecret": self.held["secret"]},
        )
        token = granted.get("access_token")
        if granted.get("errcode") != 0 or not isinstance(token, str):
            raise unreachable()
        told = ask_json(f"{api}/cgi-bin/auth/getuserinfo", {"access_token": token, "code": proof})
        userid = told.get("userid")
        if told.get("errcode") != 0 or not isinstance(userid, str) or not userid:
            raise DoorRefusal(
                "企业微信没有认出您，或者您不是本单位的成员。",
                code="door-unknown",
                way_out="请从本单位的企业微信扫码，或用同舟的账号和密码登录。",
            )
        return Identity(f"{self.held['corp_id']}/{lasting_id(userid)}")
