"""Names of organs and organisations: what looks like one, and where joint issuers part."""

import re
from itertools import pairwise

from tongzhou.modules.directives.rules.cleaning import SPACE, Stream
from tongzhou.modules.directives.rules.words import any_of, words

_NAME = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbfA-Za-z0-9()、·“”\-]{3,60}\Z")
_ENDING = re.compile(rf"(?:{any_of(words('org_endings'))})(?:\([^()]{{1,20}}\))?\Z")
_REGION = re.compile(
    r"(?:中共|共青团)?([\u4e00-\u9fff]{1,8}?(?:省|自治区|市|自治州|区|县|州|盟|旗))"
)
_ENDING_INSIDE = re.compile(
    any_of(word for word in words("org_endings") if len(word) > 1 or word in "局厅委部办署")
)
_NATIONAL = re.compile(
    r"中共中央|国务院|中央|国家|教育部|民政部|财政部|公安部|司法部|人力资源|农业农村部|商务部"
    r"|文化和旅游部|交通运输部|工业和信息化部|住房城乡建设部|生态环境部|应急管理部|海关总署"
    r"|税务总局|市场监管总局|中国"
)
_SENTENCE_WORDS = re.compile(
    r"(?<!感染)的|[了是要请把被]|将(?!乐)|应(?!急|对|用|城)|使(?!馆)|通知|关于|如下|工作要|开展|特此|印发|转发|批转|加强|做好|附件"
)


def is_organ(text: str) -> bool:
    """Say whether folded ``text`` reads like the name of an organ or organisation."""
    if text[:1] in "()、·”-" or not _NAME.match(text) or not _ENDING.search(text):
        return False
    bare = re.sub(r"\([^()]{1,20}\)", "", text)
    return _SENTENCE_WORDS.search(bare) is None


def begins_with_place(text: str) -> bool:
    """Say whether a folded name begins with a region or with an organ of the centre."""
    return _REGION.match(text) is not None or _NATIONAL.match(text) is not None


def split_joint(stream: Stream, start: int, end: int) -> list[tuple[int, int]]:
    """Split a run of issuers at gaps and at glued joints; each part a span of indexes."""
    cuts = [start]
    for index in range(start + 1, end):
        if (
            stream.gap[index] >= SPACE
            and is_organ(stream.fold[cuts[-1] : index])
            and is_organ(stream.fold[index:end])
        ):
            cuts.append(index)
    cuts.append(end)
    parts: list[tuple[int, int]] = []
    for begin, stop in pairwise(cuts):
        for first, last in _split_enumerated(stream.fold, begin, stop):
            parts.extend(_split_glued(stream.fold, first, last))
    return parts


def _split_enumerated(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split 国务院办公厅、中央军委办公厅 where every part is a name of its own."""
    parts: list[tuple[int, int]] = []
    begin = start
    for index in range(start, end + 1):
        if index == end or text[index] == "、":
            parts.append((begin, index))
            begin = index + 1
    if all(stop - first >= 4 and is_organ(text[first:stop]) for first, stop in parts):
        return parts
    return [(start, end)]


def _split_glued(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split 广州市民政局广州市卫生健康委员会 where a second name begins as the first did."""
    run = text[start:end]
    region = _REGION.match(run)
    openers = [_NATIONAL]
    if region is not None:
        openers.append(re.compile(rf"(?:中共|共青团)?{re.escape(region[1])}"))
    cuts = [0]
    for match in _ENDING_INSIDE.finditer(run):
        cut = match.end()
        if cut >= len(run) or cut - cuts[-1] < 4:
            continue
        rest = run[cut:]
        begins = any(opener.match(rest) for opener in openers)
        if begins and _ENDING.search(rest) and is_organ(run[cuts[-1] : cut]):
            cuts.append(cut)
    cuts.append(len(run))
    return [(start + a, start + b) for a, b in pairwise(cuts)]


def joint_name(stream: Stream, start: int, end: int) -> str:
    """Return the issuers between two indexes as received, joined by one space."""
    return " ".join(stream.chars[a:b] for a, b in split_joint(stream, start, end))
