"""Duties: who owes what, when, and what became of it."""

from tongzhou.kernel.access import ORGAN_ROLES, READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Entry, Manifest

REPORTERS = ORGAN_ROLES | {Role.OFFICER, Role.CLERK}

manifest = Manifest(
    name="duties",
    label="任务",
    permissions={
        "duties.library.view": REGISTRATION_ROLES,
        "duties.library.load": frozenset({Role.OFFICER}),
        "duties.library.enforce": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.library.end": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.report.view": ORGAN_ROLES | REGISTRATION_ROLES | READER_ROLES,
        "duties.board.view": ORGAN_ROLES | REGISTRATION_ROLES,
        "duties.report.submit": REPORTERS,
        "duties.draft.save": REPORTERS,
        "duties.report.accept": frozenset({Role.OFFICER}),
        "duties.report.return": frozenset({Role.OFFICER}),
        "duties.report.reopen": frozenset({Role.OFFICER}),
        "duties.report.submit-batch": frozenset(),
    },
    navigation=(
        Entry(
            label="今天",
            url="duties:board",
            stem="duties.board.view",
            icon="today",
            roles=ORGAN_ROLES,
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
            roles=ORGAN_ROLES,
            order=30,
            phone=True,
        ),
        Entry(
            label="本机关任务",
            url="duties:board",
            stem="duties.board.view",
            icon="list",
            roles=REGISTRATION_ROLES,
            order=50,
        ),
        Entry(
            label="查找",
            url="duties:search",
            stem="public",
            icon="search",
            roles=ORGAN_ROLES | READER_ROLES | REGISTRATION_ROLES | {Role.PUBLIC, Role.OPERATOR},
            order=72,
        ),
        Entry(
            label="任务库",
            url="duties:library-list",
            stem="duties.library.view",
            icon="book",
            roles=frozenset({Role.OFFICER, Role.LEADER}),
            order=75,
        ),
    ),
    home=dict.fromkeys(ORGAN_ROLES, "duties:board"),
    urls="tongzhou.modules.duties.urls",
    api="tongzhou.modules.duties.api",
)
