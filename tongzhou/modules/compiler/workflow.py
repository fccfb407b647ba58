"""The life of a compilation: edited, submitted, signed; or sent back, recalled, put aside."""

from tongzhou.base.workflow import Step, Workflow
from tongzhou.modules.compiler.contracts import State

COMPILATION = Workflow(
    name="compilation",
    states={
        State.EDITING: "编辑中",
        State.SUBMITTED: "待签发",
        State.SIGNED: "已签发",
        State.DISCARDED: "已作废",
    },
    steps=(
        Step("submit", frozenset({State.EDITING}), State.SUBMITTED, "送审"),
        Step("recall", frozenset({State.SUBMITTED}), State.EDITING, "撤回"),
        Step("send-back", frozenset({State.SUBMITTED}), State.EDITING, "退回修改"),
        Step("sign", frozenset({State.SUBMITTED}), State.SIGNED, "签发"),
        Step("discard", frozenset({State.EDITING}), State.DISCARDED, "作废"),
        Step("restore", frozenset({State.DISCARDED}), State.EDITING, "恢复"),
    ),
)
