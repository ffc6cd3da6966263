"""Sound → vectors: statistics of its spectrum without any model, or any audio encoder of transformers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..encoder import quiet
from ..model_folder import EncoderError
from .models import Loaded, MediaEncoder, load, tensor_of, unit

DEFAULT = "log-mel"

MELS = 64
_WINDOW, _STEP, _RATE = 400, 160, 16_000  # 25 ms every 10 ms
# Shorter sound is followed by silence: no model hears less.
_LEAST_SAMPLES = 400


def load_audio_encoder(name: str = DEFAULT, device: str = "cpu") -> MediaEncoder:
    """The encoder that `name` means: "log-mel", a folder, a package or a hub id. Raises EncoderError.

    `rate` of what is returned says how many samples a second it hears.
    """
    if name in ("", DEFAULT):
        return LogMelStatistics()
    return TransformersAudio(load(name, device, spare=("pooler.", "masked_spec_embed")))


class LogMelStatistics:
    """How a recording sounds on the whole: mean, spread and movement of each of 64 bands of its spectrum.

    Loudness is taken out, so that the same recording at another volume has the same vector. It tells a drum from a
    flute and speech from music, not one song from its cover.
    """

    dimensions = 3 * MELS
    fingerprint = "log-mel-1"
    rate = _RATE

    def encode(self, media: Sequence[np.ndarray]) -> np.ndarray:
        """(n, 192) float32, rows L2-normalised, of (samples,) float32 at 16,000 a second."""
        rows = [self._statistics(samples) for samples in media]
        return unit(np.stack(rows)) if rows else np.zeros((0, self.dimensions), dtype=np.float32)

    def _statistics(self, samples: np.ndarray) -> np.ndarray:
        bands = log_mel(samples)
        if np.ptp(bands) < 1e-6:
            return np.zeros(self.dimensions, dtype=np.float32)  # silence sounds like nothing
        shape = bands.mean(axis=0)
        moves = np.abs(np.diff(bands, axis=0)).mean(axis=0) if len(bands) > 1 else np.zeros(MELS)
        # Each third weighs the same. A band's mean says something beside the other bands only.
        return np.concatenate([unit(part[None])[0] for part in (shape - shape.mean(), bands.std(axis=0), moves)])


def log_mel(samples: np.ndarray) -> np.ndarray:
    """(frames, 64) natural logarithm of the energy in bands of the mel scale (Davis and Mermelstein 1980)."""
    padded = np.pad(samples, (0, max(0, _WINDOW - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_STEP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)) ** 2
    energy = spectrum @ _filters().T
    # Relative to the loudest: what lies 80 dB below it is not heard.
    floor = max(float(energy.max()) * 1e-8, 1e-20)
    return np.log(np.maximum(energy, floor))


@lru_cache(maxsize=1)
def _filters() -> np.ndarray:
    """(64, bins) triangles, evenly spaced in mel = 2595 log₁₀(1 + f / 700)."""
    top = 2595 * np.log10(1 + _RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, MELS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_WINDOW, 1 / _RATE)
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
    # The lowest triangles are narrower than a bin: each takes at least the bin nearest to its middle.
    nearest = np.eye(len(bins))[np.abs(bins - middle).argmin(axis=1)]
    return np.maximum(np.clip(np.minimum(rising, falling), 0, None), nearest * 1e-3)


class TransformersAudio:
    """Wav2Vec2, HuBERT, AST, Whisper's encoder, the audio half of CLAP, and their like."""

    def __init__(self, loaded: Loaded):
        from transformers import AutoFeatureExtractor

        try:
            with quiet("transformers"):
                self.listen = AutoFeatureExtractor.from_pretrained(
                    loaded.folder.path, trust_remote_code=False, local_files_only=True
                )
        except Exception as error:  # whatever is wrong with the file
            raise EncoderError(f"{loaded.folder.path} does not say how its model hears: {error}") from error
        self.with_texts = hasattr(loaded.model, "get_audio_features")
        self.model = loaded.model
        if not self.with_texts and getattr(loaded.model.config, "is_encoder_decoder", False):
            self.model = loaded.model.get_encoder()
        self.device = next(loaded.model.parameters()).device
        self.pooled = not any("pooler." in key for key in loaded.missing)
        self.rate = int(self.listen.sampling_rate)
        self.dimensions = int(self._forward(np.zeros(self.rate, dtype=np.float32)).shape[0])
        parts = [loaded.folder.weights_hash, json.dumps(loaded.settings, sort_keys=True), str(self.pooled)]
        self.fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def encode(self, media: Sequence[np.ndarray]) -> np.ndarray:
        """(n, dimensions) float32, rows L2-normalised, of (samples,) float32 at `rate` a second."""
        rows = [self._forward(samples) for samples in media]  # one by one: what fills up a batch would be heard
        return unit(np.stack(rows)) if rows else np.zeros((0, self.dimensions), dtype=np.float32)

    def _forward(self, samples: np.ndarray) -> np.ndarray:
        import torch

        # What is longer than a model hears would be cut by some extractors at a random place.
        samples = samples[: getattr(self.listen, "nb_max_samples", None)]
        samples = np.pad(samples, (0, max(0, _LEAST_SAMPLES - len(samples))))
        heard: dict[str, Any] = self.listen(samples, sampling_rate=self.rate, return_tensors="pt")
        inputs = {name: value.to(self.device) for name, value in heard.items() if name != "attention_mask"}
        with torch.inference_mode():
            if self.with_texts:
                return tensor_of(self.model.get_audio_features(**inputs))[0].float().cpu().numpy()
            output = self.model(**inputs)
            features = getattr(output, "pooler_output", None) if self.pooled else None
            if features is None:
                features = output.last_hidden_state.mean(dim=1)
            return features[0].float().cpu().numpy()
