"""Many invitations at once, by two people: one asks for all, another one releases them (ADR 27).

Whoever asks takes a sheet of words, whoever releases a sheet of links; each is taken once, and
neither is of use without the other.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.kernel import audit, tables
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import handing, inviting, letters, rules
from tongzhou.kernel.identity.many import CODE, GIVEN, NAME, ROLE, is_own, open_batch, rows_of
from tongzhou.kernel.models import Invitation, InvitationBatch, Progress

State = InvitationBatch.State


def begin(actor: Actor, batch_id: UUID) -> None:
    """Let the invitations of a table be asked for, once. Raises Missing, Conflict."""
    with transaction.atomic():
        batch = open_batch(actor, batch_id, lock=True)
        if batch.state != State.CHECKED or not is_own(actor, batch):
            raise _begun()
        batch.state = State.RUNNING
        batch.save(update_fields=["state"])


def ask_all(actor: Actor, at: datetime, batch_id: UUID) -> int:
    """Ask for everybody in the good rows, all or none; return how many.

    A row that is refused meanwhile says so on the sheet of words.
    """
    with _back_to(State.CHECKED, batch_id), transaction.atomic():
        batch = open_batch(actor, batch_id, lock=True)
        if batch.state != State.RUNNING:
            return 0
        kept = [each for each in rows_of(batch) if not each.faults]
        sheet: list[list[str]] = []
        for row in kept:
            word, told = "", ""
            try:
                row.invitation, word = handing.ask_invitation(
                    actor=actor,
                    at=at,
                    place=row.place,
                    role=str(GIVEN[row.role]),
                    name=row.name,
                    phone=row.phone,
                    email=row.email,
                    batch_id=batch_id,
                )
            except Refusal as refusal:
                told = refusal.text(gettext)
            said = f"{word[:4]} {word[4:]}".strip()
            sheet.append([row.label, row.code, row.role, row.name, said, told])
        asked = [each for each in kept if each.invitation]
        batch.words = json.dumps(sheet, ensure_ascii=False)
        batch.rows = json.dumps([asdict(each) for each in asked], ensure_ascii=False)
        batch.state = State.ASKED
        batch.authority_id = actor.authority_id
        batch.asked_at = at
        batch.save(update_fields=["words", "rows", "state", "authority_id", "asked_at"])
    return len(asked)


@command("kernel.invitations.release")
def begin_release(*, actor: Actor, at: datetime, batch_id: UUID) -> None:
    """Let the links of a table be made, by somebody else than who asked.

    Raises Missing; Conflict when it does not wait any more; Refusal for one's own, or when nobody
    came for seven days.
    """
    batch = open_batch(actor, batch_id, lock=True)
    if batch.user_id in {actor.user_id, actor.on_behalf_of}:
        raise Refusal(
            "这张表是您提出的，链接由另一位同事交付。",
            code="second-person",
            way_out="请本机关另一位同事打开“人员和岗位”，核对后交付。",
        )
    if batch.state != State.ASKED:
        raise _begun()
    if batch.asked_at is None or batch.asked_at <= at - rules.INVITATION_REQUEST_LASTS:
        raise Refusal("提出后七天没有人交付，已经作废。", code="request-lapsed")
    batch.state = State.RELEASING
    batch.released_by_id, batch.released_at = actor.user_id, at
    batch.save(update_fields=["state", "released_by_id", "released_at"])
    audit.note(target=f"invitations/{batch.pk}", asked_by=batch.user_id)


def hand_all(actor: Actor, at: datetime, batch_id: UUID, base: str, *, mail: bool) -> int:
    """Make the links of a table that somebody else asked for, all or none; return how many.

    ``base`` is the address of a link with ``SECRET`` in the secret's place. What was handed over,
    taken back or used meanwhile says so on the sheet. Letters go out after all else is kept.
    """
    letter: list[tuple[int, Invitation, str]] = []
    with _back_to(State.ASKED, batch_id), transaction.atomic():
        batch = open_batch(actor, batch_id, lock=True)
        if batch.state != State.RELEASING:
            return 0
        waiting = batch.invitations.select_for_update().in_bulk()
        sheet: list[list[str]] = []
        for row in rows_of(batch):
            held = waiting.get(row.invitation)
            url, told = "", gettext("已经单独办理")
            if held is not None and held.handed_by_id is None and held.revoked_at is None:
                try:
                    sent = handing.hand_over(actor=actor, at=at, invitation_id=held.pk)
                    url, told = base.replace("SECRET", sent.secret), ""
                    if mail and held.email:
                        letter.append((len(sheet), held, url))
                except Refusal as refusal:
                    told = refusal.text(gettext)
            sheet.append([row.label, row.code, row.role, row.name, url, told])
        batch.sheet = json.dumps(sheet, ensure_ascii=False)
        batch.rows = ""
        batch.state = State.READY
        batch.save(update_fields=["sheet", "rows", "state"])
    for index, held, url in letter:
        days, role = rules.INVITATION_LASTS.days, sheet[index][2]
        if letters.send_invitation(held.email, held.name, held.label, gettext(role), url, days):
            inviting.note_mailed(actor=actor, at=at, invitation_id=held.pk)
            sheet[index][5] = gettext("已发邮件")
    if letter:
        batch.sheet = json.dumps(sheet, ensure_ascii=False)
        InvitationBatch.objects.filter(pk=batch.pk, state=State.READY).update(sheet=batch.sheet)
    return sum(bool(each[4]) for each in sheet)


@contextmanager
def _back_to(state: str, batch_id: UUID) -> Iterator[None]:
    """Let a table be tried again when its job broke off."""
    try:
        yield
    except Exception:
        _reopen(state, batch_id)
        raise


def _reopen(state: str, batch_id: UUID) -> None:
    InvitationBatch.objects.filter(pk=batch_id, state__in=(State.RUNNING, State.RELEASING)).update(
        state=state, released_by_id=None, released_at=None
    )


def put_back(record: Progress) -> None:
    """Let a table be asked for or handed over later, after its waiting job was given up."""
    state = State.CHECKED if record.kind == "kernel.invite_many" else State.ASKED
    _reopen(state, UUID(record.args["batch_id"]))


@command("kernel.invitations.decline")
def decline(*, actor: Actor, at: datetime, batch_id: UUID) -> int:
    """Let a table end without links: taken back by who asked, or declined; return how many.

    Raises Missing; Conflict when it does not wait any more.
    """
    batch = open_batch(actor, batch_id, lock=True)
    if batch.state != State.ASKED:
        raise _begun()
    ended = batch.invitations.filter(
        handed_by__isnull=True, used_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=at)
    audit.note(target=f"invitations/{batch.pk}", asked_by=batch.user_id, ended=ended)
    batch.delete()
    return ended


def _begun() -> Conflict:
    return Conflict("这张表已经在办或者办完了。", code="batch-begun")


@command("kernel.invitations.take")
def take_sheet(*, actor: Actor, at: datetime, batch_id: UUID) -> tuple[str, list[list[Any]]]:
    """Return what the sheet holds and its rows, and forget them: each sheet is taken once.

    Words for whoever asked, links for whoever released. Raises Missing; Conflict when it was taken
    before or is not ready.
    """
    batch = open_batch(actor, batch_id, lock=True)
    if is_own(actor, batch):
        kind, text = "words", batch.words
    else:
        kind, text = "links", batch.sheet if batch.state == State.READY else ""
    if not text:
        raise Conflict(
            "表还没有备好，或者已经下载过了。",
            code="sheet-taken",
            way_out="表只能下载一次。丢失的，请在“等待接受”里作废后重新提出邀请。",
        )
    taken: list[list[Any]] = json.loads(text)
    if kind == "words":
        batch.words = ""
    else:
        batch.sheet = ""
        batch.state = State.TAKEN
    batch.save(update_fields=["words", "sheet", "state"])
    audit.note(target=f"invitations/{batch.pk}", sheet=kind, rows=sum(bool(e[4]) for e in taken))
    return kind, taken


def write_sheet(kind: str, taken: list[list[Any]], target: IO[bytes]) -> None:
    """Write the sheet of words or of links."""
    what = ("口令", 14) if kind == "words" else ("一次性链接", 80)  # data
    widths = (("单位", 36), (CODE, 22), (ROLE, 14), (NAME, 14), what, ("说明", 30))  # data
    columns = [tables.TableColumn(name, width=width) for name, width in widths]
    name = "邀请口令" if kind == "words" else "邀请链接"  # data
    tables.write_workbook([tables.Sheet(name, columns, taken)], target)
