"""What holds for every answer: headers, cookies, limits, tokens, and where a page may send somebody."""

import json
import os
import re
import subprocess
import sys
import uuid
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from protocoltracker.accounts import policies
from protocoltracker.accounts.models import FormToken, Membership, Role, SignInBrake
from protocoltracker.accounts.views.own import Profile
from protocoltracker.audit.context import acting
from protocoltracker.embedded import folders
from protocoltracker.urls import handler400, handler500  # noqa: F401 (found here by name)
from tests.factories import a_person, a_site
from tests.posting import Browser

pytestmark = pytest.mark.django_db


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("subject 014")


class DeniedLate(Profile):
    """The right is asked for only while the form is written."""

    def write(self, form: Any) -> str:
        policies.check_trial_administrator(self.request.user)
        return "/"


urlpatterns = [
    path("broken/", broken),
    path("denied-late/", DeniedLate.as_view()),
    path("", include("protocoltracker.urls")),
]


@pytest.fixture
def nurse(client):
    person = a_person(Role.NURSE, a_site())
    client.force_login(person)
    return person


# --- headers ------------------------------------------------------------------------------------------------------


def requests_of_every_kind(client: Client) -> dict[str, HttpResponse]:
    quiet = Browser(raise_request_exception=False)
    quiet.cookies = client.cookies
    return {
        "page": quiet.get("/"),
        "form with faults": quiet.post(reverse("accounts:profile"), {"theme": "pink"}),
        "redirect": Client().get("/"),
        "refused": quiet.get(reverse("accounts:people")),
        "missing": quiet.get("/nowhere/"),
        "no such method": quiet.get(reverse("sign-out")),
        "fault": quiet.get("/broken/"),
        "wrong host": quiet.get("/", headers={"host": "evil.example"}),
        "too large": quiet.post("/", "x", content_type="text/plain", CONTENT_LENGTH=str(2**40)),
        "too many fields": quiet.post("/profile/", {str(n): "" for n in range(3000)}),
        "form too long": quiet.post("/profile/", {"theme": "x" * (2**21 + 1)}),
        "static": quiet.get("/static/app.css"),
    }


def test_every_answer_has_every_header(client, nurse, settings):
    settings.ROOT_URLCONF = __name__
    seen = requests_of_every_kind(client)
    numbers = set()
    for name, response in seen.items():
        about = f"{name}: {response.status_code} {dict(response.headers)}"
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy, about
        assert "frame-ancestors 'none'" in policy, about
        assert "unsafe" not in policy, about
        assert response["X-Content-Type-Options"] == "nosniff", about
        assert response["X-Frame-Options"] == "DENY", about
        assert response["Referrer-Policy"] == "same-origin", about
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", about
        assert "camera=()" in response["Permissions-Policy"], about
        assert ("no-store" in response.get("Cache-Control", "")) == (name != "static"), about
        numbers.add(response["X-Request-ID"])
    assert len(numbers) == len(seen)
    codes = {name: response.status_code for name, response in seen.items()}
    assert codes == {
        "page": 200, "form with faults": 422, "redirect": 302, "refused": 403, "missing": 404, "no such method": 405,
        "fault": 500, "wrong host": 400, "too large": 413, "too many fields": 413, "form too long": 413, "static": 200,
    }  # fmt: skip


def test_no_page_holds_an_inline_script_or_style(client, nurse, settings):
    settings.ROOT_URLCONF = __name__
    for name, response in requests_of_every_kind(client).items():
        if name == "static":
            continue
        page = response.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", page, re.I), (
            name
        )


def test_a_number_from_outside_is_nobodys_word(client, nurse):
    response = client.get("/", headers={"x-request-id": "forged\r\nSet-Cookie: a=b"})
    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])


def test_the_page_of_a_fault_tells_the_number_under_which_the_log_has_it(client, nurse, settings):
    settings.ROOT_URLCONF = __name__
    response = requests_of_every_kind(client)["fault"]
    assert response["X-Request-ID"][:8] in response.content.decode()
    assert "014" not in re.sub(r"[0-9a-f]{8,}", "", response.content.decode())


def test_too_much_says_that_nothing_was_recorded(client, nurse):
    response = client.post("/profile/", "x", content_type="text/plain", CONTENT_LENGTH=str(2**40))
    assert response.status_code == 413
    assert "Nothing of it was read or recorded" in response.content.decode()
    assert client.post("/profile/", "x", content_type="text/plain", CONTENT_LENGTH="many").status_code < 500


# --- https --------------------------------------------------------------------------------------------------------

OVER_HTTPS = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
ask = Client(raise_request_exception=False)
seen = {"plain": ask.get("/sign-in/"), "secure": ask.get("/sign-in/", secure=True),
        "stranger": ask.get("/", secure=True, headers={"host": "evil.example"}),
        "plain stranger": ask.get("/", headers={"host": "evil.example"})}
print(json.dumps({
    "answers": {name: [answer.status_code, dict(answer.headers)] for name, answer in seen.items()},
    "cookies": {name: cookie.OutputString() for name, cookie in seen["secure"].cookies.items()},
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                settings.SESSION_COOKIE_DOMAIN, settings.SESSION_COOKIE_PATH],
}))
"""


def test_under_https_cookies_belong_to_this_host_and_browsers_stay_with_https():
    env = os.environ | {"BASE_URL": "https://tracker.example.org", "ALLOWED_HOSTS": "testserver"}
    env["DJANGO_SETTINGS_MODULE"] = "protocoltracker.settings"
    done = subprocess.run(
        [sys.executable, "-c", OVER_HTTPS], env=env, cwd=folders.REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["session"] == ["__Host-session", True, True, None, "/"]
    (name, cookie), *others = told["cookies"].items()
    assert (name, others) == ("__Host-csrf", [])
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    code, headers = told["answers"]["plain"]
    assert (code, headers["Location"]) == (301, "https://testserver/sign-in/")
    code, headers = told["answers"]["secure"]
    assert code == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    for name, (code, headers) in told["answers"].items():
        assert "default-src 'none'" in headers["Content-Security-Policy"], name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert ("stranger" in name) == (code == 400), name


# --- signing out, and where a page may lead ------------------------------------------------------------------------


def test_the_browser_forgets_at_sign_out(client, nurse):
    response = client.post(reverse("sign-out"))
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert "_auth_user_id" not in client.session


HOSTS = ("evil.example", "127.0.0.1@evil.example", "testserver.evil.example", "testserver@evil.example")
STARTS = (
    "//", "///", "////", "\\\\", "/\\", "\\/", "http://", "https://", "https:", "http:/", "ftp://", "\t//", " //",
    "/\t/", "\r\n//", "/%09/", "https:\\\\",
)  # fmt: skip
ELSEWHERE = [start + host for start in STARTS for host in HOSTS]
ELSEWHERE += [
    "javascript:alert(1)",
    "data:text/html,x",
    "\x00//evil.example",
    "vbscript:x",
    "/\x0b/evil.example",
]
ELSEWHERE += ["/protocol/\r\nSet-Cookie: stolen=1", "/protocol/\r\n\r\n<script>alert(1)</script>"]


def leads(response: HttpResponse) -> str:
    """The host to which a browser would go; empty for ours. Browsers read \\ as / and drop tabs and line ends."""
    target = re.sub(r"[\t\r\n]", "", response.get("Location", "")).strip().replace("\\", "/")
    found = re.match(r"(?:[a-z][a-z0-9+.-]*:)?/{2,}([^/?#]*)|([a-z][a-z0-9+.-]*):", target, re.I)
    return found[0] if found else ""


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_page_leads_to_another_host(nurse, settings, elsewhere):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with acting(by="system:test", reason="a password"):
        nurse.set_password("seven swans a-swimming")
        nurse.save()
    client = Browser()
    sent = {"username": nurse.username, "password": "seven swans a-swimming", "next": elsewhere}
    for response in (
        client.post(reverse("sign-in"), sent),
        client.get(reverse("sign-in"), {"next": elsewhere}),
        client.post(reverse("accounts:switch-site"), {"site": "", "next": elsewhere}),
        client.get(reverse("find"), {"q": elsewhere}),
    ):
        assert response.status_code == 302
        assert leads(response) == "", response["Location"]
        assert not re.search(r"[\r\n\x00]", response["Location"])
        assert "stolen" not in response.cookies


# --- forms --------------------------------------------------------------------------------------------------------


def test_a_form_without_its_token_is_refused_with_the_way_out(nurse):
    bare = Client()
    bare.force_login(nurse)
    response = bare.post(reverse("accounts:profile"), {"theme": "dark"})
    assert response.status_code == 422
    assert "Nothing was recorded. Reload the page" in response.content.decode()
    nurse.refresh_from_db()
    assert nurse.theme == "auto"
    assert not FormToken.objects.exists()
    assert bare.post("/profile/", {"theme": "dark", "form_token": uuid.uuid4()}).status_code == 302


def test_a_refusal_while_the_form_is_written_stands_on_the_form(client, nurse, settings):
    settings.ROOT_URLCONF = __name__
    response = client.post("/denied-late/", {"theme": "dark"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "Sites are added by an administrator of every site" in page
    assert re.search(r'value="dark"[^>]*\schecked', page), "what was chosen stays"
    nurse.refresh_from_db()
    assert nurse.theme == "auto"


def test_nothing_typed_is_run_as_a_template(client):
    administrator = a_person(Role.ADMINISTRATOR)
    client.force_login(administrator)
    typed = "{{ 7|add:35 }}{% debug %}<b>x</b>"
    client.post(reverse("accounts:person-add"), {"full_name": typed, "username": "odd"})
    page = client.get(reverse("accounts:people")).content.decode()
    assert "{{ 7|add:35 }}{% debug %}&lt;b&gt;x&lt;/b&gt;" in page


@pytest.mark.parametrize("name", ["full_name", "username", "email"])
def test_no_line_end_comes_into_a_name_that_goes_into_mails(client, name):
    client.force_login(a_person(Role.ADMINISTRATOR))
    typed = {"full_name": "Nora", "username": "nora", "email": "nora@example.org"}
    typed[name] += "\r\nBcc: thief@evil.example"
    assert client.post(reverse("accounts:person-add"), typed).status_code == 422


# --- guessing -----------------------------------------------------------------------------------------------------


def test_signing_in_takes_as_long_for_a_name_that_does_not_exist(client):
    """With the real, slow hash; the shortest of several, because other programs only ever make it longer."""
    person = a_person(Role.NURSE, a_site(), name="known")
    ended = a_person(Role.NURSE, a_site(), name="ended", is_active=False)
    with acting(by="system:test", reason="a password"):
        for one in (person, ended):
            one.set_password("seven swans a-swimming")
            one.save()
    took: dict[str, list[float]] = {"known": [], "unknown": [], "ended": []}
    for turn in range(8):
        for name, times in took.items():
            began = perf_counter()
            client.post(
                "/sign-in/", {"username": name, "password": "a guess"}, REMOTE_ADDR=f"192.0.2.{turn + 1}"
            )
            times.append(perf_counter() - began)
    shortest = {name: min(times) for name, times in took.items()}
    assert max(shortest.values()) < 1.35 * min(shortest.values()), (
        shortest,
        {n: median(t) for n, t in took.items()},
    )


def test_strangers_lock_nobody_out_however_many_they_are(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    person = a_person(Role.NURSE, a_site(), name="nora")
    with acting(by="system:test", reason="a password"):
        person.set_password("seven swans a-swimming")
        person.save()
    for stranger in range(40):
        for _ in range(6):
            client.post(
                "/sign-in/", {"username": "nora", "password": "a guess"}, REMOTE_ADDR=f"198.51.100.{stranger}"
            )
    assert SignInBrake.objects.filter(attempts__gte=5).count() == 40
    answer = client.post("/sign-in/", {"username": "nora", "password": "seven swans a-swimming"})
    assert answer.status_code == 302
    assert Membership.objects.current().filter(user=person).exists()
