"""Commands for somebody who is shut out: a new password, a lost second factor."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import links, places, rules
from tongzhou.kernel.identity.inviting import check_password
from tongzhou.kernel.identity.sessions import end_sessions
from tongzhou.kernel.identity.staffing import looked_after, open_on, today_of
from tongzhou.kernel.models import (
    Assignment,
    Deputy,
    FactorReset,
    PasswordLink,
    PasswordRequest,
    User,
)


def takes_two(actor: Actor, held: Assignment) -> bool:
    """Tell whether a link for the holder of an assignment takes the actor and somebody else."""
    where = places.place_of(actor, held)
    own = where.address == places.own_place(actor).address
    return rules.takes_two(actor.role, where.kind, own=own)


def ask_password_link(*, actor: Actor, at: datetime, assignment_id: int, reason: str) -> str:
    """Ask that a colleague hands a link to somebody of an organisation; return the word for it.

    The word is told to the person by whoever asked: the link does not work without it.
    """
    word = links.fresh_word()
    _ask_password_link(
        actor=actor,
        at=at,
        assignment_id=assignment_id,
        reason=reason,
        digest=links.word_digest(word),
    )
    return word


@command("kernel.password.ask")
def _ask_password_link(
    *, actor: Actor, at: datetime, assignment_id: int, reason: str, digest: str
) -> int:
    held = _opened(actor, at, assignment_id)
    if not takes_two(actor, held) or actor.user_id is None:
        raise Missing("没有这个岗位。")
    if not reason.strip():
        raise Refusal(
            "请写明怎样确认了是本人，例如持身份证到窗口。", field="reason", code="no-reason"
        )
    _open_requests(held.user_id).filter(asked_at__lte=at - rules.PASSWORD_REQUEST_LASTS).update(
        decided_at=at
    )
    try:
        with transaction.atomic():
            made = PasswordRequest.objects.create(
                user_id=held.user_id,
                assignment=held,
                authority_id=actor.authority_id,
                reason=reason.strip()[:200],
                word=digest,
                asked_by_id=actor.user_id,
                asked_at=at,
            )
    except IntegrityError:
        raise Conflict(
            "已有一项申请在等第二个人交付链接。",
            code="request-open",
            way_out="口令丢了的，请先撤回，再重新提出。",
        ) from None
    audit.note(target=f"user/{held.user_id}", assignment=held.pk, request=made.pk)
    return made.pk


@command("kernel.password.decline")
def decline_password_link(*, actor: Actor, at: datetime, request_id: int) -> None:
    """Let a request for a link end without one: taken back by who asked, or declined."""
    found = PasswordRequest.objects.select_for_update().filter(
        pk=request_id, decided_at__isnull=True
    )
    held = found.first()
    if held is None:
        raise Missing("没有这项申请，或已经办完。")
    looked_after(actor, held.assignment_id)
    held.decided_by_id, held.decided_at = actor.user_id, at
    held.save(update_fields=["decided_by", "decided_at"])
    audit.note(target=f"user/{held.user_id}", request=held.pk)


def make_password_link(*, actor: Actor, at: datetime, assignment_id: int) -> str:
    """Return the secret of a link by which the holder of an assignment sets a new password.

    Works once, for 24 hours; earlier links of that person stop working. The password they have
    keeps working until then. For somebody of an organisation that the actor's authority looks
    after it answers the request of somebody else there, and works with their word alone.
    """
    secret, digest = links.fresh()
    _make_password_link(actor=actor, at=at, assignment_id=assignment_id, digest=digest)
    return secret


@command("kernel.password.link")
def _make_password_link(*, actor: Actor, at: datetime, assignment_id: int, digest: str) -> int:
    held = _opened(actor, at, assignment_id)
    asked = _request_for(actor, held, at) if takes_two(actor, held) else None
    PasswordLink.objects.filter(
        user_id=held.user_id, used_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=at)
    made = PasswordLink.objects.create(
        digest=digest,
        user_id=held.user_id,
        made_by_id=actor.user_id,
        made_at=at,
        expires_at=at + rules.PASSWORD_LINK_LASTS,
        word=asked.word if asked else "",
    )
    audit.note(target=f"user/{held.user_id}", assignment=held.pk)
    if asked is not None:
        asked.decided_by_id, asked.decided_at, asked.link = actor.user_id, at, made
        asked.save(update_fields=["decided_by", "decided_at", "link"])
        audit.note(request=asked.pk, asked_by=asked.asked_by_id)
    return made.pk


def _opened(actor: Actor, at: datetime, assignment_id: int) -> Assignment:
    """Return an assignment whose holder the actor may help back in; refuses everything else."""
    held = looked_after(actor, assignment_id)
    if held.user_id == actor.user_id:
        raise Refusal(
            "自己的密码请在“修改密码”里改。", code="own-password", way_out="右上角菜单：修改密码。"
        )
    refuse_inside(actor, held)
    refuse_elsewhere(actor, held, at)
    return held


def _open_requests(user_id: int) -> QuerySet[PasswordRequest]:
    return PasswordRequest.objects.filter(user_id=user_id, decided_at__isnull=True)


def _request_for(actor: Actor, held: Assignment, at: datetime) -> PasswordRequest:
    """Return the request that the actor may answer; Refusal without one, or for one's own."""
    found = (
        _open_requests(held.user_id)
        .select_for_update()
        .filter(
            assignment=held,
            authority_id=actor.authority_id,
            asked_at__gt=at - rules.PASSWORD_REQUEST_LASTS,
        )
        .first()
    )
    if found is None:
        raise Refusal(
            "审核这个组织报送的机关为它重设密码，要两个人：一个人提出，另一个人交付链接。",
            code="two-people",
            way_out="请先由一个人核对身份后提出；交付链接的是另一位同事。",
        )
    if found.asked_by_id in {actor.user_id, actor.on_behalf_of}:
        raise Refusal(
            "这项申请是您提出的，链接由另一位同事交付。",
            code="second-person",
            way_out="请本机关另一位同事打开这个人的页面，生成链接。",
        )
    return found


def refuse_inside(actor: Actor, held: Assignment) -> None:
    """Refuse to open an account that checks the actor's own place: its holder answers elsewhere."""
    if rules.is_recovered_elsewhere(actor.role, Role(held.role)):
        raise Refusal(
            "审计人员独立于本单位，他们的密码和两步验证不由本单位重置。",
            code="independent-auditor",
            clause="《审计署关于内部审计工作的规定》",  # data
            way_out="请本人用登记的邮箱找回，或由系统运维人员办理。",
        )


def refuse_elsewhere(actor: Actor, held: Assignment, at: datetime) -> None:
    """Refuse to open an account that also acts in assignments the actor doesn't look after.

    Whoever can set a way into an account could use everything that account may do: for a term,
    from a later day, and as the deputy of somebody else.
    """
    today = today_of(at)
    stands_in = Deputy.objects.filter(user_id=held.user_id, ended_at__isnull=True, to_on__gte=today)
    others = Assignment.objects.filter(
        open_on(today), Q(user_id=held.user_id) | Q(pk__in=stands_in.values("assignment_id"))
    ).exclude(pk=held.pk)
    for each in others:
        try:
            looked_after(actor, each.pk)
        except Missing:
            raise Refusal(
                "这个人还在别的单位任职，不能由一个单位重置。",
                code="acts-elsewhere",
                way_out="请本人用登记的邮箱找回，或由系统运维人员办理。",
            ) from None


def set_password_by_link(
    *, actor: Actor, at: datetime, secret: str, password: str, word: str = ""
) -> int:
    """Set the password of the person a link was made for; return their id. Ends all sessions.

    Raises LinkDead; Refusal for a weak password, or for a wrong word, of which few are allowed.
    """
    _count_word(secret, word, at)
    return _set_password_by_link(actor=actor, at=at, secret=secret, password=password, word=word)


def _count_word(secret: str, word: str, at: datetime) -> None:
    """Note a wrong word, also when nothing else is kept of this attempt."""
    with transaction.atomic():
        held = links.live_password_link(secret, at, lock=True)
        if links.is_word(held, word):
            return
        held.tries += 1
        if held.tries >= rules.MOST_WRONG_WORDS:
            held.revoked_at = at
        held.save(update_fields=["tries", "revoked_at"])
    raise links.wrong_word(rules.MOST_WRONG_WORDS - held.tries)


@command("kernel.password.set")
def _set_password_by_link(
    *, actor: Actor, at: datetime, secret: str, password: str, word: str
) -> int:
    held = links.live_password_link(secret, at, lock=True)
    if not links.is_word(held, word):
        raise links.wrong_word(rules.MOST_WRONG_WORDS - held.tries)
    user = User.objects.get(pk=held.user_id)
    check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    held.used_at = at
    held.save(update_fields=["used_at"])
    end_sessions(user.pk)
    audit.note(target=f"user/{user.pk}")
    return user.pk


@command("kernel.factor.ask")
def ask_factor_reset(*, actor: Actor, at: datetime, assignment_id: int, reason: str) -> int:
    """Ask that the second factor of somebody who lost it be removed; another person confirms."""
    held = looked_after(actor, assignment_id)
    refuse_inside(actor, held)
    refuse_elsewhere(actor, held, at)
    if actor.user_id is None:
        raise Missing("没有这个人。")
    if not reason.strip():
        raise Refusal("请写明原因，例如手机遗失。", field="reason", code="no-reason")
    if not Authenticator.objects.filter(user_id=held.user_id).exists():
        raise Refusal("这个人没有设置两步验证，不需要重置。", code="no-factor")
    try:
        with transaction.atomic():
            made = FactorReset.objects.create(
                user_id=held.user_id,
                assignment=held,
                reason=reason.strip()[:200],
                asked_by_id=actor.user_id,
                asked_at=at,
            )
    except IntegrityError:
        raise Conflict("已有一项重置在等第二个人确认。", code="reset-open") from None
    audit.note(target=f"user/{held.user_id}", reset=made.pk)
    return made.pk


@command("kernel.factor.decide")
def decide_factor_reset(*, actor: Actor, at: datetime, reset_id: int, granted: bool) -> None:
    """Confirm or refuse the removal of a second factor, by somebody else than who asked.

    Granted, the person signs in with the password alone and is led to a new second factor.
    """
    found = (
        FactorReset.objects.select_for_update().filter(pk=reset_id, decided_at__isnull=True).first()
    )
    if found is None:
        raise Missing("没有这项重置，或已经办完。")
    refuse_inside(actor, looked_after(actor, found.assignment_id))
    if actor.user_id in {found.asked_by_id, found.user_id}:
        raise Refusal(
            "需要另一个人确认：申请的人和丢失设备的人都不能自己确认。",
            code="second-person",
            way_out="请本单位另一位负责人或系统运维人员确认。",
        )
    found.decided_by_id = actor.user_id
    found.decided_at = at
    found.granted = granted
    found.save(update_fields=["decided_by", "decided_at", "granted"])
    if granted:
        Authenticator.objects.filter(user_id=found.user_id).delete()
        User.objects.filter(pk=found.user_id).update(factor_due_at=at)
        end_sessions(found.user_id)
    audit.note(target=f"user/{found.user_id}", reset=found.pk, granted=granted)


@command("kernel.session.end")
def end_sessions_of(*, actor: Actor, at: datetime, assignment_id: int) -> int:
    """Sign the holder of an assignment out everywhere, at once; return how many sessions ended.

    By whoever looks after the assignment. Raises Missing; Refusal for one's own, and for those who
    check the actor's own place.
    """
    held = looked_after(actor, assignment_id)
    if held.user_id == actor.user_id:
        raise Refusal(
            "自己的登录请在“登录的设备”里退出。",
            code="own-sessions",
            way_out="右上角菜单：登录的设备。",
        )
    refuse_inside(actor, held)
    ended = end_sessions(held.user_id)
    audit.note(target=f"user/{held.user_id}", assignment=held.pk, sessions=ended)
    return ended
