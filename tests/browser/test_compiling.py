"""The journey of a document: from a Word file nobody has seen to duties, and to its amendment."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.notice import AMENDED, TEXT, TITLE, WORD, word_file
from tests.browser.reading import figures_of, go, rail, task

Visit = Callable[..., Page]
CONTACT = "明确一名负责人牵头健康防护工作"
AIRING = "每日对办公场所通风消毒"
AIRED = "每日对办公场所开窗通风、消毒"  # what the amendment makes of it
TESTING = "每日16:00前报告异常情况"
CHECKS = "每周五前将抽查情况报市民政局"
WATCH = "落实24小时值班制度"
SUPPLIES = "可以向所在地街道申请领取防护物资"
NOTICE_AHEAD = "室内活动提前报告"
FIRE = "每周组织一次消防安全自查"
NAME = "负责人牵头，已经明确到人。"
REASON = "第 2.1 条请写明记录保存多久。"


def _card(page: Page, title: str) -> Locator:
    return page.locator(".tc-card", has=page.get_by_role("heading", name=title, exact=True))


def _button(place: Locator | Page, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def _state(card: Locator, words: str) -> None:
    expect(card.locator(".tc-card__chips")).to_contain_text(words)


def _step(page: Page, label: str) -> None:
    page.locator(".tc-steps a", has=page.get_by_text(label, exact=True)).click()


def _upload(page: Page, text: str, name: str) -> None:
    """Give a Word file; the page with what was recognised follows."""
    page.get_by_label("上传文件").set_input_files(word_file(text, name))
    _button(page, "读入").click()
    expect(page.get_by_role("heading", name="这是一份什么文件")).to_be_visible()


def _edit(page: Page, title: str) -> None:
    _card(page, title).locator("[data-edit]").click()
    expect(page.get_by_label("任务名称")).to_have_value(title)


def _save(page: Page) -> None:
    _button(page, "保存并采纳").click()
    expect(page.locator(".tz-messages")).to_contain_text("任务已保存")


def _submit(page: Page) -> None:
    """Hand over for signature, with an impatient click."""
    _step(page, "送审")
    _button(page, "送审").dblclick()
    expect(page.get_by_role("heading", name="等待签发")).to_be_visible()


def _open_waiting(leader: Page) -> None:
    """Find what waits for signature: the navigation counts it, the list leads to it."""
    leader.goto("/")
    expect(rail(leader, "任务分解").locator(".tz-count")).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(leader.locator(".tz-stat", has_text="等我签发")).to_be_visible()
    go(leader, "任务分解")
    leader.get_by_role("link", name=re.compile("^待签发")).click()
    leader.get_by_role("link", name=TITLE).click()


def _send_back(leader: Page, officer: Page) -> None:
    """Return a document with the reason; the officer finds it and hands it in again."""
    _open_waiting(leader)
    leader.get_by_label("理由").fill(REASON)
    _button(leader, "退回修改").dblclick()
    expect(leader.locator(".tz-messages")).to_contain_text("已退回修改")
    officer.goto("/")
    officer.get_by_role("link", name=re.compile("退回我修改")).click()
    row = officer.get_by_role("row", name=TITLE)
    expect(row).to_contain_text("已退回")
    row.get_by_role("link", name=TITLE).click()
    expect(officer.get_by_text(REASON)).to_be_visible()
    _submit(officer)


def _sign(leader: Page) -> None:
    """Sign what waits for signature, with an impatient click."""
    _open_waiting(leader)
    expect(leader.get_by_text("送审以后，涉及的范围和数字没有变化。")).to_be_visible()
    leader.get_by_label("我核对过条款、任务和涉及的范围").check()
    _button(leader, "签发").dblclick()
    expect(leader.get_by_role("heading", name="已经签发", exact=True)).to_be_visible()


def test_from_an_unknown_file_to_duties_and_to_its_amendment(visit: Visit) -> None:
    """Compile a notice, sign it, work by it, amend it: nothing done by then is lost."""
    officer, leader = visit("shiji"), visit("shilingdao")
    secretariat, public = visit("mishuchu"), visit()

    _read_in(officer)
    _decide(officer)
    _preview(officer)
    _submit(officer)
    _nobody_is_addressed(secretariat, public)

    # Who drafted does not sign, and is told by which rule; no button tempts them.
    _step(officer, "签发")
    expect(officer.get_by_text("您不能签发这一份")).to_be_visible()
    expect(officer.get_by_text("拟稿、修改、送审的人不能自己签发")).to_contain_text(
        "公文处理工作条例"
    )
    expect(_button(officer, "签发")).to_have_count(0)

    _send_back(leader, officer)
    _sign(leader)
    # Back does not offer to sign once more.
    leader.go_back()
    expect(leader.get_by_role("heading", name="已经签发", exact=True)).to_be_visible()
    expect(_button(leader, "签发")).to_have_count(0)

    _work(secretariat, officer, public)
    leader.get_by_role("link", name="读文件").click()
    expect(leader.get_by_role("heading", level=1)).to_have_text(TITLE)
    _exports(leader)

    _amend(officer)
    _submit(officer)
    _sign(leader)
    _after_amendment(leader, secretariat, officer)
    _read_in_public(public)


def _read_in(officer: Page) -> None:
    """Upload the file: head, clauses and proposals are recognised."""
    go(officer, "任务分解")
    officer.get_by_role("link", name="装载文件").first.click()
    _upload(officer, TEXT, "冬春季通知.docx")
    expect(officer.get_by_label("标题")).to_have_value(TITLE)
    expect(officer.get_by_label("文号")).to_have_value("穗民〔2026〕37号")
    expect(officer.get_by_label("发文机关")).to_have_value("广州市民政局")
    expect(officer.get_by_label("成文日期")).to_have_value("2026-01-12")
    expect(officer.get_by_label("主送")).to_have_value("各区民政局\n各市级社会组织")
    expect(officer.get_by_label("文件地址")).to_have_value("cn/gd-gz/2026/37@2026-01-12")
    _button(officer, "保存，下一步：条款").click()
    tree = officer.locator(".tc-tree")
    for address in ("1.1", "2.3", "3.2", "4.2"):
        expect(
            tree.get_by_role("link", name=f"看第 {address} 条的原文", exact=True)
        ).to_be_visible()
    officer.get_by_role("link", name="下一步：任务").click()
    expect(officer.locator("#tc-done")).to_have_text("9 项中 0 项已处理")
    expect(_card(officer, CONTACT)).to_contain_text("3 个工作日内")
    expect(_card(officer, AIRING)).to_contain_text("每日")
    expect(_card(officer, CHECKS)).to_contain_text("登记管理机关")
    # A mark in the source leads to its card; what is not decided is told before anything is sent.
    expect(officer.locator("mark", has_text="开展体温检测")).to_be_visible()
    _step(officer, "送审")
    expect(officer.get_by_text("还有 9 项任务没有决定采纳还是不采纳。")).to_be_visible()
    expect(_button(officer, "送审")).to_have_count(0)
    _step(officer, "任务")


def _decide(officer: Page) -> None:
    """Correct, reject, undo, answer, accept."""
    # When it is due, and to whom it is put.
    _edit(officer, AIRING)
    officer.get_by_label("几点").fill("23:59")
    _save(officer)
    expect(_card(officer, AIRING)).to_contain_text("每日 · 23:59 前")
    _edit(officer, TESTING)
    groups = officer.get_by_role("group", name="哪些社会组织")
    for group in groups.get_by_role("checkbox").all():
        group.uncheck()
    for name in ("养老机构", "托育机构"):
        groups.get_by_label(name, exact=True).check()
    _save(officer)
    expect(_card(officer, TESTING)).to_contain_text("养老机构、托育机构")
    # How often, and how it is shown.
    _edit(officer, WATCH)
    officer.get_by_role("combobox", name=re.compile("^频次")).select_option(label="每周")
    officer.get_by_role("combobox", name=re.compile("^期限")).select_option(label="几天内")
    officer.get_by_label("天数").fill("1")
    officer.get_by_role("radio", name=re.compile("^确认")).check()
    officer.get_by_label("报送一次约几分钟").fill("1")
    _save(officer)
    _state(_card(officer, WATCH), "已采纳")

    # What it is called: the words that the parser found say only when it holds.
    officer.locator(".tc-card", has_text="提前5个工作日").locator("[data-edit]").click()
    officer.get_by_label("任务名称").fill(NOTICE_AHEAD)
    _save(officer)

    # Rejected, undone, and there again; then rejected for good, with the reason for it.
    refused = _card(officer, SUPPLIES)
    _button(refused, "不采纳").click()
    _state(refused, "不采纳")
    officer.reload()
    officer.locator("#tc-undo").get_by_role("button").click()
    expect(officer.locator(".tz-messages")).to_contain_text("已撤销")
    _state(refused, "待定")
    refused.locator("summary", has_text="更多").click()
    refused.get_by_role("link", name="写明理由，不采纳").click()
    officer.get_by_label("理由").fill("只是告知，不需要谁报送。")
    _button(officer, "不采纳").click()

    # What is sure goes together, what asks is answered, the rest one by one.
    _step(officer, "任务")
    officer.get_by_role("link", name=re.compile("^采纳有把握的")).click()
    officer.get_by_role("button", name=re.compile("^采纳这")).click()
    expect(officer.locator(".tz-messages")).to_contain_text("一次采纳了")
    _state(_card(officer, CHECKS), "待定")
    _button(_card(officer, CHECKS), "采纳").click()
    expect(_card(officer, CHECKS).get_by_role("alert")).to_contain_text("问题没有回答")
    _button(_card(officer, CHECKS), "就按这样").click()
    expect(_card(officer, CHECKS).locator(".tc-question")).to_have_count(0)
    while (left := officer.locator(".tc-card.is-proposed")).count():
        number = left.count()
        _button(left.first, "采纳").click()
        expect(left).to_have_count(number - 1)
    officer.reload()
    expect(officer.locator("#tc-done")).to_have_text("9 项中 9 项已处理")

    _step(officer, "范围与施行")
    response = officer.get_by_label("所属应急响应")
    response.select_option(index=1)
    officer.get_by_role("radio", name=re.compile("^由这里的登记管理机关登记")).check()
    _button(officer, "保存").click()


def _preview(officer: Page) -> None:
    """See whom it reaches and what it costs before it is handed on."""
    _step(officer, "预览")
    expect(officer.get_by_text(re.compile("还有 .* 处要改"))).to_have_count(0)
    expect(officer.locator(".tp-act")).to_contain_text("11 个登记管理机关从签发时起收到 8 项任务")
    for label in ("社会组织", "登记管理机关", "现在就要办", "最多每周填报"):
        value = officer.locator(".tz-stat", has_text=label).first
        expect(value).to_contain_text(re.compile(r"[1-9]\d*"))
    expect(officer.get_by_role("heading", name="要花多少时间填报")).to_be_visible()
    row = officer.get_by_role("table", name="逐项任务").get_by_role("row", name=TESTING)
    reached = row.locator('td[data-label="社会组织"]').get_by_role("link")
    shown = re.sub(r"\D.*", "", reached.inner_text(), flags=re.DOTALL)
    reached.click()
    expect(officer.locator("tbody tr")).to_have_count(min(int(shown), 50))
    officer.go_back()


def _nobody_is_addressed(secretariat: Page, public: Page) -> None:
    """Nothing is asked of anybody before it is signed, and nobody reads it."""
    go(secretariat, "今天")
    expect(secretariat.locator(".tz-task").first).to_be_visible()
    for title in (AIRING, CONTACT, WATCH):
        expect(secretariat.get_by_role("heading", name=title)).to_have_count(0)
    public.goto("/directives/")
    expect(public.get_by_role("heading", level=1)).to_be_visible()
    expect(public.get_by_role("link", name=TITLE)).to_have_count(0)
    public.goto("/search/?q=体温检测")
    expect(public.get_by_text("养老、托育等服务机构")).to_have_count(0)


def _work(secretariat: Page, officer: Page, public: Page) -> None:
    """Find what was signed on the board, in the figures and before the public; report once."""
    go(secretariat, "今天")
    expect(task(secretariat, CONTACT)).to_be_visible()
    expect(secretariat.locator(".tz-task", has_text=AIRING).first).to_contain_text("23:59")
    expect(secretariat.locator(".tz-task", has_text=WATCH).first).to_be_visible()
    expect(secretariat.locator(".tz-task", has_text=TESTING)).to_have_count(0)
    before = figures_of(officer, CONTACT)
    assert before.owed > 0
    assert before.is_whole()

    task(secretariat, CONTACT).get_by_role("link", name="去填报").click()
    secretariat.get_by_label("情况").fill(NAME)
    _button(secretariat, "报送").click()
    expect(secretariat.get_by_role("status", name="回执")).to_be_visible()
    assert figures_of(officer, CONTACT).since(before) == {"done": 1, "submitted": 1, "silent": -1}
    go(officer, "今天")
    expect(officer.locator("main")).to_contain_text(TITLE)

    public.goto("/public/")
    expect(public.locator("main")).to_contain_text(TITLE)
    public.goto("/directives/")
    public.get_by_role("link", name=TITLE).click()
    expect(public.locator(".tz-reading__head")).to_contain_text("穗民〔2026〕37号")
    expect(public.get_by_text("确需举办室内活动的").first).to_be_visible()


def _exports(page: Page) -> None:
    """Take the document away in every form that is offered."""
    wanted = {
        "docx": (WORD, b"PK\x03\x04"),
        "pdf": ("application/pdf", b"%PDF-"),
        "akn": ("application/akn+xml", b"<?xml"),
        "oscal": ("application/oscal+json", b"{"),
        "json": ("application/json", b"{"),
    }
    page.locator("summary", has_text="导出").click()
    for name, (kind, begin) in wanted.items():
        with (
            page.expect_response(re.compile(f"/export/{name}$")) as answer,
            page.expect_download() as got,
        ):
            page.locator(f'a[href$="/export/{name}"]').click()
        assert answer.value.headers["content-type"].startswith(kind)
        body = Path(got.value.path()).read_bytes()
        assert body.startswith(begin), name
        assert len(body) > 2000, name
        if begin != b"PK\x03\x04" and name != "pdf":
            assert "确需举办室内活动的" in body.decode()


def _amend(officer: Page) -> None:
    """Load the amended text: what is unchanged goes on by itself, the rest is asked."""
    go(officer, "文件")
    officer.get_by_role("link", name=TITLE).click()
    officer.get_by_role("link", name="装载修订文本").click()
    expect(officer.get_by_role("link", name=TITLE)).to_be_visible()
    _upload(officer, AMENDED, "修订文本.docx")
    expect(officer.get_by_label("文件地址")).to_have_value("cn/gd-gz/2026/37@2026-02-03")
    _step(officer, "任务")
    officer.locator(".tz-tabs").get_by_role("link", name=re.compile("^全部")).click()
    for title in (CHECKS, TESTING, NOTICE_AHEAD):
        _state(_card(officer, title), "沿用原任务")
        _state(_card(officer, title), "已采纳")
    # The new deadline is the text's; the time that the officer had chosen is still there.
    expect(_card(officer, CONTACT)).to_contain_text("1 个工作日内")
    expect(_card(officer, AIRED)).to_contain_text("23:59 前")
    expect(_card(officer, AIRED).locator(".tc-question")).to_contain_text("条文有改动")
    for title in (CONTACT, AIRED):
        _button(_card(officer, title), "沿用").click()
        _state(_card(officer, title), "已采纳")
    gone = _card(officer, WATCH)
    expect(gone.locator(".tc-question")).to_contain_text("原条文已删去")
    _button(gone, "不再要求").click()
    _state(gone, "不采纳")
    _button(_card(officer, FIRE), "采纳").click()
    _state(_card(officer, FIRE), "已采纳")
    _step(officer, "预览")
    expect(officer.locator(".tp-act")).to_contain_text("沿用 7 项任务，新增 1 项，不再要求 1 项")
    row = officer.get_by_role("table", name="逐项任务").get_by_role("row", name=CONTACT)
    expect(row).to_contain_text("已报 1，沿用")


def _after_amendment(leader: Page, secretariat: Page, officer: Page) -> None:
    """See that work keeps counting where its duty goes on, and that what is gone is not asked."""
    leader.get_by_role("link", name="看改了什么").click()
    fates = leader.get_by_role("table", name="任务怎么变")
    expect(fates.get_by_role("row", name=CONTACT)).to_contain_text("沿用")
    expect(fates.get_by_role("row", name=CONTACT)).to_contain_text("期限")
    expect(fates.get_by_role("row", name=CONTACT)).to_contain_text("已报 1 份，沿用")
    expect(fates.get_by_role("row", name=FIRE)).to_contain_text("新增")
    expect(fates.get_by_role("row", name=WATCH)).to_contain_text("不再要求")
    diff = leader.locator(".tz-diff")
    expect(diff.locator("ins", has_text="开窗")).to_be_visible()
    expect(diff.locator("del", has_text="落实24小时值班制度")).to_be_visible()
    expect(diff.locator("ins", has_text="消防安全自查")).to_be_visible()

    go(secretariat, "今天")
    expect(secretariat.locator(".tz-task", has_text=FIRE).first).to_be_visible()
    expect(secretariat.locator(".tz-task", has_text=AIRED).first).to_contain_text("23:59")
    for title in (WATCH, CONTACT):
        expect(secretariat.locator(".tz-task", has_text=title)).to_have_count(0)
    secretariat.locator(".tz-tabs").get_by_role("link", name=re.compile("^已办")).click()
    done = secretariat.locator(".tz-task", has_text=CONTACT)
    expect(done).to_contain_text("待审核")
    now = figures_of(officer, CONTACT)
    assert (now.done, now.submitted) == (1, 1)
    assert now.is_whole()


def _read_in_public(public: Page) -> None:
    """Anybody finds the new words, in the text that holds; the old one says that it does not."""
    public.goto("/search/?q=消防")
    found = public.locator("main")
    expect(found).to_contain_text("各社会组织要每周组织一次消防安全自查")
    expect(found).to_contain_text(TITLE)
    public.goto("/directives/")
    public.get_by_role("link", name=TITLE).last.click()
    expect(public.get_by_text("这不是现行文本")).to_be_visible()
    public.get_by_role("link", name="看现行文本").click()
    expect(public.locator(".tz-clause__text", has_text="开窗通风")).to_be_visible()
