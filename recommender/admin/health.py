"""System health: each part the platform stands on, asked now, with what to do where it is not well."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import storefronts_of
from catalog.models import Storefront

from ..models import EmbeddingFailure, ItemVector, LiveEncoder, Measured, TrainingRun
from ..services.kpis import percentiles
from ..services.periods import last_days
from .scope import STALE_AFTER, called_by_title, span_words

TYPES = {"ok": "success", "note": "warning", "bad": "danger"}
STATES = {
    "ok": gettext_lazy("well"),
    "note": gettext_lazy("look at this"),
    "bad": gettext_lazy("not working"),
}
SLOW_DATABASE = 0.1  # seconds for an empty question
DEEP_QUEUE = 100
LEAST_DISK = 2 * 2**30
BROKER_SECONDS = 1.0
#: What a broker is called; its address is nobody's business here.
BROKERS = {"filesystem": gettext_lazy("a folder on this machine"), "redis": "Redis", "amqp": "RabbitMQ"}
FAILED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Part:
    """`whole`: about the machines, which all storefronts share; else about those that whoever asks may look at."""

    name: str
    level: str
    detail: str
    advice: str = ""
    whole: bool = True

    @property
    def type(self) -> str:
        return TYPES[self.level]

    @property
    def state(self) -> str:
        return str(STATES[self.level])


class HealthView(UnfoldModelAdminViewMixin, TemplateView):
    title = gettext_lazy("System health")
    template_name = "admin/recommender/health.html"
    permission_required = ("recommender.view_trainingrun",)
    raise_exception = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        storefronts = list(storefronts_of(request, "recommender.view_trainingrun"))
        parts = [_asked(name, check) for name, check in MACHINE.items()]
        parts += [_asked(name, partial(check, storefronts), whole=False) for name, check in SCOPED.items()]
        worst = [part for part in parts if part.level != "ok"]
        verdict = (
            _("Everything is well.")
            if not worst
            else _("To look at: %(parts)s.") % {"parts": ", ".join(part.name for part in worst)}
        )
        about = _("whole system"), _listed(storefronts)
        parts = [(part, about[0] if part.whole else about[1]) for part in parts]
        context = {"parts": parts, "verdict": verdict, "latency": _latency(storefronts)}
        return self.render_to_response(self.get_context_data(**context))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **called_by_title(self)}


def _listed(storefronts: Sequence[Storefront]) -> str:
    """The one storefront by its name; of several how many there are."""
    if len(storefronts) == 1:
        return storefronts[0].name
    return ngettext("%(n)s storefront", "%(n)s storefronts", len(storefronts)) % {"n": len(storefronts)}


def _asked(name: str, check: Callable[[], Part], *, whole: bool = True) -> Part:
    """A part that cannot even be asked is one that does not work; the page stands."""
    try:
        return check()
    except Exception as error:  # drivers of databases, caches and brokers each raise their own
        said = f"{type(error).__name__}: {error}"[:300]
        return Part(str(name), "bad", said, _("The log of the web process says more."), whole=whole)


def _database() -> Part:
    name = _("Database")
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    took = time.perf_counter() - started
    said = _("%(vendor)s answers in %(ms)s ms.") % {"vendor": connection.display_name, "ms": f"{took * 1000:.1f}"}
    if took > SLOW_DATABASE:
        return Part(name, "note", said, _("Look for long transactions and a full disk on its machine."))
    return Part(name, "ok", said)


def _cache() -> Part:
    name, key = _("Cache"), f"health-{uuid.uuid4().hex}"
    started = time.perf_counter()
    cache.set(key, "1", 10)
    found = cache.get(key)
    cache.delete(key)
    took = f"{(time.perf_counter() - started) * 1000:.1f}"
    if found != "1":
        return Part(name, "bad", _("What was put in did not come out."), _("Check CACHE_URL."))
    return Part(name, "ok", _("It gives back what it was given, in %(ms)s ms.") % {"ms": took})


def _queue() -> Part:
    name = _("Queue")
    with current_app.connection_for_read() as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        queue = current_app.conf.task_default_queue
        try:
            depth = broker.default_channel.queue_declare(queue, passive=True).message_count
        except broker.channel_errors:
            depth = 0  # nobody has asked for anything yet
    said = ngettext("%(n)s task waits for a worker (%(broker)s).", "%(n)s tasks wait for a worker (%(broker)s).", depth)
    said %= {"n": f"{depth:,}", "broker": BROKERS.get(broker.transport_cls, broker.transport_cls)}
    if depth > DEEP_QUEUE:
        return Part(name, "note", said, _("Start more workers: celery -A config worker"))
    return Part(name, "ok", said)


def _clock() -> Part:
    name = _("Worker and clock")
    newest = Measured.objects.order_by("-until").exclude(until=None).values_list("until", flat=True).first()
    advice = _("Start both: manage.py serve, or celery -A config worker and celery -A config beat")
    if newest is None:
        return Part(name, "note", _("No figure has been counted yet."), advice)
    ago = timezone.now() - newest
    said = _("Figures were last brought up to date %(ago)s ago.") % {"ago": span_words(ago)}
    return Part(name, "ok", said) if ago < STALE_AFTER else Part(name, "bad", said, advice)


def _index(storefronts: Sequence[Storefront]) -> Part:
    name = _("Index of item texts")
    live = list(LiveEncoder.objects.filter(storefront__in=storefronts).select_related("storefront"))
    if not live:
        said = _("No text encoder is live: search goes by words alone.")
        return Part(name, "note", said, _("manage.py embed"), whole=False)
    counts = Measured.objects.filter(storefront__in=[one.storefront for one in live])
    missing = sum(max(0, row.items - row.vectors) for row in counts)
    newest = [
        ItemVector.objects.filter(storefront=one.storefront, encoder=one.fingerprint).order_by("-pk")
        for one in live[:20]
    ]
    moments = [at for rows in newest if (at := rows.values_list("updated_at", flat=True).first())]
    ago = span_words(timezone.now() - max(moments)) if moments else "–"
    exported = all(one.folder.is_dir() for one in live)
    said = ngettext(
        "Newest vector %(ago)s ago; %(n)s item waits for its own.",
        "Newest vector %(ago)s ago; %(n)s items wait for theirs.",
        missing,
    ) % {"ago": ago, "n": f"{missing:,}"}
    if not exported:
        advice = _("An encoder's files are missing from var/encoders: run manage.py embed.")
        return Part(name, "bad", said, advice, whole=False)
    return Part(name, "note" if missing else "ok", said, _("A worker makes them.") if missing else "", whole=False)


def _language(storefronts: Sequence[Storefront]) -> Part:
    name = _("Language models")
    since = timezone.now() - FAILED_WITHIN
    runs = TrainingRun.objects.filter(storefront__in=storefronts, finished_at__gte=since)
    runs = runs.filter(status=TrainingRun.Status.FAILED)
    failed = runs.exclude(task=TrainingRun.RANKING).count()
    unread = EmbeddingFailure.objects.filter(storefront__in=storefronts).count()
    runs = ngettext("%(n)s failed run in 7 days", "%(n)s failed runs in 7 days", failed) % {"n": f"{failed:,}"}
    items = ngettext("%(n)s item could not be read", "%(n)s items could not be read", unread) % {"n": f"{unread:,}"}
    said = f"{runs} · {items}"
    return Part(name, "note" if failed or unread else "ok", said, whole=False)


def _disk() -> Part:
    name = _("Disk")
    usage = shutil.disk_usage(settings.VAR_DIR)
    said = _("%(free)s GB of %(all)s GB free where the var folder lies.") % {
        "free": f"{usage.free / 2**30:,.1f}",
        "all": f"{usage.total / 2**30:,.1f}",
    }
    if usage.free < LEAST_DISK:
        return Part(name, "bad", said, _("Delete old artifacts, or move VAR_DIR to a larger disk."))
    return Part(name, "ok", said)


MACHINE: dict[Any, Callable[[], Part]] = {
    gettext_lazy("Database"): _database,
    gettext_lazy("Cache"): _cache,
    gettext_lazy("Queue"): _queue,
    gettext_lazy("Worker and clock"): _clock,
    gettext_lazy("Disk"): _disk,
}
SCOPED: dict[Any, Callable[[Sequence[Storefront]], Part]] = {
    gettext_lazy("Index of item texts"): _index,
    gettext_lazy("Language models"): _language,
}


def _latency(storefronts: Sequence[Storefront]) -> list[dict[str, Any]]:
    rows = []
    for storefront in storefronts[:20]:
        found, lists = percentiles(storefront=storefront, period=last_days(1))
        if lists:
            rows.append(
                {"name": storefront.name, "lists": f"{lists:,}", **{f"p{p}": f"{v:,}" for p, v in found.items()}}
            )
    return rows
