"""The rows in which the form of a report is put together."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

MOST_FIELDS = 30
_NUMBER = "number"
FIELD_TYPES = [
    ("text", _("一行文字")),
    ("longtext", _("多行文字")),
    ("number", _("整数")),
    ("date", _("日期")),
    ("choice", _("选择")),
    ("yesno", _("是或否")),
]


class EvidenceRow(forms.Form):
    """One field of the form by which a duty is reported."""

    name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    label = forms.CharField(label=_("填写项"), required=False, max_length=100)
    type = forms.ChoiceField(label=_("类型"), choices=FIELD_TYPES, required=False)
    required = forms.BooleanField(label=_("必填"), required=False)
    min = forms.IntegerField(label=_("最小值"), required=False)
    max = forms.IntegerField(label=_("最大值或字数"), required=False)
    choices = forms.CharField(
        label=_("选项，一行一个"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    when = forms.CharField(
        label=_("只在什么情况下问"),
        required=False,
        max_length=200,
        help_text=_("写前面某项的名称和答案，例如“有无疑似病例=是”“人数>0”。总要问的留空。"),
    )

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing was typed in the row."""
        return not (self.cleaned_data.get("label") or "").strip()


if TYPE_CHECKING:
    _FormSet = BaseFormSet[EvidenceRow]
else:
    _FormSet = BaseFormSet


class _Rows(_FormSet):
    """The rows of an evidence form; blank ones are left out."""

    def clean(self) -> None:
        """Check each row against those before it."""
        if any(self.errors):
            return
        earlier: dict[str, dict[str, Any]] = {}
        for row in self.forms:
            if not row.is_blank:
                self._check(row, earlier)

    def _check(self, row: EvidenceRow, earlier: dict[str, dict[str, Any]]) -> None:
        data = row.cleaned_data
        label = data["label"].strip()
        if label in earlier:
            row.add_error("label", _("和前面的一项重名。"))
        options = _lines(data["choices"])
        if data["type"] == "choice" and len(options) < 2:
            row.add_error("choices", _("选项至少两个，一行一个。"))
        if len(set(options)) < len(options):
            row.add_error("choices", _("有两个选项相同。"))
        low, high = data.get("min"), data.get("max")
        if low is not None and high is not None and high < low:
            row.add_error("max", _("最大值小于最小值。"))
        if data["when"] and _condition(data["when"], earlier) is None:
            row.add_error(
                "when", _("写成“前面的填写项=答案”或“前面的整数项>0”，名称和答案要与前面的一致。")
            )
        earlier[label] = {"type": data["type"], "options": options}

    def fields(self, held: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows as fields of a library; names and codes that were there stay."""
        known = {str(each.get("name")): each for each in held}
        rows = [row.cleaned_data for row in self.forms if not row.is_blank]
        taken = {row["name"] for row in rows if row["name"] in known}
        made: list[dict[str, Any]] = []
        by_label: dict[str, dict[str, Any]] = {}
        for row in rows:
            name = row["name"] if row["name"] in known else _free(taken)
            taken.add(name)
            field = _field(row, name, known.get(name, {}))
            when = _condition(row["when"], _told(by_label)) if row["when"] else None
            if when is not None:
                field["when"] = _coded(when, by_label)
            by_label[row["label"].strip()] = field
            made.append(field)
        return made


EvidenceRows = cast(
    "type[_Rows]",
    formset_factory(EvidenceRow, formset=_Rows, extra=0, max_num=MOST_FIELDS, validate_max=True),
)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _free(taken: set[str]) -> str:
    number = 1
    while f"f{number}" in taken:
        number += 1
    return f"f{number}"


def _field(row: Mapping[str, Any], name: str, old: Mapping[str, Any]) -> dict[str, Any]:
    label = row["label"].strip()
    before = old.get("label") if isinstance(old.get("label"), Mapping) else {}
    made: dict[str, Any] = {
        "name": name,
        "type": row["type"] or "text",
        "label": dict(before) if before and before.get("zh") == label else {"zh": label},
    }
    if row["required"]:
        made["required"] = True
    if made["type"] == _NUMBER and row.get("min") is not None:
        made["min"] = row["min"]
    if made["type"] in (_NUMBER, "text", "longtext") and row.get("max") is not None:
        made["max"] = row["max"]
    if made["type"] == "choice":
        codes = {str(each.get("zh")): each for each in old.get("choices") or ()}
        used = {str(each.get("value")) for each in codes.values()}
        made["choices"] = []
        for option in _lines(row["choices"]):
            known = codes.get(option)
            if known is None:
                known = {"value": _code(used), "zh": option}
                used.add(known["value"])
            made["choices"].append(dict(known))
    if old.get("help"):
        made["help"] = old["help"]
    return made


def _code(used: set[str]) -> str:
    number = 1
    while f"A{number}" in used:
        number += 1
    return f"A{number}"


_WHEN = re.compile(r"(.+?)\s*([=＝>＞])\s*(.+)")


def _condition(words: str, earlier: Mapping[str, Mapping[str, Any]]) -> tuple[str, Any] | None:
    """Return label and wanted answer of a condition; a number for “above”; None when it fits none.

    “是” and “否” are answers of a yes-or-no question.
    """
    found = _WHEN.fullmatch(words.strip())
    if found is None or found[1].strip() not in earlier:
        return None
    label, answer = found[1].strip(), found[3].strip()
    kind = earlier[label]["type"]
    if found[2] in ">＞":
        return (label, int(answer)) if kind == _NUMBER and answer.lstrip("-").isdigit() else None
    if kind == "yesno":
        yes = {"是": True, "yes": True, "否": False, "no": False}.get(answer.lower())
        return (label, yes) if yes is not None else None
    if kind == "choice" and answer in earlier[label]["options"]:
        return label, answer
    return None


def _told(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        label: {
            "type": field["type"],
            "options": [each["zh"] for each in field.get("choices", ())],
        }
        for label, field in fields.items()
    }


def _coded(when: tuple[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    label, answer = when
    field = fields[label]
    if isinstance(answer, bool):
        return {"field": field["name"], "equals": answer}
    if isinstance(answer, int):
        return {"field": field["name"], "above": answer}
    code = next(each["value"] for each in field["choices"] if each["zh"] == answer)
    return {"field": field["name"], "equals": code}


def row_starts(fields: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the rows show of the fields of a library."""
    by_name = {str(each.get("name")): each for each in fields}
    return [
        {
            "name": each.get("name", ""),
            "label": zh_of(each.get("label")),
            "type": each.get("type", "text"),
            "required": bool(each.get("required")),
            "min": each.get("min"),
            "max": each.get("max"),
            "choices": "\n".join(str(one.get("zh", "")) for one in each.get("choices") or ()),
            "when": _said(each.get("when"), by_name),
        }
        for each in fields
    ]


def _said(when: Any, by_name: Mapping[str, Mapping[str, Any]]) -> str:
    if not isinstance(when, Mapping):
        return ""
    other = by_name.get(str(when.get("field")), {})
    label = zh_of(other.get("label"))
    if "above" in when:
        return f"{label}>{when['above']}"
    wanted = when.get("equals")
    if isinstance(wanted, bool):
        return label + ("=是" if wanted else "=否")  # data: the words that the row is read by
    for each in other.get("choices") or ():
        if each.get("value") == wanted:
            return f"{label}={each.get('zh', '')}"
    return ""


def zh_of(text: Any) -> str:
    """Return the Chinese of a text in two languages, empty without one."""
    return str(text.get("zh") or "") if isinstance(text, Mapping) else ""
