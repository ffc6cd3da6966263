"""Training that can be shown to say little about any one person: DP-SGD, its ledger, and ε by two accountants.

Abadi et al. 2016 ("Deep learning with differential privacy"), algorithm 1: each step draws persons by Poisson
sampling, clips each person's gradient to a norm C, adds Gaussian noise of deviation zC to the sum, and divides by
the expected number of persons. Opacus gives the gradient of each example, clips and adds the noise.

The unit is a person, added or removed. What is protected are the weights, and so whatever is computed from them;
not a person's own recommendations, which are made from their own history. Items that are drawn, stopping and
calibration must not look at persons' data either: that is up to the caller.
"""

from __future__ import annotations

import os
import secrets
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..contracts import Cancelled, FitOptions
from .privacy_ledger import Ledger, noise_multiplier

CHECKPOINT = "private.pt"


class PrivacyError(Exception):
    """The training would not be private as it is meant; the message says why."""


@dataclass(frozen=True)
class PrivacyConfig:
    """`epsilon` is what all steps together may cost at `delta`; 0 for delta is 1 / N^1.1 of N persons.

    `batch_size` is the expected number of persons in a step, `physical` how many are held in memory at once.
    `noise` is z; 0 finds the least that keeps to `epsilon`.
    """

    epsilon: float = 8.0
    delta: float = 0.0
    steps: int = 150
    batch_size: int = 256
    physical: int = 32
    clip: float = 1.0
    noise: float = 0.0
    learning_rate: float = 1e-3
    checkpoint_every: int = 20


@dataclass
class Run:
    """What a private training did, for the manifest."""

    config: PrivacyConfig
    persons: int
    delta: float
    ledger: Ledger
    seeded: bool
    losses: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """ε by the tight accountant and by a second one, and everything that they rest on."""
        return {
            "epsilon": self.ledger.epsilon(self.delta),
            "epsilon_rdp": self.ledger.epsilon_rdp(self.delta),
            "delta": self.delta,
            "persons": self.persons,
            "unit": "one person, added or removed; an example is the person's capped history",
            "sampling": "Poisson",
            "clip": self.config.clip,
            "ledger": self.ledger.to_json(),
            # Opacus' secure mode needs torchcsprng, which current versions of torch do not have.
            "secure_mode": False,
            "noise_from": "a seed that is known: nothing is private" if self.seeded else "the system's entropy",
        }


def train_private(
    model: torch.nn.Module,
    *,
    subjects: Sequence[Any],
    batch: Callable[[np.ndarray], Any],
    losses: Callable[[torch.nn.Module, Any], torch.Tensor],
    config: PrivacyConfig,
    options: FitOptions,
    noise_seed: int | None = None,
) -> Run:
    """Teach what of `model` requires gradients, and leave it there. Example i is all that subjects[i] brings.

    `batch(rows)` gives the input of these examples, and `losses(model, input)` one loss an example, (n,), each
    depending on that example alone. Goes on from `options.checkpoint`, ledger and random state included. Which
    persons are drawn and the noise come from the system, not from `options.seed`, which anybody may know;
    `noise_seed` is for tests. Raises PrivacyError, and Cancelled after saving a checkpoint.
    """
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer

    persons = len(subjects)
    if len(set(subjects)) != persons:
        raise PrivacyError("A person has two examples; make one of them, or the privacy of neither is what it says.")
    if persons < 2 * config.batch_size:
        raise PrivacyError(
            f"There are {persons} persons for batches of {config.batch_size}; privacy by sampling needs at least "
            "twice as many. Lower batch_size or train without privacy."
        )
    _check_separate(model, batch, losses)
    _leave_out_unused(model, batch, losses)
    delta = config.delta or persons**-1.1
    rate = config.batch_size / persons
    noise = config.noise or noise_multiplier(config.epsilon, delta, rate, config.steps)
    run = Run(config, persons, delta, Ledger(), seeded=noise_seed is not None)
    random = torch.Generator().manual_seed(secrets.randbits(63) if noise_seed is None else noise_seed)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]

    try:
        guarded = GradSampleModule(model, loss_reduction="sum")
    except NotImplementedError as error:
        raise PrivacyError(
            f"A layer of this model has no gradient by example: {error} Train an adapter (adapter: lora) instead."
        ) from error
    optimizer = DPOptimizer(
        torch.optim.Adam(trained, lr=config.learning_rate),
        noise_multiplier=noise,
        max_grad_norm=config.clip,
        expected_batch_size=config.batch_size,
        loss_reduction="mean",  # the noisy sum, divided by the expected number of persons
        generator=random,
    )
    state = _State(options, asdict(config) | {"noise": noise, "persons": persons}, trained, optimizer, random, run)
    guarded.train()
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():  # dropout has only the global generator
            warnings.filterwarnings("ignore", message="Full backward hook")  # the input of a model is no weight
            torch.manual_seed(options.seed)
            state.restore()
            while run.ledger.steps < config.steps:
                drawn = poisson(persons, rate, random)
                run.losses.append(_accumulate(guarded, optimizer, drawn, batch, losses, config.physical))
                # What is written down is what the optimizer used, not what it was asked to use.
                run.ledger.record(rate, float(optimizer.noise_multiplier), float(optimizer.max_grad_norm))
                done = run.ledger.steps
                if done % config.checkpoint_every == 0 or done == config.steps:
                    state.save()
                try:
                    options.check("private training", done / config.steps, loss=run.losses[-1])
                except Cancelled:
                    state.save()
                    raise
    finally:
        guarded.to_standard_module()
    model.eval()
    return run


def poisson(persons: int, rate: float, random: torch.Generator) -> np.ndarray:
    """Rows of those who are drawn, each with probability `rate` and independent of all others."""
    chances = torch.rand(persons, generator=random, dtype=torch.float64)
    return torch.nonzero(chances < rate).flatten().numpy()


def _accumulate(model, optimizer, drawn, batch, losses, physical: int) -> float:
    """One step over all the drawn, so many at a time. Returns their mean loss, which only the operator sees."""
    total = 0.0
    # A step without anybody adds noise all the same: that nobody was drawn must not show.
    parts = [drawn[start : start + physical] for start in range(0, len(drawn), physical)] or [np.zeros(1, dtype=int)]
    for number, rows in enumerate(parts):
        optimizer.signal_skip_step(do_skip=number + 1 < len(parts))
        own = losses(model, batch(rows)) * (1.0 if len(drawn) else 0.0)
        own.sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        total += float(own.detach().sum())
    return total / max(1, len(drawn))


def _check_separate(model, batch, losses) -> None:
    """Raises PrivacyError when the loss of an example depends on who else is in the batch."""
    training = model.training
    model.eval()
    with torch.no_grad():
        together = losses(model, batch(np.arange(2))).float()
        alone = torch.cat([losses(model, batch(np.array([row]))).float() for row in range(2)])
    model.train(training)
    if together.shape != (2,) or not torch.allclose(together, alone, rtol=1e-2, atol=1e-4):
        raise PrivacyError(
            "The loss of one person changes with who else is in the batch (as with in-batch negatives), so that "
            "clipping each person's gradient protects nobody. Draw negatives for each person from the catalogue."
        )


def _leave_out_unused(model, batch, losses) -> None:
    """Freeze what the loss does not touch, such as a pooler: it has no gradient to clip."""
    losses(model, batch(np.arange(1))).sum().backward()
    for parameter in model.parameters():
        if parameter.grad is None:
            parameter.requires_grad_(False)
        parameter.grad = None


class _State:
    """The checkpoint: trained weights, optimizer, both generators, ledger. Written aside and renamed."""

    def __init__(self, options: FitOptions, settings: dict, trained, optimizer, random, run: Run):
        self.path: Path | None = options.checkpoint and Path(options.checkpoint) / CHECKPOINT
        self.settings = settings
        self.trained = trained
        self.optimizer = optimizer
        self.random = random
        self.run = run

    def save(self) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(".part")
        content = {
            "settings": self.settings,
            "weights": [parameter.detach().cpu() for parameter in self.trained],
            "optimizer": self.optimizer.original_optimizer.state_dict(),
            "random": self.random.get_state(),
            "dropout": torch.random.get_rng_state(),
            "ledger": self.run.ledger.to_json(),
            "losses": self.run.losses,
        }
        with open(aside, "wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, self.path)

    def restore(self) -> None:
        if self.path is None or not self.path.is_file():
            return
        content = torch.load(self.path, map_location="cpu", weights_only=True)
        # What another run spent cannot be undone or carried over: its noise is in other weights.
        if content["settings"] != self.settings:
            return
        with torch.no_grad():
            for parameter, kept in zip(self.trained, content["weights"], strict=True):
                parameter.copy_(kept)
        self.optimizer.original_optimizer.load_state_dict(content["optimizer"])
        self.random.set_state(content["random"])
        torch.random.set_rng_state(content["dropout"])
        self.run.ledger = Ledger.from_json(content["ledger"])
        self.run.losses = list(content["losses"])
