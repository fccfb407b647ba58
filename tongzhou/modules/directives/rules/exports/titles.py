"""Break a title over lines as GB/T 9704-2012 asks: whole words, a trapezium or a rhombus."""

import re
from functools import cache
from itertools import combinations, pairwise

import rjieba

#: A line of the text area, 156 mm, in characters of 22 pt.
WIDEST = 20.0
_NOT_FIRST = frozenset("，、。：；！？）》”’〉】〕的和与及之等")
_NOT_LAST = frozenset("（《“‘〈【〔")
_WORD_ENDS = re.compile(
    "机关|组织|机构|部门|单位|工作|活动|情况|方案|措施|制度|行为|系统|队伍|能力"
)
_SHORTEST = 4.0
_FEW = 4
_MOST_CUTS = 60


def width(text: str) -> float:
    """Return how many full characters a text is wide; a Latin letter or digit takes half."""
    return sum(0.5 if char.isascii() else 1.0 for char in text)


@cache
def break_title(title: str, widest: float = WIDEST) -> tuple[str, ...]:
    """Return the lines of a title; one that fits a line stays whole.

    >>> break_title("关于印发《社会组织登记管理机关疫情防控工作实施方案》的通知")
    ('关于印发《社会组织登记管理机关', '疫情防控工作实施方案》的通知')
    """
    text = " ".join(title.split())
    if width(text) <= widest:
        return (text,) if text else ()
    words = _words(text)
    least = -int(-width(text) // widest)
    best = min(
        (found for more in (0, 1) if (found := _lines(words, least + more, widest))),
        key=lambda lines: (_cost(lines), len(lines)),
        default=_hard(text, widest),
    )
    return tuple(line.strip() for line in best)


def _words(text: str) -> list[str]:
    """Return the words of a title; signs stay with the word they belong to."""
    found: list[str] = []
    for word in rjieba.cut(text):
        glued = found and (word[0] in _NOT_FIRST or found[-1][-1] in _NOT_LAST)
        if glued or (word == " " and found):
            found[-1] += word
        else:
            found.append(word)
    return found


def _lines(words: list[str], count: int, widest: float) -> list[str]:
    """Return the best ``count`` lines of whole words, empty when there are none that fit."""
    if count <= _FEW and len(words) <= _MOST_CUTS:
        options = [
            lines
            for cuts in combinations(range(1, len(words)), count - 1)
            if (lines := _joined(words, cuts)) and all(width(x.strip()) <= widest for x in lines)
        ]
        return min(options, key=_cost, default=[])
    return _balanced(words, count, widest)


def _joined(words: list[str], cuts: tuple[int, ...]) -> list[str]:
    return ["".join(words[start:end]) for start, end in pairwise((0, *cuts, len(words)))]


def _balanced(words: list[str], count: int, widest: float) -> list[str]:
    """Return lines of a very long title, as even as whole words allow."""
    aim = width("".join(words)) / count
    lines = [""]
    for word in words:
        if lines[-1] and width(lines[-1] + word) > min(widest, aim + 2):
            lines.append("")
        lines[-1] += word
    return lines if all(width(line) <= widest for line in lines) else []


def _hard(text: str, widest: float) -> list[str]:
    """Return lines cut anywhere, for a text whose words are wider than a line."""
    lines = [""]
    for char in text:
        if width(lines[-1] + char) > widest:
            lines.append("")
        lines[-1] += char
    return lines


def _cost(lines: list[str]) -> float:
    """Return how unsightly the lines of a title are."""
    wide = [width(line.strip()) for line in lines]
    cost = sum(_break_cost(before, after) for before, after in pairwise(lines))
    cost += sum(20.0 for each in wide if each < _SHORTEST)
    cost += _shape_cost(wide) + 3.0 * len(wide)
    even = sum(wide) / len(wide)
    return cost + sum((each - even) ** 2 for each in wide) / 12


def _shape_cost(wide: list[float]) -> float:
    """Return a cost for what is neither a trapezium nor a rhombus."""
    steps = [after - before for before, after in pairwise(wide)]
    if any(first < 0 < second for first, second in pairwise(steps)):
        return 8.0  # an hourglass
    if all(abs(step) < 1 for step in steps):
        return 2.0  # a rectangle
    return 0.0


def _break_cost(before: str, after: str) -> float:
    """Return a cost for parting two lines where the sense is not complete."""
    if before.endswith(" "):
        return -8.0  # between joint issuers
    inside = before.rfind("《") > before.rfind("》")
    cost = 3.0 if inside else 0.0
    if after.startswith(("关于", "《", "（")):
        cost -= 3.0
    if re.search(r"(?:关于|印发|转发|[和与及、对在向为])\Z", before) and not inside:
        cost += 3.0
    if _WORD_ENDS.match(after):
        cost += 3.0  # 登记管理 and 机关 are one name
    if re.match(r"[的]?[\u4e00-\u9fff]{2}\Z", after):
        cost += 6.0  # 的通知 alone
    return cost
