"""Validation of what is done to many organisations at once: sheets, bulk changes, transfers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongzhou.modules.registry.forms.facts import day_field
from tongzhou.modules.registry.queries.wording import spoken


class BulkForm(forms.Form):
    """Give an attribute to many organisations, or end it for them."""

    action = forms.ChoiceField(
        label=_("办什么"),
        choices=[("ADD", _("增加属性")), ("END", _("终止属性"))],
        widget=forms.RadioSelect,
        initial="ADD",
        error_messages={"required": _("请选择增加还是终止。")},
    )
    attribute = forms.ChoiceField(label=_("属性"), error_messages={"required": _("请选择属性。")})
    day = day_field(_("起止日期"), _("增加的填起始之日，终止的填最后一日。"))
    basis = forms.CharField(
        label=_("依据"),
        max_length=120,
        help_text=_("认定或者取消文件的名称和文号，会记在每个组织的属性旁边。"),
        error_messages={"required": _("请写明依据。")},
    )
    codes = forms.CharField(
        label=_("代码清单"),
        required=False,
        max_length=2_000_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行一个统一社会信用代码或者内部编号；填了就只办清单里的，不看上面的条件。"),
    )
    file = forms.FileField(
        label=_("或者上传代码清单"),
        required=False,
        help_text=_(".txt 或者 .csv，只读第一列，不超过 4 MB。"),
        widget=forms.FileInput(attrs={"accept": ".txt,.csv"}),
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["attribute"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("请选择")), *spoken("attribute").items()]

    def clean_file(self) -> Any:
        """Refuse a list that is too long to read here."""
        given = self.cleaned_data.get("file")
        if given is not None and given.size > 4 * 1024 * 1024:
            raise forms.ValidationError(_("代码清单超过 4 MB。"))
        return given

    def codes_given(self) -> list[str]:
        """Return the codes that were pasted and those in the first column of the file."""
        text = self.cleaned_data["codes"]
        given = self.cleaned_data["file"]
        if given is not None:
            data = given.read()
            try:
                text += "\n" + data.decode("utf-8-sig")
            except UnicodeDecodeError:
                text += "\n" + data.decode("gb18030", "replace")
        firsts = (line.replace("\t", ",").split(",", 1)[0] for line in text.splitlines())
        codes = [first.strip().strip('"').strip() for first in firsts]
        return [code for code in codes if code and code.isascii()]


class ReasonForm(forms.Form):
    """Say why."""

    reason = forms.CharField(
        label=_("理由"), max_length=120, error_messages={"required": _("请写明理由。")}
    )


class UploadForm(forms.Form):
    """Upload a sheet of organisations, and say what becomes of those the register holds."""

    mode = forms.ChoiceField(
        label=_("导入方式"),
        choices=[
            ("ADD", _("只新增：登记簿中已有的代码算作错误")),
            ("MERGE", _("新增并更新：已有的组织按文件改正")),
            ("FULL", _("完整名册：新增并更新，另外列出文件中没有的组织（不会删除）")),
        ],
        initial="ADD",
        widget=forms.RadioSelect,
        help_text=_(
            "更新时，文件中没有的列不改动；格子留空表示没有，人名留空表示不变；"
            "没有写日期的新属性自导入之日起算。"
        ),
        required=False,
    )
    file = forms.FileField(
        label=_("名册文件"),
        help_text=_(".xlsx 或者 .csv，不超过 400 MB、100 万行。先检查，不会直接写入。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": _("请选择文件。"),
            "empty": _("文件是空的，请检查是否保存成功。"),
        },
    )


class TransferForm(forms.Form):
    """Ask for an organisation of another province."""

    code = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=30,
        help_text=_("迁移以后代码不变。"),
        error_messages={"required": _("请填写代码。")},
    )
    located_in = forms.CharField(
        label=_("迁入后的所在地"),
        max_length=40,
        help_text=_("住所所在县（区）的名称或者六位代码，如“天河区”。"),
        error_messages={"required": _("请填写所在地。")},
    )
    address = forms.CharField(label=_("住所"), max_length=200, required=False)
    supervisor = forms.CharField(
        label=_("业务主管单位"),
        max_length=120,
        required=False,
        help_text=_("直接登记、已脱钩的没有，留空。"),
    )
    reason = forms.CharField(
        label=_("理由和依据"),
        max_length=200,
        error_messages={"required": _("请写明理由和依据文书。")},
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)


class AnswerForm(forms.Form):
    """Answer a request; a reason is needed for a no."""

    answer = forms.CharField(
        label=_("答复"), max_length=200, required=False, help_text=_("不同意的须写明理由。")
    )
