"""Opening cycles: height and weight fix the doses, the real day 1 moves what follows."""

import datetime as dt
from decimal import Decimal

import pytest

from patients.actions import cycles
from patients.enums import CycleState
from patients.models import Cycle
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused, Stale
from tests import factories as a

pytestmark = pytest.mark.django_db


def ready(**facts):
    """(patient, first cycle, nurse)"""
    site = a.a_site()
    patient = a.enrolled(site=site, **facts)
    return patient, patient.cycles.first(), a.a_person(Role.NURSE, site)


def open_it(cycle, nurse, **changes):
    facts = {
        "day1": cycle.day1,
        "height_cm": Decimal(170),
        "weight_kg": Decimal(70),
        "measured_on": cycle.day1,
        "today": cycle.day1,
    }
    return cycles.open_cycle(by=nurse, cycle=cycle, **facts | changes)


def test_opening_fixes_the_doses_of_this_cycle_alone():
    patient, first, nurse = ready()
    open_it(first, nurse, weight_kg=Decimal(76))  # 170 cm, 76 kg: Mosteller 1.894 -> 1.89 m2
    assert first.activities.get(drug="inotuzumab ozogamicin", day=2).dose == Decimal("1.134")  # 0.6 x 1.89
    assert not first.activities.filter(provisional=True).exists()
    second = patient.cycles.get(position=2)
    assert second.activities.get(drug="methotrexate").dose == Decimal("455.000")  # still 250 x 1.82
    assert second.activities.filter(provisional=False).count() == 0


def test_a_late_day_1_moves_everything_that_follows_by_the_same_days():
    patient, first, nurse = ready(day1=dt.date(2020, 1, 1))
    open_it(first, nurse)
    before = dict(patient.activities.filter(cycle__position__gte=2).values_list("pk", "on"))
    second = patient.cycles.get(position=2)
    late = second.day1 + dt.timedelta(days=5)
    open_it(second, nurse, day1=late, measured_on=late, today=late, reason="platelets 40")
    after = dict(patient.activities.filter(cycle__position__gte=2).values_list("pk", "on"))
    assert {after[pk] - before[pk] for pk in before} == {dt.timedelta(days=5)}
    assert patient.cycles.last().day1 == dt.date(2022, 1, 12) + dt.timedelta(days=5)
    assert patient.cycles.last().planned_day1 == dt.date(2022, 1, 12)
    infusion = patient.activities.filter(drug="blinatumomab").order_by("on").last()
    assert (infusion.until - infusion.on).days == 27


def test_another_day_1_needs_a_reason():
    _patient, first, nurse = ready()
    with pytest.raises(Refused) as refusal:
        open_it(first, nurse, day1=first.day1 + dt.timedelta(days=1), today=first.day1 + dt.timedelta(days=1))
    assert refusal.value.field == "reason"


def test_cycles_are_opened_in_turn():
    patient, _first, nurse = ready()
    with pytest.raises(Refused, match="comes before"):
        open_it(patient.cycles.get(position=2), nurse)


def test_opening_the_next_cycle_completes_the_one_before():
    patient, first, nurse = ready()
    open_it(first, nurse)
    open_it(patient.cycles.get(position=2), nurse)
    assert list(patient.cycles.values_list("state", flat=True)[:3]) == ["completed", "open", "planned"]


def test_a_weight_that_changed_by_ten_percent_is_confirmed():
    _patient, first, nurse = ready()
    with pytest.raises(Refused) as refusal:
        open_it(first, nurse, weight_kg=Decimal(77))
    assert refusal.value.field == "weight_confirmed"
    assert "+10 %" in refusal.value.message
    open_it(first, nurse, weight_kg=Decimal(77), weight_confirmed=True)


def test_old_measurements_are_refused():
    _patient, first, nurse = ready()
    with pytest.raises(Refused) as refusal:
        open_it(first, nurse, measured_on=first.day1 - dt.timedelta(days=29))
    assert refusal.value.field == "measured_on"


def test_a_light_patient_is_dosed_by_square_metre():
    """domain.md 1.3: below 45 kg 5 then 15 ug/m2/day; 160 cm, 40 kg: 1.33 m2."""
    patient, _first, _nurse = ready(height_cm=Decimal(160), weight_kg=Decimal(40))
    doses = patient.activities.filter(cycle__phase="blinatumomab", cycle__number=1).order_by("day")
    assert [(d.protocol_dose, d.protocol_unit, d.dose) for d in doses] == [
        (Decimal(5), "ug/m2/day", Decimal("6.650")),
        (Decimal(15), "ug/m2/day", Decimal("19.950")),
    ]


def test_a_cycle_is_opened_once():
    _patient, first, nurse = ready()
    open_it(first, nurse)
    with pytest.raises(Refused, match="open already"):
        open_it(Cycle.objects.get(pk=first.pk), nurse)


def test_a_page_read_before_somebody_else_wrote_is_stale():
    _patient, first, nurse = ready()
    with pytest.raises(Stale):
        open_it(first, nurse, row_version=7)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MONITOR, Role.DATA_MANAGER])
def test_who_may_not_open_a_cycle(role):
    patient, first, _ = ready()
    with pytest.raises(Denied):
        open_it(first, a.a_person(role, patient.site))


def test_every_changed_row_has_an_audit_row_that_names_the_nurse():
    _patient, first, nurse = ready()
    doses = first.activities.count()
    open_it(first, nurse)
    changes = Change.objects.filter(table_name="patients_scheduledactivity", operation="update")
    assert changes.count() == doses
    assert {change.actor_name for change in changes} == {nurse.username}
    assert {change.reason for change in changes} == {"mini-HCVD 1 opened"}


def test_the_table_of_moves_is_kept():
    _patient, first, nurse = ready()
    opened = open_it(first, nurse)
    assert opened.state == CycleState.OPEN
    assert opened.bsa_m2 == Decimal("1.82")
