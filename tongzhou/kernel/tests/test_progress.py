"""What somebody who waits for a job is told."""

import pytest

from tongzhou.kernel import clock
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.jobs import Reporter, run_reporting, start_progress
from tongzhou.kernel.models import Progress


@pytest.mark.django_db
def test_the_total_told_when_a_job_was_ordered_stands_while_it_runs() -> None:
    ordered = start_progress(actor=SYSTEM, at=clock.now(), kind="x", label="导出", total=900)
    seen = []

    def work(reporter: Reporter) -> None:
        reporter.advance(300)
        seen.append(Progress.objects.values_list("done", "total").get(pk=ordered.pk))
        reporter.finish()

    run_reporting(ordered.pk, work)
    assert seen == [(300, 900)]
