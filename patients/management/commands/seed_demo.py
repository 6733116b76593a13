"""Fill the embedded database with the demo: invented sites, people and patients, former ones and present ones."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.demo import seeding
from protocoltracker.embedded import folders
from protocoltracker.records import Refused


class Command(BaseCommand):
    help = (
        "Fill the embedded database with invented sites and people, a synthetic cohort of former patients, and others "
        "in mid-treatment, all or nothing; a second time nothing is changed. The password of the accounts is "
        "DEMO_PASSWORD, or one is made; it is kept in the file demo-password of the data folder."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = seeding.seed()
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        for person in made.people:
            self.stdout.write(f"{person.username:<13} {person.full_name}")
        if made.former:
            sites = ", ".join(sorted({patient.site.name for patient in made.former}))
            self.stdout.write(f"{made.former[0]}–{made.former[-1]}  former patients (synthetic), {sites}")
        for patient, story in made.patients:
            self.stdout.write(f"{patient.subject}  {story.site:<8} {story.what}")
        if not made.patients:
            self.stdout.write("The demo was seeded before: nothing to do.")
        self.stdout.write(f"Password of each account: in {folders.home() / seeding.PASSWORD_FILE}")
