"""The whole declaration of a duty as a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongzhou.modules.compiler.contracts import CompilationRow, DutyDraft
from tongzhou.modules.compiler.forms.document import choices_of
from tongzhou.modules.compiler.forms.evidence import zh_of
from tongzhou.modules.compiler.rules.faults import LONGEST_TITLE, spec_faults
from tongzhou.modules.compiler.rules.mapping import default_groups
from tongzhou.modules.compiler.rules.mapping.source import params
from tongzhou.modules.duties.public import ATTRIBUTES, LEVELS, ORGANS, PHASES, Recurrence, Strength

STRENGTHS = {
    Strength.MUST: _("必须"),
    Strength.MUST_NOT: _("不得"),
    Strength.MAY: _("可以"),
    Strength.BEST_EFFORT: _("尽力"),
    Strength.EXHORT: _("倡导"),
}
RECURRENCES = {
    Recurrence.ONCE: _("一次"),
    Recurrence.DAILY: _("每日"),
    Recurrence.DAYS_2: _("每两天"),
    Recurrence.DAYS_3: _("每三天"),
    Recurrence.DAYS_5: _("每五天"),
    Recurrence.WEEKLY: _("每周"),
    Recurrence.TEN_DAYS: _("每旬"),
    Recurrence.BIWEEKLY: _("每两周"),
    Recurrence.MONTHLY: _("每月"),
    Recurrence.QUARTERLY: _("每季度"),
    Recurrence.HALF_YEARLY: _("每半年"),
    Recurrence.YEARLY: _("每年"),
}
DEADLINES = [
    ("", _("不设期限")),
    ("days", _("几天内")),
    ("workdays", _("几个工作日内")),
    ("on", _("某一天之前")),
    ("time", _("每天几点前")),
]


def known_groups() -> dict[str, dict[str, Any]]:
    """Return the groups that are known of other documents, by code."""
    return default_groups([*params()["groups"], *params()["narrower"]])


def group_choices(row: CompilationRow) -> list[tuple[str, str]]:
    """Return the groups of a compilation, then those known of other documents."""
    offered = {**row.groups, **{k: v for k, v in known_groups().items() if k not in row.groups}}
    return [(code, zh_of(body.get("label")) or code) for code, body in offered.items()]


class DutyForm(forms.Form):
    """The declaration of a duty, every field of it."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("任务名称"), max_length=LONGEST_TITLE)
    guide = forms.CharField(
        label=_("怎么做"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一两句大白话，社会组织一看就知道要做什么。"),
    )
    strength = forms.ChoiceField(
        label=_("约束力"), choices=list(STRENGTHS.items()), widget=forms.RadioSelect
    )
    kind = forms.ChoiceField(
        label=_("承担者"),
        choices=[("ORGANISATION", _("社会组织")), ("AUTHORITY", _("登记管理机关"))],
        widget=forms.RadioSelect,
    )
    groups = forms.MultipleChoiceField(
        label=_("哪些社会组织"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就是全部社会组织。"),
    )
    organ = forms.ChoiceField(label=_("由哪个机构办"), required=False)
    without = forms.MultipleChoiceField(
        label=_("除外：有这些属性的"),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-search": "1"}),
    )
    levels = forms.MultipleChoiceField(
        label=_("哪几级登记管理机关"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就是各级。"),
    )
    phases = forms.MultipleChoiceField(label=_("适用的阶段"), widget=forms.CheckboxSelectMultiple)
    phase_words = forms.CharField(
        label=_("原文里限定阶段的话"),
        required=False,
        max_length=200,
        help_text=_("照抄；没有的留空。"),
    )
    include = forms.TypedMultipleChoiceField(
        label=_("只在这些地区"),
        coerce=int,
        required=False,
        widget=forms.SelectMultiple(attrs={"data-search": "1"}),
    )
    exclude = forms.TypedMultipleChoiceField(
        label=_("除了这些地区"),
        coerce=int,
        required=False,
        widget=forms.SelectMultiple(attrs={"data-search": "1"}),
    )
    recurrence = forms.ChoiceField(label=_("频次"), choices=list(RECURRENCES.items()))
    deadline = forms.ChoiceField(label=_("期限"), choices=DEADLINES, required=False)
    days = forms.IntegerField(label=_("天数"), required=False, min_value=0, max_value=366)
    day = forms.DateField(
        label=_("哪一天"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    time = forms.TimeField(
        label=_("几点"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    basis = forms.ChoiceField(
        label=_("频次和期限的依据"),
        choices=[("clause", _("原文写明")), ("setting", _("管理设定"))],
        widget=forms.RadioSelect,
    )
    cites = forms.CharField(
        label=_("要求遵守的另一份文件"),
        required=False,
        max_length=200,
        help_text=_("照抄原文里的文件名；没有的留空。"),
    )
    evidence = forms.ChoiceField(
        label=_("要什么佐证"),
        choices=[
            ("REPORT", _("填报：一张表，或者附件")),
            ("ZERO_REPORT", _("零报告：没有也要报 0")),
            ("STATEMENT", _("确认：点一下“已落实”")),
            ("NONE", _("不需要报送：只作提示，不统计")),
        ],
        widget=forms.RadioSelect,
    )
    files_min = forms.IntegerField(label=_("至少几个附件"), min_value=0, max_value=20)
    files_max = forms.IntegerField(label=_("最多几个附件"), min_value=0, max_value=20)
    minutes = forms.IntegerField(
        label=_("报送一次约几分钟"),
        min_value=0,
        max_value=480,
        help_text=_("如实估计；不需要报送的填 0。"),
    )

    def __init__(
        self,
        *args: Any,
        row: CompilationRow,
        regions: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        offered: dict[str, list[tuple[Any, Any]]] = {
            "groups": group_choices(row),
            "organ": [("", _("本组织自行安排")), *choices_of(ORGANS)],
            "without": choices_of(ATTRIBUTES),
            "levels": choices_of(LEVELS),
            "phases": choices_of(PHASES),
            "include": list(regions),
            "exclude": list(regions),
        }
        for name, choices in offered.items():
            chosen = self.fields[name]
            assert isinstance(chosen, forms.ChoiceField)
            chosen.choices = choices

    @staticmethod
    def start(duty: DutyDraft) -> dict[str, Any]:
        """Return what the form shows of a declaration, complete or not."""
        spec = duty.spec
        bearer, evidence = _part(spec, "bearer"), _part(spec, "evidence")
        deadline, place, files = (
            _part(spec, "deadline"),
            _part(spec, "place"),
            _part(evidence, "files"),
        )
        return {
            "revision": duty.revision,
            "title": zh_of(spec.get("title")),
            "guide": zh_of(spec.get("guide")),
            "strength": spec.get("strength"),
            "kind": bearer.get("kind"),
            "groups": bearer.get("groups") or [],
            "organ": bearer.get("organ") or "",
            "without": bearer.get("without") or [],
            "levels": bearer.get("levels") or [],
            "phases": spec.get("phases") or [],
            "phase_words": spec.get("phase_words") or "",
            "include": place.get("include") or [],
            "exclude": place.get("exclude") or [],
            "recurrence": spec.get("recurrence") or "ONCE",
            "deadline": next((k for k in ("on", "days", "workdays", "time") if k in deadline), ""),
            "days": deadline.get("days", deadline.get("workdays")),
            "day": deadline.get("on"),
            "time": deadline.get("time"),
            "basis": spec.get("deadline_basis") or "setting",
            "cites": spec.get("cites") or "",
            "evidence": evidence.get("kind"),
            "files_min": files.get("min", 0),
            "files_max": files.get("max", files.get("min", 0)),
            "minutes": spec.get("minutes") or 0,
        }

    def clean(self) -> dict[str, Any]:
        """Ask for what belongs together."""
        data = super().clean() or {}
        wanted = {"days": "days", "workdays": "days", "on": "day", "time": "time"}
        field = wanted.get(data.get("deadline") or "")
        if field and field not in self.errors and data.get(field) is None:
            self.add_error(field, _("请填写期限。"))
        if (data.get("files_max") or 0) < (data.get("files_min") or 0):
            self.add_error("files_max", _("最多不能少于至少。"))
        return data

    def spec(self, held: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the declaration as typed, with the fields of the evidence form."""
        data = self.cleaned_data
        made: dict[str, Any] = {
            "title": _kept(held.get("title"), data["title"]),
            "guide": _kept(held.get("guide"), data["guide"]),
            "strength": data["strength"],
            "bearer": self._bearer(),
            "phases": data["phases"],
            "phase_words": "".join(data["phase_words"].split()),
            "cites": "".join(data["cites"].split()),
            "evidence": self._evidence(fields),
            "minutes": data["minutes"],
        }
        place = {name: data[name] for name in ("include", "exclude") if data[name]}
        if place:
            made["place"] = place
        if data["recurrence"] != "ONCE":
            made["recurrence"] = data["recurrence"]
        if deadline := self._deadline():
            made["deadline"] = deadline
        if made.keys() & {"recurrence", "deadline"}:
            made["deadline_basis"] = data["basis"]
        return made

    def add_faults(self, spec: Mapping[str, Any]) -> bool:
        """Show at their fields what a declaration lacks; tell whether it lacks anything."""
        groups = dict(group_choices(self.row))
        found = list(spec_faults("", spec, groups))
        names = {"bearer": "kind"}
        for each in found:
            field = names.get(each.field, each.field)
            told = _(each.text) % each.params if each.params else _(each.text)
            self.add_error(field if field in self.fields else None, told)
        return bool(found)

    def _bearer(self) -> dict[str, Any]:
        data = self.cleaned_data
        parts = ("levels",) if data["kind"] == "AUTHORITY" else ("groups", "organ", "without")
        return {"kind": data["kind"], **{name: data[name] for name in parts if data[name]}}

    def _deadline(self) -> dict[str, Any]:
        data = self.cleaned_data
        time = data["time"].strftime("%H:%M") if data["time"] else ""
        match data["deadline"]:
            case "days" | "workdays" as unit:
                return {unit: data["days"]}
            case "on":
                return {"on": data["day"].isoformat(), **({"time": time} if time else {})}
            case "time":
                return {"time": time}
        return {}

    def _evidence(self, fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        data = self.cleaned_data
        made: dict[str, Any] = {"kind": data["evidence"]}
        if data["evidence"] == "NONE":
            return made
        if fields:
            made["fields"] = list(fields)
        if data["files_max"]:
            made["files"] = {"min": data["files_min"], "max": data["files_max"]}
        return made


def _part(held: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = held.get(name)
    return part if isinstance(part, Mapping) else {}


def _kept(old: Any, words: str) -> dict[str, str]:
    """Return a text; its English stays while the Chinese is the same."""
    return dict(old) if isinstance(old, Mapping) and old.get("zh") == words else {"zh": words}
