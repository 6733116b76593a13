"""The approval date of a site."""

from typing import Any

from protocoltracker.fields import DateField
from protocoltracker.pages import BaseForm


class ApprovalForm(BaseForm):
    """A first date needs no reason; a change of it does."""

    approved_on = DateField(
        label="Approved at the site on",
        help_text="Who consents on this day or later is enrolled under this version. Who is enrolled already stays.",
    )

    def __init__(self, *args: Any, changes: bool, **kwargs: Any) -> None:
        self.asks_reason = changes
        super().__init__(*args, **kwargs)
