"""What people type to ask for an exception, to give one, and to decide about one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongzhou.modules.duties.rules.exceptions import (
    MOST_DAYS,
    MOST_MONTHS,
    EndKind,
    ExceptionKind,
    Wish,
)

KIND_CHOICES = (
    (ExceptionKind.DEFERRAL.value, _("延期：照样要办，晚一些")),
    (ExceptionKind.WAIVER.value, _("免除：这段时间不用办")),
)
REACH_CHOICES = (("this", _("只这一期")), ("on", _("从这一期起")))
END_CHOICES = (
    (EndKind.DATE.value, _("到某一天为止")),
    (EndKind.EVENT.value, _("响应终止以后一段时间")),
    (EndKind.OPEN.value, _("没有定期限，撤销为止")),
)


class WishForm(forms.Form):
    """Ask for an exception from one duty."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("要什么"),
        choices=KIND_CHOICES,
        widget=forms.RadioSelect,
        initial=ExceptionKind.DEFERRAL.value,
        error_messages={"required": _("请选择延期还是免除。")},
    )
    reach = forms.ChoiceField(
        label=_("从哪一期起"), choices=REACH_CHOICES, widget=forms.RadioSelect, initial="this"
    )
    end = forms.ChoiceField(
        label=_("到什么时候"),
        choices=END_CHOICES,
        widget=forms.RadioSelect,
        initial=EndKind.DATE.value,
        error_messages={"required": _("请选择到什么时候为止。")},
    )
    until_on = forms.DateField(
        label=_("到哪一天"),
        required=False,
        widget=forms.DateInput(
            attrs={"type": "date", "data-only-for": "end=DATE", "data-wanted": ""},
            format="%Y-%m-%d",
        ),
        help_text=_("当天也算。选“到某一天为止”时填写。"),
        error_messages={"invalid": _("请填写日期，例如 2020-02-20。")},
    )
    months = forms.IntegerField(
        label=_("响应终止后几个月"),
        required=False,
        min_value=0,
        max_value=MOST_MONTHS,
        widget=forms.NumberInput(attrs={"data-only-for": "end=EVENT"}),
        help_text=_("选“响应终止以后一段时间”时填写；响应没有终止就没有到期日。"),
    )
    days = forms.IntegerField(
        label=_("再加几天"),
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        widget=forms.NumberInput(attrs={"data-only-for": "end=EVENT"}),
        help_text=_("选“响应终止以后一段时间”时填写，可以不填。"),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清楚为什么现在办不了。最多 500 字。"),
        error_messages={"required": _("请写明理由。"), "max_length": _("最多 500 字。")},
    )
    basis = forms.CharField(
        label=_("依据"),
        required=False,
        max_length=300,
        help_text=_("法律法规或文件的名称和条款；知道就写，由登记管理机关核定。"),
    )
    basis_urn = forms.CharField(
        label=_("条款地址"),
        required=False,
        max_length=200,
        help_text=_("本系统收录的条款，例如 cn/mca/2020/5@2020-01-29#3.8。"),
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, single: bool = False, **kwargs: Any) -> None:
        """Leave out what a duty that is done once has no use for, if it is a ``single`` one."""
        super().__init__(*args, **kwargs)
        self.single = single
        if single:
            del self.fields["reach"]
            self.fields["end"].required = False
            self.fields["end"].widget.attrs["data-only-for"] = "kind=DEFERRAL"
            self.fields["end"].help_text = _("免除就是不用办，不用选。")

    def clean(self) -> dict[str, Any]:
        """Miss the day together with whatever else is missing, not one page later."""
        given = super().clean() or self.cleaned_data
        if self.single:
            given["reach"] = "this"
            if given.get("kind") == ExceptionKind.WAIVER:
                given["end"] = EndKind.OPEN.value
            elif given.get("kind") and not given.get("end") and "end" not in self.errors:
                self.add_error("end", self.fields["end"].error_messages["required"])
        if given.get("end") == EndKind.DATE and given.get("until_on", "") is None:
            self.add_error("until_on", _("请填写到哪一天为止。"))
        return given

    def wish(self, first: date) -> Wish:
        """Return what is wished for, from a period on."""
        given = self.cleaned_data
        end = EndKind(given["end"])
        return Wish(
            kind=ExceptionKind(given["kind"]),
            first=first,
            only=given["reach"] == "this",
            end=end,
            reason=given["reason"],
            until_on=given["until_on"] if end is EndKind.DATE else None,
            months=(given["months"] or 0) if end is EndKind.EVENT else 0,
            days=(given["days"] or 0) if end is EndKind.EVENT else 0,
            basis=given["basis"],
            basis_urn=given["basis_urn"].strip(),
        )

    def add_faults(self, faults: dict[str, str]) -> None:
        """Put the messages of the rules at their fields."""
        for name, text in faults.items():
            self.add_error(name if name in self.fields else None, text)


class GiveForm(WishForm):
    """Give an exception of the authority's own motion to all whom the conditions choose."""

    duty = forms.TypedChoiceField(
        label=_("哪项任务"), coerce=int, error_messages={"required": _("请选择任务。")}
    )
    day = forms.DateField(
        label=_("哪一天所在的期次"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("不填就是现在这一期。"),
    )
    region = forms.TypedChoiceField(label=_("在哪里"), coerce=int)
    form = forms.ChoiceField(label=_("登记形式"), required=False)
    code = forms.CharField(
        label=_("只给一家：统一代码"),
        required=False,
        max_length=30,
        help_text=_("不填就给范围内的全部组织。"),
    )
    field_order = (
        "duty",
        "day",
        "region",
        "form",
        "code",
        "kind",
        "reach",
        "end",
        "until_on",
        "months",
        "days",
        "reason",
        "basis",
        "basis_urn",
    )

    def __init__(
        self,
        *args: Any,
        duties: Sequence[tuple[int, str]],
        regions: Sequence[tuple[int, str]],
        forms_of: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("duty", [("", _("请选择")), *duties]),
            ("region", list(regions)),
            ("form", [("", _("全部")), *forms_of]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.fields["duty"].widget.attrs["data-search"] = "1"
        self.fields["kind"].label = _("给什么")
        self.fields["basis"].required = True
        self.fields["basis"].help_text = _("法律法规或文件的名称和条款。")
        self.fields["basis"].error_messages["required"] = _(
            "同意例外要写明依据：法律法规、上级文件或条款。"
        )


class GrantForm(forms.Form):
    """Grant what was asked for; the basis is the authority's to settle."""

    use_required_attribute = False
    basis = forms.CharField(
        label=_("依据"),
        required=False,
        max_length=300,
        help_text=_("法律法规或文件的名称和条款，对方和上级都看得到；申请里没有写的，必须写明。"),
        error_messages={"required": _("同意例外要写明依据：法律法规、上级文件或条款。")},
    )
    basis_urn = forms.CharField(label=_("条款地址"), required=False, max_length=200)
    answer = forms.CharField(
        label=_("要对他说的话"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, asked: str, **kwargs: Any) -> None:
        """Take the basis that was asked with; where there is none, one has to be written."""
        super().__init__(*args, **kwargs)
        self.fields["basis"].required = not asked


class AnswerForm(forms.Form):
    """Why a request is refused or an exception revoked."""

    use_required_attribute = False
    answer = forms.CharField(
        label=_("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("对方会看到。最多 500 字。"),
        error_messages={
            "required": _("请写明理由，对方会看到。"),
            "max_length": _("最多 500 字。"),
        },
    )
