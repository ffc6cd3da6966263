"""The eight figures in words: what each is called, what it means exactly, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..services.kpis import LEAST, Kpi
from .charts import share_words
from .scope import days_words, span_words


@dataclass(frozen=True)
class Words:
    name: str
    cases: str  # what n counts
    meaning: str
    more_is_better: bool | None = True


WORDS = {
    "ctr": Words(
        gettext_lazy("Click-through rate"),
        gettext_lazy("lists seen"),
        gettext_lazy(
            "Lists seen from which something was opened within 30 minutes, divided by lists seen. A list is seen when "
            "the first of its items comes into sight; it counts in the hour in which it was served."
        ),
    ),
    "conversion": Words(
        gettext_lazy("Conversion"),
        gettext_lazy("lists seen"),
        gettext_lazy(
            "Lists seen that an event of a goal kind names within 24 hours, divided by lists seen. Lists of the last "
            "day still have time left."
        ),
    ),
    "coverage": Words(
        gettext_lazy("Coverage"),
        gettext_lazy("items that can be shown"),
        gettext_lazy(
            "Different items that came into sight in 7 days (UTC), divided by the items that could have been shown. "
            "Always 7 days, whatever period is chosen."
        ),
    ),
    "fallback": Words(
        gettext_lazy("Fallback"),
        gettext_lazy("lists served"),
        gettext_lazy(
            "Lists that were served without a model, with one that could not be loaded, or to somebody of whom nothing "
            "is known, divided by lists served."
        ),
        False,
    ),
    "p95": Words(
        gettext_lazy("Time to a list, p95"),
        gettext_lazy("lists timed"),
        gettext_lazy(
            "95 of 100 lists took at most this long, from the question to the finished list, inside the server; "
            "counted to two significant digits."
        ),
        False,
    ),
    "lag": Words(
        gettext_lazy("Data lag"),
        gettext_lazy("behaviours arrived"),
        gettext_lazy("How long ago the newest behaviour arrived. Before: at the end of the period before."),
        False,
    ),
    "dismissals": Words(
        gettext_lazy("Dismissals per 1,000"),
        gettext_lazy("impressions"),
        gettext_lazy(
            "Events that turn something down (hidden, disliked, removed, sent back) and name a list, within 24 hours "
            "of its being seen, for every 1,000 items that came into sight."
        ),
        False,
    ),
    "diversity": Words(
        gettext_lazy("Diversity"),
        gettext_lazy("lists measured"),
        gettext_lazy(
            "1 minus the mean cosine of all pairs of a list's text vectors, over lists: 0 is the same thing again and "
            "again. At most 200 lists an hour are measured, drawn by chance."
        ),
        None,
    ),
}


@dataclass(frozen=True)
class Card:
    slug: str
    title: str
    value: str
    n: str
    change: str
    better: bool | None
    meaning: str


def card_of(kpi: Kpi, days: int) -> Card:
    words = WORDS[kpi.slug]
    change, better = _change(kpi, 7 if kpi.slug == "coverage" else days)
    return Card(
        slug=kpi.slug,
        title=str(words.name),
        value=_written(kpi.slug, kpi.value),
        n=_("of %(n)s %(cases)s") % {"n": f"{kpi.n:,}", "cases": words.cases},
        change=change,
        better=better,
        meaning=str(words.meaning),
    )


def _change(kpi: Kpi, days: int) -> tuple[str, bool | None]:
    """In words, and whether it is for the better; None where it is neither."""
    if kpi.difference is None:
        if kpi.value is None:
            return "", None
        if kpi.before is None:
            return _("nothing to compare with in the %(days)s before") % {"days": days_words(days)}, None
        return _("no comparison: fewer than %(n)s cases") % {"n": LEAST}, None
    said = {"by": _difference(kpi.slug, abs(kpi.difference)), "days": days_words(days)}
    if not round(kpi.difference, 4):
        return _("as in the %(days)s before") % said, None
    better = WORDS[kpi.slug].more_is_better
    if kpi.difference > 0:
        return _("▲ %(by)s more than in the %(days)s before") % said, better
    return _("▼ %(by)s less than in the %(days)s before") % said, None if better is None else not better


def _written(slug: str, value: float | None) -> str:
    if value is None:
        return "–"
    match slug:
        case "p95":
            return _("%(n)s ms") % {"n": f"{value:,.0f}"}
        case "lag":
            return span_words(timedelta(seconds=value))
        case "dismissals":
            return f"{value:,.1f}"
        case "diversity":
            return f"{value:.3f}"
    return share_words(value)


def _difference(slug: str, value: float) -> str:
    if slug in ("p95", "lag", "dismissals", "diversity"):
        return _written(slug, value)
    return _("%(n)s points") % {"n": f"{value * 100:.2f}"}
