"""Validation of what people type about organisations; the commands decide the rest."""

from tongzhou.modules.registry.forms.facts import (
    COLUMN_OF,
    FIELD_OF,
    YES_NO,
    AttributeForm,
    EndForm,
    FactsForm,
    OrganForm,
    RegistrationForm,
    StatusForm,
    add_faults,
)
from tongzhou.modules.registry.forms.many import (
    AnswerForm,
    BulkForm,
    ReasonForm,
    TransferForm,
    UploadForm,
)
from tongzhou.modules.registry.forms.regions import EndRegionForm, RenameForm

__all__ = [
    "COLUMN_OF",
    "FIELD_OF",
    "YES_NO",
    "AnswerForm",
    "AttributeForm",
    "BulkForm",
    "EndForm",
    "EndRegionForm",
    "FactsForm",
    "OrganForm",
    "ReasonForm",
    "RegistrationForm",
    "RenameForm",
    "StatusForm",
    "TransferForm",
    "UploadForm",
    "add_faults",
]
