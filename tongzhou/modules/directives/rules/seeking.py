"""Read what somebody typed into the search field.

Several words: all of them. “引号” or 《书名号》: these very words. -词: not this word. Everything
else is letters to look for; nothing that can be typed is an error.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from tongzhou.modules.directives.rules import tokens

#: What is read of an input, in characters and in words.
LONGEST_INPUT = 200
MOST_TERMS = 12
#: A run of characters up to this long is looked for as it stands; a longer one is cut into words.
LONGEST_WORD = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_FIGURE = re.compile(r"(?<!\S)(\d+) (?=[^\d\s](?!\S))")
_PIECE = re.compile(
    r"(?P<no>[-－—](?=\S))?"
    r"(?:[“”\"＂「『《](?P<exact>[^“”\"＂」』》]*)[“”\"＂」』》]?|(?P<word>[^\s，、；;,。“”\"＂「『《]+))"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase that was asked for; ``exact`` when it stood in quotation marks."""

    text: str
    exact: bool = False
    excluded: bool = False

    @property
    def query(self) -> str:
        """Return the ``tsquery`` that finds it."""
        return tokens.phrase(self.text)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: words that must stand there, and words that must not.

    ``cut_short`` tells that the input was longer than what is read of it.
    """

    terms: tuple[Term, ...] = ()
    cut_short: bool = False

    @property
    def wanted(self) -> tuple[Term, ...]:
        """Return the terms that must stand there."""
        return tuple(each for each in self.terms if not each.excluded)

    @property
    def unwanted(self) -> tuple[Term, ...]:
        """Return the terms that must not stand there."""
        return tuple(each for each in self.terms if each.excluded)

    def query(self, mark: str = "") -> str:
        """Return the ``tsquery`` that all wanted terms fulfil, empty when nothing is wanted."""
        found = [tokens.phrase(each.text, mark) for each in self.wanted]
        if not found:
            return ""
        found += [f"!{tokens.phrase(each.text, mark)}" for each in self.unwanted]
        return " & ".join(found)

    def some(self) -> str:
        """Return the ``tsquery`` that any of the wanted terms fulfils, empty when none is."""
        found = tokens.any_of(each.text for each in self.wanted)
        if not found:
            return ""
        return " & ".join([found, *(f"!{each.query}" for each in self.unwanted)])

    def without(self, term: Term) -> "Sought":
        """Return the same without one term."""
        return Sought(tuple(each for each in self.terms if each != term))


def clean(text: str) -> str:
    """Return ``text`` without what no search can look for: control characters, half characters."""
    return _SURROGATE.sub("", _CONTROL.sub(" ", text))


def read_input(text: str) -> Sought:
    """Return what was asked for; never refuses."""
    given = clean(text).strip()
    found: list[Term] = []
    for piece in _PIECE.finditer(given[:LONGEST_INPUT]):
        exact = piece["exact"] is not None
        term = Term(
            (piece["exact"] if exact else piece["word"]).strip(), exact, piece["no"] is not None
        )
        if term not in found and term.query:
            found.append(term)
    weighty = [each for each in found if each.exact or each.text not in tokens.stop_words()]
    kept = weighty or found
    return Sought(tuple(kept[:MOST_TERMS]), len(given) > LONGEST_INPUT)


def refine(sought: Sought, *, longest: int = LONGEST_WORD) -> Sought:
    """Return the same with runs of more than ``longest`` characters cut into their words."""
    made: list[Term] = []
    for term in sought.terms:
        folded = tokens.fold(term.text).text
        if term.exact or term.excluded or len(folded) <= longest:
            made.append(term)
            continue
        words = [each for each in words_of(folded) if tokens.phrase(each)]
        weighty = [e for e in words if e not in tokens.stop_words()] or words
        made.extend(Term(each) for each in weighty)
    return Sought(tuple(dict.fromkeys(made))[:MOST_TERMS], sought.cut_short)


def words_of(folded: str) -> list[str]:
    """Return the words of a folded text; a figure keeps the one character that counts it: 5号."""
    return _FIGURE.sub(r"\1", " ".join(tokens.cut(folded))).split()


def synonyms(word: str) -> tuple[str, ...]:
    """Return words that mean the same or about the same, without the word itself."""
    return tuple(dict.fromkeys([*same(word), *_others(word, "synonyms")]))


def same(word: str) -> tuple[str, ...]:
    """Return other words for the same thing."""
    return _others(word, "same")


def _others(word: str, kind: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for group in tokens.params()[kind]:
        if word in group:
            found.update(dict.fromkeys(str(each) for each in group))
    found.pop(word, None)
    return tuple(found)


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Return where terms stand in ``text``, in order, those that touch drawn together."""
    joined: list[tuple[int, int]] = []
    for start, end, _term in sorted(_places(text, terms)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _places(text: str, terms: Iterable[str]) -> list[tuple[int, int, int]]:
    """Return where each term stands: start, end, number of the term."""
    folded = tokens.fold(text)
    found: list[tuple[int, int, int]] = []
    for number, term in enumerate(terms):
        wanted = tokens.fold(term).text
        at = folded.text.find(wanted) if wanted else -1
        while at >= 0:
            end = at + len(wanted)
            if _is_whole(folded.text, at, end):
                found.append((folded.origins[at], folded.origins[end - 1] + 1, number))
            at = folded.text.find(wanted, end)
    return found


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch does not begin or end inside a figure."""
    if start and text[start].isdigit() and text[start - 1].isdigit():
        return False
    return not (end < len(text) and text[end - 1].isdigit() and text[end].isdigit())


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an excerpt; ``marked`` where it is what was asked for."""

    text: str
    marked: bool = False


_STOP = re.compile(r"[。；！？\n]")


def excerpt(text: str, terms: Iterable[str], *, longest: int = 120) -> list[Piece]:
    """Return the stretch of ``text`` that holds most of the terms, marked, about ``longest`` long.

    It begins at a sentence where it can; left out text shows as ….
    """
    asked = tuple(terms)
    found = spans(text, asked)
    start = _best_start(_places(text, asked), longest)
    begin = 0
    if start > longest // 3:
        begin = max(0, start - longest // 4)
        sentence = [each.end() for each in _STOP.finditer(text, begin, start)]
        comma = text.find("，", begin, start)
        begin = sentence[-1] if sentence else comma + 1 if comma >= 0 else begin
    end = min(len(text), max(begin + longest, start))
    stop = _STOP.search(text, end, min(len(text), end + longest // 4))
    if stop:
        end = stop.end()
    end = max([end, *(e for s, e in found if s < end)])
    pieces = cut_marked(text, begin, end, [each for each in found if begin <= each[0] < end])
    if begin:
        pieces.insert(0, Piece("…"))
    if end < len(text):
        pieces.append(Piece("…"))
    return pieces


def _best_start(found: list[tuple[int, int, int]], longest: int) -> int:
    """Return where the window that holds most of the terms begins, the first of such windows."""
    best, place = (0, 0), 0
    for start, _end, _term in sorted(found):
        inside = [each for each in found if start <= each[0] and each[1] <= start + longest]
        held = len({term for _, _, term in inside}), sum(end - s for s, end, _ in inside)
        if held[0] > best[0] or (held[0] == best[0] and held[1] > 2 * best[1]):
            best, place = held, start
    return place


def cut_marked(text: str, begin: int, end: int, found: Collection[tuple[int, int]]) -> list[Piece]:
    """Return ``text`` from ``begin`` to ``end`` cut where the found stretches begin and end."""
    edges = sorted({begin, end, *(min(max(p, begin), end) for pair in found for p in pair)})
    return [
        Piece(text[a:b], any(start <= a < stop for start, stop in found))
        for a, b in pairwise(edges)
        if b > a
    ]
