"""Insight: roll-ups, dashboards, exports."""

from tongzhou.kernel.access import READER_ROLES, REGISTRATION_ROLES
from tongzhou.kernel.manifest import Manifest

READERS = REGISTRATION_ROLES | READER_ROLES

manifest = Manifest(
    name="insight",
    label="进展",
    permissions={
        "insight.figures.view": READERS,
        "insight.figures.export": READERS,
    },
)
