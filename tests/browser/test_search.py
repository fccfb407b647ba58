"""Find a clause from anywhere, open it where it stands, ask a question: desk, phone, no script."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Visit = Callable[..., Page]


def test_words_are_found_from_any_page_and_marked_in_the_document(visit: Visit) -> None:
    page = visit("mishuchu")
    page.goto("/directives/")
    box = page.get_by_role("searchbox", name="查条款和任务")
    box.fill("消毒")
    box.press("Enter")
    expect(page.locator(".sr-hit mark").first).to_have_text("消毒")
    page.get_by_role("link", name="第 3.8 条").click()
    expect(page.locator("[id='3.8'] mark")).to_have_text("消毒")
    assert page.url.endswith("#3.8")


def test_a_result_is_narrowed_in_place_and_its_address_can_be_kept(visit: Visit) -> None:
    page = visit()
    page.goto("/search/")
    page.get_by_label("词句、文号").fill("社会组织")
    page.get_by_text("更多条件").click()
    page.get_by_label("约束力").select_option("MUST_NOT")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(".sr-hit").first).to_be_visible()
    expect(page.locator(".tz-chip")).to_contain_text("不得")
    page.wait_for_url("**/search/?q=*&strength=MUST_NOT")
    hits = page.locator(".sr-hit").count()
    page.goto(page.url)
    expect(page.locator(".sr-hit")).to_have_count(hits)
    expect(page.locator(".sr-duties .tz-strength").first).to_contain_text("不得")


@pytest.mark.parametrize(("width", "script"), [("desk", True), ("phone", True), ("desk", False)])
def test_a_question_is_answered_with_the_sentence_of_the_document(
    visit: Visit, width: str, script: bool
) -> None:
    page = visit(width=width, script=script)
    page.goto("/search/")
    page.get_by_role("link", name="问一句").click()
    page.get_by_label("您的问题").fill("养老机构能不能组织聚餐")
    page.get_by_label("您的问题").press("Enter")
    expect(page.locator(".sr-says").first).to_contain_text("尽量取消或者推迟")
    expect(page.get_by_role("status")).to_contain_text("找到")
    expect(page.locator(".sr-hit").first).to_contain_text("施行中")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    if script:
        assert page.evaluate(wide) == 0
        assert Axe().run(page).response["violations"] == []
    page.get_by_label("您的问题").fill("会费什么时候缴纳")
    page.get_by_label("您的问题").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("没有找到直接规定")
