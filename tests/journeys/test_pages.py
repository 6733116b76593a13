"""Every main page, as the demo fills it: at five widths, light and dark, no barrier and no sideways scrolling."""

from collections.abc import Iterator

import pytest

from patients.models import Digest, Patient
from patients.tasks import sweep_reminders
from protocoltracker.accounts.models import Site, User
from regimens.models import ProtocolVersion
from tests.journeys.person import RULES

pytestmark = pytest.mark.browser

# Each width once with all rules, light and dark by turns; the colours of a desk also the other way.
LOOKS = [
    (320, "light", RULES, "tag"),
    (390, "dark", RULES, "tag"),
    (768, "light", RULES, "tag"),
    (1024, "dark", RULES, "tag"),
    (1440, "dark", ["color-contrast"], "rule"),
    (1440, "light", RULES, "tag"),
]


def ward() -> Iterator[tuple[str, str]]:
    yield "nurse", "/"
    yield "nurse", "/?view=week"
    yield "nurse", "/patients/"
    for patient in (running_infusion(), with_dose_level()):
        yield "nurse", patient.get_absolute_url()
    opened = with_dose_level().cycles.filter(state="open").get()
    coming = with_dose_level().cycles.filter(state="planned").first()
    dose = opened.activities.first()
    yield "nurse", f"{opened.get_absolute_url()}?receipt={dose.pk}"
    yield "nurse", coming.get_absolute_url()
    yield "nurse", f"{coming.get_absolute_url()}skip/"
    due = with_dose_level().activities.filter(state__in=["planned", "held"], provisional=False).first()
    yield "nurse", f"{with_dose_level().get_absolute_url()}doses/{due.pk}/"


def records() -> Iterator[tuple[str, str]]:
    own = with_dose_level().get_absolute_url()
    for path in (
        "schedule/",
        "enrolment/",
        "history/",
        "records/mrd/",
        "records/mrd/add/",
        "records/death/add/",
    ):
        yield "investigator", own + path
    yield "investigator", "/patients/enrol/"
    yield "investigator", "/patients/enrol/?site=" + str(Site.objects.get(name="Central").pk)


def trial() -> Iterator[tuple[str, str]]:
    yield "coordinator", "/reminders/"
    yield "coordinator", "/outbox/"
    central = Digest.objects.filter(site__name="Central").first()
    if central is not None:  # before 07:00 there is none yet
        yield "coordinator", f"/outbox/{central.pk}/"
    yield "monitor", "/protocol/"
    for version in ProtocolVersion.objects.all():
        yield "monitor", f"/protocol/{version.pk}/"
    yield "monitor", "/outcomes/"
    yield "monitor", "/outcomes/?os=salvage&cr_duration=arm&orr=site&vod=hct&cutoff=soon"
    yield "monitor", "/outcomes/patients/?figure=landmark"
    yield "monitor", "/outcomes/values/"
    yield "monitor", "/more/"
    yield "monitor", "/profile/"
    yield "monitor", "/nothing-here/"
    yield "monitor", "/patients/enrol/"  # a refusal


def office() -> Iterator[tuple[str, str]]:
    person, site = User.objects.get(username="nurse"), Site.objects.get(name="Central")
    yield "nobody", "/sign-in/"
    for path in (
        "people/",
        "people/add/",
        f"people/{person.pk}/",
        "sites/",
        "sites/add/",
        f"sites/{site.pk}/",
    ):
        yield "admin", f"/{path}"


def running_infusion() -> Patient:
    return Patient.objects.filter(activities__state="running", site__name="Central").first()


def with_dose_level() -> Patient:
    return (
        Patient.objects.filter(enrolment__dose_level="1.8", site__name="Central")
        .order_by("subject_number")
        .last()
    )


@pytest.mark.parametrize("part", [ward, records, trial, office], ids=lambda part: part.__name__)
def test_every_page_at_every_width_light_and_dark(part, at_the_screen):
    sweep_reminders()
    people = {}
    for who, path in part():
        if who not in people:
            # Colours change at once: axe would measure them on their way.
            user = User.objects.filter(username=who).first()
            people[who] = at_the_screen(user, looks=False, reduced_motion="reduce")
            if who != "nobody":
                people[who].signs_in()
        person = people[who].opens(path)
        for width, theme, rules, kind in LOOKS:
            person.page.set_viewport_size({"width": width, "height": 900})
            person.page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
            assert person.sideways() <= 0, f"{path} scrolls sideways at {width} px"
            person.finds_no_barrier(rules, kind)
