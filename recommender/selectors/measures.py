"""Served lists with what came of them, as `evaluation.online` reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

import numpy as np

from behaviour.kinds import Kind
from behaviour.models import Behaviour
from catalog.models import Storefront

from .. import registry
from ..evaluation.online import Happened, ServedList
from ..models import Click, Impression, ItemVector, LiveEncoder, Recommendation

_CHUNK = 500  # lists at a time
_COLUMNS = (
    "pk",
    "placement",
    "deployment_id",
    "deployment__artifact__algorithm",
    "arm__experiment_id",
    "arm__number",
    "arm__artifact__algorithm",
    "fallback",
    "items",
    "milliseconds",
    "created_at",
)
#: The longest that anybody is believed to have looked at something, in seconds.
LONGEST_DWELL = 4 * 3600.0


def goal_kinds(storefront: Storefront) -> frozenset[str]:
    """What the site is there for: the storefront's setting `goals`, or what its vertical declares."""
    vertical = registry.vertical(storefront.vertical)
    known = {kind.name for kind in vertical.kinds}
    chosen = storefront.settings.get("goals")
    named = known.intersection(chosen) if isinstance(chosen, list) else set()
    return frozenset(named or vertical.goal_kinds)


def lists_served(storefront: Storefront, start: datetime, end: datetime) -> Iterator[list[ServedList]]:
    """The lists served from `start` until before `end`, some at a time, in the order of their ids."""
    rows = Recommendation.objects.filter(storefront=storefront, created_at__gte=start, created_at__lt=end)
    lists = rows.order_by("pk").values_list(*_COLUMNS).iterator(chunk_size=_CHUNK)
    kinds = {kind.name: kind for kind in registry.vertical(storefront.vertical).kinds}
    goals = goal_kinds(storefront)
    while chunk := list(islice(lists, _CHUNK)):
        yield _with_what_came(storefront, chunk, kinds, goals)


def _with_what_came(
    storefront: Storefront, rows: Sequence[tuple], kinds: dict[str, Kind], goals: frozenset[str]
) -> list[ServedList]:
    ids = [row[0] for row in rows]
    seen = _by_position(Impression.objects.filter(recommendation__in=ids), "seen_at")
    clicked = _by_position(Click.objects.filter(recommendation__in=ids), "clicked_at")
    happened = _events(storefront, ids, kinds, goals)
    return [
        ServedList(
            key=(
                placement,
                deployment or 0,
                algorithm or algorithm_of_arm(arms_own, fallback),
                "" if number is None else f"{experiment}:{number}",
            ),
            served=created_at.timestamp(),
            items=[(pk, source) for pk, _score, source in items],
            fallback=bool(fallback),
            milliseconds=milliseconds,
            impressions=_inside(seen[pk], items),
            clicks=_inside(clicked[pk], items),
            events=happened[pk],
        )
        for (
            pk,
            placement,
            deployment,
            algorithm,
            experiment,
            number,
            arms_own,
            fallback,
            items,
            milliseconds,
            created_at,
        ) in rows
    ]


def algorithm_of_arm(own: str | None, fallback: str) -> str:
    """What only an experiment serves was never live: its arm's artifact made the list, unless none could answer."""
    unanswered = (Recommendation.Fallback.NO_MODEL, Recommendation.Fallback.MODEL_UNAVAILABLE)
    return "" if own is None or fallback in unanswered else own


def _by_position(rows, time_field: str) -> dict[UUID, dict[int, float]]:
    found: dict[UUID, dict[int, float]] = defaultdict(dict)
    for recommendation, position, at in rows.order_by().values_list("recommendation_id", "position", time_field):
        found[recommendation][position] = at.timestamp()
    return found


def _inside(times: dict[int, float], items: Sequence) -> dict[int, float]:
    """Without positions that the list does not have."""
    return {position: at for position, at in times.items() if position < len(items)}


def _events(
    storefront: Storefront, ids: Sequence[UUID], kinds: dict[str, Kind], goals: frozenset[str]
) -> dict[UUID, list[Happened]]:
    found: dict[UUID, list[Happened]] = defaultdict(list)
    rows = Behaviour.objects.filter(storefront=storefront, recommendation_id__in=ids).order_by("pk")
    for recommendation, item, name, value, context, at, price, currency in rows.values_list(
        "recommendation_id", "item_id", "kind", "value", "context", "occurred_at", "item__price", "item__currency"
    ):
        if (kind := kinds.get(name)) is None:  # the vertical no longer has it
            continue
        goal = is_goal(kind, value, goals)
        found[recommendation].append(
            Happened(
                item=item,
                time=at.timestamp(),
                goal=goal,
                dismissal=is_dismissal(kind),
                dwell=dwell_of(context),
                revenue=revenue_of(kind, value, price) if goal else 0,
                currency=currency or "" if price is not None else "",
            )
        )
    return found


def is_goal(kind: Kind, value: float | None, goals: frozenset[str]) -> bool:
    """A goal event must not say the opposite: a film broken off at once was not watched."""
    return kind.name in goals and (kind.polarity == "neutral" or kind.signal(value) > 0)


def is_dismissal(kind: Kind) -> bool:
    """Kinds that say no by themselves; a low rating says no of what somebody took."""
    return kind.hides or (kind.polarity == "negative" and kind.neutral_value is None)


def dwell_of(context: dict) -> float | None:
    """Seconds, where the event's context says so under `dwell`."""
    value = context.get("dwell")
    believable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LONGEST_DWELL
    return float(value) if believable else None


def revenue_of(kind: Kind, value: float | None, price: int | None) -> int:
    """Minor units: the item's price when counted, times the quantity where the kind's value is one."""
    quantity = value if value is not None and kind.neutral_value is None else 1.0
    return round((price or 0) * quantity)


def list_vectors(storefront: Storefront, lists: Sequence[ServedList]) -> list[np.ndarray]:
    """For each list, the (n, d) unit vectors of those of its items that the live text encoder has read."""
    encoder = LiveEncoder.objects.filter(storefront=storefront).values_list("fingerprint", flat=True).first()
    wanted = {item for one in lists for item, _source in one.items}
    rows = ItemVector.objects.filter(storefront=storefront, encoder=encoder, item__in=wanted) if encoder else ()
    vectors = {
        item: np.frombuffer(v, dtype="<f4") for item, v in (rows.values_list("item_id", "vector") if rows else ())
    }
    empty = np.zeros((0, 1), dtype=np.float32)
    found = [[vectors[item] for item, _source in one.items if item in vectors] for one in lists]
    return [np.stack(own) if own else empty for own in found]
