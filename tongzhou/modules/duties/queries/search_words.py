"""How the search puts codes into words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

STATUSES: Mapping[str, Any] = {
    "FORCE": _("现行有效"),
    "FUTURE": _("尚未生效"),
    "AMENDED": _("已有新文本"),
    "EXPIRED": _("已过有效期"),
    "REPEALED": _("已废止"),
}
KINDS: Mapping[str, Any] = {
    "NOTICE": _("通知"),
    "OPINION": _("意见"),
    "PLAN": _("方案、预案"),
    "GUIDE": _("指引、指南"),
    "ANNOUNCEMENT": _("公告、通告"),
    "LETTER": _("函"),
    "MEASURES": _("办法、规定"),
    "DECISION": _("决定"),
    "INITIATIVE": _("倡议书"),
    "REPORT": _("报告、通报"),
    "OTHER": _("其他文种"),
}
WHAT: Mapping[str, Any] = {"": _("条款和任务"), "clauses": _("只找条款"), "duties": _("只找任务")}
BEARERS: Mapping[str, Any] = {
    "ORGANISATION": _("社会组织"),
    "AUTHORITY": _("登记管理机关"),
    "PARTY_ORG": _("党组织"),
    "SECRETARIAT": _("秘书处"),
    "SUPERVISORY_BOARD": _("监事会（监事）"),
    "LEGAL_REP": _("法定代表人"),
}
ORDERS: Mapping[str, Any] = {
    "relevance": _("按相关程度，有效的在前"),
    "newest": _("最新的文件在前"),
    "oldest": _("最早的文件在前"),
}
ASKING: Mapping[str, Any] = {
    "BASIS": _("问的是：依据哪份文件"),
    "WHO": _("问的是：谁负责"),
    "WHEN": _("问的是：时间和期限"),
    "ALLOWED": _("问的是：能不能做"),
    "REQUIRED": _("问的是：是不是必须做"),
    "HOW": _("问的是：怎么做"),
    "WHAT": _("问的是：有什么要求"),
}
