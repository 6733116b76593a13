"""Sites, for administrators."""

from typing import Any

from django.urls import reverse
from django.views.generic import TemplateView

from protocoltracker.accounts import actions, forms, policies, presenters
from protocoltracker.accounts.views.parts import AdministratorsForm, ForAdministrators, crumb, person_of
from protocoltracker.pages import BaseForm


class Sites(ForAdministrators, TemplateView):
    template_name = "accounts/sites.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_add = policies.is_trial_administrator(person_of(self.request))
        rows = presenters.sites(person_of(self.request))
        return super().get_context_data(rows=rows, may_add=may_add, crumbs=[crumb("Sites")], **kwargs)


class SitePage(ForAdministrators, TemplateView):
    template_name = "accounts/site.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        site = self.site()
        crumbs = [crumb("Sites", "accounts:sites"), crumb(site.name)]
        return super().get_context_data(site=site, page=presenters.site(site), crumbs=crumbs, **kwargs)


class SiteFormPage(AdministratorsForm):
    section = "sites"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(zones=forms.SiteForm.zones(), **kwargs)


class AddSite(SiteFormPage):
    form_class = forms.SiteForm
    heading = "Add a site"
    button = "Add the site"

    def check(self) -> None:
        policies.check_trial_administrator(person_of(self.request))

    def about(self) -> tuple[str, str]:
        return "", reverse("accounts:sites")

    def write(self, form: BaseForm) -> str:
        data = form.cleaned_data
        values = {name: data[name] for name in ("name", "time_zone", "digest_at")}
        return reverse("accounts:site", args=[actions.add_site(by=person_of(self.request), **values).pk])


class ChangeSite(SiteFormPage):
    form_class = forms.ChangeSiteForm
    heading = "Change the site"
    lead = "A change of the time zone changes when reminders go out and which day is today for its patients."
    button = "Save the change"

    def about(self) -> tuple[str, str]:
        site = self.site()
        return site.name, reverse("accounts:site", args=[site.pk])

    def get_form_kwargs(self) -> dict[str, Any]:
        site = self.site()
        shown = {"name": site.name, "time_zone": site.time_zone, "digest_at": site.digest_at}
        return super().get_form_kwargs() | {"row_version": site.row_version, "initial": shown}

    def write(self, form: BaseForm) -> str:
        data = form.cleaned_data
        values = {name: data[name] for name in ("name", "time_zone", "digest_at")}
        site = actions.change_site(
            by=person_of(self.request),
            site=self.site(),
            reason=data["reason"],
            row_version=data["row_version"],
            **values,
        )
        return reverse("accounts:site", args=[site.pk])
