"""Rows and cells as RFC 4180 says; Python's csv module is the second opinion."""

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.cohort import table

CELL = st.text(st.sampled_from(list('ab ,"\r\n\té=')), max_size=6)


def read(text: str) -> list[list[str]]:
    return list(table.rows(text))


def test_cells_with_commas_quotes_and_line_breaks():
    assert read('a,"b,c","d""e"\r\n"line 1\nline 2",,x') == [["a", "b,c", 'd"e'], ["line 1\nline 2", "", "x"]]


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_each_line_end_ends_a_row_and_blank_lines_at_the_end_are_none(line_end):
    assert read(line_end.join(["a,b", "c,d"])) == [["a", "b"], ["c", "d"]]
    assert read(line_end.join(["a,b", "c,d", "", " ", "\t", ""])) == [["a", "b"], ["c", "d"]]


def test_a_blank_line_between_rows_is_a_row_of_its_own():
    assert read("a,b\n\n \nc,d") == [["a", "b"], [""], [""], ["c", "d"]]


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=4),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_what_python_writes_is_read_back(rows, line_end):
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    assert read(text.getvalue()) == rows


@given(st.text(st.sampled_from(list('ab,"\n')), max_size=30))
@settings(max_examples=300)
def test_where_python_refuses_so_do_we(text):
    try:
        expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        with pytest.raises(table.Unreadable):
            read(text)
        return
    try:
        ours = read(text)
    except table.Unreadable:
        return  # Python lets a quotation mark inside an unquoted cell pass
    expected = [row if len(row) > 1 or "".join(row).strip() else [""] for row in expected]
    while expected and expected[-1] == [""]:
        expected.pop()
    assert ours == expected


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ('a,b\n"c,d', 1, "line 2 is never closed"),
        ('a,b\nc"d,e', 1, "In line 2 a quotation mark stands in a cell"),
        ('a,b\n"c"d,e', 1, "In line 2 something follows"),
        ('"a\nb",c\nd,"e', 1, "line 3 is never closed"),
        ("," * 1_000, 0, "more than 1,000 cells"),
    ],
)
def test_a_fault_names_the_line_and_what_to_do(text, row, words):
    with pytest.raises(table.Unreadable, match=words) as fault:
        read(text)
    assert fault.value.row == row


def test_a_file_of_blank_lines_takes_time_in_proportion():
    started = time.process_time()
    assert read("a,b\n" + "\n \r\n\t\r" * 1_000_000) == [["a", "b"]]
    assert len(read("a,b\n" + "\r\n\n\r" * 100 + "c")) == 302
    assert time.process_time() - started < 5


def test_quotation_marks_without_end_take_time_in_proportion():
    started = time.process_time()
    with pytest.raises(table.Unreadable):
        read('"' + '""' * 500_000)
    assert time.process_time() - started < 2
