"""Two signers at once, on connections of their own."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from tests.world import AT, build_world
from tongzhou.base.errors import Conflict
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.compiler.tests.promulgation import decide, sign, spec, submit
from tongzhou.modules.directives.public import Received, find_expression
from tongzhou.modules.duties import public as duties

WATCH = {"安排人员值班": spec("安排人员值班")}


@pytest.mark.django_db(transaction=True)
def test_two_signers_at_once() -> None:
    """One signs, the other is told; there is one text, one library, one enforcement."""
    world = build_world()
    officer, leader = world.people["officer"], world.people["leader"]
    made = commands.create_compilation(actor=officer, at=AT, received=Received(NOTICE, "paste"))
    decide(officer, made, WATCH)
    seen = submit(officer, made)
    other = world.people["colleague"]
    start = Barrier(2)
    results: list[object] = [None, None]

    def run(place: int, actor: Actor) -> None:
        start.wait()
        try:
            results[place] = sign(actor, made, seen)
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(n, each)) for n, each in enumerate((leader, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(isinstance(each, int) for each in results) == 1, results
    assert sum(isinstance(each, Conflict) for each in results) == 1, results
    row = queries.get_compilation(officer, made)
    assert find_expression(row.head.urn) is not None
    forces = [each for each in duties.list_enforcements(AT) if each.expression == row.head.urn]
    assert len(forces) == 1
