"""Pages of the registry."""

from tongzhou.modules.registry.pages.authorities import show_authorities
from tongzhou.modules.registry.pages.bulk import (
    apply_bulk_change,
    discard_bulk_change,
    show_bulk_change,
    show_bulk_changes,
    undo_bulk_change,
)
from tongzhou.modules.registry.pages.changing import (
    add_attribute,
    change_organisation,
    dissolve_organ,
    end_attribute,
    register_organisation,
    set_organ,
    set_status,
)
from tongzhou.modules.registry.pages.importing import (
    check_again,
    discard_import,
    faults_file,
    missing_file,
    show_import,
    show_imports,
    template_file,
    write_import,
)
from tongzhou.modules.registry.pages.listing import (
    export_organisations,
    export_snapshot,
    list_organisations,
)
from tongzhou.modules.registry.pages.regions import list_regions, show_region
from tongzhou.modules.registry.pages.showing import show_organisation, show_own
from tongzhou.modules.registry.pages.transfers import show_transfer, show_transfers

__all__ = [
    "add_attribute",
    "apply_bulk_change",
    "change_organisation",
    "check_again",
    "discard_bulk_change",
    "discard_import",
    "dissolve_organ",
    "end_attribute",
    "export_organisations",
    "export_snapshot",
    "faults_file",
    "list_organisations",
    "list_regions",
    "missing_file",
    "register_organisation",
    "set_organ",
    "set_status",
    "show_authorities",
    "show_bulk_change",
    "show_bulk_changes",
    "show_import",
    "show_imports",
    "show_organisation",
    "show_own",
    "show_region",
    "show_transfer",
    "show_transfers",
    "template_file",
    "undo_bulk_change",
    "write_import",
]
