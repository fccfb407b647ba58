"""Take the duties of a wording over into the one that amends it.

A duty lives on where its sentence does, whatever became of the numbering. Where the words around
it changed, a person decides: what was done keeps counting, or the duty begins anew, or it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tongzhou.modules.compiler.contracts import ClauseDraft
from tongzhou.modules.compiler.rules.alignment import Fate, Match, Unit, align, normalise
from tongzhou.modules.compiler.rules.sentences import (
    counterpart,
    likeness,
    sentence_with,
    sentences_of,
)

#: From this share of common letter pairs on a new sentence is shown as the changed old one.
NEAR = 0.3
#: A sentence with fewer letters is not looked for outside the clause that its own became.
TELLING = 7
#: A duty drawn from this share of its sentence is drawn from the whole of it.
_WHOLE = 0.8


class Outcome(StrEnum):
    """What becomes of a duty of the old wording."""

    CONTINUES = "CONTINUES"
    ASK = "ASK"  # its sentence changed: a person decides
    ENDS = "ENDS"  # its sentence is gone: a person confirms


@dataclass(frozen=True, slots=True)
class OldDuty:
    """A duty of the wording that is amended or supplemented.

    ``root`` is the id under which its reports are kept, ``spec`` its declaration in the library.
    """

    root: int
    clause: str
    spec: Mapping[str, Any]

    @property
    def quote(self) -> str:
        """Return the words that it is drawn from."""
        return str(self.spec["quote"])

    @property
    def title(self) -> str:
        """Return its Chinese title."""
        return str(self.spec["title"]["zh"])


@dataclass(frozen=True, slots=True)
class Carried:
    """What was found out about one old duty.

    ``clause`` is the key of the new clause it stands in, None where it stands in none; ``quote``
    the words to draw it from there. ``before`` and ``after`` are the sentences to compare.
    """

    duty: OldDuty
    fate: Fate
    outcome: Outcome
    clause: int | None = None
    quote: str = ""
    before: str = ""
    after: str = ""


def match_clauses(old: Sequence[Unit], new: Sequence[ClauseDraft]) -> list[Match]:
    """Return what became of each clause, headings apart from text counting as text."""
    return align(old, [Unit(each.address, each.text) for each in new])


def carry(
    duties: Sequence[OldDuty],
    old: Sequence[Unit],
    new: Sequence[ClauseDraft],
    matches: Sequence[Match],
) -> list[Carried]:
    """Return what becomes of every duty of the old wording, in their order."""
    at = {each.address: number for number, each in enumerate(old)}
    by_old = {i: match for match in matches for i in match.old}
    everywhere = _Places(new)
    found: list[Carried] = []
    for duty in duties:
        number = at.get(duty.clause)
        match = by_old.get(number) if number is not None else None
        if number is None or match is None:
            found.append(Carried(duty, Fate.REMOVED, Outcome.ENDS))
            continue
        found.append(_carry(duty, old[number].text, match, new, everywhere))
    return found


class _Places:
    """In which clauses the sentences of the new wording stand."""

    def __init__(self, clauses: Sequence[ClauseDraft]) -> None:
        self._places: dict[str, list[int]] = {}
        for number, clause in enumerate(clauses):
            for sentence in sentences_of(clause.text):
                self._places.setdefault(sentence, []).append(number)

    def only(self, sentence: str) -> int | None:
        """Return the one clause with a sentence, None when there is none or more than one."""
        held = self._places.get(sentence, [])
        return held[0] if len(held) == 1 else None


def _carry(
    duty: OldDuty,
    text: str,
    match: Match,
    new: Sequence[ClauseDraft],
    everywhere: _Places,
) -> Carried:
    before = sentence_with(text, duty.quote)
    candidates = [new[number] for number in match.new]
    for clause in candidates:
        if _stands_in(duty, clause) and sentence_with(clause.text, duty.quote) == before:
            return Carried(
                duty, match.fate, Outcome.CONTINUES, clause.key, duty.quote, before, before
            )
    elsewhere = everywhere.only(before) if len(before) >= TELLING else None
    if elsewhere is not None and _stands_in(duty, new[elsewhere]):
        clause = new[elsewhere]
        return Carried(duty, Fate.MOVED, Outcome.CONTINUES, clause.key, duty.quote, before, before)
    nearest: tuple[float, ClauseDraft, str] | None = None
    for clause in candidates:
        for sentence in sentences_of(clause.text):
            share = likeness(before, sentence)
            if nearest is None or share > nearest[0]:
                nearest = share, clause, sentence
    if nearest is None or nearest[0] < NEAR:
        return Carried(duty, match.fate, Outcome.ENDS, before=before)
    _share, clause, after = nearest
    quote = duty.quote
    if not _quoted_once(quote, clause.text):
        quote = _words_of(quote, before, after)
    return Carried(duty, match.fate, Outcome.ASK, clause.key, quote, before, after)


def _words_of(quote: str, before: str, after: str) -> str:
    """Return the words of a changed sentence to draw a duty from: of a part, the part like it."""
    whole = after.rstrip("。;!?")
    if len(normalise(quote)) >= _WHOLE * len(before):
        return whole
    part = counterpart(after, quote)
    return part if likeness(part, quote) >= NEAR else whole


def _stands_in(duty: OldDuty, clause: ClauseDraft) -> bool:
    """Tell whether all words that a duty quotes stand in a clause, the main ones just once."""
    text = normalise(clause.text)
    others = (duty.spec.get("phase_words") or "", duty.spec.get("cites") or "")
    return _quoted_once(duty.quote, clause.text) and all(
        normalise(words) in text for words in others
    )


def _quoted_once(quote: str, text: str) -> bool:
    return normalise(text).count(normalise(quote)) == 1


def is_decided(number: int, matches: Sequence[Match]) -> bool:
    """Tell whether a new clause says what the old wording said, so that it was decided then."""
    return any(
        match.fate in (Fate.UNCHANGED, Fate.MOVED) and number in match.new for match in matches
    )
