from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regimens.definition import DoseRule, Step
from regimens.dosing import Measurements, dose, surface_of
from regimens.limits import CD20, HEIGHT, WEIGHT, PlanError, read_number
from regimens.provenance import Sourced
from regimens.units import Quantity

heights = st.decimals(120, 220, places=1)
weights = st.decimals(30, 250, places=1)


def step(*rules: DoseRule) -> Step:
    return Step(Sourced((1,), ("A",)), rules)


def flat(value: str) -> Step:
    return step(DoseRule(Decimal(value), "mg", ("A",)))


def by_surface(value: str, **kwargs) -> Step:
    return step(DoseRule(Decimal(value), "mg/m2", ("A",), **kwargs))


CAPPED = by_surface("5", at_most=Sourced(Quantity(Decimal(9), "mg"), ("B11", "C")))


def test_a_flat_dose_does_not_know_a_body_surface():
    found = dose(flat("2"), Measurements(Decimal(170), Decimal(70)))
    assert (str(found.value), found.unit, found.bsa, found.surface) == ("2.000", "mg", None, None)


def test_a_dose_shows_its_workings():
    """165 cm and 63.4 kg: √2.90583 = 1.704651..., rounded once to 1.70; 0.3 x 1.70 = 0.51."""
    found = dose(by_surface("0.3"), Measurements(Decimal(165), Decimal("63.4"), date(2021, 6, 8)))
    assert found.workings() == (
        ("Protocol dose", "0.3 mg/m²"),
        ("Height", "165 cm, 2021-06-08"),
        ("Weight", "63.4 kg, 2021-06-08"),
        ("Body surface, Mosteller", "√(165 × 63.4 ÷ 3600) = 1.70465 → 1.70 m²"),
        ("Before rounding", "0.3 × 1.70 = 0.51 mg"),
        ("Cap", "none"),
        ("Dose", "0.51 mg"),
    )


def test_the_weight_that_chooses_a_flat_dose_is_shown():
    rule = DoseRule(Decimal(28), "ug/day", ("B11",), from_kg=Decimal(45))
    found = dose(step(rule), Measurements(Decimal(160), Decimal(45)))
    assert found.workings() == (
        ("Protocol dose", "28 µg/day"),
        ("Weight", "45 kg"),
        ("Weight rule", "45 kg and above"),
        ("Body surface", "not used: the dose is flat"),
        ("Dose", "28 µg/day"),
    )


@pytest.mark.parametrize(
    ("weight", "value", "applied"), [("72", "9.000", True), ("63", "8.850", False), ("64.8", "9.000", False)]
)
def test_a_cap_holds_and_says_whether_it_was_reached(weight, value, applied):
    """180 cm: 72 kg has 1.90 m² (9.5 capped to 9), 63 kg 1.77 m², 64.8 kg exactly 1.80 m² (9.0, not capped)."""
    found = dose(CAPPED, Measurements(Decimal(180), Decimal(weight)))
    assert (str(found.value), found.cap_applied) == (value, applied)
    assert found.provenance == (("A", "B11", "C") if applied else ("A",))
    assert ("Cap", "at most 9 mg, " + ("applied" if applied else "not reached")) in found.workings()


def test_a_dose_level_chooses_its_rule_and_a_level_without_a_rule_is_an_error():
    rules = [DoseRule(Decimal(v), "mg/m2", ("A",), level=v) for v in ("1.8", "1.3")]
    measured = Measurements(Decimal(170), Decimal(70))
    assert str(dose(step(*rules), measured, level="1.3").value) == "2.366"
    with pytest.raises(PlanError, match=r"No dose is defined for dose level 0\.9"):
        dose(step(*rules), measured, level="0.9")


def test_a_formula_that_is_not_known_is_an_error_that_names_those_that_are():
    with pytest.raises(PlanError, match="'boyd' is not one of mosteller, du-bois, haycock, gehan-george"):
        surface_of(Measurements(Decimal(170), Decimal(70)), "boyd")


@given(heights, weights, st.decimals("0.1", 1000, places=1))
def test_a_dose_is_the_product_of_two_rounded_numbers_and_rounded_last(height, weight, protocol_dose):
    found = dose(by_surface(str(protocol_dose)), Measurements(height, weight))
    assert found.raw == protocol_dose * surface_of(found.measurements).rounded  # exact: 1 and 2 decimals
    assert abs(found.value - found.raw) <= Decimal("0.0005")
    assert found.value.as_tuple().exponent == -3


@given(heights, weights, weights)
def test_a_heavier_patient_never_gets_less(height, one, other):
    lighter, heavier = sorted((one, other))
    doses = [dose(CAPPED, Measurements(height, weight)).value for weight in (lighter, heavier)]
    assert doses == sorted(doses)


@given(heights, weights)
def test_the_context_of_the_thread_does_not_change_a_dose(height, weight):
    expected = dose(by_surface("375"), Measurements(height, weight))
    with localcontext(prec=3):
        assert dose(by_surface("375"), Measurements(height, weight)) == expected


@pytest.mark.parametrize(
    ("height", "weight", "field", "text"),
    [
        ("170", "720", "weight_kg", "Weight 720 kg is outside 30 to 250 kg. Did you mean 72.0?"),
        ("170", "7.25", "weight_kg", "Weight 7.25 kg is outside 30 to 250 kg. Did you mean 72.5?"),
        ("1.70", "70", "height_cm", "Height 1.7 cm is outside 120 to 220 cm. Did you mean 170.0?"),
        (
            "119.9",
            "70",
            "height_cm",
            "Height 119.9 cm is outside 120 to 220 cm. Check the number; the unit is cm.",
        ),
        (
            "170",
            "250.1",
            "weight_kg",
            "Weight 250.1 kg is outside 30 to 250 kg. Check the number; the unit is kg.",
        ),
        ("0", "70", "height_cm", "Height 0 cm is outside"),
        ("-170", "70", "height_cm", "Height -170 cm is outside"),
        ("NaN", "70", "height_cm", "Height NaN is not a number"),
        ("170", "sNaN", "weight_kg", "Weight sNaN is not a number"),
        ("170", "Infinity", "weight_kg", "Weight Infinity is not a number"),
        ("1E+308", "70", "height_cm", "Height 1E+308 is not a number"),
        ("170", "1E-999999", "weight_kg", "Weight 1E-999999 is not a number"),
        ("1" * 5000, "70", "height_cm", "is not a number"),
    ],
)
def test_an_impossible_measurement_names_field_value_limits_and_way_out(height, weight, field, text):
    with pytest.raises(PlanError) as raised:
        Measurements(Decimal(height), Decimal(weight))
    assert raised.value.field == field
    assert text in str(raised.value)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("value", [170.5, "170", None, True])
def test_a_measurement_that_is_not_exact_is_refused(value):
    """A binary float of 0.1 is not 0.1; text is for the form or the command to read."""
    with pytest.raises(PlanError):
        Measurements(value, Decimal(70))


@pytest.mark.parametrize(
    ("limits", "low", "high"),
    [(HEIGHT, 120, 220), (WEIGHT, 30, 250), (CD20, 0, 100)],
    ids=["height", "weight", "cd20"],
)
def test_limits_are_included(limits, low, high):
    assert limits.check(low) == low
    assert limits.check(Decimal(high)) == high
    for outside in (low - Decimal("0.1"), high + Decimal("0.1")):
        with pytest.raises(PlanError):
            limits.check(outside)


def test_a_typed_number_is_read_exactly():
    assert str(read_number(" 170.50 ", field="x")) == "170.50"
    assert read_number("-3", field="x") == -3


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("0,5", "'0,5' has a comma. If it is the decimal sign, write 0.5; if not, leave it out."),
        ("1,234", "has a comma"),
        *(
            (typed, "is not a number")
            for typed in ("", "abc", "1e308", "NaN", "inf", "170 cm", ".5", "1.", "1_0")
        ),
        *((typed, "is not a number") for typed in ("1,2,3", "1,234.5", "１７０", "1" * 400, "+170", "0x10")),  # noqa: RUF001
    ],
)
def test_a_typed_number_is_never_guessed_at(typed, text):
    with pytest.raises(PlanError) as raised:
        read_number(typed, field="height_cm")
    assert text in str(raised.value)
    assert raised.value.field == "height_cm"
    assert len(str(raised.value)) < 200
