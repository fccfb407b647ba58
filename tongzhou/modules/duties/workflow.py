"""The life of a report: submitted, then accepted or returned; a returned one comes again."""

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
        Step("accept", frozenset({SUBMITTED}), ACCEPTED, "通过"),
        Step("return", frozenset({SUBMITTED}), RETURNED, "退回"),
        Step("reopen", frozenset({ACCEPTED}), RETURNED, "撤销通过并退回"),
    ),
)
