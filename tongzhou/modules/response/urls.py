"""Routes of the response module."""

from django.urls import path

from tongzhou.modules.response import pages

app_name = "response"
urlpatterns = [
    path("responses/", pages.list_responses, name="response-list"),
    path("responses/start/", pages.start_response, name="response-start"),
    path("responses/<int:response_id>/", pages.show_response, name="response-detail"),
    path("responses/<int:response_id>/set/", pages.set_phase, name="phase-set"),
]
