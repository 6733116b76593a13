"""What a deployment must not forget, said by `manage.py check --deploy`."""

import os
from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def separate_owner(**_: Any) -> list[checks.Warning]:
    """The run-time login should own nothing; one login for everything only lays its rights down."""
    if settings.EMBEDDED or os.environ.get("DATABASE_OWNER_URL"):
        return []
    return [
        checks.Warning(
            "DATABASE_URL is used for migrations and at run time alike.",
            hint="Give the run-time role's login in DATABASE_URL and the owner's in DATABASE_OWNER_URL.",
            id="protocoltracker.W001",
        )
    ]
