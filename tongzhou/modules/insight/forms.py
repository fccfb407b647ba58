"""The filters of the figures, as a form to draw; what was chosen is read by queries.questions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

Choices = Sequence[tuple[str, str]]


class FilterForm(forms.Form):
    """Choose what the figures are about: directive, duty, organ, form, group, moment, day."""

    use_required_attribute = False

    library = forms.ChoiceField(label=_("文件"))
    duty = forms.ChoiceField(
        label=_("任务"), widget=forms.Select(attrs={"data-search": "", "aria-label": _("任务")})
    )
    group = forms.ChoiceField(label=_("文件里的分类"))
    form = forms.ChoiceField(label=_("登记类型"))
    organ = forms.ChoiceField(label=_("承担机构"))
    as_of = forms.CharField(
        label=_("看某一时刻"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    day = forms.CharField(
        label=_("看某一天的每日任务"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *, choices: Mapping[str, Choices], initial: dict[str, Any]) -> None:
        super().__init__(initial=initial, auto_id="f_%s")
        for name, options in choices.items():
            if not options:
                del self.fields[name]
                continue
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("全部")), *options]
