"""Check what was filled in against the form a duty asks for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from tongzhou.modules.duties.contracts import (
    Condition,
    EvidenceKind,
    EvidenceSpec,
    FieldSpec,
    FieldType,
    Message,
)

#: A checked value: text, whole number, or yes/no; dates and choices are texts. Fit for JSON.
Value = str | int | bool

#: Kinds of evidence that may be accepted on receipt.
RECEIVABLE = frozenset({EvidenceKind.STATEMENT, EvidenceKind.ZERO_REPORT})

_YES = frozenset({"yes", "true", "1", "on", "是"})
_NO = frozenset({"no", "false", "0", "off", "否"})
_FILES = "files"
_UNSTORABLE = frozenset({"Cc", "Cs"})
_LINES = str.maketrans("", "", "\n\t")


def check_evidence(
    spec: EvidenceSpec, data: Mapping[str, object], file_count: int
) -> tuple[dict[str, Value], dict[str, Message]]:
    """Return the clean values of a form and the faults by field; files are under ``files``.

    Values come from an HTML form (texts) or from JSON. A field that its condition hides is left
    out whatever was sent, and so is a blank one that may be blank. Nothing is ever filled in: a
    number that was not stated stays unstated, so silence cannot become a zero.
    """
    clean: dict[str, Value] = {}
    faults: dict[str, Message] = {}
    if not spec.is_wanted:
        return clean, {_FILES: Message("no_evidence")}
    known = {field.name for field in spec.fields}
    for name in data:
        if name not in known:
            faults[name] = Message("unknown")
    for field in spec.fields:
        if not _is_asked(field.when, clean):
            continue
        raw = _plain(data.get(field.name))
        if raw is None or raw == "":
            if field.required:
                faults[field.name] = Message(_missing(spec, field))
            continue
        value, fault = _CHECKS[field.type](field, raw)
        if fault is not None:
            faults[field.name] = fault
        elif value is not None:
            clean[field.name] = value
    if file_count < spec.files_min:
        faults[_FILES] = Message("too_few_files", {"min": spec.files_min, "found": file_count})
    elif file_count > spec.files_max:
        faults[_FILES] = Message("too_many_files", {"max": spec.files_max, "found": file_count})
    return clean, faults


def asked_fields(spec: EvidenceSpec, clean: Mapping[str, Value]) -> tuple[FieldSpec, ...]:
    """Return the fields that are asked given the checked answers so far, in form order."""
    return tuple(field for field in spec.fields if _is_asked(field.when, clean))


def _is_asked(condition: Condition | None, clean: Mapping[str, Value]) -> bool:
    """Tell whether a field is asked; a fault in the field it depends on hides it for now."""
    if condition is None:
        return True
    answer = clean.get(condition.field)
    if answer is None:
        return False
    if condition.above is not None:
        return isinstance(answer, int) and answer > condition.above
    return answer == condition.equals


def _missing(spec: EvidenceSpec, field: FieldSpec) -> str:
    states_zero = spec.kind is EvidenceKind.ZERO_REPORT and field.type is FieldType.NUMBER
    return "not_zero" if states_zero else "required"


def _plain(value: object) -> object:
    """Trim a text and give line ends one form; other values stay as they are."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return value


_Answer = tuple[Value | None, Message | None]


def _text(field: FieldSpec, raw: object) -> _Answer:
    if not isinstance(raw, str):
        return None, Message("not_text")
    if any(unicodedata.category(character) in _UNSTORABLE for character in raw.translate(_LINES)):
        return None, Message("control")
    if field.type is FieldType.TEXT:
        raw = " ".join(raw.split())
    if field.max is not None and len(raw) > field.max:
        return None, Message("too_long", {"max": field.max, "found": len(raw)})
    return raw, None


def _number(field: FieldSpec, raw: object) -> _Answer:
    """Accept a whole number, also with full-width digits or thousands separators."""
    if isinstance(raw, str):
        digits = unicodedata.normalize("NFKC", raw).replace(",", "")
        sign, unsigned = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
        # 10² is no 102: signs that only look like digits are not taken for them.
        odd = any(each.isdigit() and not each.isdecimal() for each in raw)
        if odd or not (unsigned.isascii() and unsigned.isdigit()) or len(unsigned) > 18:
            return None, Message("not_number")
        number = int(sign + unsigned)
    elif isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**18:
        number = raw
    else:
        return None, Message("not_number")
    if field.min is not None and number < field.min:
        return None, Message("too_small", {"min": field.min})
    if field.max is not None and number > field.max:
        return None, Message("too_large", {"max": field.max})
    return number, None


def _date(_field: FieldSpec, raw: object) -> _Answer:
    if isinstance(raw, date):
        return date(raw.year, raw.month, raw.day).isoformat(), None
    if isinstance(raw, str) and len(raw) == len("2020-02-03"):
        try:
            return date.fromisoformat(raw).isoformat(), None
        except ValueError:
            pass
    return None, Message("not_date")


def _choice(field: FieldSpec, raw: object) -> _Answer:
    for choice in field.choices:
        if raw == choice.value:
            return choice.value, None
    return None, Message("not_choice")


def _yesno(_field: FieldSpec, raw: object) -> _Answer:
    if isinstance(raw, bool):
        return raw, None
    if isinstance(raw, str):
        if raw.lower() in _YES:
            return True, None
        if raw.lower() in _NO:
            return False, None
    return None, Message("not_yesno")


_CHECKS: Mapping[FieldType, Callable[[FieldSpec, object], _Answer]] = {
    FieldType.TEXT: _text,
    FieldType.LONGTEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.YESNO: _yesno,
}


def may_be_received(spec: EvidenceSpec, clean: Mapping[str, object]) -> bool:
    """Tell whether checked answers need no review: a statement, or a report of zeros alone.

    The first number above zero puts a zero report before somebody's eyes, and so does a statement
    that says no to what it should confirm.
    """
    if spec.kind not in RECEIVABLE:
        return False
    values = [clean[field.name] for field in spec.fields if field.name in clean]
    return not any(
        value is False or (isinstance(value, int) and not isinstance(value, bool) and value > 0)
        for value in values
    )
