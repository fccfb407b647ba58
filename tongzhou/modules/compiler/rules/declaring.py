"""Where working duties get their first declaration from, and the questions that it leaves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tongzhou.base.errors import Refusal
from tongzhou.modules.compiler.contracts import ClauseDraft, DutyDraft, Question
from tongzhou.modules.compiler.rules import working
from tongzhou.modules.compiler.rules.mapping import apart, declare
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


def share(
    duty: DutyDraft, clause: ClauseDraft | None, read: working.Read, keys: Callable[[], int]
) -> tuple[list[DutyDraft], dict[str, dict[str, Any]]]:
    """Return a duty of several bearers as one duty of each, and the groups they speak of.

    All say what the duty says now; the first keeps its key, each has to be decided anew.
    """
    shares = apart(duty.proposal.get("bearers") or ())
    if len(shares) < 2:
        raise Refusal(
            "原文没有写几个承担者，不能按承担者分开。",
            code="duty-share",
            way_out="请用“拆成两项”，或者照抄原文新增一项任务。",
        )
    made: list[DutyDraft] = []
    groups: dict[str, dict[str, Any]] = {}
    for codes in shares:
        only = replace(duty, proposal={**duty.proposal, "bearers": codes})
        found = declare_duty(only, clause, read, Document())
        spec = {**duty.spec, "bearer": found.duty.spec.get("bearer", {})}
        kept = working.reopen(replace(duty, spec=spec, questions=_but_bearers(duty.questions)))
        groups |= found.groups
        if made:
            kept = working.another(kept, keys())
        made.append(kept)
    return made, groups


def _but_bearers(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    return tuple(each for each in questions if each.code != "bearers-several")


def retitled(duty: DutyDraft) -> DutyDraft:
    """Return a duty with a title and a guide drawn from its words."""
    quote = str(duty.spec.get("quote", ""))
    return replace(
        duty, spec={**duty.spec, "title": {"zh": shorten(quote)}, "guide": {"zh": quote}}
    )
