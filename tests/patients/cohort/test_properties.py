"""What must not matter does not, and nothing that a file can hold makes the check fail."""

import codecs
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from patients.cohort.checking import RULES, Examined, examine
from patients.cohort.columns import COLUMNS, NAMES
from patients.cohort.findings import in_order
from tests.cohort_files import a_file, a_row, published, rows_of
from tests.patients.cohort.examined import KNOWN

ROWS = rows_of(published())[::6]
HOSTILE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["NaN", "inf", "-1", "1e308", "1e-06", "2016-02-30", "2999-01-01", "=1+1", "yes", "", "00", "\x00"]
    ),
    st.dates().map(str),
    st.integers().map(str),
    st.floats().map(str),
)
CELLS = st.dictionaries(st.sampled_from(NAMES), HOSTILE, min_size=1, max_size=8)


def result(content: bytes) -> tuple[list, list]:
    """The patients by subject, and what is told of each of them."""
    examined = examine(content, KNOWN)
    subject = {row.number: row["subject"] for row in examined.rows}
    told = sorted((subject.get(f.row, 0), f.column, f.rule, f.severity, f.message) for f in examined.findings)
    return sorted((dict(row.values) for row in examined.rows), key=lambda row: row["subject"]), told


WITH_WARNINGS = [
    *ROWS,
    a_row(subject="200", ecog="4"),
    a_row(subject="201", weight_kg="1", notes="two\nlines"),
]
EXPECTED = result(a_file(*WITH_WARNINGS))


def test_the_result_to_compare_with_has_warnings_and_errors():
    assert {severity for *_, severity, _ in EXPECTED[1]} == {"warning", "error"}
    assert len(EXPECTED[0]) == len(WITH_WARNINGS)


@settings(max_examples=40, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.booleans(),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.lists(st.sampled_from(["", " ", "\t"]), max_size=4),
)
def test_order_of_rows_and_columns_line_ends_byte_order_mark_and_blank_lines_at_the_end_change_nothing(
    rng: random.Random, mark: bool, line_end: str, blank: list[str]
):
    rows, columns = list(WITH_WARNINGS), list(NAMES)
    rng.shuffle(rows)
    rng.shuffle(columns)
    content = a_file(*rows, columns=columns, line_end=line_end)
    content = (codecs.BOM_UTF8 if mark else b"") + content + line_end.join(["", *blank]).encode()
    assert result(content) == EXPECTED


def test_line_ends_inside_a_cell_are_those_of_no_system():
    rows = [row | {"notes": row["notes"].replace("\n", "\r\n")} for row in WITH_WARNINGS]
    assert result(a_file(*rows)) == EXPECTED


def whole(examined: Examined) -> bool:
    """Everything found can be sorted and shown."""
    return all(f.message.isprintable() and f.message for f in in_order(examined.findings))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_raise(content):
    assert examine(content, KNOWN).blocked


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_to_a_good_file_raises(data):
    content = bytearray(a_file(*ROWS[:2]))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    assert whole(examine(bytes(content[:cut]), KNOWN))


@settings(max_examples=300, deadline=None)
@given(CELLS)
def test_no_text_in_a_cell_raises(cells):
    examined = examine(a_file(a_row() | cells), KNOWN)
    assert whole(examined)
    if "\0" not in "".join(cells.values()):
        (row,) = examined.rows
        assert {f.column for f in examined.findings if f.rule in CELL_RULES} == row.faulty


CELL_RULES = {"subject", "date", "number", "range", "decimals", "code", "text", "length", "required"}


def test_rules_of_cells_and_of_rows_have_names_of_their_own():
    assert not CELL_RULES & {rule.code for rule in RULES}
    assert len(COLUMNS) == 49
