"""The register of personal data: what is held of people, what for, by which right, how long.

One line for each field (个人信息保护法 51, 55; GB/T 35273). A test fails for a field that looks
personal and is not named here. Articles without a law are those of the 个人信息保护法.
"""

from dataclasses import dataclass
from enum import StrEnum


class Protection(StrEnum):
    """How a field is kept from those who have no business with it."""

    ENCRYPTED = "数据库中加密，按索引精确查找"
    SCOPED = "按岗位和管辖范围可见"
    TRAIL = "只增不改，仅审计和运维可查"
    HASHED = "只存不可还原的摘要"
    SHORTENED = "截短到网段"


ACCOUNT = "登录和识别办事人"
INVITE = "邀请办事人开通岗位"
REGISTER = "登记管理和依法公开"
DUTY = "落实防控任务和核实报送"
TRACE = "追溯谁办了什么"
CONTACT = "应急联络"

LAW = "第十三条第一款第三项：履行法定职责"
EVENT = "第十三条第一款第四项：应对突发公共卫生事件"
LOGS = "第五十一条；网络安全法：留存日志不少于六个月"

WHILE_SERVING = "任职期间；离任两年后匿名化"
AFTER_USE = "接受、作废或过期后三十日"
WITH_ORGANISATION = "登记存续期间；注销后按档案管理规定"
ARCHIVED = "按档案管理规定"
TRAIL_KEPT = "不少于三年，按档案管理规定"
SHORT = "处理完毕即删除"
UNTIL_OVER = "报送后即删除；未报送的，响应结束三十日后清除"


@dataclass(frozen=True, slots=True)
class Datum:
    """A field with personal data: ``model.field``, and everything that has to be said of it."""

    field: str
    what: str
    purpose: str
    basis: str
    kept: str
    protection: Protection = Protection.SCOPED
    sensitive: bool = False


def _all(
    fields: str, what: str, purpose: str, basis: str, kept: str, protection: Protection
) -> list[Datum]:
    return [Datum(each, what, purpose, basis, kept, protection) for each in fields.split()]


REGISTER_OF_DATA: tuple[Datum, ...] = (
    Datum("kernel.User.name", "姓名", ACCOUNT, LAW, WHILE_SERVING),
    Datum("kernel.User.username", "用户名", ACCOUNT, LAW, WHILE_SERVING),
    *_all(
        "kernel.User.first_name kernel.User.last_name",
        "姓名",
        ACCOUNT,
        LAW,
        WHILE_SERVING,
        Protection.SCOPED,
    ),
    Datum("kernel.User.email", "电子邮箱", ACCOUNT, LAW, WHILE_SERVING),
    Datum("kernel.User.phone", "手机号", ACCOUNT, LAW, WHILE_SERVING, Protection.ENCRYPTED),
    *_all(
        "kernel.UserEvent.name kernel.UserEvent.username",
        "姓名",
        TRACE,
        LOGS,
        TRAIL_KEPT,
        Protection.TRAIL,
    ),
    Datum("kernel.Invitation.name", "姓名", INVITE, LAW, AFTER_USE),
    Datum("kernel.Invitation.phone", "手机号", INVITE, LAW, AFTER_USE, Protection.ENCRYPTED),
    Datum("kernel.Invitation.email", "电子邮箱", INVITE, LAW, AFTER_USE),
    *_all(
        "kernel.InvitationBatch.rows kernel.InvitationBatch.words kernel.InvitationBatch.sheet",
        "批量邀请的名单、口令和链接",
        INVITE,
        LAW,
        "一天后删除，等第二个人的七天；口令和链接下载一次即清空",
        Protection.ENCRYPTED,
    ),
    *_all(
        "kernel.AuditLine.actor kernel.SensitiveRead.actor kernel.PurgeHold.actor "
        "response.PhaseSettingEvent.set_by",
        "办事人",
        TRACE,
        LOGS,
        TRAIL_KEPT,
        Protection.TRAIL,
    ),
    *_all(
        "kernel.AuditLine.address kernel.SensitiveRead.address",
        "网络地址",
        TRACE,
        LOGS,
        TRAIL_KEPT,
        Protection.SHORTENED,
    ),
    *_all(
        "compiler.Compilation.creator compiler.Compilation.changer compiler.Compilation.submitter "
        "compiler.Compilation.signer compiler.Change.actor duties.Report.submitter "
        "duties.Report.decider duties.ReportVersion.submitter duties.Step.actor "
        "duties.Draft.saver duties.DutyException.asker duties.DutyException.decider "
        "duties.DutyException.revoker response.PhaseSetting.set_by",
        "办事人",
        TRACE,
        LAW,
        ARCHIVED,
        Protection.SCOPED,
    ),
    Datum("duties.Report.data", "报送内容，可能含姓名和电话", DUTY, EVENT, ARCHIVED),
    Datum("duties.ReportVersion.data", "报送内容，可能含姓名和电话", DUTY, EVENT, ARCHIVED),
    Datum("duties.Draft.data", "报送内容，可能含姓名和电话", DUTY, EVENT, UNTIL_OVER),
    Datum(
        "registry.Organ.person",
        "负责人姓名",
        REGISTER,
        LAW,
        WITH_ORGANISATION,
        Protection.ENCRYPTED,
    ),
    Datum(
        "registry.Organisation.territory_contact",
        "属地联络人",
        CONTACT,
        EVENT,
        WITH_ORGANISATION,
        Protection.ENCRYPTED,
    ),
    Datum(
        "registry.Organisation.address", "住所，可能是个人住址", REGISTER, LAW, WITH_ORGANISATION
    ),
    Datum("registry.Transfer.address", "住所，可能是个人住址", REGISTER, LAW, WITH_ORGANISATION),
    Datum("registry.ImportRow.people", "负责人姓名", REGISTER, LAW, SHORT, Protection.ENCRYPTED),
    Datum(
        "registry.ImportRow.territory_contact",
        "属地联络人",
        CONTACT,
        EVENT,
        SHORT,
        Protection.ENCRYPTED,
    ),
    Datum("registry.ImportRow.address", "住所，可能是个人住址", REGISTER, LAW, SHORT),
)

#: Fields whose names look personal and are not.
NOT_PERSONAL: dict[str, str] = {
    "directives.Clause.address": "the place of a clause in its text",
    "directives.Citation.address": "the place of a clause in its text",
    "directives.Erratum.address": "the place of a clause in its text",
    "compiler.WorkingClause.address": "the place of a clause in its text",
}
