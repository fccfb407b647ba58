"""Two people at once, on connections of their own: nothing of either is lost."""

import pytest

from tests.sharing import together
from tests.world import AT, World, build_world
from tongzhou.base.errors import Conflict, Refusal
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import DutyState
from tongzhou.modules.compiler.models import Change, Compilation, WorkingDuty
from tongzhou.modules.compiler.rules.tree import faults
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.directives.public import Received

pytestmark = pytest.mark.django_db(transaction=True)


def test_at_once(transactional_db: None) -> None:
    world: World = build_world()
    officer, colleague = world.people["officer"], world.people["colleague"]

    def load() -> object:
        return commands.create_compilation(
            actor=officer, at=AT, received=Received(NOTICE, "paste"), idempotency_key="once"
        )

    # A double click makes one compilation.
    first, second = together(load, load)
    assert first == second
    assert Compilation.objects.count() == 1
    number = Compilation.objects.get().pk
    WorkingDuty.objects.update(questions=[])
    duties = queries.list_working_duties(number)

    def decide(who: str, place: int, decision: str) -> object:
        return commands.decide_duty(
            actor=world.people[who], at=AT, compilation_id=number, key=duties[place].key,
            revision=1, decision=decision,
        )  # fmt: skip

    # The same duty: one decides, the other is told; different duties: both.
    results = together(
        lambda: decide("officer", 0, "accept"), lambda: decide("colleague", 0, "reject")
    )
    assert sorted(isinstance(each, Conflict) for each in results) == [False, True], results
    results = together(
        lambda: decide("officer", 1, "accept"), lambda: decide("colleague", 2, "reject")
    )
    assert not any(isinstance(each, Refusal) for each in results), results
    states = [each.state for each in queries.list_working_duties(number)[1:3]]
    assert states == [DutyState.ACCEPTED, DutyState.REJECTED]

    # Two borders of one clause: one is moved, the other refused; the tree stays whole.
    (clause,) = [e for e in queries.list_working_clauses(number) if e.address == "2"]

    def split(words: str) -> object:
        return commands.split_clause(
            actor=colleague, at=AT, compilation_id=number, key=clause.key, revision=1,
            place=NOTICE.index(words),
        )  # fmt: skip

    results = together(lambda: split("鼓励志愿"), lambda: split("在两小时内"))
    assert sorted(isinstance(each, Conflict) for each in results) == [False, True], results
    assert faults(queries.list_working_clauses(number), len(NOTICE)) == []

    # Undone by both at once: once.
    last = Change.objects.order_by("seq").last()
    assert last is not None

    def undo(who: str) -> object:
        return commands.undo_change(
            actor=world.people[who], at=AT, compilation_id=number, seq=last.seq
        )

    results = together(lambda: undo("officer"), lambda: undo("colleague"))
    assert sorted(isinstance(each, Conflict) for each in results) == [False, True], results
    seqs = list(Change.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
