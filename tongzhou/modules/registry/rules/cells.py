"""Read the cells of an import row, each with its faults.

Every reader takes the row being read, returns the value in the registry's terms (or None) and
appends what is wrong to the row. Sentences are Chinese msgids with ``%(name)s`` places.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from tongzhou.base import identifiers
from tongzhou.modules.registry.contracts import (
    AuthorityReference,
    Form,
    ImportReferences,
    Level,
    OrganKind,
    RegionReference,
    RowFault,
)
from tongzhou.modules.registry.rules import attributes as kinds
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.codes import code_reason

NAME_LIMIT = 100
ADDRESS_LIMIT = 200
CONTACT_LIMIT = 120
PERSON_LIMIT = 40

_NONE_WORDS = frozenset({"", "无", "没有", "—", "-", "/"})
_YES = frozenset({"是", "有", "已建立", "Y", "y", "1", "true", "TRUE", "True"})
_NO = frozenset({"否", "无", "没有", "未建立", "N", "n", "0", "false", "FALSE", "False", ""})
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?[Ee]\+?\d+$")
_DATE = re.compile(
    r"^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[ T]0{1,2}:00(?::00)?)?$"
)
_ATTRIBUTE = re.compile(r"^(.+?)(?:[（(@]\s*(?:自|于)?([0-9][^）)]*?)(?:起)?[）)]?)?$")
_SEPARATORS = re.compile(r"[、;；,，\n]+")
_EXCEL_EPOCH = date(1899, 12, 30)


@cache
def _forms() -> dict[str, Form]:
    """Return wording → form for everything a sheet may say."""
    words: dict[str, Form] = {}
    for form in kinds.ORGANISATION_FORMS:
        kind = kinds.form_kinds()[form]
        for word in (str(form), kind.zh, *kind.synonyms):
            words[word] = form
    return words


@cache
def _attribute_words() -> dict[str, str]:
    """Return wording → attribute code."""
    words: dict[str, str] = {}
    for code, kind in kinds.attribute_kinds().items():
        for word in (code, kind.zh, *kind.synonyms):
            words[word] = code
    return words


@cache
def _classes() -> dict[Form, frozenset[str]]:
    return {form: frozenset({kind.credit_class}) for form, kind in kinds.form_kinds().items()}


_ORGANS_OF_EVERYBODY = kinds.organ_mask([OrganKind.SECRETARIAT])
_ORGANS_OF_LEGAL_PERSONS = kinds.organ_mask([OrganKind.SECRETARIAT, OrganKind.LEGAL_REP])
_PARTY_BIT = kinds.organ_mask([OrganKind.PARTY_ORG])
_BOARD_BIT = kinds.organ_mask([OrganKind.SUPERVISORY_BOARD])


@lru_cache(maxsize=65_536)
def parse_date(text: str) -> date | None:
    """Read a date as people write it, or as the serial number Excel shows; None if it is none."""
    match = _DATE.match(text)
    if match:
        year, month, day, month2, day2 = match.groups()
        try:
            return date(int(year), int(month or month2), int(day or day2))
        except ValueError:
            return None
    if len(text) == 5 and text.isascii() and text.isdigit():
        return _EXCEL_EPOCH + timedelta(days=int(text))
    return None


@lru_cache(maxsize=16_384)
def _parse_attributes(text: str) -> tuple[tuple[tuple[str, str], ...], str, str]:
    """Return ((code, typed date), …), the first unknown wording, and the first wrong date."""
    words = _attribute_words()
    found: dict[str, str] = {}
    for part in _SEPARATORS.split(text):
        part = part.strip()
        if part in _NONE_WORDS:
            continue
        match = _ATTRIBUTE.match(part)
        word, day = (match.group(1).strip(), match.group(2) or "") if match else (part, "")
        code = words.get(word)
        if code is None:
            return (), part, ""
        if day and parse_date(day.strip()) is None:
            return (), "", part
        found[code] = day.strip()
    return tuple(found.items()), "", ""


@dataclass(slots=True)
class Row:
    """Collect the faults of one row while it is read."""

    number: int
    cells: Mapping[str, str]
    faults: list[RowFault]

    def fault(self, where: str, reason: str, way_out: str = "", **params: str | int) -> None:
        """Note a fault in the column ``where``."""
        self.faults.append(RowFault(self.number, where, reason, way_out, params))


def read_name(state: Row, text: str) -> str:
    """Return the name; it must be there, printable and short enough."""
    if not text:
        state.fault(c.NAME, "没有填写。", "请填写登记证书上的全称。")
    elif len(text) > NAME_LIMIT or not text.isprintable():
        state.fault(
            c.NAME,
            "超过%(limit)s字或者含有换行等字符。",
            "请填写登记证书上的全称。",
            limit=NAME_LIMIT,
        )
    return text


def read_address(state: Row, text: str) -> str:
    """Return the address; it may be empty."""
    if len(text) > ADDRESS_LIMIT:
        state.fault(c.ADDRESS, "超过%(limit)s字。", "请缩短。", limit=ADDRESS_LIMIT)
    return text


def read_contact(state: Row, text: str) -> str:
    """Return who to turn to at the territory; it may be empty."""
    if len(text) > CONTACT_LIMIT:
        state.fault(c.TERRITORY, "超过%(limit)s字。", "请缩短。", limit=CONTACT_LIMIT)
    return text


def read_form(state: Row, text: str) -> Form | None:
    """Return the registration form a wording means."""
    form = _forms().get(text)
    if form is None:
        state.fault(
            c.FORM,
            "没有“%(found)s”这种登记形式。" if text else "没有填写。",
            "请填写社会团体、社会服务机构、基金会或者备案社区社会组织。",
            found=text,
        )
    return form


def read_registrar(
    state: Row, text: str, form: Form | None, refs: ImportReferences
) -> AuthorityReference | None:
    """Return the registering authority named by full name or region code."""
    registrar = refs.registrars.get(text)
    if registrar is None:
        if text:
            state.fault(
                c.REGISTRAR,
                "系统中没有登记管理机关“%(found)s”。",
                "请填写民政部门的全称（如“广州市民政局”）或者其六位区划代码。",
                found=text,
            )
        else:
            state.fault(c.REGISTRAR, "没有填写。", "请填写登记（备案）它的民政部门的全称。")
        return None
    if refs.mine is not None and registrar.id not in refs.mine:
        state.fault(
            c.REGISTRAR,
            "“%(found)s”登记的组织不归您维护。",
            "请交由该机关导入，或者改正登记管理机关。",
            found=text,
        )
    if form is Form.GROUP and registrar.level is not Level.COUNTY:
        state.fault(
            c.REGISTRAR,
            "备案社区社会组织应由县（区）级民政部门汇总。",
            "请填写所在县（区）民政局。",
        )
    return registrar


def read_code(
    state: Row, form: Form | None, registrar: AuthorityReference | None, refs: ImportReferences
) -> str:
    """Return the credit code, or the internal number of a filed group; empty means "allot one"."""
    raw, number = state.cells.get(c.CODE, ""), state.cells.get(c.NUMBER, "")
    if _SCIENTIFIC.match(raw):
        state.fault(
            c.CODE,
            "被表格软件存成了数字，末几位已经丢失。",
            "请先把本列设为“文本”，再重新录入代码。",
        )
        return ""
    if form is Form.GROUP and not raw:
        return read_internal_number(state, number)
    code = identifiers.compact_code(raw)
    if number and raw:
        state.fault(c.NUMBER, "有统一社会信用代码的组织不另编内部编号。", "请清空本列。")
    fault = identifiers.check_credit_code(
        code,
        classes=(
            identifiers.SOCIAL_CLASSES if form is None or form is Form.GROUP else _classes()[form]
        ),
        regions=None if registrar is None else _code_regions(state, code, registrar, refs),
    )
    if fault is not None:
        reason, way_out, params = code_reason(fault)
        state.fault(c.CODE, reason, way_out, **params)
    return code


def _code_regions(
    state: Row, code: str, registrar: AuthorityReference, refs: ImportReferences
) -> Collection[str] | None:
    """Return the region digits a code may carry, or None when the registrar has changed."""
    if state.cells.get(c.REGISTRAR_CHANGED, "") in _YES:
        return None
    return refs.code_regions.get(registrar.id, ())


def read_internal_number(state: Row, number: str) -> str:
    """Return a checked internal number; empty means "allot one"."""
    if not number:
        return ""
    number = identifiers.compact_code(number)
    fault = identifiers.check_internal_number(number)
    if fault is not None:
        state.fault(
            c.NUMBER,
            "不是本系统的内部编号。",
            "请留空，由系统编号；或者照抄系统给出的14位编号。",
        )
    return number


def read_place(
    state: Row, text: str, registrar: AuthorityReference | None, refs: ImportReferences
) -> RegionReference | None:
    """Return the county (or city without counties) an organisation sits in."""
    if not text:
        state.fault(c.PLACE, "没有填写。", "请填写住所所在县（区）的六位代码。")
        return None
    region = refs.regions.get(text)
    if region is None:
        ids = refs.region_names.get(text, ())
        if len(ids) > 1 and registrar is not None:
            # A district's name alone is enough where the registrar's province has only one.
            here = [id_ for id_ in ids if id_ // 10_000 == registrar.region_id // 10_000]
            ids = tuple(here) or ids
        if len(ids) == 1:
            region = refs.regions[f"{ids[0]:06d}"]
        else:
            state.fault(
                c.PLACE,
                "全国有%(count)s个“%(found)s”。" if ids else "没有区划“%(found)s”。",
                "请填写六位区划代码。",
                found=text,
                count=len(ids),
            )
            return None
    if region.closed_on is not None:
        heirs = "、".join(
            f"{id_:06d} {refs.regions[f'{id_:06d}'].name}"
            for id_ in region.successors
            if f"{id_:06d}" in refs.regions
        )
        state.fault(
            c.PLACE,
            "%(name)s已于%(day)s撤销。",
            "请改用%(heirs)s。" if heirs else "请改用现在的区划。",
            name=region.name,
            day=region.closed_on.isoformat(),
            heirs=heirs,
        )
        return None
    if not region.addressable:
        state.fault(
            c.PLACE,
            "“%(name)s”下面还有县（区），不够具体。",
            "请填写住所所在的县（区）。",
            name=region.name,
        )
        return None
    return region


def read_established(state: Row, text: str, today: date) -> date | None:
    """Return the day of first registration; it cannot lie in the future."""
    day = parse_date(text)
    if day is None:
        if text:
            state.fault(
                c.ESTABLISHED, "“%(found)s”不是日期。", "请写成2012-03-01的样子。", found=text
            )
        else:
            state.fault(c.ESTABLISHED, "没有填写。", "请填写首次登记（备案）的日期。")
        return None
    if day > today:
        state.fault(c.ESTABLISHED, "%(found)s还没有到。", "请核对年份。", found=day.isoformat())
        return None
    if day.year < 1900:
        state.fault(c.ESTABLISHED, "%(found)s过早。", "请核对年份。", found=day.isoformat())
        return None
    return day


@lru_cache(maxsize=16_384)
def _misfit(form: Form, codes: tuple[str, ...]) -> tuple[str, str] | None:
    return kinds.misfit(form, codes)


def read_attributes(
    state: Row, text: str, form: Form | None, established: date | None, today: date
) -> tuple[int, tuple[tuple[str, date], ...], int]:
    """Return the bitmask, the attributes with their first day, and the mask of those without one.

    Without a date an attribute counts from the day of establishment, but not from before the law
    knew it.
    """
    if not text:
        return 0, (), 0
    entries, unknown, wrong_date = _parse_attributes(text)
    if unknown:
        state.fault(
            c.ATTRIBUTES,
            "不认识属性“%(found)s”。",
            "请照模板“属性说明”表填写，多项用顿号隔开。",
            found=unknown,
        )
        return 0, (), 0
    if wrong_date:
        state.fault(
            c.ATTRIBUTES,
            "“%(found)s”中的日期不对。",
            "请写成“慈善组织（2018-05-01）”的样子。",
            found=wrong_date,
        )
        return 0, (), 0
    known = kinds.attribute_kinds()
    if form is not None:
        wrong = _misfit(form, tuple(code for code, _day in entries))
        if wrong is not None:
            code, needed = wrong
            state.fault(
                c.ATTRIBUTES,
                "“%(attribute)s”须先是“%(needed)s”。"
                if needed
                else "“%(attribute)s”不适用于这种登记形式。",
                "请补上或者删去该属性。" if needed else "请核对登记形式，或者删去该属性。",
                attribute=known[code].zh,
                needed=known[needed].zh if needed else "",
            )
    if established is None:
        return 0, (), 0
    mask = undated = 0
    dated = []
    for code, typed in entries:
        kind = known[code]
        day = parse_date(typed) if typed else None
        if day is not None and not established <= day <= today:
            state.fault(
                c.ATTRIBUTES,
                "“%(attribute)s”的起始日期%(found)s早于成立日期或者晚于今天。",
                "请核对日期。",
                attribute=kind.zh,
                found=day.isoformat(),
            )
        if day is None:
            undated |= 1 << kind.bit
        start = day or established
        if kind.valid_from is not None and start < kind.valid_from:
            start = kind.valid_from
        mask |= 1 << kind.bit
        dated.append((code, start))
    return mask, tuple(dated), undated


@cache
def without_supervisor() -> int:
    """Return the mask of the attributes that exclude a business supervisor."""
    return kinds.attribute_mask(["DIRECT", "DECOUPLED"])


def read_principal(state: Row, column: str, known: Mapping[str, int]) -> int | None:
    """Return the id of a supervisor, industry department or territory; None when there is none."""
    text = state.cells.get(column, "")
    if text in _NONE_WORDS:
        return None
    found = known.get(text)
    if found is None:
        state.fault(
            column,
            "系统中没有“%(found)s”。",
            "请核对全称；确属新单位的，请先在“机关”中登记。",
            found=text,
        )
    return found


def read_organs(state: Row, form: Form | None) -> int:
    """Return the bitmask of the organs an organisation has."""
    mask = _ORGANS_OF_LEGAL_PERSONS if form in kinds.LEGAL_PERSONS else _ORGANS_OF_EVERYBODY
    for column, bit, person in (
        (c.PARTY_ORG, _PARTY_BIT, c.PARTY_SECRETARY),
        (c.BOARD, _BOARD_BIT, c.BOARD_CHAIR),
    ):
        text = state.cells.get(column, "")
        if text in _YES:
            mask |= bit
        elif text not in _NO or text == "":
            state.fault(
                column,
                "应填“是”或者“否”，这里是“%(found)s”。" if text else "没有填写。",
                "请填“是”或者“否”。" if not text else "",
                found=text,
            )
        elif state.cells.get(person):
            state.fault(
                person,
                "“%(column)s”填了“否”，这里却有姓名。",
                "请改正其中一处。",
                column=column,
            )
    return mask


def read_person(state: Row, column: str) -> str:
    """Return a personal name; it may be empty."""
    text = state.cells.get(column, "")
    if not text:
        return ""
    if len(text) > PERSON_LIMIT or not text.isprintable() or any(map(str.isdigit, text)):
        state.fault(column, "“%(found)s”不像姓名。", "请只填姓名。", found=text[:PERSON_LIMIT])
    return text
