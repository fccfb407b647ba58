"""Writes of duties and reports."""

from tongzhou.modules.duties.commands.applicability import evaluate_profiles
from tongzhou.modules.duties.commands.batches import submit_reports
from tongzhou.modules.duties.commands.drafts import save_draft
from tongzhou.modules.duties.commands.enforcement import (
    end_enforcement,
    end_expression,
    enforce_library,
)
from tongzhou.modules.duties.commands.exceptions import (
    grant_exception,
    refuse_exception,
    request_exception,
    revoke_exception,
    withdraw_exception,
)
from tongzhou.modules.duties.commands.filing import stage_files, submit_report
from tongzhou.modules.duties.commands.folding import fold, move_reports
from tongzhou.modules.duties.commands.giving import (
    check_giving,
    give_exception,
    give_exceptions,
)
from tongzhou.modules.duties.commands.ledger import Filing, Key
from tongzhou.modules.duties.commands.libraries import Staged, load_library, stage_library
from tongzhou.modules.duties.commands.review import (
    accept_report,
    accept_reports,
    reopen_report,
    return_report,
    return_reports,
)

__all__ = [
    "Filing",
    "Key",
    "Staged",
    "accept_report",
    "accept_reports",
    "check_giving",
    "end_enforcement",
    "end_expression",
    "enforce_library",
    "evaluate_profiles",
    "fold",
    "give_exception",
    "give_exceptions",
    "grant_exception",
    "load_library",
    "move_reports",
    "refuse_exception",
    "reopen_report",
    "request_exception",
    "return_report",
    "return_reports",
    "revoke_exception",
    "save_draft",
    "stage_files",
    "stage_library",
    "submit_report",
    "submit_reports",
    "withdraw_exception",
]
