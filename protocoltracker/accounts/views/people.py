"""People and their roles, for administrators."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from protocoltracker.accounts import actions, forms, policies, presenters
from protocoltracker.accounts.models import Membership, User
from protocoltracker.accounts.views.parts import AdministratorsForm, ForAdministrators, crumb, person_of
from protocoltracker.pages import BaseForm

ONE_TIME = "one-time-password"


class People(ForAdministrators, TemplateView):
    template_name = "accounts/people.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET
        page = presenters.people(
            person_of(self.request),
            show=asked.get("show", ""),
            query=asked.get("q", "").replace("\x00", "").strip(),
            number=asked.get("page"),
        )
        return super().get_context_data(page=page, crumbs=[crumb("People")], **kwargs)


class Person(ForAdministrators, TemplateView):
    """The one-time password is shown on the first look after it was issued, and never again."""

    template_name = "accounts/person.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = self.person()
        issued = self.request.session.get(ONE_TIME, {})
        secret = issued.get("password", "") if issued.get("person") == str(person.pk) else ""
        if secret:
            del self.request.session[ONE_TIME]
        page = presenters.person(person_of(self.request), person)
        crumbs = [crumb("People", "accounts:people"), crumb(page.name)]
        return super().get_context_data(page=page, one_time_password=secret, crumbs=crumbs, **kwargs)


class PersonForm(AdministratorsForm):
    def show_once(self, person: User, password: str) -> str:
        """The address of the person's page, which shows the password on its next display."""
        self.request.session[ONE_TIME] = {"person": str(person.pk), "password": password}
        return reverse("accounts:person", args=[person.pk])


class AddPerson(PersonForm):
    form_class = forms.AddPersonForm
    heading = "Add a person"
    lead = (
        "A one-time password is made and shown once, on the next page. "
        "The person chooses an own one at the first sign-in."
    )
    button = "Add the person"

    def about(self) -> tuple[str, str]:
        return "", reverse("accounts:people")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | _places(person_of(self.request))

    def write(self, form: BaseForm) -> str:
        data = form.cleaned_data
        return self.show_once(
            *actions.add_person(
                by=person_of(self.request),
                username=data["username"],
                full_name=data["full_name"],
                email=data["email"],
                role=data["role"],
                site=data["site"],
            )
        )


class ChangePerson(PersonForm):
    form_class = forms.ChangePersonForm
    heading = "Change name or email"
    button = "Save the change"

    def check(self) -> None:
        policies.check_manage(person_of(self.request), self.person())

    def get_form_kwargs(self) -> dict[str, Any]:
        person = self.person()
        shown = {"full_name": person.full_name, "email": person.email}
        return super().get_form_kwargs() | {"row_version": person.row_version, "initial": shown}

    def write(self, form: BaseForm) -> str:
        data = form.cleaned_data
        person = actions.change_person(
            by=person_of(self.request),
            person=self.person(),
            full_name=data["full_name"],
            email=data["email"],
            reason=data["reason"],
            row_version=data["row_version"],
        )
        return reverse("accounts:person", args=[person.pk])


class GiveRole(PersonForm):
    form_class = forms.RoleForm
    heading = "Give a role"
    lead = "It holds from the next page that the person opens."
    button = "Give the role"

    def check(self) -> None:
        policies.check_not_self(person_of(self.request), self.person())

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | _places(person_of(self.request))

    def write(self, form: BaseForm) -> str:
        data = form.cleaned_data
        person = self.person()
        actions.give_role(by=person_of(self.request), person=person, role=data["role"], site=data["site"])
        return reverse("accounts:person", args=[person.pk])


class OfPerson(PersonForm):
    """A change of the whole account that only needs a reason."""

    form_class = forms.ReasonForm

    def check(self) -> None:
        policies.check_manage(person_of(self.request), self.person())

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"row_version": self.person().row_version}

    def arguments(self, form: BaseForm) -> dict[str, Any]:
        data = form.cleaned_data
        return {"by": person_of(self.request), "person": self.person(), "reason": data["reason"]}


class EndRole(OfPerson):
    heading = "End the role"
    button = "End the role"
    danger = True

    def check(self) -> None:
        policies.check_give(person_of(self.request), self.person(), self.membership().site)

    def membership(self) -> Membership:
        current = Membership.objects.filter(user=self.person(), ended_at__isnull=True).select_related(
            "site", "user"
        )
        return get_object_or_404(current, pk=self.kwargs["membership_id"])

    @property
    def lead(self) -> str:  # type: ignore[override]
        return f"{self.membership()}. From the next page that the person opens, this role no longer holds."

    def write(self, form: BaseForm) -> str:
        membership = actions.end_role(
            by=person_of(self.request), membership=self.membership(), reason=form.cleaned_data["reason"]
        )
        return reverse("accounts:person", args=[membership.user_id])


class EndPerson(OfPerson):
    heading = "End the account"
    lead = (
        "The person can no longer sign in, and all roles end now. What the person recorded stays with the name. "
        "The user name stays taken."
    )
    button = "End the account"
    danger = True

    def write(self, form: BaseForm) -> str:
        row_version = form.cleaned_data["row_version"]
        person = actions.end_person(**self.arguments(form), row_version=row_version)
        return reverse("accounts:person", args=[person.pk])


class RestorePerson(OfPerson):
    heading = "Open the account again"
    lead = "With a one-time password, shown once on the next page, and without any role."
    button = "Open the account"

    def write(self, form: BaseForm) -> str:
        return self.show_once(*actions.restore_person(**self.arguments(form)))


class IssuePassword(OfPerson):
    heading = "Issue a one-time password"
    lead = "The present password and every open session of the person end. The new one is shown once, on the next page."
    button = "Issue the password"

    def write(self, form: BaseForm) -> str:
        return self.show_once(*actions.issue_password(**self.arguments(form)))


def _places(user: Any) -> dict[str, Any]:
    """Where `user` may give roles."""
    return {"sites": policies.sites_for(user), "every": policies.is_trial_administrator(user)}
