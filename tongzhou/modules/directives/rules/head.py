"""Read what stands before the body: title, number, issuer, date fields, addressees."""

import re
from dataclasses import dataclass, field

from tongzhou.modules.directives.contracts import BlockKind
from tongzhou.modules.directives.rules.addressees import addressee_span, split_addressees
from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, Stream
from tongzhou.modules.directives.rules.dates import DATE, DATE_PATTERN, iso
from tongzhou.modules.directives.rules.marks import FIELD, FIRST_LABEL, NUMBER, number_text
from tongzhou.modules.directives.rules.names import is_organ, joint_name
from tongzhou.modules.directives.rules.titles import title_end, title_over_lines
from tongzhou.modules.directives.rules.words import table

_ORDER_NUMBER = re.compile(r"(?:公告|通告|令|公报)?\(?((?:(?:19|20)\d{2}年)?第\d{1,5}号)\)?\Z")
_RED_HEAD = re.compile(r"(?P<who>[\u4e00-\u9fff]{3,60})(?:文件|公告|通告|令|函)\Z")
_PASSED_ON = re.compile(
    rf"\(?(?:{DATE_PATTERN})[^。；：]{{0,60}}?(?:通过|批准|公布|修正|修订|施行)\)?"
)
_ANNEX_LINE = re.compile(r"附件[一二三四五六七八九十\d]{0,2}：?\Z")
_CLASSIFIED = re.compile(
    r"(?:特急|加急|急件|平急|特提|机密|秘密|绝密|内部|明电|\d{6})(?:[★☆*].{0,6})?\Z"
)
_COUNT = re.compile(r"\d{0,8}次?")
_TITLE_VERB = re.compile(r"印发|转发|批转|发布|公布|致|倡议|对|召开|举办")
_MANY_LINES = 40


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
    parts: list[tuple[BlockKind, int, int]] = field(default_factory=list)

    def note(self, kind: BlockKind, start: int, end: int) -> None:
        """Remember what ``start``-``end`` is."""
        if start < end:
            self.parts.append((kind, start, end))


def read_head(stream: Stream) -> Head:
    """Return the head of a document."""
    head = Head()
    lines = stream.lines()[:_MANY_LINES]
    position = 0
    for start, end in lines:
        if start < position:
            if end <= position:
                continue
            start = position
        position = start
        while position < end:
            stop = _read_line(stream, head, position, end)
            if stop <= position:
                break
            position = stop
        if position < end:
            break
    head.body = position
    _issuer_from_title(stream, head)
    return head


def _read_line(stream: Stream, head: Head, start: int, end: int) -> int:
    """Read one line, or its first part; return where reading stopped (``start``: body here)."""
    if head.recipients:
        return start
    repeated = _repeated_title(stream, head, start, end)
    if repeated:
        return repeated
    furniture = _furniture(stream, head, start, end)
    if furniture:
        return furniture
    if head.title is None:
        title_stop = 0
        if not FIRST_LABEL.match(stream.fold, start):
            title_stop = title_end(stream, start, end) or title_over_lines(stream, start, end)
        span = addressee_span(stream, start)
        if span is not None and not (title_stop and title_stop <= span[1]):
            return _addressees(stream, head, start)
        return _read_title(stream, head, start, end)
    return _after_title(stream, head, start, end)


def _repeated_title(stream: Stream, head: Head, start: int, end: int) -> int:
    """Return the end of a title that a head field or the page's own title gave before, or 0."""
    if head.title_span is None:
        return 0
    title = stream.fold[head.title_span[0] : head.title_span[1]]
    if len(title) <= 6 or not stream.fold.startswith(title, start):
        return 0
    stop = start + len(title)
    head.note(BlockKind.TITLE, start, stop)
    return _after_title(stream, head, stop, end) if stop < end else stop


def _after_title(stream: Stream, head: Head, start: int, end: int) -> int:
    """Read number, fields, date and addressees that may follow a title on its line."""
    position = start
    for _ in range(12):
        if position >= end:
            return end
        moved = _furniture(stream, head, position, end) or _addressees(stream, head, position)
        if not moved or moved <= position:
            return position
        position = moved
        if head.recipients:
            return position
    return position


def _furniture(stream: Stream, head: Head, start: int, end: int) -> int:
    """Read a field, number, date or other head matter at ``start``; return its end or 0."""
    text = stream.fold[start:end]
    whole_line = start == 0 or stream.gap_at(start) >= LINE
    found = FIELD.match(text)
    after_other = bool(head.parts) and head.parts[-1][2] == start
    if found is not None and (head.title is not None or whole_line or after_other):
        return _read_field(stream, head, start, end, found)
    number = NUMBER.match(text)
    known = number_text(number, stream.chars[start:end]) if number is not None else None
    if number is not None and (
        number.end() == len(text) or known == head.number or (not head.number and len(text) > 80)
    ):
        head.number = head.number or known
        head.note(BlockKind.NUMBER, start, start + number.end())
        return start + number.end()
    bare = text.strip("()")
    date = DATE.match(bare)
    if date is not None and date.end() == len(bare):
        head.date = head.date or iso(date.group())
        head.note(BlockKind.FURNITURE, start, end)
        return end
    passed = _PASSED_ON.match(text)
    if passed is not None:
        found_date = DATE.search(text, 0, passed.end())
        head.date = head.date or (iso(found_date.group()) if found_date else None)
        stop = end if whole_line and len(text) <= 120 else start + passed.end()
        head.note(BlockKind.FURNITURE, start, stop)
        return stop
    if not whole_line or len(text) > 200:
        return 0
    if _CLASSIFIED.match(text) or _ANNEX_LINE.match(text):
        head.note(BlockKind.FURNITURE, start, end)
        return end
    red = _RED_HEAD.match(text)
    if head.title is None and red is not None and is_organ(red["who"]):
        head.issuer_field = head.issuer_field or stream.chars[start : start + red.end("who")]
        head.note(BlockKind.FURNITURE, start, end)
        return end
    if head.title is not None:
        order = _ORDER_NUMBER.match(text)
        if order is not None and head.number is None:
            head.number = stream.chars[start + order.start(1) : start + order.end(1)]
            head.note(BlockKind.NUMBER, start, end)
            return end
        if len(text) <= 30 and is_organ(text):
            head.issuer_field = head.issuer_field or joint_name(stream, start, end)
            head.note(BlockKind.FURNITURE, start, end)
            return end
        if _is_remnant(text):
            head.note(BlockKind.FURNITURE, start, end)
            return end
    return 0


def _is_remnant(text: str) -> bool:
    """Say whether a line is what web pages leave behind: 次, 大 中 小, 【打印】."""
    return len(text) <= 2 or (len(text) <= 12 and text.strip("[]【】()<>《》|") in _REMNANTS)


_REMNANTS = frozenset(("大中小", "打印", "关闭", "打印关闭", "分享", "收藏", "字体大中小", "返回"))


def _read_field(stream: Stream, head: Head, start: int, end: int, found: "re.Match[str]") -> int:
    """Take the value of a head field and return where it ends."""
    text = stream.fold
    begin = start + found.end()
    role = table("fields")[found.group(1)]
    following = FIELD.search(text, begin, end)
    stop = following.start() if following is not None else end
    date = DATE.match(text, begin, stop)
    if date is not None and role in ("date", "posted", "ignore"):
        clock = re.compile(r"\d{1,2}：\d{2}(?:：\d{2})?").match(text, date.end(), stop)
        after = clock.end() if clock else date.end()
        value = iso(date.group())
        if role == "date":
            head.date = head.date or value
        elif role == "posted":
            head.posted = head.posted or value
        stop = after if following is None or (after < stop and stop - after > 30) else stop
    elif following is None and stop - begin > 40:
        stop = _short_value(stream, begin, stop)
    value_text = stream.chars[begin:stop]
    if role == "number" and value_text:
        match = NUMBER.match(text, begin, stop)
        if match is not None:
            head.number = head.number or number_text(match, stream.chars)
    elif role == "issuer" and 3 < len(value_text) <= 80:
        head.issuer_field = head.issuer_field or joint_name(stream, begin, stop)
    elif role == "title" and head.title is None and len(value_text) > 5:
        head.title, head.title_span = stream.chars[begin:stop], (begin, stop)
    head.note(BlockKind.FURNITURE, start, stop)
    return stop


def _short_value(stream: Stream, begin: int, stop: int) -> int:
    """Return where the value of a field ends that runs on into the text."""
    for index in range(begin + 1, min(stop, begin + 40)):
        if stream.gap[index] >= SPACE:
            return index
    counted = _COUNT.match(stream.fold, begin)
    return counted.end() if counted else begin


def _read_title(stream: Stream, head: Head, start: int, end: int) -> int:
    """Take the title that begins at ``start``; return its end, or ``start`` when there is none."""
    text = stream.fold
    if FIRST_LABEL.match(text, start) or DATE.match(text, start):
        return start
    stop = title_end(stream, start, end)
    if stop:
        return _set_title(stream, head, start, stop, end)
    length = end - start
    if length <= 60 and not re.search(r"[。；！？]", text[start:end]):
        joined = title_over_lines(stream, start, end)
        if joined:
            return _set_title(stream, head, start, joined, joined)
        follows = end < len(text)
        bare = not re.search(r"[：，、]", text[start:end])
        if follows and bare and length >= 4:
            return _set_title(stream, head, start, end, end)
    return start


def _set_title(stream: Stream, head: Head, start: int, stop: int, end: int) -> int:
    head.title_span = (start, stop)
    head.title = _spaced(stream, start, stop)
    head.note(BlockKind.TITLE, start, stop)
    if stop < end:
        return _after_title(stream, head, stop, end)
    return stop


def _spaced(stream: Stream, start: int, stop: int) -> str:
    """Return a title without layout spaces; one stays between joint issuers."""
    about = stream.fold.find("关于", start, stop)
    issuers = joint_name(stream, start, about) if about > start else ""
    if " " in issuers:
        return issuers + stream.chars[about:stop]
    return stream.chars[start:stop]


def _addressees(stream: Stream, head: Head, start: int) -> int:
    """Take addressees at ``start``; return the index behind their colon, or 0."""
    span = addressee_span(stream, start)
    if span is None:
        return 0
    head.recipients = split_addressees(
        stream.chars[span[0] : span[1]], stream.fold[span[0] : span[1]]
    )
    head.note(BlockKind.RECIPIENTS, span[0], span[1] + 1)
    return span[1] + 1


def _issuer_from_title(stream: Stream, head: Head) -> None:
    """Take the issuer from a title such as 广东省民政厅关于…的通知."""
    if head.title_span is None:
        return
    start, stop = head.title_span
    text = stream.fold
    about = text.find("关于", start, stop)
    if about > start and is_organ(text[start:about]):
        head.issuer = joint_name(stream, start, about)
        return
    if about > start:
        parts = joint_name(stream, start, about)
        if " " in parts and all(is_organ(part) for part in _folded_parts(parts)):
            head.issuer = parts
            return
    verb = _TITLE_VERB.search(text, start, stop)
    if verb is not None and is_organ(text[start : verb.start()]):
        head.issuer = joint_name(stream, start, verb.start())


def _folded_parts(text: str) -> list[str]:
    return text.replace("（", "(").replace("）", ")").split(" ")
