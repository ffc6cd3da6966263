"""What is done by the clock: how often each task runs, when it last did, and whether it does at all."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import ModelAdmin
from unfold.decorators import display

for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)  # django-celery-beat's own pages look and ask otherwise


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ModelAdmin):
    list_display = ("name", "every", "enabled", "last_run_at", "total_run_count")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    ordering = ("name",)
    fields = ("name", "task", "enabled", "interval", "last_run_at", "total_run_count")
    readonly_fields = ("name", "task", "last_run_at", "total_run_count")

    def has_view_permission(self, request: HttpRequest, obj: PeriodicTask | None = None) -> bool:
        return self.has_change_permission(request, obj)  # it concerns all storefronts together

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a task of ours comes with the settings; see CELERY_BEAT_SCHEDULE

    def has_delete_permission(self, request: HttpRequest, obj: PeriodicTask | None = None) -> bool:
        return False  # the next start of the clock would bring it back

    @display(description=gettext_lazy("how often"))
    def every(self, task: PeriodicTask) -> str:
        return str(task.interval or task.crontab or task.solar or task.clocked or "–")
