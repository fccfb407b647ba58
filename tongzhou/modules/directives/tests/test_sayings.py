"""What a document says of itself and of others: kind, effect, citations, headings, tables."""

import pytest

from tongzhou.modules.directives.contracts import BlockKind, CitationKind, DocumentKind
from tongzhou.modules.directives.rules import parse
from tongzhou.modules.directives.rules.effect import kind_of

KINDS = {
    "某市民政局关于印发《某市社会组织管理办法》的通知": DocumentKind.NOTICE,
    "某市社会组织管理办法（试行）": DocumentKind.MEASURES,
    "某省民政厅关于加强社会组织建设的意见": DocumentKind.OPINION,
    "疫情防控应急预案(第二版)": DocumentKind.PLAN,
    "社会组织疫情防控工作指引（试行）": DocumentKind.GUIDE,
    "某县疫情防控指挥部通告（第3号）": DocumentKind.ANNOUNCEMENT,
    "某县疫情防控指挥部2号令": DocumentKind.DECISION,
    "关于同意某协会变更名称的批复": DocumentKind.LETTER,
    "致全市社会组织的倡议书": DocumentKind.INITIATIVE,
    "某协会会长办公会纪要": DocumentKind.REPORT,
    "某社会组织参加志愿服务": DocumentKind.OTHER,
    "": DocumentKind.OTHER,
}


@pytest.mark.parametrize("title", KINDS)
def test_kind_follows_the_last_word_of_the_title(title: str) -> None:
    assert kind_of(title) is KINDS[title]


def _document(body: str, title: str = "某市社会组织管理办法") -> str:
    return f"{title}\n{body}\n某市民政局\n2021年12月6日\n"


EFFECTS = {
    "第九条 本办法自2022年1月1日起施行，有效期五年。": ("2022-01-01", "2026-12-31"),
    "第九条 本办法自印发之日起施行。": ("2021-12-06", None),
    "第九条 本办法自发布之日起施行，有效期2年。": ("2021-12-06", "2023-12-05"),
    "第九条 本办法自印发之日起30日后施行。": ("2022-01-05", None),
    "第九条 本办法自2022年1月1日起施行，执行至2022年12月31日。": ("2022-01-01", "2022-12-31"),
    "第九条 本办法自2022年3月1日起试行，试行期为6个月。": ("2022-03-01", "2022-08-31"),
    "第九条 自发布之日起施行。": ("2021-12-06", None),
    "第九条 《某市社会组织管理办法》自二〇二二年一月一日起实施。": ("2022-01-01", None),
    "第九条 本办法有效期至2024年12月31日。": (None, "2024-12-31"),
    "第九条 本办法即日起施行。": ("2021-12-06", None),
    "第九条 《某省慈善条例》自2016年9月1日起施行，应当认真学习。": (None, None),
    "第九条 上述组织受赠资格的有效期至2020年3月31日。": (None, None),
    "第九条 登记证书有效期为四年。": (None, None),
    "第九条 自2020年1月31日起，每日报告实施情况。": (None, None),
    "第九条 本办法实施前已经登记的，不再变更。": (None, None),
}


@pytest.mark.parametrize("sentence", EFFECTS)
def test_effect_and_end_are_what_the_text_says_of_itself(sentence: str) -> None:
    document = parse(_document(sentence))
    assert (document.effective_on, document.expires_on) == EFFECTS[sentence]


def test_term_counted_from_the_day_of_issue_needs_that_day() -> None:
    text = "关于延期的通知\n各社会组织：\n本通知自印发之日起施行，有效期2年。\n"
    document = parse(text)
    assert (document.effective_on, document.expires_on) == (None, None)


CITES, BASED_ON = CitationKind.CITES, CitationKind.BASED_ON
REPLACES, FORWARDS = CitationKind.REPLACES, CitationKind.FORWARDS
CITATIONS = {
    "根据《某省慈善条例》、《某市章程》和《关于加强管理的通知》（某民发〔2020〕5号）制定。": [
        (BASED_ON, "某省慈善条例", ""),
        (BASED_ON, "某市章程", ""),
        (BASED_ON, "关于加强管理的通知", "某民发〔2020〕5号"),
    ],
    "按照某民发〔2020〕5号和某政办﹝2021﹞12 号文件要求执行。": [
        (BASED_ON, "", "某民发〔2020〕5号"),
        (BASED_ON, "", "某政办〔2021〕12号"),
    ],
    "现将《社会组织防控方案》印发给你们，请遵照执行。": [(FORWARDS, "社会组织防控方案", "")],
    "《社会组织防控方案》已经局长办公会通过，现予印发。": [(FORWARDS, "社会组织防控方案", "")],
    "现转发《某省社会组织登记办法》（2020年第3号），请贯彻。": [
        (FORWARDS, "某省社会组织登记办法", "2020年第3号")
    ],
    "本办法自发布之日起施行，《某市社会组织暂行办法》（某民规〔2015〕1号）同时废止。": [
        (REPLACES, "某市社会组织暂行办法", "某民规〔2015〕1号")
    ],
    "废止《某市收费规定》，原《某市评估办法》停止执行。": [
        (REPLACES, "某市收费规定", ""),
        (REPLACES, "某市评估办法", ""),
    ],
    "省厅印发了《关于动员社会组织的通知》（以下简称《通知》），各单位应当学习《通知》。": [
        (CITES, "关于动员社会组织的通知", "")
    ],
    "填写《社会组织登记申请表》和《年度工作报告书》，提交《法人登记证书》。": [],
    "学习《论语》《红楼梦》，比例为（2020）年的5%。": [],
    "依据《某局关于印发〈某某防控指南〉的通知》办理，落实《实施方案》。": [
        (BASED_ON, "某局关于印发〈某某防控指南〉的通知", "")
    ],
    "遵守《慈善法》和民政部令第62号公布的《志愿服务管理暂行办法》。": [
        (CITES, "慈善法", ""),
        (CITES, "志愿服务管理暂行办法", ""),
    ],
}


@pytest.mark.parametrize("sentence", CITATIONS)
def test_citations_say_what_a_document_is_named_for(sentence: str) -> None:
    text = f"关于做好工作的通知\n各社会组织：\n{sentence}\n"
    document = parse(text)
    found = [(each.kind, each.title, each.doc_number) for each in document.citations]
    assert found == CITATIONS[sentence]
    for each in document.citations:
        named = text[each.start : each.end]
        assert named.startswith("《") or named[0] == each.doc_number[0]


def test_title_that_sends_a_text_counts_once() -> None:
    title = "关于印发《某市防控方案》的通知"
    document = parse(f"{title}\n各社会组织：\n为做好防控，请各地贯彻落实。\n2020年1月1日\n")
    assert [(each.kind, each.title) for each in document.citations] == [(FORWARDS, "某市防控方案")]
    again = parse(
        f"{title}\n各社会组织：\n我局制定了《某市防控方案》，请各地落实。\n2020年1月1日\n"
    )
    assert [(each.kind, each.title) for each in again.citations] == [(FORWARDS, "某市防控方案")]


def test_own_number_is_no_citation() -> None:
    text = (
        "某民发〔2020〕5号\n关于做好工作的通知\n各社会组织：\n原通知（某民发〔2020〕5号）有误。\n"
    )
    assert parse(text).citations == []


HEADINGS = """关于加强管理的通知
各社会组织：
现通知如下。
一、总体要求
因应防控需要，依法有序开展工作。
二、加强组织部署，推动疫情防控责任在登记管理工作中落实落细
（一）加强窗口管理.各级登记管理机关要做好消毒。
（二）要做好消毒。窗口人员应当佩戴口罩。
（三）每日报告.每日16:00前报送。
（四）对存在下列问题的社会团体要进行整改：
1.财务管理混乱的；
2.报送时间：每月5日前报送。
三、切实加强社会组织登记管理机关自身疫情防控和宣传引导工作。各地要及时报告。
四、落实责任。
五、联系方式　某科室办理。
某市民政局
2021年1月1日
"""


def test_heading_only_names_what_follows() -> None:
    document = parse(HEADINGS)
    assert [(clause.label, clause.heading) for clause in document.clauses] == [
        ("一、", "总体要求"),
        ("二、", "加强组织部署，推动疫情防控责任在登记管理工作中落实落细"),
        ("（一）", "加强窗口管理"),
        ("（二）", ""),
        ("（三）", ""),
        ("（四）", ""),
        ("1.", ""),
        ("2.", "报送时间"),
        ("三、", "切实加强社会组织登记管理机关自身疫情防控和宣传引导工作"),
        ("四、", ""),
        ("五、", "联系方式"),
    ]
    assert all(clause.text.startswith(clause.heading) for clause in document.clauses)


def test_heading_of_an_article_stands_in_brackets() -> None:
    document = parse(
        "某条例\n第一章 总则\n第一条【目的】为规范管理，制定本条例。\n第二条 适用全市。\n"
    )
    assert [clause.heading for clause in document.clauses] == ["总则", "【目的】", ""]


TABLE = """某市民政局关于公布名单的公告
现将名单公告如下：
序号\t名称\t等级\t评估时间
1、\t某市软件行业协会\t5A\t2020年1月1日
2、\t某市慈善会\t4A\t2020年1月2日
3、\t某市律师协会\t3A\t2020年1月3日
一、以上组织应当公开信息。
二、有效期内应当接受抽查。
特此公告。
某市民政局
2021年2月26日
"""


def test_columns_in_plain_text_are_a_table_and_yield_no_clauses() -> None:
    document = parse(TABLE)
    assert [clause.label for clause in document.clauses] == ["一、", "二、"]
    ((start, end),) = document.tables
    assert TABLE[start:end].startswith("序号")
    assert TABLE[start:end].endswith("2020年1月3日")
    annex = [block for block in document.blocks if block.kind is BlockKind.ANNEX]
    assert [block.text.splitlines()[0] for block in annex] == ["序号 名称 等级 评估时间"]
    assert document.date == "2021-02-26"


def test_table_given_by_the_reader_of_a_file_yields_no_clauses() -> None:
    row = "1.提交申请 2.受理\n3.审查 4.发证\n"
    head = "关于登记流程的通知\n各社会组织：\n"
    text = f"{head}一、流程见下表。\n{row}二、按流程办理。\n三、及时办结。\n"
    start = text.index("1.提交")
    assert [c.label for c in parse(text).clauses][:3] != ["一、", "二、", "三、"]
    document = parse(text, tables=[(start, start + len(row))])
    assert [clause.label for clause in document.clauses] == ["一、", "二、", "三、"]
    assert "1.提交申请" in document.clauses[0].text
    assert document.tables == [(start, start + len(row) - 1)]


def test_table_that_is_the_whole_page_is_none() -> None:
    text = "关于做好工作的通知\n各社会组织：\n一、提高认识。\n二、落实责任。\n"
    document = parse(text, tables=[(0, len(text))])
    assert [clause.label for clause in document.clauses] == ["一、", "二、"]
    assert document.tables == []


@pytest.mark.parametrize(
    "lines",
    [
        "第一章　总　　则\n第二章　登　　记\n第三章　附　　则",
        "孙　某　　某部副部长\n黄某某　　某局局长\n王　某　　某委主任",
        "组长：某某  副组长：某某\n组员：某某、某某\n电话：12345  传真：54321",
    ],
)
def test_spaced_words_and_lists_of_people_are_no_tables(lines: str) -> None:
    assert parse(f"关于做好工作的通知\n各社会组织：\n{lines}\n请执行。\n").tables == []
