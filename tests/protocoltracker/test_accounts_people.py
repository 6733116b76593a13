"""People, roles and sites in the browser of an administrator."""

import re

import pytest
from django.urls import reverse

from protocoltracker.accounts import actions
from protocoltracker.accounts.models import Membership, Role, Site, User
from protocoltracker.audit.models import Change
from tests.factories import a_person, a_site
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
WHY = {"reason": "as agreed on the telephone"}


@pytest.fixture
def admin(client) -> User:
    person = a_person(Role.ADMINISTRATOR, name="ada")
    client.force_login(person)
    return person


def words(response) -> str:
    body = re.sub(r"<(svg|script)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", body)


def page_of(person: User, name: str = "person") -> str:
    return reverse(f"accounts:{name}", args=[person.pk])


def test_a_person_is_added_with_a_role_and_a_password_that_is_shown_once(client, admin):
    site = a_site("Central")
    sent = {
        "full_name": "Nora Nurse",
        "username": "nora",
        "email": "nora@example.org",
        "role": "nurse",
        "site": site.pk,
    }
    done = client.post(reverse("accounts:person-add"), sent)
    nora = User.objects.get(username="nora")
    assert done.url == page_of(nora)
    first_look = words(client.get(done.url))
    secret = re.search(r"\b(\w{4}-\w{4}-\w{4}-\w{4})\b", first_look)[1]
    assert "Research nurse Central" in first_look
    assert secret not in words(client.get(done.url)), "shown once"
    assert nora.check_password(secret)
    assert nora.must_change_password
    assert [(m.role, m.site) for m in nora.memberships.all()] == [(Role.NURSE, site)]


def test_a_person_may_be_added_without_a_role(client, admin):
    client.post(
        reverse("accounts:person-add"), {"full_name": "Nora", "username": "nora", "role": "", "site": ""}
    )
    assert not User.objects.get(username="nora").memberships.exists()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"username": "ADA"}, "The user name “ADA” was given before"),
        ({"username": "nora nurse"}, "Enter a valid username"),
        (
            {"username": "n\u043era"},
            "Enter a valid username",
        ),  # a Cyrillic letter that looks like another person's name
        ({"full_name": "Nora\nBcc: all"}, "Write it on one line"),
        ({"email": "nora@"}, "Enter a valid email address"),
        ({"role": "nurse", "site": ""}, "Say at which site the role holds"),
        ({"role": "", "site": "every"}, "Say which role the person has"),
        ({"role": "nurse", "site": "5f0e7b9a-0000-0000-0000-000000000000"}, "Select a valid choice"),
        ({"role": "owner", "site": "every"}, "Select a valid choice"),
    ],
)
def test_a_slip_in_the_form_is_said_at_its_field_and_nothing_is_stored(client, admin, change, fault):
    sent = {"full_name": "Nora", "username": "nora", "email": "", "role": "", "site": ""} | change
    response = client.post(reverse("accounts:person-add"), sent)
    assert response.status_code == 422
    assert fault in words(response)
    assert User.objects.count() == 1


def test_a_coordinator_needs_an_address_for_the_reminders(client, admin):
    site = a_site()
    sent = {"full_name": "Cora", "username": "cora", "email": "", "role": "coordinator", "site": site.pk}
    refused = client.post(reverse("accounts:person-add"), sent)
    assert refused.status_code == 422
    assert "Cora needs an email address" in words(refused)
    assert not User.objects.filter(username="cora").exists()
    client.post(reverse("accounts:person-add"), sent | {"email": "cora@example.org"})
    cora = User.objects.get(username="cora")
    removed = client.post(page_of(cora, "person-change"), {"full_name": "Cora", "email": "", **WHY})
    assert "Cora needs an email address" in words(removed)


def test_a_double_click_adds_one_person_and_still_shows_the_password(client, admin):
    sent = {"full_name": "Nora", "username": "nora", "form_token": "6a2b1e0a-5a53-4b5b-9be4-3d3f0e0b6a11"}
    first = client.post(reverse("accounts:person-add"), sent)
    again = client.post(reverse("accounts:person-add"), sent)
    assert first.url == again.url
    assert "One-time password" in words(client.get(again.url))


def test_a_user_name_is_never_given_again(client, admin):
    nora = a_person(name="nora")
    client.post(page_of(nora, "person-end"), WHY)
    response = client.post(reverse("accounts:person-add"), {"full_name": "Another", "username": "Nora"})
    assert "never given twice" in words(response)


def test_roles_are_given_at_several_sites_and_at_every_site(client, admin):
    north, south = a_site("North"), a_site("South")
    nora = a_person(None, name="nora")
    give = page_of(nora, "role-give")
    for site in (north.pk, south.pk, "every"):
        assert client.post(give, {"role": "nurse", "site": site}).url == page_of(nora)
    shown = words(client.get(page_of(nora)))
    for line in ("Research nurse North", "Research nurse South", "Research nurse Every site"):
        assert line in shown
    twice = client.post(give, {"role": "nurse", "site": north.pk})
    assert twice.status_code == 422
    assert "is research nurse at North already" in words(twice)


def test_every_site_is_never_the_choice_by_default(client, admin):
    response = client.post(page_of(a_person(None), "role-give"), {"role": "nurse"})
    assert response.status_code == 422
    assert not Membership.objects.filter(role=Role.NURSE).exists()


def test_an_ended_role_holds_no_longer_from_the_next_request(client, admin):
    site = a_site()
    nora = a_person(Role.ADMINISTRATOR, site, name="nora")
    theirs = Client()
    theirs.force_login(nora)
    assert theirs.get(reverse("accounts:people")).status_code == 200
    membership = nora.memberships.get()
    end = reverse("accounts:role-end", args=[nora.pk, membership.pk])
    assert client.post(end, WHY).url == page_of(nora)
    assert theirs.get(reverse("accounts:people")).status_code == 403
    membership.refresh_from_db()
    assert membership.ended_at is not None
    assert client.get(end).status_code == 404, "ended once is ended"
    assert "Ended roles" in words(client.get(page_of(nora)))


def test_ending_a_role_needs_a_reason(client, admin):
    nora = a_person(Role.NURSE, a_site())
    end = reverse("accounts:role-end", args=[nora.pk, nora.memberships.get().pk])
    for reason in ("", "   "):
        assert "Say why it changes" in words(client.post(end, {"reason": reason}))
    assert nora.memberships.current().exists()


def test_ending_an_account_ends_its_roles_and_is_told_in_the_history(client, admin):
    site = a_site("Central")
    nora = a_person(Role.NURSE, site, name="nora")
    assert client.post(page_of(nora, "person-end"), WHY).url == page_of(nora)
    nora.refresh_from_db()
    assert not nora.is_active
    assert not Membership.objects.current().filter(user=nora).exists()
    shown = words(client.get(page_of(nora)))
    assert "May sign in was yes became no" in shown
    assert "Role ended" in shown
    assert f"“{WHY['reason']}”" in shown
    assert "ada" in shown
    assert "Nora" not in words(client.get(reverse("accounts:people")))
    assert "Nora" in words(client.get(reverse("accounts:people") + "?show=ended"))


def test_an_ended_account_is_opened_again_with_a_new_password_and_without_roles(client, admin):
    nora = a_person(Role.NURSE, a_site(), name="nora")
    client.post(page_of(nora, "person-end"), WHY)
    done = client.post(page_of(nora, "person-restore"), WHY)
    assert "One-time password" in words(client.get(done.url))
    nora.refresh_from_db()
    assert nora.is_active
    assert nora.must_change_password
    assert not Membership.objects.current().filter(user=nora).exists()


def test_a_new_password_ends_the_sessions_of_the_person(client, admin):
    nora = a_person(Role.NURSE, a_site(), name="nora")
    theirs = Client()
    theirs.force_login(nora)
    assert theirs.get(reverse("accounts:profile")).status_code == 200
    done = client.post(page_of(nora, "person-password"), WHY)
    assert "One-time password" in words(client.get(done.url))
    assert theirs.get(reverse("accounts:profile")).status_code == 302


def test_the_one_time_password_is_shown_on_no_other_persons_page(client, admin):
    nora, otto = a_person(name="nora"), a_person(name="otto")
    client.post(page_of(nora, "person-password"), WHY)
    assert "Hand it over now" not in words(client.get(page_of(otto)))
    assert "Hand it over now" in words(client.get(page_of(nora)))


def test_passwords_and_hashes_stay_out_of_the_audit_trail(client, admin):
    nora = a_person(name="nora")
    done = client.post(page_of(nora, "person-password"), WHY)
    secret = re.search(r"\b(\w{4}-\w{4}-\w{4}-\w{4})\b", words(client.get(done.url)))[1]
    nora.refresh_from_db()
    kept = "".join(f"{change.old}{change.new}{change.reason}" for change in Change.objects.all())
    assert secret not in kept
    assert nora.password not in kept


def test_a_name_is_changed_with_a_reason_and_a_stale_form_is_refused(client, admin):
    nora = a_person(name="nora")
    form = {"full_name": "Nora Miller", "email": "", "row_version": nora.row_version, **WHY}
    assert client.post(page_of(nora, "person-change"), form).status_code == 302
    stale = client.post(page_of(nora, "person-change"), form | {"full_name": "Nora Smith"})
    assert stale.status_code == 422
    assert "changed by somebody else" in words(stale)
    nora.refresh_from_db()
    assert nora.full_name == "Nora Miller"
    assert "Name was Nora became Nora Miller" in words(client.get(page_of(nora)))


@pytest.mark.parametrize(
    "name", ["person-change", "person-password", "person-end", "person-restore", "role-give"]
)
def test_nobody_changes_the_own_account_or_roles(client, admin, name):
    for response in (
        client.get(page_of(admin, name)),
        client.post(page_of(admin, name), {"role": "nurse", "site": "every", **WHY}),
    ):
        assert response.status_code == 403
        assert "Nobody changes the own roles" in words(response)
    assert [m.role for m in admin.memberships.current()] == [Role.ADMINISTRATOR]


def test_the_last_administrator_cannot_end_the_own_role(client, admin):
    end = reverse("accounts:role-end", args=[admin.pk, admin.memberships.get().pk])
    assert client.post(end, WHY).status_code == 403
    assert admin.memberships.current().exists()


def test_sites_are_added_with_a_time_zone_of_the_list(client, admin):
    add = reverse("accounts:site-add")
    wrong = client.post(add, {"name": "Central", "time_zone": "Paris", "digest_at": "07:00"})
    assert wrong.status_code == 422
    assert "“Paris” is not a time zone of the IANA list" in words(wrong)
    done = client.post(add, {"name": "Central", "time_zone": "Europe/Paris", "digest_at": "06:30"})
    site = Site.objects.get()
    assert done.url == reverse("accounts:site", args=[site.pk])
    shown = words(client.get(done.url))
    assert "Europe/Paris" in shown
    assert "06:30" in shown
    assert "Nobody gets the reminders of this site" in shown
    twice = client.post(add, {"name": "Central", "time_zone": "UTC", "digest_at": "07:00"})
    assert "There is a site “Central” already" in words(twice)


def test_a_site_is_changed_with_a_reason_and_keeps_its_history(client, admin):
    site = a_site("Central")
    change = reverse("accounts:site-change", args=[site.pk])
    form = {
        "name": "Central",
        "time_zone": "America/Chicago",
        "digest_at": "07:00",
        "row_version": site.row_version,
    }
    assert "Say why it changes" in words(client.post(change, form))
    assert client.post(change, form | WHY).status_code == 302
    shown = words(client.get(reverse("accounts:site", args=[site.pk])))
    assert "Time zone was Europe/Paris became America/Chicago" in shown
    assert WHY["reason"] in shown


def test_an_administrator_of_one_site_sees_and_changes_only_its_people(client):
    own, other = a_site("Own"), a_site("Other")
    client.force_login(a_person(Role.ADMINISTRATOR, own, name="ada"))
    here, there = a_person(Role.NURSE, own, name="nora"), a_person(Role.NURSE, other, name="otto")
    both = a_person(Role.NURSE, own, name="bela")
    actions.give_role(by="system:test", person=both, role=Role.NURSE, site=other)
    shown = words(client.get(reverse("accounts:people")))
    assert "Nora" in shown
    assert "Otto" not in shown
    assert client.get(page_of(there)).status_code == 404
    assert client.get(reverse("accounts:site", args=[other.pk])).status_code == 404
    assert client.get(reverse("accounts:site-add")).status_code == 403
    assert client.post(page_of(here, "person-password"), WHY).status_code == 302
    assert client.post(page_of(both, "person-password"), WHY).status_code == 403, (
        "another site's work is behind it"
    )
    for site in (other.pk, "every"):
        assert client.post(page_of(here, "role-give"), {"role": "monitor", "site": site}).status_code == 422
    foreign = both.memberships.get(site=other)
    assert client.post(reverse("accounts:role-end", args=[both.pk, foreign.pk]), WHY).status_code == 403


def test_the_people_page_finds_by_name_and_pages(client, admin):
    for number in range(55):
        a_person(None, name=f"nurse{number:02d}")
    page = client.get(reverse("accounts:people"))
    assert "56 working" in words(page)
    assert words(page).count("May sign in") == 50
    assert words(client.get(reverse("accounts:people") + "?page=2")).count("May sign in") == 6
    found = words(client.get(reverse("accounts:people") + "?q=NURSE07"))
    assert "Nurse07" in found
    assert "Nurse08" not in found


@pytest.mark.parametrize("name", ["people", "sites"])
def test_the_lists_take_the_same_queries_at_one_and_at_many(
    client, admin, name, django_assert_max_num_queries
):
    a_person(Role.NURSE, a_site())
    client.get(reverse(f"accounts:{name}"))
    with django_assert_max_num_queries(12) as few:
        client.get(reverse(f"accounts:{name}"))
    for _ in range(10):
        a_person(Role.COORDINATOR, a_site())
    with django_assert_max_num_queries(len(few)):
        client.get(reverse(f"accounts:{name}"))


def test_a_persons_page_takes_the_same_queries_whatever_happened(
    client, admin, django_assert_max_num_queries
):
    nora = a_person(Role.NURSE, a_site(), name="nora")
    with django_assert_max_num_queries(14) as few:
        client.get(page_of(nora))
    for _ in range(6):
        membership = actions.give_role(by=admin, person=nora, role=Role.MONITOR, site=a_site())
        actions.end_role(by=admin, membership=membership, reason="over")
    with django_assert_max_num_queries(len(few)):
        client.get(page_of(nora))
