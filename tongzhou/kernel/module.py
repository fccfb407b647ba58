"""The kernel's own permissions: tokens, progress, preferences, the audit trail."""

from tongzhou.kernel.access import AUTHORITY_ROLES, ORGANISATION_ROLES, READER_ROLES, Role
from tongzhou.kernel.identity import manifest as identity
from tongzhou.kernel.manifest import Entry, JobKind, Manifest
from tongzhou.kernel.reach import Act, Reach

EVERYBODY_SIGNED_IN = ORGANISATION_ROLES | READER_ROLES | AUTHORITY_ROLES | {Role.OPERATOR}
AUDIT_READERS = frozenset({Role.OPERATOR, Role.LEADER, Role.AUDITOR})
MATRIX_READERS = AUDIT_READERS
PRIVACY_READERS = frozenset({Role.OPERATOR, Role.AUDITOR})

manifest = Manifest(
    name="kernel",
    label="系统",
    permissions={
        "kernel.progress.view": EVERYBODY_SIGNED_IN,
        "kernel.job.order": EVERYBODY_SIGNED_IN,
        "kernel.job.cancel": EVERYBODY_SIGNED_IN,
        "kernel.job.repeat": EVERYBODY_SIGNED_IN,
        "kernel.job.remove": EVERYBODY_SIGNED_IN,
        "kernel.assignment.choose": EVERYBODY_SIGNED_IN,
        "kernel.assignment.grant": frozenset({Role.OPERATOR}),
        "kernel.user.create": frozenset({Role.OPERATOR}),
        "kernel.token.create": EVERYBODY_SIGNED_IN,
        "kernel.token.revoke": EVERYBODY_SIGNED_IN,
        "kernel.audit.view": AUDIT_READERS,
        "kernel.audit.export": AUDIT_READERS,
        "kernel.privacy.view": PRIVACY_READERS,
        "kernel.privacy.copy": EVERYBODY_SIGNED_IN,
        "kernel.privacy.hold": frozenset({Role.OPERATOR}),
        "kernel.privacy.release": frozenset({Role.OPERATOR}),
        "kernel.privacy.erase": frozenset({Role.OPERATOR}),
        "kernel.privacy.confirm": frozenset({Role.OPERATOR}),
        "kernel.privacy.purge": frozenset(),
        "kernel.roles.view": MATRIX_READERS,
        **identity.PERMISSIONS,
    },
    acts={
        "kernel.progress.view": Act("查看自己的后台作业", Reach.SELF),
        "kernel.job.order": Act("交办后台作业", Reach.SELF),
        "kernel.job.cancel": Act("取消自己的后台作业", Reach.SELF),
        "kernel.job.repeat": Act("重新办理自己的后台作业", Reach.SELF),
        "kernel.job.remove": Act("移除自己的后台作业", Reach.SELF),
        "kernel.assignment.choose": Act("切换岗位", Reach.SELF),
        "kernel.assignment.grant": Act("授予岗位", Reach.SITE),
        "kernel.user.create": Act("开设账号", Reach.SITE),
        "kernel.token.create": Act("制作程序令牌", Reach.SELF),
        "kernel.token.revoke": Act("作废程序令牌", Reach.SELF),
        "kernel.audit.view": Act("查看操作记录", Reach.AUTHORITY),
        "kernel.audit.export": Act("导出操作记录", Reach.AUTHORITY),
        "kernel.privacy.view": Act("查看个人信息清单和查看记录", Reach.SITE),
        "kernel.privacy.copy": Act("下载自己的个人信息", Reach.SELF),
        "kernel.privacy.hold": Act("暂缓清除个人信息", Reach.SITE),
        "kernel.privacy.release": Act("解除暂缓清除", Reach.SITE),
        "kernel.privacy.erase": Act("提出匿名化离任人员", Reach.SITE),
        "kernel.privacy.confirm": Act(
            "确认匿名化离任人员", Reach.SITE, second="kernel.privacy.erase"
        ),
        "kernel.privacy.purge": Act("到期清除个人信息", Reach.SITE),
        "kernel.roles.view": Act("查看权限表", Reach.SITE),
        **identity.ACTS,
    },
    navigation=(
        *identity.NAVIGATION,
        Entry(
            label="操作记录",
            url="kernel:audit",
            stem="kernel.audit.view",
            icon="history",
            roles=AUDIT_READERS,
            order=90,
        ),
        Entry(
            label="个人信息",
            url="kernel:personal-data",
            stem="kernel.privacy.view",
            icon="book",
            roles=PRIVACY_READERS,
            order=92,
        ),
        Entry(
            label="权限表",
            url="kernel:roles",
            stem="kernel.roles.view",
            icon="book",
            roles=MATRIX_READERS,
            order=91,
        ),
    ),
    jobs=(
        JobKind(
            task="kernel.export_audit",
            label="导出",
            stem="kernel.audit.export",
            again="tongzhou.kernel.auditing:export_again",
        ),
        JobKind(
            task="kernel.invite_many",
            label="批量邀请",
            stem="kernel.person.invite-many",
            stops=False,
            repeats=False,
            lasting="邀请是一次全部提出的，已经开始就不能取消；提出以后可以整批撤回。",
            after_cancel="tongzhou.kernel.identity.releasing:put_back",
        ),
        JobKind(
            task="kernel.release_invitations",
            label="批量邀请",
            stem="kernel.invitations.release",
            stops=False,
            repeats=False,
            lasting="链接是一次全部生成的，已经开始就不能取消；生成以后可以逐个作废。",
            after_cancel="tongzhou.kernel.identity.releasing:put_back",
        ),
    ),
    home={Role.OPERATOR: "kernel:audit", Role.AUDITOR: "kernel:audit"},
    urls="tongzhou.kernel.urls",
)
