"""The kernel's own permissions: tokens, progress, preferences, the audit trail."""

from tongzhou.kernel.access import ORGAN_ROLES, READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Entry, Manifest

EVERYBODY_SIGNED_IN = ORGAN_ROLES | READER_ROLES | REGISTRATION_ROLES | {Role.OPERATOR}

manifest = Manifest(
    name="kernel",
    label="系统",
    permissions={
        "kernel.progress.view": EVERYBODY_SIGNED_IN,
        "kernel.assignment.choose": EVERYBODY_SIGNED_IN,
        "kernel.assignment.grant": frozenset({Role.OPERATOR}),
        "kernel.user.create": frozenset({Role.OPERATOR}),
        "kernel.token.create": EVERYBODY_SIGNED_IN,
        "kernel.token.revoke": EVERYBODY_SIGNED_IN,
        "kernel.audit.view": frozenset({Role.OPERATOR, Role.LEADER}),
    },
    navigation=(
        Entry(
            label="操作记录",
            url="kernel:audit",
            stem="kernel.audit.view",
            icon="history",
            roles=frozenset({Role.OPERATOR, Role.LEADER}),
            order=90,
        ),
    ),
    home={Role.OPERATOR: "kernel:audit"},
    urls="tongzhou.kernel.urls",
)
