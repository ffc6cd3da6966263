import numpy as np
import pytest
import torch

from recommender.contracts import Cancelled, FitOptions
from recommender.language.encoder import load_encoder
from recommender.language.interest_model import start
from recommender.language.pretraining import Pretraining, PretrainingConfig, hide, packed_blocks
from recommender.language.pretraining_models import IGNORED, Sizes, begin, go_on
from recommender.language.task import TaskError

from .tiny import colourful, write_model

TINY = {"width": 16, "layers": 1, "heads": 2, "vocabulary": 300, "block": 16, "held_out": 0.2}
QUICK = {**TINY, "epochs": 6, "batch_size": 8, "learning_rate": 5e-3, "evaluations": 1, "patience": 9}


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def run(folder, options=None, **settings):
    return Pretraining(PretrainingConfig(**{**QUICK, **settings})).run(colourful(40), folder, options or FitOptions())


@pytest.mark.parametrize("objective", ["masked", "causal"])
def test_from_scratch_it_learns_the_words_of_the_storefront(objective, tmp_path):
    figures = run(tmp_path, base="scratch", objective=objective)
    assert figures["perplexity_after"] < 0.6 * figures["perplexity_before"]
    assert figures["fresh_head"] is False
    again = go_on(str(tmp_path), objective)
    assert not again.fresh_head
    assert (
        again.tokenizer.decode(again.tokenizer.encode("red shoe", add_special_tokens=False).ids).strip() == "red shoe"
    )


@pytest.mark.parametrize(("kind", "objective"), [("bert", "masked"), ("gpt2", "causal"), ("llama", "causal")])
def test_it_goes_on_from_a_model(kind, objective, tmp_path):
    base = write_model(tmp_path, kind)
    (tmp_path / "out").mkdir()
    figures = run(tmp_path / "out", base=base, objective=objective)
    assert figures["perplexity_after"] < figures["perplexity_before"]
    assert figures["texts"]["held_out"] > 0


def test_a_model_without_a_head_gets_one_that_is_warmed_first(tmp_path):
    base = write_model(tmp_path, "bert")
    (tmp_path / "out").mkdir()
    figures = run(tmp_path / "out", base=base)
    assert figures["fresh_head"] is True
    assert figures["perplexity_before"] < figures["perplexity_fresh_head"]
    # Saved with its head, it needs none anew.
    assert not go_on(str(tmp_path / "out"), "masked").fresh_head


def test_a_masked_model_is_an_encoder_and_either_can_be_taught_interest(tmp_path):
    for objective in ("masked", "causal"):
        (tmp_path / objective).mkdir()
        run(tmp_path / objective, base="scratch", objective=objective, epochs=1)
        assert start(str(tmp_path / objective), "cpu", 8, 3).model.causal == (objective == "causal")
    assert load_encoder(str(tmp_path / "masked")).encode(["red shoe"]).shape == (1, 16)


def test_the_held_out_texts_are_never_learned_from(tmp_path):
    seen = Pretraining(PretrainingConfig(**{**QUICK, "base": "scratch", "epochs": 1}))
    first = seen.run(colourful(40), tmp_path, FitOptions(seed=1))
    assert first["texts"]["train"] + first["texts"]["held_out"] == 24 + 40


def test_eight_of_ten_hidden_tokens_are_masked_one_is_any_and_one_stays():
    language = begin("masked", ["red green blue shoe tea"] * 5, 300, Sizes(16, 1, 2, 16), 0)
    ids = torch.full((200, 100), language.tokenizer.token_to_id("red"))
    ids[:, 0] = language.tokenizer.token_to_id("[CLS]")
    hidden, labels = hide(ids, torch.ones_like(ids), language, 0.15, torch.Generator().manual_seed(0))
    chosen = labels != IGNORED
    assert chosen.float().mean() == pytest.approx(0.15, abs=0.01)
    assert not chosen[:, 0].any()
    assert (labels[chosen] == ids[chosen]).all()
    assert (hidden[chosen] == language.mask).float().mean() == pytest.approx(0.8, abs=0.03)
    assert (hidden[chosen] == ids[chosen]).float().mean() == pytest.approx(0.1, abs=0.03)
    assert (hidden[~chosen] == ids[~chosen]).all()


def test_padding_is_never_hidden():
    language = begin("masked", ["red green"] * 5, 300, Sizes(16, 1, 2, 16), 0)
    there = torch.zeros((50, 20), dtype=torch.long)
    _, labels = hide(torch.full((50, 20), 7), there, language, 0.5, torch.Generator().manual_seed(0))
    assert (labels == IGNORED).all()


def test_texts_are_packed_into_blocks_one_after_the_other():
    assert packed_blocks([[1, 2, 3], [4], [5, 6]], 9, 4) == [[1, 2, 3, 9], [4, 9, 5, 6], [9]]


def test_an_interrupted_run_goes_on_to_the_same_weights(tmp_path):
    settings = {"base": "scratch", "objective": "masked", "epochs": 2, "checkpoint_every": 1}
    for name in ("whole", "part", "rest"):
        (tmp_path / name).mkdir()
    run(tmp_path / "whole", **settings)
    seen = []
    options = {"progress": lambda *told: seen.append(told), "cancelled": lambda: len(seen) == 7}
    with pytest.raises(Cancelled):
        run(tmp_path / "part", FitOptions(checkpoint=tmp_path / "kept", **options), **settings)
    run(tmp_path / "rest", FitOptions(checkpoint=tmp_path / "kept"), **settings)
    whole, rest = (go_on(str(tmp_path / name), "masked").model.state_dict() for name in ("whole", "rest"))
    for name, value in whole.items():
        torch.testing.assert_close(rest[name], value, msg=name)


def test_how_an_encoder_pools_is_kept(tmp_path):
    base = write_model(tmp_path / "base", "bert")
    (tmp_path / "base" / "1_Pooling").mkdir()
    (tmp_path / "base" / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    (tmp_path / "out").mkdir()
    run(tmp_path / "out", base=base, epochs=1)
    assert load_encoder(str(tmp_path / "out")).pooling == "cls"


def test_a_tokenizer_without_a_mask_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    base = write_model(tmp_path, "bert")
    text = (tmp_path / "tokenizer.json").read_text().replace("[MASK]", "[OTHER]")
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(TaskError, match="no mask token"):
        run(tmp_path / "out", base=base)


def test_an_empty_storefront_is_refused(tmp_path):
    data = colourful(1, events=0)
    empty = type(data)(data.items.take(np.zeros(0, dtype=int)), [[]], data.render)
    with pytest.raises(TaskError, match="too little text"):
        Pretraining(PretrainingConfig(base=write_model(tmp_path, "bert"))).run(empty, tmp_path, FitOptions())


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="objective"):
        PretrainingConfig(objective="both")
