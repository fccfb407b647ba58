"""What the preview counts and names, held against the lists behind it and against the outcome."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import AT, World
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.queries.clashes import list_clashes, list_known
from tongzhou.modules.compiler.queries.preview import Preview, get_preview
from tongzhou.modules.compiler.queries.reached import ReachedList, Wanted, list_regions
from tongzhou.modules.compiler.queries.scene import Scene, get_scene
from tongzhou.modules.compiler.tests.promulgation import decide, guidance, sign, spec, submit
from tongzhou.modules.directives.public import Received
from tongzhou.modules.duties import public as duties

pytestmark = pytest.mark.django_db

TEXT = """广州市民政局关于做好节后工作的通知
穗民函〔2020〕9号

各区民政局，各市属社会组织：
一、各社会组织要统计在岗人员情况。
二、行业协会商会要引导会员企业稳定价格。
三、各社会组织党组织要开展慰问。
四、天河区的社会组织要填报复工计划。
五、各区民政局要汇总情况。
六、各社会组织要实行每日零报告制度，没有情况的也要如实报零，由专人负责核对汇总。

广州市民政局
2020年2月5日
"""
GROUP = {"ASSOCIATION": {"label": {"zh": "行业协会商会"}, "any_of": ["TRADE_ASSOCIATION"]}}
DECLARED: dict[str, dict[str, Any]] = {
    "统计在岗人员": spec("统计在岗人员"),
    "稳定价格": guidance(
        "引导稳定价格", bearer={"kind": "ORGANISATION", "groups": ["ASSOCIATION"]}
    ),
    "开展慰问": spec(
        "党组织慰问",
        bearer={"kind": "ORGANISATION", "organ": "PARTY_ORG"},
        recurrence="WEEKLY",
        deadline={"days": 1},
        minutes=4,
    ),
    "复工计划": spec(
        "填报复工计划",
        place={"include": [440106]},
        recurrence="ONCE",
        deadline={"days": 3},
        evidence={
            "kind": "REPORT",
            "fields": [
                {"name": "unit", "type": "text", "label": {"zh": "单位名称"}},
                {"name": "day", "type": "date", "label": {"zh": "复工日期"}},
            ],
        },
        minutes=6,
    ),
    "汇总情况": spec(
        "各区汇总情况",
        bearer={"kind": "AUTHORITY", "levels": ["COUNTY"]},
        phases=["LEVEL_2"],
        recurrence="WEEKLY",
        deadline={"days": 1},
    ),
    "零报告": guidance("零报告制度", phases=["LEVEL_2"]),
}


@pytest.fixture
def draft(officer: Actor) -> int:
    """Return a compilation with duties of every kind of bearer, place and phase."""
    made = commands.create_compilation(actor=officer, at=AT, received=Received(TEXT, "paste"))
    row = queries.get_compilation(officer, made)
    commands.change_groups(
        actor=officer, at=AT, compilation_id=made, revision=row.revision, groups=GROUP
    )
    decide(officer, made, DECLARED)
    return made


@pytest.fixture
def preview(officer: Actor, draft: int) -> Preview:
    """Return its preview."""
    return get_preview(officer, draft, AT)


@pytest.fixture
def scene(officer: Actor, draft: int) -> Scene:
    """Return what its preview counts on."""
    return get_scene(officer, draft, AT)


def test_who_is_reached(preview: Preview) -> None:
    """Organisations count once, by form, group and duty; authorities by level."""
    assert preview.faults == ()
    assert (preview.organisations, preview.organisations_now) == (3, 3)
    assert (preview.authorities, preview.authorities_now) == (2, 0)
    assert {each.code: each.organisations for each in preview.forms} == {
        "ASSOCIATION": 1,
        "INSTITUTION": 2,
    }
    assert {each.code: each.organisations for each in preview.groups}["ASSOCIATION"] == 1
    assert {each.code: each.authorities for each in preview.levels} == {"COUNTY": 2}
    reached = {each.title: (each.organisations, each.now) for each in preview.duties}
    assert reached == {
        "统计在岗人员": (3, 3),
        "引导稳定价格": (1, 1),
        "党组织慰问": (2, 2),
        "填报复工计划": (3, 3),
        "各区汇总情况": (0, 0),
        "零报告制度": (3, 0),
    }


def test_minutes_add_to_what_is_in_force(preview: Preview) -> None:
    """Before and after are told phase by phase, with the cap."""
    first = next(each for each in preview.phases if each.phase == "LEVEL_1")
    assert first.holds
    # Five minutes a day, and four a week where there is a Party organisation.
    assert first.alone.most.weekly == pytest.approx(39)
    assert first.after.most.weekly >= first.before.most.weekly + 35
    assert first.after.average.weekly == pytest.approx(
        first.before.average.weekly + first.alone.average.weekly
    )
    assert first.after.over == 3
    assert first.alone.most.once == 6
    second = next(each for each in preview.phases if each.phase == "LEVEL_2")
    assert not second.holds
    assert second.alone.most.weekly == 0
    assert preview.worst == first


def test_lists_hold_what_numbers_say(preview: Preview, scene: Scene) -> None:
    """Behind every number is a list of that length, with those it counts."""
    assert len(ReachedList(scene, Wanted())) == preview.organisations
    assert len(ReachedList(scene, Wanted(bearers="AUTHORITY"))) == preview.authorities
    assert len(ReachedList(scene, Wanted(now=True))) == preview.organisations_now
    for form in preview.forms:
        assert len(ReachedList(scene, Wanted(form=form.code))) == form.organisations
    for group in preview.groups:
        assert len(ReachedList(scene, Wanted(group=group.code))) == group.organisations
    for level in preview.levels:
        found = ReachedList(scene, Wanted(bearers="AUTHORITY", level=level.code))
        assert len(found) == level.authorities
    for duty in preview.duties:
        assert len(ReachedList(scene, Wanted(duty=duty.key))) == duty.organisations
    for phase in preview.phases:
        assert len(ReachedList(scene, Wanted(over=phase.phase))) == phase.after.over
    party = next(each.key for each in preview.duties if each.title == "党组织慰问")
    assert [each.name for each in ReachedList(scene, Wanted(duty=party))] == [
        "广州市示例商会",
        "天河区示例养老院",
    ]
    assert ReachedList(scene, Wanted())[0:1][0].duties == 5


def test_regions(scene: Scene) -> None:
    """Regions go down along the scope's link; the city's own ground is a row of its own."""
    found = {each.name: each for each in list_regions(scene, 440_100)}
    assert {name: each.organisations for name, each in found.items()} == {
        "广州市": 2,
        "荔湾区": 0,
        "天河区": 1,
    }
    assert found["天河区"].authorities == 1
    own = ReachedList(scene, Wanted(region=440_100, own=True))
    assert len(own) == found["广州市"].organisations
    assert len(ReachedList(scene, Wanted(region=440_106))) == 1


def test_figures_after_signing_equal_the_preview(
    world: World, officer: Actor, draft: int, preview: Preview
) -> None:
    """What was foretold is what the figures of the duties then say, duty by duty."""
    submit(officer, draft)
    sign(world.people["leader"], draft)
    library = queries.get_compilation(officer, draft).library_id
    assert library is not None
    titles = {each.id: each for each in duties.duties_of(library)}
    owed: dict[str, int] = dict.fromkeys((each.spec.title.zh for each in titles.values()), 0)
    for bearers in ("ORGANISATION", "AUTHORITY"):
        selection = duties.Selection(at=AT, library_id=library, bearers=bearers)
        for row in duties.figures(officer, selection):
            owed[titles[row.duty_id].spec.title.zh] += row.figure.owed
    again = get_preview(officer, draft, AT)
    assert again.faults == ()
    assert again.duties == preview.duties
    assert again.phases == preview.phases
    assert owed == {each.title: each.now if each.counted else 0 for each in preview.duties}


def test_known_answers(scene: Scene) -> None:
    """The register's facts are not asked again; a new date is."""
    assert [(each.label, each.fact.code if each.fact else "") for each in list_known(scene)] == [
        ("单位名称", "name")
    ]


CLASHING = """广州市民政局关于加强防控的通知
穗民函〔2020〕10号

一、各社会组织不得每日统计在岗人员情况。
二、行业协会商会要引导会员企业稳定价格。
三、各社会组织要每周统计库存物资数量，由专人负责核对汇总，数量不足的要及时补充到位。

广州市民政局
2020年2月6日
"""


def test_clashes(world: World, officer: Actor, draft: int) -> None:
    """A second document is held against the first, once that is in force."""
    submit(officer, draft)
    sign(world.people["leader"], draft)
    made = commands.create_compilation(actor=officer, at=AT, received=Received(CLASHING, "paste"))
    decide(
        officer,
        made,
        {
            "统计在岗人员": guidance("不得统计在岗", strength="MUST_NOT"),
            "稳定价格": guidance("稳定价格"),
            "库存物资": guidance("统计库存"),
        },
    )
    found = {each.text: each for each in list_clashes(get_scene(officer, made, AT))}
    assert len(found) == 2
    against = next(each for text, each in found.items() if "在岗人员" in text)
    again = next(each for text, each in found.items() if "稳定价格" in text)
    assert against.contradicts
    assert against.clause == "1"
    assert not again.contradicts
    assert again.title == "引导稳定价格"


def test_statements_do_not_grow(officer: Actor, draft: int) -> None:
    """The preview is read set by set: the number of statements is fixed and small."""
    with CaptureQueriesContext(
        connection,
    ) as ran:
        get_preview(officer, draft, AT)
    assert len(ran) <= 45, [each["sql"][:80] for each in ran]


SignIn = Callable[[str], Client]


def test_page(sign_in: SignIn, draft: int) -> None:
    """The page says the act in words and links every number."""
    page = sign_in("officer").get(f"/compile/{draft}/preview/").content.decode()
    assert "签发后，3 家社会组织、2 个登记管理机关从签发时起收到 6 项任务" in page
    assert f'href="/compile/{draft}/preview/reached/"' in page
    assert "已由登记信息（名称）掌握" in page
    paper = sign_in("officer").get(f"/compile/{draft}/preview/?print=1")
    assert "逐项任务" in paper.content.decode()


def test_region_rows_open(sign_in: SignIn, draft: int) -> None:
    """A region opens in place for htmx, as a page without it."""
    browser = sign_in("officer")
    part = browser.get(
        f"/compile/{draft}/preview/?region=440100&depth=1", headers={"HX-Request": "true"}
    ).content.decode()
    assert "天河区" in part
    assert "<html" not in part
    whole = browser.get(f"/compile/{draft}/preview/?region=110000").content.decode()
    assert "天河区" in whole


@pytest.mark.parametrize(
    "query", ["", "?form=INSTITUTION", "?bearers=AUTHORITY&level=COUNTY", "?over=LEVEL_1", "?now=1"]
)
def test_list_page(sign_in: SignIn, draft: int, query: str) -> None:
    """Each list is a page of its own."""
    answer = sign_in("officer").get(f"/compile/{draft}/preview/reached/{query}")
    assert answer.status_code == 200
    assert "任务（项）" in answer.content.decode()


@pytest.mark.parametrize("query", ["?region=x", "?duty=١", "?bearers=ME", "?region=99999999999"])
def test_list_page_that_is_none(sign_in: SignIn, draft: int, query: str) -> None:
    """What is no list is not found."""
    answer = sign_in("officer").get(f"/compile/{draft}/preview/reached/{query}")
    assert answer.status_code == 404


def test_others_do_not_see_it(sign_in: SignIn, draft: int) -> None:
    """A draft and its lists are the business of one authority."""
    for name in ("district", "province"):
        for path in ("preview/", "preview/reached/", "submit/", "signing/"):
            assert sign_in(name).get(f"/compile/{draft}/{path}").status_code == 404
    assert sign_in("secretary").get(f"/compile/{draft}/preview/").status_code == 403


def test_range_of_the_reader_cuts_counts_and_lists(officer: Actor, draft: int) -> None:
    """Counts and lists hold no more than the actor's authority may see."""
    narrow = replace(officer, low=440_106, high=440_106)
    scene = get_scene(narrow, draft, AT)
    counted = get_preview(narrow, draft, AT).organisations
    assert counted == len(ReachedList(scene, Wanted())) == 3
    nowhere = replace(officer, low=110_000, high=119_999)
    assert get_preview(nowhere, draft, AT).organisations == 0
