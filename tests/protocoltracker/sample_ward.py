"""Sample contexts of the ward's pages: worklist, patients, cycle, dose, enrolment. Every patient is invented."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.core.paginator import Paginator
from django.utils.safestring import mark_safe

from tests.protocoltracker.samples import PREVIEW, RECEIPT

ID = UUID("00000000-0000-4000-8000-000000000014")
ZONE = ZoneInfo("America/Bogota")
TODAY = dt.date(2021, 6, 15)
ARM_2 = {"number": 2, "label": "inotuzumab-plus-blinatumomab"}
ARM_1 = {"number": 1, "label": "inotuzumab"}


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2021, 6, day, hour, minute, tzinfo=ZONE)


def post(label: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "url": "/do/", "method": "post", "hidden": {"row_version": 1}} | more


def work_row(number: int, when: str, subject: str, where: str, drug: str, dose: str, basis: str, **more: Any) -> dict[str, Any]:
    about = f"{drug.lower()} {dose}, {subject}"
    return {
        "id": f"activity-{number}", "when": when, "late": False, "subject": subject, "patient_id": ID, "where": where,
        "drug": drug, "dose": dose, "basis": basis, "state": "due", "provenance": "A",
        "primary": post("Given as planned", icon="check", key="g", aria=f"Given as planned: {about}"),
        "other": {"label": "…", "url": "/other/", "key": "o", "aria": f"Other: {about}"},
    } | more  # fmt: skip


def worklist() -> dict[str, Any]:
    overdue = [
        work_row(1, "1 d", "009", "POMP 5 day 1", "Vincristine", "2 mg", "flat IV, planned 2021-06-14 Mon", late=True,
                 state="overdue", state_word="Overdue 1 day", provenance="A GK"),
        work_row(2, "2 d", "012", "mini-HCVD 4 day 8", "Inotuzumab ozogamicin", "0.51 mg", "0.3 mg/m² IV, planned 2021-06-13 Sun",
                 late=True, state="overdue", state_word="Overdue 2 days",
                 primary={"label": "Record dose…", "url": "/r/", "key": "", "aria": "Record dose: inotuzumab, 012"}),
    ]  # fmt: skip
    today = [
        work_row(3, "am", "017", "mini-HCVD 1 day 3", "Cyclophosphamide", "255 mg", "150 mg/m² IV, 1 of 2, given 08:06 by you",
                 state="given", primary=None, undo=post("Undo", icon="undo", style="plain", aria="Undo: cyclophosphamide, 017")),
        work_row(4, "any", "016", "mini-HCVD 2 day 8", "Rituximab", "637.5 mg", "375 mg/m² IV", provenance="GK",
                 primary={"label": "Record dose…", "url": "/r/", "style": "quiet", "aria": "Record dose: rituximab, 016"}),
        work_row(5, "any", "015", "mini-HCVD 3 day 11", "Dexamethasone", "20 mg", "flat, oral or IV, day 11 of 11–14"),
        work_row(6, "any", "011", "mini-HCVD 4 day 3", "Cytarabine", "895 mg", "500 mg/m² IV, 2 of 2", state="held", primary=None,
                 hint="held until 2021-06-16"),
    ]  # fmt: skip
    coming = [
        work_row(7, "Wed 16", "018", "blinatumomab 2 day 1", "Blinatumomab", "28 µg/day", "continuous to 2021-07-13 Tue",
                 provenance="GK", provisional=True, state="planned", primary=None, hint="open the cycle first"),
    ]  # fmt: skip
    return {
        "crumbs": [{"title": "Central", "url": "/"}, {"title": "Today", "url": ""}],
        "page": {
            "title": "Tuesday 2021-06-15",
            "summary": [{"text": "2 overdue", "late": True}, {"text": "3 due"}, {"text": "1 recorded"}, {"text": "1 infusion running"}],
            "segments": [{"title": "Today", "url": "/", "current": True}, {"title": "Tomorrow", "url": "?show=tomorrow"},
                         {"title": "7 days", "url": "?show=week"}, {"title": "All overdue", "url": "?show=overdue", "count": 2}],
            "selects": [{"name": "kind", "label": "Kind", "options": [{"value": "", "title": "All drugs"}]}],
            "groups": [
                {"id": "overdue", "title": "Overdue", "note": "2", "late": True, "rows": overdue},
                {"id": "today", "title": "Today", "note": "3 due, 1 recorded", "rows": today},
                {"id": "coming", "title": "Tomorrow, Wednesday 2021-06-16", "note": "1", "rows": coming},
            ],
            "running": [{"subject": "014", "patient_id": ID, "url": "/c/", "what": "blinatumomab 1, day 22", "until": dt.date(2021, 6, 21)}],
            "unscheduled": [{"subject": "007", "patient_id": ID}],
            "tomorrow": [{"subject": "017", "patient_id": ID, "what": "mini-HCVD 1 day 4: dexamethasone"},
                         {"subject": "018", "patient_id": ID, "what": "blinatumomab 2 day 1", "provenance": "GK"}],
        },
    }  # fmt: skip


def worklist_empty() -> dict[str, Any]:
    return {"page": {
        "title": "Tuesday 2021-06-15", "summary": [{"text": "nothing due"}], "segments": worklist()["page"]["segments"], "groups": [],
        "empty": {"title": "Nothing due today.", "text": "Next: 019 mini-HCVD 1 day 1, tomorrow.", "url": "?show=tomorrow", "link": "See tomorrow"},
    }}  # fmt: skip


def patients() -> dict[str, Any]:
    row = {"id": ID, "subject": "014", "site": "Central", "version": "amended", "arm": ARM_2, "dose_level": "",
           "where": "blinatumomab 1, day 22", "course": 5, "next_on": TODAY, "next_what": "end of infusion in 6 days",
           "state": "on_treatment", "late": False}  # fmt: skip
    rows = [
        row,
        row | {"subject": "009", "arm": ARM_1, "version": "original", "dose_level": "1.80", "where": "POMP 5, day 2", "course": None,
               "next_on": dt.date(2021, 6, 14), "next_what": "vincristine", "late": True},
        row | {"subject": "003", "arm": ARM_1, "version": "original", "dose_level": "1.3", "where": "", "next_on": None, "state": "died"},
    ]  # fmt: skip
    return {
        "crumbs": [{"title": "Central", "url": "/"}, {"title": "Patients", "url": ""}],
        "page": {"note": "18 at Central, 3 with something overdue", "enrol_url": "/patients/enrol/", "query": "",
                 "segments": [{"title": "On treatment", "url": "?", "current": True, "count": 14}, {"title": "All", "url": "?a", "count": 18}],
                 "rows": Paginator(rows, 25).page(1)},
    }  # fmt: skip


def patients_empty() -> dict[str, Any]:
    page = patients()["page"] | {"query": "140", "rows": Paginator([], 25).page(1)}
    return {"page": page | {"empty": {"title": "No subject 140 at Central.", "text": "Numbers run from 001 to 019.",
                                      "url": "?", "link": "Show all patients"}}}  # fmt: skip


SVG = mark_safe(
    '<svg class="pt-svg" viewBox="0 0 1150 120" role="img" aria-labelledby="rm-t rm-d"><title id="rm-t">Roadmap of 014</title>'
    '<desc id="rm-d">Four mini-HCVD cycles given, blinatumomab 1 running on day 22.</desc>'
    '<text class="t-b" x="0" y="51">Cycles</text><rect class="g-box" x="143" y="34" width="105" height="26" rx="4"/>'
    '<text class="t-b" x="150" y="51">1</text><rect class="g-plan" x="250" y="34" width="158" height="26" rx="4"/>'
    '<line class="g-now" x1="729" x2="729" y1="8" y2="100"/><g class="c-overdue"><text class="f t-s t-c" x="729" y="114">Today</text></g></svg>'
)
PATIENT = {
    "id": ID, "subject": "014", "state": "on_treatment", "arm": ARM_2,
    "facts": [
        {"label": "Cycle, day", "value": "blinatumomab 1, day 22", "note": "of 42, course 5"},
        {"label": "Protocol version", "value": "amended", "note": "consent 2020-12-29"},
        {"label": "Cumulative inotuzumab", "value": "2.4", "note": "of 2.7 mg/m²", "source": "A"},
        {"label": "Salvage", "value": "S1", "note": "CR1 < 12 months"},
        {"label": "Response", "value": "CR", "note": "MRD negative 2021-05-18"},
        {"label": "BSA", "value": "1.80 m²", "note": "68.4 kg, 2021-05-25"},
    ],
}  # fmt: skip
TABS = [{"title": "Overview", "url": "#", "current": True}, {"title": "Schedule", "url": "#s"}, {"title": "Records", "url": "#r", "count": 9},
        {"title": "History", "url": "#h"}]  # fmt: skip


def patient() -> dict[str, Any]:
    return {
        "crumbs": [{"title": "Patients", "url": "/patients/"}, {"title": "014", "url": ""}], "patient": PATIENT, "tabs": TABS,
        "actions": [{"label": "End a phase…", "url": "/e/"}], "menu": [{"title": "Response", "url": "/r/"}, {"title": "Death", "url": "/d/"}],
        "notices": [{"kind": "held", "title": "Cycle blinatumomab 2 is not opened.", "text": "Its doses are provisional.",
                     "url": "/c/", "link": "Open it"}],
        "roadmap": {"svg": SVG, "note": "amended version", "key": ["● given", "⊘ omitted", "dashed: planned"], "rows": [
            {"course": 1, "title": "mini-HCVD 1", "url": "/1/", "day1": dt.date(2021, 1, 12), "what": "inotuzumab 1.09 + 0.55 mg"},
            {"course": 3, "title": "mini-HCVD 3", "url": "/3/", "day1": dt.date(2021, 3, 16), "shift": "+7 d", "what": "day 8 omitted"},
            {"course": 5, "title": "blinatumomab 1", "url": "/5/", "day1": dt.date(2021, 5, 25), "what": "day 22", "current": True},
            {"course": 6, "title": "blinatumomab 2", "url": "/6/", "day1": dt.date(2021, 7, 6), "what": "", "state": "planned"},
        ]},
        "next": {"note": "14 days", "all_url": "/all/", "rows": [
            {"on": TODAY, "what": "Dexamethasone", "dose": "20 mg", "basis": "flat", "state": "due", "provenance": "A"},
            {"on": dt.date(2021, 6, 22), "what": "Blinatumomab", "dose": "28 µg/day", "basis": "end of infusion", "window": "± 1 d",
             "state": "planned", "provenance": "GK", "provisional": True, "url": "/c/"},
        ]},
        "happened": {"all_url": "/h/", "rows": [
            {"state": "given", "at_text": "2021-06-09 08:10", "who": "nurse A", "text": "Cytarabine 850 mg", "detail": "mini-HCVD 2 day 2"},
            {"state": "changed", "state_word": "Dose −25 %", "at_text": "2021-06-10 20:30", "text": "Cytarabine 640 mg", "url": "/x/"},
        ]},
        "records": [
            {"title": "MRD", "add_label": "Add MRD", "add_url": "/a/", "list_url": "/l/", "count": 3, "rows": [
                {"on": dt.date(2021, 5, 18), "text": "negative, < 0.01 %", "url": "/m/", "state": "changed", "detail": "flow cytometry"}]},
            {"title": "HCT", "add_label": "Add HCT", "add_url": "/a/", "list_url": "/l2/", "count": 0, "rows": []},
        ],
    }  # fmt: skip


def patient_closed() -> dict[str, Any]:
    closed = {"title": "Plan closed by death on 2021-06-14", "text": "34 planned doses and 12 reminders were closed.", "at": at(14, 16),
              "who": "coordinator A", "undo": post("Undo", icon="undo")}  # fmt: skip
    return patient() | {"closing": closed, "patient": PATIENT | {"state": "died"}, "next": {"note": "", "rows": []}}


def dose_row(day: str, drug: str, route: str, basis: str, planned: str, **more: Any) -> dict[str, Any]:
    return {
        "id": UUID(int=abs(hash((day, drug))) % 2**64), "day": day, "on": dt.date(2021, 6, 8), "drug": drug, "route": route,
        "basis": basis, "provenance": "A", "planned": planned, "receipt_url": "?receipt=1#receipt", "state": "given",
        "links": [{"title": "History", "url": "/h/"}],
    } | more  # fmt: skip


def cycle() -> dict[str, Any]:
    open_row = {"state": "due", "on": TODAY, "links": [], "pickable": True, "primary": post("Given as planned", icon="check", key="g"),
                "other": {"label": "…", "url": "/o/", "key": "o", "aria": "Other: changed, held, omitted"}}  # fmt: skip
    given = [
        dose_row("1", "Methotrexate", "IV", "250 mg/m²", "425 mg", given="425 mg", at=at(8, 10, 5), who="nurse A"),
        dose_row("2", "Cytarabine", "IV", "500 mg/m², 2 of 2", "850 mg", given="640 mg", at=at(9, 20, 30), state="changed",
                 state_word="Dose −25 %", who="nurse D", note="Investigator’s order", entered=at(10, 7, 2)),
        dose_row("2", "Methotrexate", "intrathecal", "12 mg flat", "12 mg", provenance="GK", given="", state="omitted", who="nurse A",
                 note="Platelets 38"),
    ]  # fmt: skip
    today = [
        dose_row("8", "Inotuzumab ozogamicin", "IV", "0.3 mg/m²", "0.51 mg", current=True,
                 **open_row | {"primary": {"label": "Record dose…", "url": "/r/"}}),
        dose_row("8", "Rituximab", "IV", "375 mg/m²", "637.5 mg", **open_row | {"provenance": "GK"}),
    ]  # fmt: skip
    later = [dose_row("21", "Cytarabine", "IV", "500 mg/m²", "850 mg", state="planned", provisional=True, links=[],
                      provisional_note="with 63.4 kg of 2021-06-08", on=dt.date(2021, 6, 28))]  # fmt: skip
    return {
        "crumbs": [{"title": "Patients", "url": "/patients/"}, {"title": "016", "url": "/p/"}, {"title": "mini-HCVD 2", "url": ""}],
        "patient": PATIENT | {"subject": "016", "state": "due", "state_word": "Day 8 of 28"}, "heading": "mini-HCVD cycle 2",
        "actions": [{"label": "‹ Cycle 1", "url": "/1/"}, {"label": "Cycle 3 ›", "url": "/3/"}, {"label": "End phase…", "url": "/e/"}],
        "rows": {"note": "3 of 6 recorded, 2 changed", "history_url": "/h/", "add_url": "/u/", "groups": [
            {"title": "", "rows": given}, {"title": "Today, day 8", "rows": today}, {"title": "Coming", "rows": later}]},
        "bulk": {"url": "/bulk/", "hidden": {"form_token": "t"}, "label": "Record 2 as planned", "text": "at their planned time"},
        "receipt": RECEIPT,
    }  # fmt: skip


class OpenForm(forms.Form):
    """Height and weight, as the clinic's form has them."""

    height = forms.DecimalField()
    weight = forms.DecimalField(help_text="Of today. Last: 64.1 kg on 2021-05-11.")
    day1 = forms.DateField(label="Day 1", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["height"].unit, self.fields["weight"].unit = "cm", "kg"
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Row(*(Column(name, css_class="col-md-4") for name in self.fields)))


def cycle_unopened() -> dict[str, Any]:
    opening = {"form": OpenForm(initial={"height": 165}), "url": "/open/", "label": "Open cycle 2",
               "text": "Doses are provisional: worked out with 64.1 kg of 2021-05-11."}  # fmt: skip
    rows = [dose_row(str(day), "Cytarabine", "IV", "500 mg/m²", "850 mg", state="planned", provisional=True, links=[],
                     provisional_note="with 64.1 kg of 2021-05-11") for day in (2, 3)]  # fmt: skip
    return cycle() | {"opening": opening, "bulk": None, "receipt": None, "rows": {"note": "nothing recorded", "groups": [{"rows": rows}]}}


class DoseForm(forms.Form):
    outcome = forms.ChoiceField(choices=[("changed", "Given, but changed"), ("held", "Held"), ("omitted", "Omitted")],
                                widget=forms.RadioSelect, label="What happened")  # fmt: skip
    amount = forms.DecimalField(label="Dose given", required=False)
    happened_at = forms.DateTimeField(label="When", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), help_text="Shown in the history.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].unit = "mg"
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True


def record_dose() -> dict[str, Any]:
    return {
        "patient": PATIENT, "heading": "Rituximab, mini-HCVD 2 day 8", "form": DoseForm({"outcome": "held"}, auto_id="d_%s"),
        "planned": {"dose": "637.5 mg", "basis": "375 mg/m²", "provenance": "GK", "on": TODAY}, "receipt": RECEIPT,
        "as_planned": post("Given as planned", style="primary", icon="check"), "back_url": "/c/", "save_label": "Record",
    }  # fmt: skip


def change_course() -> dict[str, Any]:
    return {
        "heading": "End mini-HCVD of 014 early", "text": "What is still planned of the phase is closed.", "form": OpenForm(),
        "preview": PREVIEW | {"warning": {"title": "Not reversible after the next record", "text": "Undo is open until then."}},
        "save_label": "End mini-HCVD, close 34 activities", "preview_label": "Update preview", "back_url": "/p/",
        "note": "You can undo this in one step until something after it is recorded.",
    }  # fmt: skip


class EnrolForm(forms.Form):
    consent_on = forms.DateField(label="Consent date", widget=forms.DateInput(attrs={"type": "date"}))
    consent_version = forms.ChoiceField(choices=[("4.1", "4.1, approved 2021-06-01")])
    height = forms.DecimalField()
    weight = forms.DecimalField(max_value=250, error_messages={"max_value": "720 kg is outside 30 to 250 kg. Did you mean 72.0?"})
    cd22 = forms.DecimalField(label="CD22", error_messages={"required": "Enter CD22 on blasts, 0 to 100."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, unit in {"height": "cm", "weight": "kg", "cd22": "%"}.items():
            self.fields[name].unit = unit
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        half, third = {"css_class": "col-md-6"}, {"css_class": "col-md-4"}
        self.helper.layout = Layout(
            Fieldset("Consent", Column("consent_on", **half), Column("consent_version", **half), css_class="pt-panel", css_id="s-consent"),
            Fieldset("Person", Column("height", **third), Column("weight", **third), css_class="pt-panel", css_id="s-person"),
            Fieldset("Disease", Column("cd22", **third), css_class="pt-panel", css_id="s-disease"),
        )  # fmt: skip


def enrol() -> dict[str, Any]:
    return {
        "crumbs": [{"title": "Patients", "url": "/patients/"}, {"title": "Enrol", "url": ""}],
        "heading": "Enrol a patient", "text": "Nothing is enrolled until you press Enrol.", "back_url": "/patients/", "derived_url": "/d/",
        "form": EnrolForm({"consent_on": "2021-06-14", "consent_version": "4.1", "height": "168", "weight": "720"}),
        "steps": [{"id": "s-consent", "title": "Consent", "state": "complete"}, {"id": "s-person", "title": "Person", "state": "problem"},
                  {"id": "s-disease", "title": "Disease", "state": "problem"}],
        "derived": [
            {"label": "Version and arm", "value": "amended, inotuzumab-plus-blinatumomab", "arm": 2, "source": "C",
             "note": "in force at Central since 2017-03-15, consent 2021-06-14"},
            {"label": "BSA, Mosteller", "value": "waits for weight"},
            {"label": "Rituximab", "value": "Yes, CD20 34 %", "note": "20 % or more", "source": "A"},
            {"label": "First dates", "value": "", "dates": [{"label": "Day 1", "on": dt.date(2021, 6, 22)},
                                                            {"label": "Inotuzumab day 2", "on": dt.date(2021, 6, 23)}]},
        ],
    }  # fmt: skip
