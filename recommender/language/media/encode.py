"""What a job calls: media from anywhere → vectors, and a sentence for each that could not be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from .audio import DEFAULT as DEFAULT_AUDIO
from .audio import load_audio_encoder
from .decoding import decode_audio, decode_image
from .images import DEFAULT as DEFAULT_IMAGES
from .images import load_image_encoder
from .limits import MediaError, MediaLimits
from .models import MediaEncoder

Kind = Literal["image", "audio"]
# Decoded media in memory at once.
_CHUNK = 32


@dataclass(frozen=True)
class MediaSettings:
    """Which models look and listen: a folder, package or hub id each, or the defaults, which need no download."""

    image_encoder: str = DEFAULT_IMAGES
    audio_encoder: str = DEFAULT_AUDIO
    device: str = "cpu"
    limits: MediaLimits = field(default_factory=MediaLimits)


@dataclass(frozen=True)
class Problem:
    """Why the medium in that place has no vector."""

    place: int
    sentence: str


def media_encoder(kind: Kind, settings: MediaSettings | None = None) -> MediaEncoder:
    """The encoder of a kind, loaded once a process. Raises EncoderError."""
    settings = settings or MediaSettings()
    if kind not in ("image", "audio"):
        raise ValueError(f"There are encoders for image and audio, not for {kind!r}.")
    return _loaded(kind, settings.image_encoder if kind == "image" else settings.audio_encoder, settings.device)


def encode_media(
    media: Sequence[bytes | Path | str | None],
    kind: Kind,
    settings: MediaSettings | None = None,
    names: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, list[Problem]]:
    """(n, dimensions) float32 vectors of files or their bytes, L2-normalised, and what was wrong with which.

    A medium that is None, or has a problem, has a row of zeros; so has silence. `names` are file names or addresses of
    those that come as bytes, to see whether they say what they are. Raises EncoderError when the model cannot be had.
    """
    settings = settings or MediaSettings()
    encoder = media_encoder(kind, settings)
    vectors = np.zeros((len(media), encoder.dimensions), dtype=np.float32)
    problems: list[Problem] = []
    for start in range(0, len(media), _CHUNK):
        places, decoded = [], []
        for place in range(start, min(start + _CHUNK, len(media))):
            if media[place] is None:
                continue
            try:
                data, name = _content(media[place], names[place] if names else "", kind, settings.limits)
                decoded.append(_decoded(data, name, kind, settings.limits, encoder))
                places.append(place)
            except MediaError as error:
                problems.append(Problem(place, str(error)))
        if places:
            vectors[places] = encoder.encode(decoded)
        if progress:
            progress(min(start + _CHUNK, len(media)), len(media))
    return vectors, problems


def item_vectors(vectors: np.ndarray, owners: np.ndarray, n_items: int) -> np.ndarray:
    """(n_items, d): the mean of each item's media at unit length; zeros for an item without any.

    `owners` (n,) is the item row of each medium; media whose own row is zeros do not count.
    """
    sums = np.zeros((n_items, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owners, vectors)
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)


def _content(medium: bytes | Path | str, name: str, kind: Kind, limits: MediaLimits) -> tuple[bytes, str]:
    if isinstance(medium, bytes):
        return medium, name
    path = Path(medium)
    most = limits.image_bytes if kind == "image" else limits.audio_bytes
    try:
        with path.open("rb") as file:
            return file.read(most + 1), name or path.name
    except OSError as error:
        raise MediaError(f"The file {path.name} cannot be read: {error.strerror}.") from error


def _decoded(data: bytes, name: str, kind: Kind, limits: MediaLimits, encoder: MediaEncoder) -> np.ndarray:
    if kind == "image":
        return decode_image(data, name, limits)
    return decode_audio(data, name, limits, rate=encoder.rate)  # type: ignore[attr-defined]


@lru_cache(maxsize=4)
def _loaded(kind: Kind, name: str, device: str) -> MediaEncoder:
    return load_image_encoder(name, device) if kind == "image" else load_audio_encoder(name, device)
