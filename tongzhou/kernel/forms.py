"""The sign-in form, in our words."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.utils.translation import gettext_lazy as _

from tongzhou.kernel.identity import contacts


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth is untyped
    """Account and password, without placeholders that vanish when typed over.

    Whoever types a credit code is asked for a name as well, whether such an organisation exists
    or not and however many people act for it.
    """

    person_name = forms.CharField(
        label=_("本人姓名"),
        help_text=_("用信用代码登录、单位里不止一人办事时填写。"),
        max_length=60,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("账号")
        self.fields["login"].max_length = 254
        self.fields["login"].help_text = _("用户名、手机号、电子邮箱，或者单位的统一社会信用代码")
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["person_name"].widget.attrs["autocomplete"] = "name"
        if not contacts.is_code(str(self.data.get("login", ""))):
            self.fields["person_name"].widget = forms.HiddenInput()
        self.order_fields(["login", "person_name", "password"])

    def user_credentials(self) -> dict[str, Any]:
        """Return what was typed; who it means is found out in one place (identity.contacts)."""
        return {
            "identifier": self.cleaned_data["login"],
            "person_name": self.cleaned_data.get("person_name", ""),
            "password": self.cleaned_data.get("password", ""),
        }

    def clean(self) -> Any:
        """Check the password; for a credit code the way out is told whatever went wrong."""
        try:
            return super().clean()
        except forms.ValidationError:
            if contacts.is_code(str(self.cleaned_data.get("login", ""))):
                raise forms.ValidationError(
                    _("账号或密码不对。单位里不止一人办事的，请再填本人姓名，或改用手机号登录。")
                ) from None
            raise
