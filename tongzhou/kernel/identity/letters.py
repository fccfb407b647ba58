"""Letters with one-time links, and the code that a phone reads from paper."""

import logging
from smtplib import SMTPException

import qrcode  # type: ignore[import-untyped]
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext

log = logging.getLogger("tongzhou")


def send_invitation(email: str, name: str, place: str, role: str, url: str, days: int) -> bool:
    """Mail a link; False when the mail server did not take it."""
    body = render_to_string(
        "kernel/invitation_letter.txt",
        {"name": name, "place": place, "role": role, "url": url, "days": days},
    )
    subject = gettext("同舟：请接受“%(place)s”的邀请") % {"place": " ".join(place.split())}
    return _send(email, subject, body)


def send_code(email: str, code: str, minutes: int) -> bool:
    """Mail a code that proves an address; False when the mail server did not take it."""
    body = gettext("验证码：%(code)s，%(minutes)d 分钟内有效。不是您本人操作的，请不要理会。")
    return _send(email, gettext("同舟：验证码"), body % {"code": code, "minutes": minutes})


def send_taken(email: str) -> bool:
    """Tell the mailbox, and nobody else, that its address cannot go to a second account."""
    body = gettext(
        "有人想把这个邮箱用于同舟的另一个账号。它已经用于一个账号，不能再用，所以这封信里没有验证码。"
        "是您本人操作的，请直接用这个邮箱登录，或联系本单位负责人；不是您本人操作的，请不要理会。"
    )
    return _send(email, gettext("同舟：验证码"), body)


def send_notice(email: str) -> bool:
    """Tell somebody at their former address that their contacts were changed."""
    body = gettext(
        "您账号的手机号或邮箱刚刚改动过。不是您本人操作的，请立即修改密码，并联系本单位负责人。"
    )
    return _send(email, gettext("同舟：账号的联系方式已改动"), body)


def send_help_notice(email: str, words: str) -> bool:
    """Tell somebody that a link for a password was handed over, in the words given."""
    return _send(email, gettext("同舟：有账号重设密码"), words)


def _send(email: str, subject: str, body: str) -> bool:
    try:
        return bool(send_mail(subject, body, None, [email]))
    except (OSError, SMTPException) as error:
        log.warning("letter not mailed: %s", type(error).__name__)
        return False


def qr_path(text: str) -> tuple[int, str]:
    """Return the width of a QR code in modules and the SVG path of its dark modules."""
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return len(matrix), path
