"""What somebody ordered from a long list: found again, fetched, ordered once more, removed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
NAME = "社会组织名册快照"


def test_a_snapshot_is_found_again_fetched_and_removed(visit: Visit) -> None:
    page = visit("shiji")
    page.goto("/organisations/")
    page.get_by_role("link", name="名册快照").click()
    page.get_by_role("button", name="开始整理").click()
    expect(page.get_by_role("link", name="下载结果")).to_be_visible()

    # Somewhere else, later: the account menu leads to it.
    page.goto("/review/")
    page.locator(".tz-menu summary").last.click()
    page.locator(".tz-menu__sheet").get_by_role("link", name="后台作业").click()
    row = page.locator("tr", has=page.get_by_role("link", name=NAME, exact=True))
    expect(row).to_contain_text("前可以下载")
    with page.expect_download() as fetched:
        row.get_by_role("link", name="下载").click()
    assert fetched.value.suggested_filename.startswith(NAME)

    # A colleague sees nothing of it.
    colleague = visit("chuangkou")
    colleague.goto("/jobs/")
    expect(colleague.get_by_text("还没有后台作业")).to_be_visible()

    # Ordered once more, the list follows the job by itself.
    row.get_by_role("button", name="重新办理").click()
    rows = page.locator("tr", has_text=NAME)
    expect(rows).to_have_count(2)
    expect(rows.first.get_by_role("link", name="下载")).to_be_visible()

    # On a phone without script both are removed, with their files.
    plain = visit("shiji", width="phone", script=False)
    for left in (1, 0):
        plain.goto("/jobs/")
        rows = plain.locator("tr", has_text=NAME)
        rows.first.get_by_role("button", name="移除").click()
        expect(plain.get_by_text("已移除，文件也一并清除。")).to_be_visible()
        expect(rows).to_have_count(left)
