"""Pages for many invitations at once: bring a table and ask for it; release it, take the links."""

import tempfile
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock, own_jobs, tables
from tongzhou.kernel.identity import many, releasing
from tongzhou.kernel.identity.completeness import has_second
from tongzhou.kernel.identity.forms import ManyForm, add_faults
from tongzhou.kernel.models import Progress, User
from tongzhou.kernel.pages import actor_of, page

STEM = "kernel.person.invite-many"
SHOWN_FAULTS = 100


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("人员和岗位"), reverse("kernel:people")), *more]


@page(STEM)
def invite_many(request: HttpRequest) -> HttpResponseBase:
    """Take a table, uploaded or pasted; ``?template=1`` hands out an empty one."""
    if request.method == "GET" and "template" in request.GET:
        return _workbook(many.write_template, _("邀请表.xlsx"))
    actor, at = actor_of(request), clock.now()
    form = ManyForm(request.POST or None, request.FILES or None)
    refusal, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                source, name = _source(form.cleaned_data)
                found = many.read(actor, at, source, name)
                batch = many.keep_batch(actor=actor, at=at, rows=found)
                return redirect("kernel:invite-batch", batch)
            except Missing:
                raise
            except Refusal as caught:
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
    return render(
        request,
        "kernel/invite_many.html",
        {
            "form": form,
            "refusal": refusal,
            "columns": many.COLUMNS,
            "most": many.MOST_ROWS,
            "crumbs": _crumbs((_("批量邀请"), "")),
        },
        status=status,
    )


def _source(data: dict[str, Any]) -> tuple[bytes, str]:
    upload = data.get("file")
    if upload is None:
        return many.as_table(data["pasted"]), _("粘贴的表格")
    if upload.size > many.MOST_BYTES:
        raise Refusal(
            "文件超过 2 MB，没有收下。",
            field="file",
            code="file-too-large",
            way_out="请分成几张表。",
        )
    return upload.read(), upload.name


@page(STEM)
def show_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show what is wrong row by row; confirmed, a job asks for everybody in the good rows.

    To a colleague it shows who would be let in, before they hand the links over.
    """
    actor, at = actor_of(request), clock.now()
    batch = many.open_batch(actor, batch_id)
    if request.method == "POST":
        with transaction.atomic():
            releasing.begin(actor, batch_id)
            progress = _begin(request, batch_id, "kernel.invite_many", _("批量邀请"))
        return redirect("kernel:progress", progress.pk)
    found = many.rows_of(batch)
    faulty = [each for each in found if each.faults]
    good = [each for each in found if not each.faults]
    own = many.is_own(actor, batch)
    asker = User.objects.filter(pk=batch.user_id or 0).first()
    return render(
        request,
        "kernel/invite_batch.html",
        {
            "batch": batch,
            "own": own,
            "asker": asker.name if asker else "",
            "alone": own and not has_second(actor, "kernel.invitations.release", at),
            "good": len(good),
            "good_rows": good if batch.state == batch.State.ASKED else good[:SHOWN_FAULTS],
            "addressed": sum(bool(each.email) for each in good),
            "faulty": [
                {"row": each, "faults": list(each.faults.items())} for each in faulty[:SHOWN_FAULTS]
            ],
            "faulty_count": len(faulty),
            "shown": SHOWN_FAULTS,
            "crumbs": _crumbs((_("批量邀请"), reverse("kernel:invite-many")), (_("核对"), "")),
        },
    )


def _begin(
    request: HttpRequest, batch_id: UUID, kind: str, label: str, **more: str | bool
) -> Progress:
    return own_jobs.order(
        actor=actor_of(request),
        at=clock.now(),
        kind=kind,
        label=label,
        back=reverse("kernel:invite-batch", args=[batch_id]),
        args={"batch_id": str(batch_id), **more},
    )


@page("kernel.invitations.release")
def release_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Hand the links of a table over that a colleague asked for: a job makes them."""
    if request.method != "POST":
        return redirect("kernel:invite-batch", batch_id)
    link = request.build_absolute_uri(reverse("kernel:invitation-open", args=["SECRET"]))
    with transaction.atomic():
        releasing.begin_release(actor=actor_of(request), at=clock.now(), batch_id=batch_id)
        progress = _begin(
            request,
            batch_id,
            "kernel.release_invitations",
            _("交付批量邀请"),
            base=link,
            mail=request.POST.get("mail") == "1",
        )
    return redirect("kernel:progress", progress.pk)


@page("kernel.invitations.decline")
def decline_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Take a table back that waits for a colleague, or decline it."""
    if request.method != "POST":
        return redirect("kernel:invite-batch", batch_id)
    releasing.decline(actor=actor_of(request), at=clock.now(), batch_id=batch_id)
    messages.success(request, _("这张邀请表已经结束，没有生成链接。"))
    return redirect("kernel:people")


@page("kernel.invitations.take")
def take_sheet(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Hand out the sheet of words or of links, once."""
    if request.method != "POST":
        return redirect("kernel:invite-batch", batch_id)
    kind, taken = releasing.take_sheet(actor=actor_of(request), at=clock.now(), batch_id=batch_id)
    name = _("邀请口令.xlsx") if kind == "words" else _("邀请链接.xlsx")
    return _workbook(lambda target: releasing.write_sheet(kind, taken, target), name)


def _workbook(write: Any, name: str) -> FileResponse:
    target = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response
    write(target)
    target.seek(0)
    answer = FileResponse(target, as_attachment=True, filename=name, content_type=tables.XLSX_TYPE)
    answer["Cache-Control"] = "private, no-store"
    return answer
