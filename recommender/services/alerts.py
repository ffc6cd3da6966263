"""What a rule asks, what was found, and how it is said: what, where, since when, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from behaviour.models import Behaviour

from ..models import Alert, AlertRule, Measured, Schedule, TrainingRun
from .kpis import kpis
from .periods import last_days

Kind, Figure = AlertRule.Kind, AlertRule.Figure
FAILED_WITHIN = timedelta(days=7)
_RUNS = 500  # more are not looked through: the newest decide


@dataclass(frozen=True)
class Found:
    """Whether the condition is true, and the figures that say so. `since`: when it began, where that is known."""

    true: bool
    seen: dict[str, Any] = field(default_factory=dict)
    since: datetime | None = None


def condition_ask(*, rule: AlertRule, now: datetime) -> Found | None:
    """None where there is nothing to tell it by: then an alert neither opens nor closes."""
    return _ASK[rule.kind](rule, now)


def webhook_secret(rule: AlertRule) -> str:
    """What a rule's webhooks are signed with. It follows from SECRET_KEY; no row holds it."""
    return salted_hmac("kindred.alerts", f"{rule.storefront_id}:{rule.pk}", algorithm="sha256").hexdigest()


def alert_words(alert: Alert) -> dict[str, str]:
    """`what` was found and `do`, what to do about it, in plain words."""
    rule, seen = alert.rule, alert.seen
    said = {"storefront": rule.storefront.name, **_said(rule, seen)}
    what, do = _WORDS[rule.kind]
    return {"what": capfirst(str(what(seen)) % said), "do": str(do()) % said}


def alert_subject(alert: Alert) -> str:
    """What an e-mail is headed with."""
    what = alert_words(alert)["what"]
    return _("Over: %(what)s") % {"what": what} if alert.telling_end else what


def alert_text(alert: Alert) -> str:
    """The whole message, as an e-mail holds it: that it began, or that it is over."""
    words = alert_words(alert)
    since = _("Since %(when)s UTC.") % {"when": f"{alert.opened_at:%Y-%m-%d %H:%M}"}
    where = _("Storefront: %(storefront)s.") % {"storefront": alert.rule.storefront.name}
    if alert.telling_end:
        ended = _("It is over since %(when)s UTC; it began at %(since)s UTC.") % {
            "when": f"{alert.closed_at:%Y-%m-%d %H:%M}",
            "since": f"{alert.opened_at:%Y-%m-%d %H:%M}",
        }
        return "\n\n".join([ended, _("What was found: %(what)s") % words, where])
    return "\n\n".join([words["what"], f"{where} {since}", _("What to do: %(do)s") % words])


def _drift(rule: AlertRule, now: datetime) -> Found | None:
    found = next(one for one in kpis(storefront=rule.storefront, period=last_days(1, now)) if one.slug == rule.figure)
    if found.difference is None or not found.before:
        return None
    change = 100 * found.difference / abs(found.before)
    seen = {"value": found.value, "before": found.before, "change": round(change, 1), "cases": found.n}
    return Found(abs(change) > rule.threshold, seen)


def _lag(rule: AlertRule, now: datetime) -> Found | None:
    rows = Behaviour.objects.filter(storefront=rule.storefront_id).order_by("-received_at")
    newest = rows.values_list("received_at", flat=True).first()
    if newest is None:
        return None
    minutes = (now - newest).total_seconds() / 60
    return Found(minutes > rule.threshold, {"minutes": round(minutes)}, newest)


def _failed(rule: AlertRule, now: datetime) -> Found:
    """Work that failed and was not done since: a run by the next of the same algorithm, a schedule by its next turn."""
    Status = TrainingRun.Status
    ended = TrainingRun.objects.filter(
        storefront=rule.storefront_id, status__in=(Status.FINISHED, Status.FAILED), finished_at__gte=now - FAILED_WITHIN
    )
    last: dict[tuple[str, str], tuple[int, str, datetime]] = {}
    for task, algorithm, number, status, at in ended.order_by("-finished_at", "-pk").values_list(
        "task", "algorithm", "pk", "status", "finished_at"
    )[:_RUNS]:
        last.setdefault((task, algorithm), (number, status, at))
    runs = [(number, at) for number, status, at in last.values() if status == Status.FAILED]
    # A schedule whose training run failed is that run's failure, and counts once.
    schedules = Schedule.objects.filter(storefront=rule.storefront_id, state=Schedule.State.FAILED, active=True)
    schedules = schedules.exclude(run__in=[number for number, _at in runs])
    waiting = list(schedules.values_list("pk", "ended_at")[:_RUNS])
    times = [at for _number, at in (*runs, *waiting) if at]
    seen = {"runs": sorted(number for number, _at in runs), "schedules": sorted(number for number, _at in waiting)}
    return Found(len(runs) + len(waiting) >= rule.threshold, seen, min(times, default=None))


def _stale(rule: AlertRule, now: datetime) -> Found | None:
    counted = Measured.objects.filter(storefront=rule.storefront_id).first()
    if counted is None or counted.counted_at is None or not counted.items:
        return None
    missing = max(0, counted.items - counted.vectors)
    share = 100 * missing / counted.items
    return Found(share > rule.threshold, {"missing": missing, "items": counted.items, "percent": round(share, 1)})


def _said(rule: AlertRule, seen: Mapping[str, Any]) -> dict[str, str]:
    if rule.kind == Kind.DRIFT:
        return {
            "figure": rule.get_figure_display(),
            "value": figure_words(rule.figure, seen.get("value", 0)),
            "before": figure_words(rule.figure, seen.get("before", 0)),
            "change": f"{abs(seen.get('change', 0)):,.1f}",
            "cases": f"{seen.get('cases', 0):,}",
            "verdict": _verdict(rule.figure, seen.get("change", 0)),
        }
    if rule.kind == Kind.LAG:
        return {"minutes": f"{seen.get('minutes', 0):,}"}
    if rule.kind == Kind.FAILED:
        runs, schedules = seen.get("runs", []), seen.get("schedules", [])
        return {"n": str(len(runs) + len(schedules)), "names": ", ".join([*_runs(runs), *_schedules(schedules)])}
    return {name: f"{seen.get(name, 0):,}" for name in ("missing", "items", "percent")}


def figure_words(figure: str, value: float) -> str:
    """With its unit."""
    match figure:
        case Figure.DISMISSALS:
            return _("%(n)s per 1,000 impressions") % {"n": f"{value:,.1f}"}
        case Figure.P95:
            return _("%(n)s ms") % {"n": f"{value:,.0f}"}
        case Figure.DIVERSITY:
            return f"{value:.2f}"
    return f"{value:.1%}"


def _verdict(figure: str, change: float) -> str:
    """Whether the change is for the better; of diversity nobody can say."""
    if figure == Figure.DIVERSITY:
        return ""
    less_is_better = figure in (Figure.DISMISSALS, Figure.P95, Figure.FALLBACK)
    return _(" That is better.") if (change < 0) is less_is_better else _(" That is worse.")


def _drifted(seen: Mapping[str, Any]) -> str:
    if seen.get("change", 0) < 0:
        return _(
            "%(figure)s of %(storefront)s fell by %(change)s%%, to %(value)s in the last 24 hours from %(before)s in "
            "the 24 hours before (n = %(cases)s).%(verdict)s"
        )
    return _(
        "%(figure)s of %(storefront)s rose by %(change)s%%, to %(value)s in the last 24 hours from %(before)s in the "
        "24 hours before (n = %(cases)s).%(verdict)s"
    )


def _runs(numbers: list[int]) -> list[str]:
    return [_("run %(number)s") % {"number": number} for number in numbers]


def _schedules(numbers: list[int]) -> list[str]:
    return [_("schedule %(number)s") % {"number": number} for number in numbers]


def _failed_words(seen: Mapping[str, Any]) -> str:
    pieces = len(seen.get("runs", [])) + len(seen.get("schedules", []))
    return ngettext(
        "%(n)s piece of work failed on %(storefront)s: %(names)s.",
        "%(n)s pieces of work failed on %(storefront)s: %(names)s.",
        pieces,
    )


_ASK = {Kind.DRIFT: _drift, Kind.LAG: _lag, Kind.FAILED: _failed, Kind.STALE: _stale}
_WORDS = {
    Kind.DRIFT: (
        _drifted,
        lambda: _(
            "Look at Home and at the latest changes there: a new model, a rule, an experiment or an import. If a new "
            "model did it, roll it back in the registry."
        ),
    ),
    Kind.LAG: (
        lambda seen: _("No event of %(storefront)s has arrived for %(minutes)s minutes."),
        lambda: _("Look at the live stream and the linter, and whether the site still sends: its key may have ended."),
    ),
    Kind.FAILED: (
        _failed_words,
        lambda: _("Open them under Training and Schedules: each says why it failed. Resume, or change its settings."),
    ),
    Kind.STALE: (
        lambda seen: _("%(missing)s of %(items)s items of %(storefront)s (%(percent)s%%) have no vector."),
        lambda: _("See under System health whether a worker runs, and under Embedding failures what it cannot read."),
    ),
}
