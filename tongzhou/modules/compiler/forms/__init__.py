"""Validation of what people type in the compiler; the commands decide the rest."""

from tongzhou.modules.compiler.forms.document import (
    ClauseForm,
    GroupForm,
    HeadForm,
    IntakeForm,
    ScopeForm,
)
from tongzhou.modules.compiler.forms.duty import DutyForm
from tongzhou.modules.compiler.forms.evidence import EvidenceRows, row_starts

__all__ = [
    "ClauseForm",
    "DutyForm",
    "EvidenceRows",
    "GroupForm",
    "HeadForm",
    "IntakeForm",
    "ScopeForm",
    "row_starts",
]
