"""Tell the heading of a clause from its words: 加强窗口管理。各级… begins with a heading.

A heading only names what follows. A first sentence that obliges, dates or leads in is none, and a
clause without anything after it keeps its words as its content.
"""

import re

from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, Stream, fold
from tongzhou.modules.directives.rules.kinds import LEVEL, Kind
from tongzhou.modules.directives.rules.words import any_of, patterns, words

_OBLIGES = re.compile("|".join(patterns("no_heading")))
_OPENS = re.compile(any_of(words("no_heading_openers")))
_IN_BRACKETS = re.compile(r"[【(〔\[][^【】()〔〕\[\]。；]{2,20}[】)〕\]]")
_HALF_STOP = re.compile(r"(?<=[\u4e00-\u9fff”)])\.(?=[\u4e00-\u9fff“]|\Z)")
_STAGE = re.compile(r"[\u4e00-\u9fff]{2,14}阶段\([^()。；]{2,40}\)")
_FIRST = re.compile(r"[^。；！？\n]*")
_STOPS = "。.：；，、！？"
_LONGEST_NAME = 60
_LONGEST_SENTENCE = 30
_LONGEST_PART = 22
_LONGEST_BEFORE_DUTY = 40
_LONGEST_LEAD = 12


def heading_of(text: str, kind: Kind, has_below: bool) -> str:
    """Return the words at the start of a clause's text that only name it, or nothing.

    ``has_below`` says whether clauses stand below this one.
    """
    if not text:
        return ""
    folded = _HALF_STOP.sub("。", fold(text[: _LONGEST_NAME + 4]))
    if LEVEL[kind] == 0:
        return _first_line(text) if len(_first_line(text)) <= _LONGEST_NAME else ""
    bracket = _IN_BRACKETS.match(folded)
    if (
        bracket is not None
        and bracket.end() < len(text)
        and (kind is Kind.ARTICLE or folded[0] == "【")
    ):
        return text[: bracket.end()]
    first = _FIRST.match(folded)
    end = first.end() if first is not None else 0
    if end >= len(folded) and len(text) > end:
        return ""  # the sentence goes on beyond the longest heading
    lead = folded.find("：", 0, end)
    if 0 < lead <= _LONGEST_LEAD and lead + 1 < end and not _tells(folded[:lead]):
        return text[:lead]
    spaced = folded.find(" ", 0, end)
    if 2 <= spaced <= _LONGEST_LEAD and not _tells(folded[:spaced]):
        return text[:spaced]
    alone = not text[end:].strip(_STOPS + "\n")
    stop = folded[end : end + 1]
    if alone and not has_below:
        return ""
    if stop in ("；", "！", "？"):
        return ""
    return _named(text, folded, end, alone or stop == "\n")


def spaced_heading(stream: Stream, start: int, end: int) -> int:
    """Return how many characters from ``start`` head a text that a space alone parts from them.

    A page whose paragraphs were joined by spaces has 一、提高站位，强化领导 各单位要…. Spaces stand
    inside words as well, so that only two phrases of one length, or words before somebody who is
    told to act, are a heading; 0 when there is none.
    """
    stop = next(
        (i for i in range(start + 1, min(end, start + _LONGEST_SENTENCE + 1)) if stream.gap[i]), 0
    )
    if not stop or not SPACE <= stream.gap[stop] < LINE:
        return 0
    words_before = stream.fold[start:stop]
    if len(words_before) < 4 or _tells(words_before) or re.search("[。；！？：、]", words_before):
        return 0
    parts = words_before.split("，")
    paired = len(parts) == 2 and len(parts[0]) == len(parts[1]) >= 4
    told = len(parts) <= 2 and _OPENS.match(stream.fold, stop) is not None
    return stop - start if paired or told else 0


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].rstrip(_STOPS)


def _named(text: str, folded: str, end: int, whole: bool) -> str:
    """Return the first ``end`` characters as a heading, if they read like one.

    ``whole``: they stand alone on their line, where a heading may be longer.
    """
    cut = folded[:end].rstrip(_STOPS)
    if not cut or _tells(cut):
        return ""
    if folded[len(cut) : len(cut) + 1] == "：" and len(cut) > _LONGEST_LEAD:
        return ""
    parts = re.split("[，、：]", cut)
    if whole:
        return text[: len(cut)] if len(cut) <= _LONGEST_NAME else ""
    if len(parts) > 3 or len(cut) > _LONGEST_BEFORE_DUTY:
        return ""
    short = len(cut) <= _LONGEST_SENTENCE and max(map(len, parts)) <= _LONGEST_PART
    return text[: len(cut)] if short or _tells(folded[end + 1 : end + 24]) else ""


def _tells(text: str) -> bool:
    """Say whether words oblige, date or lead in instead of naming."""
    if _STAGE.fullmatch(text):
        return False
    return _OPENS.match(text) is not None or _OBLIGES.search(text) is not None
