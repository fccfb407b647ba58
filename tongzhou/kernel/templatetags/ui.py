"""The components of the design system as template tags; ``docs/look.md`` documents each.

Tags take dictionaries or objects alike and render the partial of the same name in ``templates/ui``.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import own_jobs
from tongzhou.kernel.models import Progress
from tongzhou.kernel.templatetags import ui_drawn, ui_forms
from tongzhou.kernel.templatetags import ui_shapes as shapes
from tongzhou.kernel.templatetags.ui_shapes import read

register = template.Library()
PHONE_ENTRIES = 4

register.filter("moment", shapes.moment)
register.filter("figure", shapes.figure)
register.simple_tag(ui_forms.typed_by, takes_context=True)
_HAN = re.compile(r"[\u3400-\u9fff]")


@register.filter
def tongue(value: object) -> object:
    """Mark Chinese words on an English page, so that they are read aloud and set as Chinese.

    For text that nobody has translated: of directives, of duties that officers wrote.
    """
    if not (get_language() or "").startswith("en") or not _HAN.search(str(value)):
        return value
    return format_html('<span lang="zh-CN">{}</span>', value)


@register.simple_tag(takes_context=True)
def block_again(context: Context, name: str) -> str:
    """Render a block of the page once more, so that ``title`` is also the heading."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return str(block.render(context)).strip() if block else ""


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw a sprite icon; decorative, so words belong beside it, a space away."""
    return SafeString(f"{ui_drawn.icon(name, extra)}\n")


@register.inclusion_tag("ui/strip.html")
def strip(
    parts: Iterable[Any], label: str = "", size: str = "md", legend: bool = True
) -> dict[str, Any]:
    """Draw one bar cut into states, with the figures as links below it."""
    drawn, total = shapes.strip_parts(parts)
    return {
        "parts": drawn,
        "total": total,
        "label": label,
        "size": size,
        "legend": legend,
        "bar": SafeString(ui_drawn.bar(drawn, size, _words(drawn), links=legend)),
    }


def _words(drawn: Iterable[shapes.Part]) -> str:
    words = gettext("，").join(f"{part.label} {part.count:,}" for part in drawn if part.count)
    return words or gettext("没有应报事项")


@register.inclusion_tag("ui/state.html")
def state(code: object, label: str = "") -> dict[str, Any]:
    """Draw a state as colour, shape and word."""
    name = shapes.code_of(code)
    return {"code": name, "label": label or shapes.STATES.get(name, name)}


@register.inclusion_tag("ui/strength.html")
def strength(code: object) -> dict[str, Any]:
    """Draw the strength of a duty: 必须, 不得, 可以, 尽力 or 倡导."""
    name = shapes.code_of(code)
    return {"code": name, "label": gettext(shapes.STRENGTHS.get(name, name))}


@register.simple_tag
def number(
    value: object, href: str = "", label: str = "", unit: str = "", tone: str = ""
) -> SafeString:
    """Draw a figure that opens its list; ``label`` tells a screen reader what the list holds."""
    return SafeString(ui_drawn.number(value, href, label, unit, tone))


@register.inclusion_tag("ui/drill_table.html")
def drill_table(table: Any) -> dict[str, Any]:
    """Draw a table whose rows open their children in place."""
    return {"table": table}


@register.simple_tag
def drill_cells(table: Any, row: Any) -> SafeString:
    """Draw the row's cells in the order of the columns."""
    cells = read(row, "cells", {})
    drawn = []
    for column in read(table, "columns", ()):
        cell = cells.get(read(column, "code"))
        kind = read(column, "kind", "number")
        value = cell if isinstance(cell, str | int | float) else read(cell, "value")
        href = read(cell, "href", "") or ""
        if kind == "strip":
            parts, _total = shapes.strip_parts(cell)
            bar = ui_drawn.bar(parts, "sm", _words(parts), links=False)
            inside = f'<div class="tz-strip tz-strip--sm">{bar}</div>'
        elif kind == "state":
            inside = render_to_string("ui/state.html", state(value)) if value else ""
        elif kind == "text":
            inside = ui_drawn.dated(value, href)
        else:
            kind = "number"
            inside = ui_drawn.number(value, href, tone=read(cell, "tone", "") or "")
        drawn.append(ui_drawn.cell({"kind": kind, "label": read(column, "label")}, inside))
    return SafeString("".join(drawn))


@register.simple_tag
def deeper(depth: Any) -> int:
    """Return the depth of a row as the partials count it: 0 for none given, at most 4."""
    return min(int(depth or 0), 4)


@register.inclusion_tag("ui/why.html")
def why(steps: Iterable[Any], title: str = "", expanded: bool = False) -> dict[str, Any]:
    """Draw the chain that answers "why?": clause, mapping, facts, phase."""
    told = []
    for step in steps or ():
        label, picture = shapes.WHY_KINDS.get(shapes.code_of(read(step, "kind")), ("", "info"))
        told.append({"step": step, "kind": label, "icon": picture})
    return {"steps": told, "title": title or _("为什么归我办？"), "open": expanded}


@register.inclusion_tag("ui/timeline.html")
def timeline(entries: Iterable[Any]) -> dict[str, Any]:
    """Draw what happened, when, by whom and what it changed."""
    return {"entries": entries}


@register.inclusion_tag("ui/diff.html")
def diff(rows: Iterable[Any], before_label: str = "", after_label: str = "") -> dict[str, Any]:
    """Draw two versions side by side with the changed words marked."""
    return {
        "rows": shapes.diff_rows(rows),
        "before_label": before_label or _("原来"),
        "after_label": after_label or _("现在"),
    }


@register.inclusion_tag("ui/progress.html", takes_context=True)
def progress(
    context: Context, job: Any, now: datetime | None = None, *, again: bool = True
) -> dict[str, Any]:
    """Draw a long job; it refreshes itself every two seconds until it ends.

    Whoever ordered it may cancel it here, or order it again, unless the page has another way
    (``again`` false); others only see how far it is.
    """
    actor, owner = context.get("actor"), read(job, "user_id")
    mine = owner is None or (actor is not None and owner == actor.user_id)
    told = {"job": job, "now": now, "mine": mine}
    if mine and isinstance(job, Progress):
        told |= own_jobs.offers(job, actor, now)
        told["may_repeat"] = told["may_repeat"] and again
    return told


@register.simple_tag
def job_facts(job: Any, now: datetime | None = None) -> dict[str, Any]:
    """Return how far a job is, in words and per cent; ``now`` lets it tell how long to go."""
    done, total = int(read(job, "done") or 0), int(read(job, "total") or 0)
    started = read(job, "started_at")
    name = shapes.code_of(read(job, "state"))
    left = ""
    if name == "running" and now and started and 0 < done < total:
        seconds = (now - started).total_seconds() * (total - done) / done
        left = shapes.duration(seconds)
    return {
        "state": name,
        "going": name in {"waiting", "running"},
        "stopping": name in {"waiting", "running"} and bool(read(job, "cancelled_at")),
        "failed": name in {"failed", "refused"},
        "done": shapes.figure(done),
        "total": shapes.figure(total) if total else "",
        "share": f"{min(100, 100 * done // total)}" if total else "",
        "left": left,
    }


@register.inclusion_tag("ui/empty.html")
def empty(
    title: str,
    text: str = "",
    action_label: str = "",
    action_url: str = "",
    icon: str = "inbox",
) -> dict[str, Any]:
    """Draw an empty state: what will appear here and what to do first."""
    return {
        "title": title,
        "text": text,
        "action_label": action_label,
        "action_url": action_url,
        "icon": icon,
    }


@register.inclusion_tag("ui/errors.html")
def errors(source: Any = None, refusal: Refusal | None = None, title: str = "") -> dict[str, Any]:
    """Draw the error summary: of a form, of a refusal, of both, or of a list of messages."""
    return ui_forms.summary(source, refusal, title)


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, source: str = "", width: str = "") -> dict[str, Any]:
    """Draw a form field with its label, help, origin and error tied together for everybody."""
    return ui_forms.drawn(bound, source, width)


@register.inclusion_tag("ui/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """Draw every field of a form in order."""
    return {"form": form}


@register.inclusion_tag("ui/chips.html")
def chips(filters: Iterable[Any], clear_url: str = "") -> dict[str, Any]:
    """Draw the filters in force, each of which can be taken off."""
    return {"filters": filters, "clear_url": clear_url}


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(
    context: Context,
    page: "Page[Any]",
    sizes: Sequence[int] = (),
    name: str = "page",
    *,
    part: bool = False,
) -> dict[str, Any]:
    """Draw the pages of a list; the rest of the query string is kept.

    ``part``: there is more than what is listed.
    """
    request: HttpRequest | None = context.get("request")
    last = page.paginator.num_pages

    def url(**changes: int) -> str:
        query = request.GET.copy() if request else None
        if query is None:
            return "?" + "&".join(f"{key}={value}" for key, value in changes.items())
        for key, value in changes.items():
            query[key] = str(value)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "first": page.start_index(),
        "last": page.end_index(),
        "total": page.paginator.count,
        "part": part,
        "many": last > 1,
        "previous": url(**{name: page.number - 1}) if page.has_previous() else "",
        "next": url(**{name: page.number + 1}) if page.has_next() else "",
        "pages": [
            {"number": n, "url": url(**{name: n}) if n else "", "current": n == page.number}
            for n in shapes.page_numbers(page.number, last)
        ],
        "sizes": [
            {"size": n, "url": url(**{name: 1, "size": n}), "current": n == page.paginator.per_page}
            for n in sizes
        ],
    }


@register.inclusion_tag("ui/day_board.html")
def day_board(items: Iterable[Any]) -> dict[str, Any]:
    """Draw what is due, one tap to do it, and what already counts as done."""
    return {"items": items}


@register.inclusion_tag("ui/stat.html")
def stat(
    label: str, value: object, href: str = "", hint: str = "", tone: str = "", unit: str = ""
) -> dict[str, Any]:
    """Draw one figure with its name; the whole card opens its list."""
    return {
        "label": label,
        "value": shapes.figure(value),
        "href": href,
        "hint": hint,
        "tone": tone,
        "unit": unit,
    }


@register.inclusion_tag("ui/breadcrumbs.html")
def breadcrumbs(crumbs: Sequence[Any]) -> dict[str, Any]:
    """Draw the way here; the last crumb is the page itself."""
    return {"crumbs": crumbs or ()}


@register.inclusion_tag("ui/chart.html")
def chart(spec: Any) -> dict[str, Any]:
    """Draw a sorted bar, treemap or line chart with its table one click away."""
    kind = str(read(spec, "kind", "bar"))
    rows = [
        {key: read(row, key) for key in ("label", "value", "values", "href", "tone")}
        for row in read(spec, "rows", ())
    ]
    if kind != "line":
        rows.sort(key=lambda row: row["value"] or 0, reverse=True)
    title = str(read(spec, "title", ""))
    series = [str(name) for name in read(spec, "series", ()) or ()]
    data = {
        "kind": kind,
        "unit": str(read(spec, "unit", "") or ""),
        "series": series,
        "rows": [{k: str(v) if k == "label" else v for k, v in row.items() if v} for row in rows],
    }
    return {
        "id": f"chart-{crc32(f'{kind}{title}{len(rows)}'.encode()):x}",
        "spec": spec,
        "title": title,
        "kind": kind,
        "rows": rows,
        "series": series,
        "unit": data["unit"],
        "data": data,
    }


@register.inclusion_tag("ui/clause.html")
def clause(c: Any) -> dict[str, Any]:
    """Draw a clause of the reading page with its address and the duties drawn from it."""
    text, label = str(read(c, "text", "") or ""), str(read(c, "label", "") or "")
    duties = list(read(c, "duties", ()) or ())
    level = int(read(c, "level", 3) or 0)
    return {
        "c": c,
        "level": level,
        "anchor": read(c, "anchor") or f"c{read(c, 'address', '')}",
        "label": "" if text.startswith(label) else label,
        "pieces": shapes.passages(
            text,
            [str(read(duty, "quote", "") or "") for duty in duties],
            read(c, "links", ()),
            read(c, "hits", ()),
        ),
        "duties": duties,
    }


@register.inclusion_tag("ui/callout.html")
def callout(
    tone: str, title: str, text: str = "", href: str = "", link: str = ""
) -> dict[str, Any]:
    """Draw a notice in the page: info, warn, stop or done."""
    pictures = {"info": "info", "warn": "warning", "stop": "stop", "done": "check"}
    return {
        "tone": tone,
        "title": title,
        "text": text,
        "href": href,
        "link": link,
        "icon": pictures.get(tone, "info"),
    }


@register.inclusion_tag("ui/facts.html")
def facts(rows: Iterable[Any]) -> dict[str, Any]:
    """Draw names and values, each with where it comes from."""
    return {"rows": rows}


@register.inclusion_tag("ui/tabs.html")
def tabs(items: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Draw views of one thing as plain links."""
    return {"items": items, "label": label or _("切换")}


@register.simple_tag
def phone_bar(nav: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the entries of the phone's bottom bar and those behind its last place.

    Entries marked ``phone`` come first; with more than four entries the last place opens the rest.
    """
    entries = sorted(nav or (), key=lambda entry: not read(entry, "phone", False))
    if len(entries) <= PHONE_ENTRIES:
        return {"bar": entries, "rest": []}
    return {"bar": entries[: PHONE_ENTRIES - 1], "rest": entries[PHONE_ENTRIES - 1 :]}


@register.simple_tag
def level_bars(code: object) -> list[dict[str, Any]]:
    """Return the four rising bars of a response level's sign and which of them are filled."""
    filled = shapes.LEVEL_BARS.get(str(getattr(code, "value", code)), 0)
    return [
        {"x": 5 * bar + 0.5, "y": 10 - 3 * bar, "height": 4 + 3 * bar, "filled": bar < filled}
        for bar in range(4)
    ]
