"""Read and use pages as their readers do: by labels and headings, never by position."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from playwright.sync_api import FilePayload, Locator, Page

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
MOMENT = "%Y-%m-%dT%H:%M"


def attachment(name: str) -> FilePayload:
    """Return a small PDF as a file field takes it."""
    return {"name": name, "mimeType": "application/pdf", "buffer": PDF}


@dataclass(frozen=True)
class Counts:
    """One row of a table of figures."""

    owed: int
    done: int
    accepted: int
    submitted: int
    returned: int
    silent: int
    overdue: int

    def since(self, before: "Counts") -> dict[str, int]:
        """Return what changed since an earlier reading, by how much."""
        now, then = asdict(self), asdict(before)
        return {name: now[name] - then[name] for name in now if now[name] != then[name]}

    def is_whole(self) -> bool:
        """Tell whether the parts add up: owed = done + returned + silent."""
        return (
            self.owed == self.done + self.returned + self.silent
            and self.done == self.accepted + self.submitted
        )


COLUMNS = {
    "owed": "应报",
    "done": "已报",
    "accepted": "已通过",
    "submitted": "待审核",
    "returned": "已退回",
    "silent": "未报",
    "overdue": "逾期",
}


def go(page: Page, entry: str) -> None:
    """Follow an entry of the side navigation, whatever waits there."""
    rail(page, entry).click()


def rail(page: Page, entry: str) -> Locator:
    """Return an entry of the side navigation."""
    return page.locator(".tz-rail a", has=page.get_by_text(entry, exact=True))


def cell(row: Locator, measure: str) -> Locator:
    """Return the cell of a figure in a row."""
    return row.locator(f'td[data-label="{COLUMNS[measure]}"]')


def figure_row(page: Page, title: str) -> Locator:
    """Return the row of a table of figures with this heading."""
    return page.locator("table.tz-drill tbody tr", has=page.get_by_text(title, exact=True))


def counts(row: Locator) -> Counts:
    """Read a row of figures."""

    def number(measure: str) -> int:
        return int(cell(row, measure).inner_text().replace(",", ""))

    return Counts(**{measure: number(measure) for measure in COLUMNS})


def figures_of(page: Page, title: str) -> Counts:
    """Open the own region's figures by duty and read one duty's row."""
    go(page, "进展")
    page.locator(".tz-tabs").get_by_role("link", name="任务", exact=True).click()
    return counts(figure_row(page, title))


def task(page: Page, title: str) -> Locator:
    """Return a task on the day board."""
    return page.locator(".tz-task", has=page.get_by_role("heading", name=title, exact=True))


def set_level(page: Page, *, region: str, level: str, decider: str, hours_ago: int = 0) -> None:
    """Set a response level through the pages, from the navigation to the confirmation."""
    go(page, "响应")
    page.locator(".rs-card h2 a").first.click()
    page.get_by_role("link", name="设定响应级别").first.click()
    page.get_by_label("地区").select_option(label=region)
    page.get_by_role("radio", name=level, exact=True).check()
    if hours_ago:
        moment = page.get_by_label("生效时间")
        shown = datetime.strptime(moment.input_value(), MOMENT)  # noqa: DTZ007 - the form's own
        moment.fill((shown - timedelta(hours=hours_ago)).strftime(MOMENT))
    page.get_by_label("决定机关").fill(decider)
    page.get_by_role("button", name="看看会改变什么").click()
    page.get_by_role("heading", name="请核对：会改变什么").wait_for()
    page.get_by_role("button", name="确认设定").click()
    page.locator(".tz-messages", has_text="已设定").wait_for()
