"""Read the evidence form of a duty: its fields, their bounds and conditions, and its files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tongzhou.modules.duties.contracts import (
    Choice,
    Condition,
    EvidenceKind,
    EvidenceSpec,
    FieldSpec,
    FieldType,
)
from tongzhou.modules.duties.rules.library_reader import Reader

#: Bounds of a field that states none: no form takes texts or numbers without end.
DEFAULT_MAX: Mapping[FieldType, int] = {
    FieldType.TEXT: 200,
    FieldType.LONGTEXT: 2000,
    FieldType.NUMBER: 1_000_000_000,
}
_MOST_FILES = 20
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VALUE = re.compile(r"[A-Z][A-Z0-9_]*")
_RESERVED = frozenset({"files"})
_BOUNDED = frozenset(DEFAULT_MAX)


def evidence(at: Reader, kind: EvidenceKind, fields: object, files: object) -> EvidenceSpec:
    """Return the evidence specification from the YAML values of ``fields`` and ``files``."""
    limits = at.mapping(files, "evidence.files", optional={"min", "max"})
    least = at.integer(limits.get("min", 0), "evidence.files.min", low=0, high=_MOST_FILES)
    spec = EvidenceSpec(
        kind=kind,
        fields=_fields(at, fields),
        files_min=least,
        files_max=at.integer(
            limits.get("max", least), "evidence.files.max", low=least, high=_MOST_FILES
        ),
    )
    if kind is EvidenceKind.REPORT and not (spec.fields or spec.files_min):
        at.refuse("evidence", "报告至少要有一个字段或附件，否则应为 STATEMENT")
    if kind is EvidenceKind.ZERO_REPORT and not any(map(_states_zero, spec.fields)):
        at.refuse("evidence.fields", "零报告至少要有一个必填、最小值为 0 的数字字段")
    return spec


def _states_zero(spec: FieldSpec) -> bool:
    return spec.type is FieldType.NUMBER and spec.required and spec.min == 0 and spec.when is None


def _fields(at: Reader, value: object) -> tuple[FieldSpec, ...]:
    found: dict[str, FieldSpec] = {}
    for body in at.sequence(value, "evidence.fields"):
        spec = _field(at, body, found)
        if spec.name in found:
            at.refuse(f"evidence.fields.{spec.name}", "字段名重复")
        found[spec.name] = spec
    return tuple(found.values())


def _field(at: Reader, value: object, earlier: Mapping[str, FieldSpec]) -> FieldSpec:
    items = at.mapping(
        value,
        "evidence.fields",
        required={"name", "type", "label"},
        optional={"required", "min", "max", "choices", "when", "help"},
    )
    name = at.string(items["name"], "evidence.fields.name", pattern=_NAME)
    path = f"evidence.fields.{name}"
    if name in _RESERVED:
        at.refuse(path, "这个字段名已有他用")
    kind = at.member(items["type"], f"{path}.type", FieldType)
    if "max" in items and kind not in _BOUNDED:
        at.refuse(f"{path}.max", "只有文字和数字有最大值")
    if "min" in items and kind is not FieldType.NUMBER:
        at.refuse(f"{path}.min", "只有数字有最小值")
    if ("choices" in items) != (kind is FieldType.CHOICE):
        at.refuse(f"{path}.choices", "选择题须写选项，其他字段不写")
    low = at.integer(items["min"], f"{path}.min") if "min" in items else None
    high = at.integer(items["max"], f"{path}.max") if "max" in items else DEFAULT_MAX.get(kind)
    if high is not None and high < (low if low is not None else 1):
        at.refuse(f"{path}.max", "最大值小于最小值")
    return FieldSpec(
        name=name,
        type=kind,
        label=at.text(items["label"], f"{path}.label"),
        required=at.boolean(items.get("required", False), f"{path}.required"),
        min=low,
        max=high,
        choices=_choices(at, items.get("choices", []), path),
        when=_condition(at, items["when"], path, earlier) if "when" in items else None,
        help=at.text(items["help"], f"{path}.help") if "help" in items else None,
    )


def _choices(at: Reader, value: object, path: str) -> tuple[Choice, ...]:
    found: list[Choice] = []
    for body in at.sequence(value, f"{path}.choices"):
        items = at.mapping(body, f"{path}.choices", required={"value", "zh"}, optional={"en"})
        code = at.string(items["value"], f"{path}.choices.value", pattern=_VALUE)
        if any(choice.value == code for choice in found):
            at.refuse(f"{path}.choices", f"选项 {code} 重复")
        words = {key: items[key] for key in ("zh", "en") if key in items}
        label = at.text(words, f"{path}.choices.{code}")
        found.append(Choice(code, label))
    if len(found) == 1:
        at.refuse(f"{path}.choices", "选项至少两个")
    return tuple(found)


def _condition(at: Reader, value: object, path: str, earlier: Mapping[str, FieldSpec]) -> Condition:
    path = f"{path}.when"
    items = at.mapping(value, path, required={"field"}, optional={"equals", "above"})
    name = at.string(items["field"], f"{path}.field")
    other = earlier.get(name)
    if other is None:
        at.refuse(f"{path}.field", f"前面没有字段 {name}")
    if len(items) != 2:
        at.refuse(path, "equals 和 above 应恰好写一项")
    if "above" in items:
        if other.type is not FieldType.NUMBER:
            at.refuse(f"{path}.above", f"字段 {name} 不是数字")
        return Condition(name, above=at.integer(items["above"], f"{path}.above"))
    wanted = items["equals"]
    if other.type is FieldType.YESNO:
        return Condition(name, equals=at.boolean(wanted, f"{path}.equals"))
    if other.type is not FieldType.CHOICE:
        at.refuse(f"{path}.equals", f"字段 {name} 不是选择题，也不是是否题")
    (code,) = at.codes([wanted], f"{path}.equals", [choice.value for choice in other.choices])
    return Condition(name, equals=code)
