"""A nurse's day: from the worklist to the dose, and back when something was wrong."""

from decimal import Decimal

import pytest

from patients.models import Administration

pytestmark = pytest.mark.browser


def current(patient) -> list[Administration]:
    return list(patient.administrations.filter(is_current=True))


def test_opens_the_cycle_of_today_from_the_worklist_with_height_and_weight(clinic, nurse):
    patient = clinic.patient()
    nurse.opens("/").follows(patient.subject)
    assert patient.subject in nurse.heading
    nurse.follows("Today").follows("Open cycle mini-HCVD 1")
    assert "Not opened yet" in nurse.reads
    nurse.types("Weight", "720").presses("Open mini-HCVD 1")
    assert "720 kg is outside 30 to 250 kg. Did you mean 72?" in nurse.fault_at("Weight")
    assert (nurse.has_typed("Weight"), nurse.has_typed("Height")) == ("720", "170")
    nurse.types("Weight", "72.4").presses("Open mini-HCVD 1")
    assert "its doses are fixed" in nurse.told
    cycle = patient.cycles.first()
    assert (cycle.state, cycle.weight_kg) == ("open", Decimal("72.4"))
    assert not patient.activities.filter(cycle=cycle, provisional=True).exists()


def test_a_weight_that_jumped_has_to_be_confirmed(clinic, nurse):
    patient = clinic.patient()
    nurse.opens(patient.cycles.first().get_absolute_url())
    nurse.types("Weight", "85").presses("Open mini-HCVD 1")
    assert "by +21 %" in nurse.reads
    assert patient.cycles.first().state == "planned"
    nurse.ticks("The weight was checked and is right, though it changed by 10 % or more")
    nurse.presses("Open mini-HCVD 1")
    assert patient.cycles.first().state == "open"


def test_one_click_records_a_dose_due_today_and_undo_takes_it_back(clinic, nurse):
    patient = clinic.patient(cycle=1)
    nurse.opens("/").presses(f"Given as planned: dexamethasone 20 mg, {patient.subject}")
    assert f"Recorded: dexamethasone 20 mg, {patient.subject}" in nurse.told
    assert [one.drug for one in current(patient)] == ["dexamethasone"]
    nurse.presses("Undo")
    assert "is planned again" in nurse.told
    assert current(patient) == []
    assert patient.administrations.count() == 1  # the entry stays in the record, no longer current


def test_records_a_changed_dose_with_its_reason(clinic, nurse):
    patient = clinic.patient(cycle=1)
    nurse.opens("/").follows(f"Other: cyclophosphamide, {patient.subject}")
    nurse.ticks("Given, changed").types("Dose given", "200").presses("Record")
    assert "Choose a reason" in nurse.reads
    assert nurse.has_typed("Dose given") == "200"
    nurse.picks("Reason", "Liver function").types("In words", "ALT 4 times the limit").presses("Record")
    assert "ALT 4 times the limit" in nurse.row("Cyclophosphamide", "200 mg").inner_text()
    (entry,) = current(patient)
    assert (entry.outcome, entry.dose, entry.reason_code) == ("changed", Decimal(200), "liver")


def test_holds_one_dose_and_omits_another(clinic, nurse):
    patient = clinic.patient(cycle=1)
    for drug, outcome, reason in (
        ("vincristine", "Held", "Neurotoxicity"),
        ("dexamethasone", "Omitted", "Infection or fever"),
    ):
        nurse.opens("/").follows(f": {drug}, {patient.subject}")
        nurse.ticks(outcome).picks("Reason", reason).presses("Record")
    found = {one.drug: (one.outcome, one.reason_code, one.dose) for one in current(patient)}
    assert found == {
        "vincristine": ("held", "neurotoxicity", None),
        "dexamethasone": ("omitted", "infection", None),
    }
    nurse.opens("/")
    assert "Held" in nurse.row(patient.subject, "Vincristine").inner_text()  # held is not over
    assert nurse.row(patient.subject, "Dexamethasone", "Due").count() == 0


def test_types_the_dose_of_a_drug_for_two_pairs_of_eyes(clinic, nurse):
    patient = clinic.patient(cycle=1)
    nurse.opens("/")
    assert nurse.page.get_by_role("button", name="vincristine").count() == 0  # never one click
    nurse.follows(f"Record dose: vincristine, {patient.subject}").ticks("Given as planned")
    assert nurse.has_typed("Dose given") == ""
    nurse.types("Dose given", "20").presses("Record")
    assert "is not the planned 2 mg" in nurse.fault_at("Dose given")
    nurse.types("Dose given", "2").types("Lot number", "V-4711").presses("Record")
    assert [(one.dose, one.lot) for one in current(patient)] == [(Decimal(2), "V-4711")]


def test_records_several_doses_at_once_each_at_its_own_time(clinic, nurse):
    patient = clinic.patient(cycle=1, day=4)
    nurse.opens("/").follows(f"of {patient.subject}:")  # the overdue doses of a cycle are one line
    nurse.presses("as planned…")
    assert "Each dose with the time at which it was really given" in nurse.reads
    asked = nurse.page.get_by_label("Day 1: dexamethasone 20 mg")
    early = f"{patient.cycles.first().day1}T07:05"
    asked.fill(early)
    nurse.presses("Record as given")
    given = current(patient)
    assert f"Recorded: {len(given)} doses of mini-HCVD 1" in nurse.told
    assert len(given) > 8
    times = {one.given_at.astimezone(clinic.site.zone).strftime("%Y-%m-%dT%H:%M") for one in given}
    assert early in times
    assert all(one.outcome == "given" for one in given)


def test_records_a_dose_that_the_plan_did_not_have(clinic, nurse):
    patient = clinic.patient(cycle=1)
    nurse.opens(patient.cycles.first().get_absolute_url()).follows("Unscheduled dose")
    nurse.picks("Drug and route", "Dexamethasone IV/PO, in mg").types("Dose given", "8")
    nurse.picks("Reason", "Infusion reaction").presses("Record")
    assert "Given, not scheduled" in nurse.row("Dexamethasone", "Unscheduled").inner_text()
    assert [(one.outcome, one.dose) for one in current(patient)] == [("unscheduled", Decimal(8))]


def test_corrects_an_entry_and_takes_another_back(clinic, nurse):
    patient = clinic.patient(cycle=1)
    nurse.opens("/").presses(f"Given as planned: dexamethasone 20 mg, {patient.subject}")
    (wrong,) = current(patient)
    nurse.opens(patient.cycles.first().get_absolute_url()).follows("Correct: Dexamethasone, day 1")
    nurse.ticks("Given, changed").types("Dose given", "10").picks("Reason", "Patient’s choice")
    nurse.presses("Correct the entry")
    assert nurse.page.get_by_label("Why the entry is corrected").get_attribute("aria-invalid") == "true"
    nurse.types("Why the entry is corrected", "Two tablets were left over").presses("Correct the entry")
    (right,) = current(patient)
    assert (right.dose, right.corrects_id) == (Decimal(10), wrong.pk)
    nurse.follows("Take back: Dexamethasone, day 1").types("Why", "Wrong patient")
    nurse.presses("Take the entry back")
    assert current(patient) == []
    nurse.follows("History")
    assert "Wrong patient" in nurse.reads
    assert "Two tablets were left over" in nurse.reads


def test_finds_a_patient_by_number(clinic, nurse):
    patient = clinic.patient(cycle=1)
    nurse.opens("/").types("Find by subject number", str(int(patient.subject)))
    with nurse.page.expect_navigation():
        nurse.page.keyboard.press("Enter")
    assert nurse.page.url.endswith(patient.get_absolute_url())
    nurse.opens("/find?q=9999")
    assert "Nobody found" in nurse.reads
