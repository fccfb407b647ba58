"""What the pages and commands of this package ask for: part of the kernel's manifest."""

from tongzhou.kernel.access import AUTHORITY_ROLES, ORGANISATION_ROLES, READER_ROLES, Role
from tongzhou.kernel.identity.rules import OVER_ORGANISATIONS
from tongzhou.kernel.manifest import Entry
from tongzhou.kernel.reach import Act, Reach

EVERYBODY = ORGANISATION_ROLES | READER_ROLES | AUTHORITY_ROLES | {Role.OPERATOR}
#: Those who give roles to somebody; see rules.py for which ones and where.
GIVERS = READER_ROLES | {
    Role.LEADER,
    Role.OFFICE,
    Role.OFFICER,
    Role.CLERK,
    Role.LEGAL_REP,
    Role.SECRETARIAT,
    Role.OPERATOR,
}
NOBODY: frozenset[Role] = frozenset()

PERMISSIONS: dict[str, frozenset[Role]] = {
    "kernel.person.view": GIVERS | {Role.AUDITOR},
    "kernel.person.invite": GIVERS,
    "kernel.person.invite-many": OVER_ORGANISATIONS,
    "kernel.invitations.release": OVER_ORGANISATIONS,
    "kernel.invitations.decline": OVER_ORGANISATIONS,
    "kernel.invitations.take": OVER_ORGANISATIONS,
    "kernel.invitation.ask": OVER_ORGANISATIONS,
    "kernel.invitation.hand": OVER_ORGANISATIONS,
    "kernel.invitation.reissue": GIVERS,
    "kernel.invitation.revoke": GIVERS,
    "kernel.invitation.mail": GIVERS,
    # By whoever holds the link, on whom the entry puts its name: nobody carries these.
    "kernel.invitation.accept": NOBODY,
    "kernel.invitation.take": NOBODY,
    "kernel.password.set": NOBODY,
    "kernel.assignment.end": GIVERS,
    "kernel.assignment.handover": GIVERS,
    "kernel.deputy.appoint": EVERYBODY,
    "kernel.deputy.end": EVERYBODY,
    "kernel.password.link": GIVERS,
    "kernel.password.ask": OVER_ORGANISATIONS,
    "kernel.password.decline": OVER_ORGANISATIONS,
    "kernel.session.end": GIVERS,
    "kernel.factor.ask": GIVERS,
    "kernel.factor.decide": GIVERS,
    "kernel.contact.change": EVERYBODY,
    "kernel.door.link": NOBODY,
    "kernel.door.unlink": NOBODY,
}

ACTS: dict[str, Act] = {
    "kernel.person.view": Act("查看本单位人员", Reach.AUTHORITY),
    "kernel.person.invite": Act("邀请人员任职", Reach.AUTHORITY),
    "kernel.invitation.ask": Act(
        "提出邀请所登记组织的人", Reach.AUTHORITY, second="kernel.invitation.hand"
    ),
    "kernel.invitation.hand": Act(
        "交付所登记组织的邀请链接", Reach.AUTHORITY, second="kernel.invitation.ask"
    ),
    "kernel.person.invite-many": Act(
        "批量提出邀请所登记组织的人员", Reach.AUTHORITY, second="kernel.invitations.release"
    ),
    "kernel.invitations.release": Act(
        "交付批量邀请的链接", Reach.AUTHORITY, second="kernel.person.invite-many"
    ),
    "kernel.invitations.decline": Act("撤回或不办理批量邀请", Reach.AUTHORITY),
    "kernel.invitations.take": Act("下载批量邀请的口令或链接", Reach.SELF),
    "kernel.invitation.reissue": Act("重新生成邀请链接", Reach.AUTHORITY),
    "kernel.invitation.revoke": Act("作废邀请", Reach.AUTHORITY),
    "kernel.invitation.mail": Act("用邮件发出邀请", Reach.AUTHORITY),
    "kernel.invitation.accept": Act("凭链接接受邀请并设置密码", Reach.SELF),
    "kernel.invitation.take": Act("以已有账号接受邀请", Reach.SELF),
    "kernel.password.set": Act("凭链接设置密码", Reach.SELF),
    "kernel.assignment.end": Act("结束任职", Reach.AUTHORITY),
    "kernel.assignment.handover": Act("移交岗位", Reach.AUTHORITY),
    "kernel.deputy.appoint": Act("安排代理", Reach.AUTHORITY),
    "kernel.deputy.end": Act("结束代理", Reach.AUTHORITY),
    "kernel.password.link": Act(
        "生成重设密码的链接", Reach.AUTHORITY, second="kernel.password.ask"
    ),
    "kernel.password.ask": Act(
        "为所登记组织的人提出重设密码", Reach.AUTHORITY, second="kernel.password.link"
    ),
    "kernel.password.decline": Act("撤回或不办理重设密码的申请", Reach.AUTHORITY),
    "kernel.session.end": Act("让别人退出登录", Reach.AUTHORITY),
    "kernel.factor.ask": Act("申请重置两步验证", Reach.AUTHORITY, second="kernel.factor.decide"),
    "kernel.factor.decide": Act("确认重置两步验证", Reach.AUTHORITY, second="kernel.factor.ask"),
    "kernel.contact.change": Act("改自己的手机号和邮箱", Reach.SELF),
    "kernel.door.link": Act("绑定外部身份", Reach.SELF),
    "kernel.door.unlink": Act("解除外部身份", Reach.SELF),
}

NAVIGATION = (
    Entry(
        label="人员和岗位",
        url="kernel:people",
        stem="kernel.person.view",
        icon="people",
        roles=GIVERS | {Role.AUDITOR},
        order=85,
    ),
)
