"""Files that are no cohort: each is told as a whole or by its row, and never raises."""

import codecs
import time

import pytest

from patients.cohort import reading
from patients.cohort.columns import NAMES
from patients.cohort.decoding import MOST_BYTES
from patients.cohort.reading import read
from tests.cohort_files import a_file, a_row
from tests.patients.cohort.examined import told

ROW = a_file(a_row())


def only(content: bytes) -> tuple[int, str, str, str]:
    """Row, column, rule and message of the only finding."""
    (finding,) = read(content).findings
    assert finding.blocks
    return finding.row, finding.column, finding.rule, finding.message


WHOLE = {
    "empty": (b"", "file", "is empty"),
    "blank": (b" \r\n\t\n", "file", "is empty"),
    "blanks that only Unicode knows": ("\u2003\x1f\n".encode(), "file", "is empty"),
    "blanks in quotation marks": (b'" "\n""\n', "file", "is empty"),
    "byte order mark alone": (codecs.BOM_UTF8, "file", "is empty"),
    "column names alone": (a_file(), "file", "no patients"),
    "column names and blank lines": (a_file() + b"\r\n\n  \n", "file", "no patients"),
    "Windows-1252": (a_file(a_row(site="Zürich")).decode().encode("cp1252"), "encoding", "0xFC in line 2"),
    "UTF-16": (ROW.decode().encode("utf-16"), "encoding", "UTF-16"),
    "UTF-16 without mark": (ROW.decode().encode("utf-16-le"), "file", "NUL byte in line 1"),
    "NUL": (ROW.replace(b"Central", b"Cen\0tral"), "file", "NUL byte in line 2"),
    "spreadsheet": (b"PK\x03\x04" + bytes(range(256)), "file", "spreadsheet"),
    "gzip": (b"\x1f\x8b\x08" + bytes(range(256)), "file", "compressed"),
    "half a character": (ROW[:-2] + "é".encode()[:1], "encoding", "0xC3 in line 2"),
    "semicolons": (ROW.replace(b",", b";"), "columns", "with commas"),
    "tabs": (ROW.replace(b",", b"\t"), "columns", "with commas"),
    "no column names": (ROW.split(b"\r\n", 1)[1], "columns", "The first row names the columns"),
    "JSON": (b'{"findings": []}', "quoting", "Put the whole cell"),
    "web page": (b"<!DOCTYPE html>\n<p>Not found</p>", "columns", "None of the 49 columns"),
    "commas": (b"," * 3_000_000, "quoting", "more than 1,000 cells"),
    "too large": (b"a" * (MOST_BYTES + 1), "file", "16,777,217 bytes"),
}


@pytest.mark.parametrize(("content", "rule", "words"), WHOLE.values(), ids=WHOLE.keys())
def test_a_fault_of_the_file_as_a_whole_has_row_0_and_says_the_way_out(content, rule, words):
    row, column, found, message = only(content)
    assert (row, column, found) == (0, "", rule)
    assert words in message


def test_a_missing_column_is_named():
    left = [name for name in NAMES if name != "relapse_on"]
    assert only(a_file(a_row(), columns=left))[:3] == (0, "relapse_on", "missing-column")


def test_a_doubled_column_is_named():
    doubled = ROW.replace(b"ecog", b"sex", 1)
    assert [(f.row, f.column, f.rule) for f in read(doubled).findings] == [
        (0, "ecog", "missing-column"),
        (0, "sex", "doubled-column"),
    ]


def test_an_unknown_column_is_named_and_guessed():
    faults = read(ROW.replace(b"death_on", b"Death on", 1)).findings
    assert [(f.row, f.column, f.rule) for f in faults] == [
        (0, "death_on", "missing-column"),
        (0, "Death on", "unknown-column"),
    ]
    assert "Did you mean death_on?" in faults[1].message


def test_a_column_that_is_too_many_is_told_though_all_49_are_there():
    more = b"".join(
        line + (b",mood" if n == 0 else b",good") + b"\n" for n, line in enumerate(ROW.splitlines())
    )
    assert only(more)[:3] == (0, "mood", "unknown-column")


@pytest.mark.parametrize(
    ("change", "word"), [(lambda line: line[:-1], "short"), (lambda line: line + b",", "long")]
)
def test_a_short_and_a_long_row_are_told_and_the_others_read(change, word):
    head, *lines = a_file(a_row(), a_row(subject="2"), a_row(subject="3")).splitlines()
    result = read(b"\n".join([head, lines[0], change(lines[1]), lines[2]]))
    (finding,) = result.findings
    assert (finding.row, finding.column, finding.rule) == (2, "", "row-length")
    assert f"too {word}" in finding.message
    assert [row["subject"] for row in result.rows] == [1, 3]


@pytest.mark.parametrize("blank", [b"", b" ", b"," * 48, b" ," * 48])
def test_an_empty_row_between_patients_is_told(blank):
    head, first, second = a_file(a_row(), a_row(subject="2")).splitlines()
    assert only(b"\n".join([head, first, blank, second]))[:3] == (2, "", "blank-row")


def test_half_a_file_is_told_wherever_it_is_cut_inside_a_row():
    """A row cut inside its last cell, notes, is whole; the last contact before it is not."""
    content = a_file(a_row(), a_row(subject="002", notes="lost"))
    last_row = content.index(b"\r\n002,") + 2
    for cut in range(last_row + 1, content.index(b",lost")):
        assert any(found.row == 2 for found in read(content[:cut]).findings), content[:cut]


def test_a_row_is_a_patient_and_not_a_line():
    rows = [a_row(notes="two\nlines"), a_row(subject="2", ecog="9")]
    assert told(*rows) == [(2, "ecog", "range", "error")]


def test_a_huge_cell_is_shortened_and_control_characters_are_escaped_in_messages():
    message = only(a_file(a_row(karyotype="\x1b[31m" + "x" * 100_000)))[3]
    assert len(message) < 300
    assert "\x1b" not in message
    assert message.startswith('karyotype "\\u001b[31mxxx')


def test_a_file_with_errors_everywhere_is_read_only_so_far(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ERRORS", 20)
    findings = read(a_file(*[a_row(subject="x", sex="?", ecog="?")] * 100)).findings
    assert len(findings) == 22
    assert findings[-1].rule == "too-many"
    assert "from patient 8 on" in findings[-1].message


def test_a_file_of_line_ends_takes_little_time():
    started = time.process_time()
    assert only(b"\n" * 1_000_000 + b"a")[2] == "columns"
    assert time.process_time() - started < 5


def test_more_patients_than_fit_are_told(monkeypatch):
    monkeypatch.setattr(reading, "MOST_PATIENTS", 2)
    assert read(a_file(*[a_row(subject=str(n)) for n in (1, 2)])).findings == []
    assert only(a_file(*[a_row(subject=str(n)) for n in (1, 2, 3)]))[2] == "file"
