"""Duties as versioned rules, and what became of them.

There is no row per organisation per duty. A duty is a rule; which profiles it binds is held in
:class:`DutyProfile`; a report exists once somebody reported. Counters follow reports through
deltas, so that a figure is read from few rows and is exact at every moment.
"""

from tongzhou.modules.duties.models.counts import (
    Counter,
    Delta,
    Node,
    PopulationDelta,
    Standing,
    Summed,
    Tally,
)
from tongzhou.modules.duties.models.libraries import (
    Duty,
    DutyProfile,
    Enforcement,
    GroupProfile,
    Library,
)
from tongzhou.modules.duties.models.reports import (
    Draft,
    DutyException,
    Report,
    ReportKey,
    ReportVersion,
    Step,
)

__all__ = [
    "Counter",
    "Delta",
    "Draft",
    "Duty",
    "DutyException",
    "DutyProfile",
    "Enforcement",
    "GroupProfile",
    "Library",
    "Node",
    "PopulationDelta",
    "Report",
    "ReportKey",
    "ReportVersion",
    "Standing",
    "Step",
    "Summed",
    "Tally",
]
