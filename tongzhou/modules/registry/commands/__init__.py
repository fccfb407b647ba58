"""Writes of the registry."""

from tongzhou.modules.registry.commands.authorities import register_authorities
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
from tongzhou.modules.registry.commands.reorganising import end_region, rename_region

__all__ = [
    "IMPORT_BYTES",
    "apply_dates",
    "assign_attribute",
    "change_organisation",
    "check_import",
    "discard_import",
    "dissolve_organ",
    "end_attribute",
    "end_region",
    "import_regions",
    "note_progress",
    "register_authorities",
    "register_organisation",
    "rename_region",
    "reopen",
    "set_organ",
    "set_status",
    "start_import",
    "write_import",
]
