"""Commands by which people come: invite, send anew, revoke, accept.

No password is ever given out. The invited person opens a link that works once, and chooses one; or
signs in with the account they have, and the assignment is added to it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, clock
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import contacts, links, places, rules
from tongzhou.kernel.identity.staffing import independent, looks_after, refuse_mixing, today_of
from tongzhou.kernel.models import Assignment, Invitation, User


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation and the secret of its link, which is nowhere kept."""

    id: int
    secret: str


def invite(
    *,
    actor: Actor,
    at: datetime,
    place: str,
    role: str,
    name: str,
    phone: str = "",
    email: str = "",
    to_on: date | None = None,
) -> Sent:
    """Invite somebody to an assignment; the link lasts 14 days. ``place``: see Place.address.

    Raises Missing for a place that is not the actor's to look after, Refusal for a role that the
    actor can't give there, bad contacts, or an end in the past.
    """
    secret, digest = links.fresh()
    made = _invite(
        actor=actor,
        at=at,
        place=place,
        role=role,
        name=name,
        phone=phone,
        email=email,
        to_on=to_on,
        digest=digest,
    )
    return Sent(made, secret)


@command("kernel.person.invite")
def _invite(
    *,
    actor: Actor,
    at: datetime,
    place: str,
    role: str,
    name: str,
    phone: str,
    email: str,
    to_on: date | None,
    digest: str,
) -> int:
    made = draft(
        actor=actor,
        at=at,
        place=place,
        role=role,
        name=name,
        phone=phone,
        email=email,
        to_on=to_on,
    )
    refuse_alone(actor, made)
    made.digest = digest
    made.save(force_insert=True)
    audit.note(target=f"invitation/{made.pk}", role=made.role, place=place)
    return made.pk


def draft(
    *,
    actor: Actor,
    at: datetime,
    place: str,
    role: str,
    name: str,
    phone: str,
    email: str,
    to_on: date | None,
) -> Invitation:
    """Return an invitation that is not kept yet, without a link. Raises what ``invite`` raises."""
    where = places.place_at(actor, place)
    if role not in places.roles_given(actor, where):
        own = where.address == places.own_place(actor).address
        named = Role(role) if role in Role.__members__ else Role.PUBLIC
        if basis := rules.basis_of_independence(actor.role, named, own=own):
            raise independent(basis)
        raise Refusal(
            "您不能在这个单位安排这个岗位。",
            field="role",
            code="role-not-yours",
            way_out="本单位的人由领导或综合岗安排；监事会和党组织由登记管理机关安排。",
        )
    called = name.strip()
    if not 1 < len(called) <= 60 or not called.isprintable():
        raise Refusal("请写全被邀请人的姓名。", field="name", code="bad-name")
    if to_on is not None and to_on < at.astimezone(clock.PLACE).date():
        raise Refusal("到期日不能早于今天。", field="to_on", code="past-end")
    if is_invited(where, role, called, at):
        raise Conflict(
            "已经邀请过这个人担任这个岗位，邀请还没有被接受。",
            code="invited-before",
            way_out="需要新链接的，请在“等待接受”里重新生成。",
        )
    return Invitation(
        name=called,
        phone=contacts.tidy_phone(phone),
        email=contacts.tidy_email(email),
        role=role,
        label=where.label[:160],
        authority_id=where.authority_id,
        organisation_id=where.organisation_id,
        prov=where.prov,
        low=where.low,
        high=where.high,
        to_on=to_on,
        made_by_id=actor.user_id,
        made_at=at,
        expires_at=at + rules.INVITATION_LASTS,
    )


def refuse_alone(actor: Actor, held: Invitation) -> None:
    """Refuse one person alone what takes two people of the actor's authority."""
    where = places.place_of(actor, held)
    own = where.address == places.own_place(actor).address
    if rules.takes_two(actor.role, where.kind, own=own):
        raise Refusal(
            "审核这个组织报送的机关邀请它的人，要两个人：一个人提出，另一个人交付链接。",
            code="two-people",
            way_out="请先由一个人提出邀请并取得口令；交付链接的是另一位同事。",
        )


def is_invited(where: places.Place, role: str, name: str, at: datetime) -> bool:
    """Tell whether an open invitation says the same: usually a double click."""
    return Invitation.objects.filter(
        where.people(),
        role=role,
        name=name,
        used_at__isnull=True,
        revoked_at__isnull=True,
        expires_at__gt=at,
    ).exists()


def reissue(*, actor: Actor, at: datetime, invitation_id: int) -> Sent:
    """Give an open or expired invitation a new link; the former one stops working."""
    secret, digest = links.fresh()
    return Sent(_reissue(actor=actor, at=at, invitation_id=invitation_id, digest=digest), secret)


@command("kernel.invitation.reissue")
def _reissue(*, actor: Actor, at: datetime, invitation_id: int, digest: str) -> int:
    held = own_invitation(actor, invitation_id)
    refuse_alone(actor, held)
    held.digest = digest
    held.expires_at = at + rules.INVITATION_LASTS
    held.mailed = False
    if held.word:
        held.handed_by_id, held.handed_at = actor.user_id, at
    held.save(update_fields=["digest", "expires_at", "mailed", "handed_by", "handed_at"])
    audit.note(target=f"invitation/{held.pk}")
    return held.pk


@command("kernel.invitation.revoke")
def revoke_invitation(*, actor: Actor, at: datetime, invitation_id: int) -> None:
    """Make the link of an invitation useless."""
    held = own_invitation(actor, invitation_id)
    held.revoked_at = at
    held.save(update_fields=["revoked_at"])
    audit.note(target=f"invitation/{held.pk}")


@command("kernel.invitation.mail")
def note_mailed(*, actor: Actor, at: datetime, invitation_id: int) -> None:
    """Note that the link went out by e-mail: whoever opens it reads that mailbox."""
    held = own_invitation(actor, invitation_id)
    held.mailed = True
    held.save(update_fields=["mailed"])
    audit.note(target=f"invitation/{held.pk}")


def own_invitation(actor: Actor, invitation_id: int) -> Invitation:
    """Return an open invitation that the actor looks after, locked. Raises Missing, Conflict."""
    held = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if held is None:
        raise Missing("没有这个邀请。")
    if not looks_after(actor, held):
        raise Missing("没有这个邀请。")
    if held.used_at is not None or held.revoked_at is not None:
        raise Conflict("这个邀请已经被接受或者作废了。", code="invitation-closed")
    return held


def accept_as_new(*, actor: Actor, at: datetime, secret: str, password: str, word: str = "") -> int:
    """Make an account with the password its owner chose, and the assignment; return the user id.

    Contacts that another account signs in with are left out. The address the link was mailed to
    counts as verified. Raises LinkDead; Refusal for a weak password, or for a wrong word, of which
    few are allowed.
    """
    count_word(secret, word, at)
    return _accept_as_new(actor=actor, at=at, secret=secret, password=password, word=word)


@command("kernel.invitation.accept")
def _accept_as_new(*, actor: Actor, at: datetime, secret: str, password: str, word: str) -> int:
    held = _with_word(secret, word, at)
    phone, email = contacts.free_contacts(held.phone, held.email)
    user = User(
        username=contacts.free_username(held.name),
        name=held.name,
        phone=phone,
        email=email,
        date_joined=at,
    )
    check_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict("请再提交一次。", code="try-again") from None
    if email and held.mailed:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    _take_up(held, user, at)
    return user.pk


def accept_as_self(*, actor: Actor, at: datetime, secret: str, user_id: int, word: str = "") -> int:
    """Add the invited assignment to an account that exists; return the assignment's id.

    Raises LinkDead; Refusal for a wrong word, or an invitation that the person made or handed
    over themselves.
    """
    count_word(secret, word, at)
    return _accept_as_self(actor=actor, at=at, secret=secret, user_id=user_id, word=word)


@command("kernel.invitation.take")
def _accept_as_self(*, actor: Actor, at: datetime, secret: str, user_id: int, word: str) -> int:
    held = _with_word(secret, word, at)
    if actor.user_id != user_id and not actor.is_system:
        raise Missing("没有这个账号。")
    user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Missing("没有这个账号。")
    if user.pk in {held.made_by_id, held.handed_by_id}:
        raise Refusal(
            "自己发的邀请不能自己接受。",
            code="own-invitation",
            way_out="请由本单位另一位负责人发出邀请。",
        )
    refuse_mixing(user.pk, held, today_of(at))
    _verify(user, held)
    return _take_up(held, user, at)


def count_word(secret: str, word: str, at: datetime) -> None:
    """Note a wrong word, also when nothing else is kept of this try. Raises LinkDead, Refusal."""
    with transaction.atomic():
        held = links.live_invitation(secret, at, lock=True)
        if links.is_word(held, word):
            return
        held.tries += 1
        if held.tries >= rules.MOST_WRONG_WORDS:
            held.revoked_at = at
        held.save(update_fields=["tries", "revoked_at"])
    raise links.wrong_word(rules.MOST_WRONG_WORDS - held.tries)


def _with_word(secret: str, word: str, at: datetime) -> Invitation:
    """Return the invitation behind a link, locked, and looked at again with its word."""
    held = links.live_invitation(secret, at, lock=True)
    if not links.is_word(held, word):
        raise links.dead()
    return held


def _verify(user: User, held: Invitation) -> None:
    """Give an account the address that a mailed link has proved, where nobody has it yet."""
    if not held.mailed or not held.email or user.email:
        return
    taken = EmailAddress.objects.annotate(mail=Lower("email")).filter(mail=held.email)
    if contacts.free_contacts("", held.email)[1] and not taken.exists():
        user.email = held.email
        user.save(update_fields=["email"])
        EmailAddress.objects.create(user=user, email=held.email, verified=True, primary=True)


def _take_up(held: Invitation, user: User, at: datetime) -> int:
    today = at.astimezone(clock.PLACE).date()
    if held.to_on is not None and held.to_on < today:
        raise links.dead()
    made = Assignment.objects.create(
        user=user,
        role=held.role,
        label=held.label,
        authority_id=held.authority_id,
        organisation_id=held.organisation_id,
        prov=held.prov,
        low=held.low,
        high=held.high,
        from_on=today,
        to_on=held.to_on,
    )
    held.used_at = at
    held.assignment = made
    held.save(update_fields=["used_at", "assignment"])
    audit.note(target=f"invitation/{held.pk}", user=user.pk, assignment=made.pk, role=held.role)
    return made.pk


def check_password(password: str, user: User) -> None:
    """Raise Refusal with what is wrong about a new password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        said: Any = "".join(str(each) for each in error.messages)
        raise Refusal(
            "%(faults)s", params={"faults": said}, field="password1", code="weak-password"
        ) from None
