"""Writes of the compiler: each wrapped in ``@command``."""

from tongzhou.modules.compiler.commands.amending import relate_duty
from tongzhou.modules.compiler.commands.deciding import (
    accept_sure,
    add_duty,
    answer_question,
    change_duty,
    decide_duty,
    merge_duties,
    point_duty,
    reset_duty,
    share_duty,
    split_duty,
)
from tongzhou.modules.compiler.commands.editing import (
    add_clause,
    change_clause,
    change_groups,
    change_head,
    change_scope,
    merge_clause,
    move_clause,
    split_clause,
)
from tongzhou.modules.compiler.commands.intake import (
    Original,
    copy_compilation,
    create_compilation,
    discard_compilation,
    restore_compilation,
)
from tongzhou.modules.compiler.commands.signing import sign_compilation
from tongzhou.modules.compiler.commands.submission import (
    recall_compilation,
    send_back_compilation,
    submit_compilation,
)
from tongzhou.modules.compiler.commands.undo import undo_change

__all__ = [
    "Original",
    "accept_sure",
    "add_clause",
    "add_duty",
    "answer_question",
    "change_clause",
    "change_duty",
    "change_groups",
    "change_head",
    "change_scope",
    "copy_compilation",
    "create_compilation",
    "decide_duty",
    "discard_compilation",
    "merge_clause",
    "merge_duties",
    "move_clause",
    "point_duty",
    "recall_compilation",
    "relate_duty",
    "reset_duty",
    "restore_compilation",
    "send_back_compilation",
    "share_duty",
    "sign_compilation",
    "split_clause",
    "split_duty",
    "submit_compilation",
    "undo_change",
]
