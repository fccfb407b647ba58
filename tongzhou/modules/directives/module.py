"""Directives: documents, clauses, versions, errata."""

from tongzhou.kernel.access import AUTHORITY_ROLES, ORGANISATION_ROLES, READER_ROLES, Role
from tongzhou.kernel.manifest import Entry, Manifest
from tongzhou.kernel.reach import Act, Reach

EVERYBODY = ORGANISATION_ROLES | READER_ROLES | AUTHORITY_ROLES | {Role.PUBLIC, Role.OPERATOR}

manifest = Manifest(
    name="directives",
    label="文件",
    permissions={
        "directives.directive.load": frozenset({Role.OFFICER}),
        "directives.erratum.record": frozenset({Role.OFFICER}),
        "directives.expression.repeal": frozenset({Role.OFFICER, Role.LEADER}),
    },
    acts={
        "directives.directive.load": Act("保存文件原文", Reach.ISSUED),
        "directives.erratum.record": Act("登记勘误", Reach.ISSUED),
        "directives.expression.repeal": Act("废止文件", Reach.REGION),
    },
    navigation=(
        Entry(
            label="文件",
            url="directives:directive-list",
            stem="public",
            icon="directive",
            roles=EVERYBODY,
            order=70,
        ),
    ),
    urls="tongzhou.modules.directives.urls",
    api="tongzhou.modules.directives.api",
)
