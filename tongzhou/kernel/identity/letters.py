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
    try:
        return bool(send_mail(subject, body, None, [email]))
    except (OSError, SMTPException) as error:
        log.warning("invitation not mailed: %s", type(error).__name__)
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
