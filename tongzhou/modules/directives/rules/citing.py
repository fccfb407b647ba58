"""Tell whether a document named in a text is one that is held: by its number, or by its title.

Names are compared without brackets, quotation marks, spaces and width. A title is compared from
关于 on, because a text names the issuer before it (《民政部关于…的公告》) where the document itself
does not, or the other way round.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

_LEFT_OUT = re.compile(r"[\s《》〈〉“”‘’\"'「」『』]")
_BRACKETS = str.maketrans("〔〕[]【】{}〖〗（）", "()()()()()()")
_NUMBER = re.compile(r"^(?P<code>.+?)\(?(?P<year>(?:19|20)\d{2})\)?年?第?0*(?P<serial>\d+)号$")
#: A title of fewer characters from 关于 on is too general to tell a document by.
SHORTEST = 8
TAIL = 10
#: Characters between a name and the bracket that shortens it, its number among them.
NEAR = 40
_SENDS = re.compile(r"(?:印发|发布|公布|下发|转发|实施)《(?P<sent>[^《》]{4,120})》")
_SHORT = re.compile(
    r"[（(](?:[^（()）]{0,12}[，,])?\s*(?:以下|下|下文)?统?简称[为：:]?\s*[《“\"]?"
    r"(?P<short>[^》”\"）)]{2,30})[》”\"]?\s*[）)]"
)


def title_key(title: str) -> str:
    """Return a title as it is compared."""
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", title).translate(_BRACKETS)).lower()


def number_key(number: str) -> str:
    """Return a document number as it is compared: 民社管函〔2020〕5号 → 民社管函2020-5."""
    key = title_key(number)
    found = _NUMBER.match(key)
    return f"{found['code'].rstrip('(')}{found['year']}-{found['serial']}" if found else key


def core(key: str) -> str:
    """Return a compared title from 关于 on, whole where it has none."""
    place = key.find("关于")
    return key[place:] if place >= 0 and len(key) - place >= SHORTEST else key


def issuer_part(key: str) -> str:
    """Return what a compared title says before 关于, empty if nothing."""
    return key[: len(key) - len(core(key))]


def sent_title(title: str) -> str:
    """Return what a title says is sent: 关于印发《…方案》的通知 → …方案; empty if nothing is."""
    found = _SENDS.search(title)
    return found["sent"] if found else ""


def is_own(title: str, own_title: str) -> bool:
    """Tell whether a citation names the very text that its document sends out, its own part."""
    sent = sent_title(own_title)
    return bool(sent) and title_key(title) == title_key(sent) and "转发" not in own_title


@dataclass(frozen=True, slots=True)
class Held:
    """A document that is held, as citations are compared with it."""

    id: int
    title: str
    number: str
    issuer: str
    issued_on: date | None


def fits(title: str, number: str, held: Held) -> bool:
    """Tell whether a citation by ``title`` and ``number``, either may be empty, names ``held``."""
    if number and held.number:
        return number_key(number) == number_key(held.number)
    if not title:
        return False
    asked, key = title_key(title), title_key(held.title)
    if asked in {key, title_key(sent_title(held.title))}:
        return len(asked) >= SHORTEST
    if core(asked) != core(key) or len(core(asked)) < SHORTEST:
        return False
    named, own = issuer_part(asked), issuer_part(key) or title_key(held.issuer)
    return not named or not own or named in own or own in named


def serial_of(number: str) -> str:
    """Return year and serial of a document number for a rough look: %2020%5号, empty if none."""
    found = _NUMBER.match(title_key(number))
    return f"%{found['year']}%{found['serial']}号" if found else ""


def pick(
    title: str,
    number: str,
    on: date | None,
    held: list[Held],
    known: Collection[int] = (),
) -> int | None:
    """Return the id of the document that a citation in a text of ``on`` names, None if no one.

    One of ``known``, which the same text names more exactly, is meant before others. Of several
    with one title by one issuer the last one before the text is meant; of several by different
    issuers none, because the title alone does not tell.
    """
    fitting = [each for each in held if fits(title, number, each)]
    fitting = [each for each in fitting if each.id in known] or fitting
    if len({title_key(each.issuer) for each in fitting}) > 1:
        return None
    if on is not None:
        earlier = [each for each in fitting if each.issued_on is None or each.issued_on <= on]
        fitting = earlier or fitting
    fitting.sort(key=lambda each: (each.issued_on or date.min, each.id))
    return fitting[-1].id if fitting else None


def tail(title: str) -> str:
    """Return the last characters of a title, without brackets, to look for it roughly."""
    return core(title_key(title)).replace("(", "").replace(")", "")[-TAIL:]


def short_names(source: str, named: Iterable[tuple[int, str]]) -> dict[str, str]:
    """Return the short names that a text gives to documents: compared short → compared full title.

    ``named``: where each citation ends, and its title. “《…通知》（以下简称《通知》）” introduces a
    short name right behind the full one.
    """
    ends = sorted(named)
    found: dict[str, str] = {}
    for each in _SHORT.finditer(source):
        before = [title for end, title in ends if end <= each.start() <= end + NEAR]
        if before and title_key(before[-1]) != title_key(each["short"]):
            found.setdefault(title_key(each["short"]), title_key(before[-1]))
    return found
