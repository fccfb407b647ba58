"""Routes of the registry."""

from django.urls import path

from tongzhou.modules.registry import pages

_ONE = "organisations/<int:organisation_id>-<int:prov>/"

app_name = "registry"
urlpatterns = [
    path("organisations/", pages.list_organisations, name="organisation-list"),
    path("organisations/export/", pages.export_organisations, name="organisation-export"),
    path("organisations/register/", pages.register_organisation, name="organisation-register"),
    path("organisations/import/", pages.show_imports, name="import-list"),
    path("organisations/import/template.xlsx", pages.template_file, name="import-template"),
    path("organisations/import/<uuid:batch_id>/", pages.show_import, name="import"),
    path("organisations/import/<uuid:batch_id>/write/", pages.write_import, name="import-write"),
    path(
        "organisations/import/<uuid:batch_id>/discard/", pages.discard_import, name="import-discard"
    ),
    path(
        "organisations/import/<uuid:batch_id>/faults.xlsx", pages.faults_file, name="import-faults"
    ),
    path("organisations/import/<uuid:batch_id>/check/", pages.check_again, name="import-check"),
    path(
        "organisations/import/<uuid:batch_id>/missing.xlsx",
        pages.missing_file,
        name="import-missing",
    ),
    path("organisations/snapshot/", pages.export_snapshot, name="snapshot"),
    path("organisations/bulk/", pages.show_bulk_changes, name="bulk-list"),
    path("organisations/bulk/<uuid:change_id>/", pages.show_bulk_change, name="bulk"),
    path("organisations/bulk/<uuid:change_id>/apply/", pages.apply_bulk_change, name="bulk-apply"),
    path("organisations/bulk/<uuid:change_id>/undo/", pages.undo_bulk_change, name="bulk-undo"),
    path(
        "organisations/bulk/<uuid:change_id>/discard/",
        pages.discard_bulk_change,
        name="bulk-discard",
    ),
    path("organisations/transfers/", pages.show_transfers, name="transfer-list"),
    path("organisations/transfers/<uuid:transfer_id>/", pages.show_transfer, name="transfer"),
    path("organisations/own/", pages.show_own, name="own"),
    path(_ONE, pages.show_organisation, name="organisation"),
    path(f"{_ONE}change/", pages.change_organisation, name="organisation-change"),
    path(f"{_ONE}status/", pages.set_status, name="organisation-status"),
    path(f"{_ONE}attributes/add/", pages.add_attribute, name="attribute-add"),
    path(f"{_ONE}attributes/<int:attribute_id>/end/", pages.end_attribute, name="attribute-end"),
    path(f"{_ONE}organs/<slug:kind>/", pages.set_organ, name="organ-set"),
    path(f"{_ONE}organs/<slug:kind>/dissolve/", pages.dissolve_organ, name="organ-dissolve"),
    path("regions/", pages.list_regions, name="region-list"),
    path("regions/<int:region_id>/", pages.show_region, name="region"),
    path("authorities/", pages.show_authorities, name="authority-list"),
]
