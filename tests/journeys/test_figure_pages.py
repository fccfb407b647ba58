"""The pages of figures: every number on them opens a list of that length, and nothing leaks."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.journeys.conftest import Town
from tests.world import AT
from tongzhou.kernel.jobs import Reporter
from tongzhou.kernel.models import Progress
from tongzhou.kernel.tables import read_table
from tongzhou.modules.duties.public import MEASURES
from tongzhou.modules.insight import jobs
from tongzhou.modules.insight.pages import obligations

COUNTS: dict[str, int] = json.loads(
    (Path(__file__).parent.parent / "query_counts.json").read_text(encoding="utf-8")
)
READERS = ("officer", "leader", "clerk", "district", "province", "supervisor", "territory")


def _numbers(table: dict[str, Any]) -> list[tuple[int, str]]:
    """Return every number of a drill table with its link, those of the strips included."""
    found = []
    rows = [*table["rows"], *([table["total"]] if "total" in table else [])]
    for row in rows:
        for code, cell in row["cells"].items():
            parts = cell if code == "strip" else [cell]
            for part in parts:
                value = part.get("count", part.get("value"))
                if isinstance(value, int) and part.get("href"):
                    found.append((value, part["href"]))
    return found


def _check(client: Client, numbers: list[tuple[int, str]]) -> None:
    assert numbers
    for value, href in numbers:
        answer = client.get(href)
        assert answer.status_code == 200
        assert answer.context["number"] == value, href
        assert len(answer.context["rows"]) == min(value, 25)


@pytest.mark.parametrize("name", READERS)
def test_the_desk_answers_and_its_numbers_open_their_lists(town: Town, name: str) -> None:
    client = town.browser(name)
    answer = client.get("/desk/")
    assert answer.status_code == 200
    numbers = [
        (each["value"], each["href"])
        for each in answer.context["stats"]
        if each["href"].startswith("/figures/list/")
    ]
    for each in answer.context["directives"]:
        numbers += [(part["count"], part["href"]) for part in each["strip"] if part["count"]]
    _check(client, numbers)
    if answer.context["table"]:
        _check(client, _numbers(answer.context["table"])[:25])


@pytest.mark.parametrize("by", ["region", "duty", "form", "group", "authority"])
def test_every_number_of_a_table_opens_its_list(town: Town, by: str) -> None:
    client = town.browser("officer")
    answer = client.get("/figures/", {"by": by})
    assert answer.status_code == 200
    _check(client, _numbers(answer.context["table"])[::3])


def test_the_review_waits_on_the_desk(town: Town) -> None:
    answer = town.browser("officer").get("/desk/")
    assert answer.context["review_count"] == 1
    assert town.report_url in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("region=44010x", 422),
        ("region=4401000000", 422),
        ("region=999999", 404),
        ("region=100000", 200),
        ("tree=forest", 422),
        ("bearers=everyone", 422),
        ("by=colour", 422),
        ("library=77777", 404),
        ("library=x", 422),
        ("duty=999999999999999999999", 422),
        ("duty=77777", 404),
        ("form=CLUB", 422),
        ("group=HUB", 422),
        ("organ=CHOIR", 422),
        ("day=2020-02-31", 422),
        ("day=2020-02-06", 422),
        ("as_of=yesterday", 422),
        ("as_of=2020-02-06T10:00", 422),
        ("as_of=0001-01-01T00:00", 200),
        ("own=maybe", 422),
        ("registrar=zz", 422),
    ],
)
@pytest.mark.parametrize("page", ["/figures/", "/figures/list/", "/figures/export/"])
def test_a_wrong_address_is_told_and_never_a_fault(
    town: Town, page: str, query: str, status: int
) -> None:
    if query.startswith("by=") and page == "/figures/list/":
        return
    assert town.browser("officer").get(f"{page}?{query}").status_code == status


@pytest.mark.parametrize("query", ["measure=luck", "sort=height", "measure=owed&sort=-height"])
def test_a_wrong_list_is_told(town: Town, query: str) -> None:
    assert town.browser("officer").get(f"/figures/list/?{query}").status_code == 422


def test_a_duty_of_another_directive_is_told(town: Town) -> None:
    first, second = town.world.libraries
    found = town.browser("officer").get(f"/figures/?library={first}&by=duty")
    duty = parse_qs(urlsplit(found.context["table"]["rows"][0]["href"]).query)["duty"][0]
    answer = town.browser("officer").get(f"/figures/?library={second}&duty={duty}")
    assert answer.status_code == 422


def test_another_city_shows_nothing_and_says_why(town: Town) -> None:
    client = town.browser("shenzhen")
    listed = client.get("/figures/list/", {"region": "440000"})
    names = {row["name"] for row in listed.context["rows"]}
    assert names == {"深圳市示例商会"}
    assert listed.context["is_cut"]
    assert "只显示您有权看到的部分" in listed.content.decode()
    elsewhere = client.get("/figures/list/", {"region": "440100"})
    assert elsewhere.context["number"] == 0
    assert "广州市示例商会" not in elsewhere.content.decode()
    assert not client.get("/figures/").context["is_cut"]


@pytest.mark.parametrize("page", ["/desk/", "/figures/", "/figures/list/", "/figures/export/"])
def test_organs_and_the_public_stay_outside(town: Town, page: str) -> None:
    assert town.browser("secretary").get(page).status_code == 403
    answer = town.browser(None).get(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_region_opens_in_place_or_as_a_page(town: Town) -> None:
    client = town.browser("officer")
    table = client.get("/figures/", {"region": "440000"}).context["table"]
    city = next(row for row in table["rows"] if row["children_url"])
    part = client.get(city["children_url"], headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<tr")
    assert 'data-depth="1"' in part.content.decode()
    whole = client.get(city["children_url"])
    assert "<html" in whole.content.decode()
    assert [name for name, _ in whole.context["crumbs"]] == ["全国", "广东省", "广州市"]


def test_a_region_opened_on_the_desk_keeps_its_columns(town: Town) -> None:
    client = town.browser("officer")
    table = client.get("/desk/").context["table"]
    heads = [column["label"] for column in table["columns"]]
    whole = client.get("/figures/", {"region": "440000"}).context["table"]
    shown = whole["rows"][0]["children_url"] + "&columns=few"
    part = client.get(shown, headers={"HX-Request": "true"}).content.decode()
    row = part.partition("</tr>")[0]
    assert re.findall(r'data-label="([^"]*)"', row) == [each for each in heads if each in row]
    assert len(re.findall(r"<td", row)) == len(heads)
    for opened in table["rows"]:
        assert opened["children_url"] is None or "columns=few" in opened["children_url"]


def test_search_sort_columns_and_pages(town: Town) -> None:
    client = town.browser("officer")
    found = client.get("/figures/list/", {"q": "示例商会", "sort": "-due", "size": "10"})
    assert {row["name"] for row in found.context["rows"]} == {"广州市示例商会"}
    assert found.context["number"] > 10 >= len(found.context["rows"])
    # The other tabs count what was not searched for: they say nothing rather than something else.
    counted = {tab["count"] for tab in found.context["tabs"]}
    assert counted == {found.context["number"], None}
    assert re.search(r"</svg>\s+筛选", found.content.decode())  # words stand a space off an icon
    wild = client.get("/figures/list/", {"q": "100%_"})
    assert wild.context["number"] == 0
    assert client.get("/figures/list/?cols=code&cols=organ").context["chosen"] == ("code", "organ")
    assert client.get("/figures/list/").context["chosen"] == ("code", "organ")
    assert client.get("/figures/list/?page=99999").status_code == 200


def test_a_list_longer_than_a_sheet_is_not_exported(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = town.browser("officer")
    assert "/figures/list/export/" in client.get("/figures/list/").content.decode()
    monkeypatch.setattr(obligations, "SHEET_LINES", 5)
    page = client.get("/figures/list/").content.decode()
    assert "/figures/list/export/" not in page
    assert "一张表放不下" in page
    refused = client.get("/figures/list/export/")
    assert refused.status_code == 422
    assert "请选一个省、市或县" in refused.content.decode()
    assert not Progress.objects.exists()


def test_a_table_and_a_list_are_taken_along_as_shown(town: Town) -> None:
    client = town.browser("officer")
    shown = client.get("/figures/", {"by": "duty"}).context["rollup"]
    book = client.get("/figures/export/", {"by": "duty"})
    held = [cells for _, cells in read_table(book.content, "figures.xlsx").rows]
    assert [row["应报"] for row in held] == [
        *(str(line.figure.owed) for line in shown.lines),
        str(shown.total.owed),
    ]
    sheet = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_name("各级地区")
    lines = {str(row[0]): int(str(row[2]).removesuffix(".0")) for row in sheet.to_python()[1:]}
    assert {"440100", "440106"} <= lines.keys()
    assert lines["440100"] == shown.total.owed
    assert lines["440100"] == sum(n for code, n in lines.items() if code != "440100")
    listed = client.get("/figures/list/", {"measure": "silent"})
    book = client.get("/figures/list/export/", {"measure": "silent"})
    rows = [cells for _, cells in read_table(book.content, "list.xlsx").rows]
    assert len(rows) == listed.context["number"] > 0
    assert {row["状态"].split("，")[0] for row in rows} == {"未报"}


def test_a_long_list_is_written_by_a_job(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "DIRECT", 1)
    monkeypatch.setattr(Reporter, "_update", _update)
    client = town.browser("officer")
    number = client.get("/figures/list/").context["number"]
    answer = client.get("/figures/list/export/", {"measure": "owed"})
    assert answer.status_code == 302
    record = Progress.objects.get(kind="insight.export")
    assert answer["Location"] == f"/progress/{record.pk}/"
    query = {"as_of": AT.isoformat(), "region": "440100", "measure": "owed"}
    jobs.export(progress_id=str(record.pk), query=query, language="zh-hans")
    record.refresh_from_db()
    assert (record.state, record.done, record.total) == ("DONE", number, number)
    book = b"".join(client.get(f"/progress/{record.pk}/file"))
    assert len(list(read_table(book, "list.xlsx").rows)) == number
    assert town.browser("colleague").get(f"/progress/{record.pk}/file").status_code == 404


def _update(self: Reporter, **fields: Any) -> None:
    Progress.objects.filter(pk=self.id).update(**fields)


def test_the_first_page_names_nobody(town: Town) -> None:
    client = town.browser(None)
    assert client.get("/", follow=True).request["PATH_INFO"] == "/public/"
    page = client.get("/public/").content.decode()
    assert "一级响应" in page
    assert "社会组织登记管理机关疫情防控工作实施方案" in page
    for name in ("广州市示例商会", "天河区示例养老院", "深圳市示例商会"):
        assert name not in page


def test_the_guide_answers_for_a_kind(town: Town) -> None:
    client = town.browser(None)
    assert client.get("/guide/").context["guides"] == []
    chosen = client.get("/guide/?kind=ASSOCIATION")
    assert len(chosen.context["guides"]) == len(town.world.libraries)
    assert "杜绝囤积居奇、哄抬物价" in chosen.content.decode()
    assert "杜绝囤积居奇、哄抬物价" not in client.get("/guide/?kind=COMMUNITY_ORG").content.decode()
    assert client.get("/guide/?kind=CIRCUS").status_code == 422


def test_programs_get_the_same_figures(town: Town) -> None:
    client, headers = Client(), town.headers("officer")
    found = client.get("/api/v1/figures", {"by": "duty"}, headers=headers).json()
    shown = town.browser("officer").get("/figures/", {"by": "duty"}).context["rollup"]
    assert found["total"] == {code: each.of(shown.total) for code, each in MEASURES.items()}
    assert len(found["lines"]) == len(shown.lines)
    line = found["lines"][0]
    listed = client.get(f"/api/v1/figures/list?{line['query']}&measure=owed", headers=headers)
    assert listed.json()["count"] == line["figure"]["owed"] == len(listed.json()["results"])
    wrong = client.get("/api/v1/figures?region=x", headers=headers)
    assert (wrong.status_code, wrong["Content-Type"]) == (422, "application/problem+json")
    assert client.get("/api/v1/figures/list?size=0", headers=headers).status_code == 422
    assert client.get("/api/v1/figures").status_code == 401
    assert client.get("/api/v1/figures", headers=town.headers("secretary")).status_code == 403


@pytest.mark.parametrize("path", sorted(COUNTS))
def test_pages_keep_to_their_number_of_queries(
    town: Town, path: str, django_assert_max_num_queries: Any
) -> None:
    client = town.browser(None if path in {"/public/", "/guide/?kind=ASSOCIATION"} else "officer")
    client.get(path)
    with django_assert_max_num_queries(COUNTS[path]):
        assert client.get(path).status_code == 200
