"""Reads of the compiler: frozen rows, cut by ``visible_to``."""

from tongzhou.modules.compiler.queries.compilations import (
    get_compilation,
    get_source,
    list_compilations,
    list_working_clauses,
    list_working_duties,
)

__all__ = [
    "get_compilation",
    "get_source",
    "list_compilations",
    "list_working_clauses",
    "list_working_duties",
]
