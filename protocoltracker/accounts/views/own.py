"""Signing in and out, the own settings, the site switcher."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView, View

from protocoltracker.accounts import actions, brake, presenters
from protocoltracker.accounts.forms import PasswordForm, ProfileForm, SignInForm
from protocoltracker.accounts.views.parts import person_of
from protocoltracker.audit.context import acting
from protocoltracker.pages import FormPage
from protocoltracker.shell import sites_of


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        with acting(by="system:sign-in", reason="signed in"):
            response = super().form_valid(form)
        brake.release(form.key)  # type: ignore[attr-defined]
        return response

    def get_success_url(self) -> str:
        """The page that was asked for, if it is one of ours that can be opened; the front page is each role's own."""
        wanted = self.get_redirect_url()
        nowhere = {"", "/", *map(reverse, ("sign-in", "sign-out", "accounts:switch-site"))}
        return presenters.landing(self.request.user) if urlsplit(wanted).path in nowhere else wanted


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """By POST alone, so that no link or picture signs anybody out. Twice is as good as once.

    The browser forgets what it kept of us. Not its cookies: it would forget those of the whole hospital's domain.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class Welcome(TemplateView):
    """For a person without a role at any ward: whom to ask. An administrator goes on to the people."""

    template_name = "accounts/no_role.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        place = presenters.landing(person_of(request))
        return super().get(request, *args, **kwargs) if place == request.path else redirect(place)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(administrators=presenters.administrators(), **kwargs)


class More(TemplateView):
    """Every link of the rail on one page, for phones."""

    template_name = "more.html"


class SwitchSite(View):
    """Choose one of the own sites, or all of them, and stay on the page."""

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("site", "")
        if wanted and wanted not in {str(site.pk) for site in sites_of(request)}:
            raise Http404("no such site among the own ones")
        request.session["site"] = wanted
        return HttpResponseRedirect(_own_page(request) or presenters.landing(person_of(request)))


def _own_page(request: HttpRequest) -> str:
    """The page to come back to, if it is one of ours."""
    page = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if safe else ""


class Profile(FormPage):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    done_message = "Your settings are saved."

    def get_initial(self) -> dict[str, Any]:
        return {"theme": person_of(self.request).theme, "single_keys": person_of(self.request).single_keys}

    def write(self, form: ProfileForm) -> str:
        data = form.cleaned_data
        actions.change_profile(
            by=person_of(self.request), theme=data["theme"], single_keys=data["single_keys"]
        )
        return self.request.path


class Password(FormPage):
    """The own password; whoever signed in with a one-time password comes here first."""

    form_class = PasswordForm
    template_name = "accounts/password.html"
    done_message = (
        "Your new password holds from now on; other browsers where you were signed in are signed out."
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"first": person_of(self.request).must_change_password}

    def write(self, form: PasswordForm) -> str:
        data = form.cleaned_data
        person = actions.choose_password(
            by=person_of(self.request), password=data["new_password1"], current=data.get("current")
        )
        update_session_auth_hash(self.request, person)
        return presenters.landing(person)
