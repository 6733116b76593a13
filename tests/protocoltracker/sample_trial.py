"""Sample contexts of records, history, protocol, reminders and accounts. Everybody in them is invented."""

import datetime as dt
from typing import Any

from django.core.paginator import Paginator

from tests.protocoltracker.sample_ward import ARM_2, ID, PATIENT, TABS, TODAY, DoseForm, OpenForm, at, post
from tests.protocoltracker.samples import ENTRIES, PREVIEW, wrong_form


def page_of(rows: list[Any]) -> Any:
    return Paginator(rows, 25).page(1)


def record_list() -> dict[str, Any]:
    columns = [{"title": "Method"}, {"title": "Value", "num": True}, {"title": "Sensitivity", "num": True}]
    cells = [{"text": "Flow cytometry", "note": "bone marrow"}, {"text": "< 0.01 %", "num": True}, {"text": None, "num": True}]
    row = {"url": "/r/", "history_url": "/h/", "on": dt.date(2021, 5, 18), "cells": cells, "state": "changed"}
    return {
        "patient": PATIENT | {"facts": PATIENT["facts"][:2]}, "tabs": TABS,
        "kind": {"title": "MRD", "note": "2 records, newest first", "add_url": "/a/", "add_label": "Add MRD", "columns": columns},
        "rows": [row, row | {"on": dt.date(2021, 3, 8), "state": "voided", "void": True}],
    }  # fmt: skip


def record_list_empty() -> dict[str, Any]:
    return record_list() | {"rows": [], "empty": {"title": "No MRD recorded yet.", "text": "The first is due at the end of cycle 1."}}


def record_form() -> dict[str, Any]:
    return {"heading": "MRD 2021-05-18", "patient": PATIENT, "form": wrong_form(), "panels": True, "save_label": "Save the change",
            "record": {"history_url": "/h/"}, "entries": ENTRIES, "back_url": "/p/",
            "extra": [{"label": "Entered in error…", "url": "/v/", "style": "danger"}]}  # fmt: skip


def record_form_plain() -> dict[str, Any]:
    return {"heading": "Add last contact", "patient": PATIENT, "form": DoseForm(), "save_label": "Record last contact", "back_url": "/p/"}


def closing_preview() -> dict[str, Any]:
    groups = [{"title": group["title"], "rows": [row | {"effect": "closes", "state": "closed"} for row in group["rows"]]}
              for group in PREVIEW["groups"]]  # fmt: skip
    return {"heading": "Record death of 014", "text": "2021-06-14, cause: infection.", "patient": PATIENT, "danger": True,
            "preview": PREVIEW | {"groups": groups, "becomes": False}, "hidden": {"died_on": "2021-06-14"}, "change_url": "/f/",
            "save_label": "Record death, close 34 doses", "back_url": "/p/", "note": "Undo restores all of it."}  # fmt: skip


def record_history() -> dict[str, Any]:
    fields = [{"label": "Result", "value": "negative, < 0.01 %", "changed_at": at(14, 16), "who": "coordinator A", "current": True},
              {"label": "Note", "value": None, "changed_at": at(8, 9), "who": "nurse A"}]  # fmt: skip
    return {"heading": "History of MRD 2021-05-18", "text": "2 entries", "patient": PATIENT, "record_url": "/r/", "fields": fields,
            "rows": page_of(ENTRIES), "name_record": True}  # fmt: skip


def protocol() -> dict[str, Any]:
    one = {"id": ID, "title": "amended", "arm": ARM_2, "effective": dt.date(2017, 3, 15), "effective_source": "C", "state": "approved",
           "unconfirmed": 7, "hash": "9f3c…e41a", "loaded_at": at(1, 8), "patients": 41, "summary": "4 mini-HCVD, 4 blinatumomab"}  # fmt: skip
    return {"page": {"title": "NCT01371630"}, "versions": [one]}


def cells(*days: int, text: str = "1", tbc: bool = False, kind: str = "", of: int = 28) -> list[dict[str, Any] | None]:
    cell = {"text": text, "said": f"{text} doses", "tbc": tbc, "kind": kind}
    return [cell if day in days else None for day in range(1, of + 1)]


def version() -> dict[str, Any]:
    rows = [
        {"drug": "Cyclophosphamide", "route": "IV", "dose": "150 mg/m² every 12 h", "provenance": "A", "cells": cells(1, 2, 3, text="2")},
        {"drug": "Rituximab", "route": "IV", "dose": "375 mg/m²", "provenance": "GK", "condition": "CD20 ≥ 20 %",
         "cells": cells(2, 8, tbc=True)},
    ]  # fmt: skip
    running = [{"drug": "Blinatumomab", "route": "IV", "dose": "9 then 28 µg/day", "provenance": "GK",
                "cells": cells(*range(1, 8), text="9", kind="run", tbc=True, of=42)}]  # fmt: skip
    orders = [
        {"phase": "mini-HCVD", "cycles": "1, 3", "drug": "Cyclophosphamide", "route": "IV", "dose": "150 mg/m²", "days": "1–3",
         "times": "2", "provenance": "A"},
        {"phase": "mini-HCVD", "cycles": "1–4", "drug": "Rituximab", "route": "IV", "dose": "375 mg/m²", "days": "2, 8", "times": "1",
         "provenance": "GK", "condition": "CD20 ≥ 20 %", "note": "days not stated"},
        {"phase": "POMP", "cycles": "1–12", "drug": "Vincristine", "route": "IV", "dose": "2 mg flat", "days": "1", "provenance": "A GK"},
    ]  # fmt: skip
    weeks = [1, 8, 15, 22, 29, 36]
    return {
        "version": {"title": "Amended version", "note": "in force from 2017-03-15", "effective_source": "C", "hash": "9f3c…e41a",
                    "state": "approved", "unconfirmed": 7, "arm": ARM_2,
                    "facts": [{"label": "Arm", "value": "inotuzumab-plus-blinatumomab", "source": "A"},
                              {"label": "Cumulative inotuzumab", "value": "2.7 mg/m²", "source": "A"}]},
        "versions": [{"title": "original", "url": "#o"}, {"title": "amended", "url": "#a", "current": True}],
        "cycles": [{"title": "mini-HCVD odd", "url": "#m1"}, {"title": "blinatumomab", "url": "#b"}],
        "matrices": [
            {"id": "m1", "title": "mini-HCVD, cycles 1, 3", "note": "28 days", "provenance": "GK", "days": range(1, 29), "weeks": weeks, "rows": rows},
            {"id": "b", "title": "blinatumomab 1", "note": "42 days", "provenance": "A", "days": range(1, 43), "weeks": weeks, "rows": running},
        ],
        "orders": orders,
        "notes": [{"title": "POMP of the original version", "text": "36 × 28 days is 1,008 days; the publication says monthly.", "provenance": "C"}],
    }  # fmt: skip


def reminders() -> dict[str, Any]:
    row = {"on": TODAY, "subject": "009", "patient_id": ID, "about": "Vincristine, POMP 5 day 1", "planned": dt.date(2021, 6, 14),
           "to": "coordinator A", "state": "overdue", "state_word": "Overdue 1 day"}  # fmt: skip
    return {
        "page": {"note": "2 open at Central.", "title": "Open", "hint": "by when they fire next", "has_actions": True,
                 "segments": [{"title": "Open", "url": "?", "current": True, "count": 2}, {"title": "Failed", "url": "?f", "count": 1}],
                 "alarms": [{"kind": "overdue", "title": "North has no coordinator.", "text": "Nobody there gets the digest.",
                             "url": "/people/", "link": "Give the role"}],
                 "rows": page_of([row, row | {"subject": "018", "at": at(16, 7), "state": "planned", "state_word": "",
                                              "action": post("Done", style="plain", aria="Done: 018")}])},
        "ladder": [{"when": "7 days before", "who": "coordinator", "text": "day 1 of a cycle"},
                   {"when": "07:00 each day", "who": "coordinator", "text": "today, the next 3 days, overdue"}],
        "digest": {"title": "Digest of 2021-06-15", "rows": [{"to": "coordinator A", "at": at(15, 7), "state": "sent", "url": "/m/"},
                                                            {"to": "coordinator B", "at": None, "state": "failed"}]},
        "outbox_url": "/outbox/",
    }  # fmt: skip


def outbox() -> dict[str, Any]:
    row = {"at": at(15, 7), "to": "coordinator@example.org", "subject_line": "Central, 2021-06-15: 3 overdue, 9 due", "site": "Central",
           "url": "/m/", "state": "sent", "attempts": 1}  # fmt: skip
    return {"page": {"note": "Without EMAIL_URL no mail leaves this machine.", "rows": page_of([row, row | {"state": "failed", "attempts": 3}])}}


def message() -> dict[str, Any]:
    return {
        "message": {"subject_line": "Central, 2021-06-15: 3 overdue, 9 due", "state": "sent", "text": "Synthetic data\n\nOverdue\n009  POMP 5 day 1",
                    "facts": [{"label": "To", "value": "coordinator@example.org"}, {"label": "Message", "value": "2021-06-15/central"}],
                    "items": [{"subject": "009", "patient_id": ID, "about": "Vincristine, POMP 5 day 1", "on": TODAY, "state": "overdue"}]},
        "attempts": [{"at": at(15, 7), "state": "sent", "text": "250 accepted"}],
        "actions": [post("Send again", icon="mail")],
    }  # fmt: skip


def people() -> dict[str, Any]:
    row = {"url": "/p/", "name": "Research nurse A", "login": "nurse", "email": "nurse@example.org", "last_seen": at(15, 7, 50),
           "memberships": [{"role": "Research nurse", "site": "Central"}], "state": "active"}  # fmt: skip
    return {"page": {"note": "2 accounts", "add_url": "/p/add/"},
            "rows": page_of([row, row | {"memberships": [], "state": "inactive", "last_seen": None, "email": ""}])}  # fmt: skip


def person() -> dict[str, Any]:
    remove = post("End…", style="danger", aria="End: research nurse, Central")
    return {
        "heading": "Research nurse A", "person": {"login": "nurse", "state": "active", "history_url": "/h/"}, "form": DoseForm(),
        "memberships": [{"role": "Research nurse", "site": "Central", "since": TODAY, "remove": remove}],
        "role_form": OpenForm(auto_id="r_%s"), "role_url": "/r/", "back_url": "/people/",
        "actions": [{"label": "Set a new password…", "url": "/pw/"}],
    }  # fmt: skip


def sites() -> dict[str, Any]:
    row = {"url": "/s/", "name": "Central", "code": "01", "time_zone": "America/Bogota", "approved_on": dt.date(2017, 5, 2), "people": 5,
           "patients": 18, "coordinators": 1, "state": "active"}  # fmt: skip
    return {"page": {"note": "2 sites", "add_url": "/s/add/"}, "rows": [row, row | {"name": "North", "approved_on": None, "coordinators": 0}]}


def site() -> dict[str, Any]:
    notice = {"kind": "overdue", "title": "No coordinator.", "text": "Nobody at this site gets the digest."}
    people_here = [{"url": "/p/", "name": "Research nurse A", "role": "Research nurse"}]
    return {"heading": "North", "site": {"history_url": "/h/"}, "form": OpenForm(), "people": people_here, "notices": [notice], "back_url": "/s/"}
