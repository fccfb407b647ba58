"""Say which columns an import sheet has, in the words of its users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongzhou.base.errors import Refusal

CODE = "统一社会信用代码"
NUMBER = "内部编号"
NAME = "名称"
FORM = "登记形式"
REGISTRAR = "登记管理机关"
REGISTRAR_CHANGED = "登记管理机关曾变更"
PLACE = "所在地区划代码"
ADDRESS = "住所"
ESTABLISHED = "成立日期"
ATTRIBUTES = "属性"
SUPERVISOR = "业务主管单位"
INDUSTRY = "行业管理部门"
TERRITORY = "属地联系人"
LEGAL_REP = "法定代表人"
SECRETARY = "秘书长"
PARTY_ORG = "党组织"
PARTY_SECRETARY = "党组织负责人"
BOARD = "监事会"
BOARD_CHAIR = "监事长"
#: Added to the workbook of faulty rows; read and ignored when that workbook comes back.
FAULTS = "错误原因"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sheet: its heading, what goes in, and the values offered."""

    name: str
    note: str
    example: str
    required: bool = False
    choices: tuple[str, ...] = ()
    width: int = 14


YES_NO = ("是", "否")

#: The template's sheets, and the columns of the two that explain the first.
TEMPLATE_SHEETS = ("社会组织", "填写说明", "属性说明")
HELP_COLUMNS = (("列名", 22), ("是否必填", 10), ("怎么填", 90), ("示例", 30))
HELP_WARNING = ("注意", "", "只读取第一张表；第一行列名不要改动；空行会跳过。", "")
KIND_COLUMNS = (
    ("属性", 26),
    ("也可以写成", 26),
    ("适用的登记形式", 48),
    ("须先有", 16),
    ("依据", 70),
)
NEEDED = {True: "必填", False: "选填"}

COLUMNS: tuple[Column, ...] = (
    Column(
        CODE,
        "18位，GB 32100-2015。社会团体51、社会服务机构52、基金会53开头。"
        "备案社区社会组织没有代码，留空即可。请把本列设为“文本”，否则末几位会丢失。",
        "51440100500234567J",
        width=24,
    ),
    Column(
        NUMBER,
        "仅用于没有统一社会信用代码的备案社区社会组织；留空由系统编号。",
        "",
        width=18,
    ),
    Column(NAME, "登记证书上的全称，不超过100字。", "广州市示例行业协会", True, width=36),
    Column(
        FORM,
        "登记证书上的形式，四种之一；“民办非企业单位”等同于“社会服务机构”。",
        "社会团体",
        True,
        ("社会团体", "社会服务机构", "基金会", "备案社区社会组织"),
        18,
    ),
    Column(
        REGISTRAR,
        "登记（备案）它的民政部门的全称，或该机关的六位区划代码。",
        "广州市民政局",
        True,
        width=22,
    ),
    Column(
        REGISTRAR_CHANGED,
        "代码的第3至8位是当初登记机关的区划。登记机关后来变更过的填“是”，其余留空。",
        "",
        False,
        YES_NO,
    ),
    Column(
        PLACE,
        "住所所在县（区）的六位代码，也可以写名称，如“天河区”；东莞、中山等不设县的市写市代码。",
        "440106",
        True,
        width=16,
    ),
    Column(ADDRESS, "详细地址，不超过200字。", "天河区示例路1号", width=30),
    Column(ESTABLISHED, "首次登记（备案）的日期，如2012-03-01。", "2012-03-01", True),
    Column(
        ATTRIBUTES,
        "可多项，用顿号隔开；可注明起始日期，如“慈善组织（2018-05-01）”。可选项见“属性说明”表。",
        "行业协会商会、已脱钩",
        width=30,
    ),
    Column(SUPERVISOR, "没有的留空或填“无”。", "", width=22),
    Column(INDUSTRY, "已脱钩、直接登记的也可以有。", "", width=22),
    Column(TERRITORY, "所在街道（镇）的联系单位、姓名和电话，不超过120字。", "", width=30),
    Column(LEGAL_REP, "姓名；法人必填。", "陈示例"),
    Column(SECRETARY, "秘书长或者日常工作负责人的姓名。", ""),
    Column(PARTY_ORG, "是否已建立党组织（含联合党支部）。", "否", True, YES_NO, 10),
    Column(PARTY_SECRETARY, "党组织书记姓名；没有党组织的留空。", ""),
    Column(BOARD, "是否设监事会或者监事。", "是", True, YES_NO, 10),
    Column(BOARD_CHAIR, "监事长或者监事姓名；没有的留空。", ""),
)

NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)


# A spreadsheet takes a CSV cell that begins like this for a formula; an apostrophe keeps it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: str) -> str:
    """Return a cell as a CSV file may hold it without a spreadsheet reckoning with it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def plain(cell: str) -> str:
    """Return what somebody meant by a cell that :func:`inert` guarded."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def check_header(header: Sequence[str]) -> None:
    """Raise one Refusal that names every missing, unknown and repeated column of a sheet."""
    named = [name for name in header if name]
    complaints = []
    missing = [name for name in (CODE, *REQUIRED) if name not in named]
    unknown = [name for name in named if name not in NAMES and name != FAULTS]
    repeated = sorted({name for name in named if named.count(name) > 1})
    for label, names in (("缺少列", missing), ("不认识的列", unknown), ("重复的列", repeated)):
        if names:
            complaints.append(f"{label}：{'、'.join(f'“{name}”' for name in names)}")
    if complaints:
        raise Refusal(
            "表头与模板不符。%(complaints)s。",
            params={"complaints": "；".join(complaints)},
            code="wrong-columns",
            field="file",
            way_out="请下载模板，把数据粘贴到模板中，不要改动第一行的列名。",
        )
