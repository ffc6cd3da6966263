"""Learns from what people liked one after the other how much each modality says (worker side)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...contracts import FitOptions
from ..loop import LoopConfig, train
from .fusion import Blocks, Gate, present


@dataclass(frozen=True)
class GateConfig:
    """`dimensions` of the fused vectors; `temperature` of the softmax over the batch.

    `drop`: how often a modality of an item is hidden in training, so that items that lack one are at home.
    """

    dimensions: int = 128
    drop: float = 0.1
    temperature: float = 0.07
    validation: float = 0.1
    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 3e-3
    patience: int = 4

    @property
    def loop(self) -> LoopConfig:
        return LoopConfig(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            patience=self.patience,
            precision="float32",
        )


def fit_gate(
    blocks: Blocks, pairs: np.ndarray, config: GateConfig | None = None, options: FitOptions | None = None
) -> tuple[Gate, dict[str, Any]]:
    """A gate, and figures: the loss on pairs held back, before and after, and the mean weight of each modality.

    `pairs` (p, 2): item rows, of which the second was liked next after the first. Raises ValueError for fewer than 20.
    """
    import torch

    config, options = config or GateConfig(), options or FitOptions()
    if len(pairs) < 20:
        raise ValueError(f"There are {len(pairs)} pairs of items liked one after the other; at least 20 are needed.")
    module = _module(blocks, config, options.seed).to(options.device)
    told = {name: torch.from_numpy(np.ascontiguousarray(block, dtype=np.float32)) for name, block in blocks.items()}
    there = {name: torch.from_numpy(present(block)) for name, block in blocks.items()}
    random = np.random.default_rng(options.seed)
    pairs = pairs[random.permutation(len(pairs))]
    held = max(10, round(config.validation * len(pairs)))
    learn, check = pairs[held:], pairs[:held]
    counts = np.bincount(pairs[:, 1], minlength=len(next(iter(blocks.values()))))
    log_share = torch.from_numpy(np.log(np.maximum(counts, 1) / len(pairs)).astype(np.float32))

    def loss(model: Any, rows: np.ndarray, drop: float):
        """−log softmax of the next item among those of the batch, with logQ correction (Yi et al. 2019, equation 4)."""
        before, after = (model(_of(told, rows[:, side]), _of(there, rows[:, side]), drop) for side in (0, 1))
        logits = before @ after.T / config.temperature - log_share[rows[:, 1]].to(before.device)
        same = torch.from_numpy(rows[:, 1][None] == rows[:, 1][:, None]).to(before.device)
        same.fill_diagonal_(False)  # the same item elsewhere in the batch is no wrong answer
        aim = torch.arange(len(rows), device=before.device)
        return torch.nn.functional.cross_entropy(logits.masked_fill(same, torch.finfo(torch.float32).min), aim)

    history = train(
        module,
        examples=len(learn),
        batch=lambda rows: learn[rows],
        loss=lambda model, rows: loss(model, rows, config.drop),
        validate=lambda model: {"held_loss": float(loss(model, check, 0.0))},
        best="-held_loss",
        config=config.loop,
        options=options,
    )
    gate = _frozen(module)
    shares = gate.weights(blocks)
    return gate, {
        "before": history.evaluations[0],
        "after": history.best,
        "weights": {name: float(share[present(blocks[name])].mean()) for name, share in shares.items()},
        "pairs": len(pairs),
    }


def _of(values: Mapping[str, Any], rows: np.ndarray) -> dict[str, Any]:
    return {name: value[rows] for name, value in values.items()}


def _module(blocks: Blocks, config: GateConfig, seed: int) -> Any:
    """The gate of `fusion.Gate` in torch. At first modalities count the same, and projections keep angles nearly."""
    import torch
    from torch import nn

    class GateModule(nn.Module):
        def __init__(self):
            super().__init__()
            made = torch.Generator().manual_seed(seed)
            self.projections, self.scorers = nn.ModuleDict(), nn.ModuleDict()
            for name, block in blocks.items():
                width = block.shape[1]
                projection, scorer = nn.Linear(width, config.dimensions, bias=False), nn.Linear(width, 1)
                nn.init.orthogonal_(projection.weight, generator=made)
                nn.init.zeros_(scorer.weight)
                nn.init.zeros_(scorer.bias)
                self.projections[name], self.scorers[name] = projection, scorer

        def forward(self, vectors, there, drop):
            device = next(self.parameters()).device
            vectors = {name: value.to(device) for name, value in vectors.items()}
            masks = torch.stack([there[name].to(device) for name in vectors])
            if drop and self.training:
                kept = masks & (torch.rand(masks.shape, device=device) >= drop)
                masks = torch.where(kept.any(dim=0), kept, masks)  # never everything
            logits = torch.stack([self.scorers[name](value).squeeze(-1) for name, value in vectors.items()])
            least = torch.finfo(logits.dtype).min
            shares = logits.masked_fill(~masks, least).softmax(dim=0) * masks
            fused = sum(
                share[:, None] * self.projections[name](value)
                for share, (name, value) in zip(shares, vectors.items(), strict=True)
            )
            return nn.functional.normalize(fused, dim=-1)

    return GateModule()


def _frozen(module: Any) -> Gate:
    def array(tensor: Any) -> np.ndarray:
        return tensor.detach().float().cpu().numpy()

    return Gate(
        {name: array(layer.weight) for name, layer in module.projections.items()},
        {name: array(layer.weight)[0] for name, layer in module.scorers.items()},
        {name: float(layer.bias.detach()) for name, layer in module.scorers.items()},
    )
