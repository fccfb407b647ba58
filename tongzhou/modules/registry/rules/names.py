"""Make keys by which Chinese names sort and are found: full pinyin and initials.

The embedded database has no ICU collation, so a name is stored with its pinyin. Readings come from
a table of single characters with a list of phrases for the polyphones that matter in place and
organisation names; a full word segmentation would take fifteen times as long per name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pypinyin import lazy_pinyin

_SOURCE = Path(__file__).parent.parent / "params" / "pinyin.yaml"


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], re.Pattern[str]]:
    data = yaml.safe_load(_SOURCE.read_text(encoding="utf-8"))
    phrases: dict[str, str] = data["phrases"]
    longest_first = sorted(phrases, key=len, reverse=True)
    return dict(data["characters"]), phrases, re.compile("|".join(map(re.escape, longest_first)))


def pinyin_key(name: str) -> str:
    """Return the lower-case pinyin of a name, one space between syllables, without tones.

    Latin letters and digits stay together as one word; punctuation only separates.
    """
    characters, phrases, pattern = _tables()
    words: list[str] = []
    position = 0
    for match in pattern.finditer(name):
        _read(name[position : match.start()], characters, words)
        words.append(phrases[match.group()])
        position = match.end()
    _read(name[position:], characters, words)
    return " ".join(words)


def short_place(name: str) -> str:
    """Return a region's name without the word for its kind (天河区 → 天河)."""
    for word in ("自治县", "自治旗", "林区", "特区", "区", "县", "市", "旗"):
        if name.endswith(word) and len(name) - len(word) >= 2:
            return name.removesuffix(word)
    return name


def initials_key(name: str) -> str:
    """Return the first letter of each syllable, as typed by somebody in a hurry (天河区 → thq)."""
    return "".join(word[0] for word in pinyin_key(name).split())


def _read(text: str, characters: dict[str, str], words: list[str]) -> None:
    """Append the readings of ``text``, asking pypinyin once for each new character."""
    latin = ""
    for character in text:
        reading = characters.get(character)
        if reading is None:
            if character.isascii():
                if character.isalnum():
                    latin += character.lower()
                    continue
                reading = ""
            else:
                found = lazy_pinyin(character)[0]
                reading = found if found.isascii() and found.isalpha() else ""
                characters[character] = reading
        if latin:
            words.append(latin)
            latin = ""
        if reading:
            words.append(reading)
    if latin:
        words.append(latin)
