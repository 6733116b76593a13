"""The outcomes at a data cut-off: figures, the patients behind each number, all values, tables as files."""

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from patients import policies
from patients.models import Patient
from patients.models.patient import READERS
from patients.outcomes import abstract, dataset, report
from patients.outcomes.definitions import DEFAULT, Definitions
from patients.outcomes.figures import Figures, figures
from patients.outcomes.figures_parts import NUMERATOR, PARTS, Selection
from patients.presenters.outcomes import cards, page, tables, values
from patients.presenters.outcomes import figures as drawn
from patients.presenters.outcomes import people as shown
from patients.presenters.outcomes.links import Links
from patients.views.common import now
from protocoltracker.accounts.access import Denied, access_of
from protocoltracker.accounts.models import Site
from protocoltracker.shell import chosen_site
from protocoltracker.tables import Table, csv_response

PER_PAGE = 50
LONGEST = 40
"""Letters of a typed date that are shown again."""


def default_cutoff() -> dt.date:
    """Today; in a demo the day on which the histories of its past patients end."""
    return settings.DEMO_DATA_CUTOFF if settings.DEMO else now().date()


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `fault` says what of it cannot be; the usual then stands in its place."""

    cutoff: dt.date
    typed: str
    fault: str
    definitions: Definitions
    site: Site | None
    sites: list[Site]
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def places(self) -> str:
        return page.sites_in_words([site.name for site in self.sites])

    def figures(self) -> Figures:
        """Of the patients whom the person may read; one query a table of the record."""
        return figures(self.subjects(), self.definitions.at(self.cutoff))

    def subjects(self) -> tuple:
        ids = [site.pk for site in self.sites]
        return dataset.subjects(cutoff=self.cutoff, sites=ids)


def asked_in(request: HttpRequest) -> Asked:
    """Denied for who may not read outcomes at any site."""
    if not policies.may(request.user, "read outcomes"):
        raise Denied("You have no role at a site whose outcomes you may read. Ask an administrator for one.")
    site = chosen_site(request)
    sites = [site] if site else access_of(request.user).sites(READERS)
    typed = request.GET.get("cutoff", "").strip()[:LONGEST]
    cutoff, fault = _cutoff(typed)
    preset = request.GET.get("preset", "")
    kept = {
        "cutoff": typed if typed and not fault else "",
        "preset": preset if preset in page.PRESETS else "",
    }
    return Asked(cutoff, typed, fault, page.PRESETS.get(preset, DEFAULT), site, sites, kept)


def _cutoff(typed: str) -> tuple[dt.date, str]:
    """The day, and what is wrong with the one that was typed."""
    usual = default_cutoff()
    if not typed:
        return usual, ""
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        return usual, f"“{typed}” is no date. Write the day as {usual}. The figures are those of {usual}."
    tomorrow = now().date() + dt.timedelta(days=1)  # where it is already tomorrow
    if day > tomorrow:
        return usual, f"{day} has not come yet. Choose a day up to today. The figures are those of {usual}."
    return day, ""


def _links(request: HttpRequest, asked: Asked) -> Links:
    chosen = {key: by for key in drawn.OFFERED if (by := request.GET.get(key, ""))}
    return Links(asked.kept, chosen)


@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """Key figures, the abstract in words, and the figures of the groups that were chosen."""
    asked = asked_in(request)
    links, found = _links(request, asked), asked.figures()
    context = page.head(found, links, places=asked.places, cutoff=asked.cutoff) | {
        "cutoff": asked.cutoff,
        "typed": asked.typed if asked.fault else str(asked.cutoff),
        "fault": asked.fault,
        "keep": {name: value for name, value in {**asked.kept, **links.chosen}.items() if name != "cutoff"},
        "cards": cards.cards(found, links),
        "definitions": page.definitions(found.definitions),
        "empty": None if found.subjects else _nothing(request, asked),
    }
    if found.subjects:
        context |= {
            "abstract": cards.abstract(abstract.abstract(found), links),
            "panels": drawn.panels(found, links),
        }
    return render(request, "outcomes/dashboard.html", {"page": context, "crumbs": _crumbs(asked)})


def _crumbs(asked: Asked, *more: str) -> list[dict[str, str]]:
    here = [{"title": asked.site.name if asked.site else "All sites", "url": ""}]
    outcomes = {"title": "Outcomes", "url": reverse("outcomes:dashboard") if more else ""}
    return [*here, outcomes, *({"title": title, "url": ""} for title in more)]


def _nothing(request: HttpRequest, asked: Asked) -> dict[str, str]:
    """What is true where there is no patient, and the next step."""
    if Patient.objects.for_user(request.user).exists():
        text = "Somebody is enrolled at your sites, but later or elsewhere: choose a later cut-off, or another site."
        return {"title": f"Nobody was enrolled by {asked.cutoff}.", "text": text, "url": "", "link": ""}
    text = "The figures appear with the first patient who is enrolled or imported."
    if policies.may(request.user, "enrol"):
        step = {"url": reverse("patients:enrol"), "link": "Enrol a patient"}
    else:
        step = {"url": "", "link": ""}
    return {"title": "No patient yet.", "text": text} | step


@require_GET
def people(request: HttpRequest) -> HttpResponseBase:
    """The patients behind a number, with what counts for it; with ?format=csv all of them as a file."""
    asked = asked_in(request)
    found = asked.figures()
    key, group = request.GET.get("figure") or "patients", request.GET.get("group", "")
    part = request.GET.get("part") or PARTS[0]
    selection = found.selection(key, group, part)
    if selection is None:
        raise Http404("There is no such figure, group or part of a figure.")
    counted = found.selection(key, group, NUMERATOR)
    met = frozenset(subject.pk for subject in counted.subjects) if counted else frozenset()

    def listed(subjects: tuple, *, links: bool) -> Table:
        return shown.table(selection, subjects, met=met, month=found.definitions.month_days, links=links)

    if request.GET.get("format") == "csv":
        return csv_response(listed(selection.subjects, links=False), filename=f"patients-{key}-{part}")
    rows = Paginator(selection.subjects, PER_PAGE).get_page(request.GET.get("page"))
    links = _links(request, asked)
    context = {
        "selection": selection,
        "parts": _parts(selection, links),
        "table": listed(tuple(rows.object_list), links=True),
        "rows": rows,
        "note": f"{shown.counted(selection)} {asked.places}",
        "definitions": found.definitions,
        "fault": asked.fault,
        "back": links.dashboard(),
    }
    return render(
        request, "outcomes/patients.html", {"page": context, "crumbs": _crumbs(asked, selection.title)}
    )


def _parts(selection: Selection, links: Links) -> list[dict[str, object]]:
    counts = (selection.n, selection.k, selection.n - selection.k)
    return [
        {
            "title": title,
            "url": links.patients(selection.key, selection.group.token, part),
            "current": part == selection.part,
            "count": number,
        }
        for title, part, number in zip(shown.names_of_parts(selection), PARTS, counts, strict=False)
    ]


@require_GET
def all_values(request: HttpRequest) -> HttpResponse:
    """Every value of the report, in full."""
    asked = asked_in(request)
    links = _links(request, asked)
    context = {
        "tables": [
            {"table": one, "csv": links.table(one.name)} for one in values.tables(_report(asked), links)
        ],
        "cutoff": asked.cutoff,
        "fault": asked.fault,
        "sites": asked.places,
        "back": links.dashboard(),
    }
    return render(request, "outcomes/values.html", {"page": context, "crumbs": _crumbs(asked, "All values")})


def _report(asked: Asked) -> dict:
    return report.report(asked.subjects(), asked.definitions.at(asked.cutoff))


@require_GET
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """A table as a file: behind a figure, the curve of a figure, or one of all values. 404 for an unknown one."""
    asked = asked_in(request)
    if name.startswith("values-"):
        every = values.tables(_report(asked), _links(request, asked))
        found = next((one for one in every if one.name == name), None)
    else:
        found = _behind(asked.figures(), name, request.GET.get("by", ""))
    if found is None:
        raise Http404("There is no such table.")
    return csv_response(found)


def _behind(found: Figures, name: str, by: str) -> Table | None:
    key = name.removesuffix("-curve")
    if key not in drawn.OFFERED or by not in drawn.OFFERED[key]:
        return None
    if key not in drawn.HEADINGS:
        return tables.rates_file(found.table(key, by)) if key == name else None
    figure = drawn.survival_of(found, key, by)
    if key != name:
        return tables.curve_file(figure, found.definitions)
    return tables.survival_file(figure, found.definitions)
