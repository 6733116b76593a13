"""manage.py plan: for people and scripts. The result alone on stdout, what is wrong on stderr."""

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from regimens.tables import COLUMNS
from tests.regimens.builders import planned, reference

ROOT = Path(__file__).parents[2]
AMENDED = {
    "protocol-version": "amended",
    "arm": "inotuzumab-plus-blinatumomab",
    "start": "2020-01-01",
    "height": "170",
    "weight": "70",
}
ORIGINAL = AMENDED | {"protocol-version": "original", "arm": "inotuzumab", "dose-level": "1.8"}


def arguments(options):
    return [part for name, value in options.items() if value is not None for part in (f"--{name}", value)]


def printed(options=AMENDED, **changes):
    out = io.StringIO()
    call_command("plan", *arguments(options | changes), stdout=out)
    return out.getvalue()


def rows(options=AMENDED, **changes):
    return list(csv.DictReader(io.StringIO(printed(options, **changes))))


def in_a_shell(options, **kwargs):
    command = [sys.executable, str(ROOT / "manage.py"), "plan", *arguments(options)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **kwargs)


def test_csv_has_the_promised_columns_in_their_order():
    assert printed().splitlines()[0] == (
        "phase,cycle,day,date,until,drug,route,times_per_day,protocol_dose,protocol_unit,bsa_m2,dose,dose_unit,provenance"
    )


def test_csv_rows_are_written_as_promised():
    lines = printed(cd20="20").splitlines()
    assert lines[1] == "mini-hcvd,1,1,2020-01-01,,cyclophosphamide,IV,2,150,mg/m2,1.82,273.000,mg,A"
    assert lines[2] == "mini-hcvd,1,1,2020-01-01,,vincristine,IV,1,2,mg,,2.000,mg,A"
    assert "mini-hcvd,1,2,2020-01-02,,rituximab,IV,1,375,mg/m2,1.82,682.500,mg,A GK C" in lines
    assert "mini-hcvd,2,2,2020-01-30,,cytarabine,IV,2,500,mg/m2,1.82,910.000,mg,A" in lines
    assert (
        "blinatumomab,1,1,2020-04-22,2020-04-28,blinatumomab,CIV,1,9,ug/day,,9.000,ug/day,A B11 B12 C"
        in lines
    )
    assert (
        "blinatumomab,1,8,2020-04-29,2020-05-19,blinatumomab,CIV,1,28,ug/day,,28.000,ug/day,A B11 B12 C"
        in lines
    )
    assert "pomp,1,1,2020-10-07,2020-11-03,mercaptopurine,PO,2,50,mg,,50.000,mg,A" in lines
    assert "pomp,1,8,2020-10-14,,methotrexate,PO,1,10,mg/m2,1.82,18.200,mg,A" in lines


def test_below_45_kg_blinatumomab_goes_by_body_surface():
    """160 cm, 40 kg: 1.33 m²; 5 then 15 µg/m²/day."""
    found = [r for r in rows(height="160", weight="40") if r["drug"] == "blinatumomab"]
    assert [(r["protocol_dose"], r["protocol_unit"], r["bsa_m2"], r["dose"]) for r in found[:3]] == [
        ("5", "ug/m2/day", "1.33", "6.650"),
        ("15", "ug/m2/day", "1.33", "19.950"),
        ("15", "ug/m2/day", "1.33", "19.950"),
    ]


def test_the_last_infusion_of_the_amended_version_starts_on_2022_01_12():
    last = rows()[-1]
    assert (last["phase"], last["cycle"], last["date"], last["until"]) == (
        "blinatumomab-maintenance",
        "4",
        reference("schedule")["amended"]["blinatumomab-maintenance"][-1],
        "2022-02-08",
    )


@pytest.mark.parametrize(
    ("level", "doses"),
    [("1.8", ["3.276", "2.366", "2.366", "2.366"]), ("1.3", ["2.366", "1.820", "1.820", "1.820"])],
)
def test_the_dose_level_decides_inotuzumab(level, doses):
    found = rows(ORIGINAL, **{"dose-level": level})
    assert [r["dose"] for r in found if r["drug"] == "inotuzumab ozogamicin"] == doses


@pytest.mark.parametrize(("cd20", "count"), [(None, 0), ("19.99", 0), ("20", 8), ("100", 8)])
def test_rituximab_needs_a_cd20_of_20_percent(cd20, count):
    found = rows(AMENDED if cd20 is None else AMENDED | {"cd20": cd20})
    assert sum(r["drug"] == "rituximab" for r in found) == count


def test_csv_and_json_say_the_same():
    table = rows(cd20="55")
    objects = json.loads(printed(cd20="55", format="json"), parse_float=Decimal)
    assert len(objects) == len(table) == len(planned(cd20="55").doses)
    for row, entry in zip(table, objects, strict=True):
        assert tuple(entry) == COLUMNS
        assert row == {name: "" if value is None else str(value) for name, value in entry.items()}


def test_json_has_numbers_as_numbers_and_nothing_as_null():
    text = printed(format="json")
    assert '"dose": 273.000,' in text
    first = json.loads(text)[1]
    assert (first["drug"], first["cycle"], first["dose"], first["bsa_m2"], first["until"]) == (
        "vincristine",
        1,
        2.0,
        None,
        None,
    )


def test_rows_are_sorted_by_date():
    for options in (AMENDED, ORIGINAL):
        dates = [row["date"] for row in rows(options)]
        assert dates == sorted(dates)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocol-version": "third"}, "--protocol-version: expected original or amended; found 'third'"),
        ({"arm": "inotuzumab"}, "--arm: The amended version has only the arm inotuzumab-plus-blinatumomab"),
        ({"dose-level": "1.8"}, "--dose-level: The amended version has no dose levels"),
        ({"start": "2020-02-30"}, "--start: 2020-02-30 is not a date of the calendar"),
        ({"start": "01/02/2020"}, "--start: '01/02/2020' is not a date written YYYY-MM-DD"),
        ({"start": "20200102"}, "--start: '20200102' is not a date written YYYY-MM-DD"),
        ({"start": "2020-W01-1"}, "--start: '2020-W01-1' is not a date written YYYY-MM-DD"),
        ({"start": ""}, "--start: '' is not a date written YYYY-MM-DD"),
        ({"start": "9999-12-31"}, "--start: 9999-12-31 is outside 1900-01-01 to 2199-12-31"),
        ({"start": "0001-01-01"}, "--start: 0001-01-01 is outside"),
        ({"height": "0,5"}, "--height: '0,5' has a comma. If it is the decimal sign, write 0.5"),
        ({"height": "abc"}, "--height: 'abc' is not a number"),
        ({"height": "NaN"}, "--height: 'NaN' is not a number"),
        ({"height": "1e308"}, "--height: '1e308' is not a number"),
        ({"height": "-170"}, "--height: Height -170 cm is outside 120 to 220 cm"),
        ({"weight": "720"}, "--weight: Weight 720 kg is outside 30 to 250 kg. Did you mean 72.0?"),
        ({"weight": "inf"}, "--weight: 'inf' is not a number"),
        ({"cd20": "101"}, "--cd20: CD20 101 % is outside 0 to 100 %"),
        ({"cd20": "20%"}, "--cd20: '20%' is not a number"),
        ({"cd20": ""}, "--cd20: '' is not a number"),
        ({"format": "xml"}, "invalid choice: 'xml'"),
        ({"weight": None}, "the following arguments are required: --weight"),
    ],
    ids=str,
)
def test_a_bad_option_is_named_with_the_way_out(changes, message):
    with pytest.raises(CommandError) as raised:
        printed(AMENDED, **changes)
    assert message in str(raised.value)


@pytest.mark.parametrize("level", [None, "1.0", "1,8"])
def test_the_original_version_needs_one_of_its_dose_levels(level):
    with pytest.raises(
        CommandError, match=r"--dose-level: The original version has the dose levels 1\.8 or 1\.3\."
    ):
        printed(ORIGINAL | {"dose-level": level})


def test_in_a_shell_stdout_carries_the_result_alone_and_needs_no_database():
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "SECRET_KEY": "x" * 50}
    found = in_a_shell(AMENDED, env=environment)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == printed()


def test_in_a_shell_a_fault_goes_to_stderr_without_a_traceback():
    for options in (AMENDED | {"height": "abc"}, AMENDED | {"weight": None}):
        found = in_a_shell(options)
        assert found.returncode != 0
        assert found.stdout == ""
        assert found.stderr
        assert "Traceback" not in found.stderr


def test_a_reader_who_stops_reading_is_no_fault():
    command = " ".join(
        f"'{part}'" for part in [sys.executable, str(ROOT / "manage.py"), "plan", *arguments(ORIGINAL)]
    )
    found = subprocess.run(
        ["bash", "-c", f"{command} --format json | head -c 10; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert len(found.stdout) == 10
