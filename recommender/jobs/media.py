"""Look at every item's images and listen to its recordings: vectors, and words where a model for them is set."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog import changes
from catalog.models import Item, Medium, Storefront

from ..language.media.fetching import Fetched, FetchLimits, fetch
from ..language.media.limits import MediaError
from ..models import EmbeddingFailure, ItemVector, LiveMediaEncoder
from ..selectors.media import addresses_of, items_with_media, media_waiting, vectors_orphaned
from .embedding import Progress, batches_of, failure_note, no_progress

logger = logging.getLogger(__name__)

OFF = "off"
BATCH = 32
FETCHERS = 8

#: Address → the medium; MediaError where it cannot be had.
Fetch = Callable[[str], Fetched]


@dataclass
class MediaEmbedded:
    """What became of one modality."""

    modality: str
    items: int = 0  # that got a vector
    failed: int = 0
    captions: int = 0
    problems: list[str] = field(default_factory=list)


def media_embed(storefront_id: int, progress: Progress = no_progress, fetched: Fetch | None = None) -> list:
    """Vectors for the items whose media are new or changed, by each encoder that the settings name.

    Kept batch by batch, so that an interrupted job goes on where it stopped. The encoder of a modality goes live once
    every item that can has its vector. Media that cannot be had or read are listed as EmbeddingFailure and tried again
    later; an item of which one medium works has a vector. Raises EncoderError when a model cannot be had.
    """
    storefront = Storefront.objects.get(pk=storefront_id)
    names = {"image": settings.IMAGE_ENCODER, "audio": settings.AUDIO_ENCODER}
    return [
        _embed(storefront, modality, name, progress, fetched or _fetch)
        for modality, name in names.items()
        if name != OFF and items_with_media(storefront, modality).exists()
    ]


def _fetch(address: str) -> Fetched:
    return fetch(address, limits=FetchLimits(networks=tuple(settings.MEDIA_NETWORKS)))


def _embed(storefront: Storefront, modality: str, name: str, progress: Progress, fetched: Fetch) -> MediaEmbedded:
    from ..language.media.encode import MediaSettings, media_encoder
    from ..language.media.text_side import export_text_side

    chosen = MediaSettings(**{f"{modality}_encoder": name}, device=settings.DEVICE or "cpu")
    encoder = media_encoder(modality, chosen)
    waiting = media_waiting(storefront, modality, encoder.fingerprint)
    done, total, result = 0, waiting.count(), MediaEmbedded(modality)
    for batch in batches_of(waiting, BATCH):
        _batch(storefront, modality, chosen, encoder, batch, fetched, result)
        done += len(batch)
        progress(done, max(done, total))
    vectors_orphaned(storefront, modality, encoder.fingerprint).delete()
    export_text_side(encoder, settings.VAR_DIR / "encoders" / encoder.fingerprint)
    LiveMediaEncoder.objects.update_or_create(
        storefront=storefront,
        modality=modality,
        defaults={"fingerprint": encoder.fingerprint, "model": name, "dimensions": encoder.dimensions},
    )
    return result


def _batch(
    storefront: Storefront,
    modality: str,
    chosen: Any,
    encoder: Any,
    batch: Sequence[Item],
    fetched: Fetch,
    result: MediaEmbedded,
) -> None:
    from ..language.media.encode import encode_media, item_vectors

    read_at = {item.pk: item.updated_at for item in batch}
    places = [(row, url) for row, urls in enumerate(addresses_of(batch, modality).values()) for url in urls]
    owners = np.array([row for row, _ in places], dtype=np.int64)
    with ThreadPoolExecutor(FETCHERS) as pool:
        got = list(pool.map(lambda place: _tried(fetched, place[1]), places))
    media = [one.data if isinstance(one, Fetched) else None for one in got]
    names = [_name(url) for _, url in places]
    vectors, problems = encode_media(media, modality, chosen, names)
    wrong = {place: str(one) for place, one in enumerate(got) if isinstance(one, MediaError)}
    wrong |= {problem.place: problem.sentence for problem in problems}
    whole = item_vectors(vectors, owners, len(batch))
    captions = _captions(modality, [url for _, url in places], media, names)
    failed = {row for row in range(len(batch)) if not whole[row].any() and any(owners[place] == row for place in wrong)}
    seen = [row for row in range(len(batch)) if row not in failed]
    with transaction.atomic():
        result.captions += _captions_keep(storefront, read_at, modality, captions)
        _vectors_keep(storefront, encoder.fingerprint, [batch[row] for row in seen], whole[seen], read_at)
        EmbeddingFailure.objects.filter(item__in=[batch[row] for row in seen], encoder=encoder.fingerprint).delete()
    result.problems += [f"{places[place][1]}: {wrong[place]}" for place in sorted(wrong)]
    result.items += sum(bool(whole[row].any()) for row in seen)
    result.failed += len(failed)
    for row in sorted(failed):
        first = min(place for place in wrong if owners[place] == row)
        failure_note(storefront, encoder.fingerprint, batch[row], f"{places[first][1]}: {wrong[first]}")


def _tried(fetched: Fetch, address: str) -> Fetched | MediaError:
    try:
        return fetched(address)
    except MediaError as error:
        return error


def _name(url: str) -> str:
    """The file name at the end of an address, to see whether the file is what it says."""
    return PurePosixPath(urlsplit(url).path).name


def _vectors_keep(
    storefront: Storefront,
    fingerprint: str,
    batch: Sequence[Item],
    vectors: np.ndarray,
    read_at: Mapping[int, datetime],
) -> None:
    """Silence and blanks have no vector, and need not be met again: their row of zeros says so."""
    ItemVector.objects.bulk_create(
        [
            ItemVector(
                storefront=storefront,
                item=item,
                encoder=fingerprint,
                text_hash="",
                vector=vector.astype("<f4").tobytes(),
                read_at=read_at[item.pk],
            )
            for item, vector in zip(batch, vectors, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["item", "encoder"],
        update_fields=["vector", "updated_at", "read_at"],
    )


def _captions(
    modality: str, addresses: Sequence[str], media: Sequence[bytes | None], names: Sequence[str]
) -> dict[str, str]:
    """Address → what a model says of it, where the settings name one; media that it cannot read are left out."""
    from ..language.media.decoding import decode_audio, decode_image

    name = settings.CAPTION_MODEL if modality == "image" else settings.SPEECH_MODEL
    if not name:
        return {}
    writer = _writer(modality, name, settings.DEVICE or "cpu")
    said = {}
    for address, data, file in zip(addresses, media, names, strict=True):
        if data is None:
            continue
        try:
            if modality == "image":
                [said[address]] = writer.describe([decode_image(data, file)])
            else:
                [said[address]] = writer.transcribe([decode_audio(data, file, rate=writer.rate)])
        except MediaError:
            continue  # the encoder could not read it either, and said so
    return said


@lru_cache(maxsize=2)
def _writer(modality: str, name: str, device: str) -> Any:
    from ..language.media.captions import Captioner, Transcriber

    return Captioner(name, device) if modality == "image" else Transcriber(name, device)


def _captions_keep(storefront: Storefront, read_at: dict[int, datetime], modality: str, said: dict[str, str]) -> int:
    """Captions for media that have none; what people wrote stands. The items' text changes with them.

    `read_at`: item → the change that was read; brought up to this one, which says nothing new about the media.
    """
    rows = [row for row in Medium.objects.filter(item__in=read_at, kind=modality, caption="") if said.get(row.url)]
    for row in rows:
        row.caption = said[row.url]
    Medium.objects.bulk_update(rows, ["caption"])
    if rows:
        told, now = sorted({row.item_id for row in rows}), timezone.now()
        before = Item.objects.filter(pk__in=told).select_for_update().values_list("pk", "updated_at")
        same = [pk for pk, updated_at in before if updated_at == read_at[pk]]
        Item.objects.filter(pk__in=told).update(updated_at=now)
        read_at.update(dict.fromkeys(same, now))
        changes.items_changed(storefront.pk, told)
    return len(rows)
