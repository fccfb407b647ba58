"""Many invitations at once: a table checked row by row, invited by a job, its links taken once."""

import csv
import io
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, tables
from tongzhou.kernel.access import ROLE_LABELS, Actor, Role
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import contacts, inviting, letters, places, rules
from tongzhou.kernel.models import InvitationBatch

MOST_ROWS = 2_000
MOST_BYTES = 2 * 1024 * 1024
#: The table of a batch, and the links nobody took, are forgotten after this time.
KEPT = timedelta(days=1)
CODE, ROLE, NAME, PHONE, EMAIL = "统一社会信用代码", "岗位", "姓名", "手机号", "电子邮箱"  # data
COLUMNS = (CODE, ROLE, NAME, PHONE, EMAIL)
NEEDED = (CODE, ROLE, NAME)
GIVEN = {ROLE_LABELS[each]: each for each in Role if each in rules.GIVES_TO_ORGANISATIONS}


@dataclass(slots=True)
class Row:
    """One row of the table: its line, what it says, whom it means, and what is wrong by column."""

    line: int
    code: str
    role: str
    name: str
    phone: str
    email: str
    place: str = ""
    label: str = ""
    faults: dict[str, str] = field(default_factory=dict)


def as_table(pasted: str) -> bytes:
    """Return pasted cells, parted by tabs or commas, as a CSV file with a header."""
    lines = [each for each in pasted.replace("，", ",").splitlines() if each.strip()]
    parted = [
        [cell.strip() for cell in each.split("\t" if "\t" in each else ",")] for each in lines
    ]
    if parted and CODE not in [each.removesuffix("*") for each in parted[0]]:
        parted.insert(0, list(COLUMNS))
    written = io.StringIO()
    csv.writer(written).writerows(parted)
    return written.getvalue().encode("utf-8-sig")


def read(actor: Actor, at: datetime, source: bytes, name: str) -> list[Row]:
    """Return the rows of a table with what is wrong in each.

    Raises Refusal for no table, missing columns, none or too many rows.
    """
    table = tables.read_table(source, name)
    absent = [each for each in NEEDED if each not in table.header]
    if absent:
        raise Refusal(
            "“%(name)s”缺少列：%(columns)s。",
            params={"name": name, "columns": "、".join(absent)},
            code="columns-missing",
            field="file",
            way_out="请下载空白表，按它的列填写。",
        )
    found: list[Row] = []
    for line, cells in table.rows:
        if not any(cells.values()):
            continue
        if len(found) >= MOST_ROWS:
            raise Refusal(
                "一次最多 %(most)d 行。",
                params={"most": MOST_ROWS},
                code="too-many-rows",
                field="file",
                way_out="请分成几张表。",
            )
        code, role, called, phone, email = (cells.get(each, "")[:200] for each in COLUMNS)
        found.append(Row(line, code, role, called, phone, email))
    if not found:
        raise Refusal("表里没有要邀请的人。", code="empty-table", field="file")
    _check(actor, at, found)
    return found


def _check(actor: Actor, at: datetime, found: list[Row]) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    known: dict[str, places.Place | None] = {}
    for row in found:
        row.code = row.code.upper()
        if row.code not in known:
            known[row.code] = _place(actor, row.code)
        where = known[row.code]
        if where is None:
            row.faults[CODE] = gettext("没有这个代码的组织，或者不是本机关登记的。")
        else:
            row.place, row.label = where.address, where.label
        role = GIVEN.get(row.role)
        if role is None or (where is not None and role not in places.roles_given(actor, where)):
            row.faults[ROLE] = gettext("岗位应当是：%(roles)s。") % {"roles": "、".join(GIVEN)}
        if not 1 < len(row.name) <= 60 or not row.name.isprintable():
            row.faults[NAME] = gettext("请写全被邀请人的姓名。")
        for column, tidy in ((PHONE, contacts.tidy_phone), (EMAIL, contacts.tidy_email)):
            attribute = "phone" if column == PHONE else "email"
            try:
                setattr(row, attribute, tidy(getattr(row, attribute)))
            except Refusal as refusal:
                row.faults[column] = refusal.text(gettext)
        spot = (row.code, row.role, row.name)
        if spot in seen:
            row.faults[NAME] = gettext("与第 %(line)d 行重复。") % {"line": seen[spot]}
        seen.setdefault(spot, row.line)
        if not row.faults and where and inviting.is_invited(where, str(role), row.name, at):
            row.faults[NAME] = gettext("已经邀请过，还没有接受。")


def _place(actor: Actor, code: str) -> places.Place | None:
    bearer = places.directory().find_bearer_by_code(code) if contacts.is_code(code) else None
    if bearer is None or actor.authority_id is None:
        return None
    return places.directory().find_registered(actor.authority_id, *bearer)


@command("kernel.person.invite-many")
def keep_batch(*, actor: Actor, at: datetime, rows: list[Row]) -> str:
    """Keep a checked table, encrypted, until its owner confirms it; return its id."""
    made = InvitationBatch.objects.create(
        user_id=actor.user_id,
        assignment_id=actor.assignment_id,
        made_at=at,
        rows=json.dumps([asdict(each) for each in rows], ensure_ascii=False),
    )
    good = sum(not each.faults for each in rows)
    audit.note(target=f"invitations/{made.pk}", rows=len(rows), good=good)
    return str(made.pk)


def own_batch(actor: Actor, batch_id: UUID | str, *, lock: bool = False) -> InvitationBatch:
    """Return a table that the actor brought in this post. Raises Missing."""
    held = InvitationBatch.objects.select_for_update() if lock else InvitationBatch.objects
    found = held.filter(
        pk=batch_id, user_id=actor.user_id, assignment_id=actor.assignment_id
    ).first()
    if found is None:
        raise Missing("没有这张邀请表，或者已经过了一天。")
    return found


def rows_of(batch: InvitationBatch) -> list[Row]:
    """Return the rows of a kept table."""
    return [Row(**each) for each in json.loads(batch.rows or "[]")]


def begin(actor: Actor, batch_id: UUID) -> None:
    """Let a table be invited, once. Raises Missing, Conflict."""
    with transaction.atomic():
        batch = own_batch(actor, batch_id, lock=True)
        if batch.state != InvitationBatch.State.CHECKED:
            raise Conflict("这张表已经在办或者办完了。", code="batch-begun")
        batch.state = InvitationBatch.State.RUNNING
        batch.save(update_fields=["state"])


def invite_all(actor: Actor, at: datetime, batch_id: UUID, base: str, *, mail: bool) -> int:
    """Invite everybody in the good rows, all or none; return how many.

    ``base`` is the address of a link with ``SECRET`` in the secret's place. A row that is refused
    meanwhile says so on the sheet. Letters go out after everything else is kept.
    """
    letter: list[tuple[int, int, Row, str]] = []
    with transaction.atomic():
        batch = own_batch(actor, batch_id, lock=True)
        if batch.state != InvitationBatch.State.RUNNING:
            return 0
        sheet: list[list[str]] = []
        for row in rows_of(batch):
            if row.faults:
                continue
            url, told = "", ""
            try:
                sent = inviting.invite(
                    actor=actor,
                    at=at,
                    place=row.place,
                    role=str(GIVEN[row.role]),
                    name=row.name,
                    phone=row.phone,
                    email=row.email,
                )
                url = base.replace("SECRET", sent.secret)
                if mail and row.email:
                    letter.append((len(sheet), sent.id, row, url))
            except Refusal as refusal:
                told = refusal.text(gettext)
            sheet.append([row.label, row.code, row.role, row.name, url, told])
        batch.sheet = json.dumps(sheet, ensure_ascii=False)
        batch.rows = ""
        batch.state = InvitationBatch.State.READY
        batch.save(update_fields=["sheet", "rows", "state"])
    for index, invitation, row, url in letter:
        days = rules.INVITATION_LASTS.days
        if letters.send_invitation(row.email, row.name, row.label, gettext(row.role), url, days):
            inviting.note_mailed(actor=actor, at=at, invitation_id=invitation)
            sheet[index][5] = gettext("已发邮件")
    if letter:
        batch.sheet = json.dumps(sheet, ensure_ascii=False)
        InvitationBatch.objects.filter(pk=batch.pk, state=InvitationBatch.State.READY).update(
            sheet=batch.sheet
        )
    return sum(bool(each[4]) for each in sheet)


@command("kernel.invitations.take")
def take_links(*, actor: Actor, at: datetime, batch_id: UUID) -> list[list[Any]]:
    """Return the rows of the sheet of links and forget them: they are taken once.

    Raises Missing; Conflict when they were taken before or are not ready.
    """
    batch = own_batch(actor, batch_id, lock=True)
    if batch.state != InvitationBatch.State.READY:
        raise Conflict(
            "链接还没有备好，或者已经下载过了。",
            code="links-taken",
            way_out="链接只能下载一次。丢失的，请在“等待接受”里逐个重新生成，或作废后重新邀请。",
        )
    taken: list[list[Any]] = json.loads(batch.sheet)
    batch.sheet = ""
    batch.state = InvitationBatch.State.TAKEN
    batch.save(update_fields=["sheet", "state"])
    audit.note(target=f"invitations/{batch.pk}", links=sum(bool(each[4]) for each in taken))
    return taken


def write_template(target: IO[bytes]) -> None:
    """Write the empty table to fill in."""
    columns = [
        tables.TableColumn(
            each,
            width=24,
            required=each in NEEDED,
            choices=tuple(GIVEN) if each == ROLE else (),
        )
        for each in COLUMNS
    ]
    tables.write_workbook([tables.Sheet("邀请", columns)], target)  # data


def write_links(taken: list[list[Any]], target: IO[bytes]) -> None:
    """Write the sheet of links."""
    widths = (("单位", 36), (CODE, 22), (ROLE, 14), (NAME, 14), ("一次性链接", 80), ("说明", 30))
    columns = [tables.TableColumn(name, width=width) for name, width in widths]  # data
    tables.write_workbook([tables.Sheet("邀请链接", columns, taken)], target)  # data
