"""Validation of what people type about duties: answers, reasons, filters, libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongzhou.kernel.files import EVIDENCE_KINDS, MAX_UPLOAD_BYTES, MIB
from tongzhou.modules.duties.contracts import (
    EvidenceKind,
    EvidenceSpec,
    FieldSpec,
    FieldType,
)
from tongzhou.modules.duties.rules.evidence import check_evidence

PREFIX = "a-"
ACCEPTED = ",".join(f".{kind}" for kind in sorted(EVIDENCE_KINDS))

COMMON_REASONS = (
    _("填报内容与附件不一致，请核对后重新报送。"),
    _("数据疑似有误，请核实后重新填报。"),
    _("附件不清楚或打不开，请重新上传。"),
    _("说明过于简略，请补充具体做法、时间和责任人。"),
    _("填报日期与内容不符，请更正。"),
)


class AnswerField(forms.Field):
    """A field of an evidence form: shown by its widget, checked by the rules as a whole."""

    def clean(self, value: Any) -> Any:
        """Return the value as typed; :class:`EvidenceForm` checks all answers together."""
        return value


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, or none."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the uploaded files as a list; what they hold is checked when they are stored."""
        return [each for each in (data or []) if isinstance(each, UploadedFile)]


def _label(spec: FieldSpec, language: str) -> str:
    return spec.label.of(language)


def _widget(spec: FieldSpec, language: str) -> forms.Widget:
    match spec.type:
        case FieldType.LONGTEXT:
            return forms.Textarea(attrs={"rows": 4, "maxlength": spec.max or 2000})
        case FieldType.NUMBER:
            return forms.TextInput(
                attrs={"inputmode": "numeric", "autocomplete": "off", "data-number": ""}
            )
        case FieldType.DATE:
            return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        case FieldType.CHOICE:
            choices = [(each.value, each.label.of(language)) for each in spec.choices]
            return forms.RadioSelect(choices=choices)
        case FieldType.YESNO:
            return forms.RadioSelect(choices=[("yes", _("是")), ("no", _("否"))])
        case FieldType.TEXT:
            return forms.TextInput(attrs={"maxlength": spec.max or 200})


class EvidenceForm(forms.Form):
    """The form of one duty, built from its declaration.

    Answers are fields ``a-<name>``. ``held`` are the files of the version to correct, ``staged``
    those of the last attempt: (id, name) each.
    """

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        spec: EvidenceSpec,
        today: date,
        held: Sequence[tuple[UUID, str]] = (),
        staged: Sequence[tuple[UUID, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        self.today = today
        language = get_language() or "zh"
        for each in spec.fields:
            self.fields[PREFIX + each.name] = AnswerField(
                label=_label(each, language),
                required=each.required,
                widget=_widget(each, language),
                help_text=self._help(each, language),
            )
        self.fields["effective_on"] = forms.DateField(
            label=_("填报内容的日期"),
            help_text=_("内容说的是哪一天的情况，不是上传的日期。"),
            widget=forms.DateInput(
                attrs={"type": "date", "max": today.isoformat()}, format="%Y-%m-%d"
            ),
            error_messages={
                "required": _("请填写内容的日期。"),
                "invalid": _("请填写日期，例如 2020-02-03。"),
            },
        )
        for name in ("once", "based_on"):
            self.fields[name] = forms.CharField(
                widget=forms.HiddenInput, required=False, max_length=80
            )
        if spec.files_max:
            for name, label, choices in (
                ("kept", _("保留上一版的附件"), held),
                ("staged", _("已经上传的附件"), staged),
            ):
                if choices:
                    self.fields[name] = forms.MultipleChoiceField(
                        label=label,
                        required=False,
                        widget=forms.CheckboxSelectMultiple,
                        choices=[(str(key), text) for key, text in choices],
                    )
            self.fields["files"] = FilesField(
                label=_("附件"),
                required=spec.files_min > 0,
                widget=ManyFiles(
                    attrs={"accept": ",".join(f".{k}" for k in sorted(EVIDENCE_KINDS))}
                ),
                help_text=_(
                    "%(least)d 至 %(most)d 个，每个不超过 %(size)d MB；"
                    "可传 PDF、JPG、PNG、Word（docx）、Excel（xlsx）。"
                )
                % {
                    "least": spec.files_min,
                    "most": spec.files_max,
                    "size": MAX_UPLOAD_BYTES // MIB,
                },
            )

    def _help(self, spec: FieldSpec, language: str) -> Any:
        told = [spec.help.of(language)] if spec.help else []
        if spec.when is not None:
            other = next(each for each in self.spec.fields if each.name == spec.when.field)
            label = other.label.of(language)
            if spec.when.above is not None:
                told.append(
                    str(_("“%(field)s”大于 %(above)d 时填写。"))
                    % {"field": label, "above": spec.when.above}
                )
            else:
                told.append(
                    str(_("“%(field)s”为“%(value)s”时填写。"))
                    % {"field": label, "value": self._answer(other, spec.when.equals, language)}
                )
        if spec.type is FieldType.NUMBER and self.spec.kind is EvidenceKind.ZERO_REPORT:
            told.append(str(_("没有就填 0。")))
        if spec.max and spec.type in {FieldType.LONGTEXT, FieldType.TEXT}:
            told.append(str(_("最多 %(max)d 字。")) % {"max": spec.max})
        return " ".join(told)

    @staticmethod
    def _answer(spec: FieldSpec, value: Any, language: str) -> str:
        if isinstance(value, bool):
            return str(_("是")) if value else str(_("否"))
        return next((c.label.of(language) for c in spec.choices if c.value == value), str(value))

    def answers(self) -> dict[str, Any]:
        """Return what was typed into the answer fields, by name."""
        return {
            each.name: value
            for each in self.spec.fields
            if (value := self.cleaned_data.get(PREFIX + each.name)) not in (None, "")
        }

    def clean_effective_on(self) -> date | None:
        """Refuse a day that has not come."""
        day: date | None = self.cleaned_data["effective_on"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("填报内容的日期不能晚于今天。"), code="future-date")
        return day

    def uploads(self) -> list[UploadedFile[Any]]:
        """Return the files that came with this attempt."""
        return list(self.cleaned_data.get("files") or [])

    def chosen(self, name: str) -> list[UUID]:
        """Return the files ticked under ``kept`` or ``staged``."""
        return [UUID(each) for each in self.cleaned_data.get(name) or []]

    def clean(self) -> dict[str, Any]:
        """Check all answers and the number of files together."""
        count = sum(len(self.cleaned_data.get(n) or []) for n in ("kept", "staged", "files"))
        _clean, faults = check_evidence(self.spec, self.answers(), count)
        self.add_faults({name: fault.of(get_language() or "zh") for name, fault in faults.items()})
        return self.cleaned_data

    def add_faults(self, faults: Mapping[str, str]) -> None:
        """Put the messages of the rules at their fields."""
        for name, text in faults.items():
            field = PREFIX + name
            if field not in self.fields:
                field = name if name in self.fields else ""
            self.add_error(field or None, text)


def initial_answers(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored answers as the widgets show them."""
    return {
        PREFIX + name: ("yes" if value else "no") if isinstance(value, bool) else value
        for name, value in data.items()
    }


def typed_answers(post: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a form that is not checked, for a draft."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in post.items()
        if name.startswith(PREFIX) and isinstance(value, str)
    }


class ReasonForm(forms.Form):
    """Why a report goes back: one of the common reasons, own words, or both."""

    common = forms.ChoiceField(
        label=_("常用理由"), required=False, widget=forms.RadioSelect, choices=()
    )
    reason = forms.CharField(
        label=_("具体说明"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清楚哪里不对、怎样改，对方会看到。最多 400 字。"),
        error_messages={"max_length": _("最多 400 字。")},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["common"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(n), text) for n, text in enumerate(COMMON_REASONS)]

    def clean(self) -> dict[str, Any]:
        """Ask for a reason of either kind."""
        if not self.errors and not self.whole():
            self.add_error("reason", _("请写明退回的理由，方便对方补正。"))
        return self.cleaned_data

    def whole(self) -> str:
        """Return the reason as it is sent."""
        chosen = self.cleaned_data.get("common")
        parts = [str(COMMON_REASONS[int(chosen)])] if chosen else []
        if own := (self.cleaned_data.get("reason") or "").strip():
            parts.append(own)
        return "".join(parts)


class LibraryForm(forms.Form):
    """Load a duty library from a YAML or JSON file."""

    file = forms.FileField(
        label=_("任务库文件"),
        help_text=_("YAML 或 JSON 格式，UTF-8 编码，不超过 1 MB。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,.json"}),
        error_messages={
            "required": _("请选择任务库文件。"),
            "empty": _("文件是空的。"),
        },
    )

    def text(self) -> str:
        """Return the file's text. The form has made sure that it is text."""
        found: str = self.cleaned_data["file"]
        return found

    def clean_file(self) -> str:
        """Refuse what is too long or no text."""
        given: UploadedFile[Any] = self.cleaned_data["file"]
        if (given.size or 0) > MIB:
            raise forms.ValidationError(_("文件超过 1 MB，不像是任务库。"))
        try:
            return str(given.read(), "utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(
                _("文件不是 UTF-8 编码的文本。请用文本编辑器另存为 UTF-8 后再上传。")
            ) from None


class EnforceForm(forms.Form):
    """Put a library in force under a response."""

    response = forms.TypedChoiceField(
        label=_("依附于哪次响应"),
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("任务随这次响应的级别在各地生效或停止。"),
        error_messages={"required": _("请选择一次响应。")},
    )
    decided_by = forms.CharField(
        label=_("决定机关"),
        max_length=200,
        help_text=_("作出施行决定的机关全称。"),
        error_messages={"required": _("请写明由谁决定。")},
    )

    def __init__(self, *args: Any, responses: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["response"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(responses)


class RepealForm(forms.Form):
    """Say why a text is repealed."""

    reason = forms.CharField(
        label=_("废止的理由或者依据"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("读者在文件上方看到。最多 300 字。"),
        error_messages={
            "required": _("请写明废止的理由或者依据，读者会看到。"),
            "max_length": _("理由最多 300 字。"),
        },
    )


class SearchForm(forms.Form):
    """Draw the conditions of the search; they are read by ``queries.wishes``."""

    use_required_attribute = False
    what = forms.ChoiceField(label=_("找什么"), required=False)
    status = forms.ChoiceField(label=_("是否有效"), required=False)
    kind = forms.ChoiceField(label=_("文种"), required=False)
    place = forms.TypedChoiceField(label=_("适用于"), required=False, coerce=int, empty_value=None)
    strength = forms.ChoiceField(label=_("约束力"), required=False)
    bearer = forms.ChoiceField(label=_("责任主体"), required=False)
    form = forms.ChoiceField(label=_("登记形式"), required=False)
    phase = forms.ChoiceField(label=_("响应阶段"), required=False)
    sort = forms.ChoiceField(label=_("排序"), required=False)
    timed = forms.BooleanField(label=_("只看有期限的任务"), required=False)
    mine = forms.BooleanField(label=_("只看现在对本单位有约束的"), required=False)
    year = forms.IntegerField(
        required=False, min_value=1900, max_value=2200, widget=forms.HiddenInput
    )
    issuer = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    group = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        choices: Mapping[str, Sequence[tuple[str, Any]]],
        mine: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, listed in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(listed)
        if not mine:
            del self.fields["mine"]
