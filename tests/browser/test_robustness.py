"""What happens to people: impatient clicks, lost connections, no script, no mouse, a colleague."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import cell, go, task
from tongzhou.config.demo.people import PASSWORD

Visit = Callable[..., Page]
TRAINING = "开展政策宣讲和防护培训"
REVIEW = "监督防控落实并督促整改"


def test_a_report_survives_leaving_the_page_and_losing_the_connection(visit: Visit) -> None:
    page = visit("mishuchu")
    task(page, TRAINING).locator(".tz-task__act").click()
    page.get_by_label("参加人数").fill("17")
    expect(page.locator("#draft")).to_contain_text("草稿已自动保存")

    # Gone and back: it is still there, and says where it comes from.
    go(page, "今天")
    task(page, TRAINING).get_by_role("link", name="接着填").click()
    expect(page.get_by_label("参加人数")).to_have_value("17")
    expect(page.locator(".tz-field", has=page.get_by_label("参加人数"))).to_contain_text("草稿")

    # Without a connection nothing is lost, and nothing pretends to be sent.
    page.context.set_offline(True)
    page.get_by_label("参加人数").fill("18")
    expect(page.locator("#draft")).to_contain_text("草稿还没有存上")
    _fill_training(page)
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page.locator("#draft")).to_contain_text("还没有报送")
    expect(page.get_by_label("参加人数")).to_have_value("18")

    # Connected again: the draft is saved by itself, and two quick clicks file one report.
    page.context.set_offline(False)
    expect(page.locator("#draft")).to_contain_text("草稿已自动保存")
    page.get_by_role("button", name="报送", exact=True).dblclick()
    expect(page.get_by_role("status", name="回执")).to_be_visible()
    expect(page.locator(".tz-lead")).to_contain_text("第 1 版")
    expect(page.locator(".tz-timeline > li")).to_have_count(1)

    # Back does not offer to send the same thing again as if nothing had happened.
    page.go_back()
    expect(page.get_by_text("这份报送还可以更正")).to_be_visible()
    expect(page.get_by_role("button", name="报送更正")).to_be_visible()


def _fill_training(page: Page) -> None:
    day = page.get_by_label("填报内容的日期").input_value()
    page.get_by_label("日期").first.fill(day)
    page.get_by_role("radio").first.check()


def test_a_double_click_without_script_files_one_report(visit: Visit) -> None:
    page = visit("faren", script=False)
    task(page, "措施覆盖全员和全部场所").locator(".tz-task__act").click()
    page.get_by_role("radio", name="是", exact=True).check()
    page.get_by_role("button", name="确认并报送").dblclick()
    expect(page.get_by_role("status", name="回执")).to_be_visible()
    expect(page.locator(".tz-lead")).to_contain_text("第 1 版")
    expect(page.locator(".tz-timeline > li")).to_have_count(1)


def test_the_essentials_work_without_script(visit: Visit) -> None:
    board = visit("jianshihui", script=False)
    title = REVIEW
    board.locator(".tz-task", has_text=title).locator(".tz-task__act").first.click()
    board.get_by_role("button", name="报送", exact=True).click()
    expect(board.locator("[data-errors]")).to_be_visible()
    day = board.get_by_label("填报内容的日期").input_value()
    board.locator("input[type=date]").first.fill(day)
    board.get_by_label("发现问题").fill("0")
    for words in board.locator("textarea").all():
        words.fill("抽查了值班和消毒记录，总体落实。")
    board.get_by_role("button", name="报送", exact=True).click()
    expect(board.get_by_role("status", name="回执")).to_be_visible()
    name = board.locator(".tz-lead").inner_text().split()[0]

    # The officer reviews it, then opens a district, a duty and a number by links alone.
    officer = visit("shiji", script=False)
    go(officer, "审核")
    officer.get_by_label("单位名称或代码").fill(name)
    officer.get_by_role("button", name="筛选").click()
    officer.locator("tbody tr", has_text=title).get_by_role("link", name=name).click()
    officer.locator("summary", has_text="退回补正").click()
    officer.get_by_role("button", name="退回", exact=True).click()
    expect(officer.locator("[data-errors]")).to_be_visible()
    officer.locator("details[open] textarea").fill("请写明抽查日期。")
    officer.get_by_role("button", name="退回", exact=True).click()
    expect(officer.locator(".tz-messages")).to_contain_text("已退回")
    go(officer, "进展")
    officer.locator("tbody").get_by_role("link", name="越秀区").click()
    officer.locator(".tz-tabs").get_by_role("link", name="任务", exact=True).click()
    row = officer.locator("tbody tr", has_text=title)
    number = cell(row, "returned").get_by_role("link")
    shown = number.inner_text()
    number.click()
    expect(officer.get_by_role("heading", level=1)).to_contain_text(f"{shown} 项")
    expect(officer.get_by_role("link", name=name)).to_be_visible()


def _tab_to(page: Page, css: str, limit: int = 80) -> None:
    """Press Tab until the focus is on an element that matches."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("css => document.activeElement.matches(css)", css):
            return
    pytest.fail(f"Tab never reached {css} on {page.url}")


def test_a_report_is_filed_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit()
    page.goto("/accounts/login/")
    page.keyboard.press("Tab")
    expect(page.locator(".tz-skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    _tab_to(page, "input[name=login]", 4)
    page.keyboard.type("dangzhibu")
    _tab_to(page, "input[name=password]", 2)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/board/")
    expect(page.get_by_role("heading", level=1)).to_have_text("今天该做什么")

    title = "纳入第一议题和三会一课"
    href = page.locator(".tz-task", has_text=title).locator(".tz-task__act").get_attribute("href")
    _tab_to(page, f'a.tz-task__act[href="{href}"]')
    page.keyboard.press("Enter")
    page.get_by_role("button", name="确认并报送").wait_for()
    _tab_to(page, "button[value=send]")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus cannot be seen"
    page.keyboard.press("Enter")
    expect(page.get_by_role("status", name="回执")).to_contain_text("算作完成")


def test_the_second_officer_is_told_who_decided(visit: Visit) -> None:
    first, second = visit("shiji"), visit("shiji")
    go(first, "审核")
    first.locator("tbody th a").last.click()
    expect(first.get_by_role("button", name=re.compile("^通过"))).to_be_visible()
    second.goto(first.url)
    first.get_by_role("button", name=re.compile("^通过")).click()
    expect(first.locator(".tz-messages")).to_contain_text("已通过")
    with second.expect_navigation() as answer:
        second.get_by_role("button", name=re.compile("^通过")).click()
    assert answer.value is not None
    assert answer.value.status == 409
    expect(second.locator("main")).to_contain_text("陈思远")
    expect(second.locator("main .tz-actions a").first).to_be_visible()


def test_language_and_type_size_are_remembered(visit: Visit) -> None:
    page = visit("mishuchu", width="phone")
    page.locator("button[name=size]").click()
    expect(page.locator("html")).to_have_attribute("data-type", "large")
    page.locator("button[name=language]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/history/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-type", "large")
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(over) <= 0
    page.locator("button[name=language]").click()
    page.locator("button[name=size]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("html")).not_to_have_attribute("data-type", "large")


def test_signing_out_closes_the_door(visit: Visit) -> None:
    page = visit("mishuchu")
    page.locator(".tz-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(lambda url: "/board/" not in url)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("今天该做什么")
    page.goto("/board/")
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=/board/"))


def test_a_session_that_ended_meanwhile_loses_nothing_on_the_screen(visit: Visit) -> None:
    page = visit("jianshihui")
    page.locator(".tz-task", has_text=REVIEW).locator(".tz-task__act").first.click()
    box = page.get_by_label("发现问题")
    page.context.clear_cookies(name="sessionid")
    box.fill("3")
    expect(page.locator("#draft")).to_contain_text("草稿还没有存上")
    expect(box).to_have_value("3")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
