"""What a duty says of phase, place, other documents and proof: the words, and where they stand.

Offsets count from the start of the text that is given.
"""

import re

from tongzhou.modules.directives.rules.proposals.lexicon import (
    MarkerKind,
    ends,
    markers,
    names,
    predicate_at,
    table,
    words,
)
from tongzhou.modules.directives.rules.proposals.times import Words

_TITLE = re.compile("《([^《》]{1,120}(?:《[^《》]{1,80}》[^《》]{0,60})?)》")
_LEADING = re.compile("^(?:对于|对|如|凡|并|且|其中|同时|并在)(?!解)")
_REGION_JOINTS = (
    "、",
    "和",
    "及",
    "与",
    "或",
    "以及",
    "和其他",
    "等",
    "等其他",
    "及其他",
    "或者",
    "",
)
_FROM_NOW = re.compile("(?:自|从)?即日起至[^，。；：]{2,16}")
_NOUN_REACH = 14  # a phase is named shortly before its ending
_SPANS = ("期间", "时期", "阶段")
_NOT_AFTER = frozenset("往提期来述景沿言线勤续方果备者台")
_NOT_BEFORE = frozenset("目当提先今最前落然背事会以之善疫")


def find_phase(plain: str, start: int = 0) -> Words | None:
    """Return the words that limit when a part is valid: 在疫情应对响应终止之前.

    >>> find_phase("疫情解除后").value
    '疫情解除后'
    """
    from_now = _FROM_NOW.search(plain, start)
    if from_now is not None:
        return Words(from_now[0], from_now[0], *from_now.span())
    endings = words("phase_endings")
    nouns = words("phase_nouns")
    begin = start
    for index in range(start, len(plain)):
        if plain[index] in "，。；：":
            begin = index + 1
            continue
        found = endings.at(plain, index)
        if found is None or index - begin > 32:
            continue
        end = index + len(found[0])
        if len(found[0]) == 1 and (
            plain[end : end + 1] in _NOT_AFTER or plain[index - 1 : index] in _NOT_BEFORE
        ):
            continue
        if end < len(plain) and plain[end] != "，" and not predicate_at(plain, end):
            continue
        first = max(begin, *(plain.rfind(sign, begin, index) + 1 for sign in "至、要将"))
        inner = plain.rfind("在", first, index)
        first = max(first, inner)
        first += len(plain[first:end]) - len(_LEADING.sub("", plain[first:end]))
        candidate = plain[first:end]
        if _demands(candidate):
            continue
        if (found[0] in _SPANS or nouns.inside(candidate[-_NOUN_REACH:])) and "▢" not in candidate:
            return Words(candidate, candidate, first, end)
    return None


def _demands(text: str) -> bool:
    """Say whether a strong word of strength stands in a text."""
    return any(value and value[1] == MarkerKind.STRONG for _, _, value in markers().all(text))


def find_regions(plain: str) -> list[Words]:
    """Return the places a duty speaks of, an enumeration as one: 湖北省和其他疫情严重地区.

    The region in the name of an authority (湖北省民政厅) is none.
    """
    found: list[Words] = []
    for index, word, _ in words("regions").all(plain):
        end = index + len(word)
        if words("region_not").at(plain, end) or names().at(plain, end):
            continue
        start = index
        if found and plain[found[-1].end : index] in _REGION_JOINTS:
            start = found.pop().start
        found.append(Words(plain[start:end], plain[start:end], start, end))
    return found


def find_cites(text: str) -> Words | None:
    """Return the titles in 《》 that a duty must comply with, joined by 、 when several."""
    found: list[re.Match[str]] = []
    for match in _TITLE.finditer(text):
        before = text[max(0, match.start() - 14) : match.start()]
        after = text[match.end() : match.end() + 14]
        chained = bool(found) and text[found[-1].end() : match.start()] in (
            "",
            "、",
            "和",
            "及",
            "与",
        )
        if chained or _complies(before, after):
            found.append(match)
    if not found:
        return None
    value = "、".join(match[1] for match in found)
    return Words(value, text[found[0].start() : found[-1].end()], found[0].start(), found[-1].end())


def _complies(before: str, after: str) -> bool:
    for word in ends("cites_before"):
        if len(word) > 1 or word == "按":
            place = before.rfind(word)
            if place >= 0 and "，" not in before[place:]:
                return True
    return any(word in after[:9] for word in ("要求", "规定", "精神", "执行", "标准"))


def _look_alikes(plain: str) -> list[tuple[int, int]]:
    return [(at, at + len(word)) for at, word, _ in words("evidence_not").all(plain)]


def find_codes(plain: str, name: str) -> tuple[tuple[str, ...], list[Words]]:
    """Return the codes of the mapping ``name`` that occur, in order, with the first words."""
    codes: list[str] = []
    reasons: list[Words] = []
    aside = _look_alikes(plain) if name == "evidence" else ()
    for index, word, code in table(name).all(plain):
        if any(start <= index < end for start, end in aside):
            continue
        if code not in codes:
            codes.append(code)
            reasons.append(Words(code, word, index, index + len(word)))
    return tuple(codes), reasons
