"""Every address of the product. The rooms are named by strings: this room imports none of them.

`patients.urls_ward` holds the names without a namespace: worklist (/) and find.
"""

from django.urls import include, path

from protocoltracker.accounts.views import own
from protocoltracker.health import views as health

ROOMS = [
    ("", "protocoltracker.accounts.urls"),
    ("protocol/", "regimens.urls"),
    ("", "patients.urls_ward"),
    ("", "patients.urls"),
    ("", "patients.urls_reminders"),
    ("", "patients.urls_outcomes"),
    ("", "patients.urls_importing"),
]

urlpatterns = [
    path("sign-in/", own.SignIn.as_view(), name="sign-in"),
    path("sign-out/", own.SignOut.as_view(), name="sign-out"),
    path("healthz", health.healthz, name="healthz"),
    path("system/", health.System.as_view(), name="system"),
    path("more/", own.More.as_view(), name="more"),
    *(path(prefix, include(room)) for prefix, room in ROOMS),
]

handler400 = "protocoltracker.errors.bad_request"
handler500 = "protocoltracker.errors.fault"
