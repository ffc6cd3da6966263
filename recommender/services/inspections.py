"""One list, taken apart: what every step left, where each item stood, and why another one is not in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from catalog.schema import say

from .. import serving
from ..contracts import Vertical, name_of
from ..data import Query
from ..models import Arm, Artifact, Recommendation
from ..pipeline import allow
from ..serving.catalogue import Catalogue
from ..tracing import Stage, Trace
from .answers import Served, ServedItem, ServiceError, installed_vertical
from .arms import arm_for
from .facts import facts_of
from .recommendations import recommend

COMPARED = 10  # first places of two lists


@dataclass(frozen=True)
class Step:
    """One line of the funnel."""

    name: str
    before: int
    after: int
    milliseconds: float


@dataclass(frozen=True)
class Row:
    """One place of the list. `rank`: by score alone, from 1. `rules`: names of operators' rules that touch it."""

    entry: ServedItem
    sources: tuple[str, ...]
    score: float
    rank: int
    rules: tuple[str, ...]

    @property
    def place(self) -> int:
        return self.entry.position + 1

    @property
    def moved(self) -> int:
        """Places up."""
        return self.rank - self.place


@dataclass(frozen=True)
class WhyNot:
    """The first step that dropped an item: what it asks for and what the item has. `stage` is empty for one shown."""

    item: Item
    stage: str
    sentence: str
    threshold: str = ""
    actual: str = ""


@dataclass(frozen=True)
class Inspection:
    storefront: Storefront
    person: Person | None
    served: Served
    trace: Trace
    catalogue: Catalogue
    rows: list[Row]
    arm: Arm | None = None  # of the experiment that chose what the list is made with

    @property
    def steps(self) -> list[Step]:
        return [Step(one.name, one.before, one.after, one.milliseconds) for one in self.trace.stages]


def inspect(
    *,
    storefront: Storefront,
    person: Person | None = None,
    placement: str = "home",
    count: int | None = None,
    artifact: Artifact | None = None,
    language: str = "en",
) -> Inspection:
    """The list as it would be served now, or as `artifact` would make it; nothing is recorded.

    Raises ServiceError as `recommend` does, and for an artifact of another storefront or one that ranks nothing.
    """
    if artifact is not None and (
        artifact.storefront_id != storefront.pk or artifact.product != Artifact.Product.RANKING
    ):
        raise ServiceError(_("The model must be a ranking one of the same storefront."))
    live = serving.live(storefront)
    catalogue = live.catalogue
    trace = Trace()
    served = recommend(
        storefront=storefront,
        person=person,
        placement=placement,
        count=count,
        language=language,
        reasons=True,
        record=False,
        artifact=artifact,
        trace=trace,
    )
    if artifact is not None and served.artifact_id != artifact.pk:
        raise ServiceError(_("This model cannot be loaded; see the log."))
    chosen = arm_for(live, storefront, person, placement) if artifact is None else None
    arm = Arm.objects.select_related("experiment").filter(pk=chosen.pk).first() if chosen else None
    return Inspection(storefront, person, served, trace, catalogue, _rows(served, trace, catalogue), arm)


def overlap(first: Served, second: Served, k: int = COMPARED) -> float:
    """Share of the first k places that two lists have in common, whatever their order."""
    lists = [{entry.item.pk for entry in served.items[:k]} for served in (first, second)]
    longest = max(map(len, lists))
    return len(lists[0] & lists[1]) / longest if longest else 1.0


def recommendation_find(number: str, storefronts: Collection[int]) -> Recommendation:
    """`storefronts`: primary keys of those that may be looked at. Raises ServiceError where none has such a list."""
    rows = Recommendation.objects.select_related("storefront", "person", "deployment__artifact")
    try:
        return rows.get(pk=number.strip(), storefront__in=storefronts)
    except (Recommendation.DoesNotExist, ValidationError):
        raise ServiceError(_("No list has the id %(id)s.") % {"id": number.strip()[:40]}) from None


def why_not(inspection: Inspection, item: Item) -> WhyNot:
    """Raises ServiceError for an item of another storefront."""
    if item.storefront_id != inspection.storefront.pk:
        raise ServiceError(_("The item belongs to another storefront."))
    row = inspection.catalogue.row_of.get(item.pk)
    if row is None:
        return WhyNot(item, "sources", _("No server process has read it yet; that takes a second."))
    dropped = inspection.trace.dropped_by(row)
    if dropped is None:
        place = inspection.trace.stages[-1].rank_of(row)
        return WhyNot(item, "", _("It is in the list, on place %(place)s.") % {"place": place})
    explain = _EXPLAINED.get(dropped.name, _unexplained)
    sentence, threshold, actual = explain(inspection, item, row, dropped)
    return WhyNot(item, dropped.name, sentence, threshold, actual)


def _rows(served: Served, trace: Trace, catalogue: Catalogue) -> list[Row]:
    scores = _scores(trace)
    proposed = trace.stage("sources").facts["proposed"]
    steered = trace.stage("operator rules")
    directives = [one for one in steered.facts["steering"].directives if one.mask is not None] if steered else []
    rows = []
    for entry in served.items:
        row = catalogue.row_of[entry.item.pk]
        also = [slug for slug, brought in proposed.items() if row in set(brought.tolist())]
        rows.append(
            Row(
                entry=entry,
                sources=tuple(dict.fromkeys([entry.source, *also])),
                score=float(scores[row]),
                rank=int((scores > scores[row]).sum()) + 1,
                rules=tuple(one.name for one in directives if one.mask[row]),
            )
        )
    return rows


def _scores(trace: Trace) -> np.ndarray:
    return trace.stage("score").facts["scores"]


def _seen(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    asked = _("nothing that the person has seen, disliked or hidden")
    vertical = installed_vertical(inspection.storefront)
    events = Behaviour.objects.filter(person=inspection.person, item=item).order_by("-occurred_at")
    last = events.first() if inspection.person else None
    if last is None or vertical.is_sensitive(item.categories):
        return _("The person knows it already, or the page asked to leave it out."), asked, ""
    said = {"kind": _kind_name(vertical, last.kind), "day": last.occurred_at.strftime("%Y-%m-%d")}
    return _("The person knows it already."), asked, _("%(kind)s on %(day)s") % said


def _kind_name(vertical: Vertical, name: str) -> str:
    labels = {kind.name: say(kind.label, get_language() or "en") for kind in vertical.kinds}
    return labels.get(name, name)


def _available(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    catalogue = inspection.catalogue
    if catalogue.withdrawn[row]:
        return _("It is withdrawn."), _("not withdrawn"), _("withdrawn")
    first, last = catalogue.available_from[row], catalogue.available_until[row]
    now = inspection.served.created_at.timestamp()
    if first > now:
        return _("It is not available yet."), _("available from now or before"), _day(first)
    return _("It is no longer available."), _("available until later than now"), _day(last)


def _filtered(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    filters = [one for one in stage.facts["steering"].directives if one.kind == "filter"]
    broken = [one.name for one in filters if one.mask is None]
    if broken:
        return _("A filter cannot be read any more, and hides everything."), _("filters that can be read"), broken[0]
    names = ", ".join(one.name for one in filters if one.mask[row])
    return _("A rule of an operator hides it."), _("no filter that fits"), names


def _outscored(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    scores = stage.facts["scores"]
    least = scores[stage.rows].min() if len(stage.rows) else np.inf
    said = {"rank": f"{int((scores > scores[row]).sum()) + 1:,}", "pool": f"{len(stage.rows):,}"}
    if scores[row] == least:
        return _("Its score equals that of the last of %(pool)s candidates, which is the older item.") % said, *(
            f"> {least:.6g}",
            f"{scores[row]:.6g}",
        )
    return (
        _("Its score is below that of the last candidate: it ranks %(rank)s by score, and %(pool)s are looked at.")
        % said,
        f"≥ {least:.6g}",
        f"{scores[row]:.6g}",
    )


def _refused(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    vertical = installed_vertical(inspection.storefront)
    query = Query(now=inspection.served.created_at.timestamp(), person=facts_of(inspection.person, vertical))
    columns = inspection.catalogue.items.take(np.array([row]))
    refusing = [rule for rule in vertical.rules if not allow([rule], columns, query)[0]]
    language = get_language() or "en"
    said = " ".join(say(rule.reason, language) for rule in refusing)
    names = ", ".join(say(name_of(rule), language) for rule in refusing)
    return said or _("A rule of this kind of site refuses it."), _("every rule lets it through"), names


def _reranked(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    return _("Reordering for variety left it out."), "", ""


def _cut(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    rank = inspection.trace.stage("rerank").rank_of(row)
    return (
        _("It came too late: the list is full before it, or places went to sources and new items."),
        _("place ≤ %(most)s") % {"most": stage.after},
        _("place %(rank)s") % {"rank": rank},
    )


def _rearranged(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    steering = inspection.trace.stage("operator rules").facts["steering"]
    caps = [one for one in steering.of("cap") if one.mask[row]]
    if caps:
        return _("A cap of an operator leaves no more of its kind in."), f"≤ {caps[0].number}", caps[0].name
    return _("Pins or quotas of operators took its place."), "", ""


def _last(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    before = inspection.trace.stages[-2]
    rank, most = before.rank_of(row), len(inspection.served.items)
    if rank is not None and rank > most:
        return (
            _("It stands behind the last place that is shown; a few more are kept ready."),
            _("place ≤ %(most)s") % {"most": most},
            _("place %(rank)s") % {"rank": rank},
        )
    return _("The last look at the database took it out: it changed a moment ago."), "", ""


def _unexplained(inspection: Inspection, item: Item, row: int, stage: Stage) -> tuple[str, str, str]:
    return _("This step dropped it."), "", ""


_EXPLAINED = {
    "seen": _seen,
    "available": _available,
    "operator rules": _filtered,
    "score": _outscored,
    "rules": _refused,
    "rerank": _reranked,
    "list": _cut,
    "operator rules again": _rearranged,
    "shown": _last,
}


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M")
