"""What nobody means to do, and what somebody might: every one ends in words, never in a broken page."""

import uuid

import pytest

from patients.models import Patient
from protocoltracker.accounts.models import Role

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>document.title = 'taken over'</script>",
    '"><img src=x onerror=alert(1)>',
    "=1+1",
    "{{ 7 * 7 }} {% load x %}",
    "🧪\u202eright to left\u0301",
    "two\nlines\r\n\tand a tab",
    "x" * 10_000,
    "'; DROP TABLE patients_patient; --",
]
NO_NUMBERS = ["NaN", "Infinity", "-1", "1e400", "9" * 400, "0x46", "70 kg", "", " "]
NO_DATES = ["0001-01-01", "9999-12-31", "2021-02-30", "31.12.2021", "tomorrow", "1899-12-31"]


def loosen(person) -> None:
    """Let the fields take anything, as a program that posts would."""
    person.page.evaluate("""() => document.querySelectorAll("input, textarea").forEach(e => {
        e.removeAttribute("maxlength");
        if (/date|time|number/.test(e.type)) { const was = e.value; e.type = "text"; e.value = was; }
    })""")


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:12].strip())
def test_hostile_words_are_kept_as_words(clinic, at_the_screen, words):
    patient = clinic.patient(cycle=1)
    nurse = at_the_screen(clinic.person(Role.NURSE), looks=False).signs_in()
    nurse.follows(f"Other: dexamethasone, {patient.subject}").ticks("Omitted")
    loosen(nurse)
    nurse.picks("Reason", "Other").types("In words", words).presses("Record")
    if len(words) > 500:
        assert "at most 500 characters" in nurse.fault_at("In words")
        assert nurse.has_typed("In words") == words
        return
    stored = patient.administrations.get().reason
    assert " ".join(stored.split()) == " ".join(words.split())
    for path in ("", "history/"):
        nurse.opens(patient.get_absolute_url() + path)
        assert "taken over" not in nurse.page.title()
        assert " ".join(words.split())[:40] in nurse.reads
    nurse.opens(f"/find?q={words[:60]}")


def test_what_is_no_number_or_date_is_said_at_the_field(clinic, at_the_screen):
    patient = clinic.patient()
    nurse = at_the_screen(clinic.person(Role.NURSE), looks=False).signs_in()
    nurse.opens(patient.cycles.first().get_absolute_url())
    for label, values in (("Weight", NO_NUMBERS), ("Day 1", NO_DATES), ("Measured on", NO_DATES)):
        for value in values:
            loosen(nurse)
            nurse.types(label, value).presses("Open mini-HCVD 1")
            assert nurse.fault_at(label), f"{value!r} as {label}"
        nurse.opens(patient.cycles.first().get_absolute_url())
    assert patient.cycles.first().state == "planned"


def test_what_is_no_dose_or_moment_is_said_at_the_field(clinic, at_the_screen):
    patient = clinic.patient(cycle=1)
    nurse = at_the_screen(clinic.person(Role.NURSE), looks=False).signs_in()
    nurse.follows(f"Other: dexamethasone, {patient.subject}").ticks("Given, changed").picks("Reason", "Other")
    for value in ("NaN", "Infinity", "-5", "9" * 400, "1e9", "0.0000001"):
        loosen(nurse)
        nurse.types("Dose given", value).presses("Record")
        assert nurse.fault_at("Dose given"), value
    nurse.types("Dose given", "10")
    for value in ("0001-01-01T00:00", "9999-12-31T23:59", "2200-01-01T00:00", "noon"):
        loosen(nurse)
        nurse.types("When it happened", value).presses("Record")
        assert nurse.fault_at("When it happened"), value
    assert not patient.administrations.exists()


def test_a_double_click_records_once(clinic, at_the_screen):
    patient = clinic.patient(cycle=1)
    nurse = at_the_screen(clinic.person(Role.NURSE), looks=False).signs_in()
    button = nurse.page.get_by_role(
        "button", name=f"Given as planned: dexamethasone 20 mg, {patient.subject}"
    )
    with nurse.page.expect_navigation():
        button.dblclick(no_wait_after=True)
    nurse.page.wait_for_load_state("load")
    assert patient.administrations.count() == 1


def test_back_and_the_same_form_again_records_once(clinic, at_the_screen):
    patient = clinic.patient(cycle=1)
    nurse = at_the_screen(clinic.person(Role.NURSE), looks=False).signs_in()
    nurse.follows(f"Other: dexamethasone, {patient.subject}").ticks("Given as planned").presses("Record")
    nurse.page.go_back()
    nurse.ticks("Given as planned").presses("Record")
    assert patient.administrations.filter(is_current=True).count() == 1
    nurse.page.go_back()
    nurse.ticks("Omitted").picks("Reason", "Other").presses("Record")  # other answers on a form that was sent
    assert nurse.page.locator(".pt-errors").is_visible()
    assert patient.administrations.get().outcome == "given"


def test_two_tabs_with_the_same_form_the_second_is_told(clinic, at_the_screen):
    patient = clinic.patient()
    one = at_the_screen(clinic.person(Role.NURSE), looks=False).signs_in()
    two = at_the_screen(clinic.person(Role.INVESTIGATOR), looks=False).signs_in()
    for person, weight in ((one, "70"), (two, "71")):
        person.opens(patient.cycles.first().get_absolute_url()).types("Weight", weight)
    one.presses("Open mini-HCVD 1")
    two.presses("Open mini-HCVD 1")
    assert "Nothing of yours was saved" in two.told
    assert patient.cycles.first().weight_kg == 70


def test_odd_addresses_and_searches_answer_in_words(clinic, at_the_screen):
    nurse = at_the_screen(clinic.person(Role.NURSE), looks=False).signs_in()
    for path in (
        "/find?q=%00", "/find?q=" + "9" * 400, "/patients/?q=%00&state=%00", "/patients/?page=-1",
        "/patients/?page=NaN", "/?view=%00", "/reminders/?view=x&page=99999999999999999999", "/outbox/?page=0",
        "/patients/x/", f"/patients/{uuid.UUID(int=0)}/", "/protocol/?q=%ff", "/sign-in/?next=//evil.example",
    ):  # fmt: skip
        nurse.opens(path)
        assert nurse.heading
    assert Patient.objects.for_user(nurse.user).count() == 0
