"""What a browser calls itself, in words that its owner recognises."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

register = template.Library()

#: Marks in the order in which they rule: nearly every browser calls itself Chrome and Safari, too.
_BROWSERS = (
    ("MicroMessenger", gettext_noop("微信")),
    ("QQBrowser", gettext_noop("QQ浏览器")),
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def device(agent: str) -> str:
    """Return browser and system of a User-Agent header; what is neither, shortened to 40 signs."""
    found = [
        next((_(name) for mark, name in marks if mark in agent), "")
        for marks in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found)) or agent[:40] or _("不知道的设备")
