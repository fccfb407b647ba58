"""Give an attribute to many organisations, or end it for them."""

from tongzhou.modules.registry.commands.bulk.changes import (
    apply_bulk_change,
    count_chosen,
    discard_bulk_change,
    note_bulk_progress,
    prepare_bulk_change,
    reopen_bulk_change,
    start_bulk_change,
    undo_bulk_change,
)

__all__ = [
    "apply_bulk_change",
    "count_chosen",
    "discard_bulk_change",
    "note_bulk_progress",
    "prepare_bulk_change",
    "reopen_bulk_change",
    "start_bulk_change",
    "undo_bulk_change",
]
