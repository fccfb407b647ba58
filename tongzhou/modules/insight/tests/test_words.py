"""Questions as query strings, and figures and times as words."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs

import pytest
from django.utils.translation import override

from tongzhou.modules.insight.contracts import Bearers, Question, TreeName
from tongzhou.modules.insight.pages import shapes

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)


def test_a_question_leaves_out_what_is_usual() -> None:
    assert Question(region=440100).query() == "region=440100"
    assert Question().query(measure="owed", sort="") == "region=000000&measure=owed"


def test_a_question_names_everything_that_is_not() -> None:
    question = Question(
        region=440100,
        own=True,
        tree=TreeName.REGISTRATION,
        bearers=Bearers.AUTHORITY,
        registrar=0,
        library=2,
        duty=7,
        organ="PARTY_ORG",
        form="GROUP",
        group="HUB",
        day=date(2026, 3, 17),
        as_of=NOW,
    )
    held = {name: values[0] for name, values in parse_qs(question.query()).items()}
    assert held == {
        "region": "440100",
        "own": "1",
        "tree": "registration",
        "bearers": "authorities",
        "registrar": "000000",
        "library": "2",
        "duty": "7",
        "organ": "PARTY_ORG",
        "form": "GROUP",
        "group": "HUB",
        "day": "2026-03-17",
        "as_of": "2026-03-18T12:00:00",
    }


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, "—"),
        (0, 9, "0%"),
        (1, 1000, "<1%"),
        (999, 1000, ">99%"),
        (1, 2, "50%"),
        (7, 7, "100%"),
    ],
)
def test_a_share_never_rounds_to_all_or_nothing(part: int, whole: int, words: str) -> None:
    assert shapes.share(part, whole) == words


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (datetime(2026, 3, 19, 16, 0, tzinfo=UTC), "3月19日"),
        (datetime(2026, 3, 18, 8, 0, tzinfo=UTC), "3月18日 16:00"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "2025年12月31日"),
        (None, ""),
    ],
)
def test_a_deadline_is_the_last_day_that_counts(due: datetime | None, words: str) -> None:
    with override("zh-hans"):
        assert shapes.due_text(due, NOW) == words
