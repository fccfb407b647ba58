"""Dates as official documents write them, as ISO strings."""

import datetime
import re

from tongzhou.modules.directives.rules.numerals import chinese_number, plain_digits

_CN_DIGIT = "[〇○零一二三四五六七八九0OoＯ]"
_CN_SMALL = "[一二三四五六七八九十廿卅]"
DATE_PATTERN = (
    r"(?<!\d)(?:19|20)\d{2}年\d{1,2}月\d{1,2}日"
    rf"|[一二]{_CN_DIGIT}{{3}}年(?:{_CN_SMALL}{{1,2}})月{_CN_SMALL}{{1,3}}日"
    r"|(?<!\d)(?:19|20)\d{2}(?:-\d{1,2}-|/\d{1,2}/|\.\d{1,2}\.)\d{1,2}(?!\d)"
)
DATE = re.compile(DATE_PATTERN)
_PARTS = re.compile(r"(.{4})[年\-/.](.{1,3})[月\-/.](.{1,3}?)日?\Z")


def iso(text: str) -> str | None:
    """Return a folded date as ``YYYY-MM-DD``, None when there is no such day.

    >>> iso("二〇二〇年一月二十九日"), iso("2020-2-30")
    ('2020-01-29', None)
    """
    match = _PARTS.match(text)
    if match is None:
        return None
    year = plain_digits(match[1])
    month = int(match[2]) if match[2].isdigit() else chinese_number(match[2])
    day = int(match[3]) if match[3].isdigit() else chinese_number(match[3])
    if year is None or month is None or day is None:
        return None
    try:
        return datetime.date(int(year), month, day).isoformat()
    except ValueError:
        return None
