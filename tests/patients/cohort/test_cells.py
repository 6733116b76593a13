"""Each kind of cell: what is read, and what is told of the rest."""

import datetime as dt
from decimal import Decimal

import pytest

from patients.cohort import cells
from patients.cohort.cells import Fault
from patients.cohort.columns import BY_NAME


def arabic(text: str) -> str:
    """The same in Arabic digits, which Python takes for numbers too."""
    return "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in text)


GOOD = [
    ("subject", "001", 1),
    ("subject", "1", 1),
    ("subject", "999999", 999_999),
    ("enrolled_on", "2016-02-29", dt.date(2016, 2, 29)),
    ("enrolled_on", "1900-01-01", dt.date(1900, 1, 1)),
    ("weight_kg", "75.0", Decimal(75)),
    ("weight_kg", "30", Decimal(30)),
    ("weight_kg", "250.0000", Decimal(250)),
    ("weight_kg", "70.1234", Decimal("70.1234")),
    ("height_cm", "120", Decimal(120)),
    ("height_cm", "220", Decimal(220)),
    ("cd20_pct", "0", Decimal(0)),
    ("cd20_pct", "-0", Decimal(0)),
    ("cd22_pct", "100", Decimal(100)),
    ("mrd1_value", "1e-06", Decimal("0.000001")),
    ("mrd1_value", "1E-4", Decimal("0.0001")),
    ("mrd1_value", "0.0000000000000001", Decimal("1e-16")),
    ("mrd1_value", "1", Decimal(1)),
    ("ecog", "0", 0),
    ("ecog", "4", 4),
    ("ecog", "1.0", 1),
    ("maintenance_cycles", "36", 36),
    ("rituximab", "yes", True),
    ("rituximab", "no", False),
    ("salvage", "S1-CR1>=12mo", "S1-CR1>=12mo"),
    ("karyotype", "low hypodiploid/near triploid", "low hypodiploid/near triploid"),
    ("site", "Zürich – 東京 (Süd)", "Zürich – 東京 (Süd)"),
    ("site", "x" * 80, "x" * 80),
    ("notes", " =1+1\t\n“NA” ", " =1+1\t\n“NA” "),
    ("notes", "one\r\ntwo\rthree", "one\ntwo\nthree"),
    ("notes", "x" * 10_000, "x" * 10_000),
]
BAD = [
    ("subject", "0", "range", "1 to 999999"),
    ("subject", "1000000", "range", "999999"),
    ("subject", "9" * 41, "subject", "digits"),
    ("subject", "-1", "subject", "digits"),
    ("subject", "1a", "subject", "digits"),
    ("subject", arabic("3"), "subject", "digits"),
    ("enrolled_on", "2015-02-29", "date", "not in the calendar"),
    ("enrolled_on", "2016-13-01", "date", "not in the calendar"),
    ("enrolled_on", "0000-01-01", "date", "not in the calendar"),
    ("enrolled_on", "1899-12-31", "date", "before 1900"),
    ("enrolled_on", "20160302", "date", "year-month-day"),
    ("enrolled_on", "2016-3-2", "date", "year-month-day"),
    ("enrolled_on", "02/03/2016", "date", "year-month-day"),
    ("enrolled_on", "2016-03-02T00:00:00", "date", "year-month-day"),
    ("enrolled_on", "2016-W10-3", "date", "year-month-day"),
    ("enrolled_on", arabic("2016-03-02"), "date", "year-month-day"),
    ("weight_kg", "29.9999", "range", "30 to 250 kg"),
    ("weight_kg", "250.0001", "range", "30 to 250 kg"),
    ("height_cm", "119.9", "range", "120 to 220 cm"),
    ("height_cm", "220.1", "range", "120 to 220 cm"),
    ("weight_kg", "70.12345", "decimals", "4 decimals"),
    ("weight_kg", "75,5", "number", "75.5"),
    ("weight_kg", "1,075.5", "number", "no number"),
    ("weight_kg", "NaN", "number", "no number"),
    ("weight_kg", "inf", "number", "no number"),
    ("weight_kg", "-Infinity", "number", "no number"),
    ("weight_kg", "7_0", "number", "no number"),
    ("weight_kg", arabic("70"), "number", "no number"),
    ("weight_kg", "0x46", "number", "no number"),
    ("weight_kg", "70 kg", "number", "no number"),
    ("weight_kg", "1e308", "range", "30 to 250"),
    ("weight_kg", "1e9999999", "number", "no number"),
    ("cd20_pct", "-0.1", "range", "0 to 100 %"),
    ("cd20_pct", "100.1", "range", "0 to 100 %"),
    ("alt_u_l", "-1", "range", "0 to"),
    ("mrd1_value", "1.0001", "range", "0 to 1"),
    ("mrd1_value", "-0.0001", "range", "0 to 1"),
    ("mrd1_value", "1e-17", "decimals", "16 decimals"),
    ("mrd1_value", "<0.0001", "number", "no number"),
    ("ecog", "5", "range", "0 to 4"),
    ("ecog", "-1", "range", "0 to 4"),
    ("ecog", "1.5", "number", "whole number"),
    ("ino_cycles", "5", "range", "0 to 4"),
    ("maintenance_cycles", "37", "range", "0 to 36"),
    ("rituximab", "Yes", "code", 'Did you mean "yes"'),
    ("rituximab", "1", "code", "yes, no"),
    ("response", "cr", "code", 'Did you mean "CR"'),
    ("response", "PR", "code", "CR, CRp, CRi, NR, ED"),
    ("site", "x" * 81, "length", "80"),
    ("site", "Nor\nth", "text", "not seen"),
    ("site", "Nor\u200bth", "text", "not seen"),
    ("notes", "a\x07b", "text", "U+0007 in place 2"),
    ("notes", "x" * 10_001, "length", "10,000"),
]


@pytest.mark.parametrize(("column", "text", "value"), GOOD)
def test_a_value_is_read(column, text, value):
    read = BY_NAME[column].kind.read(text)
    assert read == value
    assert type(read) is type(value)
    assert not str(read).startswith("-0")


@pytest.mark.parametrize(("column", "text", "rule", "words"), BAD)
def test_anything_else_is_told_with_the_way_out(column, text, rule, words):
    with pytest.raises(Fault) as fault:
        BY_NAME[column].kind.read(text)
    assert fault.value.rule == rule
    assert words in fault.value.message
    assert fault.value.message.endswith((".", "?", ": 75.5."))


def test_blanks_around_a_cell_are_left_off_but_not_those_that_nobody_sees():
    assert cells.bare(" \tCR ") == "CR"
    assert cells.bare("\u00a0CR") == "\u00a0CR"
