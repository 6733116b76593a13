"""Make the first administrator, who then adds sites, people and roles in the browser."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from protocoltracker.accounts.actions import create_administrator
from protocoltracker.accounts.forms import AddPersonForm
from protocoltracker.accounts.models import User
from protocoltracker.records import Refused

ASKED = {"username": "User name", "name": "Name", "email": "Email"}
FIELDS = {"username": "username", "name": "full_name", "email": "email"}


class Command(BaseCommand):
    help = (
        "Make an administrator of every site, who adds sites, people and roles in the browser. What is not given is "
        "asked for at a terminal. Without --password-stdin and without a terminal a one-time password is made and "
        "printed: an own one is chosen at the first sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", help="name to sign in with; never given to anybody else later")
        parser.add_argument("--name", help="name as it appears in the history of every record")
        parser.add_argument("--email", help="email address")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read a lasting password from standard input (one line)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        terminal = sys.stdin.isatty() and not options["password_stdin"]
        answers = {name: self._answer(name, options[name], terminal=terminal) for name in ASKED}
        password = _password_from_stdin(answers) if options["password_stdin"] else None
        if terminal:
            password = self._asked_password(answers)
        try:
            person, secret = create_administrator(
                username=answers["username"],
                full_name=answers["name"],
                email=answers["email"],
                password=password,
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{person.full_name} ({person.username}) is an administrator of every site now.")
        if password is None:
            self.stdout.write(f"One-time password: {secret}")

    def _answer(self, name: str, given: str | None, *, terminal: bool) -> str:
        """A good value of an option, or of what is typed; asked again until it is good."""
        while True:
            if given is None and not terminal:
                raise CommandError(f"--{name} is missing, and there is no terminal to ask for it.")
            text = given if given is not None else input(f"{ASKED[name]}: ")
            try:
                return str(AddPersonForm.base_fields[FIELDS[name]].clean(text))
            except ValidationError as fault:
                message = f"{ASKED[name]} “{text}”: {' '.join(fault.messages)}"
            if given is not None:
                raise CommandError(message)
            self.stderr.write(message)

    def _asked_password(self, answers: dict[str, str]) -> str | None:
        """Typed twice without being shown; nothing typed: a one-time password is made."""
        while True:
            first = getpass.getpass("Password (empty: make a one-time password): ")
            if not first:
                return None
            fault = _fault(first, answers)
            if not fault and first != getpass.getpass("Password again: "):
                fault = "The two passwords differ."
            if not fault:
                return first
            self.stderr.write(fault)


def _password_from_stdin(answers: dict[str, str]) -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if fault := _fault(password, answers) if password else "Standard input holds no password.":
        raise CommandError(fault)
    return password


def _fault(password: str, answers: dict[str, str]) -> str:
    person = User(username=answers["username"], full_name=answers["name"], email=answers["email"])
    try:
        validate_password(password, person)
    except ValidationError as fault:
        return " ".join(fault.messages)
    return ""
