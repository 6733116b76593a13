"""The published schedule and doses, order by order."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from regimens.dosing import Measurements
from regimens.limits import PlanError
from regimens.loading import shipped_definition
from regimens.schedule import CycleRef, check_arm, check_dose_level, cycle_doses
from tests.regimens.builders import ARMS, START, VERSIONS, measured, planned, reference, rows_of

SCHEDULE = reference("schedule")


def days_of(drug: str, cycle: int, version: str = "amended", level: str | None = None) -> list[int]:
    return [row.day for row in rows_of(planned(version, level, cd20="20"), drug, "mini-hcvd", cycle)]


@pytest.mark.parametrize("version", ["original", "amended"])
def test_cycles_start_on_the_published_days(version):
    plan, expected = planned(version, "1.8" if version == "original" else None), SCHEDULE[version]
    starts = {(cycle.phase, cycle.number): cycle.day1.isoformat() for cycle in plan.cycles}
    for phase in ("mini-hcvd", "blinatumomab", "blinatumomab-maintenance"):
        listed = expected.get(phase, [])
        assert [start for (name, _), start in starts.items() if name == phase] == listed
    assert starts["pomp", 1] == expected["pomp 1"]
    assert plan.length_days == expected["length_days"]


def test_the_amended_plan_ends_on_the_day_after_its_last_cycle():
    """The published end, 2022-02-23, is the day on which a further cycle could start; the last day is the 22nd."""
    plan = planned()
    assert plan.ends_on == date.fromisoformat(SCHEDULE["amended"]["ends_on"])
    assert plan.cycles[-1].last_day == date(2022, 2, 22)
    assert plan.doses[-1].until == date(2022, 2, 8)


def test_pomp_of_the_original_version_takes_1008_days():
    pomp = [cycle for cycle in planned("original", "1.8").cycles if cycle.phase == "pomp"]
    assert len(pomp) == 36
    assert (pomp[-1].ends_on - pomp[0].day1).days == SCHEDULE["original"]["pomp_days"]


@pytest.mark.parametrize(
    "row",
    reference("doses")["rows"],
    ids=lambda r: f"{r['drug']} {r['weight_kg']} kg {r['level']} {r['cycle']} {r['day']}",
)
def test_doses_are_those_worked_out_by_hand(row):
    plan = planned(
        row["version"], row["level"], cd20="20", measurements=measured(row["height_cm"], row["weight_kg"])
    )
    (found,) = [r for r in rows_of(plan, row["drug"], *row["cycle"]) if r.day == row["day"]]
    assert str(found.dose) == row["dose"]
    assert found.dose_unit == row["unit"]
    assert found.bsa == (None if row["bsa"] is None else Decimal(row["bsa"]))


@pytest.mark.parametrize(("version", "level"), VERSIONS)
def test_inotuzumab_adds_up_to_the_published_cumulative_dose(version, level):
    total = sum(row.protocol_dose for row in rows_of(planned(version, level), "inotuzumab ozogamicin"))
    key = version if level is None else f"{version} {level}"
    assert total == Decimal(SCHEDULE["cumulative_inotuzumab_mg_m2"][key])


def test_inotuzumab_is_on_day_3_or_on_days_2_and_8():
    for cycle in range(1, 5):
        assert days_of("inotuzumab ozogamicin", cycle, "original", "1.3") == [3]
        assert days_of("inotuzumab ozogamicin", cycle) == [2, 8]
    assert rows_of(planned("original", "1.8"), "inotuzumab ozogamicin", "mini-hcvd", 5) == []


@pytest.mark.parametrize("cycle", [1, 3])
def test_odd_cycles_hold_cyclophosphamide_vincristine_and_dexamethasone(cycle):
    """6 doses of cyclophosphamide (900 mg/m²), 2 of vincristine, 8 days of dexamethasone."""
    plan = planned()
    assert [r.day for r in rows_of(plan, "cyclophosphamide", "mini-hcvd", cycle)] == [1, 2, 3]
    assert (
        sum(r.times_per_day * r.protocol_dose for r in rows_of(plan, "cyclophosphamide", "mini-hcvd", cycle))
        == 900
    )
    assert [r.day for r in rows_of(plan, "vincristine", "mini-hcvd", cycle)] == [1, 8]
    assert [r.day for r in rows_of(plan, "dexamethasone", "mini-hcvd", cycle)] == [1, 2, 3, 4, 11, 12, 13, 14]
    assert (
        rows_of(plan, "methotrexate", "mini-hcvd", cycle)
        == rows_of(plan, "cytarabine", "mini-hcvd", cycle)
        == []
    )


@pytest.mark.parametrize("cycle", [2, 4, 6, 8])
def test_even_cycles_hold_methotrexate_and_cytarabine(cycle):
    """4 doses of cytarabine (2 g/m²), one of methotrexate."""
    plan = planned("original", "1.3")
    assert [r.day for r in rows_of(plan, "methotrexate", "mini-hcvd", cycle)] == [1]
    assert [(r.day, r.times_per_day) for r in rows_of(plan, "cytarabine", "mini-hcvd", cycle)] == [
        (2, 2),
        (3, 2),
    ]
    for drug in ("cyclophosphamide", "vincristine", "dexamethasone"):
        assert rows_of(plan, drug, "mini-hcvd", cycle) == []


@pytest.mark.parametrize(
    ("cd20", "doses"), [(None, 0), ("0", 0), ("19.9", 0), ("20", 8), ("20.1", 8), ("100", 8)]
)
def test_rituximab_is_planned_from_20_percent_cd20_with_cycles_1_to_4(cd20, doses):
    rows = rows_of(planned(cd20=cd20), "rituximab")
    assert len(rows) == doses
    assert {row.cycle for row in rows} <= {1, 2, 3, 4}


def test_a_blinatumomab_infusion_is_one_row_and_a_dose_step_starts_another():
    plan = planned()
    first = [(r.day, r.until_day, r.protocol_dose) for r in rows_of(plan, "blinatumomab", "blinatumomab", 1)]
    assert first == [(1, 7, 9), (8, 28, 28)]
    for phase, cycle in [("blinatumomab", 2), ("blinatumomab", 4), ("blinatumomab-maintenance", 1)]:
        (row,) = rows_of(plan, "blinatumomab", phase, cycle)
        assert (row.day, row.until_day, row.protocol_dose, row.times_per_day) == (1, 28, 28, 1)
        assert (row.last_date - row.date).days == 27


def test_mercaptopurine_is_one_row_to_the_last_day_of_its_cycle():
    plan = planned("original", "1.8")
    last_days = {cycle.number: cycle.last_day for cycle in plan.cycles if cycle.phase == "pomp"}
    rows = rows_of(plan, "mercaptopurine")
    assert {row.cycle: row.until for row in rows} == last_days
    assert {(row.times_per_day, row.dose) for row in rows} == {(2, Decimal(50))}


def test_pomp_has_prednisone_and_vincristine_in_its_first_12_cycles_only():
    plan = planned("original", "1.8")
    assert Counter(r.cycle for r in rows_of(plan, "prednisone")) == dict.fromkeys(range(1, 13), 5)
    assert Counter(r.cycle for r in rows_of(plan, "vincristine", "pomp")) == dict.fromkeys(range(1, 13), 1)
    weekly = rows_of(plan, "methotrexate", "pomp")
    assert Counter(r.cycle for r in weekly) == dict.fromkeys(range(1, 37), 4)
    assert {row.day for row in weekly} == {1, 8, 15, 22}


def test_courses_count_over_mini_hcvd_and_blinatumomab():
    courses = [cycle.course_number for cycle in planned().cycles]
    assert courses == [1, 2, 3, 4, 5, 6, 7, 8] + [None] * 16
    assert [c.course_number for c in planned("original", "1.3").cycles] == [*range(1, 9)] + [None] * 36


def test_only_the_drugs_of_the_protocol_are_planned():
    names = {row.drug for row in planned(cd20="80").doses} | {
        r.drug for r in planned("original", "1.8").doses
    }
    assert sorted(names) == [
        "blinatumomab",
        "cyclophosphamide",
        "cytarabine",
        "dexamethasone",
        "inotuzumab ozogamicin",
        "intrathecal cytarabine",
        "intrathecal methotrexate",
        "mercaptopurine",
        "methotrexate",
        "prednisone",
        "rituximab",
        "vincristine",
    ]


def test_the_dangerous_drugs_ask_for_a_second_person():
    rows = [*planned(cd20="80").doses, *planned("original", "1.3").doses]
    assert {row.drug for row in rows if row.second_person} == {
        "inotuzumab ozogamicin",
        "blinatumomab",
        "vincristine",
        "intrathecal methotrexate",
        "intrathecal cytarabine",
    }
    assert {row.drug for row in rows if row.second_person} & {
        r.drug for r in rows if not r.second_person
    } == set()


def test_unconfirmed_values_are_named_row_by_row():
    plan = planned(cd20="20")
    marks = {
        row.drug: (row.to_be_confirmed, row.provenance) for row in plan.doses if row.phase == "mini-hcvd"
    }
    assert marks["cyclophosphamide"] == (False, ("A",))
    assert marks["rituximab"] == (True, ("A", "GK", "C"))
    assert marks["intrathecal cytarabine"] == (True, ("A", "B10", "GK", "C"))
    dexamethasone = rows_of(plan, "dexamethasone")[0]
    assert not dexamethasone.to_be_confirmed
    assert dexamethasone.unconfirmed == ("times per day", "route")
    assert all(row.to_be_confirmed for row in rows_of(plan, "blinatumomab"))


def test_each_version_has_its_own_arm_only():
    for version, other in (("original", "amended"), ("amended", "original")):
        definition = shipped_definition(version)
        assert check_arm(definition, ARMS[version]).name == ARMS[version]
        with pytest.raises(PlanError, match=f"only the arm {ARMS[version]}") as raised:
            check_arm(definition, ARMS[other])
        assert raised.value.field == "arm"
        with pytest.raises(PlanError):
            planned(version, "1.8" if version == "original" else None, arm=ARMS[other])


@pytest.mark.parametrize(
    ("version", "level", "text"),
    [
        ("original", None, "has the dose levels 1.8 or 1.3. One has to be chosen"),
        ("original", "1.0", "'1.0' is none of them"),
        ("amended", "1.8", "has no dose levels; leave it out"),
    ],
)
def test_the_dose_level_is_needed_or_refused(version, level, text):
    for attempt in (
        lambda: check_dose_level(shipped_definition(version), level),
        lambda: planned(version, level),
        lambda: a_cycle(version, level),
    ):
        with pytest.raises(PlanError, match=text) as raised:
            attempt()
        assert raised.value.field == "dose_level"


def a_cycle(version="amended", level=None, ref=CycleRef("mini-hcvd", 1), day1=START):  # noqa: B008
    return cycle_doses(
        shipped_definition(version), ref=ref, day1=day1, measurements=measured(), dose_level=level
    )


def test_a_cycle_that_does_not_exist_is_refused():
    for ref in (CycleRef("mini-hcvd", 5), CycleRef("mini-hcvd", 0), CycleRef("consolidation", 1)):
        with pytest.raises(PlanError, match=f"has no cycle {ref}"):
            a_cycle(ref=ref)


@pytest.mark.parametrize("cd20", ["-1", "100.1", "NaN", "Infinity"])
def test_an_impossible_cd20_is_refused(cd20):
    with pytest.raises(PlanError) as raised:
        planned(cd20=cd20)
    assert raised.value.field == "cd20_pct"


@pytest.mark.parametrize("start", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_a_start_outside_the_calendar_of_the_trial_is_refused(start):
    for attempt in (lambda: planned(start=start), lambda: a_cycle(day1=start)):
        with pytest.raises(PlanError, match="outside 1900-01-01 to 2199-12-31"):
            attempt()


def test_a_cycle_opened_with_another_weight_has_doses_of_its_own():
    heavier = Measurements(Decimal(170), Decimal(84), date(2020, 1, 28))
    doses = cycle_doses(
        shipped_definition("amended"),
        ref=CycleRef("mini-hcvd", 2),
        day1=date(2020, 1, 30),
        measurements=heavier,
        dose_level=None,
    )
    (methotrexate,) = [row for row in doses if row.drug == "methotrexate"]
    assert (methotrexate.date, str(methotrexate.dose)) == (date(2020, 1, 30), "497.500")  # 250 x 1.99
    assert ("Weight", "84 kg, 2020-01-28") in methotrexate.workings.workings()
