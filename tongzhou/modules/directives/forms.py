"""Validation of what people type about directives; the commands decide the rest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class TextForm(forms.Form):
    """Give the text of a directive: a file or pasted words."""

    file = forms.FileField(
        label=_("上传文本文件"),
        required=False,
        help_text=_("纯文本（.txt），不超过 512 KB；编码不限。Word、PDF 请先另存为纯文本。"),
        widget=forms.FileInput(attrs={"accept": ".txt,text/plain"}),
        error_messages={
            "empty": _("文件是空的，没有可读的文字。"),
            "invalid": _("文件没有传上来，请重新选择。"),
        },
    )
    text = forms.CharField(
        label=_("或者粘贴正文"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=_("从标题到落款，连同附件一起粘贴；换行和编号照原样保留。"),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of the two."""
        data = super().clean() or {}
        given = [bool(data.get("file")), bool((data.get("text") or "").strip())]
        if "file" not in self.errors and not any(given):
            self.add_error("file", _("请选择文件，或者把正文粘贴到下面。"))
        elif all(given):
            self.add_error("text", _("文件和粘贴只用一种，请清空其中一个。"))
        return data


class LoadForm(forms.Form):
    """Confirm what was recognised before a directive is loaded."""

    held = forms.UUIDField(widget=forms.HiddenInput)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)
    title = forms.CharField(
        label=_("标题"),
        max_length=300,
        error_messages={"required": _("没有认出标题，请填写。")},
    )
    doc_number = forms.CharField(
        label=_("文号"),
        required=False,
        max_length=80,
        help_text=_("例如“民社管函〔2020〕5号”；没有文号的留空。"),
    )
    issuer = forms.CharField(
        label=_("发文机关"),
        max_length=200,
        error_messages={"required": _("没有认出发文机关，请填写。")},
    )
    urn = forms.CharField(
        label=_("文件地址"),
        max_length=140,
        help_text=_("条款永久引用的地址：cn/机关/年/号@成文日期。装载后不能更改。"),
        error_messages={"required": _("请填写文件地址。")},
    )
    source_note = forms.CharField(
        label=_("来源"),
        required=False,
        max_length=300,
        help_text=_("文字从哪里来，例如“民政部门户网站，2020-01-29”。"),
    )


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
