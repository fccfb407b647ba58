"""Two officers make clauses and duties of a notice: with keys, with the mouse, without script."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.conftest import WIDTHS
from tests.browser.test_pages import RULES

Visit = Callable[..., Page]
NOTICE = """关于做好假期安全工作的通知（{mark}）
穗民函〔2023〕{number}号

各区民政局，各市级社会组织：
为做好假期安全工作，现通知如下：
一、加强值守
1.各社会组织要安排人员值班，每日16:00前向登记管理机关报告情况。
2.值班人员不得擅自离岗，确需离岗的要提前报告。
3.鼓励志愿服务组织参与值守。
二、及时报告
发生突发事件的，各社会组织要在24小时内报告登记管理机关。各社会组织可以使用本单位场所。

广州市民政局
2023年1月6日
"""


def load(page: Page, mark: str) -> str:
    """Load the notice by pasting it; return the address of its compilation."""
    page.goto("/directives/")
    page.get_by_role("link", name="装载文件").click()
    number = str(abs(hash((mark, datetime.now().timestamp()))) % 9_000 + 1_000)  # noqa: DTZ005
    page.get_by_label("或者粘贴正文").fill(NOTICE.format(mark=mark, number=number))
    page.get_by_role("button", name="读入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这是一份什么文件")
    expect(page.get_by_label("发文机关")).to_have_value("广州市民政局")
    return re.sub(r"head/$", "", page.url)


def card(page: Page, words: str) -> Locator:
    """Return the card of the duty drawn from words."""
    return page.locator(".tc-card", has=page.locator(".tc-quote", has_text=words))


def undecided(page: Page) -> int:
    """Return how many duties the steps say are left."""
    done, total = page.locator(".tc-steps [data-progress]").inner_text().split("/")
    return int(total) - int(done)


def test_enter_saves_a_duty_and_leaving_it_unsaved_asks_first(visit: Visit) -> None:
    page = visit("shiji")
    page.goto(load(page, "离开"))
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.keyboard.press("j")
    page.keyboard.press("e")
    title = page.get_by_label("任务名称")
    title.press("End")
    title.press_sequentially("（改）")
    page.get_by_role("link", name="改动记录").click()
    expect(title).to_have_value(re.compile("（改）$"))
    assert asked == ["beforeunload"]
    title.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("要谁做什么")
    expect(page.locator(".tc-card").first).to_contain_text("（改）")
    assert asked == ["beforeunload"]


def test_an_officer_works_through_the_duties(visit: Visit) -> None:
    page = visit("shiji")
    work = load(page, "编辑")
    page.get_by_role("button", name="保存，下一步：条款").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("条款怎么分")
    page.get_by_role("link", name="下一步：任务").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("要谁做什么")
    before = undecided(page)
    assert before >= 5

    # With the keyboard: help, the first card, reject it, and the next one is at hand.
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_hidden()
    page.keyboard.press("j")
    first = page.locator(".tc-card").first
    expect(first).to_have_class(re.compile("is-here"))
    page.keyboard.press("r")
    expect(first).to_have_class(re.compile("is-rejected"))
    expect(page.locator(".tc-card").nth(1)).to_be_focused()
    assert undecided(page) == before - 1
    expect(page.locator("#tc-done")).to_contain_text("1 项已处理")
    expect(page.locator(".tz-tabs li", has_text="待定").locator(".tz-count")).to_have_text(
        str(before - 1)
    )

    # What was done last is taken back, though the page was drawn before it.
    page.keyboard.press("a")
    expect(page.locator(".tc-card").nth(1)).to_have_class(re.compile("is-accepted"))
    page.keyboard.press("u")
    expect(page.locator(".tz-messages")).to_contain_text("已撤销")
    expect(page.locator(".tc-steps [data-progress]")).to_have_text(f"1/{before}")
    expect(page.locator(".tz-tabs li", has_text="不采纳").locator(".tz-count")).to_have_text("1")

    # A click in the source goes to its card; the mark shows what was decided.
    mark = page.locator(".tc-mark", has_text="不得擅自离岗").first
    mark.click()
    leave = card(page, "不得擅自离岗")
    expect(leave).to_have_class(re.compile("is-here"))

    # Edited as a whole: the card says so, and it is accepted.
    leave.get_by_role("link", name="修改", exact=True).first.click()
    page.get_by_label("任务名称").fill("值班不离岗")
    page.get_by_label("确认：点一下“已落实”").check()
    expect(page.get_by_role("heading", name="填写项")).to_be_visible()
    page.get_by_label("期限", exact=False).first.wait_for()
    page.get_by_label("报送一次约几分钟").fill("2")
    page.get_by_role("button", name="保存并采纳").click()
    done = page.locator(".tc-card", has_text="值班不离岗")
    expect(done).to_have_class(re.compile("is-accepted"))

    # Split where the second demand begins, and taken back.
    page.goto(f"{work}?show=all")
    both = card(page, "安排人员值班")
    total = page.locator(".tc-card").count()
    both.locator("summary", has_text="更多").click()
    both.get_by_role("link", name="拆成两项").click()
    page.locator(".tc-place").first.click()
    page.get_by_role("button", name="拆开").click()
    page.goto(f"{work}?show=all")
    assert page.locator(".tc-card").count() == total + 1
    page.get_by_role("button", name=re.compile("^撤销")).click()
    expect(page.locator(".tz-messages")).to_contain_text("已撤销")
    assert page.locator(".tc-card").count() == total
    page.get_by_role("button", name="重做").click()
    expect(page.locator(".tc-card")).to_have_count(total + 1)

    # Every change is in the journal.
    page.get_by_role("link", name="改动记录").click()
    for words in ("不采纳任务", "修改任务", "拆分任务", "撤销第"):
        expect(page.locator(".tc-journal")).to_contain_text(words)


def test_words_selected_in_the_source_become_a_duty(visit: Visit) -> None:
    page = visit("shiji")
    work = load(page, "选字")
    page.goto(f"{work}?show=all")
    before = page.locator(".tc-card").count()
    place = page.locator("[data-sheet]")
    place.evaluate(
        """sheet => {
          const walker = document.createTreeWalker(sheet, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.textContent.indexOf("做好假期安全工作，现通知");
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + 8);
            const selection = window.getSelection();
            selection.removeAllRanges();
            selection.addRange(range);
            return;
          }
          throw new Error("not found");
        }"""
    )
    page.get_by_role("toolbar").get_by_role("button", name="由此新增任务").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("修改任务")
    expect(page.locator(".tc-origin .tc-quote")).to_have_text("做好假期安全工作")
    page.goto(f"{work}?show=all")
    assert page.locator(".tc-card").count() == before + 1


def test_two_people_lose_nothing(visit: Visit) -> None:
    one, other = visit("shiji"), visit("shiji")
    work = load(one, "两人")
    for page in (one, other):
        page.goto(work)
        card(page, "24小时内报告").get_by_role("link", name="修改", exact=True).first.click()
    one.get_by_label("怎么做").fill("一有突发事件，一天之内打电话报告。")
    one.get_by_role("button", name="只保存").click()
    expect(one.locator(".tz-messages")).to_contain_text("任务已保存")
    other.get_by_label("怎么做").fill("突发事件当天报告。")
    other.get_by_role("button", name="只保存").click()

    # The second sees both sides, and what was typed is still there.
    both = other.locator(".tc-compared")
    expect(both).to_contain_text("一有突发事件，一天之内打电话报告。")
    expect(both).to_contain_text("突发事件当天报告。")
    expect(other.get_by_label("怎么做")).to_have_value("突发事件当天报告。")
    other.get_by_role("button", name="只保存").click()
    expect(other.locator(".tz-messages")).to_contain_text("任务已保存")

    # Different duties never get in each other's way; the same one is told in its card.
    for page in (one, other):
        page.goto(f"{work}?show=all")
    card(one, "鼓励志愿服务组织").get_by_role("button", name="不采纳").click()
    expect(card(one, "鼓励志愿服务组织")).to_have_class(re.compile("is-rejected"))
    card(other, "使用本单位场所").get_by_role("button", name="不采纳").click()
    expect(card(other, "使用本单位场所")).to_have_class(re.compile("is-rejected"))
    card(other, "鼓励志愿服务组织").get_by_role("button", name="采纳", exact=True).click()
    expect(card(other, "鼓励志愿服务组织").get_by_role("alert")).to_contain_text("改过这一项")
    expect(card(other, "鼓励志愿服务组织")).to_have_class(re.compile("is-rejected"))


def test_everything_goes_without_script(visit: Visit) -> None:
    page = visit("shiji", script=False)
    work = load(page, "无脚本")
    page.goto(work)
    before = undecided(page)
    leave = card(page, "不得擅自离岗")
    key = leave.get_attribute("data-duty")
    leave.get_by_role("button", name="不采纳").click()
    assert undecided(page) == before - 1
    assert re.search(r"show=undecided&at=\d+#d\d+$", page.url)
    page.get_by_role("navigation", name="筛选任务").get_by_role("link", name="不采纳").click()
    expect(page.locator(f"#d{key}")).to_be_visible()
    page.locator(".tc-words summary").click()
    page.get_by_label("原文里的文字").fill("参与值守")
    page.get_by_role("button", name="由此新增任务").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("修改任务")
    expect(page.get_by_label("天数")).to_be_visible()
    page.goto(f"{work}clauses/")
    node = page.locator(".tc-node", has_text="值班人员不得擅自离岗")
    node.get_by_role("button", name=re.compile("并入上一条$")).click()
    expect(page.locator(".tc-node", has_text="各社会组织要安排人员值班")).to_contain_text(
        "2.值班人员不得擅自离岗"
    )
    page.get_by_role("button", name=re.compile("^撤销")).click()
    expect(page.locator(".tc-node", has_text="值班人员不得擅自离岗")).to_have_count(1)


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_is_accessible(visit: Visit, width: str) -> None:
    page = visit("shiji", width=width)
    complaints: list[str] = []
    page.on("console", lambda each: complaints.append(each.text) if each.type == "error" else None)
    work = load(page, width)
    page.goto(f"{work}?show=all")
    key = page.locator(".tc-card").first.get_attribute("data-duty")
    page.goto(f"{work}clauses/")
    node = page.locator(".tc-node").nth(1).get_attribute("id")
    assert node is not None
    for part in (
        "", "?show=accepted", "?pane=source", "clauses/", "head/", "scope/", "groups/", "changes/",
        "sure/", "discard/", f"duties/{key}/", f"duties/{key}/split/", f"duties/{key}/reject/",
        f"clauses/{node[1:]}/",
    ):  # fmt: skip
        answer = page.goto(f"{work}{part}")
        assert answer is not None
        assert answer.status == 200, part
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, part
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        told = [(each["id"], [node["target"] for node in each["nodes"][:3]]) for each in found]
        assert not told, (part, told)
    assert not complaints, complaints
    if width == "phone":
        # One side at a time: the source, or the duties.
        page.goto(work)
        expect(page.locator(".tc-source")).to_be_hidden()
        first = page.locator(".tc-card").first
        first.locator("summary", has_text="更多").click()
        first.get_by_role("link", name="看原文").click()
        expect(page.locator(".tc-source")).to_be_visible()
        page.get_by_role("link", name="任务", exact=True).last.click()
        expect(page.locator(".tc-work")).to_be_visible()
