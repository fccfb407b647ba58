"""Import sheets of organisations: check everything first, then write it whole or not at all."""

from tongzhou.modules.registry.commands.importing.batches import (
    MAX_BYTES as IMPORT_BYTES,
)
from tongzhou.modules.registry.commands.importing.batches import (
    discard_import,
    get_batch_for,
    note_progress,
    reopen,
    start_import,
)
from tongzhou.modules.registry.commands.importing.checking import check_import
from tongzhou.modules.registry.commands.importing.writing import write_import

__all__ = [
    "IMPORT_BYTES",
    "check_import",
    "discard_import",
    "get_batch_for",
    "note_progress",
    "reopen",
    "start_import",
    "write_import",
]
