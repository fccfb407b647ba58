"""任务分解: turn a received document into clauses and duties, and put them in force."""

from tongzhou.kernel.access import Role
from tongzhou.kernel.manifest import Entry, Manifest

EDITORS = frozenset({Role.OFFICER})
SIGNERS = frozenset({Role.LEADER, Role.OFFICER})

manifest = Manifest(
    name="compiler",
    label="任务分解",
    permissions={
        "compiler.compilation.view": EDITORS | SIGNERS,
        "compiler.compilation.create": EDITORS,
        "compiler.compilation.edit": EDITORS,
        "compiler.compilation.submit": EDITORS,
        "compiler.compilation.recall": EDITORS,
        "compiler.compilation.discard": EDITORS,
        "compiler.compilation.sign": SIGNERS,
        "compiler.compilation.send-back": SIGNERS,
    },
    navigation=(
        Entry(
            label="任务分解",
            url="compiler:compilation-list",
            stem="compiler.compilation.view",
            icon="edit",
            roles=EDITORS | SIGNERS,
            order=72,
        ),
    ),
    urls="tongzhou.modules.compiler.urls",
    api="tongzhou.modules.compiler.api",
)
