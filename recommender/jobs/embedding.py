"""Give every item's text a vector, and the web processes an encoder for what people type."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from catalog.models import Item, Storefront

from .. import registry, selectors
from ..language.cache import VectorCache, encode_cached, text_hash
from ..models import ItemVector, LiveEncoder

if TYPE_CHECKING:
    from ..language.encoder import Encoder

#: Called with how many items are done and how many there are.
Progress = Callable[[int, int], None]

BATCH = 256


def no_progress(done: int, total: int) -> None:
    pass


@lru_cache(maxsize=1)
def encoder_prepare() -> Encoder:
    """The configured encoder, loaded once a process, and exported for the web side if it is not yet.

    Raises EncoderError that says what was tried.
    """
    from ..language.encoder import load_encoder
    from ..language.onnx_export import export

    encoder = load_encoder(settings.ENCODER_MODEL, device=settings.DEVICE or None, dtype=settings.ENCODER_DTYPE)
    folder = settings.VAR_DIR / "encoders" / encoder.fingerprint
    if not folder.exists():
        # Written aside and renamed: a web process must never load half an export.
        aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        try:
            export(encoder, aside)
            aside.rename(folder)
        except OSError:
            if not folder.exists():  # another worker was quicker otherwise, with the same files
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return encoder


def items_embed(storefront_id: int, progress: Progress = no_progress) -> int:
    """Embed the items whose words have no vector yet, or have changed. Returns how many there were.

    Vectors are kept batch by batch, so an interrupted job goes on where it stopped. A text that any
    storefront's encoder has read before costs nothing.
    """
    storefront = Storefront.objects.get(pk=storefront_id)
    if not Item.objects.filter(storefront=storefront).exists():
        return 0
    encoder = encoder_prepare()
    waiting = selectors.items_without_vector(storefront, encoder.fingerprint)
    total = waiting.count()
    done = 0
    for batch in _batches(waiting):
        _embed(storefront, encoder, batch)
        done += len(batch)
        progress(done, max(done, total))
    LiveEncoder.objects.get_or_create(
        storefront=storefront,
        defaults={
            "fingerprint": encoder.fingerprint,
            "model": settings.ENCODER_MODEL,
            "dimensions": encoder.dimensions,
        },
    )
    LiveEncoder.objects.filter(storefront=storefront).exclude(fingerprint=encoder.fingerprint).update(
        fingerprint=encoder.fingerprint,
        model=settings.ENCODER_MODEL,
        dimensions=encoder.dimensions,
        switched_at=timezone.now(),
    )
    return done


def _batches(waiting) -> Iterator[list[Item]]:
    """By primary key, so that an item that cannot be embedded is met once and not for ever."""
    last = 0
    while batch := list(waiting.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _embed(storefront: Storefront, encoder: Encoder, batch: list[Item]) -> None:
    vertical = registry.vertical(storefront.vertical)
    texts = [selectors.item_text(vertical, item) for item in batch]
    # The time before the words were read: an item that changes meanwhile is newer than its vector, and comes again.
    read_at = max(item.updated_at for item in batch)
    vectors = encode_cached(encoder, texts, VectorCache(settings.VAR_DIR / "cache" / "vectors"))
    ItemVector.objects.bulk_create(
        [
            ItemVector(
                storefront=storefront,
                item=item,
                encoder=encoder.fingerprint,
                text_hash=text_hash(text),
                vector=vector.astype("<f4").tobytes(),
                updated_at=max(read_at, timezone.now()),
            )
            for item, text, vector in zip(batch, texts, vectors, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["item", "encoder"],
        update_fields=["text_hash", "vector", "updated_at"],
    )
