"""Read what heads and web pages put around a title: fields, numbers, dates, an organ's own line.

Everything here looks at a bounded stretch of one line, so that a text on one line of any length
costs no more than one in paragraphs.
"""

import re
from dataclasses import dataclass, field

from tongzhou.modules.directives.contracts import BlockKind
from tongzhou.modules.directives.rules.addressees import addressee_span
from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, Stream, fold
from tongzhou.modules.directives.rules.dates import DATE, DATE_PATTERN, iso
from tongzhou.modules.directives.rules.marks import FIELD, NUMBER, number_text
from tongzhou.modules.directives.rules.names import begins_with_place, is_organ, joint_name
from tongzhou.modules.directives.rules.words import any_of, table, words

_CITED = re.compile("^[现将据按依为]|根据|按照|依据|贯彻|落实|印发|转发")
_ORDER_NUMBER = re.compile(
    r"\(?((?:(?:19|20)\d{2}年)?第(?:\d{1,5}|[一二三四五六七八九十百]{1,4})号)\)?\Z"
)
_ORDER_NAME = re.compile(r"[\u4e00-\u9fff]{2,12}(?:令|公告|通告)\Z")
_POSTED = re.compile(r"(?:发布|公布|公开|更新)(?:日期|时间)：?(?=(?:19|20)\d\d)")
_RED_HEAD = re.compile(r"(?P<who>[\u4e00-\u9fff]{3,60})文件\Z")
_PASSED_ON = re.compile(
    rf"\(?(?:{DATE_PATTERN})[^。；：]{{0,60}}?(?:通过|批准|公布|发布|颁布|修正|修订|施行)\)?"
)
_ANNEX_LINE = re.compile(r"附件[一二三四五六七八九十\d]{0,2}：?\Z")
_CLASSIFIED = re.compile(
    r"(?:特急|加急|急件|平急|特提|机密|秘密|绝密|内部|明电|\d{6})(?:[★☆*].{0,6})?\Z"
)
_CLOCK = re.compile(r"\d{1,2}：\d{2}(?:：\d{2})?")
_COUNT = re.compile(r"\d{0,8}次?")
_NAME = any_of(table("fields"))
_FIELD_NAME = re.compile(rf"[\[(【]?({_NAME})[\])】]?")
_PLACE = re.compile(r"于[\u4e00-\u9fff]{2,12}[市县区州盟]?\Z")
_NAVIGATION = re.compile(rf"(?>{any_of(words('navigation'))}|[\[\]()【】<>|·.：/+-])++\Z")
_SITE = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]{2,16}(?:导航|首页)")
_TRAIL = re.compile(any_of(words("page_trails")))
_LABEL_LIKE = re.compile(r"[(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)、.，：]?\Z")
_FORUM = re.compile(any_of(words("forum_words")))
_ADDRESS = re.compile(r"https?：//|www\.[a-z]|[a-z]\.(?:gov|com|org)\.cn", re.IGNORECASE)
_REACH = 240
_LONGEST_SOURCE = 600


@dataclass(slots=True)
class Head:
    """What the head says; ``body`` is the stream index where the body begins."""

    title: str | None = None
    title_span: tuple[int, int] | None = None
    number: str | None = None
    issuer: str | None = None
    issuer_field: str | None = None
    date: str | None = None
    posted: str | None = None
    recipients: list[str] = field(default_factory=list)
    body: int = 0
    organ_end: int = -1  # where a line with an issuer ended
    parts: list[tuple[BlockKind, int, int]] = field(default_factory=list)

    def note(self, kind: BlockKind, start: int, end: int) -> None:
        """Remember what ``start``-``end`` is."""
        if start < end:
            self.parts.append((kind, start, end))


def read_matter(stream: Stream, head: Head, start: int, end: int) -> int:
    """Read a field, number, date or other head matter at ``start``; return its end or 0."""
    reach = min(end, start + _REACH)
    text = stream.fold[start:reach]
    at_line = start == 0 or stream.gap_at(start) >= LINE
    whole = at_line and reach == end
    if at_line and _is_source_line(stream, start, end):
        head.note(BlockKind.FURNITURE, start, end)
        return end
    found = _field_at(stream, start, reach)
    after_other = bool(head.parts) and head.parts[-1][2] == start
    if found and (head.title is not None or at_line or after_other):
        return _read_field(stream, head, start, end, *found)
    opens = text[:1] == "("
    number = NUMBER.match(text, int(opens))
    if number is not None and opens and text[number.end() : number.end() + 1] != ")":
        if whole and _read_bracketed(stream, head, start, end, number.end()):
            return end
        number = None
    if number is not None and _CITED.search(number["prefix"]):
        number = None
    known = number_text(number, stream.chars[start:reach]) if number is not None else None
    if number is not None and (
        start + number.end() + opens == end
        or known == head.number
        or (not head.number and end - start > 80)
        or stream.gap_at(start + number.end()) >= SPACE
        or addressee_span(stream, start + number.end() + opens) is not None
    ):
        head.number = head.number or known
        head.note(BlockKind.NUMBER, start, start + number.end() + opens)
        return start + number.end() + opens
    if whole and _read_dated_line(stream, head, start, end):
        return end
    passed = _PASSED_ON.match(text)
    if passed is not None:
        found_date = DATE.search(text, 0, passed.end())
        head.date = head.date or (iso(found_date.group()) if found_date else None)
        stop = end if whole and len(text) <= 120 else start + passed.end()
        head.note(BlockKind.FURNITURE, start, stop)
        return stop
    if not whole or len(text) > 200:
        return 0
    return _whole_line(stream, head, start, end, text)


def _read_bracketed(stream: Stream, head: Head, start: int, end: int, stop: int) -> bool:
    """Take a line with number and date in brackets: (某民[2006]16号 2006年2月20日)."""
    if stream.fold[start] != "(" or stream.fold[end - 1] != ")" or head.number is not None:
        return False
    begin = start + stop
    found = date_at(stream, begin + (stream.fold[begin : begin + 1] == "，"), end)
    if found is None or found[1] != end - 1:
        return False
    number = NUMBER.match(stream.fold[start + 1 : end])
    if number is None:
        return False
    head.number = number_text(number, stream.chars[start + 1 : end])
    head.date = head.date or found[0]
    head.note(BlockKind.NUMBER, start, end)
    return True


def _read_dated_line(stream: Stream, head: Head, start: int, end: int) -> bool:
    """Take a line that is a date, alone or before a place, a time or page furniture."""
    text = stream.fold[start:end]
    bare = start + (text[:1] == "(")
    found = date_at(stream, bare, end)
    if found is None:
        return False
    value, stop = found
    rest = stream.fold[stop:end].strip(")")
    placed = _PLACE.match(rest) is not None
    if rest and not placed and not _is_rest_of_page(rest):
        return False
    if (not rest or placed) and (head.title is not None or bare > start):
        head.date = head.date or value
    else:
        head.posted = head.posted or value
    head.note(BlockKind.FURNITURE, start, end)
    return True


def date_at(stream: Stream, start: int, end: int) -> tuple[str, int] | None:
    """Return the day written at ``start`` and the index behind it and a time of day, or None.

    A time may follow behind a gap that the text no longer shows (2020-02-05 17:00).
    """
    match = DATE.match(stream.fold, start, end)
    if match is None:
        for index in range(min(end, start + 12), start + 6, -1):
            if stream.gap_at(index) >= SPACE:
                match = match or DATE.match(stream.fold, start, index)
    value = iso(match.group()) if match is not None else None
    if match is None or value is None:
        return None
    clock = _CLOCK.match(stream.fold, match.end(), end)
    return value, clock.end() if clock is not None else match.end()


def _whole_line(stream: Stream, head: Head, start: int, end: int, text: str) -> int:
    """Read a line that is head matter from its first to its last character; return its end or 0."""
    if _CLASSIFIED.match(text) or _ANNEX_LINE.match(text) or is_furniture(text):
        head.note(BlockKind.FURNITURE, start, end)
        return end
    posted = _POSTED.search(text)
    day = date_at(stream, start + posted.end(), end) if posted is not None else None
    if day is not None and "。" not in text:
        head.posted = head.posted or day[0]
        head.note(BlockKind.FURNITURE, start, end)
        return end
    red = _RED_HEAD.match(text)
    if head.title is None and red is not None and is_organ(red["who"]):
        head.issuer_field = head.issuer_field or stream.chars[start : start + red.end("who")]
        head.note(BlockKind.FURNITURE, start, end)
        return end
    if head.title is None:
        return 0
    order = _ORDER_NUMBER.search(text)
    if order is not None and head.number is None and len(text) <= 40:
        name = text[: order.start()].strip("(")
        kind = name in ("公告", "通告", "令", "公报")
        if not name or kind or is_organ(name) or _ORDER_NAME.match(name):
            named = stream.chars[start : start + order.end(1)].lstrip("（(")
            plain = stream.chars[start + order.start(1) : start + order.end(1)]
            head.number = named if name and not kind else plain
            head.note(BlockKind.NUMBER, start, end)
            return end
    if len(text) <= 30 and is_organ(text):
        named = joint_name(stream, start, end)
        if head.issuer_field and head.organ_end == start and _beside(head.issuer_field, named):
            head.issuer_field = f"{head.issuer_field} {named}"
        head.issuer_field = head.issuer_field or named
        head.organ_end = end
        head.note(BlockKind.FURNITURE, start, end)
        return end
    return 0


def _beside(first: str, second: str) -> bool:
    """Say whether a name on the next line is a joint issuer, of the same place or any other."""
    return second not in first and (second[:2] == first[:2] or begins_with_place(fold(second)))


def is_furniture(text: str) -> bool:
    """Say whether a folded line is navigation, a page's trail or a remnant (次, 【打印】)."""
    if _LABEL_LIKE.match(text):
        return False
    if len(text) <= 1 or not any("\u4e00" <= char <= "\u9fff" for char in text):
        return True
    if (
        _SITE.fullmatch(text)
        or (len(text) <= 80 and _NAVIGATION.match(text))
        or _ADDRESS.search(text)
    ):
        return True
    return _TRAIL.match(text) is not None or (len(text) <= 120 and text.count(">") >= 2)


def _is_source_line(stream: Stream, start: int, end: int) -> bool:
    """Say whether a line says where a text was found: an address and no sentence."""
    if end - start > _LONGEST_SOURCE:
        return False
    text = stream.fold[start:end]
    told = text[:7].lower().startswith(("source：", "原文链接：", "原文地址：", "文章链接："))
    return "。" not in text and (told or _ADDRESS.search(text) is not None)


def _is_rest_of_page(text: str) -> bool:
    """Say whether nothing but page furniture follows a date on its line."""
    if not text or (text.isdigit() and len(text) <= 6):
        return True
    return is_furniture(text) or _FIELD_NAME.match(text) is not None


def _field_at(stream: Stream, start: int, reach: int) -> tuple[str, int] | None:
    """Return name and value's index of a field at ``start``: 文号：…, or 文号 before a gap."""
    text = stream.fold
    found = FIELD.match(text, start, reach)
    if found is not None:
        return found.group(1), found.end()
    bare = _FIELD_NAME.match(text, start, reach)
    if bare is None:
        return None
    if stream.gap_at(start) >= SPACE and date_at(stream, bare.end(), reach) is not None:
        return bare.group(1), bare.end()  # 时间2021-04-07
    if stream.gap_at(bare.end()) < SPACE:
        return None
    if stream.gap_at(start) < SPACE or len(bare.group(1)) < 2:
        return None
    if bare.group(1) in ("日期", "时间", "名称", "标题", "来源", "打印", "分享", "分类", "作者"):
        return None  # too common a word without its colon
    return bare.group(1), bare.end()


def _next_field(stream: Stream, begin: int, end: int) -> int:
    """Return where the next field on the line begins, ``end`` when there is none."""
    reach = min(end, begin + _REACH)
    following = FIELD.search(stream.fold, begin, reach)
    stop = following.start() if following is not None else end
    for index in range(begin + 1, min(stop, reach)):
        if SPACE <= stream.gap[index] < LINE and _field_at(stream, index, reach) is not None:
            return index
    return stop


def _read_field(stream: Stream, head: Head, start: int, end: int, name: str, begin: int) -> int:
    """Take the value of a head field and return where it ends."""
    text = stream.fold
    role = table("fields")[name]
    if role == "line":
        head.note(BlockKind.FURNITURE, start, end)
        return end
    stop = _next_field(stream, begin, end)
    alone = stop == end
    date = date_at(stream, begin, stop)
    if date is not None and role in ("date", "posted", "ignore"):
        value, after = date
        if role == "date":
            head.date = head.date or value
        elif role == "posted" and not _FORUM.search(text, begin, min(end, begin + _REACH)):
            head.posted = head.posted or value
        stop = after if alone or (after < stop and stop - after > 30) else stop
    elif alone and stop - begin > 40:
        stop = _short_value(stream, begin, stop)
    size = stop - begin
    if role == "ignore" and date is None and head.posted is None:
        head.posted = _date_behind_gap(stream, begin, stop)
    if role == "number" and size:
        match = NUMBER.match(text, begin, stop)
        if match is not None:
            head.number = head.number or number_text(match, stream.chars)
    elif role == "issuer" and 3 < size <= 80:
        head.issuer_field = head.issuer_field or joint_name(stream, begin, stop)
    elif role == "title" and head.title is None and 5 < size <= 160:
        head.title, head.title_span = stream.chars[begin:stop], (begin, stop)
    head.note(BlockKind.FURNITURE, start, stop)
    return stop


def _date_behind_gap(stream: Stream, begin: int, stop: int) -> str | None:
    """Return a day that stands by itself behind the value of another field."""
    for index in range(begin + 1, min(stop, begin + _REACH)):
        if SPACE <= stream.gap[index] < LINE and stream.fold[index].isdigit():
            found = date_at(stream, index, stop)
            if found is not None:
                return found[0]
    return None


def _short_value(stream: Stream, begin: int, stop: int) -> int:
    """Return where the value of a field ends that runs on into the text."""
    for index in range(begin + 1, min(stop, begin + 40)):
        if stream.gap[index] >= SPACE:
            return index
    counted = _COUNT.match(stream.fold, begin)
    return counted.end() if counted else begin
