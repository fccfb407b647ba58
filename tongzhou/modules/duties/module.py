"""Duties: who owes what, when, and what became of it."""

from tongzhou.kernel.access import (
    AUTHORITY_ROLES,
    ORGAN_ROLES,
    ORGANISATION_ROLES,
    READER_ROLES,
    REGISTRATION_ROLES,
    Role,
)
from tongzhou.kernel.manifest import Entry, JobKind, Manifest
from tongzhou.kernel.reach import Act, Reach

REPORTERS = ORGAN_ROLES | {Role.OFFICER, Role.CLERK, Role.OFFICE}
STAFF = ORGAN_ROLES | {Role.FINANCE, Role.VOLUNTEER_LEAD}
REPORT_READERS = (
    STAFF | REGISTRATION_ROLES | READER_ROLES | {Role.OFFICE, Role.ENFORCEMENT, Role.AUDITOR}
)
BOARD_READERS = STAFF | REGISTRATION_ROLES | {Role.OFFICE}
EVERYBODY = ORGANISATION_ROLES | READER_ROLES | AUTHORITY_ROLES | {Role.PUBLIC, Role.OPERATOR}

manifest = Manifest(
    name="duties",
    label="任务",
    permissions={
        "duties.library.view": AUTHORITY_ROLES,
        "duties.library.load": frozenset({Role.OFFICER}),
        "duties.library.enforce": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.library.end": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.report.view": REPORT_READERS,
        "duties.board.view": BOARD_READERS,
        "duties.report.submit": REPORTERS,
        "duties.draft.save": REPORTERS,
        "duties.report.accept": frozenset({Role.OFFICER}),
        "duties.report.return": frozenset({Role.OFFICER}),
        "duties.report.reopen": frozenset({Role.OFFICER}),
        "duties.report.submit-batch": frozenset(),
        "duties.exception.view": REPORT_READERS,
        "duties.exception.request": REPORTERS,
        "duties.exception.withdraw": REPORTERS,
        "duties.exception.grant": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.exception.refuse": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.exception.revoke": frozenset({Role.OFFICER, Role.LEADER}),
    },
    acts={
        "duties.library.view": Act("查看任务库", Reach.ISSUED),
        "duties.library.load": Act("载入任务库", Reach.ISSUED),
        "duties.library.enforce": Act("决定施行", Reach.REGION),
        "duties.library.end": Act("决定终止施行", Reach.REGION),
        "duties.report.view": Act("查看报送", Reach.SIGHT),
        "duties.board.view": Act("查看本单位的任务", Reach.BEARER),
        "duties.report.submit": Act("报送", Reach.ORGAN),
        "duties.draft.save": Act("保存草稿", Reach.ORGAN),
        "duties.report.accept": Act("审核通过", Reach.REVIEWED, second="duties.report.submit"),
        "duties.report.return": Act("退回报送", Reach.REVIEWED, second="duties.report.submit"),
        "duties.report.reopen": Act("撤回审核通过", Reach.REVIEWED, second="duties.report.submit"),
        "duties.report.submit-batch": Act("批量写入报送（仅演示和迁移）", Reach.SITE),
        "duties.exception.view": Act("查看例外", Reach.SIGHT),
        "duties.exception.request": Act("申请免除或延期", Reach.ORGAN),
        "duties.exception.withdraw": Act("撤回例外申请", Reach.ORGAN),
        "duties.exception.grant": Act(
            "同意或给予例外", Reach.REVIEWED, second="duties.exception.request"
        ),
        "duties.exception.refuse": Act(
            "不同意例外", Reach.REVIEWED, second="duties.exception.request"
        ),
        "duties.exception.revoke": Act("撤销例外", Reach.REVIEWED),
    },
    navigation=(
        Entry(
            label="今天",
            url="duties:board",
            stem="duties.board.view",
            icon="today",
            roles=STAFF,
            order=10,
            phone=True,
        ),
        Entry(
            label="审核",
            url="duties:review",
            stem="duties.report.accept",
            icon="review",
            roles=frozenset({Role.OFFICER}),
            order=20,
            phone=True,
        ),
        Entry(
            label="报送记录",
            url="duties:history",
            stem="duties.board.view",
            icon="history",
            roles=STAFF,
            order=30,
            phone=True,
        ),
        Entry(
            label="本机关任务",
            url="duties:board",
            stem="duties.board.view",
            icon="list",
            roles=REGISTRATION_ROLES | {Role.OFFICE},
            order=50,
        ),
        Entry(
            label="例外",
            url="duties:exceptions",
            stem="duties.exception.view",
            icon="calendar",
            roles=ORGAN_ROLES | {Role.OFFICER, Role.LEADER},
            order=36,
        ),
        Entry(
            label="查找",
            url="duties:search",
            stem="public",
            icon="search",
            roles=EVERYBODY,
            order=72,
        ),
        Entry(
            label="任务库",
            url="duties:library-list",
            stem="duties.library.view",
            icon="book",
            roles=AUTHORITY_ROLES - {Role.CLERK},
            order=75,
        ),
    ),
    jobs=(JobKind(task="duties.export", label="导出", stem="duties.report.view"),),
    home=dict.fromkeys(STAFF, "duties:board"),
    urls="tongzhou.modules.duties.urls",
    api="tongzhou.modules.duties.api",
)
