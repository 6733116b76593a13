"""Which version is in force at a site on a day."""

import datetime as dt

import pytest

from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused, Stale
from regimens import actions, loading
from regimens.models import ProtocolVersion
from tests.factories import a_person, a_site
from tests.racing import at_the_same_time

pytestmark = pytest.mark.django_db
SHIPPED = dict(loading.shipped())
BY = "system:test"


@pytest.fixture(autouse=True)
def stored():
    for text in SHIPPED.values():
        actions.load_version(text=text, by=BY)


def version(name: str, revision: int = 1) -> ProtocolVersion:
    return ProtocolVersion.objects.get(name=name, revision=revision)


def in_force(site, day: str) -> str:
    return str(actions.version_in_force(site=site, on=dt.date.fromisoformat(day)))


def approve(site, name: str, day: str, revision: int = 1):
    on = dt.date.fromisoformat(day)
    return actions.approve(
        by=BY, site=site, version=version(name, revision), approved_on=on, reason="letter of the IRB"
    )


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2011-08-26", "original"),
        ("2017-03-14", "original"),
        ("2017-03-15", "amended"),
        ("2024-01-01", "amended"),
    ],
)
def test_without_an_approval_the_date_of_the_file_counts(day, name):
    assert in_force(a_site(), day) == name


def test_before_the_first_version_nothing_is_in_force():
    with pytest.raises(Refused, match="No protocol version is in force at Central on 2011-08-25"):
        in_force(a_site("Central"), "2011-08-25")


def test_a_sites_own_approval_replaces_the_date_of_the_file_there_alone():
    late, other = a_site("Late"), a_site("Other")
    approve(late, "amended", "2017-06-01")
    assert in_force(late, "2017-05-31") == "original"
    assert in_force(late, "2017-06-01") == "amended"
    assert in_force(other, "2017-05-31") == "amended"


def test_a_site_may_approve_before_the_date_of_the_file():
    early = a_site()
    approve(early, "amended", "2017-02-01")
    assert in_force(early, "2017-02-01") == "amended"


def test_a_revision_takes_the_place_of_its_version_with_the_sites_date():
    site = a_site()
    approve(site, "amended", "2017-06-01")
    actions.load_version(text=SHIPPED["amended"].replace("POMP maintenance", "POMP, maintenance"), by=BY)
    assert in_force(site, "2017-05-31") == "original"
    assert in_force(site, "2017-06-01") == "amended (revision 2)"
    approve(site, "amended", "2018-01-01", revision=2)
    assert in_force(site, "2017-12-31") == "original"
    assert in_force(site, "2018-01-01") == "amended (revision 2)"
    assert in_force(a_site(), "2017-03-15") == "amended (revision 2)"


def test_the_choice_offers_the_latest_revision_of_each_version():
    actions.load_version(text=SHIPPED["original"].replace("POMP maintenance", "POMP, maintenance"), by=BY)
    assert [str(v) for v in actions.versions_for_choice()] == ["original (revision 2)", "amended"]


def test_two_versions_of_one_date_give_the_later_file():
    site = a_site()
    approve(site, "original", "2018-01-01")
    approve(site, "amended", "2018-01-01")
    assert in_force(site, "2018-01-01") == "amended"


def test_a_changed_date_needs_a_reason_and_keeps_the_old_one_in_the_trail():
    site = a_site()
    first = approve(site, "amended", "2017-06-01")
    with pytest.raises(Refused, match="Say why"):
        actions.approve(
            by=BY, site=site, version=version("amended"), approved_on=dt.date(2017, 7, 1), reason=" "
        )
    changed = approve(site, "amended", "2017-07-01")
    assert changed.pk == first.pk
    last = Change.objects.filter(table_name="regimens_siteapproval").latest("id")
    assert last.differences() == [("approved_on", "2017-06-01", "2017-07-01")]
    assert last.reason == "letter of the IRB"


def test_a_stale_date_is_refused():
    site = a_site()
    first = approve(site, "amended", "2017-06-01")
    approve(site, "amended", "2017-07-01")
    with pytest.raises(Stale):
        actions.approve(
            by=BY,
            site=site,
            version=version("amended"),
            approved_on=dt.date(2017, 8, 1),
            reason="x",
            row_version=first.row_version,
        )


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_of_the_site_enters_its_date(role):
    site = a_site()
    for by in (a_person(role, site), a_person(Role.ADMINISTRATOR, a_site()), a_person(None)):
        with pytest.raises(Denied):
            actions.approve(by=by, site=site, version=version("amended"), approved_on=dt.date(2017, 6, 1))
    approval = actions.approve(
        by=a_person(Role.ADMINISTRATOR, site),
        site=site,
        version=version("amended"),
        approved_on=dt.date(2017, 6, 1),
    )
    assert approval.approved_on == dt.date(2017, 6, 1)


@pytest.mark.django_db(transaction=True)
def test_a_date_entered_twice_at_once_is_one_row():
    site = a_site()
    at_the_same_time(*(lambda: approve(site, "amended", "2017-06-01") for _ in range(4)))
    assert actions.dates_at(site)[version("amended")] == dt.date(2017, 6, 1)


def test_the_question_takes_two_queries_however_many_sites_there_are(django_assert_num_queries):
    site = a_site()
    for other in (site, a_site(), a_site()):
        approve(other, "amended", "2017-06-01")
    with django_assert_num_queries(2):
        in_force(site, "2020-01-01")
