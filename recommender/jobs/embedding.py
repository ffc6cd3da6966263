"""Give every item's text a vector, and the web processes an encoder for what people type."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.models import Item, Storefront

from .. import registry, selectors
from ..artifacts import publish
from ..language.cache import VectorCache, encode_cached, text_hash
from ..models import Artifact, EmbeddingFailure, ItemVector, LiveEncoder
from ..serving.labels import labels_embed
from .quoting import quotes_refresh

if TYPE_CHECKING:
    from ..language.encoder import Encoder

#: Called with how many items are done and how many there are.
Progress = Callable[[int, int], None]

logger = logging.getLogger(__name__)

BATCH = 256
FIRST_WAIT = timedelta(minutes=1)  # before an item that failed is tried again; twice as long each further time


def no_progress(done: int, total: int) -> None:
    pass


def model_name(artifact: Artifact | None) -> str:
    """What `load_encoder` is to load: the artifact's folder, else the model that the settings name."""
    return str(artifact.path) if artifact is not None else settings.ENCODER_MODEL


def encoder_prepare(name: str = "") -> Encoder:
    """The encoder of that name, by default the configured one: loaded, and exported for the web side if it is not yet.

    A process keeps the last two, for a change needs both. Raises EncoderError that says what was tried.
    """
    return _prepared(name or settings.ENCODER_MODEL, settings.DEVICE, settings.ENCODER_DTYPE)


@lru_cache(maxsize=2)
def _prepared(name: str, device: str, dtype: str) -> Encoder:
    from ..language.encoder import load_encoder
    from ..language.onnx_export import export, written_whole

    encoder = load_encoder(name, device=device or None, dtype=dtype)
    folder = settings.VAR_DIR / "encoders" / encoder.fingerprint
    written_whole(folder, lambda aside: export(encoder, aside))
    return encoder


def encoder_adopt(storefront: Storefront, name: str, source: str = "adopted") -> Artifact:
    """An encoder that was made elsewhere, as an artifact of the storefront: whatever `load_encoder` finds by that name.

    The weights are copied, so that nothing changes when the folder or the package does. Raises EncoderError.
    """
    from ..language.encoder import load_encoder

    encoder = load_encoder(name, device="cpu", dtype=settings.ENCODER_DTYPE)
    manifest = {
        "task": source,
        "product": Artifact.Product.ENCODER,
        "base": {"name": name, "sha256": encoder.weights_hash},
        "figures": {"dimensions": encoder.dimensions, "max_tokens": encoder.max_length},
    }
    folder = f"{storefront.slug}/{source}-{encoder.fingerprint}"
    if (kept := Artifact.objects.filter(storefront=storefront, folder=folder).first()) is not None:
        return kept
    whole = publish(settings.VAR_DIR / "artifacts" / folder, encoder.save, manifest)
    return Artifact.objects.create(
        storefront=storefront, product=Artifact.Product.ENCODER, algorithm=source, folder=folder, manifest=whole
    )


def items_embed(storefront_id: int, progress: Progress = no_progress) -> int:
    """Embed the items whose words have no vector yet, or have changed. Returns how many there were.

    Vectors are kept batch by batch, so an interrupted job goes on where it stopped. A text that any
    storefront's encoder has read before costs nothing. An item that cannot be read is listed and tried again later.
    """
    storefront = Storefront.objects.get(pk=storefront_id)
    if not Item.objects.filter(storefront=storefront).exists():
        return 0
    quotes_refresh(storefront_id)
    live = LiveEncoder.objects.select_related("artifact").filter(storefront=storefront).first()
    artifact = live.artifact if live else None
    encoder = encoder_prepare(model_name(artifact))
    waiting = selectors.items_without_vector(storefront, encoder.fingerprint)
    total = waiting.count()
    done = 0
    for batch in batches_of(waiting):
        batch_embed(storefront, encoder, batch)
        done += len(batch)
        progress(done, max(done, total))
    if done:
        labels_read(storefront, encoder)
    if artifact is None:  # else an operator chose it, and it stays until they choose another
        _follow_settings(storefront, encoder)
    return done


def labels_read(storefront: Storefront, encoder: Encoder) -> None:
    """Vectors for the catalogue's labels, so that a wish in other words finds them."""
    cache = VectorCache(settings.VAR_DIR / "cache" / "vectors")
    labels_embed(storefront, encoder.fingerprint, lambda texts: encode_cached(encoder, texts, cache))


def _follow_settings(storefront: Storefront, encoder: Encoder) -> None:
    """The encoder that the settings name is live, now that its vectors are there."""
    values = {
        "fingerprint": encoder.fingerprint,
        "model": settings.ENCODER_MODEL,
        "dimensions": encoder.dimensions,
    }
    LiveEncoder.objects.get_or_create(storefront=storefront, defaults=values)
    LiveEncoder.objects.filter(storefront=storefront, artifact=None).exclude(fingerprint=encoder.fingerprint).update(
        **values, switched_at=timezone.now()
    )


def batch_embed(storefront: Storefront, encoder: Encoder, batch: list[Item]) -> int:
    """Vectors for a batch of items. Where it fails, each item is tried alone, so that one keeps no other waiting.

    Returns how many got theirs; the others are listed as EmbeddingFailure and tried again, later each time.
    """
    try:
        _embed(storefront, encoder, batch)
    except Exception as error:  # whatever a model does with a text
        if len(batch) > 1:
            return sum(batch_embed(storefront, encoder, [item]) for item in batch)
        item = batch[0]
        logger.warning("Item %s of storefront %s cannot be embedded.", item.pk, storefront.pk, exc_info=error)
        failure_note(storefront, encoder.fingerprint, item, f"{type(error).__name__}: {error}")
        return 0
    EmbeddingFailure.objects.filter(item__in=batch, encoder=encoder.fingerprint).delete()
    return len(batch)


def failure_note(storefront: Storefront, fingerprint: str, item: Item, why: str) -> None:
    """List an item that an encoder could not read, and try it again later."""
    failure, _ = EmbeddingFailure.objects.get_or_create(
        item=item, encoder=fingerprint, defaults={"storefront": storefront, "error": ""}
    )
    failure.attempts += 1
    failure.error = why
    wait = FIRST_WAIT * 2 ** (failure.attempts - 1)
    failure.next_try_at = timezone.now() + wait
    failure.save()
    if failure.attempts < selectors.MOST_ATTEMPTS:
        task = current_app.signature("recommender.tasks.embed", args=[storefront.pk])
        transaction.on_commit(lambda: task.apply_async(countdown=wait.total_seconds()))


def batches_of(waiting, size: int = BATCH) -> Iterator[list[Item]]:
    """By primary key, so that an item that cannot be embedded is met once and not for ever."""
    last = 0
    while batch := list(waiting.filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1].pk


def _embed(storefront: Storefront, encoder: Encoder, batch: list[Item]) -> None:
    vertical = registry.vertical(storefront.vertical)
    # Before the words are: what changes while they are read or encoded is newer than the vector, and comes again.
    read_at = selectors.items_as_of(batch)
    texts = selectors.item_texts(vertical, batch)
    vectors = encode_cached(encoder, texts, VectorCache(settings.VAR_DIR / "cache" / "vectors"))
    ItemVector.objects.bulk_create(
        [
            ItemVector(
                storefront=storefront,
                item=item,
                encoder=encoder.fingerprint,
                text_hash=text_hash(text),
                vector=vector.astype("<f4").tobytes(),
                read_at=read_at[item.pk],
            )
            for item, text, vector in zip(batch, texts, vectors, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["item", "encoder"],
        update_fields=["text_hash", "vector", "updated_at", "read_at"],
    )
