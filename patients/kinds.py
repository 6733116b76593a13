"""The registry of record kinds. A new kind is a model, a form and a row here, nothing else.

Lists, forms, history, audit, closing and undoing are the same for all of them (actions/records.py, actions/closures.py,
views/records.py). Forms are named by a dotted path, because they lie above this module.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from patients import models
from patients.edit_checks import DATE_RULES, Rule, assessments, dates, events
from patients.enums import ClosureCause
from patients.models.patient import PatientRecord


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of record.

    `right` is a key of policies.RIGHTS. `columns` are the fields its list shows beside the date. `closes` says that
    recording it closes the plan: all of it, or with `closes_stop_drugs` only the drugs that the protocol version stops
    for good on this event. `single`: a patient has one at most. `historical_only`: it is of
    patients who were treated before this record began. `rules` come on top of those for every date.
    """

    slug: str
    title: str
    plural: str
    model: type[PatientRecord]
    form: str
    right: str
    columns: tuple[str, ...]
    closes: ClosureCause | None = None
    closes_stop_drugs: bool = False
    single: bool = False
    historical_only: bool = False
    rules: tuple[Rule, ...] = ()

    @property
    def noun(self) -> str:
        """The title inside a sentence: death, transplant (HCT), MRD."""
        return inside(self.title)

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        return DATE_RULES + self.rules

    def field(self, name: str) -> Any:
        """The model field of that name."""
        return self.model._meta.get_field(name)

    def fields(self) -> tuple[str, ...]:
        """The fields a person fills in, in the order of the model; the date first."""
        own = [
            field.name
            for field in self.model._meta.local_fields
            if field.editable and field.name != "patient"
        ]
        return ("on", *(name for name in own if name not in {"on", "note"}), "note")


def inside(title: str) -> str:
    """A title as it stands inside a sentence; one that begins with an abbreviation stays as it is."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


ALL = (
    Kind(
        slug="response",
        title="Response",
        plural="Responses",
        model=models.ResponseAssessment,
        form="patients.forms.records.ResponseForm",
        right="record assessment",
        columns=("category", "bm_blasts_pct", "anc_10e9_l", "platelets_10e9_l", "extramedullary"),
        rules=(
            dates.after_withdrawal,
            dates.same_day_twice("response"),
            assessments.response_after_first_dose,
            assessments.response_category_fits,
            assessments.early_death_fits,
        ),
    ),
    Kind(
        slug="mrd",
        title="MRD",
        plural="MRD",
        model=models.MRDAssessment,
        form="patients.forms.records.MRDForm",
        right="record assessment",
        columns=("result", "value", "sensitivity", "method", "sample", "reported_on"),
        rules=(
            dates.after_withdrawal,
            dates.same_day_twice("mrd", "sample", "method"),
            dates.in_order("on", "reported_on", "Result reported"),
            assessments.mrd_result_fits,
            assessments.mrd_in_remission,
        ),
    ),
    Kind(
        slug="hct",
        title="Transplant (HCT)",
        plural="Transplants (HCT)",
        model=models.HCT,
        form="patients.forms.records.HCTForm",
        right="record event",
        columns=("donor", "conditioning"),
        closes=ClosureCause.HCT,
        rules=(dates.after_withdrawal, dates.same_day_twice("hct"), events.hct_after_stop_drugs),
    ),
    Kind(
        slug="vod",
        title="VOD",
        plural="VOD",
        model=models.VOD,
        form="patients.forms.records.VODForm",
        right="record event",
        columns=("grade", "bilirubin_mg_dl", "resolved", "resolved_on"),
        closes=ClosureCause.VOD,
        closes_stop_drugs=True,
        rules=(
            dates.after_withdrawal,
            dates.same_day_twice("vod"),
            dates.in_order("on", "resolved_on", "Resolved"),
            dates.not_after_death("resolved_on"),
            events.vod_resolved_fits,
            events.vod_has_a_cause,
        ),
    ),
    Kind(
        slug="relapse",
        title="Relapse",
        plural="Relapses",
        model=models.Relapse,
        form="patients.forms.records.RelapseForm",
        right="record event",
        columns=("kind", "bm_blasts_pct"),
        closes=ClosureCause.RELAPSE,
        rules=(
            dates.after_withdrawal,
            dates.same_day_twice("relapse"),
            events.relapse_after_remission,
            events.relapse_blasts,
        ),
    ),
    Kind(
        slug="death",
        title="Death",
        plural="Death",
        model=models.Death,
        form="patients.forms.records.DeathForm",
        right="record event",
        columns=("cause",),
        closes=ClosureCause.DEATH,
        single=True,
        rules=(events.nothing_recorded_after("Death"), events.death_soon_in_remission),
    ),
    Kind(
        slug="last-contact",
        title="Last contact",
        plural="Last contacts",
        model=models.LastContact,
        form="patients.forms.records.LastContactForm",
        right="record assessment",
        columns=("kind",),
        rules=(dates.after_withdrawal, dates.same_day_twice("last-contact", "kind")),
    ),
    Kind(
        slug="withdrawal",
        title="Withdrawal of consent",
        plural="Withdrawal of consent",
        model=models.Withdrawal,
        form="patients.forms.records.WithdrawalForm",
        right="record event",
        columns=("follow_up_allowed",),
        closes=ClosureCause.WITHDRAWAL,
        single=True,
        rules=(events.no_dose_after("Consent withdrawn"),),
    ),
    Kind(
        slug="off-treatment",
        title="Off treatment",
        plural="Off treatment",
        model=models.OffTreatment,
        form="patients.forms.records.OffTreatmentForm",
        right="record event",
        columns=("reason_code",),
        closes=ClosureCause.OFF_TREATMENT,
        single=True,
        rules=(dates.after_withdrawal, events.no_dose_after("Off treatment")),
    ),
    Kind(
        slug="past-treatment",
        title="Past treatment",
        plural="Past treatment",
        model=models.PastTreatment,
        form="patients.forms.records.PastTreatmentForm",
        right="record assessment",
        columns=(
            "best_response",
            "best_mrd",
            "ino_cycles",
            "mini_hcvd_cycles",
            "blina_cycles",
            "maintenance_cycles",
        ),
        single=True,
        historical_only=True,
        rules=(events.past_mrd_fits,),
    ),
)

_BY_SLUG = {kind.slug: kind for kind in ALL}
_BY_MODEL: dict[type[Any], Kind] = {kind.model: kind for kind in ALL}
_BY_CAUSE = {kind.closes: kind for kind in ALL if kind.closes}


def find(slug: str) -> Kind | None:
    return _BY_SLUG.get(slug)


def of(slug: str) -> Kind:
    """The kind of that name; KeyError for an unknown one."""
    return _BY_SLUG[slug]


def of_record(record: PatientRecord) -> Kind:
    return _BY_MODEL[type(record)]


def closing_by(cause: str) -> Kind | None:
    """The kind whose records close the plan with this cause; None for a cause that is no record."""
    return _BY_CAUSE.get(ClosureCause(cause))


def fitting(patient: Any) -> tuple[Kind, ...]:
    """The kinds that make sense for this patient."""
    return tuple(kind for kind in ALL if patient.enrolment.historical or not kind.historical_only)


def closing() -> Iterator[Kind]:
    return (kind for kind in ALL if kind.closes)
