"""Pages for what went wrong: they say what is true and the way out, and nothing of the inside."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from protocoltracker.accounts.models import Role
from protocoltracker.urls import handler400, handler500  # noqa: F401 (found here by name)
from tests.factories import a_person, a_site

pytestmark = pytest.mark.django_db


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("subject 014, weight 72.5 kg")


urlpatterns = [path("broken/", broken), path("", include("protocoltracker.urls"))]


def words(response: HttpResponse) -> str:
    body = re.sub(r"<(svg|script)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", body)


@pytest.fixture
def nurse(client):
    person = a_person(Role.NURSE, a_site())
    client.force_login(person)
    return person


def test_a_missing_page_offers_the_search(client, nurse):
    for visitor in (client, Client()):
        response = visitor.get("/nowhere/014/")
        assert response.status_code == 404
        assert "There is nothing at this address" in words(response)
        assert "014" not in words(response)


def test_a_refusal_says_why_and_whom_to_ask(client, nurse):
    response = client.get(reverse("accounts:people"))
    assert response.status_code == 403
    assert "People and sites are managed by administrators. Ask one of them" in words(response)


def test_a_form_from_a_page_of_another_session_says_that_nothing_was_recorded(nurse):
    visitor = Client(enforce_csrf_checks=True)
    visitor.force_login(nurse)
    response = visitor.post(reverse("accounts:profile"), {"theme": "dark"})
    assert response.status_code == 403
    assert "This page was open too long" in words(response)
    assert "nothing was recorded" in words(response)
    nurse.refresh_from_db()
    assert nurse.theme == "auto"


def test_a_fault_tells_nothing_of_the_inside(nurse, settings):
    settings.ROOT_URLCONF = __name__
    visitor = Client(raise_request_exception=False)
    visitor.force_login(nurse)
    response = visitor.get("/broken/")
    assert response.status_code == 500
    assert "The fault is on our side" in words(response)
    for inside in ("014", "72.5", "RuntimeError", "Traceback", "broken"):
        assert inside not in response.content.decode()


def test_another_host_name_is_not_served(client):
    response = client.get(reverse("sign-in"), headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()
    assert "The request could not be read" in words(response)


@pytest.mark.parametrize("address", ["/nowhere/", "/sign-in/", "/people/"])
def test_no_page_is_kept_by_a_shared_computer_or_runs_foreign_code(client, nurse, address):
    response = client.get(address)
    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
