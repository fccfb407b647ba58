"""From submission to signature: who may, what is refused, and what comes into being."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import AT, GUANGZHOU, World
from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import State
from tongzhou.modules.compiler.models import Change
from tongzhou.modules.compiler.queries.frozen import find_submission, last_seq
from tongzhou.modules.compiler.tests.promulgation import decide, sign, spec, submit
from tongzhou.modules.directives.public import (
    find_expression,
    get_expression,
    list_clauses,
)
from tongzhou.modules.duties import public as duties

pytestmark = pytest.mark.django_db

WATCH = {"安排人员值班": spec("安排人员值班")}


@pytest.fixture
def ready(notice: int, officer: Actor) -> int:
    """Return a compilation with one accepted duty and nothing left to decide."""
    decide(officer, notice, WATCH)
    return notice


@pytest.fixture
def leader(world: World) -> Actor:
    """Return a leader of the city."""
    return world.people["leader"]


def test_signature_makes_text_duties_and_enforcement(
    world: World, ready: int, officer: Actor, leader: Actor
) -> None:
    """What was a draft becomes a directive, a library and an enforcement, told in one audit."""
    submit(officer, ready)
    expression = get_expression(sign(leader, ready))
    row = queries.get_compilation(leader, ready)
    assert row.state is State.SIGNED
    assert (row.expression_id, row.signer) == (expression.id, "leader")
    assert expression.urn == row.head.urn
    assert [each.address for each in list_clauses(expression.id)] == [
        each.address for each in queries.list_working_clauses(ready)
    ]
    assert row.library_id is not None
    (duty,) = duties.duties_of(row.library_id)
    assert duty.spec.title.zh == "安排人员值班"
    (force,) = [each for each in duties.list_enforcements(AT) if each.library_id == row.library_id]
    assert (force.response_id, force.decided_by) == (world.response, row.authority)
    line = AuditLine.objects.filter(stem="compiler.compilation.sign").latest("pk")
    assert line.facts["expression"] == expression.id
    assert line.clause == expression.urn


def test_nothing_is_addressed_before(ready: int, officer: Actor) -> None:
    """Neither a draft nor a submission is seen by anybody who would have to act."""
    urn = queries.get_compilation(officer, ready).head.urn
    before = len(duties.list_enforcements(AT))
    submit(officer, ready)
    assert find_expression(urn) is None
    assert len(duties.list_enforcements(AT)) == before


def test_submitted_is_frozen(ready: int, officer: Actor) -> None:
    """Nobody edits what somebody is about to sign."""
    submit(officer, ready)
    duty = queries.list_working_duties(ready)[0]
    with pytest.raises(Refusal) as refused:
        commands.decide_duty(
            actor=officer,
            at=AT,
            compilation_id=ready,
            key=duty.key,
            revision=duty.revision,
            decision="reopen",
        )
    assert refused.value.code == "compilation-state"


def test_submission_with_faults_names_them(notice: int, officer: Actor) -> None:
    """Undecided duties keep a compilation from being submitted."""
    with pytest.raises(Refusal) as refused:
        submit(officer, notice)
    assert refused.value.code == "compilation-faults"
    assert any("没有决定" in each for each in refused.value.faults.values())
    assert queries.get_compilation(officer, notice).state is State.EDITING


def test_submission_of_what_was_not_seen(ready: int, officer: Actor, colleague: Actor) -> None:
    """A change after the preview was read is a conflict that names who made it."""
    seen = last_seq(ready)
    duty = next(d for d in queries.list_working_duties(ready) if d.state == "REJECTED")
    commands.decide_duty(
        actor=colleague,
        at=AT,
        compilation_id=ready,
        key=duty.key,
        revision=duty.revision,
        decision="reopen",
    )
    with pytest.raises(Conflict, match="colleague"):
        commands.submit_compilation(actor=officer, at=AT, compilation_id=ready, seen=seen)


def test_submission_twice(ready: int, officer: Actor) -> None:
    """What is submitted already is not submitted again; the same click twice is one act."""
    seen = last_seq(ready)
    first = commands.submit_compilation(
        actor=officer, at=AT, compilation_id=ready, seen=seen, idempotency_key="k"
    )
    again = commands.submit_compilation(
        actor=officer, at=AT, compilation_id=ready, seen=seen, idempotency_key="k"
    )
    assert first == again
    with pytest.raises(Conflict):
        submit(officer, ready)


def test_recall_and_send_back(ready: int, officer: Actor, leader: Actor) -> None:
    """A submission comes back either way, with the reason where there is one."""
    submit(officer, ready)
    commands.recall_compilation(actor=officer, at=AT, compilation_id=ready)
    assert queries.get_compilation(officer, ready).state is State.EDITING
    with pytest.raises(Conflict):
        commands.recall_compilation(actor=officer, at=AT, compilation_id=ready)
    submit(officer, ready)
    for reason in ("  ", "长" * 501):
        with pytest.raises(Refusal):
            commands.send_back_compilation(actor=leader, at=AT, compilation_id=ready, reason=reason)
    commands.send_back_compilation(
        actor=leader, at=AT, compilation_id=ready, reason="值班时间请写明。"
    )
    row = queries.get_compilation(officer, ready)
    assert (row.state, row.return_reason) == (State.EDITING, "值班时间请写明。")
    submit(officer, ready)
    assert queries.get_compilation(officer, ready).return_reason == ""


def test_submitter_and_last_editor_do_not_sign(
    ready: int, officer: Actor, colleague: Actor, leader: Actor
) -> None:
    """The second person is another person: not who submitted, not who last edited."""
    submit(colleague, ready)
    for somebody in (colleague, officer):
        with pytest.raises(Refusal) as refused:
            sign(somebody, ready)
        assert refused.value.code == "same-person"
        assert "条例" in refused.value.clause
    other_hat = replace(leader, user_id=officer.user_id)
    with pytest.raises(Refusal):
        sign(other_hat, ready)
    assert sign(leader, ready)


def test_signing_needs_permission_and_sight(world: World, ready: int, officer: Actor) -> None:
    """Clerks may not sign; another authority does not even see it."""
    submit(officer, ready)
    with pytest.raises(Forbidden):
        sign(world.people["clerk"], ready)
    for name in ("district", "province"):
        with pytest.raises(Missing):
            sign(world.people[name], ready)


def test_signing_what_was_not_read(ready: int, officer: Actor, leader: Actor) -> None:
    """Recalled and submitted again, it is another text than the one that was read."""
    first = submit(officer, ready)
    commands.recall_compilation(actor=officer, at=AT, compilation_id=ready)
    with pytest.raises(Conflict):
        sign(leader, ready, first)
    second = submit(officer, ready)
    with pytest.raises(Conflict, match="重新送审"):
        sign(leader, ready, first)
    assert sign(leader, ready, second)


def test_signing_twice(world: World, ready: int, officer: Actor, leader: Actor) -> None:
    """The second of two signers is told who was first; the same click twice is one act."""
    seen = submit(officer, ready)
    first = commands.sign_compilation(
        actor=leader, at=AT, compilation_id=ready, seen=seen, idempotency_key="k"
    )
    assert first == commands.sign_compilation(
        actor=leader, at=AT, compilation_id=ready, seen=seen, idempotency_key="k"
    )
    with pytest.raises(Conflict, match="leader"):
        sign(replace(leader, user_id=leader.user_id), ready, seen)


def test_address_that_was_taken_meanwhile(ready: int, officer: Actor, leader: Actor) -> None:
    """What became impossible since the submission refuses the signature."""
    twin = commands.copy_compilation(actor=officer, at=AT, compilation_id=ready)
    submit(officer, ready)
    submit(officer, twin)
    sign(leader, ready)
    with pytest.raises(Refusal) as refused:
        sign(leader, twin)
    assert refused.value.code == "compilation-faults"
    assert queries.get_compilation(officer, twin).state is State.SUBMITTED


def test_failure_leaves_everything_as_before(
    ready: int, officer: Actor, leader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last step fails, neither text nor duties were made."""
    submit(officer, ready)

    def fail(**_: object) -> int:
        raise Conflict("示例", code="x")

    monkeypatch.setattr("tongzhou.modules.compiler.commands.signing.enforce_library", fail)
    changes = Change.objects.count()
    with pytest.raises(Conflict):
        sign(leader, ready)
    row = queries.get_compilation(officer, ready)
    assert row.state is State.SUBMITTED
    assert find_expression(row.head.urn) is None
    assert Change.objects.count() == changes


def test_scope_beyond_the_authority(world: World, ready: int, officer: Actor) -> None:
    """A scope that the authority does not govern is a fault, however it came about."""
    from tongzhou.modules.compiler.models import Compilation

    Compilation.objects.filter(pk=ready).update(scope_region=440_000)
    with pytest.raises(Refusal) as refused:
        submit(officer, ready)
    assert any("管辖" in each for each in refused.value.faults.values())


def test_without_response_it_is_kept_but_not_in_force(
    ready: int, officer: Actor, leader: Actor
) -> None:
    """Text and duties are kept; nobody owes anything before a response is chosen."""
    row = queries.get_compilation(officer, ready)
    commands.change_scope(
        actor=officer,
        at=AT,
        compilation_id=ready,
        revision=row.revision,
        region=GUANGZHOU,
        by="REGISTRATION",
        response_id=None,
        effective_on=None,
        expires_on=None,
    )
    submit(officer, ready)
    sign(leader, ready)
    row = queries.get_compilation(officer, ready)
    assert row.library_id is not None
    assert row.library_id not in {each.library_id for each in duties.list_enforcements(AT)}


def test_text_without_duties(notice: int, officer: Actor, leader: Actor) -> None:
    """A text that asks nothing of anybody is kept as a text."""
    decide(officer, notice, {})
    submit(officer, notice)
    assert find_expression(get_expression(sign(leader, notice)).urn) is not None
    assert queries.get_compilation(officer, notice).library_id is None


def test_days_of_the_text_count(ready: int, officer: Actor, leader: Actor) -> None:
    """It binds from the day it names and ends with the last day it names."""
    row = queries.get_compilation(officer, ready)
    first = AT.date() + timedelta(days=3)
    commands.change_scope(
        actor=officer,
        at=AT,
        compilation_id=ready,
        revision=row.revision,
        region=GUANGZHOU,
        by="REGISTRATION",
        response_id=row.response_id,
        effective_on=first,
        expires_on=first + timedelta(days=10),
    )
    submit(officer, ready)
    sign(leader, ready)
    library = queries.get_compilation(officer, ready).library_id

    def in_force(days: int) -> bool:
        moment = AT + timedelta(days=days)
        return library in {each.library_id for each in duties.list_enforcements(moment)}

    assert [in_force(days) for days in (0, 2, 3, 13, 14)] == [False, False, True, True, False]


def test_submission_keeps_what_was_seen(ready: int, officer: Actor) -> None:
    """The figures of the preview stay with the submission."""
    seq = submit(officer, ready)
    held = find_submission(ready)
    assert held is not None
    assert (held.seq, held.by) == (seq, "officer")
    assert held.figures["organisations"] == 3
    assert held.figures["duties"] == 1


def test_expired_text_is_a_fault(ready: int, officer: Actor) -> None:
    """A text whose last day has passed binds nobody, and is not submitted."""
    row = queries.get_compilation(officer, ready)
    commands.change_scope(
        actor=officer,
        at=AT,
        compilation_id=ready,
        revision=row.revision,
        region=GUANGZHOU,
        by="REGISTRATION",
        response_id=row.response_id,
        effective_on=None,
        expires_on=AT.date() - timedelta(days=1),
    )
    with pytest.raises(Refusal) as refused:
        submit(officer, ready)
    assert any("截止" in each for each in refused.value.faults.values())
