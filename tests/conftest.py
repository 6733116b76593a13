"""What every test stands on. The database part is in tests/database.py, the browser part in tests/browser.py."""

import os
from collections.abc import Iterator

import pytest

from tests import browser, database

database.choose_home()  # before anything reads the settings

from django.conf import settings  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

from protocoltracker import broker  # noqa: E402
from tests.posting import Browser  # noqa: E402


def pytest_configure() -> None:
    assert settings.INSTALLED_APPS  # load the settings now, so that pytest-django sets Django up with them
    # Workers of a parallel run start from this environment and choose a data folder of their own first.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker) -> None:
    """In place of Django's test database: the suite's own cluster, seen as the run-time role."""
    with django_db_blocker.unblock():
        database.start()
    # Django would truncate as the run-time role, which may not.
    TransactionTestCase._fixture_teardown = lambda self: database.empty()


@pytest.fixture
def client() -> Browser:
    """In place of Django's: it posts forms with the token that every page gives them."""
    return Browser()


@pytest.fixture(scope="session")
def running_broker() -> Iterator[str]:
    """A real Valkey for tests with a real worker; its address."""
    child = broker.start()
    yield broker.url()
    child.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    browser.skip_where_there_is_none(items)


def pytest_terminal_summary(terminalreporter) -> None:
    browser.say_loudly_if_not_run(terminalreporter)
