"""Find the signature under a body: an issuer and a date, or either alone."""

import re
from dataclasses import dataclass

from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, Stream, fold
from tongzhou.modules.directives.rules.dates import DATE, iso
from tongzhou.modules.directives.rules.head import Head
from tongzhou.modules.directives.rules.marks import ANNEX, FOOTER, TITLE_KIND
from tongzhou.modules.directives.rules.names import begins_with_place, is_organ
from tongzhou.modules.directives.rules.tables import Tables
from tongzhou.modules.directives.rules.titles import whole_title
from tongzhou.modules.directives.rules.words import any_of, words

_NOT_AFTER = re.compile(any_of(words("after_date_no_signature")))
_CLOSING = re.compile(any_of(words("closing_words")))
_LONGEST_HALF = 30
_LONGEST_RUN = 160
_SENT_WORDS = 8
_STOPS = frozenset("。！？；：，”")


@dataclass(slots=True)
class Signature:
    """Issuer and date under a body, as stream indexes; either may be missing."""

    start: int
    end: int
    issuer: tuple[int, int] | None
    date: str | None


def _known_issuers(head: Head) -> list[str]:
    names = [name for name in (head.issuer, head.issuer_field) if name]
    return [fold(name).replace(" ", "") for name in names]


def find_signature(stream: Stream, head: Head, tables: Tables) -> Signature | None:
    """Find the first signature behind the head: an issuer followed by a date, or either alone."""
    known = _known_issuers(head)
    weak: Signature | None = None
    for match in DATE.finditer(stream.fold, head.body):
        if tables.holds(match.start()):
            continue
        found = _signed_at(stream, head, match.start(), match.end(), known)
        if found is None:
            continue
        if found.issuer is not None:
            return found
        weak = weak or found
    return weak or _undated(stream, head, known)


def _signed_at(
    stream: Stream, head: Head, start: int, end: int, known: list[str]
) -> Signature | None:
    """Return the signature that the date at ``start``-``end`` closes, if it closes one."""
    text = stream.fold
    date = iso(text[start:end])
    if date is None:
        return None
    line_ends = stream.gap_at(end) >= LINE
    opens = text[start - 1] == "(" if start else False
    if opens and text[end : end + 1] == ")":
        start, end = start - 1, end + 1
        line_ends = stream.gap_at(end) >= LINE
    if not line_ends and _NOT_AFTER.match(text, end):
        return None
    floor = max(head.body, start - _LONGEST_RUN)
    run = max(floor, 1 + max(text.rfind(stop, floor, start) for stop in _STOPS))
    issuer = _issuer_before(stream, run, start, known)
    if issuer is not None:
        begin = _with_closing_word(stream, head, issuer[0])
        if begin == run and begin > head.body and text[begin - 1] in "，；":
            return None
        return Signature(begin, end, issuer, date)
    if end == len(text) and start > head.body and text[start - 1] in "。！)”":
        return Signature(start, end, None, date)
    if line_ends and stream.gap_at(start) >= LINE and start > head.body:
        rest = text[end : end + 40]
        if not rest or ANNEX.match(rest) or FOOTER.match(rest) or len(text) - end < 60:
            return Signature(start, end, None, date)
    ends = start > head.body and text[start - 1] in "。！)"
    if ends and _names_sent(stream, head, end):
        return Signature(start, end, None, date)
    ends = ends or (start > head.body and _short_line_before(stream, start))
    if ends and line_ends and _is_title(stream, end):
        return Signature(start, end, None, date)
    return None


def _short_line_before(stream: Stream, index: int) -> bool:
    """Say whether a line of a few words, an office such as 市长, stands right above ``index``."""
    if stream.gap_at(index) < LINE:
        return False
    begin = index - 1
    while begin > 0 and stream.gap_at(begin) < LINE and index - begin < _SENT_WORDS:
        begin -= 1
    return stream.gap_at(begin) >= LINE


def _is_title(stream: Stream, index: int) -> bool:
    return whole_title(stream, index, stream.line_end(index)) > 0


def _names_sent(stream: Stream, head: Head, index: int) -> bool:
    """Say whether the name of what the title sends begins at ``index``."""
    if head.title_span is None:
        return False
    words = stream.fold[index : index + _SENT_WORDS]
    return len(words) == _SENT_WORDS and words in stream.fold[slice(*head.title_span)]


def _with_closing_word(stream: Stream, head: Head, begin: int) -> int:
    """Return where a word such as 发起单位： before the issuers begins."""
    text = stream.fold
    colon = begin - 1 if begin and text[begin - 1] == "：" else begin
    for size in range(2, 8):
        start = colon - size
        if start < head.body:
            break
        if _CLOSING.fullmatch(text, start, colon) and stream.gap_at(start) >= LINE:
            return start
    return begin


def _issuer_before(
    stream: Stream, run: int, start: int, known: list[str]
) -> tuple[int, int] | None:
    """Return the span of issuers that ends at ``start`` and does not begin before ``run``."""
    text = stream.fold
    stop = start
    while stop > run and text[stop - 1] in "，、：":
        stop -= 1
    if text[run:stop].endswith("(盖章)") or text[run:stop].endswith("(章)"):
        stop = text.rindex("(", run, stop)
    for name in known:
        if text[run:stop].endswith(name):
            return stop - len(name), stop
    run = _behind_bracket(text, _behind_note(stream, run, stop), stop)
    best: int | None = None
    right = stop
    for cut in range(stop - 1, run - 1, -1):
        if cut != run and stream.gap[cut] < SPACE:
            continue
        part = text[cut:right]
        if is_organ(part):
            best, right = cut, cut
            continue
        inner = _CLOSING.match(part)
        if inner is not None and is_organ(part[inner.end() :]):
            best = cut + inner.end()
            break
        if best is None and cut != run and right - cut < 30:
            continue  # a name broken by a layout space
        break
    if best is not None and stop - best >= 2:
        best = _with_first_half(stream, run, best, stop)
    if best is None:
        closing = _CLOSING.match(text, run, stop)
        if closing is not None and is_organ(text[closing.end() : stop]):
            best = closing.end()
    return (best, stop) if best is not None else None


def _behind_bracket(text: str, run: int, stop: int) -> int:
    """Return where a name begins behind a bracket that was closed before it: …(注：…)某商会."""
    close = text.rfind(")", run, stop)
    opened = text.rfind("(", run, close) if close >= 0 else -1
    if close < 0 or close + 1 >= stop:
        return run
    whole = opened <= run or DATE.search(text, opened, close) is not None
    return close + 1 if whole and is_organ(text[close + 1 : stop]) else run


def _with_first_half(stream: Stream, run: int, best: int, stop: int) -> int:
    """Return where a name begins whose first half stands on the line above (某县…处置/工作小组)."""
    text = stream.fold
    if best <= run or stream.gap_at(best) < LINE or begins_with_place(text[best:stop]):
        return best
    above = best - 1
    while above > run and stream.gap_at(above) < SPACE:
        above -= 1
    half = text[above:best]
    whole = begins_with_place(half) and not is_organ(half) and is_organ(text[above:stop])
    return above if whole and len(half) <= _LONGEST_HALF else best


def _behind_note(stream: Stream, run: int, stop: int) -> int:
    """Return where issuers begin that are glued to the title of an attachment (附件：…方案某局)."""
    text = stream.fold
    if not text.endswith(("附件：", "附："), 0, run):
        return run
    ends = [match.end() for match in TITLE_KIND.finditer(text, run, stop)]
    for end in reversed(ends):
        if is_organ(text[end:stop]):
            return end
    return run


def _undated(stream: Stream, head: Head, known: list[str]) -> Signature | None:
    """Find an issuer that closes the text without a date."""
    text = stream.fold
    size = len(text)
    run = size
    while run > head.body and size - run < 100 and text[run - 1] not in _STOPS:
        run -= 1
    if run >= size or run <= head.body:
        return None
    for name in known:
        if text[run:size].endswith(name):
            return Signature(size - len(name), size, (size - len(name), size), None)
    begin = size
    for first, end in reversed(stream.lines(run, size)):  # joint issuers sign line by line
        if stream.gap_at(first) < LINE or not is_organ(text[first:end]):
            break
        begin = first
    return Signature(begin, size, (begin, size), None) if begin < size else None
