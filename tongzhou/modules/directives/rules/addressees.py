"""Find and split the addressees (各市、县民政局，市级各社会组织：)."""

import re

from tongzhou.modules.directives.rules.cleaning import BLANK, LINE, Stream
from tongzhou.modules.directives.rules.marks import FIELD, FIRST_LABEL, NUMBER, TITLE_KIND
from tongzhou.modules.directives.rules.names import is_organ
from tongzhou.modules.directives.rules.words import any_of, words

_KIND_END = re.compile(rf"(?:{TITLE_KIND.pattern})\Z")
_OPENS = re.compile(any_of(words("addressee_openers")))
_ENDINGS = any_of(set(words("addressee_endings")) | set(words("org_endings")))
_ENDS = re.compile(rf"(?:{_ENDINGS})(?:\([^()]{{1,40}}\))?\Z")
_NOT_ADDRESSED = re.compile(
    rf"(?:{any_of(words('not_addressees'))})\Z|[。！？；]|{FIRST_LABEL.pattern}"
)
_SEPARATORS = re.compile(r"[，；]")
_MANY = re.compile(any_of(words("addressed_many")))
_MANY_ENDS = re.compile(rf"(?:{any_of(words('addressed_nouns'))})\Z")
_LONGEST_ADDRESS = 600
_LONGEST_LINE = 80
_LONGEST_HEADLINE = 40


def addressee_span(stream: Stream, start: int) -> tuple[int, int] | None:
    """Return the span of addressees that begin at ``start`` and end before a colon."""
    text = stream.fold
    limit = min(len(text), start + _LONGEST_ADDRESS)
    colon = text.find("：", start, limit)
    if colon < 0 or colon - start < 2:
        return None
    run = text[start:colon]
    if _NOT_ADDRESSED.search(run) or not _ENDS.search(run):
        return None
    if not _OPENS.match(run) and not is_organ(_SEPARATORS.split(run)[0]) and len(run) > 60:
        return None
    if FIELD.match(text, start) or "《" in run or "关于" in run or NUMBER.search(run):
        return None
    if _is_headline(stream, colon):
        return None
    for index in range(start + 1, colon):
        if stream.gap[index] == BLANK:
            return None
        if stream.gap[index] >= LINE and _KIND_END.search(text, start, index):
            return None
    return start, colon


def addressee_line(stream: Stream, start: int, end: int) -> bool:
    """Say whether a line names addressees without a colon: 志愿服务组织、慈善组织、社会组织."""
    run = stream.fold[start:end]
    if not 4 <= len(run) <= _LONGEST_LINE or _NOT_ADDRESSED.search(run) or "关于" in run:
        return False
    parts = re.split("[、，和]", run)
    if not all(len(part) >= 2 and _MANY_ENDS.search(part) for part in parts):
        return False
    return len(parts) > 1 or _MANY.match(run) is not None


def _is_headline(stream: Stream, colon: int) -> bool:
    """Say whether a colon stands inside a headline: 某部：各地要做好工作, and nothing behind it."""
    end = stream.line_end(colon)
    size = end - colon - 1
    if not 0 < size <= _LONGEST_HEADLINE:
        return False
    return stream.fold[end - 1] not in "。：；，！？" and end < len(stream)


def split_addressees(text: str, folded: str) -> list[str]:
    """Split addressees at commas, and at 、 where every part is a name of its own."""
    out: list[str] = []
    begin = 0
    depth = 0
    cuts = []
    for index, char in enumerate(folded):
        depth += (char == "(") - (char == ")")
        if depth <= 0 and char in "，；":
            cuts.append(index)
    for cut in [*cuts, len(folded)]:
        part, plain = text[begin:cut], folded[begin:cut]
        out.extend(_split_enumeration(part, plain))
        begin = cut + 1
    return [part for part in out if part]


def _split_enumeration(text: str, folded: str) -> list[str]:
    pieces: list[tuple[int, int]] = []
    begin, depth = 0, 0
    for index, char in enumerate(folded):
        depth += (char == "(") - (char == ")")
        if char == "、" and depth <= 0:
            pieces.append((begin, index))
            begin = index + 1
    pieces.append((begin, len(folded)))
    shared = folded.startswith("各")  # 各区民政局、卫生健康委: the first word serves both
    whole = all(
        stop - start >= 3
        and _ENDS.search(folded[start:stop])
        and not _bare_region(folded[start:stop])
        and (not shared or _OPENS.match(folded, start))
        for start, stop in pieces
    )
    if len(pieces) > 1 and whole:
        return [text[start:stop] for start, stop in pieces]
    return [text]


_BARE_REGION = re.compile(
    r"[各全]?(?:[\u4e00-\u9fff]{0,8})(?:省|市|县|区|自治区|直辖市|州)(?:\([^()]*\))?\Z"
)


def _bare_region(text: str) -> bool:
    """Say whether a part names only regions (各省、自治区…), so that it needs the next part."""
    return _BARE_REGION.match(text) is not None
