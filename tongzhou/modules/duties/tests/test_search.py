"""Search over clauses and duties, and its page, on the small world."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from tests.world import AT, World
from tongzhou.kernel.access import SYSTEM, public
from tongzhou.kernel.database import execute
from tongzhou.modules.directives import public as directives
from tongzhou.modules.directives.public import DocumentFilter
from tongzhou.modules.duties.commands import load_library
from tongzhou.modules.duties.commands.words import refill_words
from tongzhou.modules.duties.models import Duty, Library
from tongzhou.modules.duties.queries.duty_search import DutyFilter
from tongzhou.modules.duties.queries.search import Result, Step, What, Wish, search
from tongzhou.modules.duties.queries.search_help import help_with, sounding_like
from tongzhou.modules.duties.queries.wishes import conditions, read_wish

HOSTILE = (
    "'; DROP TABLE duties_duty; --", "& | ! <-> :* (", "\\", "\x00消毒", "消" * 10_000, "“" * 300,
    "%_%", "-消毒", "- -", "<script>alert(1)</script>", "🀄𠀀\u202e",
)  # fmt: skip


def _find(words: str, **wish: object) -> Result:
    return search(Wish(words=words, **wish), public(), AT)  # type: ignore[arg-type]  # by name


def _addresses(result: Result) -> list[str]:
    return [each.address for each in result]


def _titles(result: Result) -> set[str]:
    return {duty.spec.title.zh for each in result.show(result.rows) for duty, _ in each.duties}


def test_a_clause_is_found_with_the_duties_that_fit(world: World) -> None:
    result = _find("消毒")
    assert result.step is Step.ALL
    assert set(_addresses(result)) == {"2.3.2", "2.3.3", "3.8"}
    shown = {each.clause.address: each for each in result.show(result.rows)}
    assert [duty.spec.title.zh for duty, _ in shown["3.8"].duties] == ["消毒、监测、排查，消除隐患"]
    assert all(force for _, force in shown["3.8"].duties)
    assert [piece.text for piece in shown["3.8"].excerpt if piece.marked] == ["消毒"]


def test_a_duty_is_found_by_words_its_clause_does_not_have(world: World) -> None:
    result = _find("零报告")
    assert _addresses(result) == ["3.8"]
    assert _titles(result) == {"疑似病例每日零报告"}


def test_a_duty_is_found_by_its_english_title(world: World) -> None:
    assert "2.1.1" in _addresses(_find("agenda"))


def test_long_words_are_cut_and_what_stands_in_one_piece_comes_first(world: World) -> None:
    result = _find("社会组织聚集")
    assert result.step is Step.ALL
    assert set(_addresses(result)) == {"2.4.1", "3.8"}
    assert _addresses(_find("志愿服务组织要严格"))[0] == "3.7"


def test_words_of_the_head_lead_into_the_document(world: World) -> None:
    result = _find("民社管函 消毒")
    assert result.step is Step.HEADS
    assert result.heads == ("民社管函",)
    assert "3.8" in _addresses(result)
    assert _find("5号").named != ()
    assert _find("5号").step is Step.NONE


def test_some_words_are_better_than_none_and_told(world: World) -> None:
    result = _find("囤积居奇 猪肉")
    assert result.step is Step.SOME
    assert _addresses(result) == ["3.7"]


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        ({"duties": DutyFilter(strength="MUST_NOT")}, {"一般不召集社会组织聚集活动"}),
        ({"duties": DutyFilter(bearer="AUTHORITY"), "what": What.DUTIES}, None),
        ({"duties": DutyFilter(bearer="PARTY_ORG")}, None),
        ({"duties": DutyFilter(timed=True)}, None),
        ({"duties": DutyFilter(phase="NORMALISED")}, None),
        ({"duties": DutyFilter(form="INSTITUTION")}, None),
        ({"duties": DutyFilter(group="CHARITY")}, None),
    ],
)
def test_duties_are_filtered(world: World, wish: dict[str, object], fits: set[str] | None) -> None:
    result = _find("社会组织", **wish)
    everything = _find("社会组织", what=What.DUTIES)
    rows = [duty for each in result.show(result.rows) for duty, _ in each.duties]
    assert rows
    assert len(rows) < sum(len(each.duties) for each in everything.rows)
    wanted = wish["duties"]
    assert isinstance(wanted, DutyFilter)
    for duty in rows:
        spec = duty.spec
        assert not wanted.strength or spec.strength == wanted.strength
        assert wanted.bearer in {"", spec.bearer.kind, spec.bearer.organ}
        assert not wanted.timed or spec.deadline is not None
        assert not wanted.phase or wanted.phase in spec.phases
        assert not wanted.group or wanted.group in spec.bearer.groups
        assert not wanted.form or spec.bearer.kind == "ORGANISATION"
    if fits:
        assert fits <= {duty.spec.title.zh for duty in rows}


def test_documents_are_filtered_by_place_year_and_issuer(world: World) -> None:
    everywhere = _find("疫情防控")
    urns = {each.document.urn for each in everywhere.show(everywhere.rows)}
    assert len(urns) == 2
    shenzhen = _find("疫情防控", place=440300)
    assert {e.document.urn for e in shenzhen.show(shenzhen.rows)} == {"cn/mca/2020/5@2020-01-29"}
    assert len(_find("疫情防控", place=440106)) == len(everywhere)
    assert len(_find("疫情防控", place=110000)) == len(shenzhen)
    old = _find("疫情防控", documents=DocumentFilter(year=2020))
    assert len(old) == len(shenzhen)
    assert len(_find("疫情防控", documents=DocumentFilter(issuer="没有这个机关"))) == 0


def test_mine_are_the_duties_that_bind_now(world: World) -> None:
    secretariat = world.people["secretary"]
    result = search(Wish(words="要求", mine=True), secretariat, AT)
    own = {duty.urn for each in result.show(result.rows) for duty, _ in each.duties}
    assert own
    assert all("/d24" not in urn for urn in own)  # nothing of the authorities
    assert len(search(Wish(words="要求", mine=True), public(), AT)) == 0
    officer = search(Wish(words="要求", mine=True), world.people["officer"], AT)
    assert own.isdisjoint(
        duty.urn for each in officer.show(officer.rows) for duty, _ in each.duties
    )


def test_what_binds_comes_first_and_facets_count_what_is_left(world: World) -> None:
    execute(
        "UPDATE directives_expression SET repealed_at = %s WHERE urn LIKE 'cn/mca%%'",
        [AT],
    )
    result = _find("疫情防控")
    states = [each.document.status for each in result.show(result.rows)]
    assert states == sorted(states, key=["FORCE", "REPEALED"].index)
    counted = dict(result.facets["status"])
    assert sum(counted.values()) == len(result)
    only = _find("疫情防控", documents=DocumentFilter(status="REPEALED"))
    assert len(only) == counted["REPEALED"]
    newest = _find("疫情防控", order="newest")
    years = [str(each.document.issued_on) for each in newest.show(newest.rows)]
    assert years == sorted(years, reverse=True)


def test_a_later_version_of_a_library_takes_the_place_of_the_first(world: World) -> None:
    first = Library.objects.get(expression="cn/mca/2020/5@2020-01-29")
    held = Duty.objects.filter(library=first, title__contains="消毒").count()
    assert held
    body = {**first.body, "version": first.version + 1}
    others = [each for each in body["duties"] if "消毒" not in str(each["title"])]
    execute("UPDATE duties_enforcement SET to_at = %s WHERE library_id = %s", [AT, first.pk])
    load_library(actor=SYSTEM, at=AT, body={**body, "duties": others}, name="later")
    assert not {title for title in _titles(_find("消毒")) if "消毒" in title}


def test_words_of_duties_are_refilled(world: World) -> None:
    before = dict(Duty.objects.values_list("pk", "words"))
    Duty.objects.update(words=None)
    assert sum(count for _, count in refill_words(missing=True)) == len(before)
    assert dict(Duty.objects.values_list("pk", "words")) == before


def test_help_names_what_would_find_something(world: World) -> None:
    found = help_with(_find("消杀"), public())
    assert "消毒" in {each.term for each in found.alike}
    assert sounding_like("消独") == ["消毒"]
    assert "消毒" in {each.term for each in help_with(_find("消独"), public()).alike}
    fewer = help_with(_find("消毒 猪肉"), public()).fewer
    assert [(each.words, each.instead_of) for each in fewer] == [("消毒", "猪肉")]
    narrowed = _find("消毒", documents=DocumentFilter(year=1999))
    assert help_with(narrowed, public()).unfiltered == 3
    assert help_with(_find("鲲鹏饕餮"), public()).unfiltered is None


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_typed_is_an_error(world: World, words: str) -> None:
    result = _find(words)
    result.show(result[:20])
    help_with(result, public())


def test_parameters_that_make_no_sense_are_left_out_and_named() -> None:
    wish, wrong = read_wish(
        {"q": " 消毒\x00 ", "year": "abc", "status": "X", "kind": "NOTICE", "mine": "maybe"}
    )
    assert wish.words == "消毒"
    assert wish.documents == DocumentFilter(kind="NOTICE")
    assert sorted(wrong) == ["mine", "status", "year"]
    assert conditions(replace(wish, place=0)) == {"kind": "NOTICE", "place": 0}
    assert read_wish({})[1] == []


def _get(browser: Client, **asked: str) -> str:
    answer = browser.get(f"/search/?{urlencode(asked)}", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_hits_with_their_document(
    world: World, now: Callable[..., None], client: Client
) -> None:
    page = _get(client, q="消毒")
    assert "<mark>消毒</mark>" in page
    assert "?mark=%E6%B6%88%E6%AF%92#3.8" in page
    assert "关于印发《社会组织登记管理机关疫情防控工作实施方案》的通知" in page
    assert "有 3 处" in page
    assert 'name="mine"' not in page
    assert "例如" not in page
    assert "也可以直接问" in _get(client)
    assert "没有找到" in _get(client, q="鲲鹏饕餮")


def test_a_part_is_answered_to_htmx(world: World, now: Callable[..., None], client: Client) -> None:
    for asked, sign in (("q=消毒", "<mark>"), ("ask=谁负责上报疑似病例", "sr-says")):
        part = client.get(f"/search/?{asked}", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert sign in part


def test_the_address_keeps_only_what_says_something(
    world: World, now: Callable[..., None], client: Client
) -> None:
    asked = "/search/?q=x&year=&kind=NOTICE&sort=relevance"
    answer = client.get(asked)
    assert answer.status_code == 302
    assert answer["Location"] == "/search/?q=x&kind=NOTICE"
    part = client.get(asked, headers={"HX-Request": "true"})
    assert part["HX-Push-Url"] == "/search/?q=x&kind=NOTICE"
    assert client.get("/search/?q=x").status_code == 200
    assert client.get("/search/?q=").status_code == 200


def test_signed_in_people_may_ask_for_what_binds_them(
    world: World, sign_in: Callable[[str], Client]
) -> None:
    browser = sign_in("secretary")
    assert 'name="mine"' in _get(browser)
    page = _get(browser, q="报告", mine="on")
    assert "只看现在对本单位有约束的" in page
    assert "疑似病例每日零<mark>报告</mark>" in page


def test_conditions_are_chips_and_can_be_taken_off(
    world: World, now: Callable[..., None], client: Client
) -> None:
    page = _get(client, q="消毒", strength="MUST", year="2020", kind="nonsense")
    assert "tz-chip" in page
    assert "?q=%E6%B6%88%E6%AF%92&amp;strength=MUST&amp;kind=nonsense" in page
    assert page.count("去掉这个条件") == 2


def test_the_result_is_exported_as_it_is_shown(
    world: World, now: Callable[..., None], client: Client
) -> None:
    answer = client.get("/search/?q=消毒&export=1")
    data = b"".join(answer)
    rows = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 4
    assert {row[5] for row in rows[1:]} == {"2.3.2", "2.3.3", "3.8"}
    assert str(rows[1][9]).startswith("cn/mca/2020/5@2020-01-29#")


@pytest.mark.parametrize("words", HOSTILE)
def test_no_input_breaks_the_page(
    world: World, now: Callable[..., None], client: Client, words: str
) -> None:
    for name in ("q", "ask", "mark"):
        assert "<script>alert" not in _get(client, **{name: words})
    for name in ("year", "place", "status", "page", "size", "issuer", "group", "mine"):
        _get(client, **{"q": "消毒", name: words[:200]})


def test_the_page_speaks_english(world: World, now: Callable[..., None], client: Client) -> None:
    with translation.override("en"):
        client.cookies["django_language"] = "en"
        page = _get(client, q="消毒", strength="MUST")
    assert "Hits: 3." in page
    assert "Which clause says it" in page


def test_marks_and_citations_on_the_reading_page(
    world: World, now: Callable[..., None], client: Client
) -> None:
    row = directives.find_expression("cn/mca/2020/5@2020-01-29")
    assert row is not None
    page = client.get(f"/directives/{row.id}/?mark=消毒&mark=<b>").content.decode()
    assert '<mark class="tz-hit">消毒</mark>' in page
    assert re.search("引用 [0-9]+ 份文件", page)
    title = "民政部关于动员慈善力量依法有序参与新型冠状病毒感染的肺炎疫情防控工作的公告"
    made = directives.load_directive(
        actor=SYSTEM,
        at=AT,
        urn="cn/mca/2020/476@2020-01-26",
        text=f"{title}\n各单位：\n一、依法募捐\n1.慈善组织要依法募捐。\n",
        title=title,
        issuer="民政部",
    )
    page = client.get(f"/directives/{row.id}/").content.decode()
    assert f'<a class="tz-cited" href="/directives/{made}/"' in page
    table = client.get(f"/directives/{row.id}/citations/").content.decode()
    assert "还没有装载" in table
    assert "依据" in table
    assert "装载该文件" not in table
    assert "以本文件为依据" in client.get(f"/directives/{made}/citations/").content.decode()
    assert client.get("/directives/999999/citations/").status_code == 404


def test_officers_are_told_who_says_a_document_is_repealed(
    world: World, sign_in: Callable[[str], Client], client: Client
) -> None:
    row = directives.find_expression("cn/gd-gz/2022/1207@2022-12-07")
    assert row is not None
    directives.load_directive(
        actor=SYSTEM,
        at=AT,
        urn="cn/gd/2022/9@2022-12-20",
        text="关于调整防控措施的通知\n各单位：\n一、总体要求\n1.按照新要求执行。\n2.本通知自印发之日起施行，"
        "《关于做好社会组织落实疫情防控工作的指引（试行）》同时废止。\n",
        title="关于调整防控措施的通知",
        issuer="广东省民政厅",
    )
    officer = sign_in("officer")
    page = officer.get(f"/directives/{row.id}/").content.decode()
    assert "有文件称本文件废止" in page
    assert "有文件称本文件废止" not in client.get(f"/directives/{row.id}/").content.decode()


def test_the_api_answers_the_same(world: World, now: Callable[..., None], client: Client) -> None:
    found = client.get("/api/v1/search/?q=消毒&limit=2").json()
    assert found["count"] == 3
    assert len(found["results"]) == 2
    first = found["results"][0]
    assert [first["text"][a:b] for a, b in first["marks"]] == ["消毒"]
    assert {each["name"] for each in found["facets"]} >= {"status", "strength"}
    wrong = client.get("/api/v1/search/?q=消毒&strength=X")
    assert wrong.status_code == 400
    assert wrong["Content-Type"] == "application/problem+json"
    said = client.get("/api/v1/ask/?question=谁负责上报疑似病例").json()
    assert said["direct"]
    answer = said["answers"][0]
    assert any("早报告" in answer["text"][a:b] for a, b in answer["sentences"])
    assert client.get("/api/v1/ask/").status_code == 400
    row = directives.find_expression("cn/mca/2020/5@2020-01-29")
    assert row is not None
    cited = client.get(f"/api/v1/directives/{row.id}/citations/").json()
    assert {each["kind"] for each in cited["cited"]} >= {"BASED_ON", "CITES"}
