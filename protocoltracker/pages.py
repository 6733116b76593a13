"""The one base form and the one form page: a token against double sending, a row version against stale forms."""

import hashlib
import uuid
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.generic import FormView

from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import FormToken
from protocoltracker.records import Refused

NOT_DONE = (Refused, Denied)
"""What a write raises when it did nothing, with a message for the page that it was sent from."""

MADE_BY_HAND = (
    "This was sent without the number that each page gives its form once, so that a double click records once. "
    "Nothing was recorded. Reload the page and send it from there."
)


class BaseForm(forms.Form):
    """Every form that writes. `row_version` is that of the row shown; `reason` is asked when something changes."""

    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    asks_reason = False

    def __init__(self, *args: Any, row_version: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form_token"].initial = uuid.uuid4
        self.fields["row_version"].initial = row_version
        if self.asks_reason:
            self.fields["reason"] = forms.CharField(
                label="Reason for the change",
                widget=forms.Textarea(attrs={"rows": 2}),
                max_length=500,
                error_messages={"required": "Say why it changes: the history shows it."},
            )
        self.helper = FormHelper(self)
        self.helper.form_tag = False

    def add_refusal(self, refusal: Refused | Denied) -> None:
        """Show a refusal at its field, or above the form."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


def answer_once(request: HttpRequest, token: uuid.UUID | None, write: Any) -> HttpResponse:
    """Run `write()` (returns the address to go to) once per form token; a form sent again gets the same answer.

    Token and write share one transaction: a failed write leaves no token, so the form can be sent again. Two requests
    with one token wait for each other at the unique key. Every page gives a token: what comes without one was made by
    hand or by a program, and is refused.
    """
    if token is None:
        raise Refused(MADE_BY_HAND)
    digest = _digest(request)
    with transaction.atomic():
        stored, created = FormToken.objects.get_or_create(
            user_id=request.user.pk or "", token=token, defaults={"digest": digest}
        )
        if created:
            stored.location = write()
            stored.save(update_fields=["location"])
    if not created and stored.digest != digest:
        raise Refused(
            "This form was sent before with other answers. Reload the page and enter the change again."
        )
    return HttpResponseRedirect(stored.location)


def token_of(request: HttpRequest) -> uuid.UUID | None:
    """The form token of a button that posts without a form class."""
    try:
        return uuid.UUID(request.POST.get("form_token", ""))
    except ValueError:
        return None


def _digest(request: HttpRequest) -> str:
    sent = sorted(
        (key, value)
        for key, values in request.POST.lists()
        if key != "csrfmiddlewaretoken"
        for value in values
    )
    return hashlib.sha256(f"{request.path}\n{sent!r}".encode()).hexdigest()


class FormPage(FormView):
    """A page with one form. Subclasses give `form_class`, `template_name` and `write(form) -> address`."""

    done_message = ""

    def write(self, form: Any) -> str:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            response = answer_once(
                self.request, form.cleaned_data.get("form_token"), lambda: self.write(form)
            )
        except Refused as refusal:
            form.add_refusal(refusal)
            return self.form_invalid(form)
        except Denied as denied:  # by the write itself: what was typed stays on the page
            form.add_refusal(denied)
            response = self.form_invalid(form)
            response.status_code = 403
            return response
        if self.done_message:
            messages.success(self.request, self.done_message)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)
