"""When a duty is due and how often it comes back: the words, and where they stand.

Offsets count from the start of the text that is given. No pattern here can backtrack over more
than a few characters.
"""

import re
from dataclasses import dataclass

from tongzhou.modules.directives.rules.numerals import chinese_number
from tongzhou.modules.directives.rules.proposals.lexicon import markers, table

_N = r"(?:\d{1,3}|[一二两三四五六七八九十半]{1,3})"
_UNIT = r"(?:个?工作日|个?自然日|个?小时|个?学时|日|天|个?月|个?季度|个?星期|周|分钟|年)"
_CLOCK = r"\d{1,2}(?:：\d{2}|时(?:\d{1,2}分)?|点(?:\d{1,2}分|半)?)整?"
_WEEKDAY = "周[一二三四五六日]"
_PART = "(?:上午|中午|下午|晚上|晚|凌晨)?"
_DAY = (
    r"(?:(?:(?:\d{4}|次|当|每)年)?\d{1,2}月(?:\d{1,2}日|底|末|[上中下]旬)|(?<!\d)\d{1,2}日"
    r"|[本当次下]?(?:月|季度|季|学期|年度|年)[底末]|年终|当日|当天|次日|本周内"
    r"|每(?:季度?|半年)[首末]?月?\d{1,2}[日号]"
    rf"|[每次当]?(?:年|月|季度)\d{{1,2}}[日号]|[本每下]{_WEEKDAY})(?:\([^()]{{1,6}}\))?"
)
_BEFORE = r"(?:之前|以前|前|止)"
_DEADLINES = (
    re.compile(
        rf"(?:于|在)?(?:每日|每天|每{_WEEKDAY}|每月\d{{1,2}}日|当日|当天|次日)?{_PART}{_CLOCK}{_BEFORE}"
    ),
    re.compile(rf"(?:于|在|截至|截止)?{_DAY}{_PART}(?:{_CLOCK})?{_BEFORE}"),
    re.compile(rf"截[至止](?:到|至|于|时间为|日期为)?{_DAY}{_PART}(?:{_CLOCK})?"),
    re.compile(
        rf"(?:(?:自|从|在|于)?[一-龥]{{0,12}}(?:之日起|日起|起|后|前)|在|于)?{_N}{_UNIT}(?:之内|以内|内)"
    ),
    re.compile(rf"(?:时间)?不(?:得)?超过{_N}{_UNIT}"),
    re.compile(rf"不(?:得)?[迟晚]于(?:{_DAY}{_PART}(?:{_CLOCK})?|[^，。；]{{1,14}})"),
    re.compile(rf"最迟(?:于|在)?{_DAY}{_PART}(?:{_CLOCK})?(?:{_BEFORE})?"),
    re.compile(rf"(?:至少)?(?:提前|提早)(?:不少于|至少)?{_N}{_UNIT}|{_N}{_UNIT}(?:之)?前"),
    re.compile(rf"(?:在|于)?[一-龥]{{1,11}}[^提往日此之]前{_N}{_UNIT}(?!内|以内|之内)"),
    re.compile("当日内|当天内|次日内|本周内|本月内|年内"),
    re.compile(
        rf"(?:(?<=[报送交成馈止名备核]时间为)|(?<=[报送交成馈止名备核]时间：)|(?<=[报送交成馈止名备核]日期为)"
        rf"|(?<=[报送交成馈止名备核]日期：)|(?<=完成时限为)|(?<=完成时限：)){_DAY}{_PART}(?:{_CLOCK})?"
    ),
)
_EVERY = re.compile(
    rf"每(隔)?({_N})个?(日|天|周|星期|月|季度|年)|(隔)[日天]|每(半)(?:个?月|年)|每旬"
)
_DAYS = {"日": 1, "天": 1, "周": 7, "星期": 7, "月": 30, "季度": 90, "年": 365}
_NAMED = {1: "daily", 7: "weekly", 30: "monthly"}
_ACTS = ("将", "把", "向", "由", "完成", "报", "提交", "上报", "通过", "前往", "主动")
_OF_SOMEBODY = re.compile(
    "(?:登记|成立|注册|批准|核准|取得|认定|设立|参加|发生|出生|入职|到过|有)[^，]{0,12}的"
)


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
            if _describes(plain, match.end()) or _is_past(plain, match):
                continue
            start = _behind_modal(plain, match.start(), match.end())
            if best is None or start < best.start:
                best = Words(plain[start : match.end()], match[0], start, match.end())
            break
    return best


def _behind_modal(plain: str, start: int, end: int) -> int:
    """Return where a time begins behind a modal or a subject that was caught with it."""
    if plain.startswith(("不", "最迟", "截", "时间"), start):
        return start
    for index, word, value in markers().all(plain, start, end):
        if value is not None:
            start = index + len(word)
    for sign in ("自", "在", "于"):
        place = plain.rfind(sign, start, end)
        if place > start:
            return place
    return start


def _is_past(plain: str, match: re.Match[str]) -> bool:
    """Say whether a span of time lies behind (近14日内, 到京前14日内) or dates a paper."""
    before = plain[max(0, match.start() - 2) : match.start()]
    return before.endswith(("近", "过去", "出示", "提供", "查验", "持")) or (
        match[0].endswith("内") and "前" in match[0]
    )


def _describes(plain: str, end: int) -> bool:
    """Say whether a time only describes somebody (14日内有接触史的人员, 月底前登记的协会)."""
    rest = plain[end : end + 40]
    stop = rest.find("，")
    rest = rest if stop < 0 else rest[:stop]
    if rest.startswith(_ACTS):  # 12月20日前将…发生的事故情况书面报送
        return False
    if _OF_SOMEBODY.search(rest):
        return True
    return rest.startswith(("的", "有", "离开", "曾", "到过", "核酸", "阴性"))


def find_recurrence(plain: str) -> Words | None:
    """Return ``daily``, ``weekly``, ``monthly`` or ``every N days``, from the first such words.

    A quarter counts as 90 days, half a year as 180, a year as 365.

    >>> find_recurrence("每3天公布一次接收情况").value
    'every 3 days'
    """
    best: Words | None = None
    for match in _EVERY.finditer(plain):
        days = _days(match)
        if days:
            best = Words(_NAMED.get(days, f"every {days} days"), match[0], *match.span())
            break
    for index, word, value in table("recurrence").all(plain):
        if best is None or index < best.start:
            best = Words(value, word, index, index + len(word))
        break
    return best


def _days(match: re.Match[str]) -> int:
    """Return how many days lie between two times, 0 when the words tell no number."""
    if match[4]:
        return 2
    if match[5]:
        return 15 if match[0].endswith("月") else 180
    if not match[2]:
        return 10  # 每旬
    raw = match[2].replace("两", "二")
    number = int(raw) if raw.isdigit() else chinese_number(raw)
    if not number:
        return 0
    return number * _DAYS[match[3]] + (1 if match[1] and number == 1 else 0)


def lasting(plain: str, due: Words, recurrence: Words | None) -> Words | None:
    """Return the words of a span of time that is how long something goes on, not when it is due.

    到京14日内，每日测温 lasts for that time; 3个工作日内报送 is due then.
    """
    daily = recurrence is not None and recurrence.value in ("daily", "every 2 days")
    if not daily or recurrence is None or recurrence.start < due.end:
        return None
    if not due.text.endswith("内") or plain[due.end : due.end + 1] != "，":
        return None
    start = max(plain.rfind("，", 0, due.start) + 1, due.end - 16)
    return Words(plain[start : due.end], plain[start : due.end], start, due.end)
