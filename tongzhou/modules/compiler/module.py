"""任务分解: turn a received document into clauses and duties, and put them in force."""

from tongzhou.kernel.access import Role
from tongzhou.kernel.manifest import Entry, Manifest
from tongzhou.kernel.reach import Act, Reach

EDITORS = frozenset({Role.OFFICER, Role.OFFICE})
SIGNERS = frozenset({Role.LEADER, Role.OFFICER})
READERS = EDITORS | SIGNERS | {Role.AUDITOR}

manifest = Manifest(
    name="compiler",
    label="任务分解",
    permissions={
        "compiler.compilation.view": READERS,
        "compiler.compilation.create": EDITORS,
        "compiler.compilation.edit": EDITORS,
        "compiler.compilation.submit": EDITORS,
        "compiler.compilation.recall": EDITORS,
        "compiler.compilation.discard": EDITORS,
        "compiler.compilation.sign": SIGNERS,
        "compiler.compilation.send-back": SIGNERS,
    },
    acts={
        "compiler.compilation.view": Act("查看分解稿", Reach.AUTHORITY),
        "compiler.compilation.create": Act("载入文件，起草分解稿", Reach.AUTHORITY),
        "compiler.compilation.edit": Act("修改分解稿", Reach.AUTHORITY),
        "compiler.compilation.submit": Act("送审分解稿", Reach.AUTHORITY),
        "compiler.compilation.recall": Act("撤回送审", Reach.AUTHORITY),
        "compiler.compilation.discard": Act("放弃分解稿", Reach.AUTHORITY),
        "compiler.compilation.sign": Act(
            "签发分解稿，使任务生效", Reach.REGION, second="compiler.compilation.submit"
        ),
        "compiler.compilation.send-back": Act("退回送审", Reach.AUTHORITY),
    },
    navigation=(
        Entry(
            label="任务分解",
            url="compiler:compilation-list",
            stem="compiler.compilation.view",
            icon="edit",
            roles=READERS,
            order=72,
            count="tongzhou.modules.compiler.public:count_waiting",
        ),
    ),
    urls="tongzhou.modules.compiler.urls",
    api="tongzhou.modules.compiler.api",
)
