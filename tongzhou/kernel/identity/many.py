"""A table of people to invite: read, checked row by row, kept encrypted until it is confirmed."""

import csv
import io
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.utils.translation import gettext

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import audit, tables
from tongzhou.kernel.access import ROLE_LABELS, Actor, Role
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import contacts, inviting, places, rules
from tongzhou.kernel.models import InvitationBatch

MOST_ROWS = 2_000
MOST_BYTES = 2 * 1024 * 1024
#: The table of a batch, and what nobody took of it, are forgotten after this time, counted from
#: when a second person was asked or released it.
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
    invitation: int = 0
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


def open_batch(actor: Actor, batch_id: UUID | str, *, lock: bool = False) -> InvitationBatch:
    """Return a table that the actor brought in this post, or may release, or released.

    Raises Missing.
    """
    held = InvitationBatch.objects.select_for_update() if lock else InvitationBatch.objects
    found = held.filter(pk=batch_id).first()
    if found is None or not (is_own(actor, found) or _is_before(actor, found)):
        raise Missing("没有这张邀请表，或者已经过了期限。")
    return found


def is_own(actor: Actor, batch: InvitationBatch) -> bool:
    """Tell whether the actor brought a table, in this post."""
    return (batch.user_id, batch.assignment_id) == (actor.user_id, actor.assignment_id)


def _is_before(actor: Actor, batch: InvitationBatch) -> bool:
    """Tell whether a table waits for somebody like the actor, or was released by them."""
    if batch.authority_id is None or batch.authority_id != actor.authority_id:
        return False
    if batch.state == InvitationBatch.State.ASKED:
        return actor.may("kernel.invitations.release")
    return batch.released_by_id is not None and batch.released_by_id == actor.user_id


def rows_of(batch: InvitationBatch) -> list[Row]:
    """Return the rows of a kept table."""
    return [Row(**each) for each in json.loads(batch.rows or "[]")]


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
