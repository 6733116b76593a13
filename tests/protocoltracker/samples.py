"""Sample contexts of the shared components, with invented patients."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from crispy_forms.bootstrap import AppendedText
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Fieldset, Layout, Row
from django import forms
from django.core.paginator import Paginator

from protocoltracker.templatetags import frame, meanings

AT = dt.datetime(2021, 6, 14, 16, 20, tzinfo=dt.UTC)


class Message:
    """A Django message, as far as a template reads it."""

    def __init__(self, text: str, level_tag: str = "success", extra_tags: str = "") -> None:
        self.text, self.level_tag, self.extra_tags = text, level_tag, extra_tags

    def __str__(self) -> str:
        return self.text


class SampleForm(forms.Form):
    """Every kind of field, some of them wrong."""

    height = forms.DecimalField(help_text="Without shoes.")
    weight = forms.DecimalField(
        max_value=250, error_messages={"max_value": "720 kg is outside 30 to 250 kg. Did you mean 72.0?"}
    )
    consent = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), label="Consent date")
    ecog = forms.ChoiceField(choices=[("", "Choose"), ("0", "0"), ("1", "1")], label="ECOG")
    response = forms.ChoiceField(choices=[("CR", "CR"), ("CRp", "CRp")], widget=forms.RadioSelect)
    sites = forms.MultipleChoiceField(
        choices=[("1", "Central"), ("2", "North")], widget=forms.CheckboxSelectMultiple
    )
    confirmed = forms.BooleanField(
        label="Read back with a second person", help_text="Both look at the same screen."
    )
    note = forms.CharField(required=False, help_text="Kept with the record.")
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="Reason for the change")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["height"].unit = "cm"
        self.fields["ecog"].warning = "Above 3 needs a reason."
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Fieldset(
                "Person",
                Row(Column("height", css_class="col-md-6"), Column(AppendedText("weight", "kg"), css_class="col-md-6")),
                Field("consent", wrapper_class="col-md-6"),
                Field("ecog", wrapper_class="col-md-6"),
                css_class="pt-panel",
                css_id="person",
            ),
            "response", "sites", "confirmed", "note", "reason",
        )  # fmt: skip


def wrong_form() -> SampleForm:
    return SampleForm(
        {"height": "165", "weight": "720", "ecog": "", "note": "x", "sites": ["9"]}, auto_id="c_%s"
    )


ACTIONS = [
    {"label": "Record", "url": "/x/", "method": "post", "style": "primary", "hidden": {"row_version": 3}},
    {
        "label": "Given as planned",
        "url": "/x/",
        "method": "post",
        "icon": "check",
        "key": "g",
        "aria": "Given as planned: 009",
    },
    {"label": "Give anyway…", "url": "/y/", "style": "danger"},
    {"label": "Other…", "url": "/y/", "style": "plain"},
    {"label": "…", "url": "/y/", "aria": "Other: vincristine 2 mg, 009", "key": "o"},
]
ENTRIES = [
    {
        "state": "changed", "at": AT, "who": "coordinator A", "reason": "Lab issued a corrected report.",
        "request": "7be2", "source": "web", "record": "MRD 2021-05-18", "url": "/mrd/",
        "changes": [{"label": "Result", "old": "0.01 %", "new": "negative, < 0.01 %"},
                    {"label": "Note", "old": None, "new": "x"}],
    },
    {"state": "created", "at": AT, "who": "Research nurse A", "record": "MRD 2021-05-18", "url": "", "changes": []},
]  # fmt: skip
PREVIEW = {
    "title": "What closes", "total": 34, "shown": 2, "all_url": "#all", "becomes": True,
    "stats": [
        {"label": "Activities", "value": 34, "note": "9 doses, 11 labs"},
        {"label": "Reminders", "value": 12, "note": "withdrawn"},
        {"label": "End of blinatumomab 4", "value": "+14", "unit": "days", "note": "2022-01-18, was 2022-01-04"},
    ],
    "groups": [{"title": "mini-HCVD cycle 4", "rows": [
        {"day": 1, "what": "Methotrexate IV", "basis": "250 mg/m²", "was": dt.date(2021, 6, 22),
         "becomes": dt.date(2021, 7, 6), "shift": "+14 d", "state": "held", "state_word": "Day 43",
         "effect": "window ends on day 42"},
        {"day": 2, "what": "Cytarabine IV", "basis": "500 mg/m²", "was": dt.date(2021, 6, 23),
         "becomes": dt.date(2021, 7, 7), "shift": "+14 d"},
    ]}],
}  # fmt: skip
RECEIPT = {
    "about": "016 · cycle 2 day 8", "total": "0.51 mg", "definition": "amended", "hash": "9f3c…e41a",
    "provisional": "worked out with the weight of 2021-05-11; the dose follows when the cycle is opened.",
    "lines": [
        {"label": "Protocol order", "value": "0.3 mg/m²", "source": "A", "note": "amended, cycles 2–4, days 2 and 8"},
        {"label": "Height, weight", "value": "165 cm, 63.4 kg", "note": "2021-06-08"},
        {"label": "Rounding", "value": "to 0.01 mg", "source": "C"},
    ],
}  # fmt: skip


def components() -> dict[str, Any]:
    """The context of tests/templates/components.html."""
    return {
        "crumbs": [{"title": "Patients", "url": "/patients/"}, {"title": "Components", "url": ""}],
        "states": list(meanings.STATES), "kinds": ["", "due", "given", "held", "overdue"], "actions": ACTIONS,
        "entries": ENTRIES, "preview": PREVIEW, "receipt": RECEIPT, "form": wrong_form(), "half": Decimal("0.500"),
        "today": dt.date(2021, 6, 15), "none": None, "rows": Paginator(range(70), 25).page(2),
        "segments": [{"title": "Today", "url": "#", "current": True, "count": 8},
                     {"title": "All overdue", "url": "#o"}],
        "selects": [{"name": "kind", "label": "Kind", "options": [{"value": "", "title": "Doses, infusions"}]}],
        "tabs": [{"title": "Overview", "url": "#a", "current": True}, {"title": "Records", "url": "#b", "count": 4}],
        "some_facts": [
            {"label": "Cycle, day", "value": "blinatumomab 1, day 22", "note": "of 42"},
            {"label": "Dose", "value": "28 µg/day", "source": "GK"},
            {"label": "Response", "value": None},
        ],
        "conflict": SimpleNamespace(who="nurse B", at=AT, changes=[
            {"label": "Weight", "theirs_old": "72.0 kg", "theirs_new": "71.4 kg", "yours": "72.5 kg"}]),
        "messages": [
            Message("Recorded: dexamethasone 20 mg, 015.", extra_tags=frame.undo_tag("/undo/", row_version=3)),
            Message("The mail server refused the digest.", "error"),
        ],
    }  # fmt: skip
