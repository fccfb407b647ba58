"""One report with its whole history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import gettext

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import dicts, rows
from tongzhou.kernel.models import StoredFile
from tongzhou.modules.duties.contracts import EvidenceSpec, FieldSpec, FieldType
from tongzhou.modules.duties.queries.force import DutyRow, get_version
from tongzhou.modules.duties.queries.lists import COLUMNS, FROM, ReportRow, sight_of
from tongzhou.modules.duties.queries.reviewers import REVIEWER
from tongzhou.modules.duties.queries.wording import say
from tongzhou.modules.duties.workflow import REPORT


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that belongs to a report."""

    id: UUID
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer as it reads on paper."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a report's history."""

    name: str
    label: str
    source: str
    target: str
    version: int
    late: bool
    at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """What a report said in one version."""

    version: int
    data: Mapping[str, Any]
    files: tuple[UUID, ...]
    effective_on: date
    submitted_at: datetime
    submitter: str
    made_under: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report with everything that its page shows; ``duty`` is the version it was made under."""

    row: ReportRow
    duty: DutyRow
    effective_on: date
    registered_by: str
    reviewer_id: int | None
    reviewer: str
    data: Mapping[str, Any]
    answers: tuple[AnswerRow, ...]
    files: tuple[FileRow, ...]
    steps: tuple[StepRow, ...]
    versions: tuple[VersionRow, ...]

    @property
    def number(self) -> str:
        """Return the number on the receipt."""
        row = self.row
        return f"{row.period:%Y%m%d}-{row.duty_id}-{row.prov}{row.organisation_id}-{row.version}"


STAGED_FOR = timedelta(days=1)

_KEY = "r.period = %s AND r.duty_id = %s AND r.organisation_id = %s AND r.prov = %s"


def get_report(
    actor: Actor, period: date, duty_id: int, organisation_id: int, prov: int
) -> ReportView:
    """Return a report; Missing when there is none or the actor may not know of it."""
    actor.require("duties.report.view")
    sight, params = sight_of(actor)
    key = [period, duty_id, organisation_id, prov]
    found = dicts(
        f"SELECT {COLUMNS}, r.data::text AS data, r.files, r.effective_on,"
        " a.name AS registered_by, v.id AS reviewer_id, coalesce(v.name, '') AS reviewer"
        f" {FROM} {REVIEWER} WHERE {_KEY} AND {sight}",
        [*key, *params],
    )
    if not found:
        raise Missing("没有这份报送。")
    held = found[0]
    data = orjson.loads(held.pop("data"))
    files = tuple(held.pop("files"))
    effective_on = held.pop("effective_on")
    registered_by = held.pop("registered_by")
    reviewer_id, reviewer = held.pop("reviewer_id"), held.pop("reviewer")
    row = ReportRow(**held)
    versions = _versions(key)
    current = VersionRow(
        row.version, data, files, effective_on, row.submitted_at, row.submitter, row.made_under
    )
    duty = row.duty
    return ReportView(
        row=row,
        duty=duty,
        effective_on=effective_on,
        registered_by=registered_by,
        reviewer_id=reviewer_id,
        reviewer=reviewer,
        data=data,
        answers=answers_of(duty.spec.evidence, data),
        files=tuple(list_files(files)),
        steps=_steps(key),
        versions=(*versions, current),
    )


def get_report_file(report: ReportView, file_id: UUID) -> StoredFile:
    """Return a file of any version of a report; Missing when it belongs to none."""
    if not any(file_id in version.files for version in report.versions):
        raise Missing("没有这个文件。")
    found = StoredFile.objects.filter(pk=file_id).first()
    if found is None:
        raise Missing("没有这个文件。")
    return found


def list_files(ids: tuple[UUID, ...] | list[UUID]) -> list[FileRow]:
    """Return stored files in the given order; unknown ones are left out."""
    held = {each.pk: each for each in StoredFile.objects.filter(pk__in=ids)} if ids else {}
    return [
        FileRow(each.pk, each.name, each.size, each.sha256)
        for each in (held.get(identifier) for identifier in ids)
        if each is not None
    ]


def list_own_files(actor: Actor, ids: list[UUID], at: datetime) -> list[tuple[UUID, str]]:
    """Return (id, name) of those files that the actor stored within the last day."""
    if not ids:
        return []
    found = StoredFile.objects.filter(pk__in=ids, user_id=actor.user_id, at__gt=at - STAGED_FOR)
    return [(each.pk, each.name) for each in found]


def _versions(key: list[object]) -> tuple[VersionRow, ...]:
    found = rows(
        "SELECT version, data::text, files, effective_on, submitted_at, submitter, made_under"
        " FROM duties_reportversion WHERE period = %s AND duty_id = %s AND organisation_id = %s"
        " AND prov = %s ORDER BY version",
        key,
    )
    return tuple(VersionRow(row[0], orjson.loads(row[1]), tuple(row[2]), *row[3:]) for row in found)


def _steps(key: list[object]) -> tuple[StepRow, ...]:
    found = rows(
        "SELECT name, source, target, version, late, at, actor, reason FROM duties_journal"
        " WHERE period = %s AND duty_id = %s AND organisation_id = %s AND prov = %s ORDER BY id",
        key,
    )
    return tuple(StepRow(row[0], gettext(REPORT.find(row[0]).label), *row[1:]) for row in found)


def answers_of(spec: EvidenceSpec, data: Mapping[str, Any]) -> tuple[AnswerRow, ...]:
    """Return the answers of a report in form order; what was not asked is left out."""
    return tuple(
        AnswerRow(each.name, say(each.label), shown(each, data[each.name]))
        for each in spec.fields
        if each.name in data
    )


def shown(spec: FieldSpec, value: Any) -> str:
    """Return one answer as text."""
    if value is None or value == "":
        return ""
    if spec.type is FieldType.YESNO:
        return gettext("是") if value else gettext("否")
    if spec.type is FieldType.NUMBER and isinstance(value, int):
        return f"{value:,}"
    if spec.type is FieldType.CHOICE:
        for choice in spec.choices:
            if choice.value == value:
                return say(choice.label)
    return str(value)


@dataclass(frozen=True, slots=True)
class Compared:
    """One field in two versions; an absent side is None."""

    address: str
    before: str | None
    after: str | None


def compare(report: ReportView, before: VersionRow, after: VersionRow) -> list[Compared]:
    """Return the two versions side by side, files and the day told of included."""
    found = []
    asked = {
        each.name: each
        for version in (before, after)
        for each in get_version(version.made_under).spec.evidence.fields
    }
    for each in asked.values():
        old, new = before.data.get(each.name), after.data.get(each.name)
        if old is None and new is None:
            continue
        found.append(
            Compared(
                say(each.label),
                None if old is None else shown(each, old),
                None if new is None else shown(each, new),
            )
        )
    found.append(
        Compared(
            gettext("填报内容的日期"),
            before.effective_on.isoformat(),
            after.effective_on.isoformat(),
        )
    )
    names = {each.id: each.name for each in list_files([*before.files, *after.files])}
    for file_id in dict.fromkeys([*before.files, *after.files]):
        name = names.get(file_id, "")
        found.append(
            Compared(
                gettext("附件"),
                name if file_id in before.files else None,
                name if file_id in after.files else None,
            )
        )
    return found
