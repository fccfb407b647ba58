"""What other modules may use of duties.

Queries of higher modules may join these tables for reading, set by set: ``duties_duty``,
``duties_dutyprofile``, ``duties_groupprofile``, ``duties_report``, ``duties_step``. Nobody else
writes them.
"""

from tongzhou.modules.duties.commands import (
    Filing,
    Key,
    accept_reports,
    enforce_library,
    fold,
    load_library,
    return_reports,
    submit_reports,
)
from tongzhou.modules.duties.contracts import (
    FORMS,
    ORGANS,
    PHASES,
    BearerKind,
    DutyLibrary,
    DutySpec,
    EvidenceKind,
    FieldSpec,
    FieldType,
    GroupSpec,
    Recurrence,
    Strength,
    Text,
)
from tongzhou.modules.duties.queries.figures import (
    MEASURES,
    ORDERS,
    Breakdown,
    Figure,
    FigureRow,
    Measure,
    ObligationList,
    ObligationRow,
    Selection,
    Tree,
    figures,
    list_series,
    narrowed,
    total,
    windows_of,
)
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    EnforcementRow,
    Ground,
    duties_of,
    get_duty,
    library_of,
    list_enforcements,
    list_windows,
)
from tongzhou.modules.duties.queries.lists import ReportRow, review_queue
from tongzhou.modules.duties.queries.recount import list_count_faults
from tongzhou.modules.duties.queries.tasks import TaskRow, bearer_of, list_board
from tongzhou.modules.duties.queries.wording import deadline_text, organ_label
from tongzhou.modules.duties.rules.evidence import may_be_received
from tongzhou.modules.duties.rules.library import shipped_files
from tongzhou.modules.duties.rules.windows import Window

__all__ = [
    "FORMS",
    "MEASURES",
    "ORDERS",
    "ORGANS",
    "PHASES",
    "BearerKind",
    "Breakdown",
    "DutyLibrary",
    "DutyRow",
    "DutySpec",
    "EnforcementRow",
    "EvidenceKind",
    "FieldSpec",
    "FieldType",
    "Figure",
    "FigureRow",
    "Filing",
    "Ground",
    "GroupSpec",
    "Key",
    "Measure",
    "ObligationList",
    "ObligationRow",
    "Recurrence",
    "ReportRow",
    "Selection",
    "Strength",
    "TaskRow",
    "Text",
    "Tree",
    "Window",
    "accept_reports",
    "bearer_of",
    "deadline_text",
    "duties_of",
    "enforce_library",
    "figures",
    "fold",
    "get_duty",
    "library_of",
    "list_board",
    "list_count_faults",
    "list_enforcements",
    "list_series",
    "list_windows",
    "load_library",
    "may_be_received",
    "narrowed",
    "organ_label",
    "return_reports",
    "review_queue",
    "shipped_files",
    "submit_reports",
    "total",
    "windows_of",
]
