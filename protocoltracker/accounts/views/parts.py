"""What the pages of people and sites share."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from protocoltracker.accounts import policies
from protocoltracker.accounts.models import Site, User
from protocoltracker.pages import FormPage


class ForAdministrators:
    """Refuses everybody else before anything is looked up. A person or site elsewhere answers like a missing one."""

    request: HttpRequest
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        policies.check_administrator(person_of(request))
        self.check()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def check(self) -> None:
        """Further rules of the page: raise Denied."""

    def person(self) -> User:
        return get_object_or_404(policies.people_for(person_of(self.request)), pk=self.kwargs["person_id"])

    def site(self) -> Site:
        found = (
            site for site in policies.sites_for(person_of(self.request)) if site.pk == self.kwargs["site_id"]
        )
        if site := next(found, None):
            return site
        raise Http404("no such site among the own ones")


class AdministratorsForm(ForAdministrators, FormPage):
    """A form about a person, a role or a site: heading, lead and the words on the button."""

    template_name = "accounts/form.html"
    section = "people"
    heading = ""
    lead = ""
    button = ""
    danger = False

    def about(self) -> tuple[str, str]:
        """(title, address) of the page that the form belongs to."""
        person = self.person()
        return person.full_name, reverse("accounts:person", args=[person.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title, url = self.about()
        crumbs = [crumb(self.section.capitalize(), f"accounts:{self.section}")]
        crumbs += [{"title": title, "url": url}] if title else []
        page = {
            "heading": self.heading,
            "lead": self.lead,
            "button": self.button,
            "danger": self.danger,
            "back": url,
        }
        return super().get_context_data(page=page, crumbs=[*crumbs, crumb(self.heading)], **kwargs)


def person_of(request: HttpRequest) -> User:
    """Whoever is signed in: the middleware lets nobody else come this far."""
    return cast(User, request.user)


def crumb(title: str, name: str = "") -> dict[str, str]:
    return {"title": title, "url": reverse(name) if name else ""}
