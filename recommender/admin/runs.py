"""Training runs: the list, the page that follows one while it runs, Stop and Train again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ReadOnlyAdmin, object_or_404
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import Calling, called

from .. import registry
from ..language.task import NAMES
from ..models import TrainingRun
from ..services import ServiceError, training_run_cancel, training_run_resume
from .downloads import csv_response
from .names import OTHER_TASKS, algorithm_name, run_name, task_name
from .run_compare import MOST, CompareView
from .run_curves import curve_table
from .run_page import STATUS_LABELS, duration, run_context, stage_words
from .teaching import FIRST_TASK, TeachView
from .training import TrainView


class AlgorithmFilter(DropdownFilter):
    title = gettext_lazy("algorithm")
    parameter_name = "algorithm"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(slug, algorithm_name(slug)) for slug in registry.algorithms()]

    def queryset(self, request: HttpRequest, queryset):
        return queryset.filter(algorithm=self.value()) if self.value() else queryset


class TaskFilter(DropdownFilter):
    title = gettext_lazy("task")
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        ranking = (TrainingRun.RANKING, _("ranking algorithms"))
        return [ranking, *((slug, task_name(slug)) for slug in (*NAMES, *OTHER_TASKS))]

    def queryset(self, request: HttpRequest, queryset):
        return queryset.filter(task=self.value()) if self.value() else queryset


@admin.register(TrainingRun)
class TrainingRunAdmin(Calling, ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "Nothing has been trained yet. Whoever may train starts a run; it appears here at once and can be followed."
    )
    add_words = gettext_lazy("Train")
    list_display = (
        "number",
        "storefront",
        "name",
        "status_label",
        "progress_bar",
        "stage_shown",
        "took",
        "created_at",
        "by",
    )
    list_filter = (StorefrontFilter, ("status", ChoicesDropdownFilter), TaskFilter, AlgorithmFilter)
    list_select_related = ("storefront", "created_by")
    search_fields = ("=id", "algorithm", "task", "storefront__name", "stage", "created_by__username")
    list_per_page = 50
    change_form_template = "admin/recommender/run.html"
    actions_list = ("train", "teach_a_model")
    show_add_link = False  # "Train" says it better than a plus
    fields = ("status",)
    actions = ("compare",)

    def get_queryset(self, request: HttpRequest):
        rows = super().get_queryset(request)
        is_list = request.resolver_match.url_name == "recommender_trainingrun_changelist"
        return rows.defer("log", "error", "curves") if is_list else rows  # they are long, and no list shows them

    def get_urls(self) -> list:
        guarded = self.admin_site.admin_view
        return [
            path("teach/", guarded(self.teach_view), name="recommender_trainingrun_teach_any"),
            path("teach/<slug:task>/", guarded(self.teach_view), name="recommender_trainingrun_teach"),
            path(
                "<int:run_id>/resume/", guarded(require_POST(self.resume_view)), name="recommender_trainingrun_resume"
            ),
            path("compare/", guarded(self.compare_view), name="recommender_trainingrun_compare"),
            path("<int:run_id>/curves.csv", guarded(self.curves_view), name="recommender_trainingrun_curves"),
            path("<int:run_id>/panel/", guarded(self.panel_view), name="recommender_trainingrun_panel"),
            path("<int:run_id>/stop/", guarded(require_POST(self.stop_view)), name="recommender_trainingrun_stop"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recommender.add_trainingrun")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        return TrainView.as_view(model_admin=self)(request)

    def name_of(self, row: TrainingRun) -> str:
        return f"#{row.pk} {run_name(row)}"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        run = self.get_object(request, object_id)
        extra = run_context(request, run) | called(run, self.name_of(run)) if run else {}
        title = _("Training run %(number)s") % {"number": object_id}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra, "title": title})

    @action(
        description=gettext_lazy("Train"),
        url_path="train",
        permissions=["add"],
        icon="model_training",
        variant=ActionVariant.PRIMARY,
    )
    def train(self, request: HttpRequest) -> HttpResponse:
        return redirect(reverse("admin:recommender_trainingrun_add"))

    @action(
        description=gettext_lazy("Teach a language model"),
        url_path="teach-a-model",
        permissions=["add"],
        icon="school",
    )
    def teach_a_model(self, request: HttpRequest) -> HttpResponse:
        return redirect(reverse("admin:recommender_trainingrun_teach_any"))

    def teach_view(self, request: HttpRequest, task: str = FIRST_TASK) -> HttpResponse:
        return TeachView.as_view(model_admin=self)(request, task=task)

    @admin.action(description=gettext_lazy("Compare (two to four)"), permissions=["view"])
    def compare(self, request: HttpRequest, queryset) -> HttpResponse | None:
        chosen = list(queryset.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
        if not 2 <= len(chosen) <= MOST:
            messages.warning(request, _("Choose two to four runs to compare."))
            return None
        return redirect(f"{reverse('admin:recommender_trainingrun_compare')}?runs={','.join(map(str, chosen))}")

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        return CompareView.as_view(model_admin=self)(request)

    def resume_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = object_or_404(self, request, run_id)
        if not self.permits(request, "recommender.add_trainingrun", run):
            return HttpResponse(_("You may not start training runs."), status=403)
        try:
            training_run_resume(run=run, enqueue=True)
        except ServiceError as error:
            messages.warning(request, str(error))
        else:
            self.log_change(request, run, _("Asked to go on."))
            messages.success(request, _("It goes on from its last checkpoint."))
        return redirect(reverse("admin:recommender_trainingrun_change", args=[run.pk]))

    def panel_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """The part of the run's page that changes. The browser asks for it until the run has ended."""
        run = object_or_404(self, request, run_id)
        if not self.has_view_permission(request, run):
            return HttpResponse(_("You may not look at training runs."), status=403)
        return TemplateResponse(request, "admin/recommender/run_panel.html", run_context(request, run))

    def curves_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = object_or_404(self, request, run_id)
        if not self.has_view_permission(request, run):
            return HttpResponse(_("You may not look at training runs."), status=403)
        return csv_response(f"run-{run.pk}-curves", *curve_table(run.curves))

    def stop_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = object_or_404(self, request, run_id)
        if not self.permits(request, "recommender.change_trainingrun", run):
            return HttpResponse(_("You may not stop training runs."), status=403)
        try:
            run = training_run_cancel(run=run)
        except ServiceError as error:
            messages.warning(request, str(error))
        else:
            self.log_change(request, run, _("Asked to stop."))
            messages.success(request, _("Stopped.") if run.ended else _("It stops at its next step."))
        return redirect(reverse("admin:recommender_trainingrun_change", args=[run.pk]))

    @display(description=gettext_lazy("run"), ordering="id")
    def number(self, run: TrainingRun) -> str:
        return f"#{run.pk}"

    @display(description=gettext_lazy("what is trained"), ordering="algorithm")
    def name(self, run: TrainingRun) -> str:
        return run_name(run)

    @display(description=gettext_lazy("status"), label=STATUS_LABELS, ordering="status")
    def status_label(self, run: TrainingRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

    @display(description=gettext_lazy("progress"), ordering="progress")
    def progress_bar(self, run: TrainingRun) -> SafeString:
        percent = round(run.progress * 100)
        bar = '<progress class="rx-progress" max="100" value="{}">{}%</progress> <span class="rx-quiet">{}%</span>'
        return format_html(bar, percent, percent, percent)

    @display(description=gettext_lazy("stage"))
    def stage_shown(self, run: TrainingRun) -> SafeString | str:
        if run.ended or not run.stage:
            return "–"
        return format_html('{} <span class="rx-quiet">{}</span>', *stage_words(run.stage))

    @display(description=gettext_lazy("took"))
    def took(self, run: TrainingRun) -> str:
        return duration(run)

    @display(description=gettext_lazy("by"))
    def by(self, run: TrainingRun) -> str:
        return str(run.created_by or "–")
