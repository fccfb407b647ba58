"""Validation of what people type about responses; the commands decide the rest."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongzhou.modules.response.contracts import KIND_LABELS, PHASE_LABELS

MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: Any, help_text: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={
            "required": _("请填写时间。"),
            "invalid": _("请填写日期和时间，例如 2020-01-24 18:00。"),
        },
    )


class ResponseForm(forms.Form):
    """Open a response."""

    name = forms.CharField(
        label=_("响应名称"),
        max_length=120,
        help_text=_("写全称，例如“新型冠状病毒感染的肺炎疫情防控”。"),
        error_messages={"required": _("请填写这次响应的名称。")},
    )
    kind = forms.ChoiceField(
        label=_("事件种类"),
        widget=forms.RadioSelect,
        help_text=_("按《突发事件应对法》第二条的四类。"),
        error_messages={"required": _("请选择突发事件的种类。")},
    )
    started_at = _moment(_("开始时间"), _("事件发生或首次启动响应的时间，北京时间。"))
    note = forms.CharField(
        label=_("说明"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, _(label)) for kind, label in KIND_LABELS.items()]


class PhaseForm(forms.Form):
    """Set the phase of a region."""

    region = forms.TypedChoiceField(
        label=_("地区"),
        coerce=int,
        help_text=_("下级没有单独设定的，跟着一起变。"),
        error_messages={"invalid_choice": _("请从列出的地区中选择。")},
    )
    phase = forms.ChoiceField(
        label=_("设定为"),
        widget=forms.RadioSelect,
        help_text=_("“随上级”是撤回本地的单独设定，重新跟随上一级。"),
        error_messages={"required": _("请选择响应级别。")},
    )
    from_at = _moment(_("生效时间"), _("北京时间；可以补录过去的决定，或提前 30 天以内预先设定。"))
    decided_by = forms.CharField(
        label=_("决定机关"),
        max_length=120,
        help_text=_("作出决定的机关全称，例如“广东省人民政府”。"),
        error_messages={"required": _("请写明由谁决定。")},
    )
    document = forms.CharField(
        label=_("文件或公告"),
        required=False,
        max_length=200,
        help_text=_("文号或公告名称，便于日后核对。"),
    )
    note = forms.CharField(
        label=_("说明"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, regions: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region, phase = self.fields["region"], self.fields["phase"]
        assert isinstance(region, forms.ChoiceField)
        assert isinstance(phase, forms.ChoiceField)
        region.choices = list(regions)
        phase.choices = [(each.value, _(label)) for each, label in PHASE_LABELS.items()]
