"""What a duty says of time, other documents and proof: the words, and where they stand.

Offsets count from the start of the text that is given.
"""

import re
from dataclasses import dataclass

from tongzhou.modules.directives.rules.numerals import chinese_number
from tongzhou.modules.directives.rules.proposals.lexicon import (
    ends,
    markers,
    predicate_at,
    table,
    words,
)

_N = r"(?:\d{1,3}|[一二两三四五六七八九十半]{1,3})"
_UNIT = r"(?:个?工作日|个?自然日|个?小时|日|天|个?月|周|个星期|分钟|年)"
_CLOCK = r"\d{1,2}(?:：\d{2}|时(?:\d{1,2}分)?|点(?:\d{1,2}分)?)整?"
_WEEKDAY = "周[一二三四五六日]"
_DAY = (
    r"(?:(?:\d{4}年)?\d{1,2}月\d{1,2}日|(?:\d{4}年)?\d{1,2}月底|(?<!\d)\d{1,2}日|月底|年底"
    rf"|当日|当天|次日|每月\d{{1,2}}日|[本每]{_WEEKDAY})"
)
_BEFORE = r"(?:之前|以前|前|止)"
_DEADLINES = (
    re.compile(
        rf"(?:于|在)?(?:每日|每天|每{_WEEKDAY}|每月\d{{1,2}}日)?(?:上午|下午|晚上|晚)?"
        rf"{_CLOCK}{_BEFORE}"
    ),
    re.compile(rf"(?:于|在|截至|截止)?{_DAY}(?:上午|下午|晚)?(?:{_CLOCK})?{_BEFORE}"),
    re.compile(
        rf"(?:(?:自|从|在|于)?[一-龥]{{0,12}}(?:之日起|日起|起|后|前)|在|于)?{_N}{_UNIT}(?:之内|以内|内)"
    ),
    re.compile(rf"(?:时间)?不(?:得)?超过{_N}{_UNIT}|不(?:得)?(?:迟|晚)于[^，。；]{{1,14}}"),
    re.compile(rf"(?:至少)?(?:提前|提早){_N}{_UNIT}|{_N}{_UNIT}(?:之)?前"),
    re.compile("当日内|当天内|次日内"),
)
_EVERY = re.compile(rf"每(?:隔)?({_N})(?:个)?(日|天|周|星期)")
_TITLE = re.compile("《([^《》]{1,120}(?:《[^《》]{1,80}》[^《》]{0,60})?)》")
_LEADING = re.compile("^(?:对于|对|如|凡|并|且|其中|同时|并在)(?!解)")
_SPANS = ("期间", "时期", "阶段")
_NOT_AFTER = frozenset("往提期来述景沿言线勤续方果备者台")
_NOT_BEFORE = frozenset("目当提先今最前落然背事会以之善疫")


@dataclass(frozen=True, slots=True)
class Words:
    """A value and the words it was read from."""

    value: str
    text: str
    start: int
    end: int


def find_deadline(plain: str) -> Words | None:
    """Return the first measure or point of time by which something is due.

    >>> find_deadline("每日16：00前报送情况").value
    '每日16：00前'
    """
    best: Words | None = None
    for pattern in _DEADLINES:
        for match in pattern.finditer(plain):
            if _describes(plain, match.end()):
                continue
            start = _behind_modal(plain, match.start(), match.end())
            if best is None or start < best.start:
                best = Words(plain[start : match.end()], match[0], start, match.end())
            break
    return best


def _behind_modal(plain: str, start: int, end: int) -> int:
    """Return where a time begins behind a modal or a subject that was caught with it."""
    for index, word, value in markers().all(plain, start, end):
        if value is not None:
            start = index + len(word)
    for sign in ("自", "在", "于"):
        place = plain.rfind(sign, start, end)
        if place > start:
            return place
    return start


def _describes(plain: str, end: int) -> bool:
    """Say whether a time only describes somebody (14日内有接触史的人员)."""
    rest = plain[end : end + 24]
    stop = rest.find("，")
    rest = rest if stop < 0 else rest[:stop]
    return rest.startswith(("的", "有", "离开", "曾", "到过", "核酸", "阴性"))


def find_recurrence(plain: str) -> Words | None:
    """Return ``daily``, ``weekly``, ``monthly`` or ``every N days``.

    >>> find_recurrence("每3天公布一次接收情况").value
    'every 3 days'
    """
    match = _EVERY.search(plain)
    if match is not None:
        raw = match[1]
        number = int(raw) if raw.isdigit() else chinese_number(raw.replace("两", "二"))
        if number:
            days = number * (7 if match[2] in ("周", "星期") else 1)
            value = {1: "daily", 7: "weekly"}.get(days, f"every {days} days")
            return Words(value, match[0], match.start(), match.end())
    for index, word, value in table("recurrence").all(plain):
        return Words(value, word, index, index + len(word))
    return None


def find_phase(plain: str, start: int = 0) -> Words | None:
    """Return the words that limit when a part is valid: 在疫情应对响应终止之前.

    >>> find_phase("疫情解除后").value
    '疫情解除后'
    """
    endings = words("phase_endings")
    nouns = words("phase_nouns")
    begin = start
    for index in range(start, len(plain)):
        if plain[index] in "，。；：":
            begin = index + 1
            continue
        found = endings.at(plain, index)
        if found is None or index - begin > 32:
            continue
        end = index + len(found[0])
        if len(found[0]) == 1 and (
            plain[end : end + 1] in _NOT_AFTER or plain[index - 1 : index] in _NOT_BEFORE
        ):
            continue
        if end < len(plain) and plain[end] != "，" and not predicate_at(plain, end):
            continue
        first = max(begin, *(plain.rfind(sign, begin, index) + 1 for sign in "至、要将"))
        inner = plain.rfind("在", first, index)
        first = max(first, inner)
        first += len(plain[first:end]) - len(_LEADING.sub("", plain[first:end]))
        candidate = plain[first:end]
        if (found[0] in _SPANS or nouns.inside(candidate)) and "▢" not in candidate:
            return Words(candidate, candidate, first, end)
    return None


def find_cites(text: str) -> Words | None:
    """Return the titles in 《》 that a duty must comply with, joined by 、 when several."""
    found: list[re.Match[str]] = []
    for match in _TITLE.finditer(text):
        before = text[max(0, match.start() - 14) : match.start()]
        after = text[match.end() : match.end() + 14]
        chained = bool(found) and text[found[-1].end() : match.start()] in (
            "",
            "、",
            "和",
            "及",
            "与",
        )
        if chained or _complies(before, after):
            found.append(match)
    if not found:
        return None
    value = "、".join(match[1] for match in found)
    return Words(value, text[found[0].start() : found[-1].end()], found[0].start(), found[-1].end())


def _complies(before: str, after: str) -> bool:
    for word in ends("cites_before"):
        if len(word) > 1 or word == "按":
            place = before.rfind(word)
            if place >= 0 and "，" not in before[place:]:
                return True
    return any(word in after[:9] for word in ("要求", "规定", "精神", "执行", "标准"))


def find_codes(plain: str, name: str) -> tuple[tuple[str, ...], list[Words]]:
    """Return the codes of the mapping ``name`` that occur, in order, with the first words."""
    codes: list[str] = []
    reasons: list[Words] = []
    for index, word, code in table(name).all(plain):
        if code not in codes:
            codes.append(code)
            reasons.append(Words(code, word, index, index + len(word)))
    return tuple(codes), reasons
