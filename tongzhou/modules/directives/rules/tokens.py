"""Turn Chinese text into the lexemes of a ``tsvector``, and what is asked into a ``tsquery``.

PostgreSQL has no parser for Chinese, and no way of cutting it into words is always right. So every
pair of neighbouring characters is a lexeme at its own place: whatever somebody types, a word of
two characters or half a sentence, is found exactly where it stands. What the cut into words adds
is weight: a pair inside one word counts in full, a pair across two words little, so that 人民 does
not find 工人民主 first. Figures and Latin words are lexemes as they are.

Weights: A a heading or title, B the text, C what stands above it (headings of the clauses around),
D pairs across two words. Lexemes of a document's head carry a ``~`` and are found apart.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import yaml
from rjieba import Jieba

#: Characters of one passage that are indexed: a ``tsvector`` holds 1 MB of lexemes at most.
LONGEST = 60_000
#: The last place a ``tsvector`` knows; what stands behind it is found, but not as a phrase.
LAST_PLACE = 16_383
#: Places between two texts of one vector, so that no phrase reaches across.
GAP = 3
HEAD = "~"
_PATH = Path(__file__).resolve().parent.parent / "params" / "search.yaml"
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(rf"[{_HAN}]+|[0-9]+|[^\W0-9_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_LONGEST_WORD = 60
_ORDER = re.compile(r"<\d+>")
_EXCLUDED = re.compile(r" & !\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared: width, case and spaces between characters do not count.

    ``origins`` gives for each character its place in the text that was folded.
    """

    text: str
    origins: tuple[int, ...]


@lru_cache(maxsize=1)
def params() -> dict[str, Any]:
    """Return the word lists of the search."""
    return cast("dict[str, Any]", yaml.safe_load(_PATH.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _cutter() -> Any:
    made = Jieba()
    for term in params()["terms"]:
        made.add_word(term, 200_000, "nz")
    return made


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Return the words that say nothing beside others."""
    return frozenset(str(word) for word in params()["stop"])


def fold(text: str) -> Folded:
    """Return ``text`` with half-width characters in lower case and without inner spaces."""
    made: list[str] = []
    origins: list[int] = []
    space = -1
    for index, char in enumerate(text):
        if char.isspace():
            space = index
            continue
        narrow = char.lower() if char < "\u0250" else unicodedata.normalize("NFKC", char).lower()
        if space >= 0:
            if made and not (_is_han(made[-1]) and _is_han(narrow[:1])):
                made.append(" ")
                origins.append(space)
            space = -1
        for each in narrow:
            made.append(each)
            origins.append(index)
    return Folded("".join(made), tuple(origins))


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or _IS_HAN.match(char) is not None


def cut(text: str) -> list[str]:
    """Return the words of a folded text in order, joined they give it back."""
    return list(_cutter().cut(text, False))  # known words only: no guesses at names


def cut_small(text: str) -> list[str]:
    """Return the words that stand inside a word, the word itself left out where it has others."""
    inner = [each for each in _cutter().cut_all(text) if len(each) > 1 and each != text]
    return inner or cut(text)


def vector(text: str, *, heading: str = "", above: str = "", head: str = "") -> str:
    """Return the text form of a ``tsvector``, to be cast by the database.

    ``heading``: leading words of ``text`` that weigh more. ``above``: what the clauses around are
    called. ``head``: title, number and issuer of the document, found apart from its text.
    """
    places: dict[str, list[str]] = {}
    body = fold(text[:LONGEST]).text
    strong = len(fold(heading).text) if heading and text.startswith(heading) else 0
    at = _add(places, body, 1, "B", strong=strong)
    if heading and not strong:
        at = _add(places, fold(heading).text, at, "A", strong=len(heading))
    at = _add(places, fold(above[:LONGEST]).text, at, "C")
    _add(places, fold(head[:LONGEST]).text, 1, "A", mark=HEAD)
    return " ".join(f"'{lexeme}':{','.join(found[:255])}" for lexeme, found in places.items())


def _add(
    places: dict[str, list[str]],
    text: str,
    start: int,
    weight: str,
    *,
    strong: int = 0,
    mark: str = "",
) -> int:
    """Add the lexemes of a folded text from place ``start`` on; return the next free place."""
    inside = _inside_words(text)
    for run in _RUN.finditer(text):
        begin, end = run.span()
        if not _is_han(text[begin]):
            _put(places, mark + run.group()[:_LONGEST_WORD], start + begin, weight)
            continue
        for index in range(begin, end):
            pair = text[index : index + 2] if index + 1 < end else text[index]
            across = len(pair) == 2 and not inside[index]
            one = "D" if across else "A" if index < strong else weight
            _put(places, mark + pair, start + index, one)
    return start + len(text) + GAP


def _put(places: dict[str, list[str]], lexeme: str, place: int, weight: str) -> None:
    found = f"{min(place, LAST_PLACE)}{weight if weight != 'D' else ''}"
    places.setdefault(lexeme, []).append(found)


def _inside_words(text: str) -> bytearray:
    """Return for each character whether the next one belongs to the same word."""
    inside = bytearray(b"\x01") * len(text)
    at = 0
    for word in cut(text):
        at += len(word)
        if at:
            inside[at - 1] = 0
    return inside


def phrase(text: str, mark: str = "") -> str:
    """Return the ``tsquery`` that finds ``text`` letter by letter, empty if it holds no word.

    Only letters, figures and the operators written here get into it, so nothing that is typed can
    be an operator. A single character finds every word it begins.
    """
    folded = fold(text).text
    lexemes: list[tuple[int, str]] = []
    for run in _RUN.finditer(folded):
        begin, end = run.span()
        word = run.group()
        if _is_han(word[0]):
            if len(word) == 1:
                lexemes.append((begin, f"'{mark}{word}':*"))
            lexemes.extend((i, f"'{mark}{folded[i : i + 2]}'") for i in range(begin, end - 1))
        elif word[0].isdigit() or end < len(folded) or len(word) < 2:
            lexemes.append((begin, f"'{mark}{word[:_LONGEST_WORD]}'"))
        else:
            lexemes.append((begin, f"'{mark}{word[:_LONGEST_WORD]}':*"))
    if not lexemes:
        return ""
    made = lexemes[0][1]
    for (before, _), (place, lexeme) in pairwise(lexemes):
        made += f" <{place - before}> {lexeme}"
    return f"({made})"


def any_of(texts: Iterable[str], mark: str = "") -> str:
    """Return the ``tsquery`` that finds any of some texts, empty if none holds a word."""
    made = [found for each in texts if (found := phrase(each, mark))]
    return f"({' | '.join(dict.fromkeys(made))})" if made else ""


def loose(query: str) -> str:
    """Return a ``tsquery`` of this module without order and exclusions: what an index tells alone.

    Everything that fulfils ``query`` fulfils it, too.
    """
    return _ORDER.sub("&", _EXCLUDED.sub("", query))
