"""Made-up figures and texts that show every component; nothing here is a real organisation."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator

from tongzhou.base.errors import Refusal

NOW = datetime(2022, 12, 7, 8, 20, tzinfo=UTC)

OFFICER = SimpleNamespace(label="广州市社会组织管理局", is_public=False, assignment_id=1)
SECRETARY = SimpleNamespace(label="广州市荔湾羽毛球协会", is_public=False, assignment_id=2)
RIBBON = {
    "response": "新冠肺炎疫情防控",
    "level_label": "一级响应",
    "level_code": "LEVEL_1",
    "since": date(2022, 12, 1),
    "place": "广州市",
    "changes_url": "#rules",
}
NAV_AUTHORITY = [
    {"label": "今天", "url": "#", "icon": "today", "active": False},
    {"label": "谁还没报", "url": "#", "icon": "figures", "active": True, "count": 314},
    {"label": "待审核", "url": "#", "icon": "review", "active": False, "count": 27},
    {"label": "文件与任务", "url": "#", "icon": "directive", "active": False},
    {"label": "社会组织", "url": "#", "icon": "organisation", "active": False},
    {"label": "响应阶段", "url": "#", "icon": "response", "active": False},
]
NAV_ORGANISATION = [
    {"label": "今天", "url": "#", "icon": "today", "active": True, "count": 3},
    {"label": "文件", "url": "#", "icon": "directive", "active": False},
    {"label": "报过的", "url": "#", "icon": "history", "active": False},
    {"label": "本单位", "url": "#", "icon": "organisation", "active": False},
]
WHY = [
    {
        "kind": "clause",
        "title": "实施方案 三.8",
        "text": "文件要求社会组织不得擅自派人或组织志愿者进入疫区。",
        "quote": "不擅自委派工作人员或发动组织志愿者进入",
        "href": "#c3.8",
    },
    {
        "kind": "mapping",
        "title": "“各级各类社会组织”包括全部登记形式",
        "text": "文件没有限定类别，社会团体、社会服务机构、基金会都在内。",
    },
    {
        "kind": "facts",
        "title": "本会是社会团体，在荔湾区登记",
        "text": "登记证号和属性以登记系统 2022 年 11 月 30 日的记录为准。",
        "href": "#facts",
        "link_label": "查看本会登记信息",
    },
    {
        "kind": "phase",
        "title": "广州市自 2022 年 12 月 1 日起执行一级响应",
        "text": "今天在执行期内。",
    },
]


def parts(*counts: int) -> list[dict[str, Any]]:
    """Return a strip of accepted, submitted, returned, overdue, silent."""
    codes = ("accepted", "submitted", "returned", "overdue", "silent")
    return [
        {"code": code, "count": count, "href": f"#list-{code}"}
        for code, count in zip(codes, counts, strict=True)
    ]


def _row(
    label: str, counts: tuple[int, ...], children: bool = True, note: str = ""
) -> dict[str, Any]:
    owed = sum(counts)
    return {
        "label": label,
        "note": note,
        "href": "#unit",
        "children_url": "drill-rows.html" if children else None,
        "cells": {
            "strip": parts(*counts),
            "owed": {"value": owed, "href": "#owed"},
            "done": {"value": counts[0] + counts[1], "href": "#done"},
            "returned": {"value": counts[2], "href": "#returned", "tone": "returned"},
            "overdue": {"value": counts[3], "href": "#overdue", "tone": "overdue"},
            "silent": {"value": counts[4], "href": "#silent"},
        },
    }


COLUMNS = [
    {"code": "strip", "label": "进度", "kind": "strip"},
    {
        "code": "owed",
        "label": "应报",
        "kind": "number",
        "help": "当天在执行范围内、应当报送的单位数",
    },
    {"code": "done", "label": "已报", "kind": "number"},
    {"code": "returned", "label": "退回", "kind": "number"},
    {"code": "overdue", "label": "逾期", "kind": "number"},
    {"code": "silent", "label": "未报", "kind": "number"},
]
TABLE = {
    "caption": "各区落实情况",
    "first": "地区",
    "columns": COLUMNS,
    "depth": 0,
    "rows": [
        _row("市本级", (812, 204, 12, 31, 96), children=False),
        _row("天河区", (702, 138, 6, 20, 61)),
        _row("越秀区", (655, 92, 9, 14, 48)),
        _row("海珠区", (488, 61, 0, 9, 40)),
        _row("荔湾区", (401, 77, 3, 12, 33)),
        _row("番禺区", (612, 45, 4, 22, 19)),
        _row("从化区", (203, 12, 0, 0, 17)),
    ],
    "total": {
        "cells": {
            "strip": parts(3873, 629, 34, 108, 314),
            "owed": {"value": 4958, "href": "#owed"},
            "done": {"value": 4502, "href": "#done"},
            "returned": {"value": 34, "href": "#returned", "tone": "returned"},
            "overdue": {"value": 108, "href": "#overdue", "tone": "overdue"},
            "silent": {"value": 314, "href": "#silent"},
        }
    },
}
DEEPER = {
    **TABLE,
    "depth": 1,
    "rows": [
        _row("社会团体", (301, 60, 2, 8, 20)),
        _row("社会服务机构", (390, 70, 4, 12, 40)),
        _row("基金会", (11, 8, 0, 0, 1), children=False),
    ],
}
TIMELINE = [
    {
        "at": datetime(2022, 12, 5, 2, 14, tzinfo=UTC),
        "actor": "秘书处　陈敏",
        "title": "提交报告",
        "state": "submitted",
    },
    {
        "at": datetime(2022, 12, 6, 1, 5, tzinfo=UTC),
        "actor": "荔湾区民政局　黄志强",
        "title": "退回补正",
        "state": "returned",
        "tone": "returned",
        "text": "缺少应急联系人的电话。",
    },
    {
        "at": datetime(2022, 12, 6, 7, 40, tzinfo=UTC),
        "actor": "秘书处　陈敏",
        "title": "重新提交（第 2 版）",
        "state": "submitted",
        "changes": ["应急联系人电话：空 → 已填写", "附件：增加 1 个"],
    },
    {
        "at": datetime(2022, 12, 7, 0, 30, tzinfo=UTC),
        "actor": "荔湾区民政局　黄志强",
        "title": "审核通过",
        "state": "accepted",
        "tone": "done",
    },
]
DAY = [
    {
        "title": "每日零报告",
        "href": "#d1",
        "state": "due_soon",
        "strength": "MUST",
        "due": "今天 16:00 前",
        "organ": "秘书处",
        "minutes": 2,
        "clause": "实施方案 三.9",
        "clause_url": "#c3.9",
        "action_url": "#report",
        "action_label": "报“无”或填报",
        "why": WHY,
    },
    {
        "title": "报送本单位防控方案和应急联系人",
        "href": "#d2",
        "state": "returned",
        "strength": "MUST",
        "due": "12 月 8 日前补正",
        "organ": "法定代表人",
        "minutes": 15,
        "clause": "通知 二.(二).2",
        "clause_url": "#x",
        "action_url": "#report",
        "action_label": "补正",
        "why": WHY,
    },
    {
        "title": "承诺不擅自派人进入疫区",
        "href": "#d3",
        "state": "overdue",
        "strength": "MUST_NOT",
        "due": "应于 12 月 5 日前",
        "organ": "法定代表人",
        "minutes": 3,
        "clause": "实施方案 三.8",
        "clause_url": "#c3.8",
        "action_url": "#report",
        "action_label": "现在补报",
        "why": WHY,
    },
    {
        "title": "党组织带头学习有关部署",
        "href": "#d4",
        "state": "done",
        "strength": "MUST",
        "organ": "党组织",
        "counted": {"label": "12 月 6 日主题党日会议记录", "href": "#record"},
        "clause": "通知 二.(一).1",
        "clause_url": "#x",
    },
    {
        "title": "结合自身特长参与科普宣传",
        "href": "#d5",
        "state": "not_yet",
        "strength": "BEST_EFFORT",
        "organ": "秘书处",
        "action_url": "#report",
        "action_label": "说说做了什么",
        "clause": "通知 三.(六)",
        "clause_url": "#x",
    },
]
CLAUSES = [
    {
        "address": "三",
        "level": 1,
        "label": "三、",
        "heading": "坚持党建引领，加强分类指导，有效推动各级各类社会组织在疫情防控中发挥积极作用",
        "text": "",
    },
    {
        "address": "三.7",
        "level": 2,
        "label": "7.",
        "text": "加大分类指导力度，推动社会组织积极践行社会责任。"
        "行业协会商会要充分发挥行业引导、规范、自律作用，"
        "积极做好会员引导和会员跨区域流动协调管理工作，大力推动会员企业加强自律，坚决杜绝囤积居奇、哄抬物价行为。"
        "社区社会组织要积极响应所在地区党委政府的号召，协助做好疫情排查和宣传教育等工作。",
        "duties": [
            {
                "title": "管住囤积居奇、哄抬物价",
                "quote": "坚决杜绝囤积居奇、哄抬物价行为",
                "strength": "MUST_NOT",
                "bearer": "行业协会商会",
                "due": "响应期间一直有效",
                "href": "#d",
                "why": WHY,
            },
            {
                "title": "协助排查和宣传",
                "quote": "协助做好疫情排查和宣传教育等工作",
                "strength": "BEST_EFFORT",
                "bearer": "社区社会组织",
                "href": "#d",
            },
        ],
        "errata": [{"text": "发文时“年检”误作“年龄”，按“年检”执行。", "href": "#e"}],
    },
    {
        "address": "三.8",
        "level": 2,
        "label": "8.",
        "text": "引导社会组织依法有序参与。"
        "未经批准，社会组织不擅自委派工作人员或发动组织志愿者进入疫区。",
        "duties": [
            {
                "title": "不擅自派人进入疫区",
                "quote": "不擅自委派工作人员或发动组织志愿者进入",
                "strength": "MUST_NOT",
                "bearer": "全部社会组织",
                "state": "overdue",
                "href": "#d",
                "why": WHY,
            }
        ],
        "supplements": [
            {
                "origin": "广州市补充",
                "text": "确需派出的，提前 2 日向登记管理机关报备。",
                "href": "#s",
            }
        ],
    },
]
DIFF = [
    {"address": "二.1", "before": "每周召开一次例会。", "after": "每周召开一次例会。"},
    {
        "address": "二.2",
        "before": "进入场所须测量体温。",
        "after": "进入场所须测量体温并登记去向。",
    },
    {"address": "二.3", "before": "暂停举办一百人以上活动。", "after": None},
    {"address": "二.4", "before": None, "after": "每日十六时前报送零报告。"},
]
BARS = {
    "kind": "bar",
    "title": "各区未报单位",
    "unit": "家",
    "rows": [
        {"label": "市本级", "value": 96, "href": "#a", "tone": "overdue"},
        {"label": "天河区", "value": 61, "href": "#a"},
        {"label": "越秀区", "value": 48, "href": "#a"},
        {"label": "海珠区", "value": 40, "href": "#a"},
        {"label": "荔湾区", "value": 33, "href": "#a"},
        {"label": "番禺区", "value": 19, "href": "#a"},
    ],
}
LINE = {
    "kind": "line",
    "title": "每日报送",
    "unit": "家",
    "series": ["应报", "已报"],
    "rows": [
        {"label": f"12-0{n}", "values": [4958, v]}
        for n, v in enumerate((3120, 3890, 4011, 4270, 4402, 4502), 1)
    ],
}
TREE = {
    "kind": "treemap",
    "title": "社会组织分布",
    "unit": "家",
    "rows": [
        {"label": n, "value": v, "href": "#a"}
        for n, v in (
            ("天河区", 927),
            ("越秀区", 818),
            ("番禺区", 702),
            ("海珠区", 598),
            ("荔湾区", 526),
            ("白云区", 505),
            ("黄埔区", 460),
            ("增城区", 301),
            ("从化区", 232),
        )
    ],
}


class ReportForm(forms.Form):
    """One of each kind of field."""

    contact = forms.CharField(label="应急联系人", help_text="疫情期间 24 小时能找到的人。")
    phone = forms.CharField(label="联系电话")
    on = forms.DateField(label="开始执行的日期", widget=forms.DateInput(attrs={"type": "date"}))
    place = forms.ChoiceField(
        label="场所类型", choices=[("", "请选择"), ("a", "自有场所"), ("b", "租用场所")]
    )
    measures = forms.CharField(
        label="采取了哪些措施", widget=forms.Textarea, max_length=500, help_text="最多 500 字。"
    )
    closed = forms.ChoiceField(
        label="是否暂停线下活动", widget=forms.RadioSelect, choices=[("y", "是"), ("n", "否")]
    )
    groups = forms.MultipleChoiceField(
        label="覆盖了哪些人",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("s", "专职人员"), ("m", "会员"), ("v", "志愿者")],
    )
    plan = forms.FileField(
        label="防控方案",
        required=False,
        help_text="PDF、Word 或图片，每个不超过 20 MB，最多 5 个。",
    )
    sure = forms.BooleanField(label="以上内容由本单位法定代表人确认")


def pages() -> list[tuple[str, str, dict[str, Any]]]:
    """Return name, template and context of every page."""
    authority = {"actor": OFFICER, "role_label": "监管干部", "nav": NAV_AUTHORITY, "ribbon": RIBBON}
    organisation = {
        "actor": SECRETARY,
        "role_label": "秘书处",
        "nav": NAV_ORGANISATION,
        "ribbon": {**RIBBON, "level_code": "LEVEL_2", "level_label": "二级响应"},
    }
    public: dict[str, Any] = {
        "ribbon": {**RIBBON, "level_code": "NORMALISED", "level_label": "常态化防控"}
    }
    public["nav"] = [
        {"label": "有效文件", "url": "#", "active": True},
        {"label": "办事指南", "url": "#", "active": False},
    ]
    form = ReportForm({"contact": "陈敏", "place": "a", "groups": ["s"]})
    running = SimpleNamespace(
        id="a1b2",
        label="导入社会组织名册（8,030 行）",
        state="RUNNING",
        done=3120,
        total=8030,
        message="正在核对统一社会信用代码",
        started_at=NOW - timedelta(seconds=40),
        back="#back",
        file_id=None,
        result={},
    )
    failed = SimpleNamespace(
        id="a1b3",
        label="导入社会组织名册",
        state="REFUSED",
        done=12,
        total=8030,
        message="第 13 行“名称”为空。",
        started_at=NOW,
        back="#back",
        file_id=None,
        result={"way_out": "下载有错误的行，改正后重新导入。"},
    )
    done = SimpleNamespace(
        id="a1b4",
        label="导出各区落实情况",
        state="DONE",
        done=4958,
        total=4958,
        message="",
        started_at=NOW,
        back="#back",
        file_id="f",
        result={},
    )
    return [
        (
            "authority",
            "authority.html",
            {
                **authority,
                "crumbs": [("今天", "#"), ("广东省", "#"), ("广州市", "")],
                "table": TABLE,
                "total": parts(3873, 629, 34, 108, 314),
                "filters": [
                    {"label": "任务", "value": "每日零报告", "remove_url": "#"},
                    {"label": "登记形式", "value": "社会团体", "remove_url": "#"},
                ],
                "page": Paginator(range(314), 25).get_page(4),
                "sizes": [25, 50, 100],
            },
        ),
        ("drill-rows", "ui/drill_rows.html", {"table": DEEPER}),
        ("organisation", "organisation.html", {**organisation, "items": DAY, "crumbs": []}),
        (
            "reading",
            "reading.html",
            {
                **organisation,
                "clauses": CLAUSES,
                "crumbs": [("文件", "#"), ("民社管函〔2020〕5号", "")],
            },
        ),
        (
            "forms",
            "forms.html",
            {
                **organisation,
                "form": form,
                "refusal": Refusal(
                    "已过补报期限，不能再提交。",
                    clause="实施方案 三.9",
                    way_out="请联系荔湾区民政局说明情况。",
                ),
                "crumbs": [("今天", "#"), ("防控方案和应急联系人", "")],
            },
        ),
        (
            "pieces",
            "pieces.html",
            {
                **authority,
                "why": WHY,
                "timeline": TIMELINE,
                "diff": DIFF,
                "jobs": [running, failed, done],
                "now": NOW,
                "parts": parts(1204, 320, 48, 12, 3),
                "states": [
                    "accepted",
                    "submitted",
                    "returned",
                    "overdue",
                    "silent",
                    "due_soon",
                    "draft",
                    "due",
                    "done",
                    "not_yet",
                ],
                "strengths": ["MUST", "MUST_NOT", "MAY", "BEST_EFFORT", "EXHORT"],
                "facts": [
                    {
                        "label": "统一社会信用代码",
                        "value": "51440100MJK9999999",
                        "source": "登记系统",
                    },
                    {"label": "登记日期", "value": date(2009, 5, 12)},
                    {"label": "业务主管单位", "value": "广州市体育局", "href": "#"},
                ],
                "tabs": [
                    {"label": "待审核", "url": "#", "active": True, "count": 27},
                    {"label": "已退回", "url": "#", "active": False, "count": 34},
                    {"label": "已通过", "url": "#", "active": False, "count": 3873},
                ],
                "messages": [Message(message="已保存，荔湾区民政局会收到通知。", level=25)],
            },
        ),
        ("charts", "charts.html", {**authority, "bars": BARS, "line": LINE, "tree": TREE}),
        ("public", "public.html", public),
        ("print", "sheet.html", {**authority, "table": TABLE, "asked_at": NOW}),
        (
            "refused",
            "422.html",
            {
                "title": "办理不了",
                "message": "零报告已经报过，当天不能再报一次。",
                "clause": "实施方案 三.9",
                "way_out": "如需更正，请打开今天已报的零报告点“更正”。",
            },
        ),
        ("failed", "500.html", {"reference": "9f31c2aa"}),
        ("missing", "404.html", {}),
        (
            "login",
            "account/login.html",
            {
                "form": _login(),
                "demo_accounts": [
                    {"label": "监管干部（广州市）", "username": "officer", "password": "…"}
                ],
            },
        ),
    ]


def _login() -> forms.Form:
    class Login(forms.Form):
        login = forms.CharField(
            label="账号或邮箱", widget=forms.TextInput(attrs={"autocomplete": "username"})
        )
        password = forms.CharField(
            label="密码", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
        )
        remember = forms.BooleanField(label="记住我", required=False)

    return Login({"login": "officer"})
