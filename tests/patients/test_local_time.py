"""The local morning of a site, against a slow and obvious second calculation: look at the clock minute by minute."""

import datetime as dt
import zoneinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.local_time import digest_instant, end_of_day, first_from

ZONES = sorted(zoneinfo.available_timezones())
UTC = dt.UTC
SEVEN = dt.time(7)


def first_minute_at_or_after(day: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The oracle. It only ever asks what the clock shows at an instant; the code under test goes the other way."""
    minute = dt.datetime.combine(day, dt.time(), UTC) - dt.timedelta(hours=16)
    last = None
    for _ in range(56 * 60):
        shown = minute.astimezone(zone)
        if shown.date() == day:
            last = minute
            if shown.time() >= at:
                return minute
        minute += dt.timedelta(minutes=1)
    assert last is not None, f"{zone} has no {day}"
    return last


def days_of_change(zone: ZoneInfo, year: int) -> list[dt.date]:
    """Local days on which the offset from UTC changes."""
    noon = dt.datetime(year, 1, 1, 12, tzinfo=UTC)
    days, before = [], noon.astimezone(zone).utcoffset()
    for number in range(1, 366):
        now = (noon + dt.timedelta(days=number)).astimezone(zone)
        if now.utcoffset() != before:
            days += [now.date() - dt.timedelta(days=1), now.date()]
        before = now.utcoffset()
    return days


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        ("Europe/Paris", "07:00", "2026-06-15", "2026-06-15T05:00Z"),
        ("Europe/Paris", "02:30", "2026-03-29", "2026-03-29T01:00Z"),  # skipped: 03:00 summer time
        ("Europe/Paris", "02:30", "2026-10-25", "2026-10-25T00:30Z"),  # twice: the first
        ("America/New_York", "02:15", "2026-03-08", "2026-03-08T07:00Z"),
        ("Australia/Lord_Howe", "02:10", "2026-10-04", "2026-10-03T15:30Z"),  # half an hour is skipped
        ("Asia/Kathmandu", "07:00", "2026-01-01", "2026-01-01T01:15Z"),
        (
            "America/Nuuk",
            "23:30",
            "2026-03-28",
            "2026-03-29T00:59Z",
        ),  # the day ends at 23:00: its last minute
        ("Africa/Cairo", "00:15", "2026-04-24", "2026-04-23T22:00Z"),  # the day begins at 01:00
    ],
)
def test_the_morning_of_known_days(zone: str, at: str, day: str, expected: str) -> None:
    instant = digest_instant(dt.date.fromisoformat(day), dt.time.fromisoformat(at), ZoneInfo(zone))
    assert instant == dt.datetime.fromisoformat(expected)


def test_seven_o_clock_in_every_zone_on_every_day_of_change() -> None:
    """Every zone of the IANA list, two years apart; seven is nowhere skipped, so the clock must show it."""
    checked = 0
    for name in ZONES:
        zone = ZoneInfo(name)
        for year in (2024, 2031):
            for day in days_of_change(zone, year):
                shown = digest_instant(day, SEVEN, zone).astimezone(zone)
                assert (shown.date(), shown.time(), shown.fold) == (day, SEVEN, 0), (name, day)
                checked += 1
    assert checked > 500


minutes = st.integers(0, 24 * 60 - 1)
around_changes = st.integers(0, 3 * 60 - 1) | st.integers(23 * 60, 24 * 60 - 1)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from([name for name in ZONES if days_of_change(ZoneInfo(name), 2025)]),
    year=st.integers(2024, 2036),
    at=(around_changes | minutes).map(lambda minute: dt.time(minute // 60, minute % 60)),
    choice=st.integers(0, 3),
)
def test_any_time_on_days_of_change_against_the_clock_itself(
    name: str, year: int, at: dt.time, choice: int
) -> None:
    zone = ZoneInfo(name)
    days = days_of_change(zone, year) or [dt.date(year, 7, 1)]
    day = days[choice % len(days)]
    assert digest_instant(day, at, zone) == first_minute_at_or_after(day, at, zone)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    day=st.dates(dt.date(2024, 1, 1), dt.date(2036, 12, 31)),
    minute=minutes,
)
def test_a_day_is_over_when_the_next_begins(name: str, day: dt.date, minute: int) -> None:
    zone = ZoneInfo(name)
    end = end_of_day(day, zone)
    assert (end - dt.timedelta(seconds=1)).astimezone(zone).date() <= day
    assert end.astimezone(zone).date() == day + dt.timedelta(days=1)
    assert digest_instant(day, dt.time(minute // 60, minute % 60), zone) < end


def test_a_skipped_calendar_day_is_over_at_once() -> None:
    """Samoa left out 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    assert end_of_day(dt.date(2011, 12, 29), apia) == dt.datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert first_from(dt.datetime.combine(dt.date(2011, 12, 30), SEVEN), apia) == dt.datetime(
        2011, 12, 30, 10, tzinfo=UTC
    )
