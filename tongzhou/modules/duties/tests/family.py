"""A family of texts for tests: an upper notice, its amendment, and supplements below it.

The upper notice binds every organisation of the country by registration; supplements bind a
region's ground. Three duties: ``weekly`` (a report each week), ``once`` (a report within seven
days) and ``monthly`` (a confirmation each month).
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from tests.world import World
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.modules.directives.public import load_directive
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.queries.force import duties_of

UPPER = "cn/mca/2020/77"
TEXT = """关于做好示例工作的通知

各社会组织：

一、各社会组织应当每周报告消毒情况。

二、各社会组织应当在七日内上报联系人。

三、各社会组织应当每月确认活动情况。

示例局

2020年1月29日
"""
PHASES = ["LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4"]
NUMBER = {
    "name": "rooms",
    "type": "number",
    "label": {"zh": "消毒间数", "en": "Rooms"},
    "required": True,
    "min": 0,
}
DUTIES: dict[str, dict[str, Any]] = {
    "weekly": {
        "id": "weekly",
        "clause": "1",
        "quote": "各社会组织应当每周报告消毒情况",
        "title": {"zh": "报告消毒情况", "en": "Report on disinfection"},
        "guide": {"zh": "每周报一次消毒情况。", "en": "Report once a week."},
        "strength": "MUST",
        "bearer": {"kind": "ORGANISATION"},
        "phases": PHASES,
        "recurrence": "WEEKLY",
        "deadline": {"days": 2},
        "deadline_basis": "clause",
        "evidence": {"kind": "REPORT", "fields": [NUMBER]},
        "minutes": 3,
    },
    "once": {
        "id": "once",
        "clause": "2",
        "quote": "各社会组织应当在七日内上报联系人",
        "title": {"zh": "上报联系人", "en": "Name a contact"},
        "guide": {"zh": "报一次联系人。", "en": "Name a contact once."},
        "strength": "MUST",
        "bearer": {"kind": "ORGANISATION"},
        "phases": PHASES,
        "recurrence": "ONCE",
        "deadline": {"days": 7},
        "deadline_basis": "clause",
        "evidence": {"kind": "REPORT", "fields": [NUMBER]},
        "minutes": 2,
    },
    "monthly": {
        "id": "monthly",
        "clause": "3",
        "quote": "各社会组织应当每月确认活动情况",
        "title": {"zh": "确认活动情况", "en": "Confirm activities"},
        "guide": {"zh": "每月确认一次。", "en": "Confirm once a month."},
        "strength": "MUST",
        "bearer": {"kind": "ORGANISATION"},
        "phases": PHASES,
        "recurrence": "MONTHLY",
        "deadline": {"days": 5},
        "deadline_basis": "clause",
        "evidence": {"kind": "STATEMENT"},
        "minutes": 1,
    },
}
GROUPS = {
    "ASSOCIATION": {
        "label": {"zh": "行业协会商会", "en": "Trade associations"},
        "clause": "1",
        "any_of": ["TRADE_ASSOCIATION"],
    }
}


def body(
    expression: str,
    *names: str,
    version: int = 1,
    region: int = 0,
    by: str = "REGISTRATION",
    **changes: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a library with some of the duties (all without names), changed as given."""
    duties = [deepcopy(DUTIES[name]) for name in names or DUTIES]
    for duty in duties:
        for key, value in changes.get(duty["id"], {}).items():
            if value is None:
                duty.pop(key, None)
            else:
                duty[key] = value
    return {
        "expression": expression,
        "version": version,
        "scope": {"region": region, "by": by},
        "groups": deepcopy(GROUPS),
        "duties": duties,
    }


def publish(
    urn: str, at: datetime, *, wording: Any = None, text: str = TEXT, issuer: str = "示例局"
) -> int:
    """Load a text under an URN; return the expression's id."""
    return load_directive(actor=SYSTEM, at=at, urn=urn, text=text, issuer=issuer, wording=wording)


def load(
    given: Mapping[str, Any],
    at: datetime,
    *,
    continues: Mapping[str, int] | None = None,
    refines: Mapping[str, int] | None = None,
    actor: Actor = SYSTEM,
) -> int:
    """Load a library; return its id."""
    return commands.load_library(
        actor=actor, at=at, body=given, name="probe", continues=continues, refines=refines
    )


def enforce(
    world: World, library: int, at: datetime, *replaces: int, actor: Actor = SYSTEM, **more: Any
) -> int:
    """Put a library in force under the world's response; return the enforcement's id."""
    return commands.enforce_library(
        actor=actor,
        at=at,
        library_id=library,
        response_id=world.response,
        decided_by="示例局",
        replaces=replaces,
        **more,
    )


def roots(library: int) -> dict[str, int]:
    """Return the duties of a library by their ids in it."""
    return {each.spec.id: each.id for each in duties_of(library)}


def versions(library: int) -> dict[str, int]:
    """Return the versions in a library by their ids in it."""
    return {each.spec.id: each.version_id for each in duties_of(library)}
