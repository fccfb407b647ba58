"""Tables of the kernel: people, how they come in again, the trail, files and jobs."""

from tongzhou.kernel.models.people import (
    ApiToken,
    Assignment,
    Deputy,
    Invitation,
    InvitationBatch,
    User,
)
from tongzhou.kernel.models.recovery import (
    Erasure,
    FactorReset,
    PasswordLink,
    PasswordRequest,
    SpentTicket,
)
from tongzhou.kernel.models.trail import (
    AuditLine,
    AuditSeal,
    PurgeHold,
    SensitiveRead,
)
from tongzhou.kernel.models.work import (
    IdempotencyKey,
    Progress,
    SharedValue,
    StoredFile,
)

__all__ = [
    "ApiToken",
    "Assignment",
    "AuditLine",
    "AuditSeal",
    "Deputy",
    "Erasure",
    "FactorReset",
    "IdempotencyKey",
    "Invitation",
    "InvitationBatch",
    "PasswordLink",
    "PasswordRequest",
    "Progress",
    "PurgeHold",
    "SensitiveRead",
    "SharedValue",
    "SpentTicket",
    "StoredFile",
    "User",
]
