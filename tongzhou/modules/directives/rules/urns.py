"""Propose the permanent address of a directive from who issued it, its number and its date.

A work is ``cn/issuer/year/number``; an expression adds ``@date``. The proposal is only that: the
officer who loads a directive may write another one, as long as it is well formed and free.
"""

import re
from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pypinyin import Style, lazy_pinyin

from tongzhou.base.errors import Refusal

_PARAMS = Path(__file__).parent.parent / "params" / "issuers.yaml"
_NUMBER = re.compile(r"^(.*?)[〔\[（(【﹝](\d{4})[〕\]）)】﹞]\s*第?\s*(\d+)\s*号")
_URN = re.compile(r"cn(/[a-z0-9]+(-[a-z0-9]+)*){2,4}@(\d{4}-\d{2}-\d{2})")
LONGEST_URN = 120


@cache
def _params() -> dict[str, dict[str, str]]:
    with _PARAMS.open(encoding="utf-8") as file:
        loaded: dict[str, dict[str, str]] = yaml.safe_load(file)
    return loaded


def province_code(name: str) -> str:
    """Return the letters of a province by its full name, empty when unknown."""
    return _params()["provinces"].get(name, "")


def initials(pinyin: str) -> str:
    """Return the initials of spaced syllables without the last, which names the kind of place."""
    parts = pinyin.split()
    return "".join(part[0] for part in (parts[:-1] or parts))


def issuer_code(issuer: str, places: Collection[str] = ()) -> str:
    """Return the part of the address that names the issuer.

    ``places`` are the codes of the region an issuer's name begins with, from the province down
    (``gd``, ``gz``). A department of the centre goes by its own abbreviation, anybody else by the
    initials of the name.
    """
    if places:
        return "-".join(places)
    departments = _params()["departments"]
    fitting = [name for name in departments if issuer.startswith(name)]
    if fitting:
        return departments[max(fitting, key=len)]
    letters = lazy_pinyin(re.sub(r"[^\u4e00-\u9fff]", "", issuer), style=Style.FIRST_LETTER)
    return "".join(letters)[:12]


def propose_urn(
    code: str, doc_number: str, issued_on: date | None, taken: Collection[str] = ()
) -> str:
    """Return an expression's URN, empty when neither number nor date are known.

    ``taken`` holds works that other directives have: two offices of one ministry may both issue a
    number 5 in one year; then the words of the number tell them apart.
    """
    if not code or issued_on is None:
        return ""
    found = _NUMBER.match(doc_number.strip())
    if found:
        words, year, number = found.groups()
        work = f"cn/{code}/{year}/{int(number)}"
        if work in taken:
            letters = "".join(
                lazy_pinyin(re.sub(r"[^\u4e00-\u9fff]", "", words), style=Style.FIRST_LETTER)
            )
            work = f"cn/{code}/{year}/{letters or 'x'}-{int(number)}"
    else:
        work = f"cn/{code}/{issued_on.year}/{issued_on:%m%d}"
    base, count = work, 1
    while work in taken:
        count += 1
        work = f"{base}-{count}"
    return f"{work}@{issued_on.isoformat()}"


def check_urn(urn: str) -> tuple[str, date]:
    """Return the work and the date of an expression's URN; Refusal when it is malformed."""
    found = _URN.fullmatch(urn)
    if found and len(urn) <= LONGEST_URN:
        try:
            return urn.partition("@")[0], date.fromisoformat(found[3])
        except ValueError:
            pass
    raise Refusal(
        "文件地址“%(urn)s”写法不对。",
        params={"urn": urn[:LONGEST_URN]},
        code="directive-urn",
        field="urn",
        way_out="写成 cn/机关/年/号@成文日期，只用小写字母、数字和连字符，"
        "例如 cn/mca/2020/5@2020-01-29。",
    )
