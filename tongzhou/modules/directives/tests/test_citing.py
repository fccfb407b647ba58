"""Documents that texts name, found among those that are held."""

from datetime import date

import pytest

from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.directives import commands, queries
from tongzhou.modules.directives.commands.citing import find_cited
from tongzhou.modules.directives.models import Citation, Directive, Expression
from tongzhou.modules.directives.rules.citing import (
    Held,
    core,
    fits,
    is_own,
    number_key,
    pick,
    short_names,
    title_key,
)
from tongzhou.modules.directives.tests.conftest import AT

TITLE = "民政部关于动员慈善力量依法有序参与疫情防控工作的公告"
NOTICE = Held(
    1, "关于做好假期安全工作的通知", "粤民函〔2023〕7号", "广东省民政厅", date(2023, 1, 6)
)


@pytest.mark.parametrize(
    "number",
    ["民社管函〔2020〕5号", "民社管函[2020]5号", "民社管函（2020）05 号", "民社管函2020年第5号"],
)
def test_a_number_is_one_however_it_is_set(number: str) -> None:
    assert number_key(number) == "民社管函2020-5"


def test_a_title_is_one_however_it_is_set() -> None:
    assert title_key("《关于做好 “假期” 工作的通知（试行）》") == "关于做好假期工作的通知(试行)"
    assert core(title_key("广东省民政厅关于做好假期安全工作的通知")) == "关于做好假期安全工作的通知"


@pytest.mark.parametrize(
    ("title", "number", "holds"),
    [
        ("关于做好假期安全工作的通知", "", True),
        ("广东省民政厅关于做好假期安全工作的通知", "", True),
        ("民政部关于做好假期安全工作的通知", "", False),
        ("", "粤民函[2023]7号", True),
        ("", "粤民函〔2023〕17号", False),
        ("关于做好假期安全工作的通知", "粤民函〔2022〕7号", False),
        ("关于做好节日安全工作的通知", "", False),
        ("通知", "", False),
        ("", "", False),
    ],
)
def test_a_citation_fits_by_number_or_title(title: str, number: str, holds: bool) -> None:
    assert fits(title, number, NOTICE) is holds


def test_of_several_with_one_title_the_last_before_the_text_is_meant() -> None:
    held = [
        Held(n, "关于印发年度工作要点的通知", "", "民政部", date(2020 + n, 3, 1)) for n in range(3)
    ]
    assert pick("关于印发年度工作要点的通知", "", date(2021, 6, 1), held) == 1
    assert pick("关于印发年度工作要点的通知", "", date(2019, 6, 1), held) == 2
    assert pick("关于印发年度工作要点的通知", "", None, []) is None


def test_a_title_alone_does_not_tell_between_issuers() -> None:
    held = [
        Held(n, "关于印发《疫情防控工作实施方案》的通知", "", issuer, date(2020, 1, 1))
        for n, issuer in enumerate(("民政部", "福建省民政厅"))
    ]
    title = "疫情防控工作实施方案"
    assert pick(title, "", None, held[:1]) == 0
    assert pick(title, "", None, held) is None
    assert pick(title, "", None, held, {1}) == 1


def test_what_a_document_sends_out_is_its_own_part() -> None:
    assert is_own("疫情防控工作方案", "关于印发《疫情防控工作方案》的通知")
    assert not is_own("疫情防控工作方案", "关于转发《疫情防控工作方案》的通知")
    assert not is_own("疫情防控工作方案", "关于做好疫情防控工作的通知")


def test_short_names_lead_to_the_full_title() -> None:
    text = "中共中央印发《关于加强党的领导的通知》（以下简称《通知》），要求《通知》精神……"
    end = text.index("》") + 1
    found = short_names(text, [(end, "关于加强党的领导的通知"), (len(text), "通知")])
    assert found == {"通知": "关于加强党的领导的通知"}


def _cite(expression_id: int, title: str = "", number: str = "", start: int = 0) -> Citation:
    return Citation.objects.create(
        expression_id=expression_id,
        kind="CITES",
        title=title,
        doc_number=number,
        start=start,
        end=start + len(title),
    )


def _load(title: str, urn: str, number: str = "", text: str = "") -> int:
    return commands.load_directive(
        actor=SYSTEM,
        at=AT,
        urn=urn,
        text=text or f"{title}\n各单位：\n一、加强值守\n1.各单位要安排人员值班。\n",
        title=title,
        doc_number=number,
        issuer="民政部",
    )


def test_a_document_loaded_later_is_found(loaded: int) -> None:
    cited = _cite(loaded, f"《{TITLE}》"[1:-1])
    by_number = _cite(loaded, number="民发[2023]3号")
    stranger = _cite(loaded, "关于完全不同的事情的通知")
    trial = _cite(loaded, "关于值班工作的指引（试行）")
    made = _load(TITLE, "cn/mca/2023/3@2023-01-03", number="民发〔2023〕3号")
    for each in (cited, by_number, stranger):
        each.refresh_from_db()
    work = Expression.objects.get(pk=made).directive_id
    assert cited.target_id == by_number.target_id == work
    assert stranger.target_id is None
    guide = _load("关于值班工作的指引(试行)", "cn/mca/2023/4@2023-01-04")
    trial.refresh_from_db()
    assert trial.target_id == Expression.objects.get(pk=guide).directive_id


def test_a_document_held_already_is_found(loaded: int) -> None:
    made = _load(TITLE, "cn/mca/2023/3@2023-01-03")
    cited = _cite(made, number="粤民函〔2023〕7号")
    assert find_cited(made) == 1
    cited.refresh_from_db()
    assert cited.target_id == Expression.objects.get(pk=loaded).directive_id


def test_a_document_never_cites_itself(loaded: int) -> None:
    own = Directive.objects.get(expressions=loaded)
    cited = _cite(loaded, own.title, own.doc_number)
    find_cited(loaded)
    cited.refresh_from_db()
    assert cited.target_id is None


def test_a_short_name_points_where_the_full_name_does(loaded: int) -> None:
    full = "关于加强党的领导为打赢疫情防控阻击战提供坚强政治保证的通知"
    named = f"按照《{full}》（以下简称《通知》）办理。《通知》已印发。"
    text = f"关于落实的意见\n各单位：\n{named}\n一、加强值守。\n"
    made = _load("关于落实有关要求的意见", "cn/mca/2023/9@2023-01-08", text=text)
    Citation.objects.filter(expression_id=made).delete()
    start = text.index(full)
    long = _cite(made, full, start=start)
    Citation.objects.filter(pk=long.pk).update(end=start + len(full) + 1)
    short = _cite(made, "通知", start=text.index("《通知》已"))
    found = _load(full, "cn/mca/2023/8@2023-01-05")
    short.refresh_from_db()
    assert short.target_id == Expression.objects.get(pk=found).directive_id


def test_the_parser_and_the_search_for_names_work_together(shipped: list[int]) -> None:
    ministry, guangzhou = shipped
    text = """关于进一步做好社会组织疫情防控工作的通知
粤民函〔2023〕33号

各地级以上市民政局：
根据《社会组织登记管理机关疫情防控工作实施方案》（以下简称《实施方案》），现通知如下：
一、各社会组织要按照民社管函〔2020〕5号的要求每日消毒。
二、本通知自印发之日起施行，《关于做好社会组织落实疫情防控工作的指引（试行）》同时废止。

广东省民政厅
2023年2月20日
"""
    made = commands.load_directive(actor=SYSTEM, at=AT, urn="cn/gd/2023/33@2023-02-20", text=text)
    cited = queries.list_cited(made, AT)
    assert [each.document and each.document.expression_id for each in cited] == shipped
    assert [each.kind for each in cited] == ["BASED_ON", "REPLACES"]
    assert "1" in cited[0].addresses
    assert [each.document.expression_id for each in queries.list_citing(ministry, AT)] == [made]
    (replacing,) = queries.list_citing(guangzhou, AT)
    assert replacing.kind == "REPLACES"
    words = {each.words for each in queries.list_mentions(cited)}
    assert "民社管函〔2020〕5号" in words
    assert "社会组织登记管理机关疫情防控工作实施方案" in words
