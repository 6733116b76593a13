"""Log lines: one an event, with its request, and nothing that was typed or stored."""

import json
import logging
import sys

import psycopg
import pytest
from django.db import IntegrityError

from protocoltracker.accounts.models import Role, Site
from protocoltracker.audit import context
from protocoltracker.audit.context import acting
from protocoltracker.logs import Lines, Readable
from tests.factories import a_person, a_site

CANARY = "Canary Seven"


def record(
    message: str, *args: object, error: BaseException | None = None, name: str = "x"
) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, info)


def caught(what: str) -> Exception:
    try:
        raise ValueError(what)
    except ValueError as error:
        return error


def test_a_line_in_json_holds_the_request_and_one_event():
    token = context.request_id.set("ab" * 16)
    line = Lines().format(record("read %s", "x\r\n{} forged"))
    context.request_id.reset(token)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["request"], told["level"], told["message"]) == (
        "ab" * 16,
        "ERROR",
        "read x\\x0d\\x0a{} forged",
    )


@pytest.mark.parametrize("sign", ["\r", "\n", "\x1b[2J", "\x00", "\u2028", "\x85", "\u202e"])
def test_nothing_typed_begins_a_line_or_steers_a_terminal(sign):
    for look in (Lines(), Readable()):
        line = look.format(record(f"before{sign}after"))
        assert sign not in line
        assert len(line.splitlines()) == 1


def test_a_fault_is_told_by_type_and_place_and_never_by_its_words():
    for look in (Lines(), Readable()):
        line = look.format(record("it failed", error=caught(CANARY)))
        assert CANARY not in line
        assert "ValueError" in line
        assert "test_logs.py" in line


def test_what_caused_a_fault_is_told_too():
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as first:
            raise RuntimeError(CANARY) from first
    except RuntimeError as error:
        line = Lines().format(record("it failed", error=error))
    assert [fault["type"] for fault in json.loads(line)["fault"]] == [
        "builtins.RuntimeError",
        "builtins.KeyError",
    ]
    assert CANARY not in line


def test_celerys_words_on_a_failed_task_are_left_out():
    said = record("Task raised %s", CANARY, error=caught(CANARY), name="celery.app.trace")
    assert CANARY not in Readable().format(said)


@pytest.mark.django_db
def test_a_fault_of_the_database_names_its_rule_and_not_the_row():
    a_site(CANARY)
    with pytest.raises(IntegrityError) as caught_fault, acting(by="system:test"):
        Site.objects.create(name=CANARY)
    assert CANARY in str(caught_fault.value), "psycopg itself tells the value"
    assert isinstance(caught_fault.value.__cause__, psycopg.errors.UniqueViolation)
    told = Lines().format(record("it failed", error=caught_fault.value))
    assert CANARY not in told
    assert "accounts_site_name" in told


@pytest.mark.django_db
def test_a_request_is_one_line_with_the_name_of_the_page_and_the_key_of_the_person(client, caplog):
    person = a_person(Role.NURSE, a_site())
    client.force_login(person)
    caplog.set_level(logging.INFO, "protocoltracker.requests")
    answer = client.get(f"/find?q={CANARY}")
    client.get(f"/nowhere/{CANARY}/\r\nforged")
    first, second = (
        json.loads(Lines().format(one)) for one in caplog.records if one.name == "protocoltracker.requests"
    )
    assert (first["method"], first["page"], first["status"]) == ("GET", "find", 302)
    assert first["person"] == str(person.pk)
    assert (second["page"], second["status"]) == ("(no page)", 404)
    assert CANARY not in json.dumps([first, second])
    assert "X-Request-ID" in answer.headers


def test_celery_leaves_the_log_to_the_settings():
    """A worker's root logger keeps our formatter."""
    from protocoltracker.celery import app

    app.log.already_setup = False
    app.log.setup(loglevel=logging.WARNING, redirect_stdouts=False)
    assert "celery" in sys.modules
    ours = [handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, Readable)]
    assert ours
