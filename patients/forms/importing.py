"""The form that takes a file of former patients."""

from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms

from patients.cohort.decoding import MOST_BYTES
from protocoltracker.fields import DateField
from protocoltracker.pages import BaseForm
from protocoltracker.uploads import UploadField, in_words


class UploadForm(BaseForm):
    """One file, and the day up to which it tells what happened."""

    file = UploadField(
        label="File",
        most_bytes=MOST_BYTES,
        help_text=f"CSV in UTF-8, with commas, of at most {in_words(MOST_BYTES)}.",
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
    )
    data_cutoff = DateField(
        label="Data cut-off",
        required=False,
        help_text="The day up to which the file tells what happened. A later date in it is then an error.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("form_token", "file", Row(Column("data_cutoff", css_class="col-md-6")))
