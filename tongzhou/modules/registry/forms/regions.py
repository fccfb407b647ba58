"""What an operator types to rename a region or to end one in favour of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongzhou.modules.registry.contracts import NewRegion


class RenameForm(forms.Form):
    """Give a region another name."""

    name = forms.CharField(
        label=_("新名称"), max_length=40, error_messages={"required": _("请填写新名称。")}
    )
    basis = forms.CharField(
        label=_("批准文件"),
        max_length=200,
        help_text=_("批复的机关和文号。"),
        error_messages={"required": _("请填写批准文件。")},
    )


NEW = "new"


class EndRegionForm(forms.Form):
    """End a county in favour of others, found by name or entered because they are new."""

    heir = forms.ChoiceField(
        label=_("由哪里承接"),
        widget=forms.Select(attrs={"data-search": "1"}),
        help_text=_("没有另作分配的组织、登记管理机关的业务和人员都归它。"),
        error_messages={"required": _("请选择承接的区划。")},
    )
    successors = forms.MultipleChoiceField(
        label=_("还有哪些区划承接一部分"),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-search": "1"}),
    )
    fresh = forms.CharField(
        label=_("新设的区划"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "系统里还没有的才填，每行一个：六位代码、名称、登记管理机关，用空格隔开，"
            "如“330113 临平区 杭州市临平区民政局”。"
        ),
    )
    allotment = forms.CharField(
        label=_("另作分配的组织"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "一分为几时填写，每行一个组织：统一社会信用代码和承接区划的名称或代码，用空格隔开；"
            "可从表格粘贴两列。"
        ),
    )
    basis = forms.CharField(
        label=_("批准文件"),
        max_length=200,
        help_text=_("批复的机关和文号。"),
        error_messages={"required": _("请填写批准文件。")},
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, regions: Sequence[tuple[int, str, str]], **kwargs: Any) -> None:
        """Offer ``regions``: id, name, and the city each lies in."""
        super().__init__(*args, **kwargs)
        self._names = {name: id_ for id_, name, _city in regions}
        offered = [(str(id_), f"{name}　{city}　{id_:06d}") for id_, name, city in regions]
        heir, others = self.fields["heir"], self.fields["successors"]
        assert isinstance(heir, forms.ChoiceField)
        assert isinstance(others, forms.ChoiceField)
        heir.choices = [("", _("请选择")), (NEW, _("新设的区划（在下面填写）")), *offered]
        others.choices = offered

    def clean_fresh(self) -> list[NewRegion]:
        """Return the new regions; ValidationError names the line that is none."""
        found = []
        for number, line in enumerate(self.cleaned_data["fresh"].splitlines(), 1):
            words = line.split()
            if not words:
                continue
            if len(words) != 3 or not _is_region_code(words[0]):
                raise forms.ValidationError(
                    _("第%(line)d行请写六位代码、名称和登记管理机关，用空格隔开。")
                    % {"line": number}
                )
            found.append(NewRegion(int(words[0]), *words[1:]))
        return found

    def clean(self) -> dict[str, Any]:
        """Put the successors in order, the one that takes the rest first, and read the allotment.

        They are ``heirs``; the allotment becomes organisation code → region id.
        """
        given = super().clean() or self.cleaned_data
        if "fresh" in self.errors or "heir" in self.errors or "successors" in self.errors:
            return given
        fresh: list[NewRegion] = given["fresh"]
        if given["heir"] == NEW and not fresh:
            self.add_error("fresh", _("请写明新设的区划：代码、名称和登记管理机关。"))
            return given
        others = [NewRegion(int(each)) for each in given["successors"] if each != given["heir"]]
        if given["heir"] == NEW:
            given["heirs"] = [*fresh[:1], *others, *fresh[1:]]
        else:
            given["heirs"] = [NewRegion(int(given["heir"])), *others, *fresh]
        self._read_allotment(given)
        return given

    def _read_allotment(self, given: dict[str, Any]) -> None:
        heirs = {each.id for each in given["heirs"]}
        names = {name: id_ for name, id_ in self._names.items() if id_ in heirs}
        names |= {each.name: each.id for each in given["fresh"]}
        found: dict[str, int] = {}
        for number, line in enumerate(given["allotment"].splitlines(), 1):
            words = line.split()
            if not words:
                continue
            to = names.get(words[-1])
            if to is None and _is_region_code(words[-1]):
                to = int(words[-1])
            if len(words) != 2 or to is None:
                self.add_error(
                    "allotment",
                    _("第%(line)d行应为统一社会信用代码和一个承接区划的名称或代码，用空格隔开。")
                    % {"line": number},
                )
                return
            found[words[0].upper()] = to
        given["allotment"] = found


def _is_region_code(text: str) -> bool:
    return len(text) == 6 and text.isascii() and text.isdigit()
