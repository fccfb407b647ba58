"""What other modules and the command line may use of the directives module.

Queries of higher modules may join these tables for reading, set by set: ``directives_directive``,
``directives_expression``, ``directives_clause``, ``directives_erratum``. Nobody else writes them.
"""

from tongzhou.modules.directives.commands import (
    NewErratum,
    Wording,
    load_directive,
    record_erratum,
    seed_directives,
)
from tongzhou.modules.directives.contracts import (
    Bearer,
    Block,
    BlockKind,
    CitationKind,
    DocumentKind,
    Ground,
    ParsedAttachment,
    ParsedCitation,
    ParsedClause,
    ParsedDocument,
    ProposedDuty,
    Reason,
    Received,
    Strength,
)
from tongzhou.modules.directives.queries import (
    ClauseRow,
    ErratumRow,
    ExpressionRow,
    clause_texts,
    find_expression,
    find_same_text,
    get_expression,
    list_clauses,
    list_expressions,
    propose_urn,
)
from tongzhou.modules.directives.rules import (
    decode,
    duties_to_json,
    parse,
    propose,
    read_text,
    to_json,
)
from tongzhou.modules.directives.rules.passages import Passage, passages
from tongzhou.modules.directives.rules.stretches import Stretches
from tongzhou.modules.directives.rules.typeset import narrow, typeset

__all__ = [
    "Bearer",
    "Block",
    "BlockKind",
    "CitationKind",
    "ClauseRow",
    "DocumentKind",
    "ErratumRow",
    "ExpressionRow",
    "Ground",
    "NewErratum",
    "ParsedAttachment",
    "ParsedCitation",
    "ParsedClause",
    "ParsedDocument",
    "Passage",
    "ProposedDuty",
    "Reason",
    "Received",
    "Strength",
    "Stretches",
    "Wording",
    "clause_texts",
    "decode",
    "duties_to_json",
    "find_expression",
    "find_same_text",
    "get_expression",
    "list_clauses",
    "list_expressions",
    "load_directive",
    "narrow",
    "parse",
    "passages",
    "propose",
    "propose_urn",
    "read_text",
    "record_erratum",
    "seed_directives",
    "to_json",
    "typeset",
]
