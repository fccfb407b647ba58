"""Writes of the registry."""

from tongzhou.modules.registry.commands.authorities import register_authorities
from tongzhou.modules.registry.commands.bulk import (
    apply_bulk_change,
    count_chosen,
    discard_bulk_change,
    note_bulk_progress,
    prepare_bulk_change,
    reopen_bulk_change,
    start_bulk_change,
    undo_bulk_change,
)
from tongzhou.modules.registry.commands.facts import (
    apply_dates,
    assign_attribute,
    dissolve_organ,
    end_attribute,
    set_organ,
)
from tongzhou.modules.registry.commands.importing import (
    IMPORT_BYTES,
    check_import,
    discard_import,
    note_progress,
    reopen,
    start_import,
    write_import,
)
from tongzhou.modules.registry.commands.organisations import (
    change_organisation,
    register_organisation,
    set_status,
)
from tongzhou.modules.registry.commands.regions import import_regions
from tongzhou.modules.registry.commands.reorganising import end_region, plan_end, rename_region
from tongzhou.modules.registry.commands.transfers import (
    accept_transfer,
    decline_transfer,
    request_transfer,
    withdraw_transfer,
)

__all__ = [
    "IMPORT_BYTES",
    "accept_transfer",
    "apply_bulk_change",
    "apply_dates",
    "assign_attribute",
    "change_organisation",
    "check_import",
    "count_chosen",
    "decline_transfer",
    "discard_bulk_change",
    "discard_import",
    "dissolve_organ",
    "end_attribute",
    "end_region",
    "import_regions",
    "note_bulk_progress",
    "note_progress",
    "plan_end",
    "prepare_bulk_change",
    "register_authorities",
    "register_organisation",
    "rename_region",
    "reopen",
    "reopen_bulk_change",
    "request_transfer",
    "set_organ",
    "set_status",
    "start_bulk_change",
    "start_import",
    "undo_bulk_change",
    "withdraw_transfer",
    "write_import",
]
