"""Hold what the site acknowledged against what the database holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tongzhou.config.load.plan import Key, Told, Visitor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties import public as duties

FILING = ("submit", "receive", "resubmit", "correct", "amend")

_HELD = """
SELECT k.period::text, k.duty, k.organisation, k.prov,
       (SELECT count(*) FROM duties_report r
        WHERE r.period = k.period AND r.duty_id = k.duty AND r.organisation_id = k.organisation
          AND r.prov = k.prov),
       (SELECT count(*) FROM duties_journal s
        WHERE s.period = k.period AND s.duty_id = k.duty AND s.organisation_id = k.organisation
          AND s.prov = k.prov AND s.user_id = ANY(%(users)s) AND s.name = ANY(%(steps)s)),
       (SELECT count(*) FROM kernel_auditline a
        WHERE a.user_id = ANY(%(users)s) AND a.stem = 'duties.report.submit'
          AND a.target = 'report/' || k.period || '/' || k.duty || '/' || k.organisation || '/'
                         || k.prov)
FROM unnest(%(period)s::date[], %(duty)s::bigint[], %(organisation)s::bigint[],
            %(prov)s::smallint[]) AS k(period, duty, organisation, prov)
"""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was acknowledged and what is there; ``faults`` in words, empty when all is well."""

    acknowledged: int = 0
    unsure: int = 0
    found: int = 0
    reports: int = 0
    faults: list[str] = field(default_factory=list)


def reconcile(told: Iterable[Told], visitors: Iterable[Visitor]) -> Reconciliation:
    """Compare report by report: one row, one journal step and one audit line for each answer.

    An answer that never came may have been carried out or not; nothing else may differ.
    """
    wanted: dict[Key, int] = {}
    unsure: dict[Key, int] = {}
    for each in told:
        _add(wanted, each.acknowledged)
        _add(unsure, each.unsure)
    users = [each.user_id for each in visitors if each.kind == "report"]
    keys = sorted({*wanted, *unsure})
    held = {
        (row[0], row[1], row[2], row[3]): row[4:]
        for row in rows(
            _HELD,
            {
                "users": users,
                "steps": list(FILING),
                "period": [key[0] for key in keys],
                "duty": [key[1] for key in keys],
                "organisation": [key[2] for key in keys],
                "prov": [key[3] for key in keys],
            },
        )
    }
    faults = []
    found = reports = 0
    for key in keys:
        present, steps, audited = held.get(key, (0, 0, 0))
        least, most = wanted.get(key, 0), wanted.get(key, 0) + unsure.get(key, 0)
        found += min(steps, least)
        reports += present
        name = "/".join(map(str, key))
        if least and present != 1:
            faults.append(f"{name}: {present} 份报送 · reports instead of one")
        if not least <= steps <= most:
            faults.append(f"{name}: 确认 acknowledged {least}–{most}, 办理记录 journal {steps}")
        if audited != steps:
            faults.append(f"{name}: 办理记录 journal {steps}, 审计 audit {audited}")
    while duties.fold():
        pass
    faults += duties.list_count_faults()
    return Reconciliation(sum(wanted.values()), sum(unsure.values()), found, reports, faults)


def _add(total: dict[Key, int], more: Mapping[Key, int]) -> None:
    for key, count in more.items():
        total[key] = total.get(key, 0) + count
