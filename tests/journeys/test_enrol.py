"""A new patient: answers, what follows from them, the plan."""

import datetime as dt

import pytest

from patients.models import Patient
from protocoltracker.accounts.models import Role

pytestmark = pytest.mark.browser


def fill_in(person, today: dt.date, *, javascript: bool = True) -> None:
    """An ordinary patient; consent five days ago, planned day 1 tomorrow."""
    ago = [str(today - dt.timedelta(days=n)) for n in range(6)]
    person.types("Consent signed on", ago[5]).types("Consent version", "4.0").types("Enrolled on", ago[0])
    person.picks("Sex", "Female").types("Date of birth", "1980-03-01")
    for group in person.page.get_by_role("radiogroup").all():
        group.get_by_label("Met", exact=True).check()
    person.picks("Salvage class", "S2, second salvage").picks("Prior transplant", "No")
    person.types("CD20", "35").types("Height", "165").types("Weight", "63.4")
    person.page.get_by_label("Height and weight measured on").fill(ago[0])
    person.types("Planned day 1", str(today + dt.timedelta(days=1)))


def test_sees_what_follows_while_typing_then_enrols_and_sees_the_plan(clinic, investigator):
    investigator.opens("/patients/").follows("Enrol")
    fill_in(investigator, clinic.today)
    investigator.page.get_by_label("Planned day 1").press("Tab")
    derived = investigator.page.locator("#derived")
    derived.get_by_text("1.70 m²").wait_for()
    assert "amended" in derived.inner_text()
    investigator.finds_no_barrier()
    assert not Patient.objects.for_user(investigator.user).exists()
    investigator.presses("Enrol")
    patient = Patient.objects.for_user(investigator.user).get()
    assert f"Enrolled as {patient.subject}" in investigator.told
    assert patient.activities.filter(drug="rituximab").count() == 8  # CD20 of 35 %
    assert "Roadmap" in investigator.reads
    investigator.follows("Whole schedule")
    assert "Doses of a cycle that is not opened are provisional" in investigator.reads
    assert "Rituximab" in investigator.reads
    investigator.page.go_back()
    investigator.follows("Enrolment")
    assert "63.4 kg" in investigator.reads


def test_wrong_answers_keep_what_was_typed_and_say_what_is_wrong(clinic, nurse):
    nurse.opens("/patients/enrol/")
    fill_in(nurse, clinic.today)
    nurse.types("Weight", "63,4").types("Date of birth", "")
    nurse.presses("Enrol")
    assert "has a comma. Write a decimal point, for example 63.4" in nurse.fault_at("Weight")
    assert nurse.fault_at("Date of birth")
    assert nurse.page.evaluate("document.activeElement.matches('.pt-errors')")  # the summary has the focus
    assert (nurse.has_typed("Weight"), nurse.has_typed("CD20")) == ("63,4", "35")
    assert nurse.page.get_by_label("Met", exact=True).first.is_checked()
    assert not Patient.objects.for_user(nurse.user).exists()
    nurse.types("Weight", "63.4").types("Date of birth", "1980-03-01").presses("Enrol")
    assert Patient.objects.for_user(nurse.user).count() == 1


def test_a_nurse_cannot_waive_a_criterion_but_an_investigator_can(clinic, nurse, at_the_screen):
    nurse.opens("/patients/enrol/")
    fill_in(nurse, clinic.today)
    nurse.page.get_by_role("radiogroup").nth(3).get_by_label("Not met").check()
    nurse.presses("Enrol")
    assert "Enter the waiver or the explanation" in nurse.page.locator(".pt-errors").inner_text()
    nurse.page.get_by_label("Waiver or explanation").nth(3).fill("Agreed with the sponsor")
    nurse.presses("Enrol")
    assert "investigator" in nurse.page.locator(".pt-errors").inner_text()
    assert not Patient.objects.for_user(nurse.user).exists()
    other = at_the_screen(clinic.person(Role.INVESTIGATOR)).signs_in().opens("/patients/enrol/")
    fill_in(other, clinic.today)
    other.page.get_by_role("radiogroup").nth(3).get_by_label("Not met").check()
    other.page.get_by_label("Waiver or explanation").nth(3).fill("Agreed with the sponsor")
    other.presses("Enrol")
    assert "Agreed with the sponsor" in other.follows("Enrolment").reads


def test_another_version_needs_its_reason_and_dose_level(clinic, investigator):
    investigator.opens("/patients/enrol/")
    fill_in(investigator, clinic.today)
    version = investigator.field("Protocol version")
    version.select_option(
        label=next(o for o in version.locator("option").all_inner_texts() if "riginal" in o)
    )
    investigator.presses("Enrol")
    assert investigator.page.locator(".pt-errors").is_visible()
    assert not Patient.objects.for_user(investigator.user).exists()
    investigator.page.get_by_label("Dose level").select_option("1.3")
    investigator.types("Why another version", "No place for infusions at home").presses("Enrol")
    patient = Patient.objects.for_user(investigator.user).get()
    assert patient.enrolment.protocol_version.name == "original"
    assert "1.3 mg/m²" in investigator.reads
