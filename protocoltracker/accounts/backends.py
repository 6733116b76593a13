"""How a name and a password become a person."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from protocoltracker.accounts.models import User


class SignInBackend(ModelBackend):
    """User names in any case. An ended account is found, so that the sign-in page can say so; it opens no session."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        person = User.objects.filter(username__iexact=username).first()
        if person is None:
            User().set_password(password)  # as long as for a name that exists
            return None
        return person if person.check_password(password) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Asked for every request of a session: an ended account has none."""
        return bool(user.is_active)
