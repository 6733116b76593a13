"""Doses and dates as the pages write them."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from protocoltracker.templatetags import words

BOGOTA = ZoneInfo("America/Bogota")  # UTC-05:00 all year
EVENING = dt.datetime(2021, 6, 16, 2, 30, tzinfo=dt.UTC)  # 21:30 of the 15th in Bogota


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (Decimal("0.510"), "mg", "0.51 mg"),
        (Decimal("20"), "mg", "20 mg"),
        (Decimal("1E+1"), "mg", "10 mg"),
        (Decimal("637.500"), "mg/m2", "637.5 mg/m²"),
        (".5", "ug/m2/day", "0.5 µg/m²/day"),
        (28, "ug/day", "28 µg/day"),
        (Decimal("0.000"), "mg", "0 mg"),
        (Decimal("-25.0"), "%", "−25 %"),
        (Decimal("2"), "", "2"),
    ],
)
def test_dose_has_no_trailing_zero_a_leading_one_and_a_unit_that_never_breaks_off(value, unit, written):
    assert words.dose(value, unit).replace("\N{NO-BREAK SPACE}", " ") == written
    assert " " not in words.dose(value, unit)


@pytest.mark.parametrize("nothing", [None, ""])
def test_missing_dose_is_a_dash_and_never_zero(nothing):
    assert words.dose(nothing, "mg") == "–"


def test_words_that_are_no_number_stay_as_they_are():
    assert words.dose("waits for weight", "mg").startswith("waits for weight")


@pytest.mark.parametrize(
    "value", [dt.date(2021, 6, 15), "2021-06-15", dt.datetime(2021, 6, 15, 23, 59, tzinfo=BOGOTA)]
)
def test_day_carries_its_weekday(value):
    assert words.isoday(value) == "2021-06-15\N{NO-BREAK SPACE}Tue"
    assert words.longday(value) == "Tuesday 2021-06-15"


def test_an_instant_is_shown_in_the_active_zone_and_a_local_time_in_its_own():
    with timezone.override(BOGOTA):
        assert words.isotime(EVENING) == "2021-06-15\N{NO-BREAK SPACE}21:30"
        assert words.iso(EVENING) == "2021-06-15"
    with timezone.override("UTC"):
        assert words.clock(EVENING.astimezone(BOGOTA)) == "21:30"


@pytest.mark.parametrize("write", [words.iso, words.isoday, words.longday, words.isotime, words.clock])
def test_missing_date_is_a_dash(write):
    assert write(None) == "–"


@pytest.mark.parametrize(
    ("zone", "written"), [("America/Bogota", "−05:00"), ("Asia/Kolkata", "+05:30"), ("UTC", "")]
)
def test_offset_of_the_site(zone, written):
    assert words.offset(EVENING.astimezone(ZoneInfo(zone))) == written


@pytest.mark.parametrize(
    ("number", "noun", "written"),
    [(1, "dose", "1 dose"), (0, "dose", "0 doses"), (2, "entry,entries", "2 entries")],
)
def test_count_names_one_and_many(number, noun, written):
    assert words.count(number, noun) == written
