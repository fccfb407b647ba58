"""What the form components draw: the error summary, and a field tied to its words."""

from collections.abc import Iterable
from typing import Any

from django.forms import BaseForm, BoundField
from django.forms.widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    FileInput,
    RadioSelect,
    Select,
    Textarea,
)
from django.template.context import Context
from django.utils.html import format_html
from django.utils.translation import gettext

from tongzhou.base.errors import Refusal
from tongzhou.kernel import keeping
from tongzhou.kernel.templatetags.ui_shapes import read

DJANGO_ROWS = "10"  # what a Textarea has unless its form says otherwise


def summary(
    source: BaseForm | Refusal | Iterable[Any] | None, refusal: Refusal | None, title: str
) -> dict[str, Any]:
    """Return the error summary of a form, a refusal, both, or a list of messages."""
    found: list[dict[str, Any]] = []
    if isinstance(source, BaseForm):
        found += _of_form(source)
    elif isinstance(source, Refusal):
        refusal = source
    else:
        for entry in source or ():
            plain = isinstance(entry, str)
            found.append(
                {
                    "message": entry if plain else read(entry, "message", entry),
                    "href": "" if plain else read(entry, "href", "") or "",
                }
            )
    if refusal:  # a template without one passes an empty text
        said = refusal.text(gettext)
        href = f"#id_{refusal.field}" if refusal.field else ""
        found.insert(0, {"message": said, "href": href})
        found += [
            {"message": text, "href": f"#id_{name}"}
            for name, text in refusal.faults.items()
            if name != refusal.field
        ]
    return {
        "errors": found,
        "title": title
        or (gettext(refusal.title) if refusal else gettext("还差一点：请改正下面的内容")),
        "way_out": gettext(refusal.way_out) if refusal and refusal.way_out else "",
        "clause": refusal.clause if refusal else "",
    }


def _of_form(form: BaseForm) -> list[dict[str, Any]]:
    if not form.is_bound:
        return []
    found: list[dict[str, Any]] = [
        {"message": text, "href": ""} for text in form.non_field_errors()
    ]
    for bound in form:
        found += [
            {"message": text, "href": f"#{_anchor(bound)}", "label": bound.label}
            for text in bound.errors
        ]
    return found


def _anchor(bound: BoundField) -> str:
    if isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple):
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def _kind(bound: BoundField) -> tuple[str, str]:
    widget = bound.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices", "form-check-input"
    if isinstance(widget, CheckboxInput):
        return "check", "form-check-input"
    if isinstance(widget, FileInput | ClearableFileInput):
        return "file", "form-control"
    if isinstance(widget, Select):
        return "select", "form-select"
    return ("area" if isinstance(widget, Textarea) else "input"), "form-control"


def drawn(bound: BoundField, source: str, width: str) -> dict[str, Any]:
    """Return a field with its widget dressed and described by its help, origin and error."""
    kind, classes = _kind(bound)
    wrong = bool(bound.errors)
    described = [
        f"{bound.auto_id}_{name}"
        for name, there in (
            ("helptext", bound.help_text),
            ("source", source),
            ("error", wrong),
        )
        if there
    ]
    own = str(bound.field.widget.attrs.get("class", ""))
    attrs: dict[str, str | bool] = {
        "class": " ".join(filter(None, [own, classes, "is-invalid" if wrong else ""]))
    }
    if kind == "area" and str(bound.field.widget.attrs.get("rows")) == DJANGO_ROWS:
        attrs["rows"] = "4"
    if described and kind != "choices":
        attrs["aria-describedby"] = " ".join(described)
    return {
        "bound": bound,
        "kind": kind,
        "widget": bound.as_widget(attrs=attrs),
        "described": " ".join(described),
        "source": source,
        "width": width,
        "optional": not bound.field.required
        and kind != "check"
        and not (kind == "choices" and bound.value() and not isinstance(bound.value(), list))
        and "data-wanted" not in bound.field.widget.attrs,
    }


def typed_by(context: Context) -> str:
    """Mark a form, so that what is typed in it outlives the session (kernel.keeping).

    A page that shows itself under another address after a refusal says its own as ``typed_page``.
    """
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return ""
    return format_html(
        '<input type="hidden" name="{}" value="{}">',
        keeping.FIELD,
        keeping.mark(request, str(context.get("typed_page", ""))),
    )
