"""Import former patients: take a file, show what is wrong or unusual, store it when that was read and confirmed."""

import datetime as dt
import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from patients import policies, queries
from patients.actions import uploads
from patients.actions.importing import Checked, today_anywhere
from patients.cohort.columns import COLUMNS
from patients.enums import UploadState
from patients.forms.importing import UploadForm
from patients.models import ImportedFile
from patients.presenters import importing as show
from patients.views.common import now
from protocoltracker.accounts.models import User
from protocoltracker.pages import FormPage, answer_once, token_of
from protocoltracker.records import Refused
from protocoltracker.shell import chosen_site
from protocoltracker.tables import csv_response

RIGHT = "import patients"
CONFLICT = 409
FORMER = 50


class Import(FormPage):
    """Choose a file; the files of before."""

    form_class = UploadForm
    template_name = "imports/list.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        policies.check(request.user, RIGHT)

    def form_valid(self, form: Any) -> HttpResponse:
        """No form token here: the browser's way back leads to the form again, with another file in it."""
        file = form.cleaned_data["file"]
        upload = uploads.take(
            by=_person(self.request),
            content=file.read(),
            name=file.name,
            data_cutoff=form.cleaned_data["data_cutoff"],
        )
        return redirect("imports:file", pk=upload.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        uploads.give_up_old(now=now())
        former = queries.imported_files(self.request.user)[:FORMER]
        zone = _zone(self.request)
        rows = [show.upload_row(upload, user=self.request.user, zone=zone) for upload in former]
        crumbs = [{"title": "Import", "url": ""}]
        return super().get_context_data(rows=rows, columns=COLUMNS, crumbs=crumbs, **kwargs)


def upload_or_404(request: HttpRequest, pk: uuid.UUID) -> ImportedFile:
    """A file of the person's own; somebody else's answers like a missing one."""
    policies.check(request.user, RIGHT)
    upload = ImportedFile.objects.filter(pk=pk, uploaded_by=_person(request)).first()
    if upload is None:
        raise Http404("There is no such file among yours.")
    return upload


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _zone(request: HttpRequest) -> dt.tzinfo:
    site = chosen_site(request)
    return site.zone if site else dt.UTC


def _checked(request: HttpRequest, upload: ImportedFile) -> Checked:
    return uploads.check(by=_person(request), upload=upload, today=today_anywhere(now()))


@require_GET
def file_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What is in the file and what is wrong with it, looked at now; or what became of it."""
    return _page(request, upload_or_404(request, pk))


def _page(request: HttpRequest, upload: ImportedFile, *, notice: str = "") -> HttpResponse:
    page = {"notice": notice, **show.head(upload, zone=_zone(request))}
    if upload.state == UploadState.CHECKED:
        found = _checked(request, upload)
        page |= show.checked(found) | {"seen": uploads.seal(found), "token": uuid.uuid4()}
    crumbs = [{"title": "Import", "url": reverse("imports:list")}, {"title": upload.name, "url": ""}]
    context = {"page": page, "upload": upload, "crumbs": crumbs}
    return render(request, "imports/file.html", context, status=CONFLICT if notice else 200)


@require_GET
def findings(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """All findings as a file."""
    upload = upload_or_404(request, pk)
    if upload.state != UploadState.CHECKED:
        raise Http404("The file is no longer kept.")
    return csv_response(show.findings_table(_checked(request, upload)))


@require_POST
def store(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Confirm what was read."""
    upload = upload_or_404(request, pk)
    try:
        return answer_once(request, token_of(request), lambda: _store(request, upload))
    except uploads.Changed as refusal:
        return _page(request, upload, notice=refusal.message)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("imports:file", pk=upload.pk)


def _store(request: HttpRequest, upload: ImportedFile) -> str:
    stored = uploads.store(
        by=_person(request),
        pk=upload.pk,
        seen=request.POST.get("seen", ""),
        now=now(),
        today=today_anywhere(now()),
    )
    messages.success(request, f"Stored: {show.patients(stored.patients)}.")
    return reverse("imports:file", args=[upload.pk])


@require_POST
def give_up(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The file is emptied and nothing of it is stored."""
    upload = upload_or_404(request, pk)
    try:
        uploads.give_up(by=_person(request), pk=upload.pk, now=now())
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("imports:file", pk=upload.pk)
    messages.success(request, "Given up: nothing of the file is stored or kept.")
    return redirect("imports:list")
