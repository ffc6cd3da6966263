"""The forms that plan, start, widen and end an experiment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from unfold import widgets
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import storefronts_of
from catalog.models import Storefront

from .. import registry
from ..models import Artifact, Experiment
from ..services import ArmWish, Forecast, ServiceError, experiment_create, experiment_forecast
from ..services.experiments import LONGEST_DAYS
from ..services.metrics import MEASURES
from .experiment_words import METRICS, metric_name, value_words
from .names import artifact_name, placement_names

VARIANTS = ("b", "c", "d")
ARTIFACTS = 50  # the newest of a storefront are offered


def _text(label, *, required: bool = True, help_text="", **attributes: Any) -> forms.CharField:
    widget = widgets.UnfoldAdminTextInputWidget(attrs=attributes or None)
    return forms.CharField(label=label, required=required, max_length=120, widget=widget, help_text=help_text)


def _choice(label, choices=(), *, required: bool = True, help_text="") -> forms.ChoiceField:
    widget = widgets.UnfoldAdminSelectWidget()
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=widget, help_text=help_text)


def _percent(label, *, initial: float | None = None, most: float = 100, required: bool = True, help_text=""):
    return forms.FloatField(
        label=label,
        min_value=0.1,
        max_value=most,
        initial=initial,
        required=required,
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text=help_text,
    )


class ExperimentForm(forms.Form):
    """The baseline serves what is live; up to three variants each change the model, the list, or both."""

    name = _text(gettext_lazy("Name"))
    hypothesis = _text(
        gettext_lazy("Hypothesis"), required=False, help_text=gettext_lazy("What should become better, and why.")
    )
    placement = _choice(gettext_lazy("Placement"))
    primary_metric = _choice(gettext_lazy("Primary metric"), [(slug, words[0]) for slug, words in METRICS.items()])
    minimum_effect = _percent(
        gettext_lazy("Smallest effect worth finding, %"),
        initial=10,
        most=500,
        help_text=gettext_lazy("Relative. Half of it takes four times as many persons."),
    )
    method = _choice(
        gettext_lazy("Intervals"),
        Experiment.Method.choices,
        help_text=gettext_lazy("Valid at every look: wider, but you may stop as soon as they leave 0 out."),
    )
    allocation = _choice(
        gettext_lazy("Allocation"),
        Experiment.Allocation.choices,
        help_text=gettext_lazy("Thompson sampling gives better arms more persons as it learns from clicks."),
    )
    planned_days = forms.IntegerField(
        label=gettext_lazy("Planned days"),
        required=False,
        min_value=1,
        max_value=365,
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("Empty: as long as the power calculation says."),
    )
    guardrail = _choice(
        gettext_lazy("Guardrail"),
        [("", gettext_lazy("none")), *((slug, words[0]) for slug, words in METRICS.items())],
        required=False,
    )
    worse_by = _percent(gettext_lazy("Loss still borne, %"), initial=5, most=99, required=False)

    def __init__(self, *args: Any, storefront: Storefront, **options: Any):
        super().__init__(*args, **options)
        self.storefront = storefront
        vertical = registry.vertical(storefront.vertical)
        names = placement_names(storefront)
        self.fields["placement"].choices = [(place.slug, names[place.slug]) for place in vertical.placements]
        self.fields["method"].initial = Experiment.Method.SEQUENTIAL
        rows = Artifact.objects.filter(storefront=storefront, product=Artifact.Product.RANKING).order_by("-pk")
        self.artifacts = {str(row.pk): row for row in rows[:ARTIFACTS]}
        models = [("", _("what is live")), *((pk, artifact_name(row)) for pk, row in self.artifacts.items())]
        if vertical.popularity:
            models.append(("popular", _("what is popular, without a model")))
        for number, letter in enumerate(VARIANTS):
            self.fields[f"{letter}-name"] = _text(gettext_lazy("Name"), required=number == 0)
            self.fields[f"{letter}-model"] = _choice(gettext_lazy("Model"), models, required=False)
            self.fields[f"{letter}-alike"] = _percent(
                gettext_lazy("Of a list alike at most, %"),
                required=False,
                help_text=gettext_lazy("Empty: as it is. Less is more varied."),
            )

    @property
    def plan_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name[:2] not in {f"{letter}-" for letter in VARIANTS}]

    @property
    def variants(self) -> list[dict[str, Any]]:
        return [
            {
                "letter": letter.upper(),
                "fields": [self[f"{letter}-{name}"] for name in ("name", "model", "alike")],
                "open": number == 0 or bool(self[f"{letter}-name"].value()),
            }
            for number, letter in enumerate(VARIANTS)
        ]

    def arms(self) -> list[ArmWish]:
        arms = [ArmWish(_("As it is"))]
        for letter in VARIANTS:
            name, model, alike = (self.cleaned_data.get(f"{letter}-{part}") for part in ("name", "model", "alike"))
            if not name:
                continue
            options = {**({"popular": 1} if model == "popular" else {}), **({"alike": alike / 100} if alike else {})}
            arms.append(ArmWish(name, self.artifacts.get(model), options))
        return arms

    def wish(self) -> dict[str, Any]:
        names = ("name", "hypothesis", "placement", "primary_metric", "method", "allocation", "planned_days")
        kept = {name: self.cleaned_data[name] for name in names}
        guardrail, worse_by = self.cleaned_data["guardrail"], self.cleaned_data["worse_by"] or 5
        return {
            **kept,
            "minimum_effect": self.cleaned_data["minimum_effect"] / 100,
            "guardrails": [(guardrail, worse_by / 100)] if guardrail else [],
            "arms": self.arms(),
        }

    def forecast(self) -> Forecast | None:
        """From the form as far as it is filled in; None where nothing is known of the placement yet."""
        kept = getattr(self, "cleaned_data", {})
        return experiment_forecast(
            storefront=self.storefront,
            placement=kept.get("placement") or self.fields["placement"].choices[0][0],
            arms=len(self.arms()) if "b-name" in kept else 2,
            method=kept.get("method") or Experiment.Method.SEQUENTIAL,
            primary_metric=kept.get("primary_metric") or "ctr",
            minimum_effect=(kept.get("minimum_effect") or 10) / 100,
        )


class ExperimentView(UnfoldModelAdminViewMixin, FormView):
    """GET shows the form for `?storefront=`; POST makes a draft, or with `plan` only says how long it would take."""

    title = gettext_lazy("New experiment")
    form_class = ExperimentForm
    template_name = "admin/recommender/experiment_new.html"
    permission_required = "recommender.add_experiment"
    raise_exception = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowed = storefronts_of(request, self.permission_required) if request.user.is_authenticated else ()
        self.storefronts = [one for one in allowed if one.vertical in registry.verticals()]
        asked = request.GET.get("storefront")
        self.storefront = next((one for one in self.storefronts if one.slug == asked), None) or next(
            iter(self.storefronts), None
        )
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.storefront is None:
            messages.warning(request, _("Make a storefront first: an experiment runs on a placement of one."))
            return redirect(reverse("admin:recommender_experiment_changelist"))
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "storefront": self.storefront}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(
            **kwargs, opts=self.model_admin.opts, storefronts=self.storefronts, storefront=self.storefront
        )
        form = context["form"]
        metric = getattr(form, "cleaned_data", {}).get("primary_metric") or "ctr"
        return {**context, "forecast": forecast_words(form.forecast(), metric)}

    def form_valid(self, form: ExperimentForm) -> HttpResponse:
        if "plan" in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form))
        try:
            experiment = experiment_create(storefront=self.storefront, by=self.request.user, **form.wish())
        except ServiceError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        self.model_admin.log_addition(self.request, experiment, _("Drafted."))
        return redirect(reverse("admin:recommender_experiment_change", args=[experiment.pk]))


def forecast_words(forecast: Forecast | None, metric: str) -> dict[str, Any] | None:
    if forecast is None:
        return None
    return {
        "metric": metric_name(metric),
        "baseline": value_words(forecast.baseline, MEASURES[metric]),
        "per_day": f"{forecast.per_day:,.0f}",
        "persons": f"{forecast.persons:,}",
        "days": f"{forecast.days:,}" if forecast.days else "",
        "lists": f"{forecast.lists:,}",
        "too_long": forecast.days is None or forecast.days > LONGEST_DAYS,
        "longest": LONGEST_DAYS,
    }


class RampForm(forms.Form):
    ramp = _percent(
        gettext_lazy("Persons that take part, %"),
        initial=100,
        help_text=gettext_lazy("It can grow later, and never shrink: who is in stays in."),
    )


class DecisionForm(forms.Form):
    decision = forms.CharField(
        label=gettext_lazy("Decision"),
        max_length=4000,
        widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=gettext_lazy("What was decided and why, for whoever reads it in a year."),
    )
    winner = _choice(gettext_lazy("Chosen arm"), required=False)
    promote = forms.BooleanField(
        label=gettext_lazy("Put its model live on the placement"),
        required=False,
        widget=widgets.UnfoldBooleanSwitchWidget(),
    )

    def __init__(self, *args: Any, experiment: Experiment, may_promote: bool, may_choose: bool, **options: Any):
        super().__init__(*args, **options)
        self.arms = {str(arm.pk): arm for arm in experiment.arms.select_related("artifact").order_by("number")}
        self.fields["winner"].choices = [("", _("none")), *((pk, arm.name) for pk, arm in self.arms.items())]
        if not may_choose:
            del self.fields["winner"]
        if not may_choose or not may_promote or not any(arm.artifact_id for arm in self.arms.values()):
            del self.fields["promote"]

    def wish(self) -> dict[str, Any]:
        return {
            "decision": self.cleaned_data["decision"],
            "winner": self.arms.get(self.cleaned_data.get("winner", "")),
            "promote": bool(self.cleaned_data.get("promote")),
        }
