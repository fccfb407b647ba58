"""Commands by which two people of an authority bring somebody into an organisation (ADR 27).

One asks and gets a word, another one hands the link over; the link works with the word alone.
"""

from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from tongzhou.base.errors import Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import inviting, links, places, rules
from tongzhou.kernel.identity.inviting import Sent
from tongzhou.kernel.models import Invitation, InvitationBatch


def ask_invitation(
    *,
    actor: Actor,
    at: datetime,
    place: str,
    role: str,
    name: str,
    phone: str = "",
    email: str = "",
    to_on: date | None = None,
    batch_id: UUID | None = None,
) -> tuple[int, str]:
    """Ask that a colleague hands somebody of an organisation a link; return id and word.

    The word is told to the person by whoever asked. Raises what ``inviting.invite`` raises.
    """
    word = links.fresh_word()
    made = _ask_invitation(
        actor=actor,
        at=at,
        place=place,
        role=role,
        name=name,
        phone=phone,
        email=email,
        to_on=to_on,
        word=links.word_digest(word),
        batch_id=batch_id,
    )
    return made, word


@command("kernel.invitation.ask")
def _ask_invitation(
    *,
    actor: Actor,
    at: datetime,
    place: str,
    role: str,
    name: str,
    phone: str,
    email: str,
    to_on: date | None,
    word: str,
    batch_id: UUID | None,
) -> int:
    made = inviting.draft(
        actor=actor,
        at=at,
        place=place,
        role=role,
        name=name,
        phone=phone,
        email=email,
        to_on=to_on,
    )
    if not takes_two(actor, made):
        raise Refusal("这个单位的邀请由一个人发出，不用第二个人。", code="one-is-enough")
    # A link that nobody holds: the one that is handed over takes its place.
    made.digest = links.fresh()[1]
    made.word = word
    made.asking_authority_id = actor.authority_id
    made.expires_at = at + rules.INVITATION_REQUEST_LASTS
    made.batch_id = batch_id
    made.save(force_insert=True)
    audit.note(
        target=f"invitation/{made.pk}",
        role=made.role,
        place=place,
        **({"batch": str(batch_id)} if batch_id else {}),
    )
    return made.pk


def hand_over(*, actor: Actor, at: datetime, invitation_id: int) -> Sent:
    """Return the link of an invitation that somebody else asked for; former links stop working.

    Raises Missing; Conflict for one that is closed or lapsed; Refusal for one's own.
    """
    secret, digest = links.fresh()
    made = _hand_over(actor=actor, at=at, invitation_id=invitation_id, digest=digest)
    return Sent(made, secret)


@command("kernel.invitation.hand")
def _hand_over(*, actor: Actor, at: datetime, invitation_id: int, digest: str) -> int:
    held = inviting.own_invitation(actor, invitation_id)
    if not takes_two(actor, held) or not held.word:
        raise Refusal(
            "这个邀请不是由本机关两个人办的，不能这样交付。",
            code="not-by-two",
            way_out="请作废后重新提出邀请。",
        )
    if held.made_by_id in {actor.user_id, actor.on_behalf_of}:
        raise Refusal(
            "这个邀请是您提出的，链接由另一位同事交付。",
            code="second-person",
            way_out="请本机关另一位同事打开“人员和岗位”，交付链接。",
        )
    if held.handed_by_id is None and held.expires_at <= at:
        raise Refusal(
            "这个邀请提出后七天内没有人交付链接，已经作废。",
            code="request-lapsed",
            way_out="请作废后重新提出，本人会得到新的口令。",
        )
    held.digest = digest
    held.expires_at = at + rules.INVITATION_LASTS
    held.mailed = False
    held.handed_by_id, held.handed_at = actor.user_id, at
    held.save(update_fields=["digest", "expires_at", "mailed", "handed_by", "handed_at"])
    audit.note(target=f"invitation/{held.pk}", asked_by=held.made_by_id)
    return held.pk


def takes_two(actor: Actor, held: Invitation) -> bool:
    """Tell whether an invitation to this place takes the actor and somebody else."""
    where = places.place_of(actor, held)
    own = where.address == places.own_place(actor).address
    return rules.takes_two(actor.role, where.kind, own=own)


def list_waiting(actor: Actor, at: datetime) -> QuerySet[Invitation]:
    """Return the single invitations at the actor's authority that wait for a second person."""
    if actor.role not in rules.OVER_ORGANISATIONS or actor.authority_id is None:
        return Invitation.objects.none()
    return (
        Invitation.objects.select_related("made_by")
        .filter(
            asking_authority_id=actor.authority_id,
            batch__isnull=True,
            handed_by__isnull=True,
            used_at__isnull=True,
            revoked_at__isnull=True,
            expires_at__gt=at,
        )
        .order_by("made_at")
    )


def list_waiting_batches(actor: Actor, at: datetime) -> QuerySet[InvitationBatch]:
    """Return the tables at the actor's authority that wait for a second person."""
    if actor.role not in rules.OVER_ORGANISATIONS or actor.authority_id is None:
        return InvitationBatch.objects.none()
    return InvitationBatch.objects.filter(
        authority_id=actor.authority_id,
        state=InvitationBatch.State.ASKED,
        asked_at__gt=at - rules.INVITATION_REQUEST_LASTS,
    ).order_by("asked_at")
