"""Experiments: the list, the page of one with its table, and the ways in which it starts, grows and ends."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ReadOnlyAdmin, confirmation, object_or_404
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import Named, called

from ..models import Experiment
from ..services import ServiceError, experiment_ramp, experiment_start, experiment_stop
from ..tasks import measure_experiments
from .downloads import csv_response
from .experiment_forms import DecisionForm, ExperimentView, RampForm
from .experiment_page import experiment_context, share_table
from .experiment_words import STATUS_LABELS, metric_name
from .names import placement_name


@admin.register(Experiment)
class ExperimentAdmin(ReadOnlyAdmin):
    list_display = ("name", "storefront", "place", "status_label", "kind", "arms_shown", "primary", "split", "ends")
    list_filter = (StorefrontFilter, ("status", ChoicesDropdownFilter), ("allocation", ChoicesDropdownFilter))
    list_select_related = ("storefront",)
    search_fields = ("name", "hypothesis", "placement", "decision")
    list_per_page = 50
    change_form_template = "admin/recommender/experiment.html"
    change_list_template = "admin/recommender/experiments.html"
    actions_list = ("new_experiment",)
    show_add_link = False
    fields = ("name",)

    def get_queryset(self, request: HttpRequest):
        rows = super().get_queryset(request).select_related("storefront", "winner", "decided_by", "created_by")
        is_list = request.resolver_match.url_name == "recommender_experiment_changelist"
        return rows.annotate(arm_count=Count("arms")) if is_list else rows

    def get_urls(self) -> list:
        guarded = self.admin_site.admin_view
        return [
            path(f"<int:experiment_id>/{name}/", guarded(view), name=f"recommender_experiment_{name}")
            for name, view in (
                ("start", self.start_view),
                ("ramp", self.ramp_view),
                ("stop", self.stop_view),
                ("count", require_POST(self.count_view)),
            )
        ] + [
            path("<int:experiment_id>/shares.csv", guarded(self.shares_view), name="recommender_experiment_shares"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recommender.add_experiment")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        return ExperimentView.as_view(model_admin=self)(request)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        experiment = self.get_object(request, object_id)
        extra = {}
        if experiment is not None:
            extra = experiment_context(experiment, may_change=self._may_change(request, experiment)) | called(
                experiment, experiment.name
            )
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @action(
        description=gettext_lazy("New experiment"),
        url_path="new-experiment",
        permissions=["add"],
        icon="science",
        variant=ActionVariant.PRIMARY,
    )
    def new_experiment(self, request: HttpRequest) -> HttpResponse:
        return redirect(reverse("admin:recommender_experiment_add"))

    def shares_view(self, request: HttpRequest, experiment_id: int) -> HttpResponse:
        experiment = object_or_404(self, request, experiment_id)
        if not self.has_view_permission(request, experiment):
            raise PermissionDenied
        return csv_response(f"experiment-{experiment.pk}-shares", *share_table(experiment))

    def start_view(self, request: HttpRequest, experiment_id: int) -> HttpResponse:
        experiment = self._changeable(request, experiment_id)
        form = RampForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            share = form.cleaned_data["ramp"] / 100
            done = self._do(request, form, lambda: experiment_start(experiment=experiment, ramp=share, by=request.user))
            if done:
                self.log_change(request, experiment, _("Started with %(share)s.") % {"share": f"{share:.0%}"})
                messages.success(request, _("It serves within a second."))
                return redirect(self._page(experiment))
        return self._ask(
            request,
            experiment,
            form,
            title=_("Start %(name)s?") % {"name": experiment.name},
            explanation=_(
                "Persons on %(place)s are split among the arms from now on, each always the same. Shares, arms and "
                "metrics cannot be changed afterwards: begin with few persons and widen when nothing breaks."
            )
            % {"place": placement_name(experiment.storefront, experiment.placement)},
            button=_("Start"),
        )

    def ramp_view(self, request: HttpRequest, experiment_id: int) -> HttpResponse:
        experiment = self._changeable(request, experiment_id)
        form = RampForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            before, share = experiment.ramp, form.cleaned_data["ramp"] / 100
            done = self._do(request, form, lambda: experiment_ramp(experiment=experiment, ramp=share, by=request.user))
            if done:
                words = {"before": f"{before:.0%}", "after": f"{share:.0%}"}
                self.log_change(request, experiment, _("Widened from %(before)s to %(after)s.") % words)
                return redirect(self._page(experiment))
        return self._ask(
            request,
            experiment,
            form,
            title=_("Let more persons take part?"),
            explanation=_("%(share)s take part now. Those who are in stay in their arms.")
            % {"share": f"{experiment.ramp:.0%}"},
            button=_("Widen"),
        )

    def count_view(self, request: HttpRequest, experiment_id: int) -> HttpResponse:
        """Ask a worker for the table now, rather than at the next beat of the clock."""
        experiment = self._changeable(request, experiment_id)
        measure_experiments.delay(experiment.storefront_id)
        messages.info(request, _("A worker counts it now; look again in a moment."))
        return redirect(self._page(experiment))

    def stop_view(self, request: HttpRequest, experiment_id: int) -> HttpResponse:
        experiment = self._changeable(request, experiment_id)
        mismatch = bool(experiment.results.get("split", {}).get("mismatch"))
        form = DecisionForm(
            request.POST if request.method == "POST" else None,
            experiment=experiment,
            may_promote=self.permits(request, "recommender.add_deployment", experiment),
            may_choose=not mismatch,
        )
        if form.is_valid():
            done = self._do(
                request, form, lambda: experiment_stop(experiment=experiment, by=request.user, **form.wish())
            )
            if done:
                self.log_change(request, experiment, _("Stopped: %(decision)s") % form.cleaned_data)
                messages.success(request, _("Stopped; everybody gets what is live again."))
                return redirect(self._page(experiment))
        explanation = _("All persons get what is live again. It cannot be started anew; the decision stays.")
        if mismatch:
            explanation = _(
                "The split is broken, so no arm can be chosen. Say what is known of the cause; then start a new one."
            )
        return self._ask(
            request,
            experiment,
            form,
            title=_("Stop %(name)s?") % {"name": experiment.name},
            explanation=explanation,
            button=_("Stop"),
            danger=True,
        )

    def _may_change(self, request: HttpRequest, experiment: Experiment) -> bool:
        return self.permits(request, "recommender.change_experiment", experiment)

    def _changeable(self, request: HttpRequest, experiment_id: int) -> Experiment:
        experiment = object_or_404(self, request, experiment_id)
        if not self._may_change(request, experiment):
            raise PermissionDenied(_("You may not change experiments."))
        return experiment

    def _do(self, request: HttpRequest, form, verb) -> bool:
        try:
            verb()
        except ServiceError as error:
            form.add_error(None, str(error))
            return False
        return True

    def _ask(self, request: HttpRequest, experiment: Experiment, form, **words) -> HttpResponse:
        return confirmation(self, request, Named(experiment, experiment.name), form=form, **words)

    def _page(self, experiment: Experiment) -> str:
        return reverse("admin:recommender_experiment_change", args=[experiment.pk])

    @display(description=gettext_lazy("placement"), ordering="placement")
    def place(self, experiment: Experiment) -> str:
        return placement_name(experiment.storefront, experiment.placement)

    @display(description=gettext_lazy("status"), label=STATUS_LABELS, ordering="status")
    def status_label(self, experiment: Experiment) -> tuple[str, str]:
        return experiment.status, experiment.get_status_display()

    @display(description=gettext_lazy("allocation"), ordering="allocation")
    def kind(self, experiment: Experiment) -> str:
        return experiment.get_allocation_display()

    @display(description=gettext_lazy("arms"))
    def arms_shown(self, experiment: Experiment) -> int:
        return experiment.arm_count

    @display(description=gettext_lazy("primary metric"))
    def primary(self, experiment: Experiment) -> str:
        return metric_name(experiment.primary_metric)

    @display(description=gettext_lazy("split"), label={"broken": "danger", "fine": "success", "none": ""})
    def split(self, experiment: Experiment) -> tuple[str, str]:
        found = experiment.results.get("split", {})
        if not found:
            return "none", "–"
        return ("broken", _("broken")) if found["mismatch"] else ("fine", _("as planned"))

    @display(description=gettext_lazy("ends"), ordering="planned_end")
    def ends(self, experiment: Experiment):
        return experiment.stopped_at or experiment.planned_end
