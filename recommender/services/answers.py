"""What a served list looks like, and the last steps that every list goes through: check, cut, record."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone

from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import pipeline, registry, selectors
from ..contracts import Vertical
from ..data import Query
from ..models import Recommendation
from ..pipeline import Ranked
from .pages import CONTINUES, START, Page, rest_packed
from .together import Together

SPARE = 4  # candidates beyond the count, for those that the last check against the database takes out
MOST = 100


class ServiceError(Exception):
    """What was asked for cannot be done, and the caller can mend it; the message says how."""


@dataclass(frozen=True)
class ServedItem:
    """One place in a list. `score` compares within the list only; `source` says what brought the item up."""

    item: Item
    score: float
    source: str
    position: int
    reason: str = ""


@dataclass(frozen=True)
class Understood:
    """What was understood of somebody's words. `chips` hold in the list, `relaxed` had to give way to fill it.

    Both as the API shows them, each with its `label` and its `place` in the wish. `unmatched`: spans that this
    catalogue cannot be asked for. `token` carries all of it to the next sentence.
    """

    chips: tuple[dict[str, Any], ...]
    relaxed: tuple[dict[str, Any], ...]
    unmatched: tuple[str, ...]
    token: str
    fitting: int = 0  # how many items of the list fit everything that was demanded
    matches: int = 0  # how many there are for it in all, of which the list shows the best


@dataclass(frozen=True)
class Served:
    """A list as it was served. `id` names it in every later event; it is empty where nothing was recorded."""

    id: str
    placement: str
    items: list[ServedItem]
    fallback: str = ""
    algorithm: str = ""
    artifact_id: int | None = None
    created_at: datetime = field(default_factory=timezone.now)
    degraded: tuple[str, ...] = ()  # what should have had a part in it and could not
    wish: Understood | None = None
    start: int = 0  # position of the first item: later pages go on counting
    continues: str = ""  # id of the first page, for later ones
    next_offset: int | None = None  # where the next page begins in the rest of the ranking; None: this is the last


def installed_vertical(storefront: Storefront) -> Vertical:
    """Raises ServiceError where the storefront's plugin has gone missing."""
    try:
        return registry.vertical(storefront.vertical)
    except LookupError as error:
        raise ServiceError(str(error)) from None


def checked_count(count: int) -> int:
    if not 1 <= count <= MOST:
        raise ServiceError(f"count must be between 1 and {MOST}, got {count}.")
    return count


def serve(
    *,
    storefront: Storefront,
    vertical: Vertical,
    ranked: Ranked,
    pks: np.ndarray,
    query: Query,
    count: int,
    placement: str,
    person: Person | None,
    fallback: str = "",
    deployment_id: int | None = None,
    algorithm: str = "",
    artifact_id: int | None = None,
    context: dict | None = None,
    record: bool = True,
    degraded: Sequence[str] = (),
    served_id: str = "",
    at: datetime | None = None,
    arm_id: int | None = None,
    exploration: dict[str, Any] | None = None,
    rest: list[list] | None = None,
    page: Page | None = None,
    hidden: frozenset[int] = frozenset(),
    asked: float | None = None,
    together: Together | None = None,
) -> Served:
    """Check the ranked items against the database once more, cut to `count`, and write the list down.

    `pks`: primary keys of `ranked.ranking.items`, in the same order. `rest`: what the ranking goes on with, for
    pages to come; see `pages.after`. `page`: which page of a list this is, where it is not the first.
    `hidden`: primary keys that are not shown whatever was ranked. `asked`: `time.perf_counter()` when the question
    came, so that it is known how long the answer took. `served_id` where something
    was drawn by it; `at`: when it is served, now unless a past is played again; `arm_id` and `exploration` are kept
    with the list. `together`: the batch that the list is one of, which writes it down with the others.
    """
    alone = together is None
    together = Together() if alone else together
    # A first page keeps what it has to spare; a later one has all that is left of a ranking, and needs the next few.
    enough = len(pks) if page is None else count + 1
    rows: list[int] = []
    items: list[Item] = []
    for start in range(0, len(pks), enough + SPARE):
        some = _standing(storefront, vertical, pks[start : start + enough + SPARE], query, hidden, together)
        rows += [start + row for row in some]
        items += some.values()
        if len(rows) >= enough:
            break
    chosen = [
        ServedItem(item, float(ranked.ranking.scores[row]), ranked.sources[row], position)
        for position, (row, item) in enumerate(zip(rows[:count], items[:count], strict=True), page.start if page else 0)
    ]
    context = dict(context or {})
    next_offset, packed = None, None
    if page is not None:
        context |= {CONTINUES: str(page.first.pk), START: page.start}
        next_offset = page.offset + rows[count] if len(rows) > count else None
    elif rest is not None:
        spare = [[int(pks[row]), float(ranked.ranking.scores[row]), ranked.sources[row]] for row in rows[count:]]
        if entries := spare + rest:
            packed = rest_packed(entries)
            next_offset = 0
    served = Served(
        id=(served_id or str(uuid.uuid4())) if record else "",
        placement=placement,
        items=chosen,
        fallback=fallback,
        algorithm=algorithm,
        artifact_id=artifact_id,
        degraded=tuple(dict.fromkeys(degraded)),
        **({"created_at": at} if at is not None else {}),
        start=page.start if page else 0,
        continues=str(page.first.pk) if page else "",
        next_offset=next_offset,
    )
    if record:
        row = Recommendation(
            id=served.id,
            storefront=storefront,
            person=person,
            placement=placement,
            deployment_id=deployment_id,
            fallback=fallback,
            items=[[entry.item.pk, round(entry.score, 5), entry.source] for entry in chosen],
            context={**context, **({"degraded": list(served.degraded)} if served.degraded else {})},
            rest=packed,
            arm_id=arm_id,
            exploration=_as_shown(exploration, chosen),
            milliseconds=None if asked is None else round((time.perf_counter() - asked) * 1000, 2),
            created_at=served.created_at,
        )
        if alone:
            row.save(force_insert=True)
        else:
            together.rows.append(row)
    return served


def _standing(
    storefront: Storefront,
    vertical: Vertical,
    pks: np.ndarray,
    query: Query,
    hidden: frozenset[int],
    together: Together,
) -> dict[int, Item]:
    """Place among `pks` → the item, of those that may be shown now."""
    found = together.available(storefront, [pk for pk in pks.tolist() if pk not in hidden])
    places = {place: found[pk] for place, pk in enumerate(pks.tolist()) if pk in found}
    for item in places.values():
        item.storefront = storefront  # every reader of a list wants it; a query each would be twenty
    if not vertical.rules or not places:
        return places
    columns = selectors.items_as_columns(storefront, places.values(), texts=False)
    kept = pipeline.allow(vertical.rules, columns, without_rows(query))
    return {place: item for (place, item), keep in zip(places.items(), kept, strict=True) if keep}


def _as_shown(exploration: dict[str, Any] | None, chosen: Sequence[ServedItem]) -> dict[str, Any] | None:
    """With the position where the drawn item ended up; None where the last check took it out."""
    if exploration is None:
        return None
    places = {entry.item.pk: entry.position for entry in chosen}
    item = exploration["item"]
    return {**exploration, "position": places[item]} if item in places else None


def without_rows(query: Query) -> Query:
    """Rules of the last check read the person and the context; row numbers of the catalogue mean nothing there."""
    nothing = np.zeros(0, dtype=np.int32)
    return replace(query, items=nothing, values=query.values[:0], times=query.times[:0], exclude=nothing)
