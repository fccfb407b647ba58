"""The matter of a sentence that obliges: what is to be done, apart from how strongly and when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tongzhou.modules.compiler.rules.alignment import normalise

_PATH = Path(__file__).resolve().parent.parent / "params" / "similarity.yaml"

_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)"
_CLOCK = re.compile(
    r"(上午|下午|晚上|晚)?(\d{1,2})(?::(\d{2})|[时点](?!间)(半|(\d{1,2})分)?)(?:之?前|以前)?"
)
_DAY = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日(?:之?前|以前|起)?")
_TERM = re.compile(rf"({_NUMBER})(个?工作日|个?小时|个?自然日|天|日|周|个月)(?:之?内|以内)")
_PLAIN = re.compile(r"[^\u3400-\u9fffA-Za-z]+")

#: A subject is at most this long, and at most so many of its letters are no bearer's name.
_LONGEST_SUBJECT = 80
_LOOSE = 4


@dataclass(frozen=True, slots=True)
class Matter:
    """What a sentence is about, and what it says of time and number.

    ``grams`` are the letter pairs of the bare matter. ``forbids``: the act is to be left off,
    whether because it is barred or because stopping it is demanded. ``qualified``: only a way of
    acting is barred. ``mood`` are the words that say so.
    """

    grams: Counter[str]
    forbids: bool
    qualified: bool
    mood: str
    recurrence: str = ""
    deadline: str = ""
    numbers: Mapping[str, frozenset[float]] = field(default_factory=dict)


class _Words:
    """Words to take out of a text, the longest first."""

    def __init__(self, words: Iterable[str]) -> None:
        listed = sorted(set(words), key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(re.escape, listed)))

    def within(self, text: str) -> list[str]:
        """Return the words found in a text, from left to right."""
        return self._pattern.findall(text)

    def first(self, text: str) -> int | None:
        """Return where the first of the words begins, None if there is none."""
        found = self._pattern.search(text)
        return found.start() if found else None

    def without(self, text: str) -> str:
        """Return a text with the words replaced by a mark that no letter pair crosses."""
        return self._pattern.sub("\x00", text)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    forbid: _Words
    stopping: _Words
    qualified: _Words
    whole: tuple[str, ...]
    modal: _Words
    bearers: _Words
    names: _Words
    filler: _Words
    synonyms: Mapping[str, str]
    synonym_words: re.Pattern[str]
    recurrence: Mapping[str, str]
    units: Mapping[str, str]
    amount: re.Pattern[str]


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    held: dict[str, Any] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    modal = held["modal"]
    synonyms = {word: row[0] for row in held["synonyms"] for word in row}
    units = {unit: row[0] for row in held["units"] for unit in row}
    after = "|".join(re.escape(each) for each in sorted(units, key=len, reverse=True))
    longest = sorted(synonyms, key=len, reverse=True)
    return _Lexicon(
        forbid=_Words(modal["forbid"]),
        stopping=_Words(held["stopping"]),
        qualified=_Words(held["qualified"]),
        whole=tuple(sorted(held["whole"], key=len, reverse=True)),
        modal=_Words(
            [
                *(word for words in modal.values() for word in words),
                *held["stopping"],
                *held["resuming"],
            ]
        ),
        bearers=_Words(held["bearers"]),
        names=_Words(word for word in held["filler"] if len(word) > 2),
        filler=_Words(held["filler"]),
        synonyms=synonyms,
        synonym_words=re.compile("|".join(map(re.escape, longest))),
        recurrence={word: code for code, words in held["recurrence"].items() for word in words},
        units=units,
        amount=re.compile(rf"(百分之)?({_NUMBER})({after})?"),
    )


@lru_cache(maxsize=20_000)
def matter_of(text: str, strength: str = "") -> Matter:
    """Return the matter of a sentence; ``strength`` is the code of its duty, if it has one."""
    words = _lexicon()
    plain = normalise(text)
    recurrence, rest = _recurrence(plain, words)
    deadline, rest = _deadline(rest)
    numbers, rest = _amounts(rest, words)
    shielded = _shield(rest, words.whole)
    barred = words.forbid.within(shielded)
    stopped = words.stopping.within(words.forbid.without(shielded))
    is_barred = strength == "MUST_NOT" if strength else bool(barred)
    # To bar a stop is to demand the act.
    forbids = is_barred != bool(stopped)
    shielded = _without_subject(shielded, words)
    # Names before synonyms: 社会组织 is no 组织 of anything.
    bare = words.names.without(words.modal.without(shielded))
    bare = words.synonym_words.sub(lambda hit: words.synonyms[hit[0]], bare)
    bare = _unshield(words.filler.without(bare), words.whole)
    return Matter(
        grams=_grams(bare),
        forbids=forbids,
        qualified=bool(words.qualified.within(plain)),
        mood="、".join([*barred, *stopped]),  # data
        recurrence=recurrence,
        deadline=deadline,
        numbers=numbers,
    )


def _without_subject(text: str, words: _Lexicon) -> str:
    """Return a sentence without the names of bearers before its modal word."""
    first = words.modal.first(text)
    if first is None or not 0 < first <= _LONGEST_SUBJECT:
        return text
    subject = _unshield(text[:first], words.whole)
    left = words.filler.without(words.bearers.without(subject))
    if words.bearers.within(subject) and len(_PLAIN.sub("", left)) <= _LOOSE:
        return text[first:]
    return text


def _grams(text: str) -> Counter[str]:
    """Return the letter pairs of the words of a text."""
    found: Counter[str] = Counter()
    for run in _PLAIN.split(text.replace("\x00", " ")):
        if len(run) == 1:
            continue
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    return found


#: Words that stay whole stand as one private character each while others are looked for.
_SHIELD = 0xF0000


def _shield(text: str, words: tuple[str, ...]) -> str:
    for number, word in enumerate(words):
        if word in text:
            text = text.replace(word, chr(_SHIELD + number))
    return text


def _unshield(text: str, words: tuple[str, ...]) -> str:
    for number, word in enumerate(words):
        text = text.replace(chr(_SHIELD + number), word)
    return text


def _recurrence(text: str, words: _Lexicon) -> tuple[str, str]:
    for word in sorted(words.recurrence, key=len, reverse=True):
        if word in text:
            return words.recurrence[word], text.replace(word, "\x00", 1)
    return "", text


def _deadline(text: str) -> tuple[str, str]:
    """Return the deadline that a text names, in one notation, and the text without it."""
    found: list[str] = []

    def clock(hit: re.Match[str]) -> str:
        hour = int(hit[2])
        if hit[1] and hit[1] != "上午" and hour < 12:  # data
            hour += 12
        minutes = int(hit[3] or hit[5] or (30 if hit[4] else 0))
        found.append(f"{hour:02d}:{minutes:02d}")
        return "\x00"

    def day(hit: re.Match[str]) -> str:
        found.append(f"{hit[2]}-{hit[3]}")
        return "\x00"

    def term(hit: re.Match[str]) -> str:
        value = number_of(hit[1])
        found.append(f"{value:g}{hit[2].removeprefix('个')}" if value is not None else hit[0])
        return "\x00"

    for pattern, take in ((_DAY, day), (_CLOCK, clock), (_TERM, term)):
        text = pattern.sub(take, text)
    return " ".join(found), text


def _amounts(text: str, words: _Lexicon) -> tuple[dict[str, frozenset[float]], str]:
    """Return the numbers of a text by the thing they count, and the text without them."""
    found: dict[str, set[float]] = {}

    def take(hit: re.Match[str]) -> str:
        unit = hit[1] or hit[3]
        value = number_of(hit[2])
        if value is None or (unit is None and not hit[2][0].isdigit()):
            return hit[0]
        if unit is not None:
            found.setdefault(words.units[unit], set()).add(value)
        return "\x00"

    rest = words.amount.sub(take, text)
    return {unit: frozenset(values) for unit, values in found.items()}, rest


def number_of(text: str) -> float | None:
    """Return the value of a number in digits or Chinese numerals below 10,000, None if it is none.

    >>> number_of("1.5"), number_of("二十四"), number_of("两百"), number_of("十")
    (1.5, 24.0, 200.0, 10.0)
    """
    if text[0].isdigit():
        return float(text)
    total = digit = 0
    for char in text:
        if char in _TENS:
            total += (digit or 1) * _TENS[char]
            digit = 0
        elif char in _DIGITS:
            digit = digit * 10 + _DIGITS[char] if not total else _DIGITS[char]
        else:
            return None
    return float(total + digit)
