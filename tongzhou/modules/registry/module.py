"""Registry: regions, authorities, organisations, organs, people."""

from tongzhou.kernel.access import ORGAN_ROLES, READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Entry, Manifest

OFFICERS = frozenset({Role.OFFICER})

manifest = Manifest(
    name="registry",
    label="登记名册",
    permissions={
        "registry.organisation.view": REGISTRATION_ROLES | READER_ROLES | ORGAN_ROLES,
        "registry.organisation.register": OFFICERS,
        "registry.organisation.change": OFFICERS,
        "registry.organisation.import": OFFICERS,
        "registry.organisation.export": OFFICERS | {Role.LEADER},
        "registry.region.import": frozenset({Role.OPERATOR}),
        "registry.region.view": frozenset({Role.OPERATOR}),
        "registry.region.change": frozenset({Role.OPERATOR}),
        "registry.authority.register": frozenset({Role.OPERATOR}),
    },
    navigation=(
        Entry(
            label="社会组织",
            url="registry:organisation-list",
            stem="registry.organisation.view",
            icon="organisation",
            roles=REGISTRATION_ROLES | READER_ROLES,
            order=50,
        ),
        Entry(
            label="登记机关",
            url="registry:authority-list",
            stem="registry.organisation.view",
            icon="region",
            roles=REGISTRATION_ROLES | READER_ROLES,
            order=55,
        ),
        Entry(
            label="行政区划",
            url="registry:region-list",
            stem="registry.region.view",
            icon="region",
            roles=frozenset({Role.OPERATOR}),
            order=56,
        ),
        Entry(
            label="本组织资料",
            url="registry:own",
            stem="registry.organisation.view",
            icon="organisation",
            roles=ORGAN_ROLES,
            order=80,
        ),
    ),
    urls="tongzhou.modules.registry.urls",
    api="tongzhou.modules.registry.api",
)
