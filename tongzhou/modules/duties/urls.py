"""Routes of the duties module."""

from django.urls import include, path, re_path

from tongzhou.modules.duties.pages import (
    board,
    citations,
    duty,
    exceptions,
    export,
    filing,
    giving,
    history,
    library,
    loading,
    reading,
    repeal,
    report,
    review,
    search,
)

app_name = "duties"

_report = [
    path("", report.show_report, name="report"),
    path("print/", report.print_report, name="report-print"),
    path("files/<uuid:file_id>", report.download_file, name="report-file"),
    path("accept/", report.accept_report, name="report-accept"),
    path("return/", report.return_report, name="report-return"),
    path("reopen/", report.reopen_report, name="report-reopen"),
]

urlpatterns = [
    path("directives/<int:expression_id>/", reading.read_directive_page, name="directive-read"),
    path(
        "directives/<int:expression_id>/export/original",
        export.download_original,
        name="directive-original",
    ),
    path(
        "directives/<int:expression_id>/export/<str:code>",
        export.export_directive,
        name="directive-export",
    ),
    path(
        "directives/<int:expression_id>/repeal/", repeal.repeal_directive, name="directive-repeal"
    ),
    re_path(
        r"^directives/(?P<urn>cn(?:/[a-z0-9-]+){2,4}@\d{4}-\d{2}-\d{2})/?$",
        reading.open_directive,
        name="directive-read",
    ),
    path(
        "directives/<int:expression_id>/citations/",
        citations.show_citations,
        name="directive-citations",
    ),
    path("search/", search.search_page, name="search"),
    path("board/", board.board, name="board"),
    path("board/<int:duty_id>/<str:period>/", filing.submit_report, name="report-submit"),
    path("board/<int:duty_id>/<str:period>/draft", filing.save_draft, name="draft-save"),
    path(
        "board/<int:duty_id>/<str:period>/exception/",
        exceptions.request_exception,
        name="exception-request",
    ),
    path("exceptions/", exceptions.list_exceptions, name="exceptions"),
    path("exceptions/export/", exceptions.export_exceptions, name="exceptions-export"),
    path("exceptions/give/", giving.give_exceptions, name="exceptions-give"),
    path("exceptions/<int:exception_id>/<int:prov>/", exceptions.show_exception, name="exception"),
    *(
        path(
            f"exceptions/<int:exception_id>/<int:prov>/{step}/",
            exceptions.decide_exception,
            {"step": step},
            name=f"exception-{step}",
        )
        for step in ("grant", "refuse", "revoke", "withdraw")
    ),
    path("reports/<int:organisation_id>/<int:prov>/<int:duty_id>/<str:period>/", include(_report)),
    path("review/", review.review, name="review"),
    path("review/accept/", review.accept_many, name="review-accept"),
    path("review/export/", review.export_review, name="review-export"),
    path("duties/<int:duty_id>/", duty.show_duty, name="duty"),
    path("history/", history.history, name="history"),
    path("history/<int:organisation_id>/<int:prov>/", history.history_of, name="history-of"),
    path("library/", library.list_libraries, name="library-list"),
    path("library/load/", loading.load_library, name="library-load"),
    path("library/<int:library_id>/", library.show_library, name="library"),
    path(
        "library/<int:library_id>/export/<str:kind>", library.export_library, name="library-export"
    ),
    path("library/<int:library_id>/enforce/", loading.enforce_library, name="library-enforce"),
    path("library/<int:library_id>/end/", loading.end_library, name="library-end"),
]
