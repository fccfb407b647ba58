"""Validation of what people type about organisations; the commands decide the rest."""

from tongzhou.modules.registry.forms.facts import (
    COLUMN_OF,
    FIELD_OF,
    YES_NO,
    AttributeForm,
    EndForm,
    EndRegionForm,
    FactsForm,
    OrganForm,
    RegistrationForm,
    RenameForm,
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
