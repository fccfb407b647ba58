"""What other modules and the command line may use of the directives module.

Queries of higher modules may join these tables for reading, set by set: ``directives_directive``,
``directives_expression``, ``directives_clause``, ``directives_erratum``. Nobody else writes them.
"""

from tongzhou.modules.directives.commands import (
    NewErratum,
    load_directive,
    record_erratum,
    seed_directives,
)
from tongzhou.modules.directives.contracts import (
    Block,
    BlockKind,
    ParsedAttachment,
    ParsedClause,
    ParsedDocument,
)
from tongzhou.modules.directives.queries import (
    ClauseRow,
    ErratumRow,
    ExpressionRow,
    clause_texts,
    find_expression,
    get_expression,
    list_clauses,
    list_expressions,
)
from tongzhou.modules.directives.rules import decode, parse, read_text, to_json
from tongzhou.modules.directives.rules.typeset import narrow, typeset

__all__ = [
    "Block",
    "BlockKind",
    "ClauseRow",
    "ErratumRow",
    "ExpressionRow",
    "NewErratum",
    "ParsedAttachment",
    "ParsedClause",
    "ParsedDocument",
    "clause_texts",
    "decode",
    "find_expression",
    "get_expression",
    "list_clauses",
    "list_expressions",
    "load_directive",
    "narrow",
    "parse",
    "read_text",
    "record_erratum",
    "seed_directives",
    "to_json",
    "typeset",
]
