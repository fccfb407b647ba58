"""Read duty libraries: one YAML or JSON file per directive, checked to the last key.

The format is described in ``tongzhou/modules/duties/libraries/README.md``. Whatever does not fit is
refused with the file, the duty and the field, because a library that loads with a silent gap would
bind nobody. Nothing here knows Django or the database; the clause texts that quotes are checked
against are handed in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import cast

from tongzhou.base.errors import Refusal
from tongzhou.base.strength import Strength
from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    FORMS,
    LEVELS,
    ORGANS,
    PHASES,
    Basis,
    Bearer,
    BearerKind,
    Deadline,
    DutyLibrary,
    DutySpec,
    EvidenceKind,
    EvidenceSpec,
    GroupSpec,
    Link,
    Place,
    Recurrence,
    Scope,
)
from tongzhou.modules.duties.rules import library_fields
from tongzhou.modules.duties.rules.library_reader import Reader, load_json, load_yaml

FOLDER = Path(__file__).resolve().parent.parent / "libraries"

_EXPRESSION = re.compile(r"[a-z0-9]+(?:[-/][a-z0-9]+)*@\d{4}-\d{2}-\d{2}")
#: An address as directives give it: 3.8, or 3-2.1 where numbers come again, or p1 outside them.
_CLAUSE = re.compile(r"[a-z]?\d+(?:-\d+)?(?:\.\d+(?:-\d+)?)*")
_DUTY_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DUTY_URN = re.compile(rf"{_EXPRESSION.pattern}#{_CLAUSE.pattern}/{_DUTY_ID.pattern}")
_GROUP_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LONGEST_TITLE = 30
_LONGEST_DAYS = 366
_MOST_MINUTES = 480
_MOST_REGION = 999_999

_ORGANISATION_FORMS = frozenset(FORMS) - {"AUTHORITY"}


def shipped_files() -> list[Path]:
    """Return the library files that come with the product, in name order."""
    return sorted(FOLDER.glob("*.yaml"))


def load_library(path: Path) -> DutyLibrary:
    """Read one library file; Refusal if anything in it does not fit."""
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(
            "任务库 %(file)s 不是 UTF-8 文本文件。",
            params={"file": path.name},
            code="duties.library",
            way_out="请另存为 UTF-8 编码后重新装载。",
        ) from error
    return read_library(source, name=path.stem)


def read_library(source: str, *, name: str) -> DutyLibrary:
    """Read a library from its YAML or JSON text; ``name`` names it in refusals."""
    is_json = source.lstrip("\ufeff \t\r\n").startswith("{")
    reader = Reader(f"{name}.json" if is_json else f"{name}.yaml")
    body = load_json(source, reader) if is_json else load_yaml(source, reader)
    return parse_library(body, name=name)


def parse_library(body: object, *, name: str, digest: str = "") -> DutyLibrary:
    """Build a library from plain data, such as the ``body`` of one that was read before.

    ``digest`` spares working it out where it is known.
    """
    reader = Reader(f"{name}.yaml")
    top = reader.mapping(body, "", required={"expression", "version", "scope", "groups", "duties"})
    expression = reader.string(top["expression"], "expression", pattern=_EXPRESSION)
    groups = _groups(reader, top["groups"])
    duties = _duties(reader, top["duties"], expression, groups)
    return DutyLibrary(
        name=name,
        expression=expression,
        version=reader.integer(top["version"], "version", low=1),
        scope=_scope(reader, top["scope"]),
        groups=groups,
        duties=duties,
        digest=digest or digest_of(top),
        body=top,
    )


def digest_of(body: Mapping[str, object]) -> str:
    """Return the SHA-256 of a library's content, however it was written down.

    What its duties follow is left out: that may be said in the library or when it is loaded.
    """
    duties = [
        {key: value for key, value in each.items() if key not in {"continues", "refines"}}
        for each in cast("list[dict[str, object]]", body["duties"])
    ]
    plain = json.dumps(
        {**body, "duties": duties}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def strip_space(text: str) -> str:
    """Return a text with all white space removed, the form in which quotes are compared."""
    return "".join(text.split())


def check_quotes(library: DutyLibrary, clauses: Mapping[str, str]) -> None:
    """Refuse a library whose quotes are not, each exactly once, in the text of their clause.

    ``clauses`` maps clause addresses of the library's expression to their texts as received.
    ``phase_words`` and ``cites`` have to be words of the clause too.
    """
    stripped = {address: strip_space(text) for address, text in clauses.items()}
    reader = Reader(f"{library.name}.yaml")
    for duty in library.duties:
        at = reader.within("任务", duty.id)
        text = stripped.get(duty.clause)
        if text is None:
            at.refuse("clause", f"文件中没有第 {duty.clause} 条")
        found = text.count(duty.quote)
        if found != 1:
            at.refuse("quote", f"在第 {duty.clause} 条原文中出现 {found} 次，应恰好 1 次")
        for field, words in (("phase_words", duty.phase_words), ("cites", duty.cites)):
            if words not in text:
                at.refuse(field, f"第 {duty.clause} 条原文中没有“{words}”")


def _scope(reader: Reader, value: object) -> Scope:
    items = reader.mapping(value, "scope", required={"region", "by"})
    return Scope(
        region=reader.integer(items["region"], "scope.region", low=0, high=_MOST_REGION),
        by=reader.member(items["by"], "scope.by", Link),
    )


def _groups(reader: Reader, value: object) -> dict[str, GroupSpec]:
    groups = {}
    for code, body in reader.mapping(value, "groups").items():
        at = reader.within("分组", code)
        if not _GROUP_CODE.fullmatch(code):
            at.refuse("", "分组代码应为大写英文字母、数字和下划线")
        groups[code] = _group(at, code, body)
    return groups


def _group(at: Reader, code: str, value: object) -> GroupSpec:
    items = at.mapping(
        value,
        "",
        required={"label", "clause"},
        optional={"any_of", "forms", "residual", "named"},
    )
    group = GroupSpec(
        code=code,
        label=at.text(items["label"], "label"),
        clause=at.string(items["clause"], "clause", pattern=_CLAUSE),
        any_of=frozenset(at.codes(items.get("any_of", []), "any_of", ATTRIBUTES)),
        forms=frozenset(at.codes(items.get("forms", []), "forms", _ORGANISATION_FORMS)),
        residual=at.boolean(items.get("residual", False), "residual"),
        named=at.boolean(items.get("named", True), "named"),
    )
    if group.residual == bool(group.any_of or group.forms):
        at.refuse("residual", "应写明 any_of 或 forms，或只写 residual: true，二者必居其一")
    if group.residual and not group.named:
        at.refuse("named", "“其他”一组不能同时写 named: false")
    return group


def _duties(
    reader: Reader, value: object, expression: str, groups: Mapping[str, GroupSpec]
) -> tuple[DutySpec, ...]:
    duties: dict[str, DutySpec] = {}
    for number, body in enumerate(reader.sequence(value, "duties"), start=1):
        duty_id = body.get("id") if isinstance(body, dict) else None
        at = reader.within("任务", duty_id if isinstance(duty_id, str) else f"第 {number} 项")
        duty = _duty(at, body, expression, groups)
        if duty.id in duties:
            at.refuse("id", "与前面的任务重复")
        duties[duty.id] = duty
    if not duties:
        reader.refuse("duties", "没有任何任务")
    return tuple(duties.values())


def _duty(at: Reader, value: object, expression: str, groups: Mapping[str, GroupSpec]) -> DutySpec:
    items = at.mapping(
        value,
        "",
        required={
            "id",
            "clause",
            "quote",
            "title",
            "guide",
            "strength",
            "bearer",
            "phases",
            "evidence",
        },
        optional={
            "place",
            "recurrence",
            "deadline",
            "deadline_basis",
            "phase_words",
            "minutes",
            "cites",
            "continues",
            "refines",
        },
    )
    duty_id = at.string(items["id"], "id", pattern=_DUTY_ID)
    clause = at.string(items["clause"], "clause", pattern=_CLAUSE)
    deadline = _deadline(at, items["deadline"]) if "deadline" in items else None
    duty = DutySpec(
        id=duty_id,
        urn=f"{expression}#{clause}/{duty_id}",
        clause=clause,
        quote=_verbatim(at, items["quote"], "quote"),
        title=at.text(items["title"], "title", longest=_LONGEST_TITLE),
        guide=at.text(items["guide"], "guide"),
        strength=at.member(items["strength"], "strength", Strength),
        bearer=_bearer(at, items["bearer"], groups),
        phases=_phases(at, items["phases"]),
        evidence=_evidence(at, items["evidence"]),
        recurrence=at.member(items.get("recurrence", "ONCE"), "recurrence", Recurrence),
        deadline=deadline,
        deadline_basis=at.member(items.get("deadline_basis", "setting"), "deadline_basis", Basis),
        place=_place(at, items.get("place", "all")),
        phase_words=_verbatim(at, items["phase_words"], "phase_words")
        if "phase_words" in items
        else "",
        cites=_verbatim(at, items["cites"], "cites") if "cites" in items else "",
        minutes=at.integer(items.get("minutes", 0), "minutes", low=0, high=_MOST_MINUTES),
        continues=_followed(at, items, "continues"),
        refines=_followed(at, items, "refines"),
    )
    _check_duty(at, duty, timed="recurrence" in items or "deadline" in items, given=items)
    return duty


def _followed(at: Reader, items: Mapping[str, object], field: str) -> str:
    return at.string(items[field], field, pattern=_DUTY_URN) if field in items else ""


def _check_duty(at: Reader, duty: DutySpec, *, timed: bool, given: Mapping[str, object]) -> None:
    """Refuse combinations that say nothing or contradict each other."""
    if duty.continues and duty.refines:
        at.refuse("refines", "continues 和 refines 只能写一项")
    if duty.deadline is not None:
        if not duty.deadline.suits(duty.recurrence):
            at.refuse(
                "deadline", "每日的任务写 time，其他的写 days 或 workdays，只有一次性任务可写 on"
            )
        if not duty.strength.can_be_overdue:
            at.refuse("deadline", "只有“必须”和“不得”会逾期，其他力度的任务不设期限")
    if timed and "deadline_basis" not in given:
        at.refuse(
            "deadline_basis", "有频次或期限时须写明依据：clause（原文）或 setting（管理设定）"
        )
    if not duty.evidence.is_wanted:
        if timed:
            at.refuse("evidence", "不需要报送（NONE）的任务不设频次和期限")
        if duty.minutes:
            at.refuse("minutes", "不需要报送（NONE）的任务不占用时间")
    elif not duty.minutes:
        at.refuse("minutes", "须估计报送一次所用的分钟数")
    if duty.evidence.kind is EvidenceKind.ZERO_REPORT and duty.recurrence is Recurrence.ONCE:
        at.refuse("recurrence", "零报告须定期报送，不能只报一次")


def _verbatim(at: Reader, value: object, field: str) -> str:
    words = at.string(value, field)
    if words != strip_space(words):
        at.refuse(field, "引文中不能有空白字符")
    return words


def _bearer(at: Reader, value: object, groups: Mapping[str, GroupSpec]) -> Bearer:
    items = at.mapping(
        value,
        "bearer",
        required={"kind"},
        optional={"groups", "organ", "levels", "without"},
    )
    kind = at.member(items["kind"], "bearer.kind", BearerKind)
    foreign = {"levels"} if kind is BearerKind.ORGANISATION else {"groups", "organ", "without"}
    for key in sorted(foreign & items.keys()):
        at.refuse(f"bearer.{key}", f"承担者为 {kind} 时不能写这一项")
    organ = None
    if "organ" in items:
        (organ,) = at.codes([items["organ"]], "bearer.organ", ORGANS)
    return Bearer(
        kind=kind,
        groups=at.codes(items.get("groups", []), "bearer.groups", groups),
        organ=organ,
        levels=at.codes(items.get("levels", []), "bearer.levels", LEVELS),
        without=at.codes(items.get("without", []), "bearer.without", ATTRIBUTES),
    )


def _phases(at: Reader, value: object) -> tuple[str, ...]:
    chosen = at.codes(value, "phases", PHASES)
    if not chosen:
        at.refuse("phases", "至少写一个阶段")
    return tuple(phase for phase in PHASES if phase in chosen)


def _place(at: Reader, value: object) -> Place:
    if value == "all":
        return Place()
    items = at.mapping(value, "place", optional={"include", "exclude"})
    if not items:
        at.refuse("place", "写 all，或写 include、exclude")
    return Place(
        include=_regions(at, items.get("include", []), "place.include"),
        exclude=_regions(at, items.get("exclude", []), "place.exclude"),
    )


def _regions(at: Reader, value: object, field: str) -> tuple[int, ...]:
    return tuple(
        at.integer(region, field, low=0, high=_MOST_REGION) for region in at.sequence(value, field)
    )


def _deadline(at: Reader, value: object) -> Deadline:
    items = at.mapping(value, "deadline", optional={"days", "workdays", "on", "time"})
    if set(items) not in ({"days"}, {"workdays"}, {"on"}, {"time"}, {"on", "time"}):
        at.refuse("deadline", "days、workdays、on、time 应恰好写一项；on 可以加 time")
    if "days" in items:
        return Deadline(days=_count(at, items, "days"))
    if "workdays" in items:
        return Deadline(workdays=_count(at, items, "workdays"))
    cut_off = _time_of_day(at, items["time"]) if "time" in items else None
    return Deadline(time=cut_off, on=_calendar_day(at, items["on"]) if "on" in items else None)


def _count(at: Reader, items: Mapping[str, object], key: str) -> int:
    return at.integer(items[key], f"deadline.{key}", low=0, high=_LONGEST_DAYS)


def _calendar_day(at: Reader, value: object) -> date:
    try:
        return date.fromisoformat(at.string(value, "deadline.on"))
    except ValueError:
        at.refuse("deadline.on", '应写成带引号的日期，例如 "2022-12-10"')


def _time_of_day(at: Reader, value: object) -> time:
    clock = _TIME.fullmatch(at.string(value, "deadline.time"))
    if clock is None:
        at.refuse("deadline.time", '应写成带引号的时刻，例如 "16:00"')
    return time(int(clock[1]), int(clock[2]))


def _evidence(at: Reader, value: object) -> EvidenceSpec:
    items = at.mapping(value, "evidence", required={"kind"}, optional={"fields", "files"})
    kind = at.member(items["kind"], "evidence.kind", EvidenceKind)
    if kind is EvidenceKind.NONE and len(items) > 1:
        at.refuse("evidence", "不需要报送（NONE）的任务不设表单和附件")
    return library_fields.evidence(at, kind, items.get("fields", []), items.get("files", {}))
