"""Addresses of the reminders and of what was sent."""

from django.urls import path

from patients.views import reminders

app_name = "reminders"

urlpatterns = [
    path("reminders/", reminders.list_page, name="list"),
    path("outbox/", reminders.outbox, name="outbox"),
    path("outbox/<uuid:pk>/", reminders.message, name="message"),
    path("outbox/<uuid:pk>/html/", reminders.message_html, name="message-html"),
]
