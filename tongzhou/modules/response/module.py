"""Response: response levels and phases by place and time."""

from tongzhou.kernel.access import Role
from tongzhou.kernel.manifest import Manifest

DECIDERS = frozenset({Role.OFFICER, Role.LEADER})

manifest = Manifest(
    name="response",
    label="应急响应",
    permissions={
        "response.response.start": DECIDERS,
        "response.phase.set": DECIDERS,
    },
)
