"""Somebody at the product's own web server, by plain HTTP: signs in, reads pages, sends their forms."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from protocoltracker.accounts.models import User
from protocoltracker.audit.context import acting

PASSWORD = "a long way through the ward"
HIDDEN = re.compile(r'name="(csrfmiddlewaretoken|form_token|row_version)" value="([^"]*)"')


class Visitor:
    def __init__(self, address: str, user: User) -> None:
        with acting(by="system:test", reason="a password to sign in with"):
            user.set_password(PASSWORD)
            user.save()
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        code, self.last = self.sends("/sign-in/", username=user.username, password=PASSWORD)
        assert code == 200
        assert "Sign in" not in self.last[:2000], "signed in"

    def reads(self, path: str) -> tuple[int, str]:
        return self._ask(self.address + path, None)

    def sends(self, path: str, **typed: Any) -> tuple[int, str]:
        """Read the page, fill its form in, send it."""
        _, page = self.reads(path)
        fields = dict(HIDDEN.findall(page)) | {name: str(value) for name, value in typed.items()}
        return self._ask(self.address + path, urllib.parse.urlencode(fields).encode())

    def _ask(self, url: str, data: bytes | None) -> tuple[int, str]:
        request = urllib.request.Request(url, data, {"Referer": url})  # noqa: S310 - our own server
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
