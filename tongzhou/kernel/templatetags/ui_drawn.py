"""What stands in tables hundreds of times, drawn without a template, which takes half of a page.

Everything that is not markup is escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from django.templatetags.static import static
from django.utils.safestring import SafeString

from tongzhou.kernel.templatetags import ui_shapes as shapes

HEIGHTS = {"lg": 22, "sm": 10}


def text(value: object) -> str:
    """Return a text as it stands in HTML; what is safe already is left as it is."""
    if isinstance(value, SafeString):
        return str(value)
    return escape(str(value))


def icon(name: str, extra: str) -> str:
    """Return an icon of the sprite."""
    link = f"{text(static('tongzhou/icons.svg'))}#{text(name)}"
    return (
        f'<svg class="tz-icon {text(extra)}" width="20" height="20" aria-hidden="true"'
        f' focusable="false"><use href="{link}"></use></svg>'
    )


def number(value: object, href: str = "", label: str = "", unit: str = "", tone: str = "") -> str:
    """Return a figure that opens its list; ``label`` is for screen readers."""
    zero = value in (0, None)
    toned = f" tz-tone--{text(tone)}" if tone and not zero else ""
    inside = text(shapes.figure(value))
    if unit:
        inside += f'<span class="tz-unit">{text(unit)}</span>'
    if label:
        inside += f'<span class="visually-hidden">{text(label)}</span>'
    tag, link = ("a", f' href="{text(href)}"') if href else ("span", "")
    return f'<{tag} class="tz-number{toned}{" is-zero" if zero else ""}"{link}>{inside}</{tag}>'


def bar(parts: Sequence[shapes.Part], size: str, words: str, *, links: bool) -> str:
    """Return a bar cut into states; with ``links`` each part opens its list."""
    said = 'aria-hidden="true"' if links else f'role="img" aria-label="{text(words)}"'
    height = HEIGHTS.get(size, 16)
    drawn = [
        f'<svg class="tz-strip__bar" width="100%" height="{height}" {said} focusable="false">',
        '<rect width="100%" height="100%" class="tz-strip__ground"/>',
    ]
    for place, part in enumerate(parts):
        if not part.count:
            continue
        piece = (
            f'<rect x="{part.x}" width="{part.width}" height="100%"'
            f' fill="url(#p-{text(part.code)})">'
            f"<title>{text(part.label)} {text(shapes.figure(part.count))}</title></rect>"
        )
        if place:
            piece += f'<rect x="{part.x}" width="1.5" height="100%" fill="#fff"/>'
        if links and part.href:
            piece = f'<a href="{text(part.href)}" tabindex="-1">{piece}</a>'
        drawn.append(piece)
    return "".join((*drawn, "</svg>"))


def cell(found: dict[str, Any], inside: str) -> str:
    """Return a cell of a table with its column's label for narrow screens."""
    kind = {"strip": ' class="is-strip"', "number": ' class="is-figure"'}.get(found["kind"], "")
    return f'<td{kind} data-label="{text(found["label"])}">{inside}</td>'


def dated(value: object, href: str) -> str:
    """Return a text or moment, with a link where there is one."""
    said = text(shapes.moment(value))
    return f'<a href="{text(href)}">{said}</a>' if href else said
