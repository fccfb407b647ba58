"""Forms about a document as a whole: taking it in, its head, its scope, its groups, a clause."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongzhou.kernel.files import DOCUMENT_KINDS
from tongzhou.modules.compiler.contracts import ClauseDraft, CompilationRow, Head
from tongzhou.modules.compiler.rules.tree import KINDS
from tongzhou.modules.directives.public import DocumentKind
from tongzhou.modules.duties.public import ATTRIBUTES, FORMS

#: Fields that may stay empty in a draft and are asked for before it is submitted.
_WANTED = {"data-wanted": "1"}
ACCEPTED = ",".join(f".{kind}" for kind in sorted(DOCUMENT_KINDS))
DOCUMENT_KINDS_LABELS = {
    DocumentKind.NOTICE: _("通知"),
    DocumentKind.OPINION: _("意见"),
    DocumentKind.PLAN: _("方案、预案、计划"),
    DocumentKind.GUIDE: _("指引、指南"),
    DocumentKind.ANNOUNCEMENT: _("公告、通告"),
    DocumentKind.LETTER: _("函"),
    DocumentKind.MEASURES: _("办法、规定、条例"),
    DocumentKind.DECISION: _("决定、决议、命令"),
    DocumentKind.INITIATIVE: _("倡议书、公开信"),
    DocumentKind.REPORT: _("报告、通报、纪要"),
    DocumentKind.OTHER: _("其他"),
}
PASSAGE_KINDS = {
    "ITEM": _("条款"),
    "COVER": _("正文（来函）"),
    "PREAMBLE": _("前言"),
    "NOTE": _("附件说明"),
    "SIGNATURE": _("落款"),
    "HEADING": _("附件标题"),
    "ANNEX": _("附件内容"),
    "FOOTER": _("文尾"),
}


def choices_of(texts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return codes with their labels in the reader's language."""
    language = get_language() or ""
    return [(code, text.of(language)) for code, text in texts.items()]


class IntakeForm(forms.Form):
    """Give a document: a file or pasted words."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)
    file = forms.FileField(
        label=_("上传文件"),
        required=False,
        help_text=_("Word、WPS、PDF、网页、纯文本都可以，不超过 20 MB。扫描件要先做文字识别。"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED, "data-wanted": "1"}),
        error_messages={
            "empty": _("文件是空的，没有可读的文字。"),
            "invalid": _("文件没有传上来，请重新选择。"),
        },
    )
    text = forms.CharField(
        label=_("或者粘贴正文"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "data-wanted": "1"}),
        help_text=_("从标题到落款，连同附件一起粘贴；换行和编号照原样保留。"),
    )
    source_note = forms.CharField(
        label=_("来源"),
        required=False,
        max_length=300,
        help_text=_("文字从哪里来，例如“民政部门户网站，2020-01-29”。"),
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


class HeadForm(forms.Form):
    """What a document says of itself; whatever is not known yet may stay empty."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(
        label=_("标题"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs=_WANTED),
        help_text=_("标题、发文机关、成文日期和文件地址，送审以前要补齐。"),
    )
    doc_number = forms.CharField(
        label=_("文号"),
        required=False,
        max_length=80,
        help_text=_("例如“民社管函〔2020〕5号”；没有文号的留空。"),
    )
    issuer = forms.CharField(
        label=_("发文机关"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=_WANTED),
    )
    issued_on = forms.DateField(
        label=_("成文日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **_WANTED}),
    )
    kind = forms.ChoiceField(label=_("文种"), choices=list(DOCUMENT_KINDS_LABELS.items()))
    recipients = forms.CharField(
        label=_("主送"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一个。"),
    )
    urn = forms.CharField(
        label=_("文件地址"),
        required=False,
        max_length=140,
        widget=forms.TextInput(attrs=_WANTED),
        help_text=_("条款永久引用的地址：cn/机关/年/号@成文日期。签发后不能更改。"),
    )
    source_note = forms.CharField(
        label=_("来源"),
        required=False,
        max_length=300,
        help_text=_("文字从哪里来，例如“民政部门户网站，2020-01-29”。"),
    )

    @staticmethod
    def start(row: CompilationRow) -> dict[str, Any]:
        """Return what the form shows of a compilation."""
        head = row.head
        return {
            "revision": row.revision,
            "title": head.title,
            "doc_number": head.doc_number,
            "issuer": head.issuer,
            "issued_on": head.issued_on,
            "kind": head.kind,
            "recipients": "\n".join(head.recipients),
            "urn": head.urn,
            "source_note": head.source_note,
        }

    def head(self, row: CompilationRow) -> Head:
        """Return the head as typed; the days of effect are set elsewhere."""
        data = self.cleaned_data
        return Head(
            title=" ".join(data["title"].split()),
            doc_number=" ".join(data["doc_number"].split()),
            issuer=" ".join(data["issuer"].split()),
            issued_on=data["issued_on"],
            urn=data["urn"].strip(),
            kind=data["kind"],
            recipients=tuple(filter(None, map(str.strip, data["recipients"].splitlines()))),
            effective_on=row.head.effective_on,
            expires_on=row.head.expires_on,
            source_note=data["source_note"],
        )


class ScopeForm(forms.Form):
    """Whose organisations a document binds, under which response, from when and how long."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    scope_region = forms.TypedChoiceField(
        label=_("适用地区"), coerce=int, widget=forms.Select(attrs={"data-search": "1"})
    )
    scope_by = forms.ChoiceField(
        label=_("适用于"),
        choices=[
            ("REGISTRATION", _("由这里的登记管理机关登记的社会组织")),
            ("TERRITORY", _("住所在这里的社会组织，不论在哪里登记")),
        ],
        widget=forms.RadioSelect,
    )
    response_id = forms.TypedChoiceField(
        label=_("所属应急响应"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("任务按这次响应的阶段适用；签发时就在这次响应里施行。"),
    )
    effective_on = forms.DateField(
        label=_("施行日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("文件写明的施行日期；没有写的留空，自签发时起。"),
    )
    expires_on = forms.DateField(
        label=_("有效期至"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("文件写明的最后一天；没有写的留空。"),
    )

    def __init__(
        self,
        *args: Any,
        regions: Sequence[tuple[int, str]],
        responses: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        region, response = self.fields["scope_region"], self.fields["response_id"]
        assert isinstance(region, forms.ChoiceField)
        assert isinstance(response, forms.ChoiceField)
        region.choices = list(regions)
        response.choices = [("", _("（不属于任何应急响应）")), *responses]


class GroupForm(forms.Form):
    """One of the classes that a document names, in terms of the register."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    label = forms.CharField(
        label=_("名称"), max_length=60, help_text=_("照文件的叫法，例如“异地商会”。")
    )
    any_of = forms.MultipleChoiceField(
        label=_("有这些属性之一"), required=False, widget=forms.CheckboxSelectMultiple
    )
    registered = forms.MultipleChoiceField(
        label=_("或者登记为这些形式之一"), required=False, widget=forms.CheckboxSelectMultiple
    )
    residual = forms.BooleanField(
        label=_("其他：不属于本文件任何一个分组的社会组织"), required=False
    )
    named = forms.BooleanField(
        label=_("是单独的一类"),
        required=False,
        help_text=_("不勾选表示它只是另一个分组里的一部分，“其他”不把它除外。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, texts in (("any_of", ATTRIBUTES), ("registered", FORMS)):
            chosen = self.fields[name]
            assert isinstance(chosen, forms.MultipleChoiceField)
            chosen.choices = [each for each in choices_of(texts) if each[0] != "AUTHORITY"]

    @staticmethod
    def start(row: CompilationRow, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the form shows of a group."""
        label = body.get("label")
        return {
            "revision": row.revision,
            "label": label.get("zh", "") if isinstance(label, Mapping) else "",
            "any_of": body.get("any_of") or [],
            "registered": body.get("forms") or [],
            "residual": bool(body.get("residual")),
            "named": body.get("named", True),
        }

    def clean(self) -> dict[str, Any]:
        """Ask for what makes somebody a member, one way or the other."""
        data = super().clean() or {}
        chosen = bool(data.get("any_of") or data.get("registered"))
        if chosen == bool(data.get("residual")):
            self.add_error("any_of", _("请选属性或登记形式，或者勾选“其他”，二者必居其一。"))
        return data

    def body(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """Return the group as a library declares it; a name that is the same keeps its English."""
        data = self.cleaned_data
        old = held.get("label")
        same = isinstance(old, Mapping) and old.get("zh") == data["label"]
        made: dict[str, Any] = {"label": dict(old) if old and same else {"zh": data["label"]}}
        if held.get("clause"):
            made["clause"] = held["clause"]
        if data["residual"]:
            return {**made, "residual": True}
        if data["any_of"]:
            made["any_of"] = data["any_of"]
        if data["registered"]:
            made["forms"] = data["registered"]
        return made if data["named"] else {**made, "named": False}


class ClauseForm(forms.Form):
    """Correct one clause: how it is numbered, named and nested."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    label = forms.CharField(
        label=_("编号"),
        required=False,
        max_length=20,
        help_text=_("例如“（三）”。文件地址里的数字由编号得出；没有编号的接着上一条数。"),
    )
    heading = forms.CharField(
        label=_("小标题"),
        required=False,
        max_length=300,
        help_text=_("这一条开头只起标题作用的文字，照抄；没有的留空。"),
    )
    kind = forms.ChoiceField(label=_("类别"))
    level = forms.IntegerField(
        label=_("层级"),
        min_value=0,
        max_value=9,
        help_text=_("0 为章，1 为“一、”，2 为“（一）”，3 为“1.”，4 为“（1）”，5 为“①”“一是”。"),
    )
    refines = forms.CharField(
        label=_("细化上级的哪一条"),
        required=False,
        max_length=40,
        help_text=_("上级文件的条款地址，例如 3.8；只是新增要求的留空。"),
    )

    def __init__(self, *args: Any, supplement: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(code, PASSAGE_KINDS[code]) for code in KINDS]
        if not supplement:
            del self.fields["refines"]

    @staticmethod
    def start(clause: ClauseDraft) -> dict[str, Any]:
        """Return what the form shows of a clause."""
        return {
            "revision": clause.revision,
            "label": clause.label,
            "heading": clause.heading,
            "kind": clause.kind,
            "level": clause.level,
            "refines": clause.refines,
        }

    def clean_refines(self) -> str:
        """Return an address without the sign that links write before it."""
        address: str = self.cleaned_data["refines"].strip().removeprefix("#")
        if address and not re.fullmatch(r"[a-z]?\d+(?:-\d+)?(?:\.\d+(?:-\d+)?)*", address):
            raise forms.ValidationError(_("条款地址写法不对，例如 3.8。"))
        return address
