"""What a clause's label says: its number, its level, and where the words behind it begin."""

import re
import unicodedata

_CN = "[一二三四五六七八九十百零〇]"
_LABEL = re.compile(
    rf"第(?P<article>{_CN}{{1,6}}|\d{{1,3}})(?P<unit>部分|[编章节条])"
    rf"|第(?P<ordinal>[一二三四五六七八九十]{{1,2}})(?=[，、:：,]|$)"
    rf"|[(（](?P<cn_bracket>{_CN}{{1,4}})[)）]"
    r"|[(（](?P<bracket>\d{1,3})[)）]"
    r"|其(?P<among>[一二三四五六七八九十])(?=[，、:：,是]|$)"
    r"|(?P<spoken>[一二三四五六七八九十]{1,2})[是要]"
    rf"|(?P<chinese>{_CN}{{1,4}})(?:[、.．]|(?=[，,:：]|$))"
    r"|(?P<deep>\d{1,3}(?:\.\d{1,3}){2,3})[.．、]?"
    r"|(?P<decimal>\d{1,3}\.\d{1,3})[.．、]?"
    r"|(?P<paren>\d{1,3})[)）]"
    r"|(?P<digits>\d{1,3})(?:[.．、]|(?=[，,:：]|$))"
    r"|(?P<firstly>首先|其次|再次|再者|最后)(?=[，,是要]|$)"
    r"|(?P<enclosed>[\u2460-\u249b\u2776-\u2789\u3220-\u3229\u3251-\u325f])"
)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
_UNITS = {"十": 10, "百": 100}
_FIRSTLY = {"首先": 1, "其次": 2, "再次": 3, "再者": 3}
_BEHIND = " \t\u3000、.．，,：:"
_LEVELS = {
    "article": 1,
    "chinese": 1,
    "cn_bracket": 2,
    "digits": 3,
    "decimal": 4,
    "bracket": 4,
    "paren": 4,
    "deep": 5,
    "ordinal": 5,
    "among": 5,
    "spoken": 5,
    "firstly": 5,
    "enclosed": 5,
}


def number_of(label: str) -> int | None:
    """Return the number that a label carries; None when it has none (最后, or no label at all).

    >>> [number_of(label) for label in ("（十二）", "第三条", "一是", "1.2", "最后", "")]
    [12, 3, 1, 2, None, None]
    """
    found = _LABEL.match(label.strip())
    if found is None:
        return None
    kind = found.lastgroup or ""
    if found["article"]:
        kind = "article"
    words = found[kind]
    if kind == "firstly":
        return _FIRSTLY.get(words)
    if kind == "enclosed":
        return _enclosed(words)
    last = words.rpartition(".")[2]
    return (int(last) if last.isdigit() else _chinese(last)) or None


def level_of(label: str) -> int | None:
    """Return the level a label usually has: 第X章 0, 一、 1, （一） 2, 1. 3, （1） 4, ① 5."""
    found = _LABEL.match(label.strip())
    if found is None:
        return None
    if found["unit"] and found["unit"] != "条":
        return 0
    return _LEVELS["article" if found["article"] else found.lastgroup or ""]


def split_label(words: str) -> tuple[str, str]:
    """Return the label that words begin with, and the words behind it.

    >>> split_label("（一）、加强值守。")
    ('（一）', '加强值守。')
    """
    found = _LABEL.match(words)
    if found is None:
        return "", words
    return found[0], words[found.end() :].lstrip(_BEHIND)


def without_label(words: str, label: str) -> str:
    """Return the words of a clause without the label they begin with.

    A label that an officer corrected need not stand in the source; then whatever label does is
    left out.
    """
    if not label:
        return words
    bare = "".join(label.split())
    if words.startswith(bare):
        return words[len(bare) :].lstrip(_BEHIND)
    return split_label(words)[1]


def _chinese(text: str) -> int | None:
    """Return the value of a Chinese numeral below 1000."""
    if not any(char in _UNITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text)) if len(text) <= 3 else None
    total, digit = 0, None
    for char in text:
        if char in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
        else:
            digit = _DIGITS[char]
    return total + (digit or 0)


def _enclosed(char: str) -> int | None:
    plain = unicodedata.normalize("NFKC", char).strip("().")
    if plain.isdigit():
        return int(plain)
    if plain and all(each in _DIGITS or each in _UNITS for each in plain):
        return _chinese(plain)
    value = unicodedata.numeric(char, 0)
    return int(value) or None
