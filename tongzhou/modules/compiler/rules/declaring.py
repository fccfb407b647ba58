"""Where working duties get their first declaration from, and the questions that it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tongzhou.modules.compiler.contracts import ClauseDraft, DutyDraft
from tongzhou.modules.compiler.rules import working
from tongzhou.modules.compiler.rules.mapping import declare
from tongzhou.modules.compiler.rules.mapping.naming import shorten

#: What is taken for granted of words that an officer picked: a plain demand on everybody.
_PICKED: dict[str, Any] = {"strength": "MUST", "bearers": ["ORGANISATION"]}


@dataclass(frozen=True, slots=True)
class Document:
    """What of a document bears on every declaration: its days."""

    issued_on: date | None = None
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A duty with its declaration, and the groups that it speaks of."""

    duty: DutyDraft
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)


def declare_duty(
    duty: DutyDraft, clause: ClauseDraft | None, read: working.Read, document: Document
) -> Declared:
    """Return a duty with the declaration that follows from its proposal and its words.

    One that an officer added has no proposal: it is taken for a plain demand, to be looked over.
    """
    quote = working.quote_of(read, duty.start, duty.end)
    proposal: Mapping[str, Any] = duty.proposal or _PICKED
    text = clause.text if clause is not None else ""
    found = declare(
        proposal,
        quote,
        clause_text=text,
        issued_on=document.issued_on,
        today=document.today,
    )
    spec = dict(found.spec)
    if clause is not None:
        spec["quote"] = working.quoted(read, clause, duty.start, duty.end)
    if "id" in duty.spec:
        spec["id"] = duty.spec["id"]
    return Declared(replace(duty, spec=spec, questions=found.questions), found.groups)


def retitled(duty: DutyDraft) -> DutyDraft:
    """Return a duty with a title and a guide drawn from its words."""
    quote = str(duty.spec.get("quote", ""))
    return replace(
        duty, spec={**duty.spec, "title": {"zh": shorten(quote)}, "guide": {"zh": quote}}
    )
