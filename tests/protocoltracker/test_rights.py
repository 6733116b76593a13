"""Roles and rights: the page agrees with what decides; who could do what on a day; nobody raises the own rights."""

import datetime as dt
import uuid

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from patients import policies as patient_rights
from patients.models import Patient
from patients.rights import CONDITIONS
from protocoltracker import embedded
from protocoltracker.accounts import actions, held, rights
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Membership, Role, User
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused
from tests import factories as a
from tests.access_table import ACTORS, TABLE, OfPatient
from tests.posting import Browser
from tests.test_urls_by_role import World, ask, world  # noqa: F401 (the fixture is used)

pytestmark = pytest.mark.django_db


# --- the page -----------------------------------------------------------------------------------------------------


def test_every_right_is_on_the_page_with_the_roles_that_decide(client):
    client.force_login(a.a_person(None))
    shown = {
        right.words: {role for role, yes in zip(Role.values, allowed, strict=True) if yes}
        for table in client.get(reverse("accounts:rights")).context["tables"]
        for right, allowed in table["rows"]
    }
    for name, roles in patient_rights.RIGHTS.items():
        assert shown[patient_rights.WORDS[name].replace("this patient", "a patient")] == set(roles), name
    assert shown["give and end a role"] == {Role.ADMINISTRATOR}
    assert set(CONDITIONS) <= set(patient_rights.RIGHTS), "a condition of a right that is gone"


# What a person does, and the address where it is done.
DONE_AT = {
    "read": "patients:detail",
    "read access log": "patients:reads",
    "record treatment": "patients:record-dose",
    "change course": "patients:change-course",
    "mark enrolled in error": "patients:enrolled-in-error",
}


@pytest.mark.parametrize("name", DONE_AT)
def test_the_page_agrees_with_the_walk_of_every_address(name):
    row = next(row for row in TABLE if row.name == DONE_AT[name])
    assert isinstance(row.get, OfPatient)
    open_to = {actor.role for actor in ACTORS if row.get.meets(actor) == {"open"}}
    assert open_to == set(patient_rights.RIGHTS[name])


# --- on a day -----------------------------------------------------------------------------------------------------


def on(day: dt.date, sites) -> list[tuple[str, str, bool]]:
    people = dict(User.objects.values_list("pk", "username"))
    spans = held.held_on(day, {site.pk: site for site in sites})
    return sorted((people[span.user_id], span.role.value, span.until is None) for span in spans)


def test_roles_given_and_ended_are_known_by_the_day():
    site, other = a.a_site("Own", zone="UTC"), a.a_site("Other", zone="UTC")
    nora = a.a_person(Role.NURSE, site, name="nora")
    a.a_person(Role.MONITOR, None, name="mona")
    a.a_person(Role.NURSE, other, name="olga")
    today = dt.datetime.now(dt.UTC).date()
    assert on(today, [site]) == [("mona", "monitor", True), ("nora", "nurse", True)]
    actions.end_role(by="system:test", membership=nora.memberships.get(), reason="left the ward")
    actions.give_role(by="system:test", person=nora, role=Role.INVESTIGATOR, site=site)
    assert on(today, [site]) == [
        ("mona", "monitor", True),
        ("nora", "investigator", True),
        ("nora", "nurse", False),
    ]
    assert on(today - dt.timedelta(days=2), [site, other]) == []
    assert [name for name, *_ in on(today + dt.timedelta(days=3), [site])] == ["mona", "nora"]
    (nurse,) = (span for span in held.held_on(today, {site.pk: site}) if span.role == Role.NURSE)
    assert (nurse.given_by, nurse.ended_by) == ("system:test", "system:test")


def test_an_ended_account_holds_nothing_from_then_on():
    site = a.a_site(zone="UTC")
    nora = a.a_person(Role.NURSE, site, name="nora")
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    with acting(by="system:test", reason="by hand, with the role left open"):
        User.objects.filter(pk=nora.pk).update(is_active=False)
    assert on(tomorrow, [site]) == []
    with acting(by="system:test", reason="by hand"):
        User.objects.filter(pk=nora.pk).update(is_active=True)
    assert on(tomorrow, [site]) == [("nora", "nurse", True)]
    assert len(held.spans_before(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))) == 2


def test_a_role_changed_behind_the_product_is_two_roles():
    site = a.a_site(zone="UTC")
    nora = a.a_person(Role.NURSE, site, name="nora")
    with acting(by="system:test", reason="by hand"):
        Membership.objects.filter(user=nora).update(role=Role.INVESTIGATOR)
    today = dt.datetime.now(dt.UTC).date()
    assert on(today, [site]) == [("nora", "investigator", True), ("nora", "nurse", False)]


def test_the_day_is_the_one_at_the_site():
    early, late = a.a_site(zone="Pacific/Kiritimati"), a.a_site(zone="Etc/GMT+12")
    a.a_person(Role.NURSE, early, name="east")
    a.a_person(Role.NURSE, late, name="west")
    now = dt.datetime.now(dt.UTC)
    for site, name in ((early, "east"), (late, "west")):
        day = now.astimezone(site.zone).date()
        assert (name, "nurse", True) in on(day, [site])
        assert on(day - dt.timedelta(days=1), [site]) == []


def test_the_page_shows_the_own_sites_alone(client):
    own, other = a.a_site("Own"), a.a_site("Other")
    a.a_person(Role.NURSE, own, name="nora")
    a.a_person(Role.NURSE, other, name="olga")
    for role in (Role.ADMINISTRATOR, Role.MONITOR):
        client.force_login(a.a_person(role, own))
        page = client.get(reverse("accounts:rights-on")).content.decode()
        assert "Nora" in page
        assert "Olga" not in page
        assert "record treatment" in page
    only = client.get(reverse("accounts:rights-on"), {"person": str(User.objects.get(username="nora").pk)})
    assert {row["person"] for row in only.context["rows"]} == {"Nora"}
    nowhere = client.get(reverse("accounts:rights-on"), {"site": str(other.pk)})
    assert nowhere.context["rows"] == []


@pytest.mark.parametrize(
    "typed", ["0001-01-01", "9999-12-31", "tomorrow", "\x00", "2026-02-30", "1e400", "x" * 9000]
)
def test_what_is_no_day_of_this_record_is_said(client, typed):
    client.force_login(a.a_person(Role.ADMINISTRATOR))
    answer = client.get(reverse("accounts:rights-on"), {"date": typed})
    assert answer.status_code == 422
    assert answer.context["fault"]


# --- from the next request ----------------------------------------------------------------------------------------


def test_a_right_that_was_taken_away_is_gone_with_the_next_click_of_an_open_page(client):
    site = a.a_site()
    by = a.a_person(Role.INVESTIGATOR, site)
    patient = a.enrolled(site=site, by=by)
    nurse = a.a_person(Role.NURSE, site)
    actions.give_role(by="system:test", person=nurse, role=Role.MONITOR, site=site)
    client.force_login(nurse)
    cycle = patient.cycles.first()
    form = client.get(reverse("patients:record-unscheduled", args=[patient.pk, cycle.pk]))
    token = form.context["form"]["form_token"].value()
    actions.end_role(by="system:test", membership=nurse.memberships.get(role=Role.NURSE), reason="left")
    answer = client.post(form.request["PATH_INFO"], {"form_token": token, "dose": "1"})
    assert answer.status_code == 403
    assert client.get(patient.get_absolute_url()).status_code == 200, "still a monitor"
    actions.end_role(by="system:test", membership=nurse.memberships.get(role=Role.MONITOR), reason="left")
    assert client.get(patient.get_absolute_url()).status_code == 404
    actions.end_person(by="system:test", person=nurse, reason="left")
    assert client.get(patient.get_absolute_url()).url.startswith(reverse("sign-in"))


# --- nobody raises the own rights ---------------------------------------------------------------------------------

OWN_WAYS = ["role-give", "person-change", "person-password", "person-end", "person-restore"]


@pytest.mark.parametrize("where", ["own", "every"])
@pytest.mark.parametrize("way", OWN_WAYS)
def test_no_page_changes_the_own_account_or_roles(where, way):
    site = a.a_site()
    admin = a.a_person(Role.ADMINISTRATOR, site if where == "own" else None)
    before = list(Membership.objects.order_by("pk").values())
    client = Browser()
    client.force_login(admin)
    typed = {
        "role": Role.INVESTIGATOR,
        "site": str(site.pk),
        "reason": "x",
        "full_name": "x",
        "email": "x@y.org",
    }
    assert client.post(reverse(f"accounts:{way}", args=[admin.pk]), typed).status_code == 403
    assert list(Membership.objects.order_by("pk").values()) == before
    ended = client.post(reverse("accounts:role-end", args=[admin.pk, admin.memberships.get().pk]), typed)
    assert ended.status_code == 403


@pytest.mark.parametrize("role", Role.values)
def test_what_is_posted_beside_the_own_settings_is_not_stored(role):
    person = a.a_person(role, a.a_site())
    client = Browser()
    client.force_login(person)
    more = {
        "is_superuser": "on",
        "is_staff": "on",
        "role": Role.ADMINISTRATOR,
        "memberships": "x",
        "username": "root",
    }
    more |= {
        "must_change_password": "on",
        "password": "x",
        "id": str(uuid.uuid4()),
        "is_active": "",
        "groups": "1",
    }
    assert client.post(reverse("accounts:profile"), {"theme": "dark", **more}).status_code == 302
    after = User.objects.get(pk=person.pk)
    assert (after.theme, after.username, after.is_superuser, after.is_staff) == (
        "dark",
        person.username,
        False,
        False,
    )
    assert (after.password, after.is_active, after.must_change_password) == (person.password, True, False)
    assert [held.role for held in after.memberships.all()] == [role]


def test_an_administrator_of_a_site_gives_nobody_more_than_the_site_has():
    site, other = a.a_site(), a.a_site()
    admin, helper = a.a_person(Role.ADMINISTRATOR, site), a.a_person(None)
    for place in (other, None):
        with pytest.raises(Denied):
            actions.give_role(by=admin, person=helper, role=Role.ADMINISTRATOR, site=place)
        with pytest.raises(Denied):
            actions.add_person(by=admin, username="x", full_name="X", role=Role.ADMINISTRATOR, site=place)
    client = Browser()
    client.force_login(admin)
    for place in (str(other.pk), "every"):
        sent = {"role": Role.ADMINISTRATOR, "site": place}
        assert client.post(reverse("accounts:role-give", args=[helper.pk]), sent).status_code == 422
    assert not helper.memberships.exists()


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMINISTRATOR])
def test_no_other_role_gives_roles_in_any_way(role):
    person, helper = a.a_person(role), a.a_person(None)
    for action, more in (
        (actions.give_role, {"person": helper, "role": Role.NURSE, "site": None}),
        (actions.give_role, {"person": person, "role": Role.ADMINISTRATOR, "site": None}),
        (actions.add_person, {"username": "x", "full_name": "X"}),
        (actions.issue_password, {"person": helper, "reason": "x"}),
    ):
        with pytest.raises((Denied, Refused, ValidationError)):
            action(by=person, **more)


# --- administrators and clinical data -----------------------------------------------------------------------------


def test_administrators_neither_read_nor_write_what_is_recorded_about_patients(world: World):  # noqa: F811
    """Every address of the ward, by both methods, for administrators of the site, another and every site."""
    walked, wrong = 0, []
    ward = [row for row in TABLE if row.name.startswith(("patients:", "reminders:"))]
    for row in ward:
        for actor in (actor for actor in ACTORS if actor.role == Role.ADMINISTRATOR):
            for method in ("get", "post"):
                meaning, page, written = ask(world.clients[actor], method, world.address(row))
                walked += 1
                if meaning == "open" or written or world.subject in page:
                    wrong.append(f"{actor}: {method} {row} is {meaning}")
    assert wrong == []
    assert walked > 200


# --- readings -----------------------------------------------------------------------------------------------------


def reads_of(patient: Patient) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.username, r.page FROM reads_read r JOIN accounts_user u ON u.id = r.reader_id "
            "WHERE r.patient_id = %s ORDER BY r.id",
            [patient.pk],
        )
        return cursor.fetchall()


def test_reading_what_identifies_a_patient_is_noted_and_shown(client):
    site = a.a_site()
    patient = a.enrolled(site=site, by=a.a_person(Role.INVESTIGATOR, site))
    nora, mona = a.a_person(Role.NURSE, site, name="nora"), a.a_person(Role.MONITOR, site, name="mona")
    client.force_login(nora)
    for name in ("detail", "enrolment", "history"):
        client.get(reverse(f"patients:{name}", args=[patient.pk]))
    client.get(reverse("patients:row-history", args=[patient.pk, "patient", patient.pk]))
    client.get(patient.get_absolute_url(), headers={"hx-request": "true"})
    assert reads_of(patient) == [
        ("nora", "patient"),
        ("nora", "enrolment"),
        ("nora", "history"),
        ("nora", "history"),
    ]
    assert client.get(reverse("patients:reads", args=[patient.pk])).status_code == 403
    assert b"Who read this" not in client.get(reverse("patients:history", args=[patient.pk])).content
    client.force_login(mona)
    history = client.get(reverse("patients:history", args=[patient.pk])).content.decode()
    assert reverse("patients:reads", args=[patient.pk]) in history
    page = client.get(reverse("patients:reads", args=[patient.pk]))
    assert [row["username"] for row in page.context["rows"]] == [
        "mona",
        "nora",
        "nora",
        "nora",
        "nora",
        "nora",
    ]


def test_a_page_that_is_not_shown_is_no_reading(client):
    site = a.a_site()
    patient = a.enrolled(site=site, by=a.a_person(Role.INVESTIGATOR, site))
    client.force_login(a.a_person(Role.NURSE, a.a_site()))
    assert client.get(patient.get_absolute_url()).status_code == 404
    assert reads_of(patient) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE reads_read SET page = 'x'", "DELETE FROM reads_read", "TRUNCATE reads_read"]
)
def test_nobody_changes_or_removes_a_reading(statement):
    with psycopg.connect(embedded.url("app")) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)
    with psycopg.connect(embedded.url("owner")) as owner:
        owner.execute("SET lock_timeout = '5s'")
        owner.execute("ALTER TABLE reads_read ALTER COLUMN reader_id DROP NOT NULL")  # taken back below
        row = "INSERT INTO reads_read (patient_id, page, request_id) VALUES (gen_random_uuid(), 'x', '')"
        owner.execute(row)
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(psycopg.Error, match="never changed or removed"):
            owner.execute(statement)
        owner.rollback()


def test_the_roles_of_a_section_are_roles():
    assert {role for section in rights.sections() for one in section.rights for role in one.roles} <= set(
        Role.values
    )
