"""Jobs whose worker died come back into the queue; those of a living worker are left alone."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app

from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.jobs import rescue_stalled

_WORKER = """
INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id
"""
_JOB = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts, worker_id)
VALUES ('default', %s, '{}', 'doing', 1, %s)
"""


@pytest.mark.django_db(transaction=True)
def test_rescue_puts_back_what_a_dead_worker_held() -> None:
    dead = rows(_WORKER, ["10 minutes"])[0][0]
    alive = rows(_WORKER, ["1 second"])[0][0]
    for name, worker in (("of the dead", dead), ("of nobody", None), ("of the living", alive)):
        execute(_JOB, [name, worker])
    context = cast(Any, SimpleNamespace(app=app))
    async_to_sync(rescue_stalled.func)(context, 0)
    found = dict(rows("SELECT task_name, status::text FROM procrastinate_jobs"))
    assert found == {"of the dead": "todo", "of nobody": "todo", "of the living": "doing"}
