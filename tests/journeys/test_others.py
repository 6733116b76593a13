"""Coordinator, administrator, those who only read, and somebody of another site."""

import pytest

from patients.models import Digest
from patients.tasks import sweep_reminders
from protocoltracker.accounts.models import Role, User
from tests import factories as a
from tests.journeys.person import Person

pytestmark = pytest.mark.browser


def test_a_coordinator_reads_todays_digest_and_the_message(clinic, at_the_screen):
    patient = clinic.patient(cycle=1, day=2)
    coordinator = at_the_screen(clinic.person(Role.COORDINATOR))
    sweep_reminders()
    digest = Digest.objects.get(site=clinic.site)
    coordinator.signs_in().follows("Reminders")
    assert "Today’s digests" in coordinator.reads
    assert patient.subject in coordinator.reads
    coordinator.follows("Outbox").follows(digest.subject)
    mail = coordinator.page.locator(".pt-mail").inner_text()
    assert patient.subject in mail
    assert "dexamethasone" in mail.lower()
    for secret in ("20 mg", "inotuzumab ozogamicin plus", patient.enrolment.get_salvage_display()):
        assert secret not in mail
    assert patient.subject not in digest.subject


def test_an_administrator_adds_a_site_and_a_person_who_then_signs_in(clinic, at_the_screen):
    ada = at_the_screen(administrator()).signs_in()
    name = f"Harbour {clinic.site.name}"
    ada.follows("Sites").follows("Add a site").types("Name", name).types("Time zone", "Mars/Olympus")
    ada.presses("Add the site")
    assert "Mars/Olympus" in ada.fault_at("Time zone")
    ada.types("Time zone", "Europe/Lisbon").presses("Add the site")
    ada.follows("People").follows("Add a person")
    username = "nadia" + str(clinic.site.pk)[:8]
    ada.types("Name", "Nadia Example").types("User name", username)
    ada.picks("Role", "Research nurse").presses("Add the person")
    assert "Say at which site the role holds" in ada.fault_at("Site")
    ada.picks("Site", name).presses("Add the person")
    secret = ada.page.locator(".pt-secret code").inner_text()
    ada.page.reload()
    assert secret not in ada.reads  # shown this once
    ada.follows("Give a role").picks("Role", "Coordinator").picks("Site", name).presses("Give the role")
    assert "Coordinator" in ada.reads
    nadia = at_the_screen(User.objects.get(username=username)).signs_in(secret)
    assert nadia.heading == "Choose your own password"
    nadia.opens("/patients/")
    assert nadia.heading == "Choose your own password"  # nothing before that
    nadia.types("New password", "short").types("New password again", "short").presses("Save the password")
    assert "12 characters" in nadia.fault_at("New password")
    own = "rain over the harbour"
    nadia.types("New password", own)
    nadia.page.get_by_label("New password again").fill(own)
    nadia.presses("Save the password")
    assert "overdue" in nadia.reads  # the worklist
    assert name in nadia.reads


def administrator() -> User:
    return User.objects.get(username="admin")


@pytest.mark.parametrize("role", [Role.MONITOR, Role.DATA_MANAGER])
def test_who_only_reads_finds_nothing_to_record_treatment_with(clinic, at_the_screen, role):
    patient = clinic.patient(cycle=1)
    reader = at_the_screen(clinic.person(role)).signs_in()
    assert patient.subject in reader.reads
    assert "read only" in reader.reads
    for path in ("/", patient.get_absolute_url(), patient.cycles.first().get_absolute_url()):
        reader.opens(path)
        for word in ("Given as planned", "Record dose", "Correct", "Unscheduled", "Skip…"):
            assert (
                reader.page.get_by_role("button", name=word)
                .or_(reader.page.get_by_role("link", name=word))
                .count()
                == 0
            ), f"{word} on {path}"
    reader.opens("/patients/enrol/")
    assert "It takes the role" in reader.reads
    assert reader.page.get_by_role("link", name="Today’s list").is_visible()


def test_a_nurse_of_another_site_gets_a_page_that_helps(clinic, at_the_screen):
    patient = clinic.patient(cycle=1)
    stranger = at_the_screen(elsewhere()).signs_in()
    for path in (patient.get_absolute_url(), patient.cycles.first().get_absolute_url()):
        stranger.opens(path)
        assert "There is nothing at this address" in stranger.reads
        assert "a site where you have no role" in stranger.reads
    stranger.follows("Today’s list")
    assert patient.subject not in stranger.reads


def elsewhere() -> User:
    """The demo's nurse, whose site is Central."""
    return User.objects.get(username="nurse")


def test_signing_out_closes_the_pages(clinic, nurse: Person):
    patient = a.enrolled(site=clinic.site, by=clinic.person(Role.INVESTIGATOR))
    nurse.opens(patient.get_absolute_url()).presses("Sign out").opens(patient.get_absolute_url())
    assert nurse.heading == "Sign in"
    nurse.types("User name", nurse.user.username).types("Password", "wrong").presses("Sign in")
    assert "do not match" in nurse.reads
