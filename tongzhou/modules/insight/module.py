"""Insight: roll-ups, dashboards, exports."""

from tongzhou.kernel.access import AUTHORITY_ROLES, READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Entry, JobKind, Manifest
from tongzhou.kernel.reach import Act, Reach

READERS = AUTHORITY_ROLES | READER_ROLES
TAKERS = REGISTRATION_ROLES | READER_ROLES | {Role.OFFICE, Role.AUDITOR}

manifest = Manifest(
    name="insight",
    label="进展",
    permissions={
        "insight.figures.view": READERS,
        "insight.figures.export": TAKERS,
    },
    acts={
        "insight.figures.view": Act("查看进展", Reach.SIGHT),
        "insight.figures.export": Act("导出进展", Reach.SIGHT),
    },
    navigation=(
        Entry(
            label="今天",
            url="insight:desk",
            stem="insight.figures.view",
            icon="today",
            roles=READERS,
            order=10,
            phone=True,
        ),
        Entry(
            label="进展",
            url="insight:figures",
            stem="insight.figures.view",
            icon="figures",
            roles=READERS,
            order=40,
            phone=True,
        ),
        Entry(
            label="首页",
            url="insight:public",
            stem="public",
            icon="home",
            roles=frozenset({Role.PUBLIC}),
            order=10,
        ),
        Entry(
            label="我该做什么",
            url="insight:guide",
            stem="public",
            icon="book",
            roles=frozenset({Role.PUBLIC}),
            order=20,
        ),
    ),
    jobs=(
        JobKind(task="insight.export", label="导出", stem="insight.figures.export"),
        JobKind(task="insight.follow", label="导出", stem="insight.figures.export"),
    ),
    home={
        Role.PUBLIC: "insight:public",
        **dict.fromkeys(READERS - {Role.AUDITOR}, "insight:desk"),
    },
    urls="tongzhou.modules.insight.urls",
    api="tongzhou.modules.insight.api",
)
