"""Documents on their way: what officers and leaders find when they look for the compiler."""

from dataclasses import replace
from datetime import datetime, timedelta

from tongzhou.kernel.access import Actor, Role, permissions_of
from tongzhou.kernel.accounts import actor_for
from tongzhou.kernel.models import Assignment
from tongzhou.modules.compiler import seed
from tongzhou.modules.directives.public import find_expression

GUIDELINE = "cn/gd-gz/2022/1207@2022-12-07"


def compile_samples(now: datetime) -> None:
    """Leave a draft, a submission that waits for the city's leader, and a supplement in force."""
    city, district = _actor("shiji"), _actor("quji")
    guideline = find_expression(GUIDELINE)
    if guideline is None:
        raise RuntimeError("the guideline is not loaded")
    seed.seed_draft(actor=city, at=now - timedelta(hours=5))
    seed.seed_supplement(
        actor=district,
        signer=_leader_of(district),
        at=now - timedelta(hours=3),
        base_id=guideline.id,
    )
    seed.seed_submission(actor=city, at=now - timedelta(hours=1))


def _actor(username: str) -> Actor:
    return actor_for(Assignment.objects.select_related("user").get(user__username=username))


def _leader_of(actor: Actor) -> Actor:
    """Return a second person of the same authority, who has no account in the demonstration."""
    return replace(
        actor,
        user_id=None,
        assignment_id=None,
        role=Role.LEADER,
        label=f"区领导 · {actor.label.partition(' · ')[2]}",
        permissions=permissions_of(Role.LEADER),
    )
