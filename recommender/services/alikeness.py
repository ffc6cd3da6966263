"""An item's neighbours by each of the things that make up likeness, one beside the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from behaviour.models import Behaviour
from catalog.models import Item, Storefront

from .. import serving
from ..data import Query
from ..index.exact import top_k
from ..models import Artifact, LiveEncoder
from ..serving.catalogue import Catalogue
from .answers import ServiceError, checked_count, installed_vertical
from .questions import model_for

COUNTED = 100_000  # events of an item and its neighbours, beyond which nobody waits for the persons behind them
WIDER = 8  # words find also what may not be shown: so many a place are asked for

#: Live models that know no neighbours by what people do: all that they score is the same for every item.
_NOT_BY_ITEM = frozenset({"popularity"})


@dataclass(frozen=True)
class Alike:
    item: Item
    similarity: float


@dataclass(frozen=True)
class Column:
    """What one measure finds, best first; `missing` says why there is nothing, as a word for it.

    `content`: BM25 of the item's words and labels, as a share of what the item itself reaches, 0 to 1. `behaviour`:
    the score of the live model for somebody who did something with this item alone, of no fixed range. `meaning`:
    the cosine of the live text encoder's vectors, -1 to 1. `stood_in`: the model asks for a similar item in this
    one's place.
    """

    slug: str
    entries: Sequence[Alike] = ()
    missing: str = ""
    artifact: Artifact | None = None
    encoder: LiveEncoder | None = None
    stood_in: bool = False


@dataclass(frozen=True)
class _Found:
    """Rows of the catalogue with their similarity, best first."""

    rows: np.ndarray
    scores: np.ndarray


_NOTHING = _Found(np.zeros(0, np.int32), np.zeros(0, np.float32))


def alike(*, storefront: Storefront, item: Item, count: int = 12) -> list[Column]:
    """Three columns: by content, by what people do, by the language model. Of what may be shown now.

    What operators blocked is in them: this is what there would be without. Raises ServiceError for an item of another
    storefront.
    """
    installed_vertical(storefront)
    count = checked_count(count)
    if item.storefront_id != storefront.pk:
        raise ServiceError("The item must belong to the storefront.")
    live = serving.live(storefront)
    catalogue = live.catalogue
    encoder = LiveEncoder.objects.filter(storefront=storefront).first()
    row = catalogue.row_of.get(item.pk)
    if row is None:
        return [Column(slug, missing="unread") for slug in ("content", "behaviour", "meaning")]
    open_rows = catalogue.allowed(time.time())
    open_rows[row] = False
    found = [
        _by_content(live, storefront, item, row, open_rows, count),
        _by_behaviour(live, catalogue, row, open_rows, count),
        _by_meaning(catalogue, encoder, row, open_rows, count),
    ]
    pks = {int(pk) for _column, one in found for pk in catalogue.items.ids[one.rows]}
    items = Item.objects.filter(storefront=storefront).in_bulk(pks)
    for one in items.values():
        one.storefront = storefront
    return [_filled(column, one, catalogue, items) for column, one in found]


def persons_in_common(item: Item, others: Sequence[Item]) -> dict[int, int] | None:
    """Of each of `others`, by its id: how many persons did anything with it and with `item` too.

    None where more than COUNTED events would have to be read.
    """
    events = Behaviour.objects.filter(storefront=item.storefront_id).order_by()
    pks = [other.pk for other in others]
    if len(events.filter(item__in=[item.pk, *pks]).values_list("pk")[: COUNTED + 1]) > COUNTED:
        return None
    both = events.filter(item__in=pks, person__in=events.filter(item=item).values("person"))
    counted = dict(both.values_list("item").annotate(n=Count("person", distinct=True)))
    return {pk: counted.get(pk, 0) for pk in pks}


def _by_content(
    live: serving.LiveStorefront, storefront: Storefront, item: Item, row: int, open_rows: np.ndarray, count: int
) -> tuple[Column, _Found]:
    words = " ".join([item.title, *item.categories, *item.tags, item.text[:1000], ""])
    ranking = live.search_words(storefront, words, WIDER * count, any_word=True)
    own = ranking.scores[ranking.items == row]
    whole = float(own[0]) if len(own) else float(ranking.scores.max(initial=0.0))
    kept = open_rows[ranking.items]
    rows, scores = ranking.items[kept][:count], ranking.scores[kept][:count]
    if not len(rows) or whole <= 0:
        return Column("content", missing="alone"), _NOTHING
    return Column("content"), _Found(rows, np.minimum(scores / whole, 1.0))


def _by_behaviour(
    live: serving.LiveStorefront, catalogue: Catalogue, row: int, open_rows: np.ndarray, count: int
) -> tuple[Column, _Found]:
    model, fallback = model_for(live, "item")
    if model is None:
        return Column("behaviour", missing=fallback), _NOTHING
    if model.algorithm.slug in _NOT_BY_ITEM:
        return Column("behaviour", missing="same_for_all", artifact=model.artifact), _NOTHING
    alignment = model.aligned(catalogue)
    known, stood_in = alignment.model_rows(np.array([row]))
    if known[0] < 0:
        return Column("behaviour", missing="unknown", artifact=model.artifact), _NOTHING
    scores = alignment.scores(model.algorithm, Query.of([row], now=time.time()), catalogue)
    # What nobody met together with this item scores what most items score.
    open_rows = open_rows & np.isfinite(scores) & (scores > float(np.median(scores)))
    best = _best(np.flatnonzero(open_rows), scores, count)
    column = Column(
        "behaviour",
        missing="" if len(best) else "alone",
        artifact=model.artifact,
        stood_in=bool(stood_in[0]),
    )
    return column, _Found(best, scores[best])


def _best(rows: np.ndarray, scores: np.ndarray, count: int) -> np.ndarray:
    """The `count` rows with the highest scores, best first; sorts no more than these."""
    if len(rows) > count:
        rows = np.sort(rows[np.argpartition(-scores[rows], count - 1)[:count]])
    return rows[np.argsort(-scores[rows], kind="stable")]


def _by_meaning(
    catalogue: Catalogue, encoder: LiveEncoder | None, row: int, open_rows: np.ndarray, count: int
) -> tuple[Column, _Found]:
    vectors = catalogue.items.vectors
    if encoder is None or vectors is None:
        return Column("meaning", missing="no_encoder" if encoder is None else "no_vector", encoder=encoder), _NOTHING
    if not vectors[row].any():
        return Column("meaning", missing="no_vector", encoder=encoder), _NOTHING
    # Items that came after the vectors were read have a row in the catalogue alone.
    ranking = top_k(vectors, vectors[row], count, open_rows[: len(vectors)])
    missing = "" if len(ranking.items) else "alone"
    return Column("meaning", missing=missing, encoder=encoder), _Found(ranking.items, ranking.scores)


def _filled(column: Column, found: _Found, catalogue: Catalogue, items: dict[int, Item]) -> Column:
    pks = catalogue.items.ids[found.rows].tolist()
    entries = [
        Alike(items[pk], float(score)) for pk, score in zip(pks, found.scores.tolist(), strict=True) if pk in items
    ]
    return Column(column.slug, entries, column.missing, column.artifact, column.encoder, column.stood_in)
