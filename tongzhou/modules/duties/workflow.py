"""The life of a report: submitted, then accepted or returned; a returned one comes again.

A statement, and a zero report that reports nothing but zeros, is accepted on receipt: nobody
should have to click eight thousand zeros away, and the review queue holds what wants eyes.
"""

from tongzhou.base.workflow import Step, Workflow

SUBMITTED = "SUBMITTED"
ACCEPTED = "ACCEPTED"
RETURNED = "RETURNED"
SILENT = "SILENT"

REPORT = Workflow(
    name="report",
    states={SUBMITTED: "待审核", ACCEPTED: "已通过", RETURNED: "已退回"},
    steps=(
        Step("submit", frozenset({""}), SUBMITTED, "报送"),
        Step("resubmit", frozenset({RETURNED}), SUBMITTED, "重新报送"),
        Step("correct", frozenset({SUBMITTED}), SUBMITTED, "更正"),
        Step("receive", frozenset({"", SUBMITTED, RETURNED, ACCEPTED}), ACCEPTED, "报送并接收"),
        Step("amend", frozenset({ACCEPTED}), SUBMITTED, "更正"),
        Step("accept", frozenset({SUBMITTED}), ACCEPTED, "通过"),
        Step("return", frozenset({SUBMITTED}), RETURNED, "退回"),
        Step("reopen", frozenset({ACCEPTED}), RETURNED, "撤销通过并退回"),
    ),
)

REQUESTED = "REQUESTED"
GRANTED = "GRANTED"
REFUSED = "REFUSED"
WITHDRAWN = "WITHDRAWN"
REVOKED = "REVOKED"

#: The life of an exception: asked for and decided, or granted of the authority's own motion.
EXCEPTION = Workflow(
    name="exception",
    states={
        REQUESTED: "待批",
        GRANTED: "有效",
        REFUSED: "不同意",
        WITHDRAWN: "已撤回",
        REVOKED: "已撤销",
    },
    steps=(
        Step("request", frozenset({""}), REQUESTED, "申请"),
        Step("withdraw", frozenset({REQUESTED}), WITHDRAWN, "撤回申请"),
        Step("grant", frozenset({"", REQUESTED}), GRANTED, "同意"),
        Step("refuse", frozenset({REQUESTED}), REFUSED, "不同意"),
        Step("revoke", frozenset({GRANTED}), REVOKED, "撤销"),
    ),
)
