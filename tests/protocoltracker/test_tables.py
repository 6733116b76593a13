"""Tables on a page and in a file; nothing in a file is taken for a formula."""

import csv
import datetime as dt
import io
import itertools
import math
import time
import tracemalloc
from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertInHTML

from patients.enums import PatientState
from protocoltracker.tables import BATCH, Column, Linked, Table, csv_lines, csv_response, harmless

SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
FORMULA = (*SIGNS, "\t", "\r", "\n")
NASTY = st.text(
    st.sampled_from(
        [*"=+-@;,\"' \t\r\nab1|", "\ufeff", "\u200b", "\x00", "\x1b", "\uff1d", "\uff0d", "\uff20", "\ud800"]
    )
)
TEXTS = st.one_of(NASTY, st.text(st.characters()))
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**12), max_value=10**12),
)


def of(*rows, labels=None) -> Table:
    width = len(rows[0]) if rows else 1
    return Table("t", "T", tuple(Column(label) for label in labels or ["x"] * width), rows)


def written(table: Table) -> str:
    return b"".join(csv_response(table)).decode("utf-8-sig")


def read_back(table: Table, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(written(table), newline=""), delimiter=delimiter))


def seen(text: str) -> str:
    """What a program that trims, and knows no control characters, sees first."""
    return text.lstrip(' \ufeff\u200b\xa0\x00\x1b"')


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_no_text_cell_begins_like_a_formula_whatever_separates_the_cells(texts):
    header, row = read_back(of(tuple(texts), labels=texts))
    for cell in header + row:
        assert not cell.startswith(FORMULA)
        assert not seen(cell).startswith(FORMULA)
    for delimiter in (";", "\t"):
        for cell in itertools.chain.from_iterable(read_back(of(tuple(texts)), delimiter)[1:]):
            assert not seen(cell).startswith(SIGNS)


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"])).filter(lambda text: not set(SIGNS) & set(text))
)
def test_ordinary_text_comes_back_as_it_was(text):
    assert read_back(of(("before", text)))[1][1] == text.translate({0xFFFE: None, 0xFFFF: None})


@given(st.lists(NUMBERS, min_size=1, max_size=4))
def test_numbers_come_back_as_they_were_the_negative_ones_too(numbers):
    row = read_back(of(tuple(numbers)))[1]
    assert [type(number)(cell) for number, cell in zip(numbers, row, strict=True)] == numbers


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (math.nan, ""),
        (-math.inf, ""),
        (Decimal("sNaN"), ""),
        (-5, "-5"),
        (-0.25, "-0.25"),
        (Decimal("-1.50"), "-1.50"),
        (10**400, str(10**400)),
        ("-5", "'-5"),
        (True, "yes"),
        (False, "no"),
        (dt.date(2021, 6, 15), "2021-06-15"),
        (dt.datetime(2021, 6, 15, 9, 30, tzinfo=dt.UTC), "2021-06-15 09:30:00+00:00"),
        ("2021-06-15", "2021-06-15"),
        (PatientState.DEAD, "dead"),
        (Linked(-3, "/x/"), "-3"),
        (Linked("=1", "/x/"), "'=1"),
        (["=1"], "['=1']"),
    ],
)
def test_a_value_is_written_as_what_it_is(value, cell):
    assert read_back(of((value, "")))[1] == [cell, ""]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("  \ufeff=1+1", "'  \ufeff=1+1"),
        ("\uff1dcmd|' /C calc'!A0", "'\uff1dcmd|' /C calc'!A0"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("\x00\x1b=1", "'=1"),
        ("x;=1", "x;'=1"),
        ('x;""=1""', 'x;\'""=1""'),
        ("line\n@SUM(A1)", "line\n'@SUM(A1)"),
        ("no HCT - refused, a = b", "no HCT - refused, a = b"),
        ("bell\x07", "bell"),
        ("S1, CR1 >= 12 months", "S1, CR1 >= 12 months"),
    ],
)
def test_text_is_made_harmless(text, safe):
    assert harmless(text) == safe


@pytest.mark.parametrize("text", ["\n" * 200_000 + "x", ";" * 200_000 + "=", ' "' * 100_000, "=" * 200_000])
def test_text_that_is_long_and_odd_takes_no_long_time(text):
    begun = time.process_time()
    harmless(text)
    assert time.process_time() - begun < 2


def test_the_file_is_rfc_4180_with_a_byte_order_mark():
    raw = b"".join(csv_response(of(('a "b", c', "é"), labels=["one", "two"])))
    assert raw == '\ufeffone,two\r\n"a ""b"", c",é\r\n'.encode()


def test_a_table_without_rows_is_a_heading():
    assert written(Table("t", "T", (Column("one"), Column("two")), [])) == "one,two\r\n"


@pytest.mark.parametrize("rows", [1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])
def test_every_row_is_written_once_and_in_order(rows):
    table = Table("t", "T", (Column("n"),), ((n,) for n in range(rows)))
    assert [cell for (cell,) in read_back(table)[1:]] == [str(n) for n in range(rows)]


def test_memory_does_not_grow_with_the_rows():
    def peak(rows: int) -> int:
        table = Table("t", "T", (Column("n"), Column("words")), ((n, "word " * 20) for n in range(rows)))
        tracemalloc.start()
        for _ in csv_lines(table):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(1000)
    assert peak(20_000) < 1.2 * peak(2_000)


def test_the_file_has_a_name_that_any_system_takes():
    named = csv_response(of(("a",)), filename="../Survival by salvage\r\nX: y.csv")
    assert named.headers["Content-Disposition"] == 'attachment; filename="survival-by-salvage-x-y.csv"'
    assert csv_response(of(("a",))).headers["Content-Disposition"] == 'attachment; filename="t.csv"'


def shown(table: Table, **context: object) -> str:
    return Template('{% include "components/_table.html" %}').render(Context({"table": table} | context))


def test_a_page_shows_headings_numbers_links_and_what_is_missing():
    columns = (Column("Group"), Column("n", numeric=True), Column("Change", numeric=True, places=1))
    rows = [(Linked("<S1>", "/p/?a=1&b=2"), 77, -2.345), ("S2+", None, Decimal(3)), ("S3", math.nan, 1.0)]
    html = shown(Table("salvage", "By salvage", columns, rows))
    assertInHTML('<caption id="t-salvage">By salvage</caption>', html)
    assertInHTML('<th scope="col" class="pt-num">n</th>', html)
    assertInHTML('<th scope="row"><a href="/p/?a=1&amp;b=2">&lt;S1&gt;</a></th>', html)
    assertInHTML('<td class="pt-num">−2.3</td>', html)
    assertInHTML('<td class="pt-num">3.0</td>', html)
    assertInHTML('<td class="pt-num">–</td>', html, count=2)
    assertInHTML('<th scope="row">=1; -2</th>', shown(of(("=1; -2",))))


def test_a_page_says_that_there_is_nothing():
    html = shown(Table("x", "X", (Column("a"), Column("b")), []), empty="No patient.", caption="hidden")
    assertInHTML('<td colspan="2" class="pt-2nd">No patient.</td>', html)
    assertInHTML('<caption id="t-x" class="visually-hidden">X</caption>', html)


def test_a_row_of_another_length_is_a_fault_and_not_a_shifted_table():
    table = Table("x", "X", (Column("a"), Column("b")), [("one",)])
    with pytest.raises(ValueError, match="argument"):
        list(table.cells())
