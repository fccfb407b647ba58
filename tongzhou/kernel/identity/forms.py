"""What is typed on the pages about people; the commands decide the rest."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import ROLE_LABELS, Role


class Day(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def add_faults(form: forms.Form, refusal: Refusal) -> bool:
    """Put the faults of a refusal beside their fields; False if none has a field here."""
    placed = False
    for name in refusal.faults:
        if name in form.fields:
            form.add_error(name, refusal.text(gettext))
            placed = True
    return placed


class InviteForm(forms.Form):
    """Whom to invite to which role."""

    role = forms.ChoiceField(label=_("岗位"))
    name = forms.CharField(label=_("姓名"), max_length=60)
    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        required=False,
        help_text=_("接受邀请后可以用它登录。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("电子邮箱"),
        required=False,
        help_text=_("填写后，链接同时用邮件发给本人；不填的，请把链接当面交给本人。"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    to_on = forms.DateField(
        label=_("任职到哪天"), required=False, widget=Day(), help_text=_("长期任职的不填。")
    )

    def __init__(
        self, roles: Iterable[Role], *args: Any, by_two: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if by_two:
            self.fields["email"].help_text = _("交付链接的同事核对后，可以同时用邮件发给本人。")
        order = list(Role)
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (str(each), gettext(ROLE_LABELS[each])) for each in sorted(roles, key=order.index)
        ]


class ManyForm(forms.Form):
    """A table of people to invite: a file, or cells pasted from one."""

    file = forms.FileField(
        label=_("表格文件"),
        required=False,
        help_text=_(".xlsx 或者 .csv，不超过 2 MB。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    pasted = forms.CharField(
        label=_("或者从表格软件里复制，粘贴在这里"),
        required=False,
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one of both."""
        held = super().clean() or {}
        if not self.errors and not held.get("file") and not held.get("pasted", "").strip():
            self.add_error("file", gettext("请上传表格，或者粘贴在下面。"))
        return held


class ContactForm(forms.Form):
    """How a person is reached."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("电子邮箱"),
        required=False,
        help_text=_("忘记密码时，链接发到这里。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """A code from a letter."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class EndForm(forms.Form):
    """On which day somebody leaves."""

    last_on = forms.DateField(
        label=_("最后一天"),
        widget=Day(),
        help_text=_("填昨天表示立即结束：本人会在所有设备上退出登录。"),
    )


class DeputyForm(forms.Form):
    """Who stands in, from when to when, why."""

    user = forms.TypedChoiceField(label=_("由谁代理"), coerce=int)
    from_on = forms.DateField(label=_("从哪天"), widget=Day())
    to_on = forms.DateField(label=_("到哪天"), widget=Day(), help_text=_("一次最长 180 天。"))
    reason = forms.CharField(
        label=_("原因"), max_length=200, help_text=_("例如：外出培训、休假、隔离。")
    )

    def __init__(self, people: Iterable[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = list(people)  # type: ignore[attr-defined]  # a ChoiceField


class HandOverForm(forms.Form):
    """Who takes over."""

    to_user = forms.TypedChoiceField(label=_("由谁接任"), coerce=int)

    def __init__(self, people: Iterable[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_user"].choices = list(people)  # type: ignore[attr-defined]  # the same


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("例如：手机遗失，恢复码也找不到。"),
        error_messages={"required": _("请写明原因。")},
    )


class ErasureForm(forms.Form):
    """Who is to be anonymised, and why."""

    username = forms.CharField(label=_("离任人员的用户名"), max_length=150)
    reason = forms.CharField(
        label=_("原因"), max_length=200, help_text=_("谁在什么时候提出的，怎样核实的身份。")
    )


class NewPasswordForm(forms.Form):
    """A password its owner chooses, typed twice."""

    password1 = forms.CharField(
        label=_("新密码"),
        strip=False,
        help_text=_("至少 8 个字符，不能全是数字，不能太常见。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("再输一遍"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse two different passwords."""
        held = super().clean() or {}
        if "password1" in held and "password2" in held and held["password1"] != held["password2"]:
            self.add_error("password2", gettext("两次输入的密码不一样。"))
        return held


class WordPasswordForm(NewPasswordForm):
    """The same, with the word that goes with the link."""

    word = forms.CharField(
        label=_("口令"),
        max_length=40,
        help_text=_("八位数字，由登记管理机关提出申请的工作人员告诉您。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    field_order = ("word", "password1", "password2")


class WordForm(forms.Form):
    """The word that goes with a link, for somebody who is signed in."""

    word = forms.CharField(
        label=_("口令"),
        max_length=40,
        help_text=_("八位数字，由登记管理机关提出申请的工作人员告诉您。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class TokenForm(forms.Form):
    """What a program's token is for, what it may do and how long it lasts."""

    label = forms.CharField(
        label=_("这个令牌做什么用"),
        max_length=80,
        help_text=_("例如：本局数据交换平台每日取数。最多 80 字。"),
    )
    writes = forms.ChoiceField(
        label=_("可以做什么"),
        choices=[("", _("只读")), ("1", _("读和写"))],
        required=False,
        widget=forms.RadioSelect,
    )
    modules = forms.MultipleChoiceField(
        label=_("可以用哪些模块"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选表示您岗位能用的全部模块。"),
    )
    days = forms.IntegerField(
        label=_("有效期（天）"),
        min_value=1,
        max_value=365,
        initial=90,
        help_text=_("1 到 365 天。"),
    )

    def __init__(self, modules: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["modules"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (name, gettext(label)) for name, label in modules.items()
        ]
