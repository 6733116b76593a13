"""What is audited, generated from the models; and each of it by every route of writing."""

from typing import Any

import pytest
from django.db import connection

from protocoltracker.accounts.models import Role
from protocoltracker.audit.coverage import EXCEPTIONS
from tests import factories
from tests.assurance import matrix
from tests.patients.test_audit import patient_with_everything


def watched() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM audit.watched")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_every_model_is_audited_or_an_exception_with_a_reason() -> None:
    ours = {model._meta.db_table for model in matrix.of_ours()}
    assert ours - watched() == set(EXCEPTIONS), (
        "audit it (audit.sql.audited) or say in audit/coverage.py why not"
    )
    assert all(len(reason) > 30 for reason in EXCEPTIONS.values())


@pytest.mark.django_db
def test_no_audited_column_is_of_a_type_that_says_the_same_in_two_ways() -> None:
    """Floats and intervals are written as the session likes: replay would see differences where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND table_name = ANY(%s) AND data_type IN ('real', 'double precision', 'interval', 'money', 'bytea')",
            [list(watched())],
        )
        assert cursor.fetchall() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_audited_table_by_every_route_in_every_operation() -> None:
    patient_with_everything(factories.a_person(Role.INVESTIGATOR))
    cells: list[Any] = list(matrix.run_matrix())
    assert [cell for cell in cells if not cell.good] == []
    assert {cell.table for cell in cells} == watched()
    assert len(cells) == len(watched()) * 13
