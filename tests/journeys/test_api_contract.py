"""The whole API is held to its document, by requests that somebody else made up.

Schemathesis makes requests that the document allows and requests that it forbids, at the edges of
each field and at random, and looks at the answers with every check it has. The build takes a
share of the edges; ``TONGZHOU_API_EXAMPLES=300`` takes them all, and more at random.
"""

import os
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation

from tests.journeys.conftest import LAUNCH, PERSONAS, Town
from tests.world import AT
from tongzhou.modules.compiler import commands as compiler
from tongzhou.modules.directives.public import Received, list_expressions

EXAMPLES = int(os.environ.get("TONGZHOU_API_EXAMPLES", "0"))
#: Which share of the edges the build looks at; a different share for each operation.
SHARE = 1 if EXAMPLES else 8
DOCUMENT = Path(settings.PROJECT) / "docs" / "api" / "openapi.json"
NOTICE = (
    "广州市民政局关于做好防控的通知\n各社会组织：\n一、各社会组织应当每周清洁消毒。\n"
    "二、各行业协会应当每日报告。\n广州市民政局\n2020年2月1日\n"
)
SCHEMA = schemathesis.openapi.from_path(
    DOCUMENT,
    config=schemathesis.Config.from_dict(
        {
            "checks": {
                # 422 is a rule that says no to what is well formed: no document can hold all rules.
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "401", "403", "404", "409", "422"]
                }
            }
        }
    ),
)
SCHEMA.app = get_wsgi_application()
STEADY = hypothesis_settings(
    max_examples=EXAMPLES or 5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
ANSWERS: Counter[int] = Counter()
_turns: Counter[str] = Counter()
_personas = count()


@pytest.fixture(scope="module")
def callers(shared_town: Town, django_db_blocker: Any) -> list[dict[str, str]]:
    """Return the headers of a program for each role that may be asked for here."""
    names = [*PERSONAS.values(), "district"]
    with django_db_blocker.unblock():
        return [shared_town.headers(name) for name in names]


@pytest.fixture(scope="module")
def real(shared_town: Town, django_db_blocker: Any) -> dict[str, Any]:
    """Return what addresses may name so that somebody finds something there."""
    world, key = shared_town.world, shared_town.report
    with django_db_blocker.unblock():
        made = compiler.create_compilation(
            actor=world.people["officer"],
            at=AT,
            received=Received(NOTICE, "paste"),
        )
        expression = list_expressions()[0].id
    return {
        "organisation_id": key.organisation_id,
        "prov": key.prov,
        "duty_id": key.duty_id,
        "period": key.period.isoformat(),
        "compilation_id": made,
        "key": 1,
        "expression_id": expression,
        "response_id": world.response,
        "day": LAUNCH.isoformat(),
    }


@SCHEMA.parametrize()
@STEADY
def test_every_answer_is_one_that_the_document_promises(
    case: Any, town: Town, callers: list[dict[str, str]], real: dict[str, Any]
) -> None:
    label = f"{case.method} {case.path}"
    _turns[label] += 1
    if case.meta.phase.name.value == "coverage" and (_turns[label] + len(label)) % SHARE:
        return
    location = case.meta.components.get(ParameterLocation.PATH)
    if location is not None and location.mode.is_positive:
        case.path_parameters = {
            name: real.get(name, value) for name, value in case.path_parameters.items()
        }
    with transaction.atomic():
        answer = case.call_and_validate(headers=callers[next(_personas) % len(callers)])
        transaction.set_rollback(True)
    ANSWERS[answer.status_code] += 1


def test_the_requests_reached_what_they_ask_about() -> None:
    """Runs after the others of this file; proves little when they ran elsewhere."""
    if sum(ANSWERS.values()) > 300:
        assert ANSWERS[200] > 30
        assert ANSWERS[400] > 30


def test_an_answer_beyond_the_document_is_found(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = SCHEMA["/api/v1/responses/"]["GET"].Case()
    case.call_and_validate()
    for wrong in ([{"id": "one"}], "words"):
        monkeypatch.setattr(
            "tongzhou.modules.response.api.queries.list_responses", lambda wrong=wrong: wrong
        )
        monkeypatch.setattr("tongzhou.modules.response.api._response", lambda each: each)
        with pytest.raises(FailureGroup):
            case.call_and_validate()
