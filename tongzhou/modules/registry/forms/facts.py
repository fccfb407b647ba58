"""Validation of what people type about organisations; the commands decide the rest.

Each field of the registration form belongs to a column of the import (``COLUMN_OF``), because both
are checked by the same rules and their faults come back by column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongzhou.base.errors import Refusal
from tongzhou.modules.registry.contracts import Form, OrganKind, Status
from tongzhou.modules.registry.queries.wording import spoken
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import (
    ORGANISATION_FORMS,
    attribute_kinds,
    form_kinds,
)

COLUMN_OF = {
    "name": c.NAME,
    "form": c.FORM,
    "code": c.CODE,
    "registered_by": c.REGISTRAR,
    "registrar_changed": c.REGISTRAR_CHANGED,
    "located_in": c.PLACE,
    "address": c.ADDRESS,
    "established_on": c.ESTABLISHED,
    "attributes": c.ATTRIBUTES,
    "supervisor": c.SUPERVISOR,
    "industry_department": c.INDUSTRY,
    "territory_contact": c.TERRITORY,
    "legal_representative": c.LEGAL_REP,
    "secretary": c.SECRETARY,
    "party_organisation": c.PARTY_ORG,
    "party_secretary": c.PARTY_SECRETARY,
    "supervisory_board": c.BOARD,
    "board_chair": c.BOARD_CHAIR,
}
FIELD_OF = {column: field for field, column in COLUMN_OF.items()}
YES_NO = [("是", _("是")), ("否", _("否"))]


def add_faults(form: forms.Form, refusal: Refusal) -> bool:
    """Put the faults of a refusal beside their fields; False if none of them has a field here."""
    placed = False
    for name, text in refusal.faults.items():
        field = FIELD_OF.get(name, name)
        if field in form.fields:
            form.add_error(field, gettext(text))
            placed = True
    if not placed and refusal.field in form.fields:
        form.add_error(refusal.field, refusal.text(gettext))
        placed = True
    return placed


def day_field(label: Any, help_text: Any = "", **kwargs: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("请填写日期。"),
            "invalid": _("请填写日期，例如 2012-03-01。"),
        },
        **kwargs,
    )


def _text(label: Any, help_text: Any = "", *, choices: str = "", **kwargs: Any) -> forms.CharField:
    """Return a text field; ``choices`` is the id of a datalist in the page."""
    attrs = {"list": choices, "autocomplete": "off"} if choices else {}
    return forms.CharField(
        label=label,
        help_text=help_text,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"required": _("请填写这一项。")},
        **kwargs,
    )


class FactsForm(forms.Form):
    """Facts of an organisation that may change later; the version guards against stale pages."""

    name = _text(_("名称"), _("登记证书上的全称。"), max_length=100)
    registered_by = _text(
        _("登记管理机关"), _("登记（备案）它的民政部门全称。"), choices="registrars", max_length=120
    )
    located_in = _text(
        _("所在地"),
        _("住所所在县（区）的名称或者六位代码，如“天河区”。"),
        choices="places",
        max_length=40,
    )
    address = _text(_("住所"), max_length=200, required=False)
    established_on = day_field(_("成立日期"), _("首次登记（备案）的日期。"))
    supervisor = _text(
        _("业务主管单位"),
        _("直接登记、已脱钩的没有，留空。"),
        choices="supervisors",
        max_length=120,
        required=False,
    )
    industry_department = _text(
        _("行业管理部门"), choices="industry", max_length=120, required=False
    )
    territory_contact = _text(
        _("属地联系人"),
        _("所在街道（镇）的联系单位、姓名和电话。"),
        max_length=120,
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def changes(self, before: Mapping[str, str]) -> dict[str, str]:
        """Return what differs from ``before``, as the rules read it."""
        given = {
            name: _written(value) for name, value in self.cleaned_data.items() if name in before
        }
        return {name: value for name, value in given.items() if value != before[name]}


class RegistrationForm(FactsForm):
    """Register one organisation."""

    form = forms.ChoiceField(
        label=_("登记形式"),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择登记形式。")},
    )
    code = _text(
        _("统一社会信用代码"),
        _("18 位，照登记证书填写。备案社区社会组织没有代码的，留空由系统编号。"),
        max_length=30,
        required=False,
    )
    registrar_changed = forms.BooleanField(
        label=_("登记管理机关后来变更过"),
        help_text=_("代码中的区划是当初登记机关的；变更过的勾选。"),
        required=False,
    )
    attributes = forms.MultipleChoiceField(
        label=_("属性"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("可多选；起始日期登记后可在组织页面调整。"),
        required=False,
    )
    legal_representative = _text(_("法定代表人"), max_length=40, required=False)
    secretary = _text(_("秘书长"), max_length=40, required=False)
    party_organisation = forms.ChoiceField(
        label=_("党组织"),
        widget=forms.RadioSelect,
        choices=YES_NO,
        help_text=_("是否已建立党组织，含联合党支部。"),
        error_messages={"required": _("请选择是否已建立党组织。")},
    )
    party_secretary = _text(_("党组织负责人"), max_length=40, required=False)
    supervisory_board = forms.ChoiceField(
        label=_("监事会"),
        widget=forms.RadioSelect,
        choices=YES_NO,
        help_text=_("是否设监事会或者监事。"),
        error_messages={"required": _("请选择是否设监事会。")},
    )
    board_chair = _text(_("监事长"), max_length=40, required=False)

    field_order = [
        "name",
        "form",
        "code",
        "registered_by",
        "registrar_changed",
        "established_on",
        "located_in",
        "address",
        "attributes",
        "supervisor",
        "industry_department",
        "territory_contact",
        "legal_representative",
        "secretary",
        "party_organisation",
        "party_secretary",
        "supervisory_board",
        "board_chair",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form, attributes = self.fields["form"], self.fields["attributes"]
        assert isinstance(form, forms.ChoiceField)
        assert isinstance(attributes, forms.MultipleChoiceField)
        form.choices = [
            (kind.zh, _(kind.zh))
            for code, kind in form_kinds().items()
            if code in ORGANISATION_FORMS
        ]
        attributes.choices = [
            (kind.zh, spoken("attribute")[code]) for code, kind in attribute_kinds().items()
        ]

    def facts(self) -> dict[str, str]:
        """Return the organisation as a row of the import."""
        given = self.cleaned_data
        row = {column: _written(given.get(name)) for name, column in COLUMN_OF.items()}
        row[c.REGISTRAR_CHANGED] = "是" if given.get("registrar_changed") else ""
        if given.get("form") == form_kinds()[Form.GROUP].zh and row[c.CODE].upper().startswith("B"):
            row[c.NUMBER], row[c.CODE] = row[c.CODE], ""
        return row


class StatusForm(forms.Form):
    """Suspend, revive, dissolve or revoke."""

    status = forms.ChoiceField(
        label=_("改为"),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择新的状态。")},
    )
    reason = forms.CharField(
        label=_("理由和依据文书"),
        max_length=200,
        help_text=_("例如注销决定的文号；最多 200 字。"),
        error_messages={"required": _("请写明理由和依据文书。")},
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["status"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(each), spoken("status")[each]) for each in Status if each is not Status.MOVED
        ]


class AttributeForm(forms.Form):
    """Give an organisation an attribute from a day on."""

    attribute = forms.ChoiceField(label=_("属性"), error_messages={"required": _("请选择属性。")})
    from_on = day_field(_("自哪天起"))
    to_on = day_field(
        _("至哪天止"), _("有期限的填写，当天仍有效；没有期限的留空。"), required=False
    )
    basis = forms.CharField(
        label=_("依据"), help_text=_("例如认定文书的文号。"), max_length=120, required=False
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["attribute"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("请选择")),
            *spoken("attribute").items(),
        ]


class EndForm(forms.Form):
    """Say on which day something ends."""

    to_on = day_field(_("最后一天"), _("当天仍有效，次日起不再计入。"))
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)


class OrganForm(forms.Form):
    """Say who answers for an organ."""

    kind = forms.ChoiceField(label=pgettext_lazy("organ", "机构"), widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("机构名称"),
        help_text=_("例如“中共……支部委员会”；没有专门名称的留空。"),
        max_length=120,
        required=False,
    )
    person = forms.CharField(
        label=_("负责人姓名"), max_length=60, error_messages={"required": _("请填写负责人姓名。")}
    )
    title = forms.CharField(label=_("职务"), max_length=60, required=False)
    from_on = day_field(_("自哪天起"), _("原来的负责人到前一天为止，记录保留。"))
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(each), str(each)) for each in OrganKind]


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value).strip()
