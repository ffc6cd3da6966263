"""A language task that takes its time and leaves a checkpoint after every step, for tests that interrupt it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.contracts import FitOptions
from recommender.language.corpus import Corpus
from recommender.language.loop import LoopConfig, train
from recommender.language.task import LanguageTask

STEPS = 12


@dataclass(frozen=True)
class SlowConfig:
    wait: float = 0.0
    base: str = ""


class SlowTask(LanguageTask):
    slug = "slow"
    name = "Slow"
    summary = "Learns a line."
    product = "keywords"
    Config = SlowConfig

    def run(self, corpus: Corpus, folder: Path, options: FitOptions) -> dict[str, Any]:
        import torch
        from safetensors.torch import save_file

        torch.manual_seed(0)
        model = torch.nn.Linear(1, 1)
        steps = []

        def loss(net, inputs):
            steps.append(1)
            time.sleep(self.config.wait)
            return ((net(inputs) - 2 * inputs) ** 2).mean()

        history = train(
            model,
            examples=STEPS,
            batch=lambda rows: torch.tensor(rows[:, None], dtype=torch.float32) / STEPS,
            loss=loss,
            validate=lambda net: {"error": float((net.weight - 2).abs())},
            best="-error",
            config=LoopConfig(epochs=1, batch_size=1, learning_rate=0.1, checkpoint_every=1),
            options=options,
        )
        save_file(model.state_dict(), folder / "model.safetensors")
        np.savez(folder / "titles.npz", titles=np.array(corpus.titles))
        return {"steps_here": len(steps), "error": history.best["error"], "training": history.figures()}
