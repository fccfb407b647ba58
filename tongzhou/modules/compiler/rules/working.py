"""What an officer can do to working duties; pure, one or two duties in and out.

A duty is a stretch of the source and a declaration. The declaration's ``quote`` is always the
words of the stretch without white space, as a duty library quotes them; where they stand in their
clause more than once, with the words beside them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tongzhou.base.errors import Refusal
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    DutyDraft,
    DutyState,
    Origin,
    Question,
    Relation,
)
from tongzhou.modules.compiler.rules.labels import without_label
from tongzhou.modules.compiler.rules.mapping import widen
from tongzhou.modules.compiler.rules.tree import clause_at

Read = Callable[[int, int], str]
#: From this confidence on a proposal without questions may be accepted with others in one act.
SURE = 0.9
LIKELY = 0.75
#: Characters of the reason why a duty was rejected.
LONGEST_REASON = 300


def quote_of(read: Read, start: int, end: int) -> str:
    """Return the words of a span as a duty library quotes them."""
    return "".join(read(start, end).split())


def quoted(read: Read, clause: ClauseDraft, start: int, end: int) -> str:
    """Return the quote of a span in its clause, with its neighbours where it stands there twice.

    A library wants a quote that occurs just once in its clause.
    """
    text = "".join(clause.text.split())
    ahead = "".join(without_label(read(clause.start, start), clause.label).split())
    return widen(quote_of(read, start, end), text, len(ahead))


def confidence_of(duty: DutyDraft) -> float | None:
    """Return how sure the proposal is, from 0 to 1; None for one that an officer added."""
    value = duty.proposal.get("confidence")
    return float(value) if isinstance(value, int | float) else None


def is_sure(duty: DutyDraft) -> bool:
    """Tell whether a proposal can be accepted together with others, unseen."""
    confidence = confidence_of(duty)
    return (
        duty.state is DutyState.PROPOSED
        and not duty.questions
        and confidence is not None
        and confidence >= SURE
    )


def accept(duty: DutyDraft) -> DutyDraft:
    """Accept a duty; Refusal while a question is open."""
    if duty.questions:
        raise Refusal(
            "还有 %(count)d 个问题没有回答，不能采纳。",
            params={"count": len(duty.questions)},
            code="duty-questions",
            way_out="请先回答卡片上的问题，或者打开“修改”逐项确定。",
        )
    return replace(duty, state=DutyState.ACCEPTED, spec=_without(duty.spec, "rejected"))


def reject(duty: DutyDraft, reason: str) -> DutyDraft:
    """Reject a duty, with a reason for those who come later."""
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON:
        raise Refusal(
            "理由最多 %(limit)d 个字。",
            params={"limit": LONGEST_REASON},
            code="duty-reason",
            field="reason",
        )
    spec = {**_without(duty.spec, "rejected"), **({"rejected": reason} if reason else {})}
    return replace(duty, state=DutyState.REJECTED, spec=spec)


def reopen(duty: DutyDraft) -> DutyDraft:
    """Take a decision back."""
    return replace(duty, state=DutyState.PROPOSED, spec=_without(duty.spec, "rejected"))


def settle_question(duty: DutyDraft, code: str) -> DutyDraft:
    """Answer a question with what the declaration says already."""
    left = tuple(each for each in duty.questions if each.code != code)
    if len(left) == len(duty.questions):
        raise Refusal("这个问题已经回答过了。", code="question-gone")
    return replace(duty, questions=left)


def answer_question(duty: DutyDraft, code: str, answer: Mapping[str, Any]) -> DutyDraft:
    """Answer a question with a part of the declaration, such as another strength."""
    return settle_question(replace(duty, spec={**duty.spec, **answer}), code)


def declare(duty: DutyDraft, spec: Mapping[str, Any]) -> DutyDraft:
    """Give a duty a new declaration as a whole: an officer saw every field, no question is left.

    The quote stays, it follows from the stretch of the source.
    """
    names = ("id", "quote", "rejected")
    kept: dict[str, Any] = {key: duty.spec[key] for key in names if key in duty.spec}
    return replace(duty, spec={**spec, **kept}, questions=())


def point_to(
    duty: DutyDraft, clauses: Sequence[ClauseDraft], start: int, end: int, read: Read
) -> DutyDraft:
    """Make other words of the source the ones that a duty is drawn from."""
    clause = check_words(clauses, start, end, read)
    spec = {**duty.spec, "quote": quoted(read, clause, start, end)}
    return replace(duty, start=start, end=end, spec=spec)


def check_words(clauses: Sequence[ClauseDraft], start: int, end: int, read: Read) -> ClauseDraft:
    """Return the clause that holds selected words; Refusal for none, or more than one."""
    if end <= start or not read(start, end).strip():
        raise Refusal("请先选中原文里的文字。", code="duty-words", field="words")
    first, last = clause_at(clauses, start), clause_at(clauses, end - 1)
    if first is None:
        raise Refusal(
            "选中的文字不在任何一条里。",
            code="duty-nowhere",
            field="words",
            way_out="请先在“条款”一步把它设为一条。",
        )
    if last is None or last.key != first.key:
        raise Refusal(
            "选中的文字跨了几条。",
            code="duty-across",
            field="words",
            way_out="一项任务的原文应在同一条里；请分几项任务，或者先合并条款。",
        )
    return first


def split(
    duty: DutyDraft,
    clauses: Sequence[ClauseDraft],
    at: int,
    new_key: int,
    read: Read,
    trim: Callable[[int, int], tuple[int, int] | None],
) -> tuple[DutyDraft, DutyDraft]:
    """Cut a duty in two at a place of its words; both have to be looked at again."""
    first = trim(duty.start, at) if duty.start < at < duty.end else None
    second = trim(at, duty.end) if first else None
    if first is None or second is None:
        raise Refusal(
            "不能在这里拆分：两边都要有文字。",
            code="duty-split",
            field="at",
            way_out="请在任务的原文中间选一处。",
        )
    left = point_to(reopen(duty), clauses, *first, read)
    right = point_to(
        another(duty, new_key),
        clauses,
        *second,
        read,
    )
    return left, right


def another(duty: DutyDraft, key: int) -> DutyDraft:
    """Return a duty of the same words that an officer adds beside it, nothing decided."""
    return replace(
        duty,
        key=key,
        state=DutyState.PROPOSED,
        origin=Origin.OFFICER,
        proposal={},
        relation=Relation.NEW,
        root=None,
        spec=_without(duty.spec, "id", "rejected"),
        revision=1,
    )


def merge(
    duty: DutyDraft, other: DutyDraft, clauses: Sequence[ClauseDraft], read: Read
) -> DutyDraft:
    """Make one duty of two neighbours: the words of both, the declaration of the first."""
    joined = point_to(duty, clauses, min(duty.start, other.start), max(duty.end, other.end), read)
    if duty.state is DutyState.ACCEPTED and other.state is DutyState.ACCEPTED:
        return joined
    return reopen(joined)


def copy_question(held: Question) -> dict[str, Any]:
    """Return a question as JSON holds it."""
    return {
        "code": held.code,
        "field": held.field,
        "text": held.text,
        "words": held.words,
        "params": dict(held.params),
    }


def _without(spec: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in names}
