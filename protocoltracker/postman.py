"""Hand one message to the mail server and say what became of it: accepted, not accepted, or not known.

Between the end of DATA and the server's answer lies a gap that plain SMTP cannot close (RFC 1047): a connection lost
there leaves it open whether the message will arrive. Before it, a fault is a clear no.
"""

import contextlib
import smtplib
from collections.abc import Callable
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
GO_AHEAD = 354


class NotAccepted(Exception):
    """The message was not taken. `lasting`: the server said that trying again soon will not help (a 5xx answer)."""

    def __init__(self, fault: str, *, lasting: bool = False) -> None:
        super().__init__(fault)
        self.fault = fault
        self.lasting = lasting


class NotKnown(Exception):
    """The connection was lost after the message had been handed over: it may arrive or not."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class _Staged(smtplib.SMTP):
    """An SMTP connection that knows when a message is handed over: after the server's 354, "go ahead"."""

    before_data: Callable[[], None] | None = None
    handed_over = False

    def getreply(self) -> tuple[int, bytes]:
        code, said = super().getreply()
        if code == GO_AHEAD:
            if self.before_data is not None:
                self.before_data()
            self.handed_over = True
        return code, said


class _StagedOverTLS(_Staged, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class StagedBackend(EmailBackend):
    """Django's SMTP backend on such a connection."""

    @property
    def connection_class(self) -> type:
        return _StagedOverTLS if self.use_ssl else _Staged


class Postman:
    """Sends messages one by one over one connection, opened when it is first needed: `with Postman() as postman`."""

    def __init__(self) -> None:
        self._backend: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def post(self, message: EmailMessage, *, before_data: Callable[[], None]) -> None:
        """Returns when the message is accepted. `before_data` runs just before it is handed over and may raise.

        Errors: NotAccepted, NotKnown; whatever `before_data` raises; ValueError for a message that cannot be written.
        """
        message.message()  # a header that cannot be written is the message's fault, not the server's
        if settings.EMAIL_BACKEND != SMTP_BACKEND:
            self._to_file(message, before_data)
            return
        used_before = self._backend is not None
        try:
            self._by_smtp(message, before_data)
        except NotAccepted as refusal:
            # The server may have hung up on an idle connection: that says nothing about this message.
            if not (used_before and isinstance(refusal.__cause__, smtplib.SMTPServerDisconnected)):
                raise
            self._by_smtp(message, before_data)

    def _to_file(self, message: EmailMessage, before_data: Callable[[], None]) -> None:
        before_data()
        try:
            get_connection().send_messages([message])
        except OSError as fault:
            raise NotAccepted(_words(fault)) from fault

    def _by_smtp(self, message: EmailMessage, before_data: Callable[[], None]) -> None:
        connection = self._connection()
        connection.before_data, connection.handed_over = before_data, False
        try:
            self._backend.send_messages([message])
        except BaseException as fault:
            if _is_refusal(fault):  # the connection goes on
                raise NotAccepted(_words(fault), lasting=_code(fault) >= 500) from fault
            self._hang_up(abruptly=True)
            if connection.handed_over and isinstance(fault, Exception):
                raise NotKnown(f"lost after the message was handed over: {_words(fault)}") from fault
            if isinstance(fault, smtplib.SMTPException | OSError):
                raise NotAccepted(f"lost before the message was handed over: {_words(fault)}") from fault
            raise

    def _connection(self) -> Any:
        if self._backend is None:
            backend = StagedBackend()
            try:
                backend.open()
            except (OSError, smtplib.SMTPException) as fault:
                raise NotAccepted(f"no connection to the mail server: {_words(fault)}") from fault
            self._backend = backend
        return self._backend.connection

    def _hang_up(self, *, abruptly: bool = False) -> None:
        """What was accepted stays accepted, however the goodbye goes."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with contextlib.suppress(Exception):
                if abruptly:
                    backend.connection.close()
                else:
                    backend.close()


def _is_refusal(fault: BaseException) -> bool:
    """Whether the server answered with a clear no to this message."""
    refused = (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
    return isinstance(fault, refused) and 400 <= _code(fault) < 600


def _code(fault: Any) -> int:
    """The three-digit answer; of several refused recipients the first (there is one a message)."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return next(iter(fault.recipients.values()))[0]
    return getattr(fault, "smtp_code", 0)


def _words(fault: BaseException) -> str:
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(fault.recipients.values()))
        return f"{code} {_text(said)}"
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"{fault.smtp_code} {_text(fault.smtp_error)}"
    return f"{type(fault).__name__}: {fault}"[:500]


def _text(said: bytes | str) -> str:
    return (said.decode(errors="replace") if isinstance(said, bytes) else str(said))[:500]
