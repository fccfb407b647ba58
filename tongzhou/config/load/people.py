"""Who visits: accounts made for one run, on data that is meant for trying things out."""

import os
import secrets
from datetime import datetime
from typing import Any

from tongzhou.base.errors import Refusal
from tongzhou.config.demo.fates import answers
from tongzhou.config.load.plan import Duty, Plan, Visitor
from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM, Role, permissions_of
from tongzhou.kernel.access import Actor as KernelActor
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import User
from tongzhou.modules.duties import public as duties
from tongzhou.modules.registry import public as registry

MOST_DUTIES = 4

# Bearers of many places, the same ones each time, that are free to report; those first whose
# reports the reviewers of this run will see.
_ORGANISATIONS = """
(SELECT id, prov FROM registry_organisation
 WHERE form <> 'AUTHORITY' AND status = 'ACTIVE' AND registered_region = ANY(%(seats)s)
 ORDER BY (id * 7919) %% 100003, id LIMIT %(near)s)
UNION ALL
(SELECT id, prov FROM registry_organisation
 WHERE form <> 'AUTHORITY' AND status = 'ACTIVE' AND registered_region <> ALL(%(seats)s)
 ORDER BY (id * 7919) %% 100003, id LIMIT %(most)s)
"""

_WAITING = """
SELECT c.registered_region FROM duties_counter k
JOIN registry_cell c ON c.id = k.cell_id AND c.prov = k.prov
WHERE k.submitted > 0 GROUP BY 1 ORDER BY sum(k.submitted) DESC, 1 LIMIT 20
"""
_REGISTERED = """
SELECT registered_region FROM registry_cell GROUP BY 1 ORDER BY sum(population) DESC, 1 LIMIT 20
"""


def require_playground(*, sure: bool) -> None:
    """Refuse to load a site in earnest: never in production, elsewhere only demonstration data."""
    if os.environ.get("TONGZHOU_ENV") == "production":
        raise Refusal(
            "正式环境不能做压力测试。",
            code="load-production",
            way_out="请在演示环境或者测量环境中运行。",
        )
    if not sure and User.objects.filter(is_demo=False).exists():
        raise Refusal(
            "这个数据库里有演示以外的账号，压力测试会写入报送。",
            code="load-earnest",
            way_out="确认可以写入时，加上 --yes。",
        )


def invite(plan: Plan, at: datetime) -> list[Visitor]:
    """Create the visitors of one run; their passwords are known to this process alone.

    Raises Refusal when nothing is in force, or nobody owes what can be reported without a file.
    """
    run = secrets.token_hex(3)
    password = secrets.token_urlsafe(18)
    busy = _busy()
    seats = busy[: plan.count("review")]
    found = [
        _visitor(plan, run, number, password, at, bearer, owed)
        for number, (bearer, owed) in enumerate(_reporters(plan.count("report"), seats, at))
    ]
    if plan.count("report") and not found:
        raise Refusal(
            "现在没有可以报送的任务。",
            code="load-nothing-owed",
            way_out="请先施行任务库并设定响应级别，或者载入演示数据。",
        )
    regions = _regions(busy)
    for kind in ("review", "read"):
        for number in range(plan.count(kind)):
            region = regions[kind][number % len(regions[kind])]
            found.append(_officer(kind, f"load-{run}-{kind}-{number}", password, region, at))
    return found


def _reporters(
    count: int, seats: list[int], at: datetime
) -> list[tuple[registry.BearerRow, list[duties.TaskRow]]]:
    """Return organisations with duties that can be reported without files; half are of ``seats``.

    First what can be reported again and again, then what an officer reviews.
    """
    found: list[tuple[registry.BearerRow, list[duties.TaskRow]]] = []
    asked = {"seats": seats, "near": count // 2 if seats else 0, "most": count * 4}
    for identifier, prov in rows(_ORGANISATIONS, asked):
        bearer = registry.find_bearer(identifier, prov)
        if bearer is None or len(found) == count:
            continue
        actor = KernelActor(
            user_id=None,
            role=Role.SECRETARIAT,
            label=bearer.name,
            organisation_id=bearer.id,
            prov=bearer.prov,
            permissions=permissions_of(Role.SECRETARIAT),
        )
        owed = [
            row
            for row in duties.list_board(actor, bearer, at)
            if row.may_report and not row.duty.spec.evidence.files_min and _lasts(row)
        ]
        # Zero reports and statements first: they can be amended as often as one likes.
        owed.sort(key=lambda row: (not _repeatable(row), row.duty.id))
        if owed:
            found.append((bearer, owed))
    return found


def _repeatable(row: duties.TaskRow) -> bool:
    return row.duty.spec.evidence.kind in {
        duties.EvidenceKind.ZERO_REPORT,
        duties.EvidenceKind.STATEMENT,
    }


def _lasts(row: duties.TaskRow) -> bool:
    """Leave out what was decided already and cannot be corrected."""
    return _repeatable(row) or row.state in {"", "RETURNED"}


def _visitor(
    plan: Plan,
    run: str,
    number: int,
    password: str,
    at: datetime,
    bearer: registry.BearerRow,
    owed: list[duties.TaskRow],
) -> Visitor:
    name = f"load-{run}-report-{number}"
    user, assignment = _person(
        name,
        password,
        at,
        Role.SECRETARIAT,
        label=bearer.name,
        organisation_id=bearer.id,
        prov=bearer.prov,
    )
    token = ""
    if plan.sign_in == "token":
        token = accounts.create_token(
            actor=SYSTEM, at=at, label=name, assignment_id=assignment, days=1
        )
    repeatable = [row for row in owed if _repeatable(row)] or owed
    reviewed = [row for row in owed if row not in repeatable]
    return Visitor(
        kind="report",
        username=name,
        password=password,
        user_id=user,
        token=token,
        organisation=bearer.id,
        prov=bearer.prov,
        duties=tuple(_duty(name, row) for row in repeatable[:MOST_DUTIES]),
        once=tuple(_duty(name, row) for row in reviewed[:MOST_DUTIES]),
    )


def _duty(name: str, row: duties.TaskRow) -> Duty:
    spec, start = row.duty.spec, row.period.start
    return Duty(row.duty.id, start, answers(1, name, str(row.duty.id), spec, start))


def _busy() -> list[int]:
    """Return whose officers have most to review; where nothing waits, who registered most."""
    for statement in (_WAITING, _REGISTERED):
        if found := [row[0] for row in rows(statement)]:
            return found
    return []


def _regions(busy: list[int]) -> dict[str, list[int]]:
    """Return where officers sit: for reviews at the busy places, for reading all over the tree."""
    seats = [
        row[0]
        for row in rows(
            "SELECT region_id FROM registry_authority WHERE kind = 'REGISTRATION'"
            " AND valid_to IS NULL ORDER BY (level = 'NATION') DESC, (level = 'PROVINCE') DESC,"
            " region_id LIMIT 40"
        )
    ]
    if not seats:
        raise Refusal("还没有登记管理机关。", code="load-empty", way_out="请先载入演示数据。")
    return {"review": busy or seats, "read": seats}


def _officer(kind: str, name: str, password: str, region: int, at: datetime) -> Visitor:
    authority = registry.find_authority(str(registry.AuthorityKind.REGISTRATION), region)
    if authority is None:
        raise Refusal("还没有登记管理机关。", code="load-empty", way_out="请先载入演示数据。")
    low, high = registry.span(region)
    user, _assignment = _person(
        name,
        password,
        at,
        Role.OFFICER,
        label=authority.name,
        authority_id=authority.id,
        organisation_id=authority.organisation_id,
        prov=authority.prov,
        low=low,
        high=high,
    )
    pages = (
        "/desk/",
        f"/figures/?region={region}",
        f"/figures/list/?region={region}&measure=overdue",
        f"/figures/?region={region}&by=duty",
    )
    return Visitor(kind=kind, username=name, password=password, user_id=user, pages=pages)


def _person(name: str, password: str, at: datetime, role: Role, **place: Any) -> tuple[int, int]:
    """Create a person for this run, marked as one of the demonstration; return both ids."""
    user = accounts.create_user(
        actor=SYSTEM, at=at, username=name, name=name, password=password, demo=True
    )
    assignment = accounts.grant_assignment(actor=SYSTEM, at=at, user_id=user, role=role, **place)
    return user, assignment
