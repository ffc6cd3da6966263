from dataclasses import replace

import numpy as np
import pytest
import torch

from recommender.contracts import Cancelled, FitOptions
from recommender.language.checkpoint import FILE, checkpoint_load
from recommender.language.loop import LoopConfig, train
from recommender.language.task import TaskError

RANDOM = np.random.default_rng(0)
INPUTS = torch.tensor(RANDOM.normal(size=(96, 5)), dtype=torch.float32)
TARGETS = INPUTS @ torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0])
CONFIG = LoopConfig(epochs=3, batch_size=8, learning_rate=0.05, checkpoint_every=4)


def model(dropout: float = 0.2) -> torch.nn.Module:
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Dropout(dropout), torch.nn.Linear(8, 1))


def run(network, config=CONFIG, examples=96, **options):
    return train(
        network,
        examples=examples,
        batch=lambda rows: (INPUTS[rows], TARGETS[rows]),
        loss=lambda net, pair: torch.nn.functional.mse_loss(net(pair[0]).squeeze(-1), pair[1]),
        validate=lambda net: {"loss_of_all": float(((net(INPUTS).squeeze(-1) - TARGETS) ** 2).mean())},
        best="-loss_of_all",
        config=config,
        options=FitOptions(**options),
    )


def weights(network) -> np.ndarray:
    return np.concatenate([value.detach().numpy().ravel() for value in network.state_dict().values()])


def stopping_at(step: int, steps: int):
    """Options that cancel after so many of all optimiser steps."""
    reached = []

    def progress(stage, fraction, metrics):
        reached.append(round(fraction * steps))

    return {"progress": progress, "cancelled": lambda: bool(reached) and reached[-1] >= step}


def test_it_learns():
    network = model(dropout=0.0)
    history = run(network)
    figures = [entry["loss_of_all"] for entry in history.evaluations]
    assert figures[-1] < 0.2 * figures[0]
    assert history.steps == 36


def test_the_same_seed_gives_the_same_weights_and_another_others():
    first, second, other = model(), model(), model()
    run(first, seed=3)
    run(second, seed=3)
    run(other, seed=4)
    assert np.array_equal(weights(first), weights(second))
    assert not np.array_equal(weights(first), weights(other))


@pytest.mark.parametrize("step", [1, 4, 13, 24, 35])
def test_what_was_cancelled_goes_on_to_the_same_weights(tmp_path, step):
    whole = model()
    expected = run(whole)
    with pytest.raises(Cancelled):
        run(model(), checkpoint=tmp_path, **stopping_at(step, 36))
    resumed = model()
    with torch.no_grad():
        resumed[0].weight.add_(1.0)  # whatever it starts from is replaced by the checkpoint
    history = run(resumed, checkpoint=tmp_path)
    assert np.array_equal(weights(resumed), weights(whole))
    assert history.evaluations == expected.evaluations


def test_a_killed_run_repeats_at_most_one_checkpoint(tmp_path):
    """What SIGKILL leaves is the last regular checkpoint: a multiple of `checkpoint_every`."""

    class Killed(BaseException):
        pass

    def progress(stage, fraction, metrics):
        if round(fraction * 36) == 15:
            raise Killed

    with pytest.raises(Killed):
        run(model(), checkpoint=tmp_path, progress=progress)
    saved = torch.load(tmp_path / FILE, weights_only=True)
    assert saved["state"]["step"] == 12
    whole, resumed = model(), model()
    run(whole)
    run(resumed, checkpoint=tmp_path)
    assert np.array_equal(weights(resumed), weights(whole))


def test_half_a_checkpoint_is_passed_over(tmp_path):
    with pytest.raises(Cancelled):
        run(model(), checkpoint=tmp_path, **stopping_at(13, 36))
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    whole, again = model(), model()
    run(whole)
    run(again, checkpoint=tmp_path)
    assert np.array_equal(weights(again), weights(whole))


def test_a_checkpoint_of_other_settings_is_passed_over(tmp_path):
    with pytest.raises(Cancelled):
        run(model(), checkpoint=tmp_path, **stopping_at(13, 36))
    assert checkpoint_load(tmp_path, "something else") is None
    other = replace(CONFIG, learning_rate=0.01)
    whole, again = model(), model()
    run(whole, other)
    run(again, other, checkpoint=tmp_path)
    assert np.array_equal(weights(again), weights(whole))


def test_accumulated_batches_equal_one_large_batch():
    small, large = model(dropout=0.0), model(dropout=0.0)
    run(small, replace(CONFIG, batch_size=8, accumulation=4))
    run(large, replace(CONFIG, batch_size=32))
    assert np.allclose(weights(small), weights(large), atol=1e-5)


def test_it_stops_when_nothing_gets_better_and_keeps_the_best():
    network = model(dropout=0.0)
    before = weights(network)
    history = train(
        network,
        examples=96,
        batch=lambda rows: (INPUTS[rows], TARGETS[rows]),
        loss=lambda net, pair: -torch.nn.functional.mse_loss(net(pair[0]).squeeze(-1), pair[1]),  # the wrong way
        validate=lambda net: {"error": float(((net(INPUTS).squeeze(-1) - TARGETS) ** 2).mean())},
        best="-error",
        config=replace(CONFIG, epochs=20, patience=1),
        options=FitOptions(),
    )
    assert history.stopped_early
    assert len(history.evaluations) == 3  # the first, and two that are worse
    assert np.array_equal(weights(network), before)


def test_bfloat16_learns_on_a_cpu_too():
    network = model(dropout=0.0)
    history = run(network, replace(CONFIG, precision="bfloat16"))
    assert history.best["loss_of_all"] < 0.2 * history.evaluations[0]["loss_of_all"]
    assert network[0].weight.dtype == torch.float32


def test_a_model_leaves_the_loop_in_the_precision_that_it_came_with():
    network = model()
    run(network, replace(CONFIG, precision="bfloat16"))
    first, _, last = network
    with torch.no_grad():
        assert torch.equal(network(INPUTS), last(first(INPUTS)))


def test_a_training_that_diverges_ends_with_a_sentence():
    with pytest.raises(TaskError, match=r"The loss became nan at step 1\. Lower the learning rate"):
        train(
            model(),
            examples=8,
            batch=lambda rows: INPUTS[rows],
            loss=lambda net, batch: net(batch).sum() * float("nan"),
            validate=lambda net: {"figure": 0.0},
            best="figure",
            config=CONFIG,
            options=FitOptions(),
        )


def test_frozen_weights_stay_and_are_not_in_the_checkpoint(tmp_path):
    network = model()
    network[0].requires_grad_(False)
    before = network[0].weight.detach().clone()
    with pytest.raises(Cancelled):
        run(network, checkpoint=tmp_path, **stopping_at(20, 36))
    assert torch.equal(network[0].weight, before)
    saved = torch.load(tmp_path / FILE, weights_only=True)["state"]["model"]
    assert set(saved) == {"2.weight", "2.bias"}


def test_it_evaluates_as_often_as_it_is_told():
    history = run(model(), replace(CONFIG, evaluations=2, patience=100))
    assert [entry["step"] for entry in history.evaluations] == [0, 6, 12, 18, 24, 30, 36]


def test_a_figure_that_nobody_gives_cannot_decide():
    with pytest.raises(ValueError, match="'ndcg' is to decide"):
        train(
            model(),
            examples=8,
            batch=lambda rows: rows,
            loss=lambda net, rows: net(INPUTS).sum(),
            validate=lambda net: {"loss": 1.0},
            best="ndcg",
            config=CONFIG,
            options=FitOptions(),
        )


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"batch_size": 0}, {"precision": "float64"}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"1 or more|one of"):
        LoopConfig(**wrong)
