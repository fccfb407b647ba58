"""Read what kind a document is, from when it has effect and on which day that ends.

``expires_on`` is the last day it holds: in force from 1 January 2022 for five years ends on
31 December 2026. Only what a text says of itself counts; terms of certificates, of lists or of
other documents do not.
"""

import datetime
import re
from dataclasses import dataclass

from tongzhou.modules.directives.contracts import DocumentKind
from tongzhou.modules.directives.rules.cleaning import Stream, fold
from tongzhou.modules.directives.rules.dates import DATE_PATTERN, iso
from tongzhou.modules.directives.rules.numerals import chinese_number
from tongzhou.modules.directives.rules.words import any_of, table, words

_KINDS = table("document_kinds")
_KIND = re.compile(
    rf"({any_of(_KINDS)})(?:\([^()]{{1,24}}\)|第?\d{{0,4}}号?|[一二三四五六七八九十〇○]{{0,4}}号)*[》”]?\Z"
)
_ISSUED = rf"(?:{any_of(words('issue_words'))})之?日"
_EFFECT = rf"(?:正式|开始|起|全面|试)?(?:{any_of(words('effect_words'))})"
_STARTS = re.compile(
    rf"[自从](?P<day>{DATE_PATTERN}|(?P<issued>{_ISSUED}))起?"
    rf"(?:(?P<later>[一二三四五六七八九十\d]{{1,4}})(?:个工作)?日后)?起?{_EFFECT}"
    rf"|(?P<at_once>即日起?){_EFFECT}"
)
_NUMBER = r"[一二三四五六七八九十两\d]{1,3}"
_TERM = re.compile(
    rf"(?:有效期限?|试行期限?|执行期限?|实施期限?|施行期限?|暂行期限?|试行)(?:为|是|暂定|暂定为)?：?"
    rf"(?:(?P<years>{_NUMBER})年|(?P<months>{_NUMBER})个月)(?![内前后以])"
)
_UNTIL = re.compile(
    rf"(?:有效期限?|试行期限?|执行期限?|执行|施行|实施|试行|有效)?(?:截至|截止到|截止|延长至|延续至|至|到)"
    rf"(?P<day>{DATE_PATTERN})(?:止|结束|为止|截止)?"
)
_ITSELF = re.compile(
    r"(?:本|该|此|上述|以上|前述)(?:实施|暂行|管理|工作|试行)?"
    rf"(?:{any_of((*_KINDS, '文件', '文', '件', '预案', '公约', '政策'))})"
)
_TOUCHES = re.compile(r"施行|实施|执行|生效|有效|试行|实行")
_WINDOW = 300
_LABEL = re.compile(
    r"(?:[^。]*[，；])?[现并]?(?:第[^条]{1,5}条|[(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)、.]?)?[现]?"
)
_OTHERS = re.compile(r"《[^《》]{2,120}》")
_MOST = 4000


@dataclass(frozen=True, slots=True)
class Effect:
    """From when and until when a document holds, as ISO days or None."""

    start: str | None = None
    end: str | None = None


def kind_of(title: str | None) -> DocumentKind:
    """Return the kind of a document by the last word of its title (文种)."""
    if not title:
        return DocumentKind.OTHER
    folded = fold(title).replace(" ", "")
    match = _KIND.search(folded, max(0, len(folded) - 60))
    if match is None:
        return DocumentKind.OTHER
    return DocumentKind(_KINDS[match[1]])


def effect_of(stream: Stream, start: int, end: int, titles: list[str], date: str | None) -> Effect:
    """Return from when and until when the text between two indexes says that it holds.

    ``titles`` are the names the document has itself, ``date`` the ISO day it was issued.
    """
    found = Effect()
    for begin, stop in _sentences(stream, start, end):
        sentence = stream.fold[begin:stop]
        if not _speaks_of_itself(sentence, titles):
            continue
        here = _read(sentence, date)
        if here is None:
            continue
        found = Effect(found.start or here.start, found.end or here.end)
        if found.start and found.end:
            break
    return found


def _sentences(stream: Stream, start: int, end: int) -> list[tuple[int, int]]:
    """Return the sentences in which such words can stand, bounded in number."""
    text = stream.fold
    spans: list[tuple[int, int]] = []
    at = start
    for match in _TOUCHES.finditer(text, start, end):
        if match.start() < at:
            continue
        begin = max(text.rfind("。", max(start, match.start() - _WINDOW), match.start()) + 1, start)
        stop = text.find("。", match.end(), min(end, match.end() + _WINDOW))
        at = stop if stop >= 0 else min(end, match.end() + _WINDOW)
        spans.append((max(begin, match.start() - _WINDOW), at))
        if len(spans) >= _MOST:
            break
    return spans


def _speaks_of_itself(sentence: str, titles: list[str]) -> bool:
    """Say whether a sentence on effect speaks of the document it stands in."""
    if _ITSELF.search(sentence):
        return True
    named = [match.group()[1:-1] for match in _OTHERS.finditer(sentence)]
    if named:
        return any(_same(name, title) for name in named[:1] for title in titles)
    match = _STARTS.search(sentence)
    # without a subject: 自印发之日起施行。 at the head of its sentence or clause
    return match is not None and _LABEL.fullmatch(sentence, 0, match.start()) is not None


def _same(name: str, title: str) -> bool:
    plain = re.sub(r"\([^()]*\)", "", name)
    return plain in title or title in name


def _read(sentence: str, date: str | None) -> Effect | None:
    starts = _STARTS.search(sentence)
    start: str | None = None
    if starts is not None:
        start = _start_day(starts, date)
    term = _TERM.search(sentence)
    until = _UNTIL.search(sentence, starts.end() if starts is not None else 0)
    if starts is None and until is None and term is None:
        return None
    if starts is None and _ITSELF.search(sentence) is None:
        return None
    end: str | None = None
    if until is not None:
        end = iso(until["day"])
    elif term is not None:
        end = _last_day(start or date, term)
    if starts is None and not _of_effect(sentence):
        return None
    return Effect(start, end)


def _of_effect(sentence: str) -> bool:
    """Say whether a sentence without 自…起 tells how long the document itself holds."""
    return (
        re.search(
            r"(?:本|该|此)[^，。；的]{1,12}(?:的)?(?:有效期|试行期|执行期|实施期|施行期|暂行期|自|从|执行|施行|实施|试行|有效|延长)",
            sentence,
        )
        is not None
    )


def _start_day(match: "re.Match[str]", date: str | None) -> str | None:
    if match["at_once"] or match["issued"]:
        if date is None or not match["later"]:
            return date
        days = _count(match["later"])
        day = datetime.date.fromisoformat(date) + datetime.timedelta(days=days or 0)
        return day.isoformat()
    return iso(match["day"])


def _count(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    return 2 if text == "两" else chinese_number(text)


def _last_day(start: str | None, term: "re.Match[str]") -> str | None:
    """Return the last day of a term that begins on ``start``."""
    if start is None:
        return None
    months = (_count(term["years"]) or 0) * 12 if term["years"] else _count(term["months"]) or 0
    if not 0 < months <= 1200:
        return None
    first = datetime.date.fromisoformat(start)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    if year > 9000:
        return None
    day = first.day
    while True:
        try:
            return (datetime.date(year, month + 1, day) - datetime.timedelta(days=1)).isoformat()
        except ValueError:
            day -= 1  # a term that began on the 31st
