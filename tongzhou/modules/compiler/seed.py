"""Documents on their way, for a demonstration: one being edited, one to be signed, one in force.

Written for the purpose; the numbers of these documents say so (演). They go the way that every
document goes, through the commands, so that what is shown is what happens.
"""

from datetime import datetime
from pathlib import Path

from tongzhou.base.period import local_day
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.commands.amending import REFINE
from tongzhou.modules.compiler.contracts import DutyState, Kind, Relation
from tongzhou.modules.compiler.queries.frozen import last_seq
from tongzhou.modules.directives.public import Received

_DATA = Path(__file__).parent / "data"


def seed_draft(*, actor: Actor, at: datetime) -> int:
    """Load a notice and accept what is sure; the rest waits for an officer. Return its id."""
    made = _load(actor, at, "draft")
    commands.accept_sure(actor=actor, at=at, compilation_id=made)
    return made


def seed_submission(*, actor: Actor, at: datetime) -> int:
    """Load a notice, accept all of it and submit it; return its id."""
    made = _load(actor, at, "waiting")
    _accept_all(actor, at, made)
    _submit(actor, at, made)
    return made


def seed_supplement(*, actor: Actor, signer: Actor, at: datetime, base_id: int) -> int:
    """Load a supplement to the expression ``base_id`` and put it in force; return its id."""
    made = _load(actor, at, "supplement", base_id)
    _accept_all(actor, at, made)
    _submit(actor, at, made)
    commands.sign_compilation(
        actor=signer, at=at, compilation_id=made, seen=last_seq(made), idempotency_key=None
    )
    return made


def _load(actor: Actor, at: datetime, name: str, base_id: int | None = None) -> int:
    day = local_day(at)
    text = (_DATA / f"{name}.txt").read_text(encoding="utf-8")
    return commands.create_compilation(
        actor=actor,
        at=at,
        received=Received(text.format(year=day.year, month=day.month, day=day.day), "paste"),
        source_note="演示",
        kind=Kind.NEW if base_id is None else Kind.SUPPLEMENT,
        base_id=base_id,
    )


def _accept_all(actor: Actor, at: datetime, made: int) -> None:
    """Answer what is asked with what was proposed, and accept every duty."""
    for duty in queries.list_working_duties(made):
        for question in duty.questions:
            revision = _revision(made, duty.key)
            if question.code == REFINE:
                commands.relate_duty(
                    actor=actor,
                    at=at,
                    compilation_id=made,
                    key=duty.key,
                    revision=revision,
                    relation=Relation.REFINES,
                )
            else:
                commands.answer_question(
                    actor=actor,
                    at=at,
                    compilation_id=made,
                    key=duty.key,
                    revision=revision,
                    code=question.code,
                )
        if duty.state is DutyState.PROPOSED:
            commands.decide_duty(
                actor=actor,
                at=at,
                compilation_id=made,
                key=duty.key,
                revision=_revision(made, duty.key),
                decision="accept",
            )


def _revision(made: int, key: int) -> int:
    return next(each.revision for each in queries.list_working_duties(made) if each.key == key)


def _submit(actor: Actor, at: datetime, made: int) -> None:
    commands.submit_compilation(
        actor=actor, at=at, compilation_id=made, seen=last_seq(made), idempotency_key=None
    )
