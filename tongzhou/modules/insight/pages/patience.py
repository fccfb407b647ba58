"""No page of figures keeps its reader, or the database, waiting without end."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from psycopg.errors import QueryCanceled

from tongzhou.base.errors import Refusal
from tongzhou.kernel.database import rows

#: How long one statement of a page may take, in seconds.
PATIENCE = 15

View = TypeVar("View", bound=Callable[[HttpRequest], HttpResponse])


def patient(view: View) -> View:
    """Refuse (422) what takes a statement longer than :data:`PATIENCE`, and say how to ask less."""

    @wraps(view)
    def run(request: HttpRequest) -> HttpResponse:
        try:
            with transaction.atomic():
                limit = str(int(PATIENCE * 1000) or 1)
                rows("SELECT set_config('statement_timeout', %s, TRUE)", [limit])
                return view(request)
        except OperationalError as fault:
            if not isinstance(fault.__cause__, QueryCanceled):
                raise
            raise Refusal(
                "要看的太多，%(seconds)s 秒里没有读完。",
                params={"seconds": PATIENCE},
                code="too-much",
                way_out="请缩小范围再看：选一个地区、一份文件或一项任务，不回看过去的时刻。",
            ) from fault

    return run  # type: ignore[return-value]  # the same arguments and answer
