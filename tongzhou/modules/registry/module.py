"""Registry: regions, authorities, organisations, organs, people."""

from tongzhou.kernel.access import ORGAN_ROLES, READER_ROLES, REGISTRATION_ROLES, Role
from tongzhou.kernel.manifest import Manifest

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
        "registry.authority.register": frozenset({Role.OPERATOR}),
    },
)
