"""Find where a title ends: at its line end, over several lines, or glued to the body."""

import re

from tongzhou.modules.directives.rules.addressees import addressee_span
from tongzhou.modules.directives.rules.cleaning import CELL, LINE, SPACE, Stream
from tongzhou.modules.directives.rules.dates import DATE
from tongzhou.modules.directives.rules.headmatter import is_furniture
from tongzhou.modules.directives.rules.marks import FIELD, FIRST_LABEL, NUMBER, TITLE_KIND
from tongzhou.modules.directives.rules.words import any_of, words

_TAIL = re.compile(
    r"\((?:试行|暂行|修订|征求意见|草案|送审|第|[一二三四五六七八九十]|\d|最新|20|修正|简称|摘要|全文|节选|代拟)"
    r"[^()]{0,20}\)|\((?:试行|暂行|修订|草案)\)"
)
_GOES_ON = re.compile(any_of(words("title_goes_on")))
_OPENER = re.compile(rf"{any_of(words('body_openers'))}|\d{{1,2}}月\d{{1,2}}日|(?:19|20)\d{{2}}年")
_SENTENCE = re.compile(r"[^。]{10,3000}。")
_NO_TITLE_LINE = re.compile(r"[。；！？：]")
#: A document kind that stands alone on its line (倡议书, 通 告), as a title or the end of one.
BARE_KIND = re.compile(any_of(words("bare_titles")))
TITLE_KIND_END = re.compile(rf"(?:{TITLE_KIND.pattern})(?:\([^()]{{1,24}}\))?\Z")
_LONGEST_TITLE = 160
_JOINTS = frozenset("和与及、的并")


def whole_title(stream: Stream, start: int, end: int) -> int:
    """Return where the title ends that begins at ``start`` on a line that ends at ``end``, or 0."""
    stop = title_end(stream, start, end)
    goes_on = stop == end and stream.fold[end : end + 1] in _JOINTS and end < len(stream)
    if not stop or goes_on:
        stop = title_over_lines(stream, start, end) or stop
    tail = _TAIL.match(stream.fold, stop) if stop and stream.gap_at(stop) >= LINE else None
    if tail is None or stream.gap_at(tail.end()) < LINE or DATE.search(tail.group()):
        return stop
    return tail.end()


def title_over_lines(stream: Stream, start: int, end: int) -> int:
    """Return where a title that is broken over lines ends, 0 if it never does."""
    text = stream.fold
    if end - start > 60 or _NO_TITLE_LINE.search(text, start, end):
        return 0
    if _has_cells(stream, start, end):
        return 0
    position = end
    for begin, stop in stream.lines(end, min(len(text), end + _LONGEST_TITLE))[:4]:
        line = text[begin:stop]
        if position == end and _NO_TITLE_LINE.search(line):
            glued = title_end(stream, start, stop)
            return glued if glued > begin else 0
        if position == end and (line.startswith(text[start:end]) or _same(text[start:end], line)):
            return 0  # the same words again
        if _NO_TITLE_LINE.search(line) or FIRST_LABEL.match(line) or NUMBER.match(line):
            return 0
        if is_furniture(line) or DATE.search(line) or addressee_span(stream, begin):
            return 0
        position = stop
        found = title_end(stream, start, position)
        if found == position:
            return position
    return 0


def _same(title: str, line: str) -> bool:
    return len(line) > 6 and title.startswith(line)


def _has_cells(stream: Stream, start: int, end: int) -> bool:
    return any(stream.mark[index] & CELL for index in range(start + 1, end))


def title_end(stream: Stream, start: int, end: int) -> int:
    """Return where the title that begins at ``start`` ends, 0 if no title begins there."""
    text = stream.fold
    limit = min(end, start + _LONGEST_TITLE)
    depth = 0
    scanned = start
    sentence = re.compile(r"[。！；]").search(text, start, limit)
    if sentence is not None:
        limit = sentence.start()
    for match in TITLE_KIND.finditer(text, start, limit):
        for index in range(scanned, match.end()):
            depth += (text[index] in "《(“") - (text[index] in "》)”")
        scanned = match.end()
        if depth > 0 or match.end() - start < 5:
            continue
        stop = match.end()
        tail = _TAIL.match(text, stop, end)
        while tail is not None:
            stop = tail.end()
            tail = _TAIL.match(text, stop, end)
        if stop >= end:
            return stop
        if _title_may_end(stream, start, stop, end):
            return stop
    return 0


def _title_may_end(stream: Stream, start: int, stop: int, end: int) -> bool:
    """Say whether what follows ``stop`` on the same line is no longer title."""
    text = stream.fold
    if _GOES_ON.match(text, stop):
        return False
    number = NUMBER.match(text, stop, end)
    if number is not None and "的" not in number["prefix"]:
        return True
    if FIELD.match(text, stop, end) or DATE.match(text, stop, end):
        return True
    later = re.compile(rf"[^。，；：！？]{{0,60}}?的(?:{TITLE_KIND.pattern})").match(
        text, stop, end
    )
    if later is not None and not re.compile("[。，；：]").search(text, stop, later.end()):
        return False
    if addressee_span(stream, stop):
        return True
    if FIRST_LABEL.match(text, stop):
        return True
    if not _OPENER.match(text, stop):
        return False
    return stream.gap_at(stop) >= SPACE or _SENTENCE.match(text, stop) is not None
