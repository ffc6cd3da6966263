import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from dp_accounting.dp_event import GaussianDpEvent, SelfComposedDpEvent
from dp_accounting.pld import PLDAccountant
from torch import nn

from recommender.contracts import Cancelled, FitOptions
from recommender.language import privacy
from recommender.language.interest import Interest, InterestConfig
from recommender.language.interest_onnx import OnnxInterest
from recommender.language.privacy import PrivacyConfig, PrivacyError, train_private
from recommender.language.privacy_ledger import Ledger, noise_multiplier, steps_event

from .tiny import colourful, write_model

# Few steps with known noise, so that what the optimizer did can be read from the weights.
PLAIN = PrivacyConfig(steps=1, batch_size=20, physical=7, clip=0.5, noise=1.5, delta=1e-5, learning_rate=1.0)
WIDTH = 5000
# Batches that are looked at beforehand, to see whether losses are separate and what they touch.
LOOKS = 4


class Wide(nn.Module):
    """Enough weights to measure the noise on them. Its loss is `pull` times their sum, the same for everybody."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(WIDTH, 1, bias=False)
        nn.init.zeros_(self.layer.weight)

    def forward(self, batch):
        return self.layer(batch).squeeze(1)


def private(config=PLAIN, persons=100, pull=0.0, noise_seed=0, rows=None, options=None, **changes):
    """Weights after training in which every gradient is `pull` in each of WIDTH weights."""
    model = Wide()

    def batch(numbers):
        if rows is not None:
            rows.append(numbers)
        return torch.full((len(numbers), WIDTH), pull)

    run = train_private(
        model,
        subjects=range(persons),
        batch=batch,
        losses=lambda model, batch: model(batch),
        config=replace(config, **changes),
        options=options or FitOptions(),
        noise_seed=noise_seed,
    )
    return model.layer.weight.detach().flatten().numpy(), run


@pytest.fixture(autouse=True)
def _plain_steps(monkeypatch):
    """Plain descent instead of Adam, so that a step is the gradient."""
    monkeypatch.setattr(torch.optim, "Adam", lambda weights, lr: torch.optim.SGD(weights, lr=lr))


# What the promise says, by name. Each of these must fail when the mechanism is broken; see the faults below.


def check_noise():
    """One step with no gradient: the weights are the noise, of deviation zC over the expected batch."""
    weights, _ = private(pull=0.0)
    assert weights.std() == pytest.approx(1.5 * 0.5 / 20, rel=0.04)


def check_clipping():
    """A person with an enormous gradient moves the sum by no more than C."""
    rows = []
    weights, _ = private(pull=1e6, noise=1e-6, rows=rows)
    drawn = sum(map(len, rows[LOOKS:]))
    assert np.linalg.norm(weights) == pytest.approx(drawn * 0.5 / 20, rel=1e-3)


def check_sampling():
    """Each step draws each person by chance: as many as a binomial says, and not everybody once an epoch."""
    rows = []
    private(rows=rows, steps=200, physical=10_000, persons=100, batch_size=20)
    sizes = np.array([len(own) for own in rows[LOOKS:]])
    assert sizes.mean() == pytest.approx(20, abs=1.2)
    assert sizes.var() == pytest.approx(100 * 0.2 * 0.8, rel=0.35)
    times = np.bincount(np.concatenate(rows[LOOKS : LOOKS + 5]), minlength=100)
    assert times.max() >= 3  # of five steps; a shuffled epoch has everybody once
    assert times.min() == 0


def test_the_noise_is_what_the_ledger_says():
    check_noise()


def test_nobody_counts_for_more_than_the_clip():
    check_clipping()


def test_who_is_drawn_is_a_poisson_sample():
    check_sampling()


@contextmanager
def weaker_noise(monkeypatch):
    from opacus.optimizers import optimizer

    generate = optimizer._generate_noise
    monkeypatch.setattr(optimizer, "_generate_noise", lambda std, *rest, **named: generate(0.8 * std, *rest, **named))
    yield


@contextmanager
def no_clipping(monkeypatch):
    from opacus.optimizers import DPOptimizer

    def accumulate(self):
        for weight in self.params:
            own = self._get_flat_grad_sample(weight).sum(dim=0)
            weight.summed_grad = own if weight.summed_grad is None else weight.summed_grad + own

    monkeypatch.setattr(DPOptimizer, "clip_and_accumulate", accumulate)
    yield


@contextmanager
def shuffled_batches(monkeypatch):
    order = []

    def epoch(persons, rate, random):
        if not order:
            order.extend(torch.randperm(persons, generator=random).tolist())
        drawn, order[:] = order[: round(rate * persons)], order[round(rate * persons) :]
        return np.array(drawn)

    monkeypatch.setattr(privacy, "poisson", epoch)
    yield


@pytest.mark.parametrize(
    ("fault", "check"),
    [(weaker_noise, check_noise), (no_clipping, check_clipping), (shuffled_batches, check_sampling)],
)
def test_a_broken_mechanism_does_not_pass(fault, check, monkeypatch):
    with fault(monkeypatch), pytest.raises(AssertionError):
        check()


def test_the_accountants_give_the_published_values():
    ledger = Ledger()
    for _ in range(1000):
        ledger.record(512 / 20_000, 1.5, 1.0)
    assert ledger.steps == 1000
    assert len(ledger.entries) == 1
    assert ledger.epsilon(1e-6) == pytest.approx(2.94, abs=0.005)
    assert ledger.epsilon_rdp(1e-6) == pytest.approx(3.18, abs=0.005)


def test_shuffling_would_have_no_amplification():
    # What a claim of Poisson sampling hides where batches are shuffled: ε 20.8 instead of 2.94.
    event = SelfComposedDpEvent(GaussianDpEvent(1.5), 1000 * 512 // 20_000)
    assert PLDAccountant().compose(event).get_epsilon(1e-6) == pytest.approx(20.8, abs=0.05)


@pytest.mark.parametrize("epsilon", [1.0, 3.0, 8.0])
def test_the_noise_for_an_epsilon_keeps_to_it_and_is_no_larger_than_needed(epsilon):
    rate, steps, delta = 0.05, 100, 1e-5
    noise = noise_multiplier(epsilon, delta, rate, steps)
    spent = PLDAccountant().compose(steps_event(noise, rate, steps)).get_epsilon(delta)
    assert 0.98 * epsilon < spent <= epsilon


def test_an_epsilon_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="ε must be above 0"):
        noise_multiplier(0.0, 1e-5, 0.1, 10)


def test_the_ledger_holds_what_was_done_and_both_accountants_read_it():
    _, run = private(steps=5)
    figures = run.figures()
    assert figures["ledger"] == [{"rate": 0.2, "noise": 1.5, "clip": 0.5, "steps": 5}]
    assert 0 < figures["epsilon"] <= figures["epsilon_rdp"]
    assert figures["delta"] == 1e-5
    assert figures["secure_mode"] is False
    assert json.loads(json.dumps(figures)) == figures


def test_a_noise_that_is_not_the_same_all_along_is_accounted_step_by_step():
    ledger = Ledger()
    ledger.record(0.1, 2.0, 1.0)
    ledger.record(0.1, 1.0, 1.0)
    ledger.record(0.1, 1.0, 1.0)
    assert [entry.steps for entry in ledger.entries] == [1, 2]
    assert Ledger.from_json(ledger.to_json()).epsilon(1e-5) == ledger.epsilon(1e-5)


def test_delta_is_below_one_in_the_number_of_persons():
    _, run = private(delta=0.0)
    assert run.delta == pytest.approx(100**-1.1)


def test_noise_is_not_from_the_seed_that_everybody_knows():
    first, run = private(noise_seed=None)
    second, _ = private(noise_seed=None)
    assert np.abs(first - second).max() > 0.01
    assert run.figures()["noise_from"] == "the system's entropy"
    assert "nothing is private" in private(noise_seed=1)[1].figures()["noise_from"]


def test_a_step_in_which_nobody_was_drawn_adds_noise_all_the_same(monkeypatch):
    monkeypatch.setattr(privacy, "poisson", lambda *_: np.zeros(0, dtype=int))
    weights, run = private(pull=1e6)
    assert weights.std() == pytest.approx(1.5 * 0.5 / 20, rel=0.04)
    assert run.ledger.steps == 1


def test_how_many_are_held_in_memory_at_once_changes_nothing():
    few, _ = private(pull=0.1, physical=3)
    many, _ = private(pull=0.1, physical=1000)
    np.testing.assert_allclose(few, many, atol=1e-6)


def test_a_loss_that_depends_on_others_is_refused():
    with pytest.raises(PrivacyError, match="in-batch negatives"):
        train_private(
            Wide(),
            subjects=range(100),
            batch=lambda rows: torch.randn(len(rows), WIDTH, generator=torch.Generator().manual_seed(len(rows))),
            losses=lambda model, batch: model(batch) + batch.mean(),
            config=PLAIN,
            options=FitOptions(),
        )


def test_a_person_with_two_examples_is_refused():
    with pytest.raises(PrivacyError, match="two examples"):
        train_private(Wide(), subjects=[1, 1], batch=None, losses=None, config=PLAIN, options=FitOptions())


def test_too_few_persons_are_refused():
    with pytest.raises(PrivacyError, match="Lower batch_size"):
        private(persons=30)


def test_an_interrupted_run_goes_on_with_weights_optimizer_ledger_and_random_state(tmp_path, monkeypatch):
    monkeypatch.undo()  # Adam, which remembers
    whole, _ = private(pull=0.1, steps=6)
    seen = []
    stopping = FitOptions(
        checkpoint=tmp_path, progress=lambda *told: seen.append(told), cancelled=lambda: len(seen) == 4
    )
    with pytest.raises(Cancelled):
        private(pull=0.1, steps=6, options=stopping)
    resumed, run = private(pull=0.1, steps=6, noise_seed=99, options=FitOptions(checkpoint=tmp_path))
    np.testing.assert_array_equal(resumed, whole)
    assert (run.ledger.steps, len(seen)) == (6, 4)


def test_a_checkpoint_of_other_settings_is_passed_over(tmp_path):
    private(steps=2, options=FitOptions(checkpoint=tmp_path))
    _, run = private(steps=3, noise=2.0, options=FitOptions(checkpoint=tmp_path))
    assert run.ledger.to_json() == [{"rate": 0.2, "noise": 2.0, "clip": 0.5, "steps": 3}]


@pytest.mark.parametrize("adapter", ["head", "lora", "full"])
def test_interest_trains_privately(adapter, tmp_path):
    config = InterestConfig(
        base=write_model(tmp_path, "bert"),
        adapter=adapter,
        history_tokens=12,
        item_tokens=4,
        negatives=2,
        quantise=False,
        epsilon=8.0,
        private_steps=3,
        private_batch=8,
    )
    (tmp_path / "out").mkdir()
    figures = Interest(config).run(colourful(40), tmp_path / "out", FitOptions())
    spent = figures["privacy"]
    assert 7.5 < spent["epsilon"] <= 8.0
    assert spent["epsilon"] <= spent["epsilon_rdp"]
    assert spent["persons"] == figures["questions"]["train"] == 36
    assert (figures["temperature"], figures["shift"]) == (1.0, 0.0)
    assert 0 < OnnxInterest(tmp_path / "out").score("red shoe", ["red tea"])[0] < 1


def test_a_private_run_draws_nothing_by_what_others_did(tmp_path):
    sampling = InterestConfig(epsilon=3.0, hard=0.5, popularity=1.0, targets=5).sampling
    assert (sampling.hard, sampling.popularity, sampling.targets) == (0.0, 0.0, 1)
