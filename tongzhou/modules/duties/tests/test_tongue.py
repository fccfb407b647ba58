"""Officers write in Chinese: readers of English get the Chinese words, marked as such."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from tests.world import AT, World
from tongzhou.kernel.templatetags.ui import tongue
from tongzhou.modules.duties.tests.family import UPPER, body, enforce, load, publish, roots

SignIn = Callable[[str], Client]
FIRST = f"{UPPER}@2020-01-29"


def chinese(given: dict[str, Any]) -> dict[str, Any]:
    """Return a library without any English."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items() if key != "en"}
        return [strip(each) for each in value] if isinstance(value, list) else value

    stripped: dict[str, Any] = strip(deepcopy(given))
    return stripped


@pytest.fixture
def library(world: World) -> int:
    """Put a notice that is in Chinese alone in force."""
    publish(FIRST, AT)
    made = load(chinese(body(FIRST)), AT)
    enforce(world, made, AT)
    return made


@pytest.mark.parametrize("path", ["/duties/{weekly}/", "/board/{weekly}/2020-02-03/", "/board/"])
def test_what_has_no_english_is_shown_in_chinese(
    world: World, sign_in: SignIn, library: int, path: str
) -> None:
    browser = sign_in("secretary")
    browser.cookies["django_language"] = "en"
    page = browser.get(path.format(**roots(library))).content.decode()
    assert '<html lang="en"' in page
    assert '<span lang="zh-CN">报告消毒情况' in page
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert "<span" not in title
    if "/2020" in path:
        assert '<span lang="zh-CN">消毒间数</span></label>' in page


def test_tongue_marks_chinese_for_readers_of_english_alone() -> None:
    with translation.override("en"):
        assert tongue("每日") == '<span lang="zh-CN">每日</span>'
        assert tongue("<每>") == '<span lang="zh-CN">&lt;每&gt;</span>'
        assert tongue("daily") == "daily"
        assert tongue(None) is None
    with translation.override("zh-hans"):
        assert tongue("每日") == "每日"
