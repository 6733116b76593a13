"""Which roles hold where: the few questions that every policy asks."""

import pytest

from protocoltracker.accounts import actions, policies
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Role, User
from tests.factories import a_person, a_site

pytestmark = pytest.mark.django_db
WARD = (Role.NURSE, Role.INVESTIGATOR)


def again(person: User) -> User:
    """The person as the next request finds them."""
    return User.objects.get(pk=person.pk)


def test_a_role_at_one_site_holds_there_alone():
    here, there = a_site("Here"), a_site("There")
    access = access_of(a_person(Role.NURSE, here))
    assert access.has(WARD, here.pk)
    assert not access.has(WARD, there.pk)
    assert access.has(WARD), "somewhere"
    assert access.sites(WARD) == [here]
    assert access.site_ids(WARD) == [here.pk]


def test_a_role_at_every_site_holds_at_sites_added_later():
    person = a_person(Role.INVESTIGATOR)
    assert access_of(person).site_ids(WARD) is None
    late = a_site("Late")
    assert access_of(again(person)).has(WARD, late.pk)
    assert access_of(again(person)).sites(WARD) == [late]


def test_roles_of_several_sites_are_kept_apart():
    north, south = a_site("North"), a_site("South")
    person = a_person(Role.NURSE, north)
    actions.give_role(by="system:test", person=person, role=Role.MONITOR, site=south)
    access = access_of(again(person))
    assert access.sites([Role.NURSE]) == [north]
    assert access.sites([Role.MONITOR]) == [south]
    assert access.sites([Role.NURSE, Role.MONITOR]) == [north, south]
    assert access.sites([Role.ADMINISTRATOR]) == []


def test_nobody_has_anything_by_default():
    for user in (None, a_person(None)):
        access = access_of(user)
        assert access.roles() == frozenset()
        assert access.site_ids(Role.values) == []
        assert not access.has(Role.values, a_site().pk)


def test_an_ended_role_and_an_ended_account_give_nothing():
    site = a_site()
    person = a_person(Role.NURSE, site)
    actions.end_role(by="system:test", membership=person.memberships.get(), reason="over")
    assert not access_of(again(person)).has(WARD, site.pk)
    other = a_person(Role.NURSE, site)
    actions.end_person(by="system:test", person=other, reason="left")
    assert not access_of(again(other)).has(WARD, site.pk)


def test_access_is_read_once_for_a_request(django_assert_num_queries):
    person = a_person(Role.NURSE, a_site())
    with django_assert_num_queries(1):
        for _ in range(3):
            access_of(person).sites(WARD)


def test_an_administrator_administers_and_does_nothing_else():
    from patients.models.patient import READERS

    site = a_site()
    access = access_of(a_person(Role.ADMINISTRATOR))
    assert not access.has(READERS, site.pk)
    assert access.site_ids(READERS) == []


@pytest.mark.parametrize(
    ("own", "asked", "may"),
    [
        ("every", "north", True),
        ("every", "every", True),
        ("north", "north", True),
        ("north", "south", False),
        ("north", "every", False),
    ],
)
def test_roles_are_given_within_the_own_sites(own, asked, may):
    sites = {"north": a_site("North"), "south": a_site("South"), "every": None}
    admin, nora = a_person(Role.ADMINISTRATOR, sites[own]), a_person(None)
    assert policies.may_give(admin, nora, sites[asked]) is may
    assert not policies.may_give(admin, admin, sites[asked]), "never to oneself"
    assert not policies.may_give(nora, admin, sites[asked]), "never without the role"


def test_an_account_is_in_the_hands_of_an_administrator_of_all_its_sites():
    north, south = a_site("North"), a_site("South")
    local, everywhere = a_person(Role.ADMINISTRATOR, north), a_person(Role.ADMINISTRATOR)
    nora = a_person(Role.NURSE, north)
    assert policies.may_manage(local, nora)
    actions.give_role(by="system:test", person=nora, role=Role.NURSE, site=south)
    assert not policies.may_manage(local, nora)
    assert policies.may_manage(everywhere, nora)
    assert not policies.may_manage(local, everywhere), (
        "or a local administrator could take over the whole trial"
    )
    assert set(policies.people_for(local)) == {local, everywhere, nora}
