"""How often one item is shown, without reading every list that was served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from catalog.models import Item

from ..evaluation.item_sets import unpack
from ..models import Impression, ItemsShown
from .pages import START

LOOKED_AT = 1_000  # places that came into sight latest


@dataclass(frozen=True)
class SeenLately:
    """Of the places that came into sight latest on the storefront: how many there were, and how many were the item."""

    item: int
    looked_at: int


def days_shown(item: Item, until: date, days: int) -> int:
    """On how many of the `days` up to `until` the item came into sight. Exact: a set of items is kept a day."""
    rows = ItemsShown.objects.filter(
        storefront=item.storefront_id, day__gt=until - timedelta(days=days), day__lte=until
    )
    return sum(_holds(unpack(packed), item.pk) for packed in rows.values_list("items", flat=True))


def seen_lately(item: Item) -> SeenLately:
    latest = Impression.objects.filter(storefront=item.storefront_id).order_by("-seen_at")
    places = latest.values_list("position", "recommendation__items", f"recommendation__context__{START}")[:LOOKED_AT]
    items = [_item_at(position - (start or 0), listed) for position, listed, start in places]
    return SeenLately(items.count(item.pk), len(items))


def _holds(ids: np.ndarray, pk: int) -> bool:
    place = int(np.searchsorted(ids, pk))
    return place < len(ids) and int(ids[place]) == pk


def _item_at(place: int, listed: list) -> int | None:
    return listed[place][0] if 0 <= place < len(listed) else None
