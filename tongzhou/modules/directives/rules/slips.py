"""Find labels that lost a sign on their way, and the rarer kinds: A. Ⅰ、.

All but letters are looked for at line starts only, and score so low that only a list they begin or
continue takes them up.
"""

import re

from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, Stream
from tongzhou.modules.directives.rules.kinds import Candidate, Kind
from tongzhou.modules.directives.rules.numerals import chinese_number
from tongzhou.modules.directives.rules.surroundings import Surroundings, begins_anew, scored

_CN = "[一二三四五六七八九十]"
_WORD = r"[\u4e00-\u9fff《“]"
_SLIP = re.compile(
    rf"(?P<half>{_CN}{{1,3}})\)"  # 一） for （一）
    rf"|\((?P<open>{_CN}{{1,3}})(?=[、.，：]|{_WORD}{{2,30}}[。.：])"  # （一 for （一）
    rf"|(?P<comma>\d{{1,2}})[，：](?={_WORD})"  # 1，for 1、
    rf"|(?P<dash>[—-])、(?={_WORD})"  # —、 for 一、
    rf"|\((?P<round>[—-])\)(?={_WORD})"  # （-） for （一）
    rf"|(?P<ell>[lI])[.、](?={_WORD})"  # l. for 1.
    rf"|(?P<stopless>[2-9]|[1-9]\d)(?={_WORD})"  # 3秘书处办公会议 after 2、
    r"|(?P<roman>[\u2160-\u216b])[、.，：]?"
    rf"|\((?P<letter>[A-Ha-h])\)(?={_WORD})"
)
_LETTER = re.compile(rf"(?<![A-Za-z0-9(./])(?P<letter>[A-Ka-k])[.、)](?={_WORD})")
# 1总则 before 1.1
_ABOVE = re.compile(r"(?<![\d.])(\d{1,2})(?=[\u4e00-\u9fff、，()“”]{2,30}\1\.1(?!\d))")
_BARE = re.compile(r"(?P<cn>[一二三四五六七八九十百零〇]{1,3})|(?P<digits>\d{1,2})")


def slips(around: Surroundings, start: int, stop: int) -> list[Candidate]:
    """Return possible labels between two indexes that are damaged or of a rare kind."""
    stream = around.stream
    found: list[Candidate | None] = []
    for index, _ in stream.lines(start, stop):
        match = _SLIP.match(stream.fold, index, stop)
        if match is not None:
            found.append(_slip(around, match))
    for match in _LETTER.finditer(stream.fold, start, stop):
        number = ord(match["letter"].lower()) - ord("a") + 1
        found.append(scored(around, match.start(), match.end(), Kind.LETTER, number))
    for match in _ABOVE.finditer(stream.fold, start, stop):
        if not any(stream.gap[index] >= LINE for index in range(match.start() + 1, match.end())):
            found.append(
                scored(around, match.start(), match.end(), Kind.ARABIC, int(match[1]), 0, -0.5)
            )
    return [candidate for candidate in found if candidate is not None]


def _slip(around: Surroundings, match: "re.Match[str]") -> Candidate | None:
    stream = around.stream
    start, end = match.span()
    if any(stream.gap[index] >= LINE for index in range(start + 1, end)):
        return None
    bracket = match["half"] or match["open"]
    if bracket:
        number = chinese_number(bracket)
        return (
            scored(around, start, end, Kind.CHINESE_BRACKET, number or 0, 0, -1.0)
            if number
            else None
        )
    if match["roman"]:
        return scored(around, start, end, Kind.ROMAN, ord(match["roman"]) - 0x215F)
    if match["letter"]:
        number = ord(match["letter"].lower()) - ord("a") + 1
        return scored(around, start, end, Kind.LETTER, number)
    if match["dash"]:
        return scored(around, start, end, Kind.CHINESE, 1, 0, -1.0)
    if match["round"]:
        return scored(around, start, end, Kind.CHINESE_BRACKET, 1, 0, -1.0)
    if match["ell"]:
        return scored(around, start, end, Kind.ARABIC, 1, 0, -1.0)
    anew = begins_anew(stream, start)
    if match["comma"]:
        loss = -2.0 if anew else -3.0
        return scored(around, start, end, Kind.ARABIC, int(match["comma"]), 0, loss)
    if not anew or stream.gap_at(end) or stream.fold[end] in around.counted:
        return None
    return scored(around, start, end, Kind.ARABIC, int(match["stopless"]), 0, -4.5)


def bare_numbers(around: Surroundings, start: int, stop: int) -> list[Candidate]:
    """Find numbers without a stop that stand alone before a gap at a line start: “1 总则”."""
    stream: Stream = around.stream
    found: list[Candidate] = []
    for index, _ in stream.lines(start, stop):
        match = _BARE.match(stream.fold, index, stop)
        if match is None:
            continue
        end = match.end()
        if end >= stop or not SPACE <= stream.gap_at(end) < LINE:
            continue
        follower = stream.fold[end]
        if not "\u4e00" <= follower <= "\u9fff" or follower in around.no_label:
            continue
        if match["cn"]:
            number, kind = chinese_number(match["cn"]), Kind.CHINESE
        else:
            number, kind = int(match["digits"]), Kind.ARABIC
        if not number:
            continue
        candidate = scored(around, index, end, kind, number, 0, -1.5)
        if candidate is not None:
            found.append(candidate)
    return found
