"""What is done again and again on a storefront: when, what came of it last, and when it is due."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.admin.access import confirmation, in_words, object_or_404, storefronts_of
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import Calling, Named, called

from .. import registry
from ..models import Schedule
from .audited import AuditedAdmin
from .names import algorithm_name, run_name
from .stored_words import stored_words
from .training import refuse_elsewhere

State = Schedule.State
WEEK = 7 * 24  # hours
RHYTHM = {"every_hours", "daily_at"}
LABELS = {
    State.NEVER: "",
    State.RUNNING: "info",
    State.DONE: "success",
    State.HELD: "warning",
    State.FAILED: "danger",
}


class ScheduleForm(forms.ModelForm):
    """Whoever may not put a model live may not have it done by a schedule either."""

    algorithm = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Algorithm"),
        help_text=gettext_lazy("Of training and evaluating. Empty: that of the live model."),
    )
    request: HttpRequest

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "algorithm" in self.fields:
            names = [(slug, algorithm_name(slug)) for slug in sorted(registry.algorithms())]
            self.fields["algorithm"].choices = [("", "–"), *names]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        storefront = cleaned.get("storefront") or getattr(self.instance, "storefront", None)
        refuse_elsewhere(self, "promote", storefront, storefronts_of(self.request, "recommender.add_deployment"))
        return cleaned


@admin.register(Schedule)
class ScheduleAdmin(Calling, AuditedAdmin):
    empty_words = gettext_lazy(
        "Nothing is done by itself yet. A schedule trains anew, evaluates or cleans up, every so many hours or daily."
    )
    form = ScheduleForm
    audited = ("what", "algorithm", "every_hours", "daily_at", "promote", "active")
    list_display = ("name", "storefront", "when", "outcome", "last_run_at", "due", "active")
    list_filter = (StorefrontFilter, "what", ("active", BooleanRadioFilter))
    list_select_related = ("storefront", "run")
    search_fields = ("algorithm", "said")
    list_per_page = 50
    actions_detail = ("run_now",)
    readonly_fields = ("outcome_words", "said_shown", "run_link", "last_run_at", "ended_at", "due")

    def get_fieldsets(self, request: HttpRequest, obj: Schedule | None = None):
        asked = ("storefront", "what", "algorithm", "every_hours", "daily_at", "promote", "active")
        if obj is None:
            return ((None, {"fields": asked}),)
        came = ("outcome_words", "said_shown", "run_link", "last_run_at", "ended_at", "due")
        return ((None, {"fields": asked}), (pgettext_lazy("of a schedule", "What came of it"), {"fields": came}))

    def get_form(self, request: HttpRequest, obj: Schedule | None = None, **options: Any):
        form = super().get_form(request, obj, **options)
        form.request = request
        return form

    def name_of(self, row: Schedule) -> str:
        return f"{self.name(row)} · {row.storefront}"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        schedule = self.get_object(request, object_id)
        extra = called(schedule, self.name_of(schedule)) if schedule else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def save_model(self, request: HttpRequest, obj: Schedule, form: ModelForm, change: bool) -> None:
        """A new rhythm counts from now."""
        if not change:
            obj.created_by = request.user
        if not change or RHYTHM & set(form.changed_data):
            obj.next_run_at = obj.after(timezone.now())
        super().save_model(request, obj, form, change)

    def fields_written(self, form: ModelForm) -> list[str]:
        moved = ["next_run_at"] if RHYTHM & set(form.changed_data) else []
        return [*super().fields_written(form), *moved]

    def has_run_now_permission(self, request: HttpRequest, obj: Schedule | None = None) -> bool:
        return self.permits(request, "recommender.change_schedule", obj)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """No button on a page where it could do nothing."""
        schedule = self.get_object(request, object_id)
        useful = schedule is not None and schedule.active and schedule.state != State.RUNNING
        return super().get_actions_detail(request, object_id) if useful else []

    @action(
        description=gettext_lazy("Run now"),
        url_path="run-now",
        permissions=["run_now"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def run_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        schedule = object_or_404(self, request, object_id)
        page = reverse("admin:recommender_schedule_change", args=[schedule.pk])
        if request.method == "POST":
            now = timezone.now()
            free = Schedule.objects.filter(pk=schedule.pk, active=True).exclude(state=State.RUNNING)
            if free.update(next_run_at=now):
                self.record(request, "run now", schedule, None, None)
                messages.success(request, _("It is due now; a worker starts it within a minute."))
            else:
                messages.warning(request, _("It runs already, or is switched off."))
            return redirect(page)
        return confirmation(
            self,
            request,
            Named(schedule, self.name_of(schedule)),
            title=_("Run it now?"),
            explanation=_("%(schedule)s starts within a minute, and then goes on in its rhythm.")
            % {"schedule": self.name_of(schedule)},
            button=_("Run now"),
        )

    @display(description=gettext_lazy("what"), ordering="what")
    def name(self, schedule: Schedule) -> str:
        what = schedule.get_what_display()
        return f"{what}: {algorithm_name(schedule.algorithm)}" if schedule.algorithm else what

    @display(description=pgettext_lazy("of a schedule", "when"))
    def when(self, schedule: Schedule) -> str:
        if schedule.daily_at is not None:
            return _("daily at %(time)s UTC") % {"time": f"{schedule.daily_at:%H:%M}"}
        hours = schedule.every_hours
        if hours % WEEK == 0:
            return ngettext("every week", "every %(weeks)s weeks", hours // WEEK) % {"weeks": hours // WEEK}
        return ngettext("every hour", "every %(hours)s hours", hours) % {"hours": hours}

    @display(description=gettext_lazy("last outcome"), ordering="state", label=LABELS)
    def outcome(self, schedule: Schedule) -> tuple[str, str]:
        return schedule.state, schedule.get_state_display()

    outcome_words = in_words(outcome)

    @display(description=gettext_lazy("what was said"))
    def said_shown(self, schedule: Schedule) -> str:
        return stored_words(schedule.said) or "–"

    @display(description=gettext_lazy("training run"))
    def run_link(self, schedule: Schedule) -> str | SafeString:
        if schedule.run is None:
            return "–"
        page = reverse("admin:recommender_trainingrun_change", args=[schedule.run_id])
        return format_html('<a class="rx-link" href="{}">{}</a>', page, f"#{schedule.run_id} {run_name(schedule.run)}")

    @display(description=gettext_lazy("next run"), ordering="next_run_at")
    def due(self, schedule: Schedule) -> str:
        if not schedule.active:
            return _("switched off")
        return f"{schedule.next_run_at:%Y-%m-%d %H:%M} UTC"
