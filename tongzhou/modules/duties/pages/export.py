"""Hand a directive out as a file: for the desk, for the archive, for other systems."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock, files
from tongzhou.kernel.models import StoredFile
from tongzhou.kernel.pages import page
from tongzhou.modules.directives.public import find_original
from tongzhou.modules.duties.queries.exporting import write_export


@page("public")
def export_directive(request: HttpRequest, expression_id: int, code: str) -> HttpResponse:
    """Serve a directive in one of the formats it is handed out in."""
    made = write_export(expression_id, code, clock.now())
    return files.hand_out(made.name, made.content_type, made.data)


@page("public")
def download_original(request: HttpRequest, expression_id: int) -> HttpResponseBase:
    """Serve the file that a directive's text was taken from, as it was received."""
    held = find_original(expression_id)
    record = StoredFile.objects.filter(pk=held).first() if held else None
    if record is None:
        raise Missing("这份文件没有存下原来的文件，只有文字。", code="original-missing")
    return files.respond(record)
