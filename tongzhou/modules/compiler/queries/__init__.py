"""Reads of the compiler: frozen rows, cut by ``visible_to``."""

from tongzhou.modules.compiler.queries.compilations import (
    count_states,
    find_same_compilation,
    get_compilation,
    get_digest,
    get_original,
    get_source,
    list_compilations,
    list_notes,
    list_working_clauses,
    list_working_duties,
)
from tongzhou.modules.compiler.queries.journal import (
    count_changes,
    find_last_change,
    find_redo,
    list_changes,
    list_presence,
    progress_of,
)
from tongzhou.modules.compiler.queries.regions import list_regions, region_names

__all__ = [
    "count_changes",
    "count_states",
    "find_last_change",
    "find_redo",
    "find_same_compilation",
    "get_compilation",
    "get_digest",
    "get_original",
    "get_source",
    "list_changes",
    "list_compilations",
    "list_notes",
    "list_presence",
    "list_regions",
    "list_working_clauses",
    "list_working_duties",
    "progress_of",
    "region_names",
]
