"""Directives: documents, clauses, versions, errata."""

from tongzhou.kernel.access import ORGAN_ROLES, READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Entry, Manifest

manifest = Manifest(
    name="directives",
    label="文件",
    permissions={
        "directives.directive.load": frozenset({Role.OFFICER}),
        "directives.erratum.record": frozenset({Role.OFFICER}),
        "directives.expression.repeal": frozenset({Role.OFFICER, Role.LEADER}),
    },
    navigation=(
        Entry(
            label="文件",
            url="directives:directive-list",
            stem="public",
            icon="directive",
            roles=ORGAN_ROLES | READER_ROLES | REGISTRATION_ROLES | {Role.PUBLIC, Role.OPERATOR},
            order=70,
        ),
    ),
    urls="tongzhou.modules.directives.urls",
    api="tongzhou.modules.directives.api",
)
