"""What officers decide about working duties: accept, reject, change, split, merge, add."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.compiler.commands.bench import Bench
from tongzhou.modules.compiler.commands.checking import check_spec
from tongzhou.modules.compiler.contracts import DutyDraft, DutyState, Origin
from tongzhou.modules.compiler.rules import declaring, working
from tongzhou.modules.compiler.rules.mapping import default_groups
from tongzhou.modules.compiler.rules.tree import clause_at

EDIT = "compiler.compilation.edit"
_DECIDED = {
    "accept": DutyState.ACCEPTED,
    "reject": DutyState.REJECTED,
    "reopen": DutyState.PROPOSED,
}


@command(EDIT)
def decide_duty(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    decision: str,
    reason: str = "",
) -> int:
    """Accept, reject or reopen one duty; return the number of the change, 0 if it was so already.

    ``decision``: accept, reject (with a ``reason`` if there is one) or reopen. Raises Refusal
    while a question is open, Conflict when somebody changed the duty after it was seen.
    """
    wanted = _DECIDED.get(decision)
    if wanted is None:
        raise Refusal("没有这种处理方式。", code="decision", field="decision")
    bench = Bench(actor, at, compilation_id)
    if bench.duty(key).state is wanted and not reason:
        return 0
    duty = bench.duty(key, revision)
    if wanted is DutyState.ACCEPTED:
        decided = working.accept(duty)
    elif wanted is DutyState.REJECTED:
        decided = working.reject(duty, reason)
    else:
        decided = working.reopen(duty)
    return bench.save(f"duty.{decision}", duties=[decided])


@command(EDIT)
def accept_sure(*, actor: Actor, at: datetime, compilation_id: int) -> int:
    """Accept every sure proposal without a question in one change; return its number or 0."""
    bench = Bench(actor, at, compilation_id)
    sure = [working.accept(each) for each in bench.duties if working.is_sure(each)]
    return bench.save("duty.accept-sure", duties=sure)


@command(EDIT)
def answer_question(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    code: str,
    answer: Mapping[str, Any] | None = None,
) -> int:
    """Answer a question about a duty; None keeps what the declaration says already.

    ``answer`` replaces parts of the declaration, such as ``{"strength": "MAY"}``.
    """
    bench = Bench(actor, at, compilation_id)
    if not any(each.code == code for each in bench.duty(key).questions):
        return 0
    duty = bench.duty(key, revision)
    answered = (
        working.settle_question(duty, code)
        if answer is None
        else working.answer_question(duty, code, check_spec(answer, bench.row.groups))
    )
    return bench.save("duty.answer", duties=[answered])


@command(EDIT)
def change_duty(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    spec: Mapping[str, Any],
    accept: bool = False,
) -> int:
    """Give a duty another declaration as a whole, and accept it if so wished.

    Its open questions count as answered, because the form shows every field. Raises Refusal for
    a declaration that no library could hold; what is missing may be missing for now. A group that
    is known of other documents is taken up when a duty is given to it.
    """
    bench = Bench(actor, at, compilation_id)
    held = bench.duty(key)
    bearer = spec.get("bearer")
    named = bearer.get("groups") if isinstance(bearer, Mapping) else None
    groups = default_groups(code for code in named or () if isinstance(code, str))
    changed = working.declare(held, check_spec(spec, {**groups, **bench.row.groups}))
    if accept:
        changed = working.accept(changed)
    if changed == held:
        return 0
    bench.check(f"d{key}", held.revision, revision)
    return bench.save("duty.edit", duties=[changed], head=bench.with_groups(groups))


@command(EDIT)
def point_duty(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    start: int,
    end: int,
) -> int:
    """Draw a duty from other words of the source; offsets count the source."""
    bench = Bench(actor, at, compilation_id)
    duty = bench.duty(key, revision)
    first, last = trimmed(bench, start, end)
    pointed = working.point_to(duty, bench.clauses, first, last, bench.read)
    return bench.save("duty.point", duties=[pointed])


@command(EDIT)
def split_duty(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    place: int,
    idempotency_key: str | None = None,
) -> int:
    """Cut a duty in two at an offset of the source; both are proposed again."""
    bench = Bench(actor, at, compilation_id)
    duty = bench.duty(key, revision)
    first, second = working.split(
        duty, bench.clauses, place, bench.new_key(), bench.read, bench.stretches.trim
    )
    return bench.save("duty.split", duties=[first, declaring.retitled(second)])


@command(EDIT)
def share_duty(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    idempotency_key: str | None = None,
) -> int:
    """Make of a duty with several bearers one duty of each; all are proposed again."""
    bench = Bench(actor, at, compilation_id)
    duty = bench.duty(key, revision)
    made, groups = declaring.share(
        duty, clause_at(bench.clauses, duty.start), bench.read, bench.new_key
    )
    return bench.save("duty.share", duties=made, head=bench.with_groups(groups))


@command(EDIT)
def merge_duties(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    other_key: int,
    other_revision: int,
    idempotency_key: str | None = None,
) -> int:
    """Make one duty of two: the words of both, the declaration of the first."""
    bench = Bench(actor, at, compilation_id)
    duty, other = bench.duty(key, revision), bench.duty(other_key, other_revision)
    if key == other_key:
        raise Refusal("请选另一项任务。", code="duty-merge", field="other_key")
    joined = working.merge(duty, other, bench.clauses, bench.read)
    return bench.save("duty.merge", duties=[joined], dropped=[other])


@command(EDIT)
def add_duty(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    start: int,
    end: int,
    idempotency_key: str | None = None,
) -> int:
    """Draw a new duty from selected words; return its key."""
    bench = Bench(actor, at, compilation_id)
    first, last = trimmed(bench, start, end)
    clause = working.check_words(bench.clauses, first, last, bench.read)
    made = DutyDraft(
        key=bench.new_key(),
        start=first,
        end=last,
        state=DutyState.PROPOSED,
        origin=Origin.OFFICER,
        spec={},
        proposal={},
    )
    declared = declaring.declare_duty(made, clause, bench.read, bench.document())
    bench.save("duty.add", duties=[declared.duty])
    return made.key


@command(EDIT)
def reset_duty(*, actor: Actor, at: datetime, compilation_id: int, key: int, revision: int) -> int:
    """Put a duty back to what was proposed: words, declaration, questions, nothing decided."""
    bench = Bench(actor, at, compilation_id)
    duty = bench.duty(key, revision)
    if not duty.proposal:
        raise Refusal(
            "这项任务是手工添加的，没有当初的提议可以恢复。",
            code="duty-proposal",
            way_out="要退回某次改动，请到“改动记录”里撤销。",
        )
    start, end = int(duty.proposal["start"]), int(duty.proposal["end"])
    proposed = replace(duty, start=start, end=end, state=DutyState.PROPOSED)
    declared = declaring.declare_duty(
        proposed, clause_at(bench.clauses, start), bench.read, bench.document()
    )
    return bench.save("duty.reset", duties=[declared.duty], head=bench.with_groups(declared.groups))


def trimmed(bench: Bench, start: int, end: int) -> tuple[int, int]:
    """Return a selected span without white space and layout at its ends."""
    size = len(bench.row.source)
    found = bench.stretches.trim(start, end) if 0 <= start < end <= size else None
    if found is None:
        raise Refusal(
            "请先选中原文里的文字。",
            code="words-empty",
            field="words",
            way_out="在左边的原文里选中文字，或者把原文照抄到框里。",
        )
    return found
