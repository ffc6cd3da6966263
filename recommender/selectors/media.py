"""Where an item's images and recordings are, what was said of them, and the vectors that they gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Item, Medium, Storefront

from ..data import Items
from ..language.media.fusion import concatenated
from ..models import ItemVector, LiveMediaEncoder
from .items import items_unmet, vectors_of, with_vectors

#: What each modality counts beside the others, where the storefront's `media_weights` say nothing else.
WEIGHTS = {"text": 1.0, "image": 0.5, "audio": 0.5}


def items_with_media(storefront: Storefront, modality: str) -> QuerySet[Item]:
    """Items that have something to look at, or to listen to."""
    return Item.objects.filter(_has_media(modality), storefront=storefront)


def media_waiting(storefront: Storefront, modality: str, encoder: str) -> QuerySet[Item]:
    """Those whose media the encoder has not met, or not since the item changed."""
    return items_unmet(storefront, encoder).filter(_has_media(modality))


def vectors_orphaned(storefront: Storefront, modality: str, encoder: str) -> QuerySet[ItemVector]:
    """Vectors of items whose media are gone."""
    return ItemVector.objects.filter(storefront=storefront, encoder=encoder).exclude(
        item__in=items_with_media(storefront, modality)
    )


def addresses_of(items: Iterable[Item], modality: str) -> dict[int, list[str]]:
    """Primary key → addresses of an item's media, its own image first."""
    items = list(items)
    found: dict[int, list[str]] = {
        item.pk: [item.image] if modality == Medium.Kind.IMAGE and item.image else [] for item in items
    }
    rows = Medium.objects.filter(item__in=[item.pk for item in items], kind=modality).order_by("item", "position", "id")
    for pk, address in rows.values_list("item_id", "url"):
        if address not in found[pk]:
            found[pk].append(address)
    return found


def media_encoders(storefront: Storefront) -> list[LiveMediaEncoder]:
    """Who looks and listens, if anybody."""
    return list(LiveMediaEncoder.objects.filter(storefront=storefront).order_by("modality"))


def media_weights(storefront: Storefront) -> Mapping[str, float]:
    """What each modality counts; what the storefront's settings say of it, as far as it can be."""
    own = storefront.settings.get("media_weights")
    own = own if isinstance(own, dict) else {}

    def usable(value) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 10

    return {name: own[name] if usable(own.get(name)) else weight for name, weight in WEIGHTS.items()}


def with_fused_vectors(storefront: Storefront, items: Items, encoder: str | None) -> Items:
    """`items` with one vector each, of text, images and sound side by side; of text alone where there are no media."""
    blocks = {}
    if encoder:
        blocks["text"] = with_vectors(items, vectors_of(storefront, encoder)).vectors
    for live in media_encoders(storefront):
        blocks[live.modality] = with_vectors(items, vectors_of(storefront, live.fingerprint)).vectors
    blocks = {name: block for name, block in blocks.items() if block is not None}
    if set(blocks) <= {"text"}:
        return Items(**{**vars(items), "vectors": blocks.get("text")})
    return Items(**{**vars(items), "vectors": concatenated(blocks, media_weights(storefront))})


def media_vectors(storefront: Storefront, row_of: Mapping[int, int], live: LiveMediaEncoder) -> np.ndarray:
    """(n, d) float32 for the rows of a catalogue; zeros for items without such media."""
    matrix = np.zeros((len(row_of), live.dimensions), dtype=np.float32)
    for pk, vector in vectors_of(storefront, live.fingerprint):
        if pk in row_of:
            matrix[row_of[pk]] = vector
    return matrix


def _has_media(modality: str) -> Q:
    media = Q(Exists(Medium.objects.filter(item=OuterRef("pk"), kind=modality)))
    return media | ~Q(image="") if modality == Medium.Kind.IMAGE else media
