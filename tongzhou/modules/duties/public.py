"""What other modules may use of duties.

Queries of higher modules may join these tables for reading, set by set: ``duties_duty``,
``duties_dutyprofile``, ``duties_groupprofile``, ``duties_report``, ``duties_step``. Nobody else
writes them.
"""

from tongzhou.modules.duties.commands import (
    Filing,
    Key,
    accept_reports,
    end_expression,
    enforce_library,
    fold,
    load_library,
    return_reports,
    submit_reports,
)
from tongzhou.modules.duties.commands.summing import sum_again
from tongzhou.modules.duties.commands.words import refill_words
from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    FORMS,
    LEVELS,
    ORGANS,
    PHASES,
    BearerKind,
    Burden,
    DutyLibrary,
    DutySpec,
    EvidenceKind,
    Facts,
    FieldSpec,
    FieldType,
    GroupSpec,
    Link,
    Recurrence,
    Relation,
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
from tongzhou.modules.duties.queries.followups import (
    FollowList,
    FollowRow,
    FollowUp,
    list_due_windows,
)
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    EnforcementRow,
    Ground,
    duties_of,
    get_duty,
    get_version,
    library_of,
    list_enforcements,
)
from tongzhou.modules.duties.queries.lists import ReportRow, review_queue
from tongzhou.modules.duties.queries.recount import list_count_faults
from tongzhou.modules.duties.queries.tasks import TaskRow, bearer_of, list_board
from tongzhou.modules.duties.queries.tree import figures_of_tree
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.queries.wording import deadline_text, organ_label, period_text
from tongzhou.modules.duties.rules.applicability import applies, groups_of
from tongzhou.modules.duties.rules.burden import burden_of
from tongzhou.modules.duties.rules.evidence import may_be_received
from tongzhou.modules.duties.rules.library import check_quotes, parse_library, shipped_files
from tongzhou.modules.duties.rules.refinement import Loosening, Ruling
from tongzhou.modules.duties.rules.refinement import faults_of as loosening_faults_of
from tongzhou.modules.duties.rules.windows import Window, ranges_of

__all__ = [
    "ATTRIBUTES",
    "FORMS",
    "LEVELS",
    "MEASURES",
    "ORDERS",
    "ORGANS",
    "PHASES",
    "BearerKind",
    "Breakdown",
    "Burden",
    "DutyLibrary",
    "DutyRow",
    "DutySpec",
    "EnforcementRow",
    "EvidenceKind",
    "Facts",
    "FieldSpec",
    "FieldType",
    "Figure",
    "FigureRow",
    "Filing",
    "FollowList",
    "FollowRow",
    "FollowUp",
    "Ground",
    "GroupSpec",
    "Key",
    "Link",
    "Loosening",
    "Measure",
    "ObligationList",
    "ObligationRow",
    "Recurrence",
    "Relation",
    "ReportRow",
    "Ruling",
    "Selection",
    "Strength",
    "TaskRow",
    "Text",
    "Tree",
    "Window",
    "accept_reports",
    "applies",
    "bearer_of",
    "burden_of",
    "check_quotes",
    "deadline_text",
    "duties_of",
    "end_expression",
    "enforce_library",
    "figures",
    "figures_of_tree",
    "fold",
    "get_duty",
    "get_version",
    "groups_of",
    "library_of",
    "list_board",
    "list_count_faults",
    "list_due_windows",
    "list_enforcements",
    "list_series",
    "list_windows",
    "load_library",
    "loosening_faults_of",
    "may_be_received",
    "narrowed",
    "organ_label",
    "parse_library",
    "period_text",
    "ranges_of",
    "refill_words",
    "return_reports",
    "review_queue",
    "shipped_files",
    "submit_reports",
    "sum_again",
    "total",
    "windows_of",
]
