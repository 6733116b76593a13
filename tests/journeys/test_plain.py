"""Without JavaScript, and by keys alone."""

import pytest

from patients.models import Patient
from protocoltracker.accounts.actions import add_site, give_role
from protocoltracker.accounts.models import Role
from tests.journeys.test_enrol import fill_in

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(clinic, at_the_screen):
    """A nurse whose browser runs no script; axe is one, so it does not look here."""
    return at_the_screen(clinic.person(Role.NURSE), looks=False, java_script_enabled=False).signs_in()


def test_a_cycle_is_opened_and_doses_recorded_without_javascript(clinic, plain):
    patient = clinic.patient()
    plain.opens("/").follows("Open cycle").types("Weight", "70").presses("Open mini-HCVD 1")
    assert patient.cycles.first().state == "open"
    plain.opens("/").presses(f"Given as planned: dexamethasone 20 mg, {patient.subject}")
    assert "Recorded: dexamethasone" in plain.told
    plain.presses("Undo")
    plain.follows(f"Other: dexamethasone, {patient.subject}").ticks("Given as planned").presses("Record")
    assert patient.administrations.get(is_current=True).outcome == "given"


def test_a_patient_is_enrolled_without_javascript(clinic, plain):
    plain.opens("/patients/enrol/")
    fill_in(plain, clinic.today)
    plain.presses("Work out")
    assert "1.70 m²" in plain.reads
    assert not Patient.objects.for_user(plain.user).exists()
    assert plain.has_typed("Weight") == "63.4"
    plain.presses("Enrol")
    assert Patient.objects.for_user(plain.user).count() == 1


def test_the_site_is_switched_without_javascript(clinic, at_the_screen):
    user = clinic.person(Role.NURSE)
    other = add_site(by="system:test", name=f"Other {clinic.site.name}", time_zone="Europe/Paris")
    give_role(by="system:test", person=user, role=Role.NURSE, site=other)
    plain = at_the_screen(user, looks=False, java_script_enabled=False).signs_in().opens("/patients/")
    plain.page.locator("summary", has_text="Change site").click()
    plain.presses(other.name)
    assert plain.page.url.endswith("/patients/")
    assert other.name in plain.page.locator(".pt-site summary").first.inner_text()


def test_the_worklist_is_worked_off_by_keys(clinic, nurse):
    patient = clinic.patient(cycle=1)
    nurse.opens("/")
    keys, page = nurse.page.keyboard, nurse.page

    def press_and_arrive(key: str) -> None:
        with page.expect_navigation():
            keys.press(key)

    press_and_arrive("p")
    assert nurse.heading == "Patients"
    press_and_arrive("t")
    for _ in range(12):
        keys.press("j")
        if page.evaluate("document.activeElement.querySelector('[data-key=g]') !== null"):
            break
    shown = "e => getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none'"
    assert page.locator(":focus").evaluate(shown), "the focus is not to be seen"
    press_and_arrive("g")
    assert "Recorded:" in nurse.told
    press_and_arrive("u")
    assert "planned again" in nurse.told
    keys.press("j")
    keys.press("j")
    keys.press("k")
    press_and_arrive("Enter")
    assert page.url.endswith(patient.get_absolute_url())
    press_and_arrive("t")
    keys.press("j")
    press_and_arrive("o")
    assert "/doses/" in page.url


def test_search_list_of_keys_and_skip_link_by_keyboard(clinic, nurse):
    patient = clinic.patient()
    keys, page = nurse.opens("/").page.keyboard, nurse.page
    keys.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    assert page.locator(":focus").is_visible()
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    keys.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    nurse.finds_no_barrier()
    keys.press("Escape")
    assert not page.locator("#keys").is_visible()
    keys.press("/")
    keys.type(patient.subject)
    with page.expect_navigation():
        keys.press("Enter")
    assert patient.subject in nurse.heading


def test_the_summary_of_faults_leads_to_the_field_by_keyboard(clinic, nurse):
    patient = clinic.patient()
    nurse.opens(patient.cycles.first().get_absolute_url()).types("Weight", "heavy").presses(
        "Open mini-HCVD 1"
    )
    page = nurse.page
    assert page.evaluate("document.activeElement.matches('.pt-errors')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "weight_kg"
