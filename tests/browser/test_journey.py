"""The journey: a response level becomes a duty, the duty a report, the report a figure."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.reading import (
    attachment,
    cell,
    figure_row,
    figures_of,
    go,
    set_level,
    task,
)

DUTY = "完善工作方案和应急预案"
DISTRICT = "越秀区"
REASON = "附件缺少应急联系人和电话，请补充后重新报送。"


def test_from_a_response_level_to_the_figure_and_back_to_the_record(
    visit: Callable[..., Page],
) -> None:
    """Follow one duty of one organisation from the level that calls for it to both figures."""
    officer, secretariat, province = visit("shiji"), visit("mishuchu"), visit("shengji")
    name = secretariat.locator(".tz-lead").inner_text().split()[0]

    # The response has ended in the district: nothing is owed there.
    set_level(
        officer, region=DISTRICT, level="响应终止", decider="广州市越秀区人民政府", hours_ago=1
    )
    go(secretariat, "今天")
    expect(task(secretariat, DUTY)).to_have_count(0)
    city_before, province_before = figures_of(officer, DUTY), figures_of(province, DUTY)

    # The officer sets a level, after seeing what it would change: the duty is owed again.
    set_level(officer, region=DISTRICT, level="一级响应", decider="广州市越秀区人民政府")
    go(secretariat, "今天")
    expect(task(secretariat, DUTY)).to_be_visible()
    expect(secretariat.locator(".tz-ribbon")).to_contain_text("一级响应")
    city_owed, province_owed = figures_of(officer, DUTY), figures_of(province, DUTY)
    assert city_owed.since(city_before)["owed"] > 0
    assert province_owed.since(province_before) == city_owed.since(city_before)

    # The secretariat files with an attachment; it waits for review and counts as reported.
    task(secretariat, DUTY).get_by_role("link", name="去填报").click()
    secretariat.get_by_label("最近修订日期").fill(
        secretariat.get_by_label("填报内容的日期").input_value()
    )
    secretariat.get_by_label("附件").set_input_files(attachment("应急预案.pdf"))
    secretariat.get_by_role("button", name="报送", exact=True).click()
    expect(secretariat.get_by_role("status", name="回执")).to_contain_text("等待登记管理机关审核")
    expect(secretariat.get_by_role("link", name="应急预案.pdf")).to_be_visible()
    city_filed = figures_of(officer, DUTY)
    assert city_filed.since(city_owed) == {"done": 1, "submitted": 1, "silent": -1}

    # The officer finds it in the queue and returns it with a reason.
    _open_from_queue(officer, name)
    officer.locator("summary", has_text="退回补正").click()
    officer.locator("details[open] textarea").fill(REASON)
    officer.get_by_role("button", name="退回", exact=True).click()
    expect(officer.locator(".tz-messages")).to_contain_text(f"已退回：{name}")
    city_returned = figures_of(officer, DUTY)
    assert city_returned.since(city_filed) == {"done": -1, "submitted": -1, "returned": 1}

    # The secretariat reads the reason where it looks first, mends and reports again.
    go(secretariat, "今天")
    expect(task(secretariat, DUTY)).to_contain_text(REASON)
    task(secretariat, DUTY).get_by_role("link", name="补正").click()
    expect(secretariat.get_by_text(REASON)).to_be_visible()
    secretariat.get_by_label("附件", exact=True).set_input_files(attachment("应急联系人.pdf"))
    secretariat.get_by_role("button", name="重新报送").click()
    expect(secretariat.get_by_role("status", name="回执")).to_be_visible()
    expect(secretariat.get_by_role("heading", name="改了什么")).to_be_visible()

    # The officer sees the second version and accepts it.
    _open_from_queue(officer, name)
    expect(officer.locator(".tz-lead")).to_contain_text("第 2 版")
    officer.get_by_role("button", name=re.compile("^通过")).click()
    expect(officer.locator(".tz-messages")).to_contain_text(f"已通过：{name}")

    # Both figures have moved by this one report, and add up.
    city, whole = figures_of(officer, DUTY), figures_of(province, DUTY)
    assert city.since(city_owed) == {"done": 1, "accepted": 1, "silent": -1}
    assert whole.since(province_owed) == {"done": 1, "accepted": 1, "silent": -1}
    assert city.is_whole()
    assert whole.is_whole()

    # The number opens the list with that organisation in it, from the province as well.
    for reader, total in ((officer, city.accepted), (province, whole.accepted)):
        cell(figure_row(reader, DUTY), "accepted").get_by_role("link").click()
        expect(reader.get_by_role("heading", level=1)).to_contain_text(f"{total} 项")
        reader.get_by_label("名称或代码").fill(name)
        reader.get_by_label("名称或代码").press("Enter")
        expect(reader.get_by_role("heading", level=1)).to_contain_text("1 项")
        row = reader.locator("tbody tr", has=reader.get_by_role("link", name=name))
        expect(row).to_have_count(1)
        expect(row).to_contain_text(DUTY)

    # From the list to the record, and to the organisation and the record from there.
    row = officer.locator("tbody tr", has=officer.get_by_role("link", name=name))
    row.get_by_role("link", name="已通过").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text(DUTY)
    expect(officer.get_by_role("link", name="应急联系人.pdf")).to_be_visible()
    expect(officer.locator(".tz-timeline")).to_contain_text(REASON)
    officer.go_back()
    row.get_by_role("link", name=name).click()
    expect(officer.get_by_role("heading", level=1)).to_have_text(name)


def _open_from_queue(officer: Page, name: str) -> None:
    go(officer, "审核")
    officer.get_by_label("单位名称或代码").fill(name)
    officer.get_by_role("button", name="筛选").click()
    found = officer.locator("tbody tr", has_text=DUTY).get_by_role("link", name=name)
    found.click()
    expect(officer.get_by_role("heading", level=1)).to_have_text(DUTY)
