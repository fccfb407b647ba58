"""Response: response levels and phases by place and time."""

from tongzhou.kernel.access import READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Entry, Manifest

DECIDERS = frozenset({Role.OFFICER, Role.LEADER})

manifest = Manifest(
    name="response",
    label="应急响应",
    permissions={
        "response.response.start": DECIDERS,
        "response.phase.set": DECIDERS,
    },
    navigation=(
        Entry(
            label="响应",
            url="response:response-list",
            stem="public",
            icon="response",
            roles=REGISTRATION_ROLES | READER_ROLES,
            order=60,
        ),
    ),
    urls="tongzhou.modules.response.urls",
    api="tongzhou.modules.response.api",
    ribbon="tongzhou.modules.response.public:ribbon",
)
