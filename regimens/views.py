"""The protocol: its versions, one version with its schedule, and from when each site uses which."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from protocoltracker.pages import BaseForm, FormPage
from regimens import actions, policies, presenters, rollout
from regimens.forms import ApprovalForm
from regimens.models import ProtocolVersion, SiteApproval


class Versions(TemplateView):
    template_name = "regimens/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = rollout.versions(self.request.user)
        return super().get_context_data(page=page, crumbs=[crumb("Protocol")], **kwargs)


class Version(TemplateView):
    template_name = "regimens/version.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stored = list(ProtocolVersion.objects.all())
        version = get_object_or_404(ProtocolVersion, pk=self.kwargs["version_id"])
        page = presenters.page(version)
        return super().get_context_data(
            page=page,
            versions=rollout.segments(stored, version),
            approvals=rollout.approvals(self.request.user, version),
            text_url=reverse("regimens:text", args=[version.pk]),
            crumbs=[crumb("Protocol", "regimens:list"), crumb(page.title)],
            **kwargs,
        )


@require_safe
def text(request: HttpRequest, version_id: Any) -> HttpResponse:
    """The file as it was loaded, byte for byte what the hash is of."""
    version = get_object_or_404(ProtocolVersion, pk=version_id)
    name = f"{version.protocol}-{version.name}-revision-{version.revision}.yaml"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(
        version.text.encode(), content_type="application/yaml; charset=utf-8", headers=headers
    )


class Approve(FormPage):
    """The day from which a site uses a version."""

    form_class = ApprovalForm
    template_name = "regimens/approve.html"
    done_message = "The approval date is recorded. It counts for patients enrolled from now on."

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.site = policies.site_to_approve(request.user, kwargs["site_id"])
        self.version = get_object_or_404(ProtocolVersion, pk=kwargs["version_id"])
        self.approval = SiteApproval.objects.filter(site=self.site, protocol_version=self.version).first()
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        known = self.approval
        kwargs = super().get_form_kwargs() | {"changes": known is not None}
        if known is not None:
            kwargs |= {"row_version": known.row_version, "initial": {"approved_on": known.approved_on}}
        return kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title = presenters.title(self.version)
        back = reverse("regimens:version", args=[self.version.pk])
        crumbs = [crumb("Protocol", "regimens:list"), {"title": title, "url": back}, crumb(self.site.name)]
        page = {"site": self.site, "title": title, "effective_on": self.version.effective_on, "back": back}
        page["history"] = rollout.history(self.approval)
        return super().get_context_data(page=page, crumbs=crumbs, **kwargs)

    def write(self, form: BaseForm) -> str:
        data = form.cleaned_data
        actions.approve(
            by=self.request.user,
            site=self.site,
            version=self.version,
            approved_on=data["approved_on"],
            reason=data.get("reason", ""),
            row_version=data["row_version"],
        )
        return reverse("regimens:version", args=[self.version.pk])


def crumb(title: str, name: str = "") -> dict[str, str]:
    return {"title": title, "url": reverse(name) if name else ""}
