"""Routes of the kernel."""

from django.urls import path

from tongzhou.kernel import roles, views

app_name = "kernel"
urlpatterns = [
    path("healthz", views.health, name="health"),
    path("progress/<uuid:progress_id>/", views.progress, name="progress"),
    path("progress/<uuid:progress_id>/file", views.progress_file, name="progress-file"),
    path("assignment/", views.choose_assignment, name="assignment"),
    path("preferences/", views.set_preferences, name="preferences"),
    path("tokens/", views.tokens, name="tokens"),
    path("roles/", roles.roles, name="roles"),
    path("audit/", views.audit_trail, name="audit"),
]
