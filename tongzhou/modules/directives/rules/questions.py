"""Understand a question in plain Chinese, and tell how well a clause answers it.

Nothing is invented: a question becomes the things it asks about, each with words that mean the
same, and the way it asks (may we, who, when). A clause is measured by how many of these things
stand in one of its sentences, rare ones counting more than common ones. What is shown is the
sentence itself.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml

from tongzhou.modules.directives.rules import tokens
from tongzhou.modules.directives.rules.seeking import MOST_TERMS, clean, same, spans, synonyms

_PATH = Path(__file__).resolve().parent.parent / "params" / "questions.yaml"
LONGEST_QUESTION = 200
#: From this length on, a word that no document knows is looked into.
SPLIT = 3
#: What another word for it counts for; a word near to it where the documents do not use the asked
#: word, and where they do.
SAME, ALIKE, LESS_ALIKE = 0.95, 0.8, 0.6
#: What a word counts for by where it stands.
IN_SENTENCE, IN_DUTY, ABOVE, IN_CLAUSE, BESIDE = 1.0, 0.8, 0.7, 0.4, 0.4
#: What the name of a bearer counts for where a duty binds everybody.
EVERYBODY = 0.5
#: A heading of no more characters is a name.
LONGEST_NAME = 12
#: What words count for that say little whatever is asked.
LIGHT = 0.35
#: From this share of what was asked about on, a clause is an answer and not only close to one.
DIRECT = 0.6
#: What an answer gains by the way its sentence is put, by a duty drawn from it, by being in force,
#: and by binding the asker.
FITTING, OBLIGING, BINDING, OURS = 0.06, 0.04, 0.04, 0.06
#: Other sentences of a clause are shown as well when they are this good beside the best one.
ALSO, MOST_SENTENCES = 0.7, 3
_SINGLES = re.compile(r"(?:(?<=/)|^)(?:[\u4e00-\u9fff](?:/|$))+")
_SENTENCE = re.compile(r"[^。；！？\n]+[。；！？]?")


class Asking(StrEnum):
    """What a question wants to know."""

    BASIS = "BASIS"  # which document
    WHO = "WHO"
    WHEN = "WHEN"
    ALLOWED = "ALLOWED"
    REQUIRED = "REQUIRED"
    HOW = "HOW"
    WHAT = "WHAT"


#: Ways of asking whose words never are what is asked about.
ASIDE = frozenset({Asking.WHO, Asking.WHEN, Asking.HOW})


@dataclass(frozen=True, slots=True)
class Thing:
    """Something a question is about: the word, and words that mean about the same.

    ``guessed``: characters that no dictionary knows as a word (三会一课); they count only if some
    document has them.
    """

    word: str
    alike: tuple[str, ...] = ()
    guessed: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """Return all words for it, the asked one first."""
        return (self.word, *self.alike)

    @property
    def is_group(self) -> bool:
        """Tell whether it names social organisations, which a duty of everybody binds, too."""
        return self.word in _names("groups")

    @property
    def is_bearer(self) -> bool:
        """Tell whether it names somebody who may be bound."""
        return self.is_group or self.word in _names("organs")

    @property
    def query(self) -> str:
        """Return the ``tsquery`` that finds any of its words."""
        return tokens.any_of(self.forms)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is understood. ``ours``: it asks about the asker's own organisation."""

    text: str
    asking: Asking
    things: tuple[Thing, ...]
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Which asked word was found by which word."""

    asked: str
    found: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A duty drawn from a stretch of a clause, in words: title, guide and whom it binds.

    ``everybody``: it binds all social organisations, whatever they are called.
    """

    start: int
    end: int
    words: str
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a clause answers: ``score`` orders, ``share`` tells how much of it is there.

    ``spans`` are the sentences that answer, in the clause's text and its order.
    """

    score: float
    share: float
    spans: tuple[tuple[int, int], ...]
    matches: tuple[Match, ...]

    @property
    def is_direct(self) -> bool:
        """Tell whether it answers, rather than being close to an answer.

        Words that say little whatever is asked do not make an answer.
        """
        return self.share >= DIRECT and any(m.asked not in _light() for m in self.matches)


@lru_cache(maxsize=1)
def _params() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(_PATH.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[Asking, "re.Pattern[str]"], ...]:
    return tuple(
        (Asking(name), re.compile("|".join(f"(?:{each})" for each in patterns)))
        for name, patterns in _params()["kinds"].items()
    )


@lru_cache(maxsize=1)
def _stop() -> frozenset[str]:
    return frozenset(str(each) for each in _params()["stop"])


@lru_cache(maxsize=4)
def _names(of: str) -> frozenset[str]:
    return frozenset(str(each) for each in _params()[of])


@lru_cache(maxsize=1)
def _light() -> frozenset[str]:
    return frozenset(str(each) for each in _params()["light"])


def is_question(text: str) -> bool:
    """Tell whether an input looks like a question rather than like words to look for."""
    folded = tokens.fold(clean(text[:LONGEST_QUESTION])).text
    if re.search(r"[?吗呢]$", folded):
        return True
    asking = ("BASIS", "WHO", "WHEN", "HOW")
    plain = re.search(r"能不能|可不可以|要不要|能否|可否|是否|需不需要|什么|哪些", folded)
    return len(folded) >= 5 and (
        plain is not None or any(p.search(folded) for kind, p in _kinds() if kind in asking)
    )


def understand(text: str) -> Question:
    """Return what a question asks about, and how; never refuses."""
    folded = tokens.fold(clean(text)[:LONGEST_QUESTION]).text
    asking = next((kind for kind, p in _kinds() if p.search(folded)), Asking.WHAT)
    bare = folded
    for kind, pattern in _kinds():
        if kind in ASIDE:
            bare = pattern.sub(" ", bare)
    words = [each for each in tokens.cut(bare) if tokens.phrase(each)]
    ours = any(each in _params()["ourselves"] for each in tokens.cut(folded))
    things: dict[str, Thing] = {}
    for word in [*_known_words(words), *_guesses(bare)]:
        if word in _stop() or (len(word) == 1 and not synonyms(word)):
            continue
        things.setdefault(word, Thing(word, synonyms(word), guessed=word not in words))
    if not things:
        things = {each: Thing(each) for each in words if each not in _stop()}
    return Question(folded, asking, tuple(things.values())[:MOST_TERMS], ours)


def _known_words(words: Sequence[str]) -> list[str]:
    """Return words, neighbours that are one word of the synonyms drawn together."""
    made: list[str] = []
    at = 0
    while at < len(words):
        for count in (3, 2):
            joined = "".join(words[at : at + count])
            if at + count <= len(words) and synonyms(joined):
                made.append(joined)
                at += count
                break
        else:
            made.append(words[at])
            at += 1
    return made


def _guesses(text: str) -> list[str]:
    """Return runs of characters that the dictionary leaves single, without stop words at the ends.

    Inside a run, stop words may be part of it.
    """
    made = []
    for run in _SINGLES.findall("/".join(tokens.cut(text))):
        characters = [each for each in run.split("/") if each]
        while characters and characters[0] in _stop():
            characters.pop(0)
        while characters and characters[-1] in _stop():
            characters.pop()
        if len(characters) > 1:
            made.append("".join(characters))
    return made


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much words tell apart: the fewer clauses hold a word, the more it counts.

    ``counts`` are the clauses that hold each word, ``total`` all clauses. A word that stands
    nowhere counts most: whatever speaks of it is missing.
    """

    counts: Mapping[str, int]
    total: int

    def of(self, word: str) -> float:
        """Return what a word counts for."""
        held = min(self.counts.get(word, 0), self.total)
        return math.log((self.total + 2) / (held + 1)) * (LIGHT if word in _light() else 1.0)

    def knows(self, thing: Thing) -> bool:
        """Tell whether some clause has a word for a thing."""
        return any(self.counts.get(each) for each in thing.forms)

    def whole(self, thing: Thing) -> float:
        """Return what a thing counts for: by its own word, or by those alike where that is new."""
        if self.counts.get(thing.word):
            return self.of(thing.word)
        known = [self.of(each) for each in thing.alike if self.counts.get(each)]
        return max(known) if known else self.of(thing.word)

    def found(self, thing: Thing, text: str) -> tuple[float, str]:
        """Return what a text tells of a thing, and by which word."""
        if not text:
            return 0.0, ""
        if thing.word in text:
            return self.whole(thing), thing.word
        share = LESS_ALIKE if self.counts.get(thing.word) else ALIKE
        whole, equal = self.whole(thing), same(thing.word)
        found = [
            (SAME * whole if w in equal else share * min(whole, self.of(w)), w)
            for w in thing.alike
            if w in text
        ]
        return max(found, default=(0.0, ""), key=lambda each: each[0])


def measure(
    question: Question,
    rarity: Rarity,
    *,
    text: str,
    above: Sequence[str] = (),
    drawn: Sequence[Drawn] = (),
    binds: bool = False,
    ours: bool = False,
) -> Measured:
    """Return how well a clause answers a question, and by which of its sentences.

    ``above`` are the headings above it, ``drawn`` the duties drawn from it; ``binds``: it is in
    force, ``ours``: one of its duties binds the asker.
    """
    things = question.things
    whole = sum(rarity.whole(each) for each in things) or 1.0
    around = {
        thing.word: max(
            rarity.found(thing, text)[0] * IN_CLAUSE,
            _named(thing, rarity, above),
            max((rarity.found(thing, each.words)[0] for each in drawn), default=0.0) * BESIDE,
        )
        for thing in things
    }
    said = []
    for start, end in _sentences(text):
        own = [each for each in drawn if each.start < end and start < each.end]
        sentence = text[start:end]
        told = sum(max(_said(t, rarity, sentence, own), around[t.word]) for t in things)
        gain = FITTING * _answers(question.asking, sentence) + OBLIGING * bool(own)
        said.append((told / whole + gain, told / whole, start, end))
    score, share, start, end = max(said, key=lambda each: (each[0], -each[2]))
    spans = tuple(
        (begin, stop)
        for other, _, begin, stop in said
        if other >= ALSO * score and any(rarity.found(t, text[begin:stop])[0] for t in things)
    )
    score += BINDING * binds + OURS * (ours and question.ours)
    shown = spans[:MOST_SENTENCES] if (start, end) in spans[:MOST_SENTENCES] else ((start, end),)
    places = [*(text[a:b] for a, b in shown), *above, *(d.words for d in drawn), text]
    return Measured(score, share, shown, _matches(things, rarity, places))


def _named(thing: Thing, rarity: Rarity, above: Sequence[str]) -> float:
    """Return what the headings tell of a thing; one that only names a bearer says who is meant."""
    return max(
        (
            rarity.found(thing, name)[0]
            * (IN_SENTENCE if thing.is_bearer and len(name) <= LONGEST_NAME else ABOVE)
            for name in above
        ),
        default=0.0,
    )


def _said(thing: Thing, rarity: Rarity, sentence: str, own: Sequence[Drawn]) -> float:
    """Return what a sentence, with the duties drawn from it, tells of a thing."""
    words = max((rarity.found(thing, each.words)[0] for each in own), default=0.0)
    for_all = any(each.everybody for each in own) and thing.is_group
    everybody = EVERYBODY * rarity.whole(thing) if for_all else 0.0
    return max(rarity.found(thing, sentence)[0] * IN_SENTENCE, words * IN_DUTY, everybody)


def _matches(things: Sequence[Thing], rarity: Rarity, places: Sequence[str]) -> tuple[Match, ...]:
    """Return for each thing the word by which it was found, in the first place that has one."""
    found = []
    for thing in things:
        word = next((w for w in (rarity.found(thing, each)[1] for each in places) if w), "")
        if word:
            found.append(Match(thing.word, word))
    return tuple(found)


def _sentences(text: str) -> list[tuple[int, int]]:
    found = [each.span() for each in _SENTENCE.finditer(text)]
    return found or [(0, len(text))]


def _answers(asking: Asking, sentence: str) -> bool:
    return any(word in sentence for word in _params()["answers"].get(asking, ()))


def marks(text: str, matches: Iterable[Match]) -> list[tuple[int, int]]:
    """Return where the words that were found stand in a text."""
    return spans(text, [each.found for each in matches])


def parts(thing: Thing) -> tuple[Thing, ...]:
    """Return the words inside a long word that no document knows: 测体温 → 体温.

    Of guessed characters, every two neighbours may be one.
    """
    word, made, at = thing.word, list[str](), 0
    inner = tokens.cut_small(word) if len(word) >= SPLIT else []
    if thing.guessed:
        pairs = [word[i : i + 2] for i in range(len(word) - 1)] if len(word) >= SPLIT else []
        return tuple(Thing(each, synonyms(each), guessed=True) for each in pairs)
    while at < len(word):
        here = max((w for w in inner if word.startswith(w, at)), key=len, default=word[at])
        made.append(here)
        at += len(here)
    kept = [each for each in made if len(each) > 1 and each != word and each not in _stop()]
    return tuple(Thing(each, synonyms(each)) for each in dict.fromkeys(kept))
