"""Response: response levels and phases by place and time."""

from tongzhou.kernel.access import AUTHORITY_ROLES, READER_ROLES, Role
from tongzhou.kernel.manifest import Entry, Manifest
from tongzhou.kernel.reach import Act, Reach

DECIDERS = frozenset({Role.OFFICER, Role.LEADER})

manifest = Manifest(
    name="response",
    label="应急响应",
    permissions={
        "response.response.start": DECIDERS,
        "response.phase.set": DECIDERS,
    },
    acts={
        "response.response.start": Act("启动应急响应", Reach.REGION),
        "response.phase.set": Act("确定响应级别和阶段", Reach.REGION),
    },
    navigation=(
        Entry(
            label="响应",
            url="response:response-list",
            stem="public",
            icon="response",
            roles=AUTHORITY_ROLES | READER_ROLES,
            order=60,
        ),
    ),
    urls="tongzhou.modules.response.urls",
    api="tongzhou.modules.response.api",
    ribbon="tongzhou.modules.response.public:ribbon",
)
