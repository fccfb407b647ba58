"""Find the other documents a text names: 《…》 with or without a number, and bare numbers.

What a citation is for follows from its sentence: what the text rests on, what it repeals, what it
sends on. Titles of forms and tables, short names (《通知》) and the document's own number are none.
Everything is one pass with bounded windows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tongzhou.modules.directives.contracts import CitationKind, ParsedCitation
from tongzhou.modules.directives.rules.cleaning import Stream
from tongzhou.modules.directives.rules.marks import NUMBER, number_text
from tongzhou.modules.directives.rules.words import any_of, table, words

_KINDS = (*table("document_kinds"), *words("title_kinds"), *words("cited_kinds"))
_FORMS = frozenset(words("cited_forms"))
_TAIL = r"(?:\([^()]{1,24}\)|[一二三四五六七八九十\d]{1,3}号)*\Z"
_CITED = re.compile(rf"({any_of(set(_KINDS))}){_TAIL}")
_SHORT_NAME = re.compile(rf"(?:{any_of(words('short_name_openers'))})*(?:{any_of(set(_KINDS))})")
_FORM = re.compile(rf"(?:{any_of(_FORMS - set(_KINDS))}|报告书|登记证书?){_TAIL}")
_ORDER = re.compile(
    r"(?:[\u4e00-\u9fff]{0,14}(?:令|公告|通告|公报)|(?:19|20)\d{2}年)第?(?:\d{1,5}|[一二三四五六七八九十百]{1,4})号"
)
_BASIS = re.compile(any_of(words("basis_words")))
_BASIS_ENDS = re.compile(any_of(words("basis_ends")))
_REPEALS = re.compile(any_of(words("repeal_words")))
_REPEALED_BEFORE = re.compile(r"(?:废止|停止执行|代替|取代|替代)\Z")
_FORWARD = any_of(words("forward_words"))
_SENT_BEFORE = re.compile(r"(?:现将|将|现就|现|特将|特)[^。；，]{0,30}\Z")
_SENT_DIRECT = re.compile(rf"(?:现|现将|予以|特此)?(?:{_FORWARD})\Z")
_SENT_AFTER = re.compile(rf"[^。；]{{0,80}}?(?:{_FORWARD})")
_SENT_LATER = re.compile(rf"[^。；]{{0,120}}?现[^。；，]{{0,6}}(?:{_FORWARD})")
_SENT_BY_TITLE = re.compile(rf"(?:{_FORWARD})[^《》]{{0,12}}\Z")
_NO_LETTERS = re.compile(any_of(words("before_number")))
_ASIDE = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)?》|\([^()]*\)")
_ENACTS = re.compile(r"[^。]{0,60}。[^。]{0,20}现[^。]{0,20}(?:印发|发布|公布|下发|转发)")
_LONGEST = 150
_WINDOW = 160


@dataclass(frozen=True, slots=True)
class _Mention:
    """A document named at ``start``-``end``, stream indexes; its title stands inside."""

    start: int
    end: int
    title: tuple[int, int] | None
    number: str


def find_citations(
    stream: Stream,
    start: int,
    end: int,
    own_number: str | None,
    title_span: tuple[int, int] | None,
) -> list[ParsedCitation]:
    """Return the documents named between two stream indexes, in order.

    ``own_number`` is the document's own number, ``title_span`` its title: what the title says is
    sent (关于印发《…》的通知) counts where the text itself does not name it.
    """
    found = [
        _citation(stream, mention, start, end)
        for mention in _mentions(stream, start, end, own_number)
    ]
    if title_span is not None:
        for mention in _mentions(stream, *title_span, own_number):
            before = stream.fold[title_span[0] : mention.start]
            if _SENT_BY_TITLE.search(before):
                named = _citation(stream, mention, *title_span)
                _mark_sent(found, replace(named, kind=CitationKind.FORWARDS))
    return found


def _mark_sent(found: list[ParsedCitation], sent: ParsedCitation) -> None:
    """Let the first place that names what the title says is sent count as sending it."""
    same = [index for index, each in enumerate(found) if each.title == sent.title]
    if not same:
        found.insert(0, sent)
    elif all(found[index].kind is not CitationKind.FORWARDS for index in same):
        found[same[0]] = replace(found[same[0]], kind=CitationKind.FORWARDS)


def _mentions(stream: Stream, start: int, end: int, own_number: str | None) -> Iterator[_Mention]:
    text = stream.fold
    position = start
    for first, last in _quoted_titles(text, start, end):
        yield from _bare_numbers(stream, position, first, own_number)
        number, stop = _number_beside(stream, last, end)
        name = text[first + 1 : last - 1]
        if number or _is_document(name):
            yield _Mention(first, stop, (first + 1, last - 1), number)
        position = stop
    yield from _bare_numbers(stream, position, end, own_number)


def _quoted_titles(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the outermost 《…》 of ordinary length, one pass."""
    depth, first = 0, start
    for match in re.compile("[《》]").finditer(text, start, end):
        at = match.start()
        if match.group() == "《":
            if depth == 0 or at - first > _LONGEST:
                depth, first = 0, at
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0 or at - first > _LONGEST:
                if at - first <= _LONGEST:
                    yield first, at + 1
                depth = 0


def _is_document(name: str) -> bool:
    """Say whether a quoted title names a document and no form, book or short name."""
    if len(name) < 4:
        return name.endswith(("法", "党章")) and len(name) == 3
    if _SHORT_NAME.fullmatch(name):
        return False
    return _CITED.search(name) is not None and _FORM.search(name) is None


def _number_beside(stream: Stream, index: int, end: int) -> tuple[str, int]:
    """Return the number right behind a title and the index behind it and its brackets."""
    text = stream.fold
    bracket = text[index : index + 1] == "("
    begin = index + bracket
    reach = min(end, begin + 60)
    match = NUMBER.match(text, begin, reach)
    if match is not None:
        if not bracket and _NO_LETTERS.search(match["prefix"]):
            return "", index
        number, stop = number_text(match, stream.chars), match.end()
    else:
        order = _ORDER.match(text, begin, reach) if bracket else None
        if order is None:
            return "", index
        number, stop = stream.chars[begin : order.end()], order.end()
    if not bracket:
        return number, stop
    close = text.find(")", stop, min(end, stop + 60))
    inner = text[stop:close] if close >= 0 else ""
    if close < 0 or "(" in inner:
        return number, stop
    return number, close + 1


def _bare_numbers(
    stream: Stream, start: int, end: int, own_number: str | None
) -> Iterator[_Mention]:
    text = stream.fold
    for match in NUMBER.finditer(text, start, end):
        letters = match["prefix"]
        cut = 0
        for word in _NO_LETTERS.finditer(letters):
            cut = word.end()
        if not 1 < len(letters) - cut <= 12:
            continue
        begin = match.start() + cut
        number = number_text(match, stream.chars)[cut:]
        if number != own_number:
            yield _Mention(begin, match.end(), None, number)


def _citation(stream: Stream, mention: _Mention, start: int, end: int) -> ParsedCitation:
    title = stream.chars[mention.title[0] : mention.title[1]] if mention.title else ""
    return ParsedCitation(
        _kind(stream.fold, mention, start, end),
        title,
        mention.number,
        stream.at[mention.start],
        stream.until[mention.end - 1],
    )


def _kind(text: str, mention: _Mention, start: int, end: int) -> CitationKind:
    """Return what a document is named for, by the sentence around it."""
    low = max(start, mention.start - _WINDOW)
    cut = max(text.rfind(stop, low, mention.start) for stop in "。；\n")
    before = text[max(low, cut + 1) : mention.start]
    stops = [text.find(stop, mention.end, mention.end + _WINDOW) for stop in "。；"]
    reach = min([stop for stop in stops if stop >= 0], default=mention.end + _WINDOW)
    after = text[mention.end : min(end, reach)]
    if _REPEALED_BEFORE.search(before) or (_REPEALS.search(after) and not _conditional(after)):
        return CitationKind.REPLACES
    if mention.title is not None:
        direct = _SENT_DIRECT.search(before)
        if direct is not None and not before[: direct.start()].strip("，、"):
            return CitationKind.FORWARDS
        if _SENT_BEFORE.search(before) and _SENT_AFTER.match(after):
            return CitationKind.FORWARDS
        if not _rests(before) and _SENT_LATER.match(after):
            return CitationKind.FORWARDS
        if before.endswith(("制定", "制定了", "制订", "制订了")) and _ENACTS.match(
            text, mention.end, min(end, mention.end + _WINDOW)
        ):
            return CitationKind.FORWARDS
    return CitationKind.BASED_ON if _rests(before) else CitationKind.CITES


def _conditional(after: str) -> bool:
    """Say whether the repeal behind a mention speaks of something else (与…不一致的，…废止)."""
    match = _REPEALS.search(after)
    return (
        match is not None
        and re.search(r"《|不一致", after[: match.start()]) is not None
        and ("》" not in after[: match.start()])
    )


def _rests(before: str) -> bool:
    """Say whether a word such as 根据 governs the title behind ``before``."""
    first, last = before.find("《"), before.find("》")
    if last >= 0 and (first < 0 or last < first):
        before = before[last + 1 :]  # the window begins inside a title
    plain = _ASIDE.sub("", before)
    found: re.Match[str] | None = None
    for match in _BASIS.finditer(plain):
        found = match
    if found is None:
        return False
    between = plain[found.end() :]
    return "，" not in between and _BASIS_ENDS.search(between) is None
