"""Put a first declaration together from a proposal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongzhou.base.strength import Strength
from tongzhou.modules.compiler.contracts import Question
from tongzhou.modules.compiler.rules.mapping.bearing import bear, default_groups
from tongzhou.modules.compiler.rules.mapping.naming import title_of
from tongzhou.modules.compiler.rules.mapping.phasing import phase_words, phases_of
from tongzhou.modules.compiler.rules.mapping.proving import prove
from tongzhou.modules.compiler.rules.mapping.quoting import widen
from tongzhou.modules.compiler.rules.mapping.source import Proposal, fold, holds, words
from tongzhou.modules.compiler.rules.mapping.timing import Timing, time_of

_BINDING = (Strength.MUST, Strength.MUST_NOT)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration as far as the words give it, and what a person has to decide.

    ``spec`` has the keys of a duty in a library, without ``id`` and ``clause``; ``bearer`` is
    missing where nobody in the register owes it. ``groups`` are the groups it uses, for the
    library's head. ``places`` are names of regions to pick from, ``reading`` says how the words of
    a phase were read.
    """

    spec: dict[str, Any]
    questions: tuple[Question, ...] = ()
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    reading: str = ""


def declare(
    proposal: Mapping[str, Any],
    quote: str,
    *,
    clause_text: str = "",
    issued_on: date | None = None,
    today: date | None = None,
) -> Declaration:
    """Return the declaration that follows from a proposal for the words ``quote``.

    ``proposal`` is a ProposedDuty as plain data: strength, bearers, recurrence, deadline, phase,
    cites, attributes, evidence and reasons. ``clause_text`` makes the quote longer where it stands
    in its clause more than once. ``issued_on`` dates days without a year, ``today`` finds those
    that have passed.
    """
    read = Proposal.of(proposal, quote)
    if not read.quote:
        return Declaration({})
    asked: list[Question] = []
    spec: dict[str, Any] = {
        "quote": _quoted(read.quote, clause_text),
        "title": {"zh": title_of(read)},
        "guide": {"zh": read.quote},
    }
    if read.strength in set(Strength):
        spec["strength"] = read.strength
    bearer, more = bear(read)
    asked += more
    if bearer is not None:
        spec["bearer"] = bearer
    spec["phases"], reading = phases_of(read)
    evidence, minutes, more = prove(read)
    asked += more
    spec["evidence"] = evidence
    if evidence["kind"] != "NONE":
        timing = time_of(read, issued_on=issued_on, today=today)
        asked += _put_times(spec, timing)
        spec["minutes"] = minutes
    if (said := phase_words(read)) and said in spec["quote"]:
        spec["phase_words"] = said
    if read.cites and read.cites in spec["quote"]:
        spec["cites"] = read.cites
    places, more = _places(read)
    asked += more
    return Declaration(
        spec=spec,
        questions=tuple(asked),
        groups=default_groups((bearer or {}).get("groups", ()), read.reason("bearers")),
        places=places,
        reading=reading,
    )


def _put_times(spec: dict[str, Any], timing: Timing) -> list[Question]:
    """Add recurrence and deadline; only what binds can be late."""
    if timing.recurrence != "ONCE":
        spec["recurrence"] = timing.recurrence
        spec["deadline_basis"] = timing.basis
    if timing.deadline is not None and spec.get("strength") in _BINDING:
        spec["deadline"] = timing.deadline
        spec["deadline_basis"] = timing.basis
    return list(timing.questions)


def _quoted(quote: str, clause: str) -> str:
    return widen(quote, "".join(clause.split()))


def _places(read: Proposal) -> tuple[tuple[str, ...], list[Question]]:
    """Return names of regions to which a duty may be limited, and ask whether it is.

    Where somebody goes to or comes from (不进入湖北省) does not limit where the duty holds.
    """
    limiting = [
        said
        for said in read.words_for("region")
        if not fold(read.quote).partition(fold(said))[0].endswith(words("motion"))
    ]
    if not limiting:
        return (), []
    named = tuple(name for name in words("places") if holds("".join(limiting), (name,)))
    said = "、".join(limiting)
    return named, [
        Question(
            "place",
            "place",
            "原文提到“%(words)s”：这项任务只在那里适用吗？",
            said,
            {"words": said},
        )
    ]
