"""Strip layout damage from a text and remember where every kept character stood.

Kept characters exclude white space, HTML tags and comments, Markdown marks, converter bullets,
page numbers and table bars. What stood before a character survives as its ``gap`` (nothing, a
space, a wide space, a line break, a blank line), because a label likes to stand at a line start.
Everything is one pass over the text; no pattern here can backtrack over more than a few
characters.
"""

import html
import re
import unicodedata
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from opencc import OpenCC

NONE, SPACE, WIDE, LINE, BLANK = range(5)
TERMINAL = frozenset("。！？；：”’)》】.")  # signs a paragraph ends with, folded
BULLET, BOLD, HEADING, CELL, INDENT = 1, 2, 4, 8, 16

_TOKEN = re.compile(
    r"(?P<newline>\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])"
    r"|(?P<space>[^\S\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+)"
    r"|(?P<drop>[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufeff\ufffc\ufffe\uffff]+)"
    r"|(?P<stars>\*{2,3})"
    r"|(?P<other>[<&\\|])"
    r"|(?P<text>[^\s<&\\|*\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffc"
    r"\ufffe\uffff]+|.)",
    re.DOTALL,
)
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:]{0,15})|<!|<\?")
_BLOCK_TAGS = frozenset(
    re.findall(
        r"\w+",
        "p div br tr li ul ol table h1 h2 h3 h4 h5 h6 section article hr dd dt dl blockquote pre"
        " body center header footer title form fieldset",
    )
)
_CELL_TAGS = frozenset(("td", "th"))
_HIDDEN_TAGS = frozenset(("style", "script", "xml", "head"))
_LONGEST_TAG = 20_000
_HTML_HINT = re.compile(r"<(?:p|div|br|td|tr|span|table)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,10});")

_SOFT_BULLETS = frozenset("-*+—–")  # a bullet only when a space follows
_HARD_BULLETS = frozenset("•●■◆▲★※▪◦►➢✓◇□△☆\uf06c\uf0d8\uf0b7\uf0fc·")
_RULE_LINE = re.compile(r"(?:[-=_*~·.—]{3,}|`{3,}\w{0,20}|:{3,}[\w-]{0,40}|\|?[-:|]{3,})\Z")
_PAGE_LINE = re.compile(
    r"(?:第\d{1,4}页(?:[,，/]?共\d{1,4}页)?|\d{1,3}/\d{1,3}|[Pp]age\d{1,3}(?:of\d{1,3})?"
    r"|[-—–－―·•~]{1,2}\d{1,3}[-—–－―·•~]{1,2})\Z"
)
_LINE_GAPS = re.compile(rb"[\x03\x04]")
_KEPT = re.compile(rb"\x01+")
_PAGE_INLINE = re.compile(r"[-—–－]{1,2}\d{1,3}[-—–－]{1,2}")
_ESCAPABLE = frozenset("\\`*_{}[]()#+-.!|>~\"'")


@dataclass(frozen=True, slots=True)
class Stream:
    """The kept characters of a source.

    ``chars`` as received, ``fold`` the same length with widths, brackets and traditional forms
    folded for matching, ``at`` and ``until`` the source span of each, ``gap`` what stood before
    it, ``mark`` whether a bullet, bold mark, heading mark or cell bar did.
    """

    source: str
    chars: str
    fold: str
    at: "array[int]"
    until: "array[int]"
    gap: bytearray
    mark: bytearray

    def __len__(self) -> int:
        return len(self.chars)

    def gap_at(self, index: int) -> int:
        """Return the gap before ``index``; both ends of the text count as blank lines."""
        return self.gap[index] if 0 < index < len(self.gap) else BLANK

    def source_start(self, index: int) -> int:
        """Return the source offset of ``index``, the length of the source past the end."""
        return self.at[index] if index < len(self.at) else len(self.source)

    def line_end(self, start: int, end: int | None = None) -> int:
        """Return where the line that holds ``start`` ends."""
        stop = len(self.chars) if end is None else end
        found = _LINE_GAPS.search(self.gap, start + 1, stop)
        return found.start() if found is not None else stop

    def lines(self, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """Return the lines between two indexes as index pairs; no line is empty."""
        stop = len(self.chars) if end is None else end
        found: list[tuple[int, int]] = []
        begin = start
        for match in _LINE_GAPS.finditer(self.gap, start + 1, max(start + 1, stop)):
            found.append((begin, match.start()))
            begin = match.start()
        if begin < stop:
            found.append((begin, stop))
        return found


class _Draft:
    """Characters collected by the first pass, before lines are looked at."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.at = array("q")
        self.until = array("q")
        self.gap = bytearray()
        self.mark = bytearray()
        self.pending = BLANK
        self.pending_mark = 0

    def put(self, char: str, start: int, end: int) -> None:
        """Keep one character that stands at ``start``-``end`` of the source."""
        self.pieces.append(char)
        self.at.append(start)
        self.until.append(end)
        self.gap.append(self.pending)
        self.mark.append(self.pending_mark)
        self.pending = NONE
        self.pending_mark = 0

    def put_run(self, run: str, start: int) -> None:
        """Keep characters that stand in a row from ``start`` on."""
        size = len(run)
        self.pieces.append(run)
        self.at.extend(range(start, start + size))
        self.until.extend(range(start + 1, start + size + 1))
        self.gap.append(self.pending)
        self.mark.append(self.pending_mark)
        if size > 1:
            self.gap.extend(bytes(size - 1))
            self.mark.extend(bytes(size - 1))
        self.pending = NONE
        self.pending_mark = 0

    def space(self, size: int) -> None:
        if size == WIDE and self.pending >= LINE:
            self.pending_mark |= INDENT
        self.pending = max(self.pending, size)


class _Finder:
    """Find the next occurrence of fixed strings for rising positions, in linear total time."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.known: dict[str, int] = {}

    def next(self, needle: str, start: int) -> int:
        """Return the first position of ``needle`` at or after ``start``, or -1."""
        known = self.known.get(needle)
        if known is not None and (known == -1 or known >= start):
            return known
        found = self.source.find(needle, start)
        self.known[needle] = found
        return found


def _skip_tag(source: str, start: int, finder: _Finder, draft: _Draft) -> int:
    """Return where the tag at ``start`` ends, noting its gap; ``start`` itself if it is no tag."""
    name = _TAG_NAME.match(source, start)
    if name is None:
        return start
    if source.startswith("<!--", start):
        end = finder.next("-->", start)
        return end + 3 if end >= 0 else start
    close = finder.next(">", start)
    if close < 0 or close - start > _LONGEST_TAG:
        return start
    tag = (name.group(1) or "").lower()
    if tag in _HIDDEN_TAGS and source[start + 1] != "/" and source[close - 1] != "/":
        ends = [finder.next(f"</{form}", close) for form in (tag, tag.upper())]
        ends = [end for end in ends if end >= 0]
        if ends:
            close = max(close, finder.next(">", min(ends)))
    if tag in _BLOCK_TAGS or tag in _HIDDEN_TAGS:
        draft.space(LINE)
    elif tag in _CELL_TAGS:
        draft.space(WIDE)
        draft.pending_mark |= CELL
    elif tag in ("b", "strong"):
        draft.pending_mark |= BOLD
    return close + 1


def _first_pass(source: str) -> _Draft:
    draft = _Draft()
    finder = _Finder(source)
    is_html = len(_HTML_HINT.findall(source, 0, min(len(source), 50_000))) >= 3
    escaped_lines = "\n" not in source and source.count("\\n") >= 3
    position, size = 0, len(source)
    while position < size:
        token = _TOKEN.match(source, position)
        if token is None:  # the last alternative takes any character
            break
        kind = token.lastgroup
        end = token.end()
        if kind == "text":
            draft.put_run(token.group(), position)
        elif kind == "newline":
            if is_html:
                draft.space(SPACE)
            else:
                draft.pending = BLANK if draft.pending >= LINE else LINE
        elif kind == "space":
            wide = end - position > 1 or source[position] in "\t\u3000\u2003"
            draft.space(WIDE if wide else SPACE)
        elif kind == "stars":
            draft.pending_mark |= BOLD
        elif kind == "other":
            end = _special(source, position, finder, draft, escaped_lines)
        position = end
    return draft


def _special(
    source: str, position: int, finder: _Finder, draft: _Draft, escaped_lines: bool
) -> int:
    """Deal with ``<``, ``&``, backslash or ``|`` and return where to go on."""
    char = source[position]
    if char == "<":
        end = _skip_tag(source, position, finder, draft)
        if end > position:
            return end
    elif char == "&":
        entity = _ENTITY.match(source, position)
        if entity is not None:
            text = html.unescape(entity.group())
            if (len(text) == 1 and text != "&") or entity.group() == "&amp;":
                if text.isspace():
                    draft.space(SPACE)
                else:
                    draft.put(text, position, entity.end())
                return entity.end()
    elif char == "|":
        draft.space(WIDE)
        draft.pending_mark |= CELL
        return position + 1
    else:
        follower = source[position + 1 : position + 2]
        if escaped_lines and follower in ("n", "r"):
            draft.pending = BLANK if draft.pending >= LINE and follower == "n" else LINE
            return position + 2
        if follower in _ESCAPABLE and follower:
            return position + 1
    draft.put(char, position, position + 1)
    return position + 1


def _strip_line(draft: _Draft, text: str, start: int, end: int, keep: bytearray) -> None:
    """Drop bullets, heading marks and page numbers of the line ``start``-``end``."""
    line = text[start:end] if end - start <= 60 else ""
    lonely = draft.gap[start] == BLANK and (end >= len(text) or draft.gap[end] == BLANK)
    if line and (
        _RULE_LINE.match(line)
        or _PAGE_LINE.match(line)
        or (lonely and len(line) <= 3 and line.isascii() and line.isdigit())
    ):
        keep[start:end] = bytes(end - start)
        return
    index, marks = start, draft.mark[start]
    while index < end and index - start < 12:
        char = text[index]
        spaced = index + 1 < end and (draft.gap[index + 1] > NONE or draft.mark[index + 1] & BOLD)
        if char in "#>":
            marks |= HEADING if char == "#" else 0
        elif char in _HARD_BULLETS or (char in _SOFT_BULLETS and spaced):
            marks |= BULLET
        else:
            break
        keep[index] = 0
        index += 1
    if start < index < end:
        draft.gap[index] = max(draft.gap[index], draft.gap[start])
        draft.mark[index] |= marks


def clean(source: str) -> Stream:
    """Return the kept characters of ``source``; never fails, whatever the text is."""
    draft = _first_pass(source)
    text = "".join(draft.pieces)
    size = len(text)
    keep = bytearray(b"\x01") * size
    begin = 0
    for found in _LINE_GAPS.finditer(draft.gap, 1):
        _strip_line(draft, text, begin, found.start(), keep)
        begin = found.start()
    if size:
        _strip_line(draft, text, begin, size, keep)
    _strip_page_numbers(draft, text, keep)
    if keep.count(0) == 0:
        return Stream(source, text, fold(text), draft.at, draft.until, draft.gap, draft.mark)
    kept: list[str] = []
    at, until = array("q"), array("q")
    gap, mark = bytearray(), bytearray()
    before = 0
    for run in _KEPT.finditer(keep):
        start, end = run.span()
        carried = max(draft.gap[before:start], default=NONE)
        kept.append(text[start:end])
        at.extend(draft.at[start:end])
        until.extend(draft.until[start:end])
        gap.append(max(carried, draft.gap[start]))
        gap.extend(draft.gap[start + 1 : end])
        mark.extend(draft.mark[start:end])
        before = end
    chars = "".join(kept)
    return Stream(source, chars, fold(chars), at, until, gap, mark)


def _strip_page_numbers(draft: _Draft, text: str, keep: bytearray) -> None:
    """Drop page numbers that stand inside a line between spaces: - 3 -."""
    size = len(text)
    for found in _PAGE_INLINE.finditer(text):
        start, end = found.span()
        if (
            (start == 0 or draft.gap[start] >= SPACE)
            and (end == size or draft.gap[end] >= SPACE)
            and any(draft.gap[index] for index in range(start + 1, end))
        ):
            keep[start:end] = bytes(end - start)


_FOLDED = {
    "（": "(", "）": ")", "﹙": "(", "﹚": ")", "⟮": "(", "⟯": ")",
    "［": "[", "］": "]", "﹝": "〔", "﹞": "〕", "❲": "〔", "❳": "〕",
    ",": "，", "﹐": "，", ";": "；", "﹔": "；", ":": "：", "﹕": "：", "∶": "：", "︰": "：",
    "!": "！", "?": "？", "．": ".", "﹒": ".", "・": ".", "｡": "。", "､": "、", "﹑": "、",
    "“": "“", "”": "”", "「": "“", "」": "”", "『": "“", "』": "”", "〝": "“", "〞": "”",
    "〈": "《", "〉": "》", "＜": "《", "＞": "》", "⟨": "《", "⟩": "》",
    "－": "-", "‐": "-", "‑": "-", "–": "—", "―": "—",
}  # fmt: skip


def _simplified() -> Iterator[tuple[str, str]]:
    """Yield each traditional form of one character with its simplified form."""
    forms = "\n".join(map(chr, range(0x4E00, 0xA000)))
    plain = OpenCC("t2s").convert(forms)
    for form, simple in zip(forms.split("\n"), plain.split("\n"), strict=True):
        if form != simple and len(simple) == 1:
            yield form, simple


def _fold_table() -> dict[int, str]:
    mapping: dict[int, str] = {}
    ranges = ((0x2E80, 0x2FE0), (0xF900, 0xFB00), (0xFE50, 0xFE70), (0xFF01, 0xFF5F))
    for first, last in ranges:
        for code in range(first, last):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain != chr(code):
                mapping[code] = plain
    for form, plain in _simplified():
        mapping[ord(form)] = plain
    mapping[ord("壹")] = "一"
    for form, plain in _FOLDED.items():
        mapping[ord(form)] = plain
    # full-width signs end where their half-width forms end
    for form, plain in (("，", "，"), ("；", "；"), ("：", "："), ("！", "！"), ("？", "？")):
        mapping[ord(form)] = plain
    return mapping


_FOLD = _fold_table()


def fold(text: str) -> str:
    """Return ``text`` with widths, brackets and traditional forms folded, length unchanged."""
    return text.translate(_FOLD)
