"""Roles and rights: as the code has them, and who held them on a day."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView

from protocoltracker.accounts import held, policies, rights
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Role, Site, User
from protocoltracker.accounts.views.parts import crumb, person_of

EARLIEST = dt.date(2000, 1, 1)


class Rights(TemplateView):
    """Who may do what. Open to everybody: nobody should have to guess whom to ask."""

    template_name = "accounts/rights.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = access_of(self.request.user).roles()
        tables = [
            {
                "title": section.title,
                "note": section.note,
                "rows": [(right, [role in right.roles for role in Role.values]) for right in section.rights],
            }
            for section in rights.sections()
        ]
        roles = [{"label": Role(role).label, "own": role in own} for role in Role.values]
        past = policies.may_look_back(person_of(self.request))
        crumbs = [crumb("Roles and rights")]
        return super().get_context_data(
            tables=tables, roles=roles, may_look_back=past, crumbs=crumbs, **kwargs
        )


class RightsOn(TemplateView):
    """Who could do what on a day: the roles held at the reader's sites, and what each lets do."""

    template_name = "accounts/rights_on.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        policies.check_look_back(person_of(request))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        day, fault = self._day()
        return self.render_to_response(
            self.get_context_data(day=day, fault=fault), status=422 if fault else 200
        )

    def _day(self) -> tuple[dt.date, str]:
        sites, now = access_of(self.request.user).sites(policies.LOOK_BACK), timezone.now()
        today = max((site.today(now) for site in sites), default=now.date())  # at one of them it has begun
        typed = self.request.GET.get("date", "")
        try:
            day = forms.DateField(required=False).clean(typed) or today
        except forms.ValidationError:
            return today, "Write the date as year-month-day, for example 2026-05-18."
        if not EARLIEST <= day <= today + dt.timedelta(days=1):
            return today, f"{day} is before this record began or after today. Choose another day."
        return day, ""

    def get_context_data(self, *, day: dt.date = EARLIEST, fault: str = "", **kwargs: Any) -> dict[str, Any]:
        sites = {site.pk: site for site in access_of(self.request.user).sites(policies.LOOK_BACK)}
        spans = held.held_on(day, sites)
        people = {one.pk: one for one in User.objects.filter(pk__in={span.user_id for span in spans})}
        asked = {name: self.request.GET.get(name, "") for name in ("person", "site")}
        rows = [_row(span, people, sites) for span in spans if _fits(span, asked)]
        return super().get_context_data(
            day=day,
            fault=fault,
            rows=sorted(rows, key=lambda row: (row["person"], row["site"], row["role"])),
            rights=_of_roles({span.role for span in spans}),
            people=_options(people.values(), asked["person"]),
            sites=_options(sites.values(), asked["site"]),
            crumbs=[crumb("Roles and rights", "accounts:rights"), crumb("On a day")],
            **kwargs,
        )


def _fits(span: held.Span, asked: dict[str, str]) -> bool:
    """A role at every site holds at the site that is asked for as well."""
    person, site = asked["person"], asked["site"]
    return (not person or str(span.user_id) == person) and (
        not site or span.site_id is None or str(span.site_id) == site
    )


def _row(span: held.Span, people: dict[Any, User], sites: dict[Any, Site]) -> dict[str, Any]:
    return {
        "person": str(people.get(span.user_id, "–")),
        "role": span.role.label,
        "site": sites[span.site_id].name if span.site_id else "Every site",
        "since": span.since,
        "given_by": span.given_by,
        "until": span.until,
        "ended_by": span.ended_by,
    }


def _of_roles(roles: set[Role]) -> list[dict[str, Any]]:
    return [
        {"role": Role(role).label, "rights": rights.of_role(role)} for role in Role.values if role in roles
    ]


def _options(found: Any, chosen: str) -> list[dict[str, Any]]:
    options = [{"value": str(one.pk), "title": str(one), "selected": str(one.pk) == chosen} for one in found]
    return sorted(options, key=lambda option: option["title"])
