"""How a signed-in device is named."""

import pytest
from django.utils import translation

from tongzhou.kernel.templatetags.devices import device

_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "called"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0) {_KIT} Chrome/92.0 Safari/537.36", "Chrome · Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {_KIT} Chrome/92 Safari/5 Edg/92", "Edge · Windows"),
        (f"Mozilla/5.0 (Linux; Android 9) {_KIT} Chrome/92 MicroMessenger/8", "微信 · Android"),
        (f"Mozilla/5.0 (iPhone; CPU like Mac OS X) {_KIT} Safari/604", "Safari · iPhone"),
        ("curl/8.1", "curl/8.1"),
        ("", "不知道的设备"),
    ],
)
def test_a_device_is_called_what_its_owner_calls_it(agent: str, called: str) -> None:
    assert device(agent) == called


def test_names_are_translated() -> None:
    with translation.override("en"):
        assert device("Mozilla/5.0 (Linux; Android 9) MicroMessenger/8") == "WeChat · Android"
