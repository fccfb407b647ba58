"""What the tests of exports share: documents to hand out, read or made up."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from tongzhou.kernel.clock import PLACE
from tongzhou.modules.directives.contracts import CitationKind, DocumentKind, Received
from tongzhou.modules.directives.rules import decode, parse
from tongzhou.modules.directives.rules.exports.document import (
    ExportCitation,
    ExportDocument,
    ExportDuty,
    ExportErratum,
    ExportVersion,
)
from tongzhou.modules.directives.rules.exports.unloaded import describe
from tongzhou.modules.directives.rules.passages import Passage

HERE = Path(__file__).resolve().parent
AT = datetime(2023, 1, 9, 9, 30, tzinfo=PLACE)
GENRE: list[dict[str, Any]] = yaml.safe_load((HERE / "data/genre.yaml").read_text("utf-8"))

#: Every part a directive can have: joint issuers, a number, all levels, three attachments, an
#: attachment of articles, tables, a remark, copies.
FULL = """某省民政厅文件
某民发〔2021〕12号
某省民政厅 某省卫生健康委员会关于印发《全省社会组织疫情防控工作指引（第二版）》的通知
各市、县（区）民政局、卫生健康委，省级各社会组织：
　　为落实上级部署，制定了《全省社会组织疫情防控工作指引（第二版）》，现印发给你们，请认真执行。
　　一、提高思想认识
　　（一）压实各方责任。法定代表人是第一责任人。一是要健全工作机制；二是要明确专人负责。
　　（二）强化会商研判
　　各级民政部门要会同卫生健康部门每周会商一次。
　　1.会商结果报送上一级民政部门。
　　2.重大情况随时报送，网址：http://www.example.gov.cn/col/col1229123/index.html?from=notice。
　　（1）涉及人员密集场所的，应当同时报送属地街道（乡镇）。
　　（2）涉及境外来宾的，应当同时报送外事部门。
　　二、规范情况报送
　　自2021年1月6日起，每日16:00前报送《每日情况报告表》（见附件2）。
　　附件：1.全省社会组织疫情防控工作指引（第二版）
　　　　　2.每日情况报告表
　　　　　3.重点场所和重点人员名录

某省民政厅
某省卫生健康委员会
2021年1月5日
（此件公开发布）

附件1
全省社会组织疫情防控工作指引
（第二版）
　　为指导全省社会组织科学精准做好疫情防控，制定本指引。
第一章　总则
　　第一条　本指引适用于全省依法登记的社会组织。
　　第二条　社会组织应当坚持预防为主、防治结合。
第二章　日常防控
　　第三条　社会组织应当做好下列工作：
　　（一）建立健康监测制度；
　　（二）每日通风不少于2次，每次不少于30分钟。
　　第四条　体温超过37.3℃的人员，不得进入办公场所。

附件2
每日情况报告表
序号\t项目\t数量\t备注
1\t工作人员总数\t\t含兼职人员
2\t体温异常人数\t\t超过37.3℃

附件3
重点场所和重点人员名录
类别\t名称\t报送要求
场所\t会议室、培训教室\t每周报送一次
人员\t境外返回人员\t即时报送

抄送：省委组织部，省应对疫情工作领导小组办公室，各市人民政府办公室。
某省民政厅办公室　　2021年1月5日印发
"""


def made(text: str, urn: str = "cn/x/2021/12@2021-01-05", **more: Any) -> ExportDocument:
    """Return a text as it would be handed out once it was loaded."""
    document = describe(Received(text, "txt"), parse(text), AT, urn=urn, title="无标题的通知")
    return replace(document, **{"source_note": "测试用文件", **more})


def ministry() -> ExportDocument:
    """Return the ministry's plan with its erratum."""
    return made(
        decode((HERE.parent / "data/cn-mca-2020-5.txt").read_bytes()),
        "cn/mca/2020/5@2020-01-29",
        errata=(ExportErratum("2.4.2", "年龄", "年检", "文字识别之误。"),),
    )


def guangzhou() -> ExportDocument:
    """Return the city's guide, which came as one line without a signature."""
    return made(
        decode((HERE.parent / "data/cn-gd-gz-2022-1207.txt").read_bytes()),
        "cn/gd-gz/2022/1207@2022-12-07",
        title="关于做好社会组织落实疫情防控工作的指引（试行）",
        issuer="广州市社会组织管理局、广州市社会组织党委",
    )


def every() -> list[ExportDocument]:
    """Return the shipped directives, the full one, and every case of the genre."""
    return [ministry(), guangzhou(), made(FULL), *(made(case["text"]) for case in GENRE)]


def amended() -> ExportDocument:
    """Return a wording with all that can be known of one: versions, repeal, duties."""
    return made(
        FULL,
        kind=DocumentKind.NOTICE,
        previous=ExportVersion("cn/x/2021/12@2020-12-01", date(2020, 12, 1)),
        amended_by=(ExportVersion("cn/x/2021/12@2021-06-01", date(2021, 6, 1)),),
        supplements=ExportVersion("cn/y/2020/3@2020-02-02", date(2020, 2, 2)),
        repealed_at=AT,
        repealed_by="某省民政厅",
        repeal_reason="被新的指引代替",
        effective_on=date(2021, 1, 6),
        expires_on=date(2022, 1, 5),
        citations=(
            ExportCitation(CitationKind.CITES, "2", "每日情况报告表", "", 0, 1),
            ExportCitation(
                CitationKind.BASED_ON, "p1", "中华人民共和国慈善法", "", 0, 1, "cn/npc/2016/43"
            ),
        ),
        library="x v2",
        duties=(DUTY,),
    )


DUTY = ExportDuty(
    urn="cn/x/2021/12@2021-01-05#2/d2-daily",
    key="d2-daily",
    clause="2",
    quote="每日16:00前报送《每日情况报告表》",
    title="报送每日情况",
    title_en="Report daily",
    guide="每天下午四点前报送，没有也要报零。",
    guide_en="Report by four every day, zero included.",
    strength="MUST",
    bearer_kind="ORGANISATION",
    bearer="全部社会组织的秘书处",
    due="每日 16:00 前",
    phases=("LEVEL_1", "LEVEL_2"),
    evidence="ZERO_REPORT",
    recurrence="DAILY",
    organ="SECRETARIAT",
    groups=("CHARITY",),
    deadline={"time": "16:00:00"},
    deadline_basis="clause",
    minutes=5,
)

_WORDS = st.text(max_size=40)
_LABELS = st.sampled_from(
    ["一、", "（一）", "1.", "（1）", "①", "一是", "第一章", "第二节", "第三条", "1", "", "甲\x0b"]
)


@st.composite
def trees(draw: st.DrawFn) -> ExportDocument:
    """Draw a document of any shape: any words, levels and kinds, parents anywhere above."""
    count = draw(st.integers(0, 9))
    held: list[Passage] = []
    for position in range(count):
        kind = draw(
            st.sampled_from(
                ["ITEM"] * 6
                + ["COVER", "PREAMBLE", "NOTE", "SIGNATURE", "HEADING", "ANNEX", "FOOTER"]
            )
        )
        above = [at for at, each in enumerate(held) if each.kind == "ITEM"]
        parent = draw(st.sampled_from([None, *above])) if kind == "ITEM" else None
        heading, rest = (draw(_WORDS), draw(_WORDS)) if kind == "ITEM" else ("", draw(_WORDS))
        held.append(
            Passage(
                address=f"{held[parent].address}.{position}"
                if parent is not None
                else f"x{position}",
                label=draw(_LABELS) if kind == "ITEM" else "",
                level=draw(st.integers(0, 8)) if kind == "ITEM" else 0,
                kind=kind,
                parent=parent,
                text=heading + rest,
                start=draw(st.integers(0, 99)),
                end=draw(st.integers(0, 99)),
                heading=heading,
                refines=draw(st.sampled_from(["", "3.8"])),
            )
        )
    return ExportDocument(
        urn="cn/x/2021/1@2021-01-05",
        work="cn/x/2021/1",
        title=draw(_WORDS),
        doc_number=draw(_WORDS),
        issuer=draw(_WORDS),
        issued_on=draw(st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1))),
        source="",
        sha256="0" * 64,
        passages=tuple(held),
        exported_at=AT,
        kind=draw(st.sampled_from(DocumentKind)),
        recipients=tuple(draw(st.lists(_WORDS, max_size=2))),
        errata=tuple(
            ExportErratum(each.address, each.text[1:3], draw(_WORDS), draw(_WORDS))
            for each in held[:2]
            if each.text.count(each.text[1:3]) == 1 and each.text[1:3]
        ),
        citations=tuple(
            ExportCitation(CitationKind.CITES, each.address, draw(_WORDS), "", 0, 0)
            for each in held[:1]
        ),
    )
