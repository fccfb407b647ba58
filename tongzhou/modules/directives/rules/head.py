"""Read what stands before the body: title, number, issuer, date fields, addressees."""

import re

from tongzhou.modules.directives.contracts import BlockKind
from tongzhou.modules.directives.rules.addressees import (
    addressee_line,
    addressee_span,
    split_addressees,
)
from tongzhou.modules.directives.rules.cleaning import LINE, Stream
from tongzhou.modules.directives.rules.headline import Headline, find_headline, is_body
from tongzhou.modules.directives.rules.headmatter import Head, read_matter
from tongzhou.modules.directives.rules.marks import FIRST_LABEL
from tongzhou.modules.directives.rules.names import is_organ, joint_name
from tongzhou.modules.directives.rules.titles import TITLE_KIND_END
from tongzhou.modules.directives.rules.words import any_of, words

_TITLE_VERB = re.compile(r"印发|转发|批转|发布|公布|致|给|倡议|对|召开|举办")
_ORDER = re.compile(r"\(?(?:第?(?:\d{1,4}|[一二三四五六七八九十百]{1,4})号)?\)?令?\Z")
_MARK = re.compile(r"(?P<organ>[\u4e00-\u9fff]{4,40}?)(?:通告|公告|公示|令)\(?第?\d{1,4}号\)?")
_AUTHORITY = re.compile(
    rf"(?!全|各|我)[\u4e00-\u9fff]{{2,30}}?(?<![村居])(?:{any_of(words('authority_endings'))})"
    r"(?![的和与、及]|[\u4e00-\u9fff]{0,6}(?:局|厅|委员会|办公室|选举|换届))"
)
_MANY_LINES = 60
_AHEAD = 8
_TEASER = 24

__all__ = ["Head", "read_head"]


def read_head(stream: Stream) -> Head:
    """Return the head of a document."""
    head = Head()
    lines = stream.lines(0, _head_end(stream))[:_MANY_LINES]
    headline = find_headline(stream, lines)
    if headline is not None:
        _before_title(stream, head, lines, headline)
        _set_title(stream, head, headline)
    head.body = _after_title(stream, head, lines, headline.end if headline else 0)
    _issuer_from_title(stream, head)
    if head.issuer is None and headline is not None:
        head.issuer = _issuer_above(stream, lines, headline.start)
    return head


def _issuer_above(stream: Stream, lines: list[tuple[int, int]], title: int) -> str | None:
    """Return the issuer of a mark above the title: 某市指挥部通告（第7号）."""
    for start, end in lines:
        if start >= title:
            return None
        mark = _MARK.fullmatch(stream.fold, start, end)
        if mark is not None and is_organ(stream.fold[start : mark.end("organ")]):
            return stream.chars[start : mark.end("organ")]
    return None


def _head_end(stream: Stream) -> int:
    """Return an index behind which no head goes on: the end of the line at 6,000 characters."""
    if len(stream) <= 6000:
        return len(stream)
    return stream.line_end(6000)


def _before_title(
    stream: Stream, head: Head, lines: list[tuple[int, int]], headline: Headline
) -> None:
    """Read fields, numbers and dates that stand before the title; the rest is furniture."""
    for start, end in lines:
        position = start
        while position < min(end, headline.start):
            moved = read_matter(stream, head, position, min(end, headline.start))
            if moved <= position:
                break
            position = moved
        if end >= headline.start:
            return


def _set_title(stream: Stream, head: Head, headline: Headline) -> None:
    """Take the title; a longer one given before that ends in the same words wins."""
    start, stop = headline.start, headline.end
    head.note(BlockKind.TITLE, start, stop)
    earlier = head.title_span
    words = stream.fold[start:stop]
    if earlier is None:
        at = stream.fold.rfind(words, 0, start) if len(words) > 6 else -1
        line = _line_of(stream, at) if at > 0 else at
        if 0 <= line < at and is_organ(stream.fold[line:at]):
            earlier = (line, at + len(words))
    if earlier is not None and stream.fold[earlier[0] : earlier[1]].endswith(words):
        start, stop = earlier
    head.title_span = (start, stop)
    head.title = _spaced(stream, start, stop)


def _line_of(stream: Stream, index: int) -> int:
    """Return where the line that holds ``index`` begins."""
    begin = index
    while begin > 0 and stream.gap_at(begin) < 3 and index - begin < 80:
        begin -= 1
    return begin


def _after_title(stream: Stream, head: Head, lines: list[tuple[int, int]], position: int) -> int:
    """Read number, fields, date and addressees behind the title; return where the body begins."""
    for number, (start, end) in enumerate(lines):
        if end <= position or head.recipients:
            continue
        position = max(position, start)
        while position < end and not head.recipients:
            moved = _read_at(stream, head, position, end)
            if moved <= position:
                break
            position = moved
        if position < end and not head.recipients:
            if not _resumes(stream, head, lines, number, position):
                break
            head.note(BlockKind.FURNITURE, position, end)
            position = end
    return position


def _read_at(stream: Stream, head: Head, position: int, end: int) -> int:
    """Read what may follow a title at ``position``; return its end, or 0."""
    repeated = _repeated_title(stream, head, position)
    if repeated:
        return repeated
    return read_matter(stream, head, position, end) or _addressees(stream, head, position)


def _repeated_title(stream: Stream, head: Head, start: int) -> int:
    """Return the end of a title that a head field or the page's own title gave before, or 0."""
    if head.title_span is None:
        return 0
    title = stream.fold[head.title_span[0] : head.title_span[1]]
    if len(title) <= 6 or not stream.fold.startswith(title, start):
        return 0
    head.note(BlockKind.TITLE, start, start + len(title))
    return start + len(title)


def _resumes(
    stream: Stream, head: Head, lines: list[tuple[int, int]], number: int, position: int
) -> bool:
    """Say whether the head goes on behind a line that is none of its parts (an abstract, a slogan).

    It does when addressees or the title itself follow within a few short lines.
    """
    if head.title is None or FIRST_LABEL.match(stream.fold, position):
        return False
    body = is_body(stream, position, lines[number][1])
    opening = stream.fold[position : position + _TEASER]
    for start, end in lines[number + 1 : number + 1 + _AHEAD]:
        if _repeats(stream, head, start):
            return True
        if body and len(opening) == _TEASER and stream.fold.startswith(opening, start):
            return True  # the page shows how the text begins above the text
        if not body and addressee_span(stream, start) is not None:
            return True
        if FIRST_LABEL.match(stream.fold, start):
            return False
        if is_body(stream, start, end):
            if body:
                return False
            body = True  # one abstract may stand above the title itself
            opening = stream.fold[start : start + _TEASER]
    return False


def _repeats(stream: Stream, head: Head, start: int) -> bool:
    title = stream.fold[head.title_span[0] : head.title_span[1]] if head.title_span else ""
    return len(title) > 6 and stream.fold.startswith(title, start)


def _spaced(stream: Stream, start: int, stop: int) -> str:
    """Return a title without layout spaces or 《》 around all; one stays between joint issuers."""
    if stream.fold[start] == "《" and stream.fold.find("》", start, stop) == stop - 1:
        start, stop = start + 1, stop - 1
    about = stream.fold.find("关于", start, stop)
    issuers = joint_name(stream, start, about) if about > start else ""
    if " " in issuers and "、" not in stream.chars[start:about]:
        return issuers + stream.chars[about:stop]
    return stream.chars[start:stop]


def _addressees(stream: Stream, head: Head, start: int) -> int:
    """Take addressees at ``start``; return the index behind their colon, or 0."""
    span = addressee_span(stream, start) or _address_line(stream, head, start)
    if span is None:
        return 0
    head.recipients = split_addressees(
        stream.chars[span[0] : span[1]], stream.fold[span[0] : span[1]]
    )
    stop = span[1] + stream.fold.startswith("：", span[1])
    head.note(BlockKind.RECIPIENTS, span[0], stop)
    return stop


def _address_line(stream: Stream, head: Head, start: int) -> tuple[int, int] | None:
    """Return the line at ``start`` when it is addressees without a colon above a body, or None."""
    end = stream.line_end(start)
    if head.title is None or stream.gap_at(start) < LINE or end >= len(stream):
        return None
    if not addressee_line(stream, start, end) or not is_body(stream, end, stream.line_end(end)):
        return None
    return start, end


def _issuer_from_title(stream: Stream, head: Head) -> None:
    """Take the issuer from a title such as 广东省民政厅关于…的通知 or 某县指挥部通告."""
    if head.title_span is None:
        return
    start, stop = head.title_span
    text = stream.fold
    if text[start] == "【":
        start = text.find("】", start, stop) + 1 or start
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
        return
    kind = TITLE_KIND_END.search(text, start, stop)
    name = kind.start() if kind is not None else stop
    order = _ORDER.search(text, start, name)
    if order is not None and order.start() > start:
        name = order.start()
    if name - start >= 6 and is_organ(text[start:name]) and name < stop:
        head.issuer = joint_name(stream, start, name)
        return
    authority = _AUTHORITY.match(text, start, stop)
    if authority is not None and is_organ(authority.group()):
        head.issuer = joint_name(stream, start, authority.end())


def _folded_parts(text: str) -> list[str]:
    return text.replace("（", "(").replace("）", ")").split(" ")
