"""Writes on people and roles, by whatever way they come: rules, races, the name behind each of them."""

import pytest
from django.core.management import CommandError, call_command

from protocoltracker.accounts import actions
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Membership, Role, User
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused
from tests.factories import a_person, a_site
from tests.racing import at_the_same_time

db = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


@db
def test_a_person_cannot_be_given_a_lasting_password_by_another():
    admin = a_person(Role.ADMINISTRATOR)
    with pytest.raises(Refused, match="Nobody chooses a lasting password"):
        actions.add_person(by=admin, username="nora", full_name="Nora", password="seven swans a-swimming")
    assert not User.objects.filter(username="nora").exists()


@db
@pytest.mark.parametrize("role", [*Role.values, None])
def test_only_administrators_write(role):
    by, nora = a_person(role), a_person(Role.NURSE, a_site())
    writes = [
        lambda: actions.add_person(by=by, username="otto", full_name="Otto"),
        lambda: actions.give_role(by=by, person=nora, role=Role.MONITOR, site=a_site()),
        lambda: actions.end_role(by=by, membership=nora.memberships.get(role=Role.NURSE), reason="over"),
        lambda: actions.change_person(by=by, person=nora, full_name="N", email="", reason="typo"),
        lambda: actions.issue_password(by=by, person=nora, reason="forgotten"),
        lambda: actions.add_site(by=by, name="North", time_zone="UTC", digest_at="07:00"),
        lambda: actions.end_person(by=by, person=nora, reason="left"),
        lambda: actions.restore_person(by=by, person=nora, reason="back"),
    ]
    for write in writes:
        if role == Role.ADMINISTRATOR:
            write()
        else:
            with pytest.raises(Denied):
                write()


@db
def test_rights_are_those_of_now_and_not_of_when_the_page_was_opened():
    admin, nora = a_person(Role.ADMINISTRATOR), a_person(Role.NURSE, a_site())
    assert actions.issue_password(by=admin, person=nora, reason="forgotten")
    actions.end_role(by="system:test", membership=admin.memberships.get(), reason="over")
    with pytest.raises(Denied):  # the object still carries the access that it read before
        actions.issue_password(by=admin, person=nora, reason="forgotten")


@db
def test_every_change_has_its_person_and_reason_in_the_trail():
    admin = a_person(Role.ADMINISTRATOR, name="ada")
    nora, _ = actions.add_person(by=admin, username="nora", full_name="Nora")
    membership = actions.give_role(by=admin, person=nora, role=Role.NURSE, site=a_site())
    actions.end_role(by=admin, membership=membership, reason="moved to another hospital")
    changes = Change.objects.filter(actor__startswith="ada (").order_by("id")
    assert [(c.table_name, c.operation) for c in changes] == [
        ("accounts_user", "insert"),
        ("accounts_membership", "insert"),
        ("accounts_membership", "update"),
    ]
    assert changes[2].reason == "moved to another hospital"


@db
def test_an_ended_account_gets_no_role():
    nora = a_person(None)
    actions.end_person(by="system:test", person=nora, reason="left")
    with pytest.raises(Refused, match="has ended"):
        actions.give_role(by="system:test", person=nora, role=Role.NURSE, site=a_site())


@db
@pytest.mark.parametrize(
    ("values", "field"),
    [({"name": "N" * 81}, "name"), ({"name": ""}, "name"), ({"time_zone": "CET+1"}, "time_zone")],
)
def test_a_site_is_checked_whoever_adds_it(values, field):
    with pytest.raises(Refused) as refusal:
        actions.add_site(
            by="system:test", **{"name": "North", "time_zone": "UTC", "digest_at": "07:00"} | values
        )
    assert refusal.value.field == field


@committed
def test_two_administrators_who_end_each_other_at_once_leave_one():
    ada, bela = a_person(Role.ADMINISTRATOR, name="ada"), a_person(Role.ADMINISTRATOR, name="bela")
    for _ in range(5):
        outcomes = at_the_same_time(
            lambda: actions.end_person(by=ada, person=bela, reason="left"),
            lambda: actions.end_person(by=bela, person=ada, reason="left"),
        )
        assert sorted(type(one).__name__ for one in outcomes) == ["Denied", "User"]
        assert Membership.objects.current().filter(role=Role.ADMINISTRATOR).count() == 1
        for person in (ada, bela):
            person = User.objects.get(pk=person.pk)
            if not person.is_active:
                actions.restore_person(by="system:test", person=person, reason="again")
                actions.give_role(by="system:test", person=person, role=Role.ADMINISTRATOR, site=None)


@committed
def test_one_user_name_asked_for_twice_at_once_is_given_once():
    outcomes = at_the_same_time(
        *(
            lambda n=n: actions.add_person(by="system:test", username=n, full_name=n)
            for n in ("nora", "Nora", "NORA")
        )
    )
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert len(refused) == 2
    assert all("never given twice" in one.message for one in refused)
    assert User.objects.count() == 1


@committed
def test_the_same_role_given_twice_at_once_is_one_role():
    nora, site = a_person(None), a_site()
    outcomes = at_the_same_time(
        *(
            lambda: actions.give_role(by="system:test", person=nora, role=Role.NURSE, site=site)
            for _ in range(3)
        )
    )
    assert sum(isinstance(one, Membership) for one in outcomes) == 1
    assert Membership.objects.count() == 1


class TestCreateAdministrator:
    """manage.py create_administrator: an installation without the demo starts here."""

    def run(self, capsys, **options) -> str:
        options = {"username": "ada", "name": "Ada Admin", "email": "ada@example.org"} | options
        call_command("create_administrator", **options)
        return capsys.readouterr().out

    @db
    def test_makes_an_administrator_of_every_site_with_a_one_time_password(self, capsys):
        said = self.run(capsys)
        person = User.objects.get(username="ada")
        assert person.check_password(said.rstrip().rpartition(" ")[2])
        assert person.must_change_password
        membership = person.memberships.get()
        assert (membership.role, membership.site) == (Role.ADMINISTRATOR, None)
        assert Change.objects.get(row_id=str(membership.pk)).actor == "system:create_administrator"

    @db
    def test_takes_a_lasting_password_from_standard_input_and_never_prints_it(
        self, capsys, monkeypatch, tmp_path
    ):
        typed = tmp_path / "password"
        typed.write_text("seven swans a-swimming\n")
        with typed.open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            said = self.run(capsys, password_stdin=True)
        assert "swans" not in said
        person = User.objects.get(username="ada")
        assert person.check_password("seven swans a-swimming")
        assert not person.must_change_password

    @db
    @pytest.mark.parametrize(
        ("options", "fault"),
        [
            ({"username": "no good"}, "User name “no good”: Enter a valid username"),
            ({"name": ""}, "Name “”: This field is required"),
            ({"email": "ada@"}, "Email “ada@”: Enter a valid email address"),
            ({"username": None}, "--username is missing"),
        ],
    )
    def test_says_what_is_wrong(self, capsys, options, fault):
        with pytest.raises(CommandError, match=fault):
            self.run(capsys, **options)
        assert not User.objects.exists()

    @db
    def test_refuses_a_weak_password_and_an_empty_input(self, capsys, monkeypatch, tmp_path):
        for text, fault in (("short\n", "too short"), ("", "holds no password")):
            typed = tmp_path / "password"
            typed.write_text(text)
            with typed.open() as stdin:
                monkeypatch.setattr("sys.stdin", stdin)
                with pytest.raises(CommandError, match=fault):
                    self.run(capsys, password_stdin=True)

    @db
    def test_refuses_a_name_that_was_given_before(self, capsys):
        a_person(name="Ada")
        with pytest.raises(CommandError, match="given before"):
            self.run(capsys)

    def test_djangos_own_command_points_here(self):
        with pytest.raises(CommandError, match="create_administrator"):
            call_command("createsuperuser", username="ada", email="ada@example.org", noinput=True)
