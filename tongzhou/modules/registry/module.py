"""Registry: regions, authorities, organisations, organs, people."""

from tongzhou.kernel.access import (
    ORGANISATION_ROLES,
    READER_ROLES,
    REGISTRATION_ROLES,
    Role,
)
from tongzhou.kernel.manifest import Entry, JobKind, Manifest
from tongzhou.kernel.reach import Act, Reach

OFFICERS = frozenset({Role.OFFICER})
LOOKERS = (
    REGISTRATION_ROLES
    | READER_ROLES
    | {Role.OFFICE, Role.ENFORCEMENT, Role.PUBLICITY, Role.AUDITOR}
)

manifest = Manifest(
    name="registry",
    label="登记名册",
    permissions={
        "registry.organisation.view": LOOKERS | ORGANISATION_ROLES,
        "registry.organisation.register": OFFICERS,
        "registry.organisation.change": OFFICERS,
        "registry.organisation.import": OFFICERS,
        "registry.organisation.export": OFFICERS | {Role.LEADER},
        "registry.region.import": frozenset({Role.OPERATOR}),
        "registry.region.view": frozenset({Role.OPERATOR}),
        "registry.region.change": frozenset({Role.OPERATOR}),
        "registry.authority.register": frozenset({Role.OPERATOR}),
    },
    acts={
        "registry.organisation.view": Act("查看社会组织", Reach.SIGHT),
        "registry.organisation.register": Act("登记社会组织", Reach.REGISTERED),
        "registry.organisation.change": Act("变更登记事项", Reach.REGISTERED),
        "registry.organisation.import": Act("导入名册", Reach.REGISTERED),
        "registry.organisation.export": Act("导出名册", Reach.SIGHT),
        "registry.region.import": Act("导入行政区划", Reach.SITE),
        "registry.region.view": Act("查看行政区划", Reach.SITE),
        "registry.region.change": Act("调整行政区划", Reach.SITE),
        "registry.authority.register": Act("登记机关名录", Reach.SITE),
    },
    navigation=(
        Entry(
            label="社会组织",
            url="registry:organisation-list",
            stem="registry.organisation.view",
            icon="organisation",
            roles=LOOKERS,
            order=50,
        ),
        Entry(
            label="登记机关",
            url="registry:authority-list",
            stem="registry.organisation.view",
            icon="region",
            roles=LOOKERS,
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
            roles=ORGANISATION_ROLES,
            order=80,
        ),
    ),
    jobs=(
        JobKind(task="registry.export", label="导出", stem="registry.organisation.export"),
        JobKind(task="registry.snapshot", label="导出", stem="registry.organisation.export"),
        JobKind(
            task="registry.check_import",
            label="导入",
            stem="registry.organisation.import",
            after_cancel="tongzhou.modules.registry.commands.importing.batches:stop_checking",
            again="tongzhou.modules.registry.commands.importing.batches:check_again",
        ),
        JobKind(
            task="registry.write_import",
            label="导入",
            stem="registry.organisation.import",
            stops=False,
            repeats=False,
            lasting="正在写入登记簿：整份文件一次写成，写到一半不能停，停了登记簿和任务就对不上。",
            after_cancel="tongzhou.modules.registry.commands.importing.batches:stop_writing",
        ),
        JobKind(
            task="registry.prepare_bulk",
            label="成批变更",
            stem="registry.organisation.change",
            after_cancel="tongzhou.modules.registry.commands.bulk.changes:stop_preparing",
            again="tongzhou.modules.registry.commands.bulk.changes:prepare_again",
        ),
        JobKind(
            task="registry.apply_bulk",
            label="成批变更",
            stem="registry.organisation.change",
            stops=False,
            repeats=False,
            lasting="正在写入登记簿：选中的组织一次办完，不能停在一半；办完以后可以整批撤销。",
            after_cancel="tongzhou.modules.registry.commands.bulk.changes:stop_applying",
        ),
        JobKind(
            task="registry.undo_bulk",
            label="成批变更",
            stem="registry.organisation.change",
            stops=False,
            repeats=False,
            lasting="正在撤销：选中的组织一次恢复，不能停在一半。",
        ),
    ),
    home={Role.MEMBER: "registry:own"},
    directory="tongzhou.modules.registry.public:places",
    urls="tongzhou.modules.registry.urls",
    api="tongzhou.modules.registry.api",
)
