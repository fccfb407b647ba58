"""How often and by when: words of time as recurrence and deadline of a library."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tongzhou.modules.compiler.contracts import Question
from tongzhou.modules.compiler.rules.mapping.source import (
    Proposal,
    fold,
    holds,
    params,
    words,
)

_Due = tuple[dict[str, Any] | None, list[Question]]
_Reader = Callable[[str, str, date | None, date | None], _Due | None]

_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = r"(\d{1,3}|[一二两三四五六七八九十半]{1,3})"
_SPAN = re.compile(rf"{_NUMBER}个?(工作日|自然日|小时|分钟|日|天|周|星期|月|季度|年)")
_DAY = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日|(底|末|上旬|中旬|下旬))")
_DAY_OF_MONTH = re.compile(r"(?<!\d)(\d{1,2})[日号]")
_HALF_DAY = "(上午|中午|下午|晚上|晚|凌晨)?"
_CLOCK = re.compile(_HALF_DAY + r"(\d{1,2})(?:：(\d{2})|[时点](?:(\d{1,2})分|(半))?)")
_EVERY = re.compile(r"every (\d+) days")
_UNIT_DAYS = {"自然日": 1, "日": 1, "天": 1, "周": 7, "星期": 7, "月": 30, "季度": 90, "年": 365}
_TENTH = {"上旬": 10, "中旬": 20}
_LONGEST = 366


@dataclass(frozen=True, slots=True)
class Timing:
    """Recurrence and deadline of a declaration; ``basis`` is ``clause`` where words say so."""

    recurrence: str = "ONCE"
    deadline: dict[str, Any] | None = None
    basis: str = "setting"
    questions: tuple[Question, ...] = ()


def time_of(
    proposal: Proposal, *, issued_on: date | None = None, today: date | None = None
) -> Timing:
    """Return how often a duty recurs and by when it is due, as far as the words say.

    ``issued_on`` dates days without a year; ``today`` tells which have passed. A deadline that
    the words do not give is an administrative setting.
    """
    recurrence, asked = _recurrence(proposal)
    said = "clause" if proposal.recurrence else "setting"
    if not proposal.deadline:
        return Timing(recurrence, setting(recurrence), said, tuple(asked))
    due, more = _due(proposal.deadline, recurrence, issued_on, today)
    asked += more
    if due is None:
        return Timing(recurrence, None, said, tuple(asked))
    return Timing(recurrence, due, "clause", tuple(asked))


def setting(recurrence: str) -> dict[str, Any]:
    """Return the deadline that administration sets where the words give none."""
    return dict(params()["settings"][recurrence])


def _recurrence(proposal: Proposal) -> tuple[str, list[Question]]:
    value = proposal.recurrence
    if value is None:
        return "ONCE", []
    listed: dict[str, str] = params()["recurrence"]
    if value in listed:
        return listed[value], []
    days = _days_of(value)
    nearest = min(listed, key=lambda each: (abs(_days_of(each) - days), _days_of(each)))
    said = proposal.reason("recurrence") or value
    return listed[nearest], [
        Question(
            "recurrence-unsupported",
            "recurrence",
            "原文写的是“%(words)s”，没有这种频次，先写作最接近的一种，对吗？",
            said,
            {"words": said},
        )
    ]


def _days_of(recurrence: str) -> int:
    """Return how many days lie between two times of a recurrence as proposed."""
    match = _EVERY.fullmatch(recurrence)
    return int(match[1]) if match else {"daily": 1, "weekly": 7}.get(recurrence, 30)


def _due(said: str, recurrence: str, issued_on: date | None, today: date | None) -> _Due:
    """Return the deadline that words of time give, and what they leave open."""
    plain = fold(said)
    if recurrence == "DAILY":
        cut_off = _clock(plain)
        if cut_off:
            return {"time": cut_off}, []
        return setting("DAILY"), [_ask_inside(said)]
    if recurrence != "ONCE":
        return _in_period(plain, said, recurrence)
    readers: tuple[_Reader, ...] = (_calendar_day, _span, _end_of_day)
    for reader in readers:
        found = reader(plain, said, issued_on, today)
        if found is not None:
            return found
    return None, [_ask_event(said)]


def _calendar_day(plain: str, said: str, issued_on: date | None, today: date | None) -> _Due | None:
    match = _DAY.search(plain)
    if match is None:
        return None
    month = int(match[2])
    base = issued_on or today
    if match[1]:
        year = int(match[1])
    elif base is None:
        return None, [
            Question(
                "deadline-year",
                "deadline",
                "“%(words)s”没有写年份，文件也没有成文日期；是哪一年？",
                said,
                {"words": said},
            )
        ]
    else:
        year = base.year
    day = _day_in(year, month, match[3], match[4])
    if day is not None and not match[1] and base is not None and day < base:
        day = _day_in(year + 1, month, match[3], match[4])
    if day is None:
        return None, [_ask_event(said)]
    due: dict[str, Any] = {"on": day.isoformat()}
    if cut_off := _clock(plain):
        due["time"] = cut_off
    if today is not None and day < today:
        return due, [
            Question(
                "deadline-passed",
                "deadline",
                "期限“%(words)s”（%(day)s）已经过了；改到什么时候，还是不设期限？",
                said,
                {"words": said, "day": day.isoformat()},
            )
        ]
    return due, []


def _day_in(year: int, month: int, day: str | None, part: str | None) -> date | None:
    """Return a calendar day, the last of the month or of a third of it; None for no day."""
    try:
        if day:
            return date(year, month, int(day))
        if part in _TENTH:
            return date(year, month, _TENTH[part])
        first = date(year + month // 12, month % 12 + 1, 1)
        return first - timedelta(days=1)
    except ValueError:
        return None


def _span(plain: str, said: str, issued_on: date | None, today: date | None) -> _Due | None:
    del issued_on, today
    match = _SPAN.search(plain)
    if match is None or plain.startswith(("提前", "提早", "至少提前")) or plain.endswith("前"):
        return None
    number = _count(match[1])
    if number is None:
        return None
    event = plain[: match.start()].removeprefix("在").removeprefix("自").removeprefix("于")
    event = event.strip("，")
    asked: list[Question] = []
    if event and not holds(event, words("dated_events")):
        if not holds(event, words("phase_events")):
            return None, [_ask_event(said)]
        asked.append(
            Question(
                "deadline-event",
                "deadline",
                "期限“%(words)s”从阶段变更之日起算，阶段还没有到；这样设，对吗？",
                said,
                {"words": said},
            )
        )
    if match[2] == "工作日":
        return {"workdays": min(round(number), _LONGEST)}, asked
    if match[2] in ("小时", "分钟"):
        days = int(number // 24) if match[2] == "小时" else 0
        asked.append(
            Question(
                "deadline-hours",
                "deadline",
                "原文以小时计（“%(words)s”），期限只能按天设，先写 %(days)d 天，对吗？",
                said,
                {"words": said, "days": days},
            )
        )
        return {"days": days}, asked
    return {"days": min(round(number * _UNIT_DAYS[match[2]]), _LONGEST)}, asked


def _end_of_day(plain: str, said: str, issued_on: date | None, today: date | None) -> _Due | None:
    """Read 当日, 次日, 月底, 年底 and a bare day of the month."""
    if "当日" in plain or "当天" in plain:
        return {"days": 0}, []
    if "次日" in plain:
        return {"days": 1}, []
    base = issued_on or today
    if base is None:
        return None
    day: date | None = None
    if "年底" in plain or "年末" in plain or "年终" in plain:
        day = date(base.year, 12, 31)
    elif "月底" in plain or "月末" in plain:
        day = _day_in(base.year, base.month, None, "底")
    elif (match := _DAY_OF_MONTH.search(plain)) is not None:
        day = _day_in(base.year, base.month, match[1], None)
        if day is not None and day < base:
            following = date(base.year + base.month // 12, base.month % 12 + 1, 1)
            day = _day_in(following.year, following.month, match[1], None)
    if day is None:
        return None
    return _calendar_day(f"{day.year}年{day.month}月{day.day}日", said, issued_on, today)


def _in_period(plain: str, said: str, recurrence: str) -> _Due:
    """Return the deadline of a recurring duty: days after its period has ended."""
    span = _SPAN.search(plain)
    if span is not None and ("结束后" in plain or "终了后" in plain):
        number = _count(span[1])
        if number is not None and span[2] == "工作日":
            return {"workdays": round(number)}, []
        if number is not None and span[2] in _UNIT_DAYS:
            return {"days": round(number * _UNIT_DAYS[span[2]])}, []
    if recurrence == "MONTHLY" and (match := _DAY_OF_MONTH.search(plain)) is not None:
        return {"days": int(match[1])}, []
    if recurrence == "YEARLY" and (match := _DAY.search(plain)) is not None:
        day = _day_in(2023, int(match[2]), match[3], match[4])
        if day is not None:
            return {"days": day.timetuple().tm_yday}, [_ask_inside(said)]
    return setting(recurrence), [_ask_inside(said)]


def _clock(plain: str) -> str:
    """Return a time of day as HH:MM, empty when none is named or it is none."""
    match = _CLOCK.search(plain)
    if match is None:
        return ""
    hour = int(match[2])
    minute = 30 if match[5] else int(match[3] or match[4] or 0)
    if match[1] in ("下午", "晚上", "晚") and hour < 12:
        hour += 12
    if hour == 24 and not minute:
        hour, minute = 23, 59
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def _count(text: str) -> float | None:
    """Return a number written with digits or in Chinese below 100; 半 is one half.

    >>> _count("十五"), _count("两"), _count("7"), _count("半")
    (15.0, 2.0, 7.0, 0.5)
    """
    if text.isascii():
        return float(text)
    if text == "半":
        return 0.5
    if "半" in text:
        return None
    tens, sign, ones = text.rpartition("十")
    if not sign:
        return float(_DIGITS[text]) if text in _DIGITS else None
    if (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return None
    return float((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _ask_event(said: str) -> Question:
    return Question(
        "deadline-event",
        "deadline",
        "期限“%(words)s”取决于还没有日期的事，暂不设期限；设到什么时候？",
        said,
        {"words": said},
    )


def _ask_inside(said: str) -> Question:
    return Question(
        "deadline-period",
        "deadline",
        "原文写的是“%(words)s”；系统按每期结束后的天数设期限，请核对。",
        said,
        {"words": said},
    )
