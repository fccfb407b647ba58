"""Validation of what people type about duties."""

from tongzhou.modules.duties.forms.exceptions import (
    AnswerForm,
    GiveForm,
    GrantForm,
    WishForm,
)
from tongzhou.modules.duties.forms.reports import (
    ACCEPTED,
    COMMON_REASONS,
    PREFIX,
    EnforceForm,
    EvidenceForm,
    LibraryForm,
    ReasonForm,
    RepealForm,
    SearchForm,
    initial_answers,
    typed_answers,
)

__all__ = [
    "ACCEPTED",
    "COMMON_REASONS",
    "PREFIX",
    "AnswerForm",
    "EnforceForm",
    "EvidenceForm",
    "GiveForm",
    "GrantForm",
    "LibraryForm",
    "ReasonForm",
    "RepealForm",
    "SearchForm",
    "WishForm",
    "initial_answers",
    "typed_answers",
]
