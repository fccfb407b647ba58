"""A compilation brought to where it can be submitted, for the tests of promulgation."""

from copy import deepcopy
from typing import Any

from tests.world import AT
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import DutyState
from tongzhou.modules.compiler.queries.frozen import last_seq
from tongzhou.modules.compiler.tests.drafts import SPEC


def spec(title: str, **changes: Any) -> dict[str, Any]:
    """Return a whole declaration."""
    return {**deepcopy(SPEC), "title": {"zh": title}, **changes}


def guidance(title: str, **changes: Any) -> dict[str, Any]:
    """Return a whole declaration of a duty that wants no evidence."""
    timed = ("recurrence", "deadline", "deadline_basis", "minutes")
    held = {name: value for name, value in spec(title).items() if name not in timed}
    return {**held, "evidence": {"kind": "NONE"}, **changes}


def decide(actor: Actor, compilation_id: int, declared: dict[str, dict[str, Any]]) -> None:
    """Accept the duties whose quote holds one of the words given, reject all others."""
    for duty in queries.list_working_duties(compilation_id):
        words = next((each for each in declared if each in duty.spec["quote"]), None)
        if words is not None:
            commands.change_duty(
                actor=actor,
                at=AT,
                compilation_id=compilation_id,
                key=duty.key,
                revision=duty.revision,
                spec=declared[words],
                accept=True,
            )
        elif duty.state is not DutyState.REJECTED:
            commands.decide_duty(
                actor=actor,
                at=AT,
                compilation_id=compilation_id,
                key=duty.key,
                revision=duty.revision,
                decision="reject",
            )


def submit(actor: Actor, compilation_id: int) -> int:
    """Submit a compilation as it stands."""
    return commands.submit_compilation(
        actor=actor, at=AT, compilation_id=compilation_id, seen=last_seq(compilation_id)
    )


def sign(actor: Actor, compilation_id: int, seen: int | None = None) -> int:
    """Sign a compilation as it stands."""
    return commands.sign_compilation(
        actor=actor,
        at=AT,
        compilation_id=compilation_id,
        seen=last_seq(compilation_id) if seen is None else seen,
    )
