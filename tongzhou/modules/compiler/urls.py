"""Routes of the compiler. ``/directives/load/`` is here: to load a document is to compile it."""

from django.urls import path

from tongzhou.modules.compiler.pages import (
    changes,
    clause,
    document,
    duty,
    editor,
    intake,
    journal,
    listing,
    preview,
    signing,
    words,
)

app_name = "compiler"
urlpatterns = [
    path("directives/load/", intake.load_document, name="load"),
    path("compile/", listing.list_compilations, name="compilation-list"),
    path("compile/<int:compilation_id>/", editor.edit_duties, name="editor"),
    path("compile/<int:compilation_id>/head/", document.edit_head, name="head"),
    path("compile/<int:compilation_id>/scope/", document.edit_scope, name="scope"),
    path("compile/<int:compilation_id>/groups/", document.edit_group, name="group-add"),
    path("compile/<int:compilation_id>/groups/<str:code>/", document.edit_group, name="group"),
    path("compile/<int:compilation_id>/act/", editor.act, name="act"),
    path("compile/<int:compilation_id>/sure/", editor.accept_sure, name="sure"),
    path("compile/<int:compilation_id>/words/", words.use_words, name="words"),
    path("compile/<int:compilation_id>/duties/<int:key>/", duty.edit_duty, name="duty"),
    path(
        "compile/<int:compilation_id>/duties/<int:key>/split/", duty.split_duty, name="duty-split"
    ),
    path("compile/<int:compilation_id>/duties/<int:key>/reject/", duty.reject_duty, name="reject"),
    path("compile/<int:compilation_id>/clauses/", editor.edit_clauses, name="clauses"),
    path("compile/<int:compilation_id>/clauses/act/", clause.act, name="clause-act"),
    path("compile/<int:compilation_id>/clauses/<int:key>/", clause.edit_clause, name="clause"),
    path(
        "compile/<int:compilation_id>/clauses/<int:key>/split/",
        clause.split_clause,
        name="clause-split",
    ),
    path("compile/<int:compilation_id>/changes/", journal.list_changes, name="journal"),
    path("compile/<int:compilation_id>/undo/", journal.undo, name="undo"),
    path("compile/<int:compilation_id>/original", intake.show_original, name="original"),
    path("compile/<int:compilation_id>/source", intake.show_source, name="source"),
    path("compile/<int:compilation_id>/discard/", intake.discard, name="discard"),
    path("compile/<int:compilation_id>/copy/", intake.copy, name="copy"),
    path("compile/<int:compilation_id>/preview/", preview.show_preview, name="preview"),
    path("compile/<int:compilation_id>/preview/reached/", preview.list_reached, name="reached"),
    path("compile/<int:compilation_id>/relate/", preview.relate, name="relate"),
    path("compile/<int:compilation_id>/submit/", signing.show_submission, name="submission"),
    path("compile/<int:compilation_id>/recall/", signing.recall, name="recall"),
    path("compile/<int:compilation_id>/signing/", signing.show_signing, name="signing"),
    path("compile/<int:compilation_id>/sign/", signing.sign, name="sign"),
    path("compile/<int:compilation_id>/send-back/", signing.send_back, name="send-back"),
    path(
        "directives/<int:expression_id>/changes/",
        changes.show_changes,
        name="directive-changes",
    ),
]
