"""Where the web server listens: HOST and PORT, checked before anything is started."""

import errno
import os
import socket
from dataclasses import dataclass


class AddressError(Exception):
    """Why the server cannot listen there, and what to do."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @classmethod
    def from_environment(cls) -> "Address":
        """HOST (127.0.0.1 unless set) and PORT (8000 unless set). Errors: AddressError naming the value."""
        text = os.environ.get("PORT") or "8000"
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
            raise AddressError(
                f"PORT={text!r} is not a port number: give one from 1 to 65535, such as PORT=8001"
            )
        return cls(host=(os.environ.get("HOST") or "127.0.0.1").strip("[]"), port=int(text))

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def nearby(self) -> tuple[str, int]:
        """Where this machine itself reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host), self.port  # noqa: S104

    @property
    def url(self) -> str:
        host = self.nearby[0]
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def check_free(self) -> None:
        """Errors: AddressError if the port is taken, not allowed, or the host is not this machine's."""
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM
            )[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
                probe.listen(1)
        except OSError as error:
            raise AddressError(self._explain(error)) from None

    def _explain(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {self.port} on {self.host} is taken by another program. "
                f"Choose another one: PORT={self.port % 65535 + 1} make run"
            )
        if error.errno == errno.EACCES:
            return (
                f"Port {self.port} is kept for the administrator. Choose one from 1024 on: PORT=8000 make run"
            )
        return f"HOST={self.host} is not an address of this machine ({error.strerror}). Leave HOST out for 127.0.0.1."
