"""What the catalogue's rows become: columns, texts and vectors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from django.db.models import F, FilteredRelation, Max, Q, QuerySet
from django.utils import timezone

from catalog.models import Item, Medium, Storefront
from catalog.schema import Schema, schema_for

from .. import registry
from ..contracts import ItemView, Vertical
from ..data import Items
from ..language.quoting import digest
from ..models import EmbeddingFailure, ItemVector, Quote, QuotedItem

_CHUNK = 5_000
MOST_ATTEMPTS = 5  # at a text that an encoder cannot read


def item_view(item: Item) -> ItemView:
    return ItemView(item.title, item.text, tuple(item.categories), tuple(item.tags), item.attributes)


def item_language(item: Item) -> str:
    """The text templates' language that fits an item best."""
    return "zh-hans" if item.language.lower().startswith("zh") else "en"


def item_texts(vertical: Vertical, items: Sequence[Item], language: str = "") -> list[str]:
    """What the language side reads of each, media included; without a language, in the item's own."""
    pks = [item.pk for item in items]
    captions = captions_of(item__in=pks)
    quotes = quotes_of(vertical, item__in=pks)
    return [_text(vertical, item, captions.get(item.pk, ()), quotes.get(item.pk, ()), language) for item in items]


def _text(vertical: Vertical, item: Item, captions: Iterable[str], quotes: Sequence[str], language: str = "") -> str:
    view = item_view(item)
    said = (
        digest(quotes, vertical.quotes.words) if vertical.quotes and not vertical.is_sensitive(view.categories) else ""
    )
    # Captions of images, transcripts of recordings and what people wrote go the way of the item's own text.
    view = replace(view, text=" ".join([view.text, *captions, said]).strip())
    return vertical.item_text(view, language or item_language(item))


def captions_of(**which) -> dict[int, list[str]]:
    """Primary key → what is said of an item's media, by people or by a model."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Medium.objects.filter(**which).exclude(caption="").order_by("item", "position", "id")
    for pk, caption in rows.values_list("item_id", "caption"):
        found[pk].append(caption)
    return found


def quotes_of(vertical: Vertical, **which) -> dict[int, list[str]]:
    """Primary key → what people wrote about an item, the most helpful first; see `jobs.quoting`."""
    found: dict[int, list[str]] = defaultdict(list)
    if vertical.quotes is None:
        return found
    for pk, text in Quote.objects.filter(**which).order_by("item", "place", "id").values_list("item_id", "text"):
        found[pk].append(text)
    return found


def item_facets(schema: Schema, categories, tags, attributes) -> list[str]:
    """Categories, tags and facet attributes as tokens "name:value"."""
    tokens = [f"category:{value}" for value in categories] + [f"tag:{value}" for value in tags]
    for field in schema:
        if field.facet and (value := attributes.get(field.name)) is not None:
            tokens += [f"{field.name}:{one}" for one in (value if isinstance(value, list) else [value])]
    return tokens


def items_as_columns(storefront: Storefront, rows: Iterable[Item], *, texts: bool = True) -> Items:
    """Columns of `rows`, in their order. Vectors are not among them: see `vectors_of`."""
    vertical = registry.vertical(storefront.vertical)
    schema = schema_for(storefront.vertical)
    columns: dict[str, list] = {
        name: [] for name in ("ids", "texts", "facets", "categories", "attributes", "published", "prices")
    }
    captions = captions_of(item__storefront=storefront) if texts else {}
    quotes = quotes_of(vertical, storefront=storefront) if texts else {}
    for item in rows:
        columns["ids"].append(item.pk)
        if texts:
            columns["texts"].append(_text(vertical, item, captions.get(item.pk, ()), quotes.get(item.pk, ())))
            columns["facets"].append(item_facets(schema, item.categories, item.tags, item.attributes))
        columns["categories"].append(tuple(item.categories))
        columns["attributes"].append(item.attributes)
        columns["published"].append((item.published_at or item.created_at).timestamp())
        columns["prices"].append(np.nan if item.price is None else float(item.price))
    return Items(
        ids=np.array(columns["ids"], dtype=np.int64),
        texts=columns["texts"],
        facets=columns["facets"],
        categories=columns["categories"],
        attributes=columns["attributes"],
        published=np.array(columns["published"], dtype=np.float64),
        prices=np.array(columns["prices"], dtype=np.float64),
    )


def vectors_of(storefront: Storefront, encoder: str, since: datetime | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """(item primary key, (d,) float32) of every item that the encoder has read (since then)."""
    rows = ItemVector.objects.filter(storefront=storefront, encoder=encoder)
    if since is not None:
        rows = rows.filter(updated_at__gt=since)
    for item, vector in rows.values_list("item_id", "vector").iterator(chunk_size=_CHUNK):
        yield item, np.frombuffer(vector, dtype="<f4")


def vectors_newest(storefront: Storefront, encoder: str) -> datetime | None:
    """When the last vector of the encoder was written."""
    rows = ItemVector.objects.filter(storefront=storefront, encoder=encoder)
    return rows.aggregate(at=Max("updated_at"))["at"]


def items_without_vector(storefront: Storefront, encoder: str) -> QuerySet[Item]:
    """Items whose words the encoder has not read, or not since they changed; none that just failed, or always does."""
    changed = Q(known__read_at__lt=F("updated_at")) | Q(known__read_at__lt=F("quoted__changed_at"))
    return _without_vector(storefront, encoder, changed)


def items_as_of(items: Sequence[Item]) -> dict[int, datetime]:
    """Primary key → the newest change of an item as it was read, or of what people wrote about it."""
    said = dict(QuotedItem.objects.filter(item__in=items).values_list("item_id", "changed_at"))
    return {item.pk: max(item.updated_at, said.get(item.pk) or item.updated_at) for item in items}


def items_unmet(storefront: Storefront, encoder: str) -> QuerySet[Item]:
    """The same for an encoder that reads no words: what people wrote about an item is nothing to it."""
    return _without_vector(storefront, encoder, Q(known__read_at__lt=F("updated_at")))


def _without_vector(storefront: Storefront, encoder: str, changed: Q) -> QuerySet[Item]:
    failing = EmbeddingFailure.objects.filter(storefront=storefront, encoder=encoder).filter(
        Q(next_try_at__gt=timezone.now()) | Q(attempts__gte=MOST_ATTEMPTS)
    )
    return (
        Item.objects.filter(storefront=storefront)
        .annotate(known=FilteredRelation("vectors", condition=Q(vectors__encoder=encoder)))
        .filter(Q(known__isnull=True) | changed)
        .exclude(pk__in=failing.values("item"))
        .order_by("pk")
    )


def with_vectors(items: Items, vectors: Iterable[tuple[int, np.ndarray]]) -> Items:
    """`items` with a vector column: a zero row where there is no vector, None where there is none at all."""
    row_of = {int(pk): row for row, pk in enumerate(items.ids)}
    matrix: np.ndarray | None = None
    for pk, vector in vectors:
        if matrix is None:
            matrix = np.zeros((len(items), len(vector)), dtype=np.float32)
        if (row := row_of.get(pk)) is not None:
            matrix[row] = vector
    return Items(**{**vars(items), "vectors": matrix})


def titles_of(storefront: Storefront, pks: Iterable[int]) -> dict[int, str]:
    return dict(Item.objects.filter(storefront=storefront, pk__in=list(pks)).values_list("pk", "title"))
