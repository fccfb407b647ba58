"""Duties: who owes what, when, and what became of it."""

from tongzhou.kernel.access import ORGAN_ROLES, READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Manifest

REPORTERS = ORGAN_ROLES | {Role.OFFICER, Role.CLERK}

manifest = Manifest(
    name="duties",
    label="任务",
    permissions={
        "duties.library.load": frozenset({Role.OFFICER}),
        "duties.library.enforce": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.library.end": frozenset({Role.OFFICER, Role.LEADER}),
        "duties.report.view": ORGAN_ROLES | REGISTRATION_ROLES | READER_ROLES,
        "duties.report.submit": REPORTERS,
        "duties.draft.save": REPORTERS,
        "duties.report.accept": frozenset({Role.OFFICER}),
        "duties.report.return": frozenset({Role.OFFICER}),
        "duties.report.reopen": frozenset({Role.OFFICER}),
        "duties.report.submit-batch": frozenset(),
    },
)
