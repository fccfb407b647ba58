"""Validation of what people type about directives; the commands decide the rest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ErratumForm(forms.Form):
    """Say how words that came wrong are to be read."""

    address = forms.CharField(
        label=_("条款"),
        max_length=40,
        help_text=_("条款地址，例如 2.4.2。"),
        error_messages={"required": _("请填写条款地址。")},
    )
    as_received = forms.CharField(
        label=_("原文作"),
        max_length=200,
        help_text=_("照原文抄写；在这一条里只出现一次。"),
        error_messages={"required": _("请抄写原文。")},
    )
    reading = forms.CharField(
        label=_("应读作"),
        max_length=200,
        error_messages={"required": _("请填写应读作的文字。")},
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明理由。")},
    )


class FilterForm(forms.Form):
    """Search and filter the list of directives."""

    q = forms.CharField(label=_("标题、文号、机关"), required=False, max_length=100)
    issuer = forms.ChoiceField(label=_("发文机关"), required=False)
    year = forms.TypedChoiceField(label=_("年份"), required=False, coerce=int, empty_value=None)
    sort = forms.ChoiceField(
        label=_("排序"),
        required=False,
        choices=[
            ("-issued", _("最新在前")),
            ("issued", _("最早在前")),
            ("title", _("按标题")),
            ("issuer", _("按机关")),
        ],
    )

    def __init__(self, *args: Any, issuers: list[str], years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        issuer, year = self.fields["issuer"], self.fields["year"]
        assert isinstance(issuer, forms.ChoiceField)
        assert isinstance(year, forms.ChoiceField)
        issuer.choices = [("", _("全部")), *((each, each) for each in issuers)]
        year.choices = [("", _("全部")), *((str(each), str(each)) for each in years)]
