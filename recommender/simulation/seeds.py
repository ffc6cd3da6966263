"""Randomness by what it is for: the same seed and purpose give the same draws, whatever else was drawn before."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def rng_of(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(purpose.encode()), *numbers])
