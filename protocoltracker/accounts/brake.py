"""A brake on guessing passwords: it slows one name from one address, so that nobody is locked out by strangers."""

import datetime as dt
import hashlib
import hmac

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from protocoltracker.accounts.models import SignInBrake

FREE_ATTEMPTS = 5
LONGEST = dt.timedelta(minutes=5)
FORGOTTEN_AFTER = dt.timedelta(hours=1)


def key_of(request: HttpRequest | None, username: str) -> str:
    """A keyed hash of name and address."""
    text = f"{username.casefold()}\n{_address(request)}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def attempt(key: str, *, now: dt.datetime) -> dt.timedelta:
    """Count an attempt and answer zero, or answer how long to wait before the next one (which does not count).

    Counted before the password is looked at, so that attempts sent all at once are counted as well. After
    `FREE_ATTEMPTS` the wait doubles from 2 seconds to `LONGEST`.
    """
    with transaction.atomic():
        SignInBrake.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()
        brake, _ = SignInBrake.objects.select_for_update().get_or_create(key=key, defaults={"last_at": now})
        wait = brake.last_at + _pause(brake.attempts) - now
        if wait > dt.timedelta(0):
            return wait
        brake.attempts += 1
        brake.last_at = now
        brake.save()
    return dt.timedelta(0)


def release(key: str) -> None:
    """The person signed in."""
    SignInBrake.objects.filter(key=key).delete()


def _pause(attempts: int) -> dt.timedelta:
    over = attempts - FREE_ATTEMPTS
    return min(dt.timedelta(seconds=2 ** min(over + 1, 20)), LONGEST) if over >= 0 else dt.timedelta(0)


def _address(request: HttpRequest | None) -> str:
    """Behind a proxy of ours, the address that the proxy saw: the last one of the header."""
    if request is None:
        return ""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")
