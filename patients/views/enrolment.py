"""Enrol a patient, and read the enrolment again."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from patients import policies
from patients.actions import enrolment as actions
from patients.forms.enrolment import EnrolmentForm
from patients.presenters import enrolment as show
from patients.views.common import now, patient_or_404
from protocoltracker.accounts.access import Denied, access_of
from protocoltracker.accounts.models import Site
from protocoltracker.pages import FormPage
from protocoltracker.reads import models as reads
from protocoltracker.records import Refused
from protocoltracker.shell import chosen_site
from regimens import actions as regimens
from regimens.definition import Criterion
from regimens.models import ProtocolVersion


class Enrol(FormPage):
    """`step=check` works out what follows and saves nothing; `step=save` enrols."""

    form_class = EnrolmentForm
    template_name = "patients/enrol.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        policies.check(request.user, "enrol")
        site = self._site(request)
        self.versions = regimens.versions_for_choice()
        if site is None:
            return self._ask_site(request)
        self.site: Site = site
        if not self.versions:
            raise Denied(
                "No protocol version is loaded. Ask an administrator to run: manage.py load_protocol --shipped"
            )
        policies.check(request.user, "enrol", site=self.site)
        return super().dispatch(request, *args, **kwargs)

    def _site(self, request: HttpRequest) -> Site | None:
        """The site asked for, the one chosen in the switcher, or the only one."""
        sites = access_of(request.user).sites(policies.RIGHTS["enrol"])
        wanted = request.GET.get("site") or request.POST.get("site") or ""
        chosen = chosen_site(request)
        wanted = wanted or (str(chosen.pk) if chosen else "")
        found = next((site for site in sites if str(site.pk) == wanted), None)
        return found or (sites[0] if len(sites) == 1 else None)

    def _ask_site(self, request: HttpRequest) -> HttpResponse:
        sites = access_of(request.user).sites(policies.RIGHTS["enrol"])
        choices = [
            {"title": site.name, "url": f"{reverse('patients:enrol')}?site={site.pk}"} for site in sites
        ]
        return render(request, "patients/enrol_site.html", {"choices": choices})

    def get_form_kwargs(self) -> dict[str, Any]:
        today = self.site.today(now())
        return super().get_form_kwargs() | {
            "versions": self.versions,
            "criteria": _criteria(self.versions),
            "may_override": policies.may(self.request.user, "override version", site=self.site),
            "initial": {"enrolled_on": today, "measured_on": today},
        }

    def form_valid(self, form: EnrolmentForm) -> HttpResponse:
        if self.request.POST.get("step") == "check":
            return self.render_to_response(self.get_context_data(form=form))
        return super().form_valid(form)

    def write(self, form: EnrolmentForm) -> str:
        data = form.cleaned_data
        patient = actions.enrol(
            by=self.request.user,
            site=self.site,
            today=self.site.today(now()),
            sex=data["sex"],
            birth_date=data["birth_date"],
            baseline=form.baseline(),
            criteria=form.answers(),
            version=data.get("version"),
            override_reason=data.get("override_reason", ""),
        )
        messages.success(
            self.request, f"Enrolled as {patient}, with the whole plan from {data['planned_day1']}."
        )
        return patient.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        values = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}
        return context | {
            "heading": "Enrol a patient",
            "site": self.site,
            "text": f"At {self.site}. The subject number is given on saving; nothing is stored until you press Enrol.",
            "steps": form.steps(),
            "derived": self._derived(values),
            "derived_url": reverse("patients:enrol-derived") + f"?site={self.site.pk}",
            "back_url": reverse("patients:list"),
            "crumbs": [{"title": "Patients", "url": reverse("patients:list")}, {"title": "Enrol", "url": ""}],
        }

    def _derived(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        version, fault = self._version(values)
        return show.derived(values, version=version, fault=fault)

    def _version(self, values: dict[str, Any]) -> tuple[ProtocolVersion | None, str]:
        if values.get("version"):
            return values["version"], "chosen instead of the one in force"
        if not values.get("consented_on"):
            return None, ""
        try:
            return regimens.version_in_force(site=self.site, on=values["consented_on"]), ""
        except Refused as refusal:
            return None, refusal.message


class Derived(Enrol):
    """The panel beside the form, while the answers change. Saves nothing."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        form.is_valid()
        return render(request, "patients/_derived.html", {"derived": self._derived(form.cleaned_data)})


def _criteria(versions: list[ProtocolVersion]) -> list[Criterion]:
    """Criteria of all versions, each once: which version applies is known only after the consent date."""
    found: dict[str, Criterion] = {}
    for version in versions:
        for criterion in version.definition.criteria:
            found.setdefault(criterion.code, criterion)
    return list(found.values())


@require_GET
def page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The enrolment as it was recorded: consent, criteria, baseline."""
    patient = patient_or_404(request, pk)
    reads.note(request, "enrolment", patient.pk)
    answers = list(patient.enrolment.eligibility.all())
    context = {
        "patient": patient,
        "groups": show.recorded(patient),
        "answers": show.answers(patient, answers),
        "crumbs": [
            {"title": "Patients", "url": reverse("patients:list")},
            {"title": patient.subject, "url": patient.get_absolute_url()},
            {"title": "Enrolment", "url": ""},
        ],
    }
    return render(request, "patients/enrolment.html", context)
