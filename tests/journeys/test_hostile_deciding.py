"""Two decide at once, or one decides while the other acts: one act, and no half of another."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.journeys.conftest import Town
from tests.journeys.test_transfers import hunan
from tests.sharing import at_once
from tests.world import AT
from tongzhou.base.errors import Refusal
from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.identity import changing, handing, inviting, linking
from tongzhou.kernel.models import Assignment, AuditLine, Erasure, Invitation, User
from tongzhou.kernel.privacy import erasing
from tongzhou.modules.duties.queries.recount import list_count_faults
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.models import (
    BulkChange,
    Organisation,
    OrganisationAttribute,
    Transfer,
)


def test_what_is_decided_is_decided_once(real_town: Town) -> None:
    """One town for all races: building it is what costs time."""
    _a_bulk_change(real_town)
    _an_invitation_of_two_hands(real_town)
    _an_erasure(real_town)
    _a_transfer(real_town)


def _tried(act: Any) -> Any:
    """Return an act that answers with its refusal."""

    def run() -> Any:
        try:
            return act()
        except Refusal as refusal:
            return refusal

    return run


def _done(answers: list[Any]) -> list[Any]:
    assert not [
        each for each in answers if isinstance(each, Exception) and not isinstance(each, Refusal)
    ], answers
    return [each for each in answers if not isinstance(each, Refusal)]


def _a_bulk_change(town: Town) -> None:
    """Apply one change three times at once: a job that hung, and its owner, who pressed again."""
    people = town.world.people
    organisation, prov = town.world.bearers["chamber"]
    code = Organisation.objects.get(id=organisation, prov=prov).code
    attribute = "VOLUNTEER"
    change = registry.start_bulk_change(
        actor=people["officer"],
        at=AT,
        action="ADD",
        attribute=attribute,
        day=AT.date(),
        basis="认定文件",
        codes=[code],
    )
    registry.prepare_bulk_change(actor=people["officer"], at=AT, change_id=UUID(change))

    def apply() -> int:
        done: int = registry.apply_bulk_change(
            actor=people["officer"], at=AT, change_id=UUID(change)
        )
        return done

    answers = at_once(*[_tried(apply)] * 3)
    assert _done(answers) == [1], answers
    assert BulkChange.objects.get(pk=change).state == BulkChange.State.APPLIED
    given = OrganisationAttribute.objects.filter(organisation_id=organisation, attribute=attribute)
    assert given.count() == 1
    assert list_count_faults() == []


def _an_invitation_of_two_hands(town: Town) -> None:
    """Two hand the same link over while a third revokes it: one link at most works."""
    people = town.world.people
    organisation, prov = town.world.bearers["chamber"]
    made, word = handing.ask_invitation(
        actor=people["officer"],
        at=AT,
        place=f"o{organisation}-{prov}",
        role=Role.SECRETARIAT,
        name="新秘书",
    )

    def hand(name: str) -> inviting.Sent:
        return handing.hand_over(actor=people[name], at=AT, invitation_id=made)

    acts: list[Any] = [lambda: hand("colleague"), lambda: hand("leader"), lambda: hand("officer")]
    answers = at_once(*(_tried(each) for each in acts))
    assert isinstance(answers[2], Refusal)
    taken = []
    for sent in _done(answers):
        with suppress(Refusal):
            taken.append(
                inviting.accept_as_new(
                    actor=SYSTEM, at=AT, secret=sent.secret, password="quite-a-phrase-1", word=word
                )
            )
    assert len(taken) == 1
    assert Invitation.objects.get(pk=made).handed_by_id != people["officer"].user_id


def _left(town: Town, number: int) -> tuple[User, int]:
    """Return somebody who left, and the request of one operator to anonymise them."""
    user = accounts.create_user(
        actor=SYSTEM, at=AT, username=f"gone-{number}", name="已走的人", password="quite-a-phrase-1"
    )
    erasure = erasing.ask_erasure(
        actor=_operator(town, 1), at=AT, username=f"gone-{number}", reason="本人申请删除"
    )
    return User.objects.get(pk=user), erasure


def _operator(town: Town, number: int) -> Actor:
    """Return an operator of the site; there are two."""
    name = f"operator-{number}"
    held = Assignment.objects.filter(user__username=name).select_related("user").first()
    if held is None:
        user = accounts.create_user(
            actor=SYSTEM, at=AT, username=name, name=name, password="quite-a-phrase-1"
        )
        made = accounts.grant_assignment(
            actor=SYSTEM, at=AT, user_id=user, role=Role.OPERATOR, label="运维"
        )
        held = Assignment.objects.select_related("user").get(pk=made)
    return accounts.actor_for(held)


def _an_erasure(town: Town) -> None:
    """Confirm it while the person takes up a post, and changes how they are reached."""
    confirmer = _operator(town, 2)
    for number in range(4):
        user, erasure = _left(town, number)
        sent = inviting.invite(
            actor=town.world.people["chair"],
            at=AT,
            place="",
            role=Role.FINANCE,
            name=f"已走的人{number}",
        )
        acts: list[Any] = [
            lambda e=erasure: erasing.decide_erasure(
                actor=confirmer, at=AT, erasure_id=e, granted=True
            ),
            lambda u=user, s=sent.secret: inviting.accept_as_self(
                actor=linking.person(u), at=AT, secret=s, user_id=u.pk
            ),
            lambda u=user, n=number: changing.change_contacts(
                actor=linking.person(u),
                at=AT,
                user_id=u.pk,
                phone=f"1390000000{n}",
                email="",
                proved=False,
            ),
        ]
        answers = at_once(*(_tried(each) for each in acts))
        _done(answers)
        user.refresh_from_db()
        serves = Assignment.objects.filter(user=user).exists()
        assert serves is not (not user.is_active), "either gone, or at work"
        if not user.is_active:
            assert (user.phone, user.email, user.name) == ("", "", "已离任人员")
            assert isinstance(answers[1], Refusal)
            lines = AuditLine.objects.filter(stem="kernel.privacy.confirm")
            assert lines.filter(target=f"user/{user.pk}").count() == 1
        else:
            assert isinstance(answers[0], Refusal)
            assert Erasure.objects.get(pk=erasure).decided_at is None


def _a_transfer(town: Town) -> None:
    """Accept it twice, decline and withdraw it, all at once."""
    taker = hunan(town.world)
    people = town.world.people
    organisation, prov = town.world.bearers["chamber"]
    code = Organisation.objects.get(id=organisation, prov=prov).code
    at = AT + timedelta(hours=1)
    asked = UUID(
        registry.request_transfer(
            actor=taker, at=at, code=code, located_in="430102", reason="湘民〔2020〕1号"
        )
    )
    acts: list[Any] = [
        lambda: registry.accept_transfer(actor=people["officer"], at=at, transfer_id=asked),
        lambda: registry.accept_transfer(actor=people["colleague"], at=at, transfer_id=asked),
        lambda: registry.decline_transfer(
            actor=people["colleague"], at=at, transfer_id=asked, answer="材料不全"
        ),
        lambda: registry.withdraw_transfer(actor=taker, at=at, transfer_id=asked) or "withdrawn",
    ]
    answers = at_once(*(_tried(each) for each in acts))
    refused = [each for each in answers if isinstance(each, Refusal)]
    assert len(refused) == 3, answers
    transfer = Transfer.objects.get(pk=asked)
    living = Organisation.objects.filter(id=organisation).exclude(status="MOVED")
    moved = transfer.state == Transfer.State.ACCEPTED
    assert [each.prov for each in living] == [43 if moved else prov]
    assert list_count_faults() == []
