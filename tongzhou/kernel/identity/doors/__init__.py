"""Doors: signing in through a system that does not speak OpenID Connect.

A door sends the browser to the other system, gets a code or ticket back through the browser, and
asks the other system's server who that is. One class per kind; ``settings.SIGN_IN_DOORS`` says
which ones are open. docs/howto/sign-in-doors.md tells how to add one.
"""

from collections.abc import Mapping

from django.conf import settings

from tongzhou.base.errors import Missing
from tongzhou.kernel.identity.doors.contract import Door, Identity
from tongzhou.kernel.identity.doors.ticket import TicketDoor
from tongzhou.kernel.identity.doors.wecom import WeComDoor

KINDS: Mapping[str, type[Door]] = {"wecom": WeComDoor, "ticket": TicketDoor}

__all__ = ["KINDS", "Door", "Identity", "find_door", "list_doors"]


def list_doors() -> list[Door]:
    """Return the doors that are open on this site."""
    return [KINDS[code](held) for code, held in settings.SIGN_IN_DOORS.items() if code in KINDS]


def find_door(code: str) -> Door:
    """Return an open door. Raises Missing for any other name."""
    found = next((each for each in list_doors() if each.code == code), None)
    if found is None:
        raise Missing("没有这种登录方式。")
    return found
