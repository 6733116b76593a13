"""The columns agree with the shipped file, with the record and with the shipped protocol."""

import pytest

from patients.cohort.cells import Number
from patients.cohort.columns import ARMS, COLUMNS, MOST_CYCLES, NAMES
from patients.cohort.published import DATA_CUTOFF, published_cohort
from patients.models import Enrolment, MRDAssessment
from regimens import loading
from tests.cohort_files import rows_of


def test_the_published_file_has_the_49_columns_in_their_usual_order():
    assert len(NAMES) == 49
    assert published_cohort().splitlines()[0].decode().split(",") == list(NAMES)
    assert max(row["last_contact_on"] for row in rows_of(published_cohort())) == DATA_CUTOFF.isoformat()


@pytest.mark.parametrize("name", ["original", "amended"])
def test_each_version_has_the_arm_and_the_cycles_of_its_protocol_file(name):
    definition = loading.shipped_definition(name)
    planned = dict.fromkeys(("mini-hcvd", "blinatumomab", "pomp", "blinatumomab-maintenance"), 0)
    with_inotuzumab = 0
    for phase, number, _ in definition.cycles():
        planned[phase.name] += 1
        drugs = {order.drug.value for order in phase.orders(number)}
        with_inotuzumab += any(drug.startswith("inotuzumab") for drug in drugs)
    assert [arm.name for arm in definition.arms] == [ARMS[name]]
    assert {column: most[name] for column, most in MOST_CYCLES.items()} == {
        "ino_cycles": with_inotuzumab,
        "mini_hcvd_cycles": planned["mini-hcvd"],
        "blina_cycles": planned["blinatumomab"],
        "maintenance_cycles": planned["pomp"] + planned["blinatumomab-maintenance"],
    }


@pytest.mark.parametrize("column", [c for c in COLUMNS if isinstance(c.kind, Number)], ids=lambda c: c.name)
def test_whatever_number_is_accepted_fits_the_field_that_stores_it(column):
    mrd = column.name.startswith("mrd")
    field = (MRDAssessment if mrd else Enrolment)._meta.get_field("value" if mrd else column.name)
    assert column.kind.places <= field.decimal_places
    assert len(str(column.kind.high)) <= field.max_digits - field.decimal_places
