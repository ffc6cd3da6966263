"""The Train page: what to learn, from which storefront, and how it is judged."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView
from unfold import widgets
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import scoped, storefronts_of
from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..models import TrainingRun
from ..services import ServiceError, training_run_create
from ..services.runs import PROTOCOLS
from .names import PROTOCOL_NAMES
from .setting_names import setting_name, setting_value
from .setting_words import ranking_explained

PROTOCOL_SUMMARIES = {
    "leave-one-out": gettext_lazy("everybody's last event is the question"),
    "global-time": gettext_lazy("the past answers for the future; the most honest"),
    "random": gettext_lazy("events drawn by chance"),
}


class SettingsField(forms.JSONField):
    """A JSON object, written over several lines; nothing at all means an empty one."""

    def prepare_value(self, value: Any) -> str:
        if not value:
            return ""
        return json.dumps(value, indent=2) if isinstance(value, dict) else super().prepare_value(value)

    def bound_data(self, data: str | None, initial: Any) -> Any:
        return super().bound_data(data, initial) if data else ""


class RunForm(forms.Form):
    """What every wish for a training says. `live_on`: the storefronts on which whoever asks may put models live."""

    storefront = forms.ModelChoiceField(
        Storefront.objects.none(),
        label=gettext_lazy("Storefront"),
        to_field_name="slug",
        empty_label=None,
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"),
        min_value=0,
        max_value=2**31 - 1,
        initial=0,
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("The same seed on the same data gives the same artifact."),
    )
    activate = forms.BooleanField(
        label=gettext_lazy("Put it live when it is done"), required=False, widget=widgets.UnfoldBooleanSwitchWidget()
    )

    def __init__(self, *args: Any, storefronts: QuerySet[Storefront], live_on: QuerySet[Storefront], **options: Any):
        super().__init__(*args, **options)
        self.live_on = live_on
        self.fields["storefront"].queryset = storefronts.filter(vertical__in=registry.verticals())
        if not live_on.exists():
            del self.fields["activate"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        refuse_elsewhere(self, "activate", cleaned.get("storefront"), self.live_on)
        return cleaned


class TrainForm(RunForm):
    field_order = ("storefront", "algorithm", "protocol", "seed", "config", "activate")

    algorithm = forms.ChoiceField(label=gettext_lazy("Algorithm"), widget=widgets.UnfoldAdminSelectWidget())
    protocol = forms.ChoiceField(
        label=gettext_lazy("Evaluation protocol"),
        choices=[(slug, format_lazy("{} – {}", PROTOCOL_NAMES[slug], PROTOCOL_SUMMARIES[slug])) for slug in PROTOCOLS],
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    config = SettingsField(
        label=gettext_lazy("Settings"),
        required=False,
        widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false", "placeholder": "{}"}),
        help_text=gettext_lazy("A JSON object. Empty: the best settings are found on validation."),
        error_messages={"invalid": gettext_lazy('This is not JSON. Write an object such as {"name": 1}, or nothing.')},
    )

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        language = get_language() or "en"
        self.fields["algorithm"].choices = [
            (slug, f"{say(found.name, language)} – {say(found.summary, language)}")
            for slug, found in registry.algorithms().items()
        ]

    def clean_config(self) -> dict[str, Any]:
        config = self.cleaned_data["config"]
        if config in (None, ""):
            return {}
        if not isinstance(config, dict):
            raise forms.ValidationError(_('The settings must be a JSON object, such as {"name": 1}.'))
        return config

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("config") and cleaned.get("algorithm"):
            try:
                registry.algorithm(cleaned["algorithm"]).configure(cleaned["config"])
            except (ValueError, TypeError) as error:
                self.add_error("config", str(error))
        return cleaned


def refuse_elsewhere(form: forms.Form, wish: str, storefront: Storefront | None, live_on: QuerySet[Storefront]) -> None:
    """Whoever may put models live on some storefronts may not have a worker do it on another."""
    if form.cleaned_data.get(wish) and storefront is not None and storefront not in live_on:
        form.add_error(wish, _("You may not put models live on this storefront."))


class TrainView(UnfoldModelAdminViewMixin, FormView):
    """GET shows the form, filled in from `?again=<run>` where a run is to be repeated; POST queues a run."""

    title = gettext_lazy("Train")
    form_class = TrainForm
    template_name = "admin/recommender/train.html"
    permission_required = "recommender.add_trainingrun"
    raise_exception = True

    def get_form_kwargs(self) -> dict[str, Any]:
        live_on = storefronts_of(self.request, "recommender.add_deployment")
        storefronts = storefronts_of(self.request, "recommender.add_trainingrun")
        return {**super().get_form_kwargs(), "live_on": live_on, "storefronts": storefronts}

    def get_initial(self) -> dict[str, Any]:
        initial = {"storefront": self.request.GET.get("storefront"), "algorithm": "blend", "activate": False}
        again = self.request.GET.get("again", "")
        runs = scoped(self.request, TrainingRun.objects.select_related("storefront"))
        run = runs.filter(pk=again).first() if again.isdecimal() else None
        if run is None:
            return initial
        names = ("algorithm", "config", "protocol", "seed", "activate")
        return {**{name: getattr(run, name) for name in names}, "storefront": run.storefront.slug}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs, opts=self.model_admin.opts, algorithms=[_settings_of(a) for a in registry.algorithms().values()]
        )

    def form_valid(self, form: TrainForm) -> HttpResponse:
        try:
            run, is_new = run_create_once(self.request, form.cleaned_data)
        except ServiceError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        if is_new:
            self.model_admin.log_addition(self.request, run, _("Queued."))
        else:
            messages.info(self.request, _("This very training has not ended yet; here it is."))
        return redirect(reverse("admin:recommender_trainingrun_change", args=[run.pk]))


def run_create_once(request: HttpRequest, wish: dict[str, Any]) -> tuple[TrainingRun, bool]:
    """The run, and whether it is new: the same wish while its run has not ended (a double click) is that run."""
    with transaction.atomic():
        # Two equal wishes at once: the second waits here (on SQLite for the write lock) and finds the first one's run.
        storefront = Storefront.objects.select_for_update().get(pk=wish["storefront"].pk)
        wish = {**wish, "storefront": storefront}
        same = TrainingRun.objects.filter(**wish, status__in=(TrainingRun.Status.QUEUED, TrainingRun.Status.RUNNING))
        existing = same.filter(cancel_requested=False).first()
        if existing is not None:
            return existing, False
        return training_run_create(**wish, created_by=request.user), True


def _settings_of(algorithm) -> dict[str, Any]:
    """What can be set for an algorithm, with what it is when nobody sets it."""
    defaults = algorithm.Config()
    settings = [
        {
            "key": field.name,
            "name": setting_name(field.name),
            "explained": ranking_explained(field.name),
            "value": setting_value(getattr(defaults, field.name)),
        }
        for field in fields(algorithm.Config)
    ]
    return {"slug": algorithm.slug, "name": say(algorithm.name, get_language() or "en"), "settings": settings}
