"""Words, shapes and geometry behind the components of the ``ui`` template library.

Pure helpers: they turn what a page passes (dictionaries or objects alike) into what the partials in
``templates/ui`` draw. See ``docs/look.md`` for the shapes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from tongzhou.base.strength import Strength

STATES: dict[str, "str | Promise"] = {
    "accepted": _("已通过"),
    "submitted": _("待审核"),
    "returned": _("已退回"),
    "overdue": _("逾期"),
    "silent": _("未报"),
    "due_soon": _("快到期"),
    "draft": _("草稿"),
    "done": _("已完成"),
    "due": _("待办"),
    "not_yet": _("未到时间"),
}
STRIP_ORDER = (
    "accepted",
    "done",
    "submitted",
    "returned",
    "overdue",
    "due_soon",
    "silent",
    "draft",
)
STRENGTHS = {each.value.lower(): each.label for each in Strength}
WHY_KINDS: dict[str, tuple["str | Promise", str]] = {
    "clause": (_("条款"), "directive"),
    "mapping": (_("对应"), "people"),
    "facts": (_("事实"), "organisation"),
    "phase": (_("阶段"), "response"),
    "deadline": (_("期限"), "clock"),
    "refusal": (_("不予办理"), "stop"),
    "figure": (_("口径"), "figures"),
}
# How many of the four bars of the ribbon's sign are filled.
LEVEL_BARS = {"LEVEL_1": 4, "LEVEL_2": 3, "LEVEL_3": 2, "LEVEL_4": 1, "NORMALISED": 0, "ENDED": 0}
MIN_SHARE = 0.8  # per cent of a strip below which a part could not be seen or hit


def read(thing: Any, key: str, default: Any = None) -> Any:
    """Return ``thing[key]`` or ``thing.key``, or the default when it has neither."""
    if isinstance(thing, Mapping):
        return thing.get(key, default)
    return getattr(thing, key, default)


def code_of(value: object) -> str:
    """Return a state or strength code in the lower-case form that the partials use."""
    return str(getattr(value, "value", value) or "").lower()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a strip: ``x`` and ``width`` are percentages of the bar."""

    code: str
    label: str
    count: int
    href: str
    x: str
    width: str
    share: str


def strip_parts(parts: Iterable[Any]) -> tuple[list[Part], int]:
    """Return the parts in the fixed order with their place in the bar, and their total.

    A part that is not empty keeps a visible minimum width; the others give way in proportion.
    """
    order = {code: i for i, code in enumerate(STRIP_ORDER)}
    given = [
        (
            code_of(read(part, "code")),
            str(read(part, "label") or ""),
            int(read(part, "count") or 0),
            str(read(part, "href") or ""),
        )
        for part in parts or ()
    ]
    given.sort(key=lambda part: order.get(part[0], len(order)))
    total = sum(count for _code, _label, count, _href in given)
    widths = _widths([count for _code, _label, count, _href in given], total)
    drawn: list[Part] = []
    x = 0.0
    for (code, label, count, href), width in zip(given, widths, strict=True):
        drawn.append(
            Part(
                code=code,
                label=label or str(STATES.get(code, code)),
                count=count,
                href=href,
                x=f"{x:.3f}%",
                width=f"{width:.3f}%",
                share=percent(count, total),
            )
        )
        x += width
    return drawn, total


def _widths(counts: Sequence[int], total: int) -> list[float]:
    if not total:
        return [0.0 for _count in counts]
    raw = [100 * count / total for count in counts]
    small = [MIN_SHARE if 0 < share < MIN_SHARE else 0.0 for share in raw]
    rest = sum(share for share, lifted in zip(raw, small, strict=True) if not lifted)
    scale = (100 - sum(small)) / rest if rest else 0.0
    return [lifted or share * scale for share, lifted in zip(raw, small, strict=True)]


def percent(count: int, total: int) -> str:
    """Return a share for people: never 0% for something, never 100% for less than all."""
    if not total:
        return "—"
    share = 100 * count / total
    if 0 < share < 1:
        return "<1%"
    if 99 < share < 100:
        return ">99%"
    return f"{share:.0f}%"


def figure(value: object) -> str:
    """Return a figure with thousands separated; an absent one is a dash."""
    if value is None or value == "":
        return "—"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return str(value)


def moment(value: object) -> str:
    """Return a date or moment in the reader's language and time zone; text stays as it is."""
    if isinstance(value, datetime):
        if timezone.is_aware(value):
            value = timezone.localtime(value)
        return date_format(value, "j M Y, H:i" if _is_english() else "Y年n月j日 H:i")  # data
    if isinstance(value, date):
        return date_format(value, "j M Y" if _is_english() else "Y年n月j日")  # data
    return "" if value is None else str(value)


def duration(seconds: float) -> str:
    """Return how long something still takes, in words, rounded to minutes."""
    if seconds < 60:
        return gettext("不到 1 分钟")
    return gettext("约 %(count)d 分钟") % {"count": round(seconds / 60)}


def _is_english() -> bool:
    return (get_language() or "").startswith("en")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words in one side of a comparison."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One compared address; ``kind`` is same, added, removed or changed."""

    address: str
    kind: str
    before: tuple[Segment, ...]
    after: tuple[Segment, ...]


def diff_rows(rows: Iterable[Any]) -> list[DiffRow]:
    """Return the rows with the changed words of both sides marked."""
    compared: list[DiffRow] = []
    for row in rows or ():
        before, after = read(row, "before"), read(row, "after")
        kind = (
            "added"
            if before is None
            else "removed"
            if after is None
            else "same"
            if before == after
            else "changed"
        )
        left, right = (
            _compare(str(before), str(after))
            if kind == "changed"
            else (_whole(before, kind == "removed"), _whole(after, kind == "added"))
        )
        compared.append(DiffRow(str(read(row, "address") or ""), kind, left, right))
    return compared


def _whole(text: object, changed: bool) -> tuple[Segment, ...]:
    return () if text is None else (Segment(str(text), changed),)


def _compare(before: str, after: str) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    left: list[Segment] = []
    right: list[Segment] = []
    for op, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if b > a:
            left.append(Segment(before[a:b], op != "equal"))
        if d > c:
            right.append(Segment(after[c:d], op != "equal"))
    return tuple(left), tuple(right)


def marked(text: str, quotes: Iterable[str]) -> list[Segment]:
    """Return the text cut so that the quoted words are marked; unknown quotes are ignored."""
    spans: list[tuple[int, int]] = []
    for quote in quotes:
        start = text.find(quote) if quote else -1
        if start >= 0 and all(start >= e or start + len(quote) <= s for s, e in spans):
            spans.append((start, start + len(quote)))
    pieces: list[Segment] = []
    at = 0
    for start, end in sorted(spans):
        if start > at:
            pieces.append(Segment(text[at:start], False))
        pieces.append(Segment(text[start:end], True))
        at = end
    if at < len(text):
        pieces.append(Segment(text[at:], False))
    return pieces


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of a clause's text: drawn from by a duty, a link, what was searched for, or none."""

    text: str
    changed: bool
    href: str = ""
    label: str = ""
    hit: bool = False


def passages(
    text: str, quotes: Iterable[str], links: Iterable[Any] = (), hits: Iterable[Any] = ()
) -> list[Passage]:
    """Return a clause's text cut where quotes, links and hits begin and end.

    ``links`` are ``{start, end, href, label?}`` and ``hits`` pairs of places in the text; links
    that overlap an earlier one are left out.
    """
    drawn: list[tuple[int, int]] = []
    at = 0
    for piece in marked(text, quotes):
        if piece.changed:
            drawn.append((at, at + len(piece.text)))
        at += len(piece.text)
    leading: list[tuple[int, int, str, str]] = []
    for link in sorted(links or (), key=lambda each: int(read(each, "start"))):
        start, end = int(read(link, "start")), int(read(link, "end"))
        if 0 <= start < end <= len(text) and (not leading or start >= leading[-1][1]):
            leading.append((start, end, str(read(link, "href")), str(read(link, "label") or "")))
    found = [(int(start), int(end)) for start, end in hits or ()]
    spans = [*drawn, *found, *(each[:2] for each in leading)]
    edges = sorted({0, len(text), *(min(place, len(text)) for span in spans for place in span)})
    made = []
    for start, end in pairwise(edges):
        href, label = next((e[2:] for e in leading if e[0] <= start < e[1]), ("", ""))
        made.append(
            Passage(
                text[start:end],
                any(s <= start < e for s, e in drawn),
                href,
                label,
                any(s <= start < e for s, e in found),
            )
        )
    return made


def page_numbers(number: int, last: int) -> list[int | None]:
    """Return the page numbers to offer, ``None`` for a gap: 1 … 4 5 6 … 20."""
    wanted = sorted({1, last, *range(max(1, number - 1), min(last, number + 1) + 1)})
    shown: list[int | None] = []
    for page in wanted:
        if shown and shown[-1] is not None and page - shown[-1] == 2:
            shown.append(page - 1)
        elif shown and shown[-1] is not None and page - shown[-1] > 2:
            shown.append(None)
        shown.append(page)
    return shown
