"""The dataset of the outcomes: every patient that counts, read in a handful of queries however many there are.

The only module of the outcomes that reads the database.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Max, Min, Q, Value
from django.db.models.functions import Cast, Coalesce, Greatest

from patients import kinds
from patients.enums import ClosureCause, PatientState
from patients.models import VOD, Administration, PastTreatment, Patient
from patients.models.treatment import GIVEN
from patients.outcomes.building import Doses, Fact, Past, Person, subject_of
from patients.outcomes.subject import Subject

Facts = dict[uuid.UUID, list[Fact]]
Sites = list[uuid.UUID] | None


def subjects(*, cutoff: dt.date, sites: Iterable[uuid.UUID] | None = None) -> tuple[Subject, ...]:
    """In order of subject number, as known at the end of day `cutoff`; `sites` None: every site.

    Patients enrolled in error, and records entered in error, are not in it.
    """
    chosen = None if sites is None else list(sites)
    facts, past, doses = _facts(chosen), _past(chosen), _doses(chosen)
    found = (
        subject_of(
            person,
            facts.get(person.pk, ()),
            cutoff=cutoff,
            past=past.get(person.pk),
            doses=_local(doses.get(person.pk), zone),
        )
        for person, zone in _people(chosen)
    )
    return tuple(subject for subject in found if subject is not None)


def _people(sites: Sites) -> Iterable[tuple[Person, ZoneInfo]]:
    rows: Iterable[Any] = (
        Patient.objects.filter(_at(sites, "site"), enrolment__isnull=False)
        .exclude(state=PatientState.ENROLLED_IN_ERROR)
        .order_by("subject_number")
        .values_list(
            "site__time_zone",
            "pk",
            "subject_number",
            "site__name",
            "enrolment__enrolled_on",
            "birth_date",
            "sex",
            "enrolment__protocol_version__name",
            "enrolment__arm",
            "enrolment__salvage",
            "enrolment__prior_hct",
            "enrolment__ecog",
            "enrolment__karyotype",
        )
    )
    return ((Person(*facts), ZoneInfo(zone)) for zone, *facts in rows)


def _facts(sites: Sites) -> Facts:
    """Every standing record of every kind, and the days on which VOD had resolved: one query."""
    parts = [_standing(kind.model, sites, kind.slug, "on", kind.columns[0]) for kind in kinds.ALL]
    parts.append(_standing(VOD, sites, "vod-resolved", "resolved_on", "resolved"))
    found: Facts = defaultdict(list)
    for pk, slug, on, value in parts[0].union(*parts[1:], all=True):
        if on is not None:
            found[pk].append(Fact(slug, on, value or ""))
    return found


def _standing(model: Any, sites: Sites, slug: str, day: str, field: str) -> Any:
    return (
        model.objects.standing()
        .filter(_at(sites, "patient__site"))
        .order_by()
        .values_list("patient_id", Value(slug), day, Cast(field, CharField()))
    )


def _past(sites: Sites) -> dict[uuid.UUID, Past]:
    historical = Q(patient__closures__cause=ClosureCause.HISTORICAL)
    rows: Iterable[Any] = (
        PastTreatment.objects.standing()
        .filter(_at(sites, "patient__site"))
        .order_by()
        .annotate(told_until=Min("patient__closures__on", filter=historical))
        .values_list("patient_id", "on", "best_response", "best_mrd", "mrd_negative_on", "told_until")
    )
    return {pk: Past(*facts) for pk, *facts in rows}


def _doses(sites: Sites) -> dict[uuid.UUID, tuple[dt.datetime, dt.datetime]]:
    """The instants of the first and the last dose given; the end of an infusion counts as well."""
    rows = (
        Administration.objects.filter(_at(sites, "patient__site"), is_current=True, outcome__in=GIVEN)
        .order_by()
        .values("patient_id")
        .annotate(first=Min("given_at"), last=Max(Greatest("given_at", Coalesce("ended_at", "given_at"))))
    )
    return {row["patient_id"]: (row["first"], row["last"]) for row in rows}


def _local(instants: tuple[dt.datetime, dt.datetime] | None, zone: ZoneInfo) -> Doses | None:
    return Doses(*(instant.astimezone(zone).date() for instant in instants)) if instants else None


def _at(sites: Sites, field: str) -> Q:
    return Q() if sites is None else Q(**{f"{field}__in": sites})
