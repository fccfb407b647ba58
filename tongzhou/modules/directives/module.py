"""Directives: documents, clauses, versions, errata."""

from tongzhou.kernel.access import Role
from tongzhou.kernel.manifest import Manifest

manifest = Manifest(
    name="directives",
    label="文件",
    permissions={
        "directives.directive.load": frozenset({Role.OFFICER}),
    },
)
