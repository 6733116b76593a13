"""manage.py seal_audit: seal what was written since the last time, and note the new heads."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from protocoltracker.audit import heads, sealing


class Command(BaseCommand):
    help = "Seals the audit trail up to now and notes the new heads in the data folder. The sweep does it by itself."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sealed = sealing.seal()
        except (sealing.Broken, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(
            f"{sealed.entries} entries sealed in {sealed.blocks} blocks, {sealed.waiting} waiting. "
            f"Heads: {heads.path()}"
        )
        if sealed.head:
            self.stdout.write(str(sealed.head))
