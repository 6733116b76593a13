"""manage.py import_patients, as a person or a script calls it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from patients.cohort.decoding import MOST_BYTES
from patients.cohort.files import content_of
from patients.cohort.published import FILE
from patients.models import Patient
from protocoltracker.accounts.models import Site
from protocoltracker.embedded import folders
from regimens.models import ProtocolVersion
from tests.cohort_files import a_file, a_row, published

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str, int]:
    """stdout, stderr, exit status."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_patients", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), int(end.code or 0)
    return out.getvalue(), err.getvalue(), 0


def as_json(*arguments: str) -> tuple[dict, int]:
    out, err, status = run(*arguments, "--format", "json")
    assert err == ""
    return json.loads(out), status


@pytest.fixture
def file(tmp_path):
    """Writes bytes to a file and gives its path."""

    def write(content: bytes, name: str = "cohort.csv") -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return write


def test_the_published_cohort_is_stored_and_the_second_time_unchanged():
    answer, status = as_json(str(FILE), "--data-cutoff", "2021-06-15")
    assert status == 0
    assert [(f["row"], f["column"], f["rule"], f["severity"]) for f in answer["findings"]] == [
        (0, "site", "new-site", "warning"),
        (87, "birth_date", "minor", "warning"),
    ]
    assert [list(f) for f in answer["findings"]] == [["row", "column", "rule", "severity", "message"]] * 2
    assert (answer["summary"]["rows"], answer["summary"]["stored"]) == (108, 108)
    assert Patient.objects.count() == 108
    again, status = as_json(str(FILE))
    assert (status, again["summary"]["stored"], again["summary"]["unchanged"]) == (0, 0, 108)


def test_a_dry_run_says_the_same_and_writes_nothing():
    answer, status = as_json(str(FILE), "--dry-run")
    assert (status, answer["summary"]["new"], answer["summary"]["stored"]) == (0, 108, 0)
    assert (Patient.objects.count(), Site.objects.count(), ProtocolVersion.objects.count()) == (0, 0, 0)
    out, _, _ = run(str(FILE), "--dry-run")
    assert out.endswith("108 patients in the file: 108 would be stored, 0 unchanged; 0 errors, 2 warnings.\n")


def test_the_text_is_a_line_each_finding_and_a_sentence(file):
    out, err, status = run(file(a_file(a_row(ecog="4", birth_date="2001-01-01"))))
    head, *lines, blank, sentence = out.splitlines()
    assert (err, status, blank) == ("", 0, "")
    assert head.split() == ["row", "column", "rule", "message"]
    assert [line.split()[:4] for line in lines] == [
        ["warning", "0", "site", "new-site"],
        ["warning", "1", "birth_date", "minor"],
        ["warning", "1", "ecog", "ecog"],
    ]
    assert sentence == "1 patient in the file: 1 stored, 0 unchanged; 0 errors, 3 warnings."


def test_without_findings_only_the_sentence_is_printed(file):
    path = file(a_file(a_row()))
    run(path)
    assert run(path) == ("1 patient in the file: 0 stored, 1 unchanged; 0 errors, 0 warnings.\n", "", 0)


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_an_error_ends_with_1_also_of_a_dry_run(file, dry):
    path = file(a_file(a_row(), a_row(subject="2", weight_kg="NaN")))
    answer, status = as_json(path, *dry)
    assert status == 1
    (error,) = [found for found in answer["findings"] if found["severity"] == "error"]
    assert (error["row"], error["column"], error["rule"]) == (2, "weight_kg", "number")
    assert error["message"].startswith('weight_kg "NaN" is no number.')
    assert Patient.objects.count() == 0
    assert run(path, *dry)[0].splitlines()[-1].startswith("Nothing w")


def test_the_cut_off_is_the_latest_day(file):
    path = file(a_file(a_row(last_contact_on="2020-06-02")))
    answer, status = as_json(path, "--data-cutoff", "2020-06-01")
    assert (status, answer["findings"][-1]["rule"]) == (1, "after-cut-off")
    assert as_json(path, "--data-cutoff", "2020-06-02")[1] == 0


@pytest.mark.parametrize("day", ["2020-02-30", "yesterday", "", "20200101"])
def test_another_cut_off_than_a_day_is_told(day):
    with pytest.raises(
        CommandError, match=r"--data-cutoff .*Write year-month-day|not in the calendar"
    ) as fault:
        run(str(FILE), "--data-cutoff", day)
    assert fault.value.returncode == 2


BROKEN = {
    "empty": b"",
    "binary": bytes(range(256)) * 10,
    "another encoding": a_file(a_row(site="Zürich")).decode().encode("cp1252"),
    "half a file": published()[:20_000],
    "another table": b"a,b\n1,2\n",
    "too large": b"1," * (MOST_BYTES // 2 + 1),
    "an open quotation mark": a_file(a_row()).replace(b"Central", b'"Central'),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_told_and_ends_with_1(file, content):
    path = file(content)
    answer, status = as_json(path)
    assert status == 1
    assert answer["findings"]
    assert {found["severity"] for found in answer["findings"]} <= {"error", "warning"}
    assert "Traceback" not in run(path)[0]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing.csv", "does not exist"),
        (".", "is a folder"),
        ("/dev/null", "is a device"),
        ("x" * 5000, "cannot be read"),
        ("a\0b.csv", "cannot be read"),
        ("file-\udcff.csv", "does not exist"),
        (f"{FILE}/x", "cannot be read"),
    ],
)
def test_what_is_no_file_is_told_and_ends_with_1(path, words):
    answer, status = as_json(path)
    (finding,) = answer["findings"]
    assert (status, finding["row"], finding["column"], finding["rule"]) == (1, 0, "", "file")
    assert words in finding["message"]


def test_a_pipe_that_nobody_fills_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert as_json(str(tmp_path / "pipe"))[1] == 1


def test_a_file_that_may_not_be_read_is_told(file):
    path = Path(file(a_file(a_row())))
    path.chmod(0)
    with as_an_ordinary_user():
        found = content_of(path)
    assert "may not be read" in found.message


@contextmanager
def as_an_ordinary_user() -> Iterator[None]:
    """Root reads every file: be nobody for a moment."""
    me = os.geteuid()
    os.seteuid(me or 65534)
    try:
        yield
    finally:
        os.seteuid(me)


def test_the_name_of_the_file_cannot_break_the_trail(tmp_path):
    path = tmp_path / os.fsdecode(b"r\xfc\n'\";--.csv")
    path.write_bytes(a_file(a_row()))
    assert as_json(str(path))[1] == 0


def test_as_a_program_it_prints_the_result_alone_whatever_the_terminal_can_show(file):
    path = file(a_file(a_row(site="Zürich 東京", ecog="4")))
    command = [sys.executable, str(folders.REPOSITORY / "manage.py"), "import_patients", path, "--dry-run"]
    environment = os.environ | {
        "PYTHONIOENCODING": "ascii",
        "DJANGO_SETTINGS_MODULE": "protocoltracker.settings",
    }
    done = subprocess.run(command, capture_output=True, env=environment, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Z\\xfcrich \\u6771\\u4eac" in done.stdout
    assert done.stdout.endswith(
        b"1 patient in the file: 1 would be stored, 0 unchanged; 0 errors, 2 warnings.\n"
    )
