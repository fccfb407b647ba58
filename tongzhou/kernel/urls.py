"""Routes of the kernel."""

from django.urls import path

from tongzhou.kernel import auditing, roles, views
from tongzhou.kernel.identity.pages import (
    contacts,
    entering,
    inviting,
    leaving,
    many,
    outside,
    people,
    recovering,
    sessions,
    tokens,
)
from tongzhou.kernel.privacy import pages as privacy

app_name = "kernel"
urlpatterns = [
    path("healthz", views.health, name="health"),
    path("progress/<uuid:progress_id>/", views.progress, name="progress"),
    path("progress/<uuid:progress_id>/file", views.progress_file, name="progress-file"),
    path("assignment/", views.choose_assignment, name="assignment"),
    path("preferences/", views.set_preferences, name="preferences"),
    path("session/", sessions.stay, name="session"),
    path("session/left/", sessions.left, name="session-left"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("contacts/", contacts.own_contacts, name="contacts"),
    path("contacts/code/", contacts.confirm_code, name="contact-code"),
    path("people/", people.list_people, name="people"),
    path("people/invite/", inviting.invite, name="person-invite"),
    path("people/invite/many/", many.invite_many, name="invite-many"),
    path("people/invite/many/<uuid:batch_id>/", many.show_batch, name="invite-batch"),
    path("people/invite/many/<uuid:batch_id>/sheet/", many.take_sheet, name="invite-sheet"),
    path("people/invitations/<int:invitation_id>/", inviting.show_invitation, name="invitation"),
    path("people/<int:assignment_id>/", people.show_person, name="person"),
    path("people/<int:assignment_id>/end/", leaving.end, name="person-end"),
    path("people/<int:assignment_id>/deputy/", leaving.deputise, name="person-deputy"),
    path("people/<int:assignment_id>/handover/", leaving.hand_over, name="person-handover"),
    path("people/<int:assignment_id>/password/", recovering.password_link, name="person-password"),
    path("people/<int:assignment_id>/factor/", recovering.ask_reset, name="person-factor"),
    path("people/<int:assignment_id>/sessions/", sessions.end_for, name="person-sessions"),
    path("people/deputies/<int:deputy_id>/end/", leaving.end_deputy, name="deputy-end"),
    path("people/resets/<int:reset_id>/", recovering.decide_reset, name="factor-decide"),
    path(
        "people/password-requests/<int:request_id>/",
        recovering.decline_link,
        name="password-decline",
    ),
    path("invitation/", entering.accept_invitation, name="invitation-accept"),
    path("invitation/<str:secret>/", entering.open_invitation, name="invitation-open"),
    path("new-password/", entering.set_password, name="password-set"),
    path("new-password/<str:secret>/", entering.open_password_link, name="password-open"),
    path("second-factor/", entering.second_factor, name="second-factor"),
    path("outside/", outside.list_outside, name="doors"),
    path("outside/<slug:code>/", outside.start, name="door-start"),
    path("outside/<slug:code>/callback/", outside.callback, name="door-callback"),
    path("roles/", roles.roles, name="roles"),
    path("audit/", auditing.trail, name="audit"),
    path("audit/export/", auditing.export, name="audit-export"),
    path("personal-data/", privacy.overview, name="personal-data"),
    path("personal-data/reads/", privacy.reads, name="sensitive-reads"),
    path("personal-data/erasures/", privacy.erasures, name="erasures"),
    path("personal-data/erasures/<int:erasure_id>/", privacy.decide_erasure, name="erasure-decide"),
    path("personal-data/holds/", privacy.holds, name="purge-holds"),
    path("personal-data/mine/", privacy.own_copy, name="own-data"),
]
