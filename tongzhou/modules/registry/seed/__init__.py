"""Load the registry's base data and the demonstration city, through the same commands as users."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from tongzhou.kernel.access import Actor
from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import NewAuthority
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.regions import seed_regions
from tongzhou.modules.registry.seed.invented import invented_organisations, invented_principals
from tongzhou.modules.registry.seed.nation import national_authorities

DEMO_SEED = 20221207


def seed_base(*, actor: Actor, at: datetime) -> None:
    """Load the regions and the civil affairs departments of the country."""
    commands.import_regions(actor=actor, at=at, regions=seed_regions())
    commands.register_authorities(actor=actor, at=at, authorities=national_authorities())


def seed_demo(
    *,
    actor: Actor,
    at: datetime,
    tell: Callable[[str], None] = lambda message: None,
    seed: int = DEMO_SEED,
    limit: int | None = None,
) -> UUID:
    """Import the invented organisations of Guangzhou from a workbook; return the batch.

    ``limit`` takes only the first so many.
    """
    tell("登记业务主管单位和行业管理部门")
    commands.register_authorities(
        actor=actor,
        at=at,
        authorities=[
            NewAuthority(kind=each.kind, name=each.name, region_id=each.region_id)
            for each in invented_principals()
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "广州市社会组织.xlsx"
        columns = [TableColumn(each.name, each.width) for each in c.COLUMNS]
        lines = (list(row.values()) for row in islice(invented_organisations(seed), limit))
        write_workbook([Sheet("社会组织", columns, lines)], path)
        tell("检查社会组织的登记信息")
        with path.open("rb") as stream:
            batch = commands.start_import(
                actor=actor, at=at, stream=stream, name=path.name, size=path.stat().st_size
            )
    commands.check_import(actor=actor, at=at, batch_id=batch)
    tell("写入登记名册")
    commands.write_import(actor=actor, at=at, batch_id=batch)
    return batch
