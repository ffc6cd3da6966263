"""The training loop that every language task shares: batches in, best weights out, resumable at any step.

One GPU, several (`accelerate launch`), or a CPU: the same code. The order of the examples depends on seed and epoch
alone, so that a run that was interrupted goes on to the very weights that an uninterrupted one would have had.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..contracts import Cancelled, FitOptions
from .checkpoint import checkpoint_load, checkpoint_save, fingerprint
from .task import TaskError

PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class LoopConfig:
    """`batch_size` examples make a batch, `accumulation` batches an optimiser step.

    `warmup`: share of the steps in which the learning rate rises; afterwards it falls to 0. `patience`: evaluations
    without a better figure before it stops; an evaluation comes `evaluations` times an epoch. `precision`: "auto" is
    bfloat16 on a GPU that has it. `checkpointing`: recompute activations instead of keeping them. `checkpoint_every`:
    optimiser steps.
    """

    epochs: int = 3
    batch_size: int = 64
    accumulation: int = 1
    learning_rate: float = 2e-5
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    patience: int = 2
    evaluations: int = 1
    precision: str = "auto"
    checkpointing: bool = False
    checkpoint_every: int = 200

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch_size, self.accumulation, self.evaluations, self.checkpoint_every) < 1:
            raise ValueError("epochs, batch_size, accumulation, evaluations and checkpoint_every are 1 or more.")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}; got {self.precision!r}.")


@dataclass
class History:
    """What the training did. `evaluations`: one entry each: `step`, `epoch`, `loss` and the figures of `validate`."""

    evaluations: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0
    stopped_early: bool = False

    def figures(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "evaluations": self.evaluations,
            "best": self.best,
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
            "stopped_early": self.stopped_early,
        }


def train(
    model: Any,
    *,
    examples: int,
    batch: Callable[[np.ndarray], Any],
    loss: Callable[[Any, Any], Any],
    validate: Callable[[Any], Mapping[str, float]],
    best: str,
    config: LoopConfig,
    options: FitOptions,
) -> History:
    """Train a torch `model` in place; it ends with the best weights that `validate` has seen, the first included.

    `batch(rows)` makes whatever `loss(model, batch)` reads from (b,) row numbers below `examples`; the loss is a
    scalar tensor. `best` names the figure that decides; with a leading "-", less is better. Raises Cancelled when
    `options` say so, with a checkpoint in `options.checkpoint` if there is such a folder, and TaskError when the loss
    is no longer a number.
    """
    import torch
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState
    from accelerate.utils import extract_model_from_parallel

    AcceleratorState._reset_state()  # a worker trains more than once, and not always in the same precision
    accelerator = Accelerator(cpu=options.device == "cpu", mixed_precision=_mixed(config.precision, options.device))
    if config.checkpointing and hasattr(model, "gradient_checkpointing_enable"):
        model.gradient_checkpointing_enable()
    per_epoch = math.ceil(math.ceil(examples / config.batch_size) / config.accumulation)
    total = per_epoch * config.epochs
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total, config.warmup))
    wrapped, optimiser, schedule = accelerator.prepare(model, optimiser, schedule)
    state = _State(model, optimiser, schedule, accelerator)
    settings = fingerprint(config, examples, options.seed, best)
    history, started = History(), time.perf_counter()
    step, waited = 0, 0
    if options.checkpoint is not None and (found := checkpoint_load(options.checkpoint, settings)):
        step, waited = state.restore(found, history)
    else:
        torch.manual_seed(options.seed)
        state.keep(history, {"step": 0, "epoch": 0.0, **_figures(validate, wrapped)}, best)
    marks = {math.ceil(per_epoch * part / config.evaluations) for part in range(1, config.evaluations + 1)}
    running = state.running  # losses since the last evaluation

    def leave_checkpoint() -> None:
        if options.checkpoint is not None and accelerator.is_main_process:
            checkpoint_save(options.checkpoint, settings, state.snapshot(step, waited, history, started))

    while step < total and waited <= config.patience:
        epoch, within = divmod(step, per_epoch)
        order = _order(examples, options.seed, epoch)
        wrapped.train()
        for rows in _rows(order, within, config, accelerator):
            with accelerator.autocast():
                value = loss(wrapped, batch(rows)) / config.accumulation
            accelerator.backward(value)
            running.append(float(value.detach()) * config.accumulation)
        _refuse_diverged(running[-1], step, config)
        accelerator.clip_grad_norm_(weights, config.clip)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        step += 1
        if within + 1 in marks:
            figures = {"step": step, "epoch": step / per_epoch, "loss": float(np.mean(running))}
            running.clear()
            waited = 0 if state.keep(history, {**figures, **_figures(validate, wrapped)}, best) else waited + 1
        if step % config.checkpoint_every == 0:
            leave_checkpoint()
        try:
            options.check("training", step / total, **_shown(history, running))
        except Cancelled:
            leave_checkpoint()
            raise
    history.stopped_early = step < total
    history.steps, history.seconds = step, history.seconds + time.perf_counter() - started
    state.restore_best()
    # accelerate leaves its switch of precision in `forward`; what comes after the training chooses for itself.
    extract_model_from_parallel(model, keep_fp32_wrapper=False)
    model.eval()
    return history


class _State:
    """Everything that a checkpoint holds, and the best weights so far."""

    def __init__(self, model, optimiser, schedule, accelerator):
        self.model, self.optimiser, self.schedule, self.accelerator = model, optimiser, schedule, accelerator
        self.best_weights: dict[str, Any] = {}
        self.running: list[float] = []

    def keep(self, history: History, figures: dict[str, float], best: str) -> bool:
        """Note an evaluation; keep the weights if they are the best so far. Returns whether they are."""
        history.evaluations.append(figures)
        name, sign = best.removeprefix("-"), -1 if best.startswith("-") else 1
        if name not in figures:
            raise ValueError(f"validate gives {', '.join(figures)}, but {name!r} is to decide.")
        better = not history.best or sign * figures[name] > sign * history.best[name]
        if better:
            history.best = figures
            self.best_weights = {key: value.detach().cpu().clone() for key, value in self._trained().items()}
        return better

    def restore_best(self) -> None:
        self.model.load_state_dict(self.best_weights, strict=False)

    def snapshot(self, step: int, waited: int, history: History, started: float) -> dict[str, Any]:
        import torch

        return {
            "step": step,
            "waited": waited,
            "running": list(self.running),
            "evaluations": history.evaluations,
            "best_figures": history.best,
            "seconds": history.seconds + time.perf_counter() - started,
            "model": {key: value.detach().cpu() for key, value in self._trained().items()},
            "best": self.best_weights,
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": torch.get_rng_state(),
        }

    def restore(self, found: Mapping[str, Any], history: History) -> tuple[int, int]:
        import torch

        self.model.load_state_dict(found["model"], strict=False)
        self.best_weights = found["best"]
        self.optimiser.load_state_dict(found["optimiser"])
        self.schedule.load_state_dict(found["schedule"])
        torch.set_rng_state(found["random"])
        self.running.extend(found["running"])
        history.evaluations, history.best = found["evaluations"], found["best_figures"]
        history.seconds = found["seconds"]
        return found["step"], found["waited"]

    def _trained(self) -> dict[str, Any]:
        """Weights that change: what is frozen is the same in every checkpoint."""
        frozen = {name for name, parameter in self.model.named_parameters() if not parameter.requires_grad}
        return {name: value for name, value in self.model.state_dict().items() if name not in frozen}


def _refuse_diverged(loss: float, step: int, config: LoopConfig) -> None:
    """A loss that is no number has spoiled the weights, or is about to."""
    if not math.isfinite(loss):
        raise TaskError(
            f"The loss became {loss} at step {step + 1}. Lower the learning rate, which is {config.learning_rate:g}, "
            "or look for texts or values that are out of all proportion."
        )


def _figures(validate: Callable[[Any], Mapping[str, float]], model) -> dict[str, float]:
    import torch

    model.eval()
    with torch.no_grad():
        return {name: float(value) for name, value in validate(model).items()}


def _order(examples: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng((seed, epoch)).permutation(examples)


def _rows(order: np.ndarray, step: int, config: LoopConfig, accelerator):
    """The batches of one optimiser step; each process takes its own part of every batch."""
    for number in range(step * config.accumulation, (step + 1) * config.accumulation):
        rows = order[number * config.batch_size : (number + 1) * config.batch_size]
        own = rows[accelerator.process_index :: accelerator.num_processes]
        if len(own):
            yield own


def _rate(step: int, total: int, warmup: float) -> float:
    rising = max(1, round(total * warmup))
    return (step + 1) / rising if step < rising else max(0.0, (total - step) / max(1, total - rising))


def _mixed(precision: str, device: str) -> str:
    import torch

    if precision == "auto":
        able = device != "cpu" and torch.cuda.is_available() and torch.cuda.is_bf16_supported()
        precision = "bfloat16" if able else "float32"
    return "bf16" if precision == "bfloat16" else "no"


def _shown(history: History, running: list[float]) -> dict[str, float]:
    """The figures that a progress bar and a curve show."""
    latest = history.evaluations[-1] if history.evaluations else {}
    shown = {name: value for name, value in latest.items() if name not in ("step", "epoch", "loss")}
    return {**shown, **({"loss": float(np.mean(running))} if running else {})}


def loop_settings(settings: Mapping[str, Any] | LoopConfig) -> LoopConfig:
    """A LoopConfig from JSON, for the Config of a task that holds one."""
    return settings if isinstance(settings, LoopConfig) else LoopConfig(**settings)


def checkpoint_folder(options: FitOptions, name: str) -> Path | None:
    """A folder of its own for one of several trainings of a task."""
    return None if options.checkpoint is None else options.checkpoint / name
