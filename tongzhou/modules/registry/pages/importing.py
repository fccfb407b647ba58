"""Importing sheets: template, upload, what the check found, writing, faulty rows to mend."""

from __future__ import annotations

import tempfile
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock, files, own_jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, is_part, page
from tongzhou.kernel.tables import XLSX_TYPE
from tongzhou.kernel.uploads import takes
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.forms import UploadForm
from tongzhou.modules.registry.queries import exports, imports
from tongzhou.modules.registry.rules import columns as c

_IMPORT = "registry.organisation.import"
_SHOWN_FAULTS = 50


def _check(actor: Actor, batch: UUID, name: str) -> HttpResponse:
    """Have a sheet checked by a job, and go where it is watched."""
    back = reverse("registry:import", args=[batch])
    progress = own_jobs.order(
        actor=actor,
        at=clock.now(),
        kind="registry.check_import",
        label=_("检查%(name)s") % {"name": name},
        back=back,
        args={"batch_id": str(batch)},
    )
    commands.note_progress(batch, check=progress.pk)
    return redirect(back)


@page(_IMPORT)
def show_imports(request: HttpRequest) -> HttpResponse:
    """Take a sheet to be checked, and list those of the authority."""
    actor, at = actor_of(request), clock.now()
    form = UploadForm(request.POST or None, request.FILES or None)
    refusal, status = None, 200
    if request.method == "POST":
        if getattr(request, "upload_too_large", False):
            # The rest of such a request was not read: there is no form to put the fault beside.
            form, status = UploadForm(), 422
            refusal = Refusal(
                "文件超过 400 MB，没有收下。",
                field="file",
                code="file-too-large",
                way_out="请分成几个文件上传。",
            )
        elif form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                with transaction.atomic():
                    batch = commands.start_import(
                        actor=actor,
                        at=at,
                        stream=upload,
                        name=upload.name,
                        size=upload.size,
                        mode=form.cleaned_data["mode"] or "ADD",
                    )
                    return _check(actor, batch, upload.name)
            except Refusal as caught:
                status = caught.status
                refusal = caught
        else:
            status = 422
    return render(
        request,
        "registry/imports.html",
        {
            "form": form,
            "refusal": refusal,
            "batches": imports.list_imports(actor),
            "columns": c.COLUMNS,
            "crumbs": [
                (_("社会组织"), reverse("registry:organisation-list")),
                (_("导入"), ""),
            ],
        },
        status=status,
    )


@page(_IMPORT)
def show_import(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show how far a sheet is and what the check found; htmx asks again while a job runs."""
    actor = actor_of(request)
    batch = imports.get_import(actor, batch_id)
    going = batch.progress is not None and batch.progress.state in {"WAITING", "RUNNING"}
    context = {
        "batch": batch,
        "going": going,
        "now": clock.now(),
        "failed": batch.progress is not None
        and batch.progress.state in {"REFUSED", "FAILED", "CANCELLED"},
        "faults": imports.fault_lines(batch.sample[:_SHOWN_FAULTS], _),
        "differences": imports.list_differences(batch) if batch.state == "CHECKED" else [],
        "columns": [(name, count) for name, count in batch.differences.items()],
        "listing_url": reverse("registry:organisation-list"),
        "crumbs": [
            (_("社会组织"), reverse("registry:organisation-list")),
            (_("导入"), reverse("registry:import-list")),
            (batch.name, ""),
        ],
    }
    template = "registry/import_state.html" if is_part(request) else "registry/import.html"
    return render(request, template, context)


@page(_IMPORT)
def write_import(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Have the good rows of a checked sheet written by a job."""
    actor, at = actor_of(request), clock.now()
    batch = imports.get_import(actor, batch_id)
    back = reverse("registry:import", args=[batch_id])
    if request.method == "POST" and batch.state == "CHECKED" and batch.good:
        with transaction.atomic():
            progress = own_jobs.order(
                actor=actor,
                at=at,
                kind="registry.write_import",
                label=_("导入%(name)s") % {"name": batch.name},
                total=batch.good,
                back=back,
                args={"batch_id": str(batch_id)},
            )
            commands.note_progress(batch_id, write=progress.pk)
    return redirect(back)


@page(_IMPORT)
def check_again(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Check a sheet once more: after a failure, or because the register changed meanwhile."""
    actor = actor_of(request)
    batch = imports.get_import(actor, batch_id)
    if request.method == "POST" and batch.state in {"CHECKING", "CHECKED", "REFUSED", "STOPPED"}:
        with transaction.atomic():
            return _check(actor, batch_id, batch.name)
    return redirect("registry:import", batch_id)


@page(_IMPORT)
def discard_import(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Give up a sheet that was not written."""
    if request.method == "POST":
        commands.discard_import(actor=actor_of(request), at=clock.now(), batch_id=batch_id)
        messages.success(request, _("已放弃，没有写入任何内容。"))
    return redirect("registry:import-list")


@page(_IMPORT)
def template_file(request: HttpRequest) -> HttpResponseBase:
    """Give out the empty sheet with its notes."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    exports.write_template(target)
    target.seek(0)
    return FileResponse(
        target, as_attachment=True, filename=_("社会组织导入模板") + ".xlsx", content_type=XLSX_TYPE
    )


@page(_IMPORT)
def faults_file(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Give out the faulty rows with their reasons."""
    return files.respond(imports.get_faults_file(actor_of(request), batch_id))


@page(_IMPORT)
def missing_file(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Give out the organisations that a full sheet does not name."""
    return files.respond(imports.get_missing_file(actor_of(request), batch_id))


takes(show_imports, commands.IMPORT_BYTES + files.MIB)
