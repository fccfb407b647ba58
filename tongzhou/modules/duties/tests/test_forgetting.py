"""Drafts go a while after their response has ended everywhere, unless somebody holds them."""

from datetime import date, datetime, timedelta

import pytest

from tests.world import AT, GUANGDONG, TIANHE, World
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.models import AuditLine
from tongzhou.kernel.privacy import purging
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.commands.forgetting import KEEP_DAYS
from tongzhou.modules.duties.models import Draft
from tongzhou.modules.response.public import Phase, set_phase

ENDED = AT + timedelta(days=3)
DUE = ENDED + timedelta(days=KEEP_DAYS)


def _phase(world: World, region: int, phase: Phase, from_at: datetime) -> None:
    set_phase(
        actor=SYSTEM,
        at=from_at,
        response_id=world.response,
        region_id=region,
        phase=phase,
        from_at=from_at,
        decided_by="国务院联防联控机制",
    )


@pytest.fixture
def draft(world: World) -> None:
    """Let the chamber begin to write something."""
    commands.save_draft(
        actor=world.people["secretary"],
        at=AT,
        key=world.key("d8-hygiene", date(2020, 2, 3)),
        data={"hazards": "x"},
    )


def test_drafts_stay_until_the_response_is_over_everywhere(world: World, draft: None) -> None:
    purging.purge_all(AT + timedelta(days=300))
    assert Draft.objects.count() == 1
    _phase(world, TIANHE, Phase.LEVEL_2, AT + timedelta(days=1))
    _phase(world, GUANGDONG, Phase.ENDED, ENDED)
    purging.purge_all(DUE + timedelta(days=300))
    assert Draft.objects.count() == 1  # a district goes on
    _phase(world, TIANHE, Phase.ENDED, ENDED + timedelta(days=5))
    purging.purge_all(DUE + timedelta(days=5, seconds=-1))
    assert Draft.objects.count() == 1
    purging.purge_all(DUE + timedelta(days=5))
    assert Draft.objects.count() == 0
    line = AuditLine.objects.get(stem="kernel.privacy.purge")
    assert line.target == f"purge/duties.drafts/{world.response}"
    assert line.facts == {"count": 1, "keep_days": KEEP_DAYS}
    assert purging.purge_all(DUE + timedelta(days=9)) == 0


def test_a_hold_keeps_the_drafts(world: World, draft: None) -> None:
    _phase(world, GUANGDONG, Phase.ENDED, ENDED)
    hold = purging.hold(
        actor=SYSTEM,
        at=ENDED,
        rule="duties.drafts",
        case=str(world.response),
        reason="案件调查需要，经评估保留",
    )
    assert purging.purge_all(DUE) == 0
    assert Draft.objects.count() == 1
    purging.release(actor=SYSTEM, at=DUE, hold_id=hold)
    assert purging.purge_all(DUE) == 1
    assert Draft.objects.count() == 0
