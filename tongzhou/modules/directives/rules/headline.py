"""Choose the line or lines of a head that are the document's title.

A web page says its title several times and other things in between. Each line that could be a
title gets points for what speaks for it: a document kind at its end, 关于 inside, an organ in
front, addressees or a number behind it, the same words elsewhere in the head.
"""

import re
from dataclasses import dataclass

from tongzhou.modules.directives.rules.addressees import addressee_span
from tongzhou.modules.directives.rules.cleaning import LINE, Stream
from tongzhou.modules.directives.rules.dates import DATE
from tongzhou.modules.directives.rules.headmatter import Head, is_furniture, read_matter
from tongzhou.modules.directives.rules.marks import FIRST_LABEL
from tongzhou.modules.directives.rules.names import is_organ
from tongzhou.modules.directives.rules.titles import BARE_KIND, title_end, whole_title

_ABOUT = re.compile(r"关于|印发|转发|批转|致|给|(?:公布|发布)《")
_SENTENCE = re.compile(r"[。；！？]")
_PAUSE = re.compile(r"[：，、]")
_QUOTED = re.compile("《[^《》]*》")
_LONG_LINE = 120
_SHORT_TITLE = 60
_LONGEST_SPEAKER = 12
_SHORTEST_FIRST, _SHORTEST_LATER = 4, 6
_AHEAD = 8


@dataclass(slots=True)
class Headline:
    """A possible title: stream indexes ``start``-``end``, points, and whether a kind ends it."""

    start: int
    end: int
    points: float
    kind: bool


def find_headline(stream: Stream, lines: list[tuple[int, int]]) -> Headline | None:
    """Return the best title among the first lines of a document, None when there is none."""
    found: list[Headline] = []
    for number, (start, end) in enumerate(lines):
        begin = _behind_matter(stream, start, end)
        if begin >= end:
            continue
        if FIRST_LABEL.match(stream.fold, begin):
            break
        candidate = _candidate(stream, lines, number, begin, end)
        if candidate is None and addressee_span(stream, begin) is not None:
            break
        if candidate is not None:
            found.append(candidate)
            if candidate.end < end and candidate.kind:
                break  # the body is glued to it
        elif is_body(stream, begin, end):
            break
    return _best(stream, found)


def is_body(stream: Stream, start: int, end: int) -> bool:
    """Say whether a line reads like running text rather than like a part of the head."""
    if end - start > _LONG_LINE:
        return True
    text = stream.fold[start:end]
    return len(text) > 30 and _SENTENCE.search(text) is not None


def _behind_matter(stream: Stream, start: int, end: int) -> int:
    """Return where fields, numbers and dates at the start of a line end."""
    scratch = Head()
    position = start
    for _ in range(12):
        moved = read_matter(stream, scratch, position, end)
        if moved <= position or moved >= end:
            return end if moved >= end and position > start else max(position, moved)
        position = moved
    return position


def _candidate(
    stream: Stream, lines: list[tuple[int, int]], number: int, begin: int, end: int
) -> Headline | None:
    text = stream.fold
    if text[begin] in "的、和与及》)”，" or DATE.match(text, begin):
        return None
    if is_furniture(text[begin : min(end, begin + 130)]):
        return None
    stop = title_end(stream, begin, end)
    short = stop < end and not is_body(stream, begin, end)
    if short and stop and not _followed_on_line(stream, stop, end):
        stop = 0
    if not stop or stop == end:
        stop = whole_title(stream, begin, end)
        if stop > end and _starts_below(stream, begin, end, stop):
            return None
        stop = stop if stop >= end else 0
    if stop:
        words = text[begin:stop]
        points = 3.0 + (_ABOUT.search(words) is not None) * 2 + (len(words) >= 10)
        points += any(is_organ(words[:cut]) for cut in _cuts(words))
        points += _followed_by(stream, lines, number, stop)
        return Headline(begin, stop, points + (number == 0), True)
    end = _closed(stream, lines, number, begin, end)
    longest = _SHORT_TITLE if end == lines[number][1] else 2 * _SHORT_TITLE
    if end - begin > longest or end >= len(text):
        return None
    line = text[begin:end]
    if BARE_KIND.fullmatch(line):
        points = 2.5 + _followed_by(stream, lines, number, end)
        start = _organ_lines(stream, lines, number, begin)
        return Headline(start, end, points + (start < begin) * 2, True)
    speaker = line.find("：", 0, _LONGEST_SPEAKER)
    spoken = 0 < speaker < len(line) - 1 and is_organ(line[:speaker])
    words = line[speaker + 1 :] if spoken else line
    shortest = _SHORTEST_FIRST if number == 0 else _SHORTEST_LATER
    if _SENTENCE.search(line) or _PAUSE.search(_QUOTED.sub("", words)) or DATE.search(line):
        return None
    if len(line) < shortest:
        return None
    points = 0.5 * (number == 0) + 0.5 * (len(line) >= 8) + 0.5 * (len(line) >= 12)
    points += _followed_by(stream, lines, number, end)
    points += 0.5 * _matter_below(stream, lines, number)
    return Headline(begin, end, points, False)


def _closed(stream: Stream, lines: list[tuple[int, int]], number: int, begin: int, end: int) -> int:
    """Return where a headline ends whose 《 is closed on the next line."""
    text = stream.fold
    if text.count("《", begin, end) <= text.count("》", begin, end) or number + 1 >= len(lines):
        return end
    stop = lines[number + 1][1]
    return stop if text[stop - 1] in "》”" and stop - begin <= 2 * _SHORT_TITLE else end


def _followed_on_line(stream: Stream, stop: int, end: int) -> bool:
    """Say whether head matter or addressees follow a title on its line."""
    if addressee_span(stream, stop) is not None:
        return True
    return read_matter(stream, Head(title=""), stop, end) > stop


def _starts_below(stream: Stream, begin: int, end: int, stop: int) -> bool:
    """Say whether a title over several lines is whole without its first line, a page's motto."""
    text = stream.fold
    words = text[end:stop]
    if end - begin <= 2:
        return title_end(stream, end, stop) == stop
    if is_organ(text[begin:end]) or text[end - 1] in "的、和与及《“(":
        return False
    return any(is_organ(words[:cut]) for cut in _cuts(words))


def _cuts(words: str) -> list[int]:
    """Return where a leading organ's name may end in a title."""
    match = _ABOUT.search(words)
    return [match.start()] if match is not None and match.start() else []


def _organ_lines(stream: Stream, lines: list[tuple[int, int]], number: int, begin: int) -> int:
    """Return where the lines of an organ's name begin that stand right above a bare 通告."""
    text = stream.fold
    start = begin
    for above, _ in reversed(lines[max(0, number - 3) : number]):
        if stream.gap_at(begin) < LINE or not is_organ(text[above:begin]):
            continue
        start = above
    return start


def _followed_by(stream: Stream, lines: list[tuple[int, int]], number: int, stop: int) -> float:
    """Return points for what stands behind a possible title: addressees, a number, a body."""
    if addressee_span(stream, stop) is not None:
        return 2.0
    for start, end in lines[number + 1 : number + 1 + _AHEAD]:
        if start < stop:
            continue
        begin = _behind_matter(stream, start, end)
        if begin >= end:
            continue
        if addressee_span(stream, begin) is not None:
            return 2.0
        return 1.0 if is_body(stream, begin, end) else 0.0
    return 0.0


def _matter_below(stream: Stream, lines: list[tuple[int, int]], number: int) -> bool:
    """Say whether the next line is a date, a source or another field, as under a headline."""
    if number + 1 >= len(lines):
        return False
    start, end = lines[number + 1]
    return _behind_matter(stream, start, end) >= end


def _best(stream: Stream, found: list[Headline]) -> Headline | None:
    """Return where the title with most points stands first; said twice counts."""
    if not found:
        return None
    text = stream.fold
    for each in found:
        words = text[each.start : each.end]
        again = sum(1 for other in found if text[other.start : other.end] == words)
        each.points += 1.5 * (again > 1)
    best = max(found, key=lambda each: each.points)
    words = text[best.start : best.end]
    return next(each for each in found if text[each.start : each.end] == words)
