"""Files from anywhere → pixels and samples, or a sentence that says why not (worker side).

What comes out is an array: nothing of the file's metadata (place, camera, comments) is kept, and nothing in it is ever
run. Formats are told by content, from a short list; sizes are checked before anything is unpacked.
"""

from __future__ import annotations

import io
import math
import warnings

import numpy as np

from .limits import MediaError, MediaLimits
from .signatures import AUDIO, IMAGES, accept

LIMITS = MediaLimits()
RATE = 16_000


def decode_image(data: bytes, name: str = "", limits: MediaLimits = LIMITS) -> np.ndarray:
    """(h, w, 3) uint8: JPEG, PNG, WebP or the first frame of a GIF, upright, at most `limits.side` at its longer side.

    What is transparent becomes white. `name`: a file name or address, to see whether its extension lies.
    Raises MediaError.
    """
    from PIL import Image, ImageOps

    kind = accept(data, name, IMAGES, limits.image_bytes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
            image = Image.open(io.BytesIO(data), formats=[kind])
        width, height = image.size
        if width * height > limits.pixels or max(width, height) > limits.longest_side:
            raise MediaError(
                f"The image has {width:,} × {height:,} pixels; at most {limits.pixels:,}, and {limits.longest_side:,} "
                "a side, are unpacked."
            )
        if kind == "JPEG":
            image.draft("RGB", (limits.side, limits.side))  # unpacked at a fraction of its size where that is enough
        image.load()
        image.thumbnail((limits.side, limits.side))
        upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            upright = upright.convert("RGBA")
            white = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(white, upright)
        return np.array(upright.convert("RGB"), dtype=np.uint8)
    except MediaError:
        raise
    except Image.DecompressionBombError:
        raise MediaError(f"The image has far more pixels than the {limits.pixels:,} that are unpacked.") from None
    except Exception as error:  # Pillow raises whatever its readers stumble over
        raise MediaError(f"The {kind} is damaged or ends too early and cannot be unpacked: {error}") from error


def decode_audio(data: bytes, name: str = "", limits: MediaLimits = LIMITS, rate: int = RATE) -> np.ndarray:
    """(n,) float32 in −1…1, mono at `rate` samples a second: the first seconds of a WAV, FLAC, OGG or MP3.

    Raises MediaError.
    """
    import soundfile

    kind = accept(data, name, AUDIO, limits.audio_bytes)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _check_sound(file, kind, limits)
            wanted = min(file.frames, math.ceil(limits.listened * file.samplerate))
            samples, found = file.read(wanted, dtype="float32", always_2d=True), file.samplerate
    except MediaError:
        raise
    except Exception as error:  # soundfile raises its own, and what the C library says
        raise MediaError(f"The {kind} is damaged and cannot be played: {error}") from error
    stated = _wav_bytes(data) if kind == "WAV" else None
    if len(samples) < wanted or (stated is not None and stated > len(data)):
        raise MediaError(f"The {kind} ends too early: it says that there is more of it.")
    if len(samples) == 0:
        raise MediaError(f"The {kind} holds no sound.")
    if not np.isfinite(samples).all():
        raise MediaError(f"The {kind} holds samples that are no numbers.")
    return _resampled(np.clip(samples.mean(axis=1), -1, 1), found, rate)


def _check_sound(file, kind: str, limits: MediaLimits) -> None:
    if file.channels > limits.channels:
        raise MediaError(f"The {kind} has {file.channels} channels; at most {limits.channels} are mixed.")
    if not 4_000 <= file.samplerate <= 384_000:
        raise MediaError(f"The {kind} has {file.samplerate:,} samples a second; 4,000 to 384,000 are understood.")
    if file.frames / file.samplerate > limits.seconds:
        raise MediaError(
            f"The {kind} says that it lasts {file.frames / file.samplerate:,.0f} seconds; "
            f"at most {limits.seconds:,.0f} are accepted."
        )


def _wav_bytes(data: bytes) -> int | None:
    """How long a WAV says that it is, header included; None where its writer did not know."""
    length = int.from_bytes(data[4:8], "little")
    return None if length in (0, 0xFFFFFFFF) else 8 + length


def _resampled(samples: np.ndarray, found: int, wanted: int) -> np.ndarray:
    from scipy.signal import resample_poly

    if found == wanted:
        return samples.astype(np.float32)
    common = math.gcd(found, wanted)
    return resample_poly(samples, wanted // common, found // common).astype(np.float32)
