"""Signing in and out: who gets in, where each role lands, how guessing is slowed down."""

import datetime as dt
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone

from protocoltracker.accounts import actions, brake
from protocoltracker.accounts.models import Role, Site, User
from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from tests.factories import a_site
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
PASSWORD = "seven swans a-swimming"


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    """Argon2 is slow on purpose; what is tested here does not depend on it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def somebody(username: str, role: str = "", site: Site | None = None) -> User:
    person, _ = actions.add_person(
        by="system:test",
        username=username,
        full_name=username.title(),
        password=PASSWORD,
        role=role,
        site=site,
    )
    return person


def sign_in(client: Client, username: str, password: str = PASSWORD, **more):
    return client.post(reverse("sign-in"), {"username": username, "password": password, **more})


def words(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.NURSE, "worklist"),
        (Role.MONITOR, "worklist"),
        (Role.ADMINISTRATOR, "accounts:people"),
        ("", "accounts:welcome"),
    ],
)
def test_each_role_lands_where_its_work_begins(client, role, place):
    somebody("vera", role)
    assert sign_in(client, "vera").url == reverse(place)


def test_the_front_page_asked_for_is_for_each_role_its_own(client):
    somebody("ada", Role.ADMINISTRATOR)
    assert sign_in(client, "ada", next="/").url == reverse("accounts:people")


def test_sign_in_returns_to_the_page_that_was_asked_for(client):
    somebody("nora", Role.NURSE)
    asked = client.get(reverse("regimens:list"))
    assert asked.url == f"{reverse('sign-in')}?next={reverse('regimens:list')}"
    assert sign_in(client, "nora", next=reverse("regimens:list")).url == reverse("regimens:list")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"]
)
def test_sign_in_never_leads_to_another_host(client, elsewhere):
    somebody("nora", Role.NURSE)
    assert sign_in(client, "nora", next=elsewhere).url == reverse("worklist")


@pytest.mark.parametrize("nowhere", ["sign-in", "sign-out", "accounts:switch-site"])
def test_a_page_that_cannot_be_opened_is_no_place_to_return_to(client, nowhere):
    somebody("nora", Role.NURSE)
    assert sign_in(client, "nora", next=reverse(nowhere)).url == reverse("worklist")
    assert client.get(reverse("sign-in"), {"next": reverse(nowhere)}).url == reverse("worklist"), (
        "signed in already"
    )


def test_a_user_name_is_found_in_any_case(client):
    somebody("nora", Role.NURSE)
    assert sign_in(client, "NORA").status_code == 302


def test_a_wrong_name_and_a_wrong_password_read_the_same(client):
    somebody("nora")
    wrong_password = sign_in(client, "nora", "something else")
    wrong_name = sign_in(client, "norma")
    for response in (wrong_password, wrong_name):
        assert response.status_code == 200
        assert "User name and password do not match" in words(response)
    assert PASSWORD not in words(wrong_name)


def test_an_ended_account_is_told_so_only_with_its_password(client):
    person = somebody("nora", Role.NURSE)
    actions.end_person(by="system:test", person=person, reason="left")
    assert "This account has ended" in words(sign_in(client, "nora"))
    assert "This account has ended" not in words(sign_in(client, "nora", "a wrong password"))
    assert "_auth_user_id" not in client.session


def test_an_open_session_ends_with_the_account(client):
    person = somebody("nora", Role.NURSE)
    sign_in(client, "nora")
    assert client.get(reverse("accounts:profile")).status_code == 200
    actions.end_person(by="system:test", person=person, reason="left")
    assert client.get(reverse("accounts:profile")).url.startswith(reverse("sign-in"))


def test_an_old_password_hash_is_renewed_in_the_name_of_the_sign_in(client, settings):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    person = somebody("nora", Role.NURSE)
    with acting(by="system:test", reason="hash of another time"):
        User.objects.filter(pk=person.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    assert sign_in(client, "nora").status_code == 302
    person.refresh_from_db()
    assert person.password.startswith("argon2")
    last = Change.objects.filter(table_name="accounts_user", row_id=str(person.pk)).latest("id")
    assert (last.actor, last.reason, last.new["password"]) == ("system:sign-in", "signed in", "(changed)")


def test_signing_in_leaves_no_line_in_the_audit_trail(client):
    somebody("nora", Role.NURSE)
    before = Change.objects.count()
    sign_in(client, "nora")
    assert Change.objects.count() == before
    assert User.objects.get(username="nora").last_login is not None


def test_signing_out_takes_a_post(client):
    somebody("nora", Role.NURSE)
    sign_in(client, "nora")
    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out")).url == reverse("sign-in")
    assert "_auth_user_id" not in client.session
    assert client.post(reverse("sign-out")).url == reverse("sign-in")


def test_every_page_asks_to_sign_in_first(client):
    for name in (
        "worklist",
        "accounts:profile",
        "accounts:people",
        "accounts:sites",
        "regimens:list",
        "more",
    ):
        response = client.get(reverse(name))
        assert (response.status_code, response.url.split("?")[0]) == (302, reverse("sign-in")), name


def test_guessing_is_slowed_down_for_one_name_from_one_address(client):
    somebody("nora", Role.NURSE)
    for _ in range(brake.FREE_ATTEMPTS):
        assert "do not match" in words(sign_in(client, "nora", "a guess"))
    held = sign_in(client, "nora")
    assert "Too many attempts with this name. Wait 2 seconds" in words(held)
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9"), "nora").status_code == 302, "a stranger locks nobody out"


def test_the_wait_doubles_to_five_minutes_and_is_forgotten():
    now = timezone.now()
    waits = []
    for _ in range(16):
        while wait := brake.attempt("key", now=now):
            waits.append(wait.total_seconds())
            now += wait
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert brake.attempt("key", now=now + dt.timedelta(hours=1, seconds=1)) == dt.timedelta(0)
    assert brake.SignInBrake.objects.get(key="key").attempts == 1


def test_the_brake_is_released_by_signing_in_and_keeps_no_name(client):
    somebody("nora", Role.NURSE)
    sign_in(client, "nora", "a guess")
    kept = brake.SignInBrake.objects.get()
    assert "nora" not in kept.key
    sign_in(client, "nora")
    assert not brake.SignInBrake.objects.exists()


def test_behind_a_proxy_the_address_is_the_one_the_proxy_saw(rf, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    forged = rf.get("/", HTTP_X_FORWARDED_FOR="10.0.0.1, 192.0.2.7")
    plain = rf.get("/", HTTP_X_FORWARDED_FOR="192.0.2.7")
    assert brake.key_of(forged, "nora") == brake.key_of(plain, "Nora")
    settings.SECURE_PROXY_SSL_HEADER = None
    assert brake.key_of(forged, "nora") == brake.key_of(rf.get("/"), "nora"), (
        "without a proxy the header is nobody's word"
    )


def test_a_one_time_password_leads_to_an_own_one_before_anything_else(client):
    _, secret = actions.add_person(
        by="system:test", username="nora", full_name="Nora", role=Role.NURSE, site=a_site()
    )
    assert sign_in(client, "nora", secret).status_code == 302
    for name in ("worklist", "accounts:profile", "regimens:list"):
        assert client.get(reverse(name)).url == reverse("accounts:password")
    page = client.get(reverse("accounts:password"))
    assert "Present password" not in words(page)
    own = {"new_password1": "a horse eats no cucumber", "new_password2": "a horse eats no cucumber"}
    assert client.post(reverse("accounts:password"), own).url == reverse("worklist")
    assert client.get(reverse("accounts:profile")).status_code == 200, "the session goes on"
    assert sign_in(Client(), "nora", secret).status_code == 200, "the one-time password is over"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (("short", "short"), "too short"),
        (("q1w2e3r4t5y6", "q1w2e3r4t5y6"), "too common"),
        (("123456789012345", "123456789012345"), "entirely numeric"),
        (("nora.nightingale", "nora.nightingale"), "too similar"),
        (("a horse eats no cucumber", "a horse eats cucumber"), "differ"),
        ((PASSWORD, PASSWORD), "password you have now"),
    ],
)
def test_a_weak_new_password_is_refused_with_the_reason(client, typed, fault):
    somebody("nora.nightingale", Role.NURSE)
    sign_in(client, "nora.nightingale")
    sent = {"current": PASSWORD, "new_password1": typed[0], "new_password2": typed[1]}
    response = client.post(reverse("accounts:password"), sent)
    assert response.status_code == 422
    assert fault in words(response)
    assert not re.search(r'type="password"[^>]*value=', words(response)), "no password comes back in a page"


def test_changing_the_password_takes_the_present_one_and_ends_other_sessions(client):
    somebody("nora", Role.NURSE)
    other = Client()
    sign_in(client, "nora")
    sign_in(other, "nora")
    new = {"new_password1": "a horse eats no cucumber", "new_password2": "a horse eats no cucumber"}
    refused = client.post(reverse("accounts:password"), {"current": "not mine", **new})
    assert "This is not your present password" in words(refused)
    assert client.post(reverse("accounts:password"), {"current": PASSWORD, **new}).status_code == 302
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert other.get(reverse("accounts:profile")).status_code == 302


def test_own_settings_are_kept(client):
    somebody("nora", Role.NURSE)
    sign_in(client, "nora")
    assert client.post(reverse("accounts:profile"), {"theme": "dark"}).status_code == 302
    person = User.objects.get(username="nora")
    assert (person.theme, person.single_keys) == ("dark", False)
    page = words(client.get(reverse("accounts:profile")))
    assert 'data-bs-theme="dark"' in page
    assert 'data-keys="off"' in page


def test_the_site_switcher_keeps_the_page_and_knows_only_own_sites(client):
    own, other = a_site("Own"), a_site("Other")
    person = somebody("nora", Role.NURSE, own)
    actions.give_role(by="system:test", person=person, role=Role.NURSE, site=a_site("Second"))
    sign_in(client, "nora")
    switch = reverse("accounts:switch-site")
    assert client.post(switch, {"site": own.pk, "next": "/protocol/?x=1"}).url == "/protocol/?x=1"
    assert client.session["site"] == str(own.pk)
    assert client.post(switch, {"site": other.pk}).status_code == 404
    assert client.session["site"] == str(own.pk)
    assert client.post(switch, {"site": "", "next": "https://evil.example/"}).url == reverse("worklist")
    assert client.session["site"] == ""
