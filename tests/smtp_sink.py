"""A real SMTP server with a script of faults and its own log of what it accepted: the oracle outside the system."""

import asyncio
import email
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

OK = "250 OK"


class Sink:
    """`faults` is taken one a message, then all is well. Each is a place and what happens there, for example
    "MAIL 421", "RCPT 550", "DATA 451" (the answer), "RCPT cut", "DATA cut" (after the message, not accepted),
    "accepted cut" (accepted, but the answer is lost), "DATA hang".
    """

    def __init__(self, faults: Sequence[str] = ()) -> None:
        self.faults = list(faults)
        self.accepted: list[Message] = []
        self.recipients: list[list[str]] = []
        self.connections = 0
        for command in ("EHLO", "MAIL", "RCPT", "DATA"):
            setattr(self, f"handle_{command}", getattr(self, f"on_{command.lower()}"))

    async def on_ehlo(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list) -> list:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def on_mail(self, server: Any, session: Any, envelope: Any, address: str, options: list) -> str:
        envelope.fault = self.faults.pop(0) if self.faults else ""
        answer = _answer("MAIL", server, envelope)
        if answer == OK:
            envelope.mail_from = address
        return answer

    async def on_rcpt(self, server: Any, session: Any, envelope: Any, address: str, options: list) -> str:
        answer = _answer("RCPT", server, envelope)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def on_data(self, server: Any, session: Any, envelope: Any) -> str:
        if envelope.fault == "DATA hang":
            await asyncio.sleep(30)
        if envelope.fault in ("", "accepted cut"):
            self.accepted.append(email.message_from_bytes(envelope.content))
            self.recipients.append(list(envelope.rcpt_tos))
        return _answer("accepted" if envelope.fault == "accepted cut" else "DATA", server, envelope)

    @property
    def keys(self) -> list[str]:
        """The Message-IDs accepted, in their order, with a + where the message was marked as a possible repeat."""
        return [
            m["Message-ID"] + ("+" if m["X-Protocoltracker-Possible-Repeat"] else "") for m in self.accepted
        ]


def _answer(place: str, server: Any, envelope: Any) -> str:
    where, _, what = envelope.fault.partition(" ")
    if where != place:
        return OK
    if what == "cut":
        server.transport.abort()
        return OK
    return f"{what} fault of the script"


@contextmanager
def listening(faults: Sequence[str] = ()) -> Iterator[tuple[Sink, int]]:
    """A sink on a free port of this machine."""
    sink = Sink(faults)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink, port
    finally:
        controller.stop()
