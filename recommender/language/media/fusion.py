"""Vectors of text, images and sound → one vector or one score an item. Nothing here needs more than NumPy.

A modality is (n, d) with a row an item; a row of zeros means that the item has none, which is normal: it takes no
part, and what is there takes its share. Nothing is ever NaN.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

#: Vectors by the name of the modality, such as "text", "image" and "audio".
Blocks = Mapping[str, np.ndarray]

_FILE = "fusion.npz"


def present(block: np.ndarray) -> np.ndarray:
    """(n,) bool: which items have the modality."""
    return np.any(block != 0, axis=1)


def concatenated(blocks: Blocks, weights: Mapping[str, float] | None = None) -> np.ndarray:
    """(n, Σ d) float32, rows L2-normalised: each modality at unit length times the root of its share.

    The product of two items that have everything is Σ wₘ cosₘ / Σ wₘ. Of an item that lacks a modality the others
    share the weight.
    """
    _check(blocks)
    parts = []
    shares = _shares(blocks, weights)
    for name, block in blocks.items():
        length = np.linalg.norm(block, axis=1, keepdims=True)
        parts.append(block / np.maximum(length, 1e-12) * np.sqrt(shares[name])[:, None])
    return np.concatenate(parts, axis=1).astype(np.float32)


def late(scores: Mapping[str, np.ndarray], there: Blocks, weights: Mapping[str, float] | None = None) -> np.ndarray:
    """(n,) float32: the weighted mean of the scores that each modality gives, of those that the item has.

    `scores` (n,) of one query by modality; `there` (n,) bool by modality. Each is first brought to mean 0 and
    deviation 1 over the items that have it, for a cosine of images is not one of texts (Fox and Shaw 1994, with the
    mean in place of the sum). An item that has nothing gets the mean, 0.
    """
    masks = {name: np.asarray(there[name], dtype=bool) for name in scores}
    shares = _shares_of(masks, weights)
    total = np.zeros(len(next(iter(masks.values()))), dtype=np.float64)
    for name, values in scores.items():
        mask = masks[name]
        if not mask.any():
            continue
        spread = float(values[mask].std())
        standard = (values - values[mask].mean()) / (spread if spread > 1e-9 else 1.0)
        total += np.where(mask, shares[name] * standard, 0.0)
    return total.astype(np.float32)


@dataclass(frozen=True)
class Gate:
    """A learned fusion: each item says by its own vectors how much each modality counts for it.

    fused = normalise(Σₘ gₘ Pₘ xₘ) with g = softmax over what is there of aₘ · xₘ + bₘ, after Arevalo et al. 2017
    (gated multimodal units), with a softmax in place of their sigmoids so that it holds for any number. `projections`
    Pₘ (d, dₘ), `scorers` aₘ (dₘ,), `biases` bₘ () by modality. `fit_gate` in `gate_training` learns it.
    """

    projections: dict[str, np.ndarray]
    scorers: dict[str, np.ndarray]
    biases: dict[str, float]

    @property
    def dimensions(self) -> int:
        return next(iter(self.projections.values())).shape[0]

    def weights(self, blocks: Blocks) -> dict[str, np.ndarray]:
        """(n,) by modality: how much each counts, summing to one; zeros for an item that has nothing."""
        self._fits(blocks)
        masks = {name: present(blocks[name]) for name in blocks}
        logits = {name: blocks[name] @ self.scorers[name] + self.biases[name] for name in blocks}
        stacked = np.stack([np.where(masks[name], logits[name], -np.inf) for name in blocks])
        top = stacked.max(axis=0)
        raised = np.exp(stacked - np.where(np.isfinite(top), top, 0.0))
        shares = raised / np.maximum(raised.sum(axis=0), 1e-12)
        return dict(zip(blocks, shares.astype(np.float32), strict=True))

    def fuse(self, blocks: Blocks) -> np.ndarray:
        """(n, dimensions) float32, rows L2-normalised, zeros for an item that has nothing. Raises ValueError."""
        shares = self.weights(blocks)
        fused = sum(shares[name][:, None] * (blocks[name] @ self.projections[name].T) for name in blocks)
        return (fused / np.maximum(np.linalg.norm(fused, axis=1, keepdims=True), 1e-12)).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write fusion.npz into `folder`, which exists."""
        arrays = {f"projection:{name}": value for name, value in self.projections.items()}
        arrays |= {f"scorer:{name}": value for name, value in self.scorers.items()}
        arrays |= {f"bias:{name}": np.float32(value) for name, value in self.biases.items()}
        np.savez(folder / _FILE, names=np.array(json.dumps(list(self.projections))), **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote. Raises ValueError when it is something else."""
        try:
            with np.load(folder / _FILE, allow_pickle=False) as arrays:
                names = json.loads(str(arrays["names"]))
                return cls(
                    {name: arrays[f"projection:{name}"] for name in names},
                    {name: arrays[f"scorer:{name}"] for name in names},
                    {name: float(arrays[f"bias:{name}"]) for name in names},
                )
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(f"{folder / _FILE} does not hold a fusion: {error}") from error

    def _fits(self, blocks: Blocks) -> None:
        _check(blocks)
        for name, block in blocks.items():
            if name not in self.projections:
                raise ValueError(f"This fusion knows {', '.join(self.projections)}, and nothing of {name}.")
            if block.shape[1] != len(self.scorers[name]):
                raise ValueError(
                    f"This fusion was learned with {name} vectors of {len(self.scorers[name])} dimensions, not "
                    f"{block.shape[1]}; train it again after a change of encoder."
                )


def _shares(blocks: Blocks, weights: Mapping[str, float] | None) -> dict[str, np.ndarray]:
    return _shares_of({name: present(block) for name, block in blocks.items()}, weights)


def _shares_of(masks: Mapping[str, np.ndarray], weights: Mapping[str, float] | None) -> dict[str, np.ndarray]:
    """(n,) by modality: its weight among those that the item has."""
    weights = weights or {}
    if any(value < 0 for value in weights.values()):
        raise ValueError("The weight of a modality is 0 or more.")
    weighed = {name: mask * float(weights.get(name, 1.0)) for name, mask in masks.items()}
    total = np.maximum(sum(weighed.values()), 1e-12)
    return {name: value / total for name, value in weighed.items()}


def _check(blocks: Blocks) -> None:
    if not blocks:
        raise ValueError("There is nothing to fuse; give the vectors of at least one modality.")
    lengths = {name: len(block) for name, block in blocks.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Each modality has a row for every item, but there are {lengths}.")
    for name, block in blocks.items():
        if not np.isfinite(block).all():
            raise ValueError(f"The {name} vectors hold values that are no numbers.")
