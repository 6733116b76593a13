"""What is typed on the people, sites and sign-in pages."""

import math
from collections.abc import Iterable
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone

from protocoltracker.accounts import brake
from protocoltracker.accounts.models import THEMES, Role, Site, check_time_zone
from protocoltracker.audit.context import acting
from protocoltracker.pages import BaseForm

EVERY_SITE = "every"
one_line = RegexValidator(
    r"^[^\x00-\x1f\x7f\u2028\u2029]*$", "Write it on one line, without control characters."
)


class SignInForm(AuthenticationForm):
    """Name and password. The same words for a wrong name and a wrong password."""

    error_messages = {
        "invalid_login": "User name and password do not match. Look at capital letters in the password and try again.",
        "inactive": "This account has ended. If you still work in the trial, ask an administrator to open it again.",
    }

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        self.key = brake.key_of(self.request, self.cleaned_data["username"])
        wait = math.ceil(brake.attempt(self.key, now=timezone.now()).total_seconds())
        if wait:
            raise ValidationError(
                f"Too many attempts with this name. Wait {wait} second{'' if wait == 1 else 's'}, then try again."
            )
        with acting(by="system:sign-in", reason="signed in"):  # a password hash may be renewed
            return super().clean()


class NameForm(BaseForm):
    """Name and address of a person."""

    full_name = forms.CharField(label="Name", max_length=120, validators=[one_line])
    email = forms.EmailField(
        label="Email",
        required=False,
        max_length=254,
        help_text="Where the daily reminders of a coordinator go.",
    )


class ChangePersonForm(NameForm):
    asks_reason = True


class RoleForm(BaseForm):
    """A role at a site. "Every site" is offered only to those who may give it, and is never the first choice."""

    role = forms.ChoiceField(choices=[("", "Choose a role"), *Role.choices])
    site = forms.ChoiceField()

    def __init__(self, *args: Any, sites: Iterable[Site], every: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(site.pk): site for site in sites}
        choices = [("", "Choose a site"), *((key, site.name) for key, site in self.sites.items())]
        self._offer("site", choices + ([(EVERY_SITE, "Every site")] if every else []))

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean_site(self) -> Site | None:
        """None: every site."""
        return self.sites.get(self.cleaned_data["site"])


class AddPersonForm(RoleForm, NameForm):
    """A new person, usually with the first role."""

    field_order = ("full_name", "username", "email", "role", "site")
    username = forms.CharField(
        label="User name",
        max_length=60,
        validators=[ASCIIUsernameValidator()],
        help_text="Letters, digits and . - _ @ +. It is never given to anybody else, also not later.",
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].required = self.fields["site"].required = False
        self._offer("role", [("", "No role yet"), *Role.choices])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        where = self.data.get(self.add_prefix("site"))
        if data.get("role") and not where:
            self.add_error("site", "Say at which site the role holds.")
        if where and not data.get("role"):
            self.add_error("role", "Say which role the person has at this site, or leave the site open.")
        return data


class ReasonForm(BaseForm):
    """A change that only needs its reason."""

    asks_reason = True


class SiteForm(BaseForm):
    name = forms.CharField(max_length=80, validators=[one_line])
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        validators=[check_time_zone],
        help_text="IANA name, for example Europe/Paris. Dates of patients are local dates of the site.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    digest_at = forms.TimeField(
        label="Daily reminder at",
        initial="07:00",
        help_text="Local time of the site at which the daily email is sent.",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Write hours and minutes, for example 07:00."},
    )

    @staticmethod
    def zones() -> list[str]:
        """Suggestions: the places of the IANA list."""
        return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


class ChangeSiteForm(SiteForm):
    asks_reason = True


class ProfileForm(BaseForm):
    theme = forms.ChoiceField(label="Colours", choices=THEMES, widget=forms.RadioSelect)
    single_keys = forms.BooleanField(
        label="Single-key shortcuts",
        required=False,
        help_text="Keys such as g and t act without Ctrl or Alt.",
    )


class PasswordForm(BaseForm):
    """The own password; the present one is not asked of somebody who has just signed in with a one-time password."""

    current = forms.CharField(
        label="Present password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password1 = forms.CharField(
        label="New password",
        strip=False,
        max_length=4096,
        help_text="At least 12 characters; not a common password, not like your name. A sentence is a good one.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label="New password again",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, first: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if first:
            del self.fields["current"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        one, two = data.get("new_password1"), data.get("new_password2")
        if one and two and one != two:
            self.add_error("new_password2", "The two new passwords differ. Type the same one twice.")
        return data
