"""What is accepted of a medium, and what is said of one that is not."""

from __future__ import annotations

from dataclasses import dataclass


class MediaError(Exception):
    """A medium cannot be used; the message is a sentence that says why."""


@dataclass(frozen=True)
class MediaLimits:
    """Bytes of a file; pixels and longest side of an image; seconds and channels of a recording.

    An image is reduced to `side` pixels at its longer side, and of a recording the first `listened` seconds are
    read: models see less than that.
    """

    image_bytes: int = 20_000_000
    pixels: int = 40_000_000
    longest_side: int = 16_384
    side: int = 512
    audio_bytes: int = 50_000_000
    seconds: float = 3 * 3600.0
    listened: float = 30.0
    channels: int = 8
