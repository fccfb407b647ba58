"""Find whatever could be a label.

A candidate is only a possibility; ``sequence`` decides.
"""

import re
from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise

from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, TERMINAL, Stream
from tongzhou.modules.directives.rules.contents import glued_headings, listed_headings
from tongzhou.modules.directives.rules.kinds import LAST, RANK, Candidate, Kind
from tongzhou.modules.directives.rules.labels import CN_DIGIT, LABEL
from tongzhou.modules.directives.rules.numerals import DIGITS, chinese_number, enclosed
from tongzhou.modules.directives.rules.slips import bare_numbers, slips
from tongzhou.modules.directives.rules.surroundings import Surroundings, begins_anew, scored
from tongzhou.modules.directives.rules.tables import Tables

_FIRSTLY = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": LAST}
_CHINESE_DIGITS = frozenset("一二三四五六七八九十百零〇")
_ABOVE_ARTICLES = (Kind.PART, Kind.CHAPTER, Kind.SECTION)
_BEFORE_ARTICLE = re.compile(rf"[\u4e00-\u9fff、，()“”]{{2,30}}?第{CN_DIGIT}{{1,5}}[条节章]")
_BEHIND_CHAPTER = re.compile(rf"第{CN_DIGIT}{{1,5}}[编章节][\u4e00-\u9fff、，()“”]{{2,24}}\Z")
_MEASURES = frozenset("%％万亿元米度℃人个名家年月日时分倍次")
_HEADED = re.compile(r"(?<![\d.])\d{1,2}(?:\.\d{1,2})?[^\d。；：]{2,30}\Z")
_MEASURED = _MEASURES | frozenset("公小亩吨平立千百版")
HOPELESS = -5.0
_OPENS_TEXT = 2.5
_LED_IN, _LEADS, _LEADS_ARTICLES = 2.2, 1.5, 3.5
_CITED = -2.0
_LONGEST_HEADING = 30
_ALONE = 0.8  # 一、 behind a full stop is a label even when no 二、 follows
_HEADING = re.compile(r"[\u4e00-\u9fff、“”《》\s]{2,}")
_LEADERS = frozenset(
    (
        Kind.PART,
        Kind.CHAPTER,
        Kind.SECTION,
        Kind.CHINESE,
        Kind.CHINESE_BRACKET,
        Kind.ARABIC,
        Kind.DECIMAL,
    )
)
_LED = _LEADERS | {
    Kind.ARTICLE,
    Kind.ARABIC_BRACKET,
    Kind.ARABIC_PAREN,
    Kind.DECIMAL_DEEP,
    Kind.CIRCLED,
}


def find_candidates(stream: Stream, start: int = 0, end: int | None = None) -> list[Candidate]:
    """Return the possible labels between two stream indexes, in order."""
    around = Surroundings(stream)
    stop = len(stream) if end is None else end
    found: list[Candidate] = []
    for match in LABEL.finditer(stream.fold, start, stop):
        candidate = _candidate(stream, around, match)
        short = _before_number(stream, around, match) if match["digits"] else None
        for possible in (short, candidate):
            if possible is not None and possible.score > HOPELESS:
                found.append(possible)
    found += slips(around, start, stop)
    return _merged(found, bare_numbers(around, start, stop))


def _merged(found: list[Candidate], bare: list[Candidate]) -> list[Candidate]:
    """Add bare numbers where no full label begins, so that 一 是 at a line start stays 一是."""
    if not any(c.kind is Kind.DECIMAL and c.over == 1 for c in found):
        bare = [c for c in bare if c.kind is not Kind.ARABIC]  # “1 总则” only beside “1.1 目的”
    taken = {index for candidate in found for index in range(candidate.start, candidate.body)}
    kept = [candidate for candidate in bare if candidate.start not in taken]
    return sorted([*found, *kept], key=lambda candidate: candidate.start)


def _candidate(stream: Stream, around: Surroundings, match: "re.Match[str]") -> Candidate | None:
    text = stream.fold
    start, end = match.span()
    group = match.lastgroup or ""
    over = 0
    bonus = 0.0
    number: int | None
    if match["article"]:
        kind, number, bonus = _article(stream, around, match)
    elif match["ordinal"]:
        kind, number = Kind.ORDINAL, chinese_number(match["ordinal"])
        if text[end : end + 1] == "、" and text[end + 1 : end + 2] in DIGITS:
            return None
    elif match["cn_bracket"]:
        kind, number = Kind.CHINESE_BRACKET, chinese_number(match["cn_bracket"])
        if text[start - 1 : start] == "第" or around.cited.match(text, end):
            return None
    elif match["bracket"]:
        kind, number = Kind.ARABIC_BRACKET, int(match["bracket"])
        if number > 60 or around.cited.match(text, end):
            return None
    elif match["among"]:
        kind, number = Kind.ORDINAL, chinese_number(match["among"])
    elif match["spoken"]:
        kind, number = Kind.SPOKEN, chinese_number(match["spoken"])
        if number is not None and number > 20:
            return None
    elif match["chinese"]:
        return _chinese(stream, around, match)
    elif match["digits"]:
        return _digits(stream, around, match)
    elif match["firstly"]:
        kind, number = Kind.FIRSTLY, _FIRSTLY[match["firstly"]]
    elif group == "enclosed":
        known = enclosed(text[start])
        if known is None:
            return None
        family, number = known
        kind = {
            "circled": Kind.CIRCLED,
            "bracketed": Kind.ARABIC_BRACKET,
            "dotted": Kind.ARABIC,
            "bracketed_chinese": Kind.CHINESE_BRACKET,
        }[family]
    else:
        return None
    if not number:
        return None
    return scored(around, start, end, kind, number, over, bonus)


def _article(
    stream: Stream, around: Surroundings, match: "re.Match[str]"
) -> tuple[Kind, int | None, float]:
    """Read 第X编/章/节/条/部分; a cited article (第三条规定) loses."""
    text = stream.fold
    end = match.end()
    kind = {
        "编": Kind.PART,
        "部分": Kind.PART,
        "章": Kind.CHAPTER,
        "节": Kind.SECTION,
        "条": Kind.ARTICLE,
        "款": Kind.PARAGRAPH,
    }[match["unit"][:1].replace("部", "部分")]
    raw = match["article"]
    number = int(raw) if raw.isdigit() else chinese_number(raw)
    bonus = 0.0
    if not stream.gap_at(end) and around.cited_article.match(text, end):
        bonus -= 3.0
    if stream.gap_at(end) >= SPACE:
        bonus += 1.0
    if kind in _ABOVE_ARTICLES and _BEFORE_ARTICLE.match(text, end):
        bonus += 2.0
    if kind is Kind.ARTICLE and _BEHIND_CHAPTER.search(
        text, max(0, match.start() - 32), match.start()
    ):
        bonus += 3.5
    return kind, number, bonus


def _chinese(stream: Stream, around: Surroundings, match: "re.Match[str]") -> Candidate | None:
    """Read 一、 and its slips 一. and, at a line start only, 一，."""
    text = stream.fold
    start, end = match.span()
    raw = match["chinese"]
    number = chinese_number(raw)
    if number is None or number > 99:
        return None
    follower = text[end : end + 1]
    if not match["cn_stop"]:
        if stream.gap_at(start) < LINE:
            return None
        end += 1
        bonus = -1.5 if begins_anew(stream, start) else -2.5
    else:
        bonus = 0.5 if match["cn_stop"] == "、" else -0.5
        if follower.isdigit():
            bonus -= 1.0
        anew = begins_anew(stream, start)
        if follower in around.no_label and not anew:
            bonus -= 2.0
        if number == 1 and anew and match["cn_stop"] == "、" and "\u4e00" <= follower <= "\u9fff":
            bonus += _ALONE
        if follower in _CHINESE_DIGITS and stream.gap_at(end) < LINE:
            # 一、二级响应, 三、四线: the enumeration goes on, unless a 一是 begins here, or unless
            # 二、一级响应期间 opens a line: an enumeration counts upwards
            after = text[end + 1 : end + 2]
            goes_on = stream.gap_at(start) < LINE or (chinese_number(follower) or 0) > number
            on = after in _CHINESE_DIGITS or after in around.no_label or after == "、"
            if goes_on and on:
                return None
            bonus -= 1.0
    if start and text[start - 1] in _CHINESE_DIGITS and stream.gap_at(start) < LINE:
        return None
    return scored(around, start, end, Kind.CHINESE, number, 0, bonus)


def _before_number(
    stream: Stream, around: Surroundings, match: "re.Match[str]"
) -> Candidate | None:
    """Read 1. before words that begin with a number themselves: 1.2020年底前, 2、3月底前."""
    text = stream.fold
    start = match.start()
    label = _BEFORE_NUMBER.match(text, start)
    if label is None or any(stream.gap_at(i) for i in range(start + 1, label.end() - 1)):
        return None
    opens = stream.gap_at(start) >= LINE or (start > 0 and text[start - 1] in "。；：！？")
    if not opens or stream.gap_at(label.end()) >= LINE:
        return None
    # behind an unfinished line it may as well be a broken 2.5个
    loss = -1.0 if start == 0 or text[start - 1] in TERMINAL else -3.0
    return scored(around, start, label.end(), Kind.ARABIC, int(label[1]), 0, loss)


def _digits(stream: Stream, around: Surroundings, match: "re.Match[str]") -> Candidate | None:
    """Read 1. 1、 1） 1.1 1.1.1; digits before a gap belong to something else."""
    text = stream.fold
    start, end = match.span()
    body_end = match.end("digits")
    for index in range(body_end - 1, start, -1):
        if stream.gap_at(index) and text[index] != ".":
            start = index
            break
    parts = text[start:body_end].strip(".").split(".")
    if not all(part.isdigit() and len(part) <= 3 for part in parts):
        return None
    stop = match["stop"]
    follower = text[end : end + 1]
    same_run = stream.gap_at(end) < LINE
    number = int(parts[-1])
    if len(parts) > 1:
        if start != match.start() and text[start - 1] == ".":
            return None
        if stop and stop != ".":
            return None
        inline = stream.gap_at(start) < SPACE and text[start - 1 : start] not in "。；：！？"
        if inline and (not "\u4e00" <= text[start - 1] <= "\u9fff" or follower in _MEASURED):
            return None
        measured = follower in _MEASURES and stream.gap_at(start) < LINE and len(parts) == 2
        if follower and (follower.isdigit() or measured):
            return None
        kind = Kind.DECIMAL if len(parts) == 2 else Kind.DECIMAL_DEEP
        bonus = 0.5 if stream.gap_at(body_end) >= SPACE else 0.0
        if inline and number == 1 and _HEADED.search(text, max(0, start - 36), start):
            bonus += 2.5  # 1总则1.1编制目的
        return scored(around, start, end, kind, number, int(parts[-2]), bonus)
    if not stop:
        return None
    if number > 200 or number == 0 or (len(parts[0]) > 1 and parts[0][0] == "0"):
        return None
    if follower.isdigit() and same_run:
        return None
    kind = Kind.ARABIC_PAREN if stop == ")" else Kind.ARABIC
    bonus = 0.0
    if stop == "." and follower.isascii() and follower.isalpha():
        bonus -= 1.5
    return scored(around, start, end, kind, number, 0, bonus)


# a year, a month, a count: what a heading that begins with a number goes on with
_BEFORE_NUMBER = re.compile(
    r"([1-9]\d?)[.、](?=(?:19|20)\d\d年|\d{1,2}：\d\d|\d{1,2}月|\d{1,2}[A-Z]|\d{1,4}(?:日|岁|家|名|个|周岁|小时|天))"
)


def _led(stream: Stream, found: list[Candidate]) -> list[Candidate]:
    """Give points to a label and the first label below it when only a heading stands between.

    二、工作安排（一）网上填报: on one line neither follows a full stop, each explains the other.
    """
    led = list(found)
    for index, (above, below) in enumerate(pairwise(found)):
        if below.number != 1 or below.at_line or below.kind not in _LED or below.score < _CITED:
            continue
        if above.kind not in _LEADERS or RANK[below.kind] <= RANK[above.kind]:
            continue
        size = below.start - above.body
        if size > _LONGEST_HEADING or not _HEADING.fullmatch(stream.fold, above.body, below.start):
            continue
        led[index + 1] = replace(below, score=below.score + _LED_IN)
        if not above.at_line:
            leads = _LEADS_ARTICLES if below.kind is Kind.ARTICLE else _LEADS
            led[index] = replace(led[index], score=led[index].score + leads)
    return led


class Candidates:
    """The candidates of a text outside tables and contents, found once, handed out by stretch."""

    def __init__(self, stream: Stream, start: int, tables: Tables) -> None:
        self.stream = stream
        listed = bytearray(len(stream))
        found = find_candidates(stream, start)
        for begin, end in (*listed_headings(stream, start), *glued_headings(stream, found)):
            listed[begin:end] = b"\x01" * (end - begin)
        self.found = [
            candidate
            for candidate in _led(stream, found)
            if not tables.holds(candidate.start) and not listed[candidate.start]
        ]
        self.starts = [candidate.start for candidate in self.found]

    def between(self, start: int, end: int) -> list[Candidate]:
        """Return the candidates that lie in ``start``-``end``."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        found = [candidate for candidate in self.found[first:last] if candidate.end <= end]
        while first < last and self.found[first].start == start:
            candidate = self.found[first]
            if not candidate.at_line and candidate.end <= end:  # the text begins here
                found[first - last] = replace(candidate, score=candidate.score + _OPENS_TEXT)
            first += 1
        return found
