"""What pages of ranking models and of language models that are or were live have in common."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets
from unfold.decorators import display

from catalog.admin.access import ReadOnlyAdmin, in_words
from catalog.admin.named import Calling, called

from ..models import Deployment, LanguageDeployment
from .manifest import DASH
from .names import artifact_name, deployment_name
from .stored_words import stored_words

Deployed = Deployment | LanguageDeployment


class RollbackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("For whoever reads the history in a year."),
    )


class DeployedAdmin(Calling, ReadOnlyAdmin):
    list_select_related = ("artifact", "storefront", "activated_by")
    list_per_page = 50

    def name_of(self, row: Deployed) -> str:
        return deployment_name(row)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        deployed = self.get_object(request, object_id)
        extra = called(deployed, deployment_name(deployed)) if deployed else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def has_rollback_permission(self, request: HttpRequest, obj: Deployed | None = None) -> bool:
        return self.permits(request, "recommender.add_deployment", obj)

    @display(description=gettext_lazy("artifact"), ordering="artifact")
    def artifact_shown(self, deployed: Deployed) -> str:
        return artifact_name(deployed.artifact)

    @display(description=gettext_lazy("artifact"))
    def artifact_link(self, deployed: Deployed) -> SafeString:
        page = reverse("admin:recommender_artifact_change", args=[deployed.artifact_id])
        return format_html('<a class="rx-link" href="{}">{}</a>', page, artifact_name(deployed.artifact))

    @display(description=gettext_lazy("state"), label={"live": "success", "past": ""}, ordering="active")
    def state(self, deployed: Deployed) -> tuple[str, str]:
        return ("live", _("live")) if deployed.active else ("past", _("past"))

    state_words = in_words(state)

    @display(description=gettext_lazy("by"))
    def by(self, deployed: Deployed) -> str:
        return str(deployed.activated_by or _("the platform"))

    @display(description=gettext_lazy("reason"), ordering="reason")
    def reason_shown(self, deployed: Deployed) -> str:
        return stored_words(deployed.reason) or DASH

    @display(description=gettext_lazy("before it"))
    def before(self, deployed: Deployed) -> str:
        return artifact_name(deployed.previous.artifact) if deployed.previous else _("nothing")
