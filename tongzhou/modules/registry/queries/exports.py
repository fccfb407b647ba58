"""Write workbooks: the template of an import, and lists exactly as they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from tongzhou.kernel.access import Actor
from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
from tongzhou.modules.registry.contracts import OrganKind
from tongzhou.modules.registry.queries.organisations import (
    Filters,
    OrganisationRow,
    filter_organisations,
)
from tongzhou.modules.registry.queries.snapshot import Selection, write_snapshot
from tongzhou.modules.registry.queries.wording import spoken
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import (
    ORGANISATION_FORMS,
    attribute_kinds,
    form_kinds,
)

DIRECT_ROWS = 10_000
_TELL_EVERY = 2_000


def write_template(target: Path | IO[bytes]) -> None:
    """Write the empty sheet of an import with its notes and the attributes one may name."""
    known = [
        form_kinds()[form].zh for form in sorted(ORGANISATION_FORMS, key=list(form_kinds()).index)
    ]
    notes = [[each.name, c.NEEDED[each.required], each.note, each.example] for each in c.COLUMNS]
    attributes = [
        [
            kind.zh,
            "、".join(kind.synonyms),
            "、".join(form_kinds()[form].zh for form in form_kinds() if form in kind.forms),
            "、".join(attribute_kinds()[code].zh for code in sorted(kind.requires)),
            kind.basis,
        ]
        for kind in attribute_kinds().values()
    ]
    data, help_, kinds_ = c.TEMPLATE_SHEETS
    write_workbook(
        [
            Sheet(
                data,
                [
                    TableColumn(each.name, each.width, each.note, each.required, each.choices)
                    for each in c.COLUMNS
                ],
            ),
            Sheet(
                help_,
                [TableColumn(name, width) for name, width in c.HELP_COLUMNS],
                [*notes, [], [c.FORM, "", "、".join(known), ""], list(c.HELP_WARNING)],
            ),
            Sheet(kinds_, [TableColumn(name, width) for name, width in c.KIND_COLUMNS], attributes),
        ],
        target,
    )


def write_organisations(
    found: Iterable[OrganisationRow],
    target: IO[bytes],
    *,
    tell: Callable[[int], None] = lambda done: None,
) -> int:
    """Write a list of organisations; return how many. ``tell`` is told the rows written so far."""
    forms, statuses, words = spoken("form"), spoken("status"), spoken("attribute")
    written = 0

    def lines() -> Iterator[list[object]]:
        nonlocal written
        for row in found:
            yield [
                row.code,
                row.name,
                forms[row.form],
                statuses[row.status],
                row.registrar,
                row.place,
                row.supervisor,
                row.established_on.isoformat() if row.established_on else "",
                "、".join(words[code] for code in attribute_kinds() if code in row.attributes),
                _("是") if OrganKind.PARTY_ORG in row.organs else _("否"),
                _("是") if OrganKind.SUPERVISORY_BOARD in row.organs else _("否"),
            ]
            written += 1
            if written % _TELL_EVERY == 0:
                tell(written)

    columns = [
        TableColumn(_("统一社会信用代码或内部编号"), 24),
        TableColumn(_("名称"), 40),
        TableColumn(_("登记形式"), 16),
        TableColumn(_("状态"), 10),
        TableColumn(_("登记管理机关"), 26),
        TableColumn(_("所在地"), 14),
        TableColumn(_("业务主管单位"), 26),
        TableColumn(_("成立日期"), 12),
        TableColumn(_("属性"), 40),
        TableColumn(_("党组织"), 8),
        TableColumn(_("监事会"), 8),
    ]
    write_workbook([Sheet(_("社会组织"), columns, lines())], target)
    return written


def write_register(
    actor: Actor,
    filters: Filters,
    target: IO[bytes],
    *,
    kind: str,
    today: date,
    tell: Callable[[int], None] = lambda done: None,
) -> int:
    """Write what an actor may see in the columns of the import; return how many organisations.

    Must run inside a transaction.
    """
    found = filter_organisations(actor, filters).order_by().values("id", "prov")
    sql, params = found.query.sql_with_params()
    return write_snapshot(
        Selection.of_query(sql, params), target, kind=kind, today=today, tell=tell
    )
