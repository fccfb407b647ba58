"""The load generator: what it plans, reads and refuses, and that it finds what is missing."""

import argparse
from datetime import date

import pytest

from tongzhou.base.errors import Refusal
from tongzhou.config import cli
from tongzhou.config.load.browser import Answer, Failure
from tongzhou.config.load.people import invite, require_playground
from tongzhou.config.load.plan import Duty, Plan, PlanError, Told, Visitor, percentile, read_mix
from tongzhou.config.load.reconcile import reconcile
from tongzhou.config.load.running import run
from tongzhou.kernel import clock
from tongzhou.kernel.models import User

PAGE = """
<form action="/other/"><input name="csrfmiddlewaretoken" type="hidden" value="1"></form>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="tok">
<input type="date" name="effective_on" value="2020-02-05"><input type="radio" name="a-x" value="y">
</form><a href="/reports/1/44/2/2020-02-03/">one</a>
"""


def test_a_mix_is_three_shares_of_a_hundred() -> None:
    assert read_mix("80:0:20") == {"report": 80, "review": 0, "read": 20}
    for text in ("80:20", "a:b:c", "50:40:20", "-10:60:50"):
        with pytest.raises(PlanError):
            read_mix(text)


def test_a_plan_counts_and_paces_its_visitors() -> None:
    plan = Plan("http://x", visitors=10, rate=5, mix=read_mix("80:0:20"))
    assert [plan.count(kind) for kind in ("report", "review", "read")] == [8, 0, 2]
    assert plan.pause == 2.0
    assert Plan("http://x", visitors=1, mix=read_mix("98:1:1")).count("read") == 1


def test_what_an_officer_reviews_is_reported_once_and_first() -> None:
    zero, plan, list_ = (Duty(n, date(2020, 2, 5), {}) for n in (1, 2, 3))
    visitor = Visitor("report", "x", "", user_id=1, duties=(zero, list_), once=(plan,))
    assert [visitor.duty(turn).id for turn in range(5)] == [2, 1, 3, 1, 3]


def test_percentiles_go_by_the_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([], 0.5) == 0


def test_a_form_is_found_with_what_the_page_put_into_it() -> None:
    answer = Answer("/board/2/2020-02-05/", 200, "", PAGE)
    assert answer.form("effective_on") == (
        "/board/2/2020-02-05/",
        {"csrfmiddlewaretoken": "tok", "effective_on": "2020-02-05"},
    )
    assert answer.page.links == ["/reports/1/44/2/2020-02-03/"]
    with pytest.raises(Failure, match="no form"):
        answer.form("password")


@pytest.mark.parametrize(
    "words", [["--mix", "1:2:3"], ["--visitors", "0"], ["--seconds", "0"], ["--rate", "-1"]]
)
def test_options_that_make_no_plan_are_bad_input(words: list[str]) -> None:
    options: argparse.Namespace = cli._parser().parse_args(["load", *words])
    with pytest.raises(cli.InputError):
        cli.drive_load(options, "http://127.0.0.1:9")


@pytest.mark.django_db
def test_a_site_in_earnest_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    require_playground(sure=False)
    User.objects.create(username="real", name="真人", date_joined=clock.now())
    with pytest.raises(Refusal, match="演示以外"):
        require_playground(sure=False)
    require_playground(sure=True)
    monkeypatch.setenv("TONGZHOU_ENV", "production")
    with pytest.raises(Refusal, match="正式环境"):
        run(Plan("http://127.0.0.1:9"), sure=True, say=print)


@pytest.mark.django_db
def test_nothing_to_report_is_said_before_anybody_visits() -> None:
    with pytest.raises(Refusal, match="没有可以报送"):
        invite(Plan("http://127.0.0.1:9"), clock.now())


@pytest.mark.django_db
def test_a_report_that_was_acknowledged_and_is_not_there_is_a_fault() -> None:
    duty = Duty(1, date(2020, 2, 5), {})
    visitor = Visitor("report", "x", "", user_id=1, organisation=7, prov=44, duties=(duty,))
    key = ("2020-02-05", 1, 7, 44)
    held = reconcile([Told(acknowledged={key: 2})], [visitor])
    assert (held.acknowledged, held.found) == (2, 0)
    assert [each.partition(":")[0] for each in held.faults] == ["2020-02-05/1/7/44"] * 2
    assert reconcile([Told(unsure={key: 3})], [visitor]).faults == []
