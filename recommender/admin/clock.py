"""What is done by the clock: how often each task runs, when it last did, and whether it does at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import ModelAdmin
from unfold.decorators import display

from catalog.admin.named import Calling, called

for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)  # django-celery-beat's own pages look and ask otherwise


#: What the settings' tasks do, by the names that they have there.
NAMES = {
    "alerts": gettext_lazy("ask the alert rules and tell what they find"),
    "celery.backend_cleanup": gettext_lazy("forget old results of tasks"),
    "erased persons": gettext_lazy("erase again whoever a restored backup brought back"),
    "experiments": gettext_lazy("count experiments and move bandits"),
    "figures": gettext_lazy("count the figures of Home and Attribution"),
    "figures of the last days anew": gettext_lazy("count the last days anew, for what came late"),
    "kept answers": gettext_lazy("forget answers that no client can ask for again"),
    "linter": gettext_lazy("look through the data for mistakes"),
    "old mirrored lists": gettext_lazy("delete old lists of shadows"),
    "quotes": gettext_lazy("take new words of people into the texts of items"),
    "schedules": gettext_lazy("start what schedules ask for"),
    "segments": gettext_lazy("count who is in each segment"),
    "trainings without the erased": gettext_lazy("train anew what had learned from somebody who was erased"),
}


HELP = {
    "enabled": gettext_lazy("Off: it is not done until it is switched on again."),
    "interval": gettext_lazy("How often it is done. What happens daily at a time has none."),
}
#: Said where nothing stands in the row yet: the clock writes its runs down every three minutes.
NOT_YET = gettext_lazy("not written down yet")


def _every(seconds: float) -> str:
    """`600` → "every 10 minutes"; two days are 48 hours, so that all rows compare at a glance."""
    if seconds % 3600 == 0:
        return ngettext("every hour", "every %(hours)s hours", seconds // 3600) % {"hours": seconds // 3600}
    if seconds % 60 == 0:
        return ngettext("every minute", "every %(n)s minutes", seconds // 60) % {"n": seconds // 60}
    return ngettext("every second", "every %(n)s seconds", seconds) % {"n": seconds}


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(Calling, ModelAdmin):
    list_display = ("called", "every", "enabled", "last_run", "runs")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    ordering = ("name",)
    fields = ("called", "enabled", "interval", "last_run_words", "runs", "task_name")
    readonly_fields = ("called", "task_name", "last_run_words", "runs")

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        """Its own words are for whoever programs schedules."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name in HELP:
            field.help_text = HELP[db_field.name]
        return field

    def has_view_permission(self, request: HttpRequest, obj: PeriodicTask | None = None) -> bool:
        return self.has_change_permission(request, obj)  # it concerns all storefronts together

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a task of ours comes with the settings; see CELERY_BEAT_SCHEDULE

    def has_delete_permission(self, request: HttpRequest, obj: PeriodicTask | None = None) -> bool:
        return False  # the next start of the clock would bring it back

    def name_of(self, row: PeriodicTask) -> str:
        return str(NAMES.get(row.name, row.name))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        task = self.get_object(request, object_id)
        extra = called(task, self.name_of(task)) if task else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=gettext_lazy("what it does"), ordering="name")
    def called(self, task: PeriodicTask) -> str:
        return self.name_of(task)

    @display(description=gettext_lazy("task in the code"))
    def task_name(self, task: PeriodicTask) -> str:
        return task.task

    @display(description=gettext_lazy("how often"))
    def every(self, task: PeriodicTask) -> str:
        if task.interval is not None and task.interval.period == IntervalSchedule.SECONDS:
            return _every(task.interval.every)
        if task.crontab is not None and _is_daily(task.crontab):
            time = f"{int(task.crontab.hour):02d}:{int(task.crontab.minute):02d}"
            return _("daily at %(time)s %(zone)s") % {"time": time, "zone": task.crontab.timezone}
        return str(task.interval or task.crontab or task.solar or task.clocked or "–")

    @display(description=gettext_lazy("last run"), ordering="last_run_at")
    def last_run(self, task: PeriodicTask) -> datetime | str:
        return task.last_run_at or str(NOT_YET)

    @display(description=gettext_lazy("last run"))
    def last_run_words(self, task: PeriodicTask) -> str:
        """The same on the page of one, where Django would show a moment as Python does."""
        return f"{task.last_run_at:%Y-%m-%d %H:%M} UTC" if task.last_run_at else str(NOT_YET)

    @display(description=gettext_lazy("runs"), ordering="total_run_count")
    def runs(self, task: PeriodicTask) -> str:
        return f"{task.total_run_count:,}" if task.last_run_at else "–"


def _is_daily(crontab: CrontabSchedule) -> bool:
    other = (crontab.day_of_week, crontab.day_of_month, crontab.month_of_year)
    return crontab.hour.isdecimal() and crontab.minute.isdecimal() and set(other) == {"*"}
