"""Say how much the neighbourhood of a possible label speaks for it.

Scores are log-odds-like points: a label at a line start or behind a full stop gains, one behind a
comma, inside a quotation or after the word 联系人 loses.
"""

import re

from tongzhou.modules.directives.rules.cleaning import (
    BLANK,
    BOLD,
    BULLET,
    CELL,
    HEADING,
    LINE,
    SPACE,
    TERMINAL,
    Stream,
)
from tongzhou.modules.directives.rules.kinds import Candidate, Kind
from tongzhou.modules.directives.rules.words import any_of, words

_ENDS = frozenset("。！？")
_PAUSES = frozenset("；：")
_CLOSERS = frozenset('”’")》】')
_COMMAS = frozenset("，、")
_BASE = {
    Kind.PART: -0.5,
    Kind.CHAPTER: -0.5,
    Kind.SECTION: -1.0,
    Kind.ARTICLE: -0.5,
    Kind.CHINESE: 0.0,
    Kind.CHINESE_BRACKET: 1.5,
    Kind.ARABIC: -0.3,
    Kind.DECIMAL: -1.5,
    Kind.DECIMAL_DEEP: -1.5,
    Kind.ARABIC_BRACKET: 0.5,
    Kind.ARABIC_PAREN: -0.5,
    Kind.CIRCLED: 0.5,
    Kind.SPOKEN: 0.0,
    Kind.ORDINAL: -0.5,
    Kind.FIRSTLY: -1.0,
    Kind.ROMAN: -0.5,
    Kind.PARAGRAPH: -1.0,
    Kind.LETTER: -1.5,
}
# What a label loses when it follows a bare word: headings carry no full stop, sentences do.
_AFTER_WORD = {
    Kind.PART: -4.0,
    Kind.CHAPTER: -3.0,
    Kind.SECTION: -4.0,
    Kind.ARTICLE: -4.0,
    Kind.CHINESE: -1.0,
    Kind.CHINESE_BRACKET: -1.0,
    Kind.ARABIC: -1.0,
    Kind.DECIMAL: -3.0,
    Kind.DECIMAL_DEEP: -3.0,
    Kind.ARABIC_BRACKET: -1.0,
    Kind.ARABIC_PAREN: -2.0,
    Kind.CIRCLED: 0.0,
    Kind.SPOKEN: -4.5,
    Kind.ORDINAL: -5.0,
    Kind.FIRSTLY: -5.0,
    Kind.ROMAN: -4.0,
    Kind.PARAGRAPH: -6.0,
    Kind.LETTER: -4.0,
}
_NO_LABEL_AFTER = frozenset("，。、；：！？)》”’%")
_CONTACTS = re.compile(rf"(?:{any_of(words('contact_words'))})(?:及[^：]{{0,6}})?：?\Z")
_NOT_IN_NUMBERS = frozenset((Kind.CHINESE, Kind.CHINESE_BRACKET))
_IN_SENTENCES = frozenset((Kind.SPOKEN, Kind.ORDINAL, Kind.FIRSTLY))


class Surroundings:
    """What the neighbourhood of a place says; built once per text."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.quoted = _quoted(stream.fold)
        self.no_label = frozenset(words("after_number_no_label"))
        self.counted = frozenset(words("counted"))
        self.cited = re.compile(any_of(words("cited_parts")))
        self.cited_article = re.compile(any_of(words("cited_article_followers")))

    def score(self, start: int, end: int, kind: Kind) -> float | None:
        """Return points for a label of ``kind`` at ``start``-``end``, None if it cannot be one."""
        stream = self.stream
        text = stream.fold
        gap = stream.gap_at(start)
        before = text[start - 1] if start else ""
        after = text[end : end + 1]
        if before == "第" and gap < LINE:
            return None
        if after and after in _NO_LABEL_AFTER:
            return None
        points = _BASE[kind]
        if gap >= LINE:
            points += self._at_line(gap, before, kind)
        elif before in _ENDS:
            points += 2.0
        elif before in _PAUSES:
            points += 1.5
        elif before in _CLOSERS:
            points += self._after_closer(start, kind)
        elif before in _COMMAS:
            points += 0.0 if kind is Kind.SPOKEN and before == "，" else -2.5
        elif before.isascii() and (before.isalnum() or before in "-/=~"):
            clear = gap >= SPACE or kind in _NOT_IN_NUMBERS  # 电话85599989(二)
            points -= 2.0 if clear else 4.5
        else:
            points += _AFTER_WORD[kind]
        if gap == SPACE:
            points += 0.7
        elif SPACE < gap < LINE:
            points += 1.2
        mark = stream.mark[start]
        if mark & (BULLET | HEADING):
            points += 1.0
        if mark & BOLD:
            points += 1.0
        if self.quoted[start]:
            points -= 4.0
        if _CONTACTS.search(text, max(0, start - 12), start):
            points -= 9.0
        return points

    def _at_line(self, gap: int, before: str, kind: Kind) -> float:
        """Score a label at a line start; 一是 after an unfinished line may be a broken 统一是."""
        if kind in _IN_SENTENCES and before not in _ENDS | _PAUSES | _CLOSERS | {""}:
            return 0.5
        return 3.0 if gap == LINE else 3.3

    def _after_closer(self, start: int, kind: Kind) -> float:
        """Score a label behind a closing bracket or quotation mark."""
        text = self.stream.fold
        before = text[start - 2] if start >= 2 else ""
        if before in _ENDS:
            return 2.0
        return max(_AFTER_WORD[kind], -2.0) + 0.5


# Signs that may dress a label without being part of it.
_DRESS = {
    Kind.CHINESE_BRACKET: "、.",
    Kind.ARABIC_BRACKET: "、.",
    Kind.ARABIC_PAREN: "、.",
    Kind.CIRCLED: "、.",
    Kind.ORDINAL: "，、：是",
    Kind.FIRSTLY: "，",
}


def scored(
    around: Surroundings,
    start: int,
    end: int,
    kind: Kind,
    number: int,
    over: int = 0,
    bonus: float = 0.0,
) -> Candidate | None:
    """Return the possible label at ``start``-``end`` with its points, None if it cannot be one."""
    stream = around.stream
    body = end
    dressed = _DRESS.get(kind, "")
    if dressed and stream.fold[end : end + 1] and stream.fold[end] in dressed:
        body = end + 1
    points = around.score(start, body, kind)
    if points is None:
        return None
    if body < len(stream) and stream.mark[body] & CELL and stream.mark[start] & CELL:
        return None  # a number alone in a table cell
    at_line = stream.gap_at(start) >= LINE
    return Candidate(start, end, body, kind, number, over, points + bonus, at_line)


def begins_anew(stream: Stream, start: int) -> bool:
    """Say whether nothing is left open before ``start``: a paragraph or a sentence begins here."""
    before = stream.fold[start - 1] if start else "。"
    return (
        before in "。！？；："
        or stream.gap_at(start) == BLANK
        or (stream.gap_at(start) >= LINE and before in TERMINAL)
    )


_PAIRS = {")": ("(", 60), "》": ("《", 120), "”": ("“", 80), "】": ("【", 40), "’": ("‘", 60)}
_QUOTES = re.compile("[()《》“”【】‘’]")


def _quoted(text: str) -> bytearray:
    """Mark the inside of matched quotations, titles and brackets of ordinary length."""
    events: list[tuple[int, int]] = []
    open_at: dict[str, list[int]] = {opener: [] for opener, _ in _PAIRS.values()}
    for match in _QUOTES.finditer(text):
        char, index = match.group(), match.start()
        if char in open_at:
            stack = open_at[char]
            stack.append(index)
            if len(stack) > 8:
                del stack[0]
            continue
        opener, longest = _PAIRS[char]
        stack = open_at[opener]
        if stack:
            begin = stack.pop()
            if index - begin <= longest:
                events += ((begin + 1, 1), (index, -1))
    inside = bytearray(len(text))
    depth, since = 0, 0
    for index, change in sorted(events):
        if depth == 0:
            since = index
        depth += change
        if depth == 0:
            inside[since:index] = b"\x01" * (index - since)
    return inside
