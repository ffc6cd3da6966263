"""Texts that lead to one another come close, for items that nobody has touched as well."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.contracts import Cancelled, FitOptions
from recommender.language.contrastive import Contrastive, ContrastiveConfig
from recommender.language.encoder import load_encoder
from recommender.language.task import TaskError

from .conftest import write_tiny_model
from .red_and_green import KINDS, red_and_green

LOOP = {"epochs": 8, "batch_size": 16, "learning_rate": 1e-2, "patience": 10, "checkpoint_every": 5}


def config(folder, **rest) -> ContrastiveConfig:
    settings = {"base": str(folder), "withheld": 0.3, "hard": 4, "near": 8, "dimensions": (8,), "loop": LOOP, **rest}
    return ContrastiveConfig(**settings)


@pytest.fixture
def base(tmp_path):
    return write_tiny_model(tmp_path / "base")


@pytest.fixture
def product(tmp_path):
    folder = tmp_path / "product"
    folder.mkdir()
    return folder


def separation(vectors: np.ndarray) -> float:
    """How much more alike two items of a colour are than two of different colours."""
    scores = vectors @ vectors.T
    same = np.arange(len(vectors)) // len(KINDS)
    alike = same[:, None] == same[None, :]
    return float(scores[alike & ~np.eye(len(vectors), dtype=bool)].mean() - scores[~alike].mean())


@pytest.mark.parametrize("adapter", ["full", "lora"])
def test_what_people_choose_together_comes_close(base, product, adapter):
    corpus = red_and_green()
    before = separation(load_encoder(str(base), device="cpu").encode(corpus.items.texts))
    figures = Contrastive(config(base, adapter=adapter, rank=4)).run(corpus, product, FitOptions())
    after = load_encoder(str(product), device="cpu")
    if adapter == "full":  # small matrices beside weights that were drawn by chance move them less
        assert separation(after.encode(corpus.items.texts)) > before + 0.1
    assert figures["after"]["ndcg@10"] > figures["before"]["ndcg@10"]
    assert figures["fingerprint"] == after.fingerprint


def test_the_leading_dimensions_work_by_themselves(base, product):
    corpus = red_and_green()
    Contrastive(config(base)).run(corpus, product, FitOptions())
    part = load_encoder(str(product), device="cpu", dimensions=8).encode(corpus.items.texts)
    assert part.shape[1] == 8
    assert separation(part) > 0.1


def test_the_product_is_a_plain_folder_of_transformers(base, product, monkeypatch):
    from transformers import AutoModel

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    Contrastive(config(base, adapter="lora", rank=2, loop={**LOOP, "epochs": 1})).run(
        red_and_green(), product, FitOptions()
    )
    assert AutoModel.from_pretrained(product).config.hidden_size == 16
    assert not list(product.rglob("*adapter*"))


def test_histories_in_words_teach_too(base, product):
    figures = Contrastive(config(base, in_words=1.0)).run(red_and_green(), product, FitOptions())
    assert figures["after"]["ndcg@10"] > figures["before"]["ndcg@10"]


def test_the_same_seed_gives_the_same_encoder(base, tmp_path):
    fingerprints = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        figures = Contrastive(config(base, loop={**LOOP, "epochs": 1})).run(red_and_green(), folder, FitOptions(seed=3))
        fingerprints.append(figures["fingerprint"])
    assert fingerprints[0] == fingerprints[1]


def test_an_interrupted_training_goes_on_to_the_same_encoder(base, tmp_path):
    settings = config(base, loop={**LOOP, "epochs": 2})
    folders = [tmp_path / name for name in ("whole", "broken", "resumed")]
    for folder in folders:
        folder.mkdir()
    whole = Contrastive(settings).run(red_and_green(), folders[0], FitOptions())
    reached = []
    stopping = FitOptions(
        checkpoint=tmp_path / "checkpoint",
        progress=lambda stage, fraction, metrics: reached.append(fraction),
        cancelled=lambda: reached[-1] >= 0.5,
    )
    with pytest.raises(Cancelled):
        Contrastive(settings).run(red_and_green(), folders[1], stopping)
    assert not list(folders[1].iterdir())
    resumed = Contrastive(settings).run(red_and_green(), folders[2], FitOptions(checkpoint=tmp_path / "checkpoint"))
    assert resumed["fingerprint"] == whole["fingerprint"]


def test_frozen_layers_stay_as_they_are(base, product):
    Contrastive(config(base, frozen_layers=1, loop={**LOOP, "epochs": 1})).run(red_and_green(), product, FitOptions())
    before, after = (load_encoder(str(folder), device="cpu").model.state_dict() for folder in (base, product))
    changed = {name for name in before if not np.array_equal(before[name].numpy(), after[name].numpy())}
    assert changed
    assert not any(name.startswith(("embeddings.word", "encoder.layer.0.")) for name in changed)


def test_too_many_frozen_layers_are_refused(base, product):
    with pytest.raises(TaskError, match="frozen_layers is 2"):
        Contrastive(config(base, frozen_layers=2)).run(red_and_green(), product, FitOptions())


def test_a_catalogue_that_nobody_touched_teaches_nothing(base, product):
    corpus = replace(red_and_green(), histories=[[]])
    with pytest.raises(TaskError, match="Import more behaviours"):
        Contrastive(config(base)).run(corpus, product, FitOptions())
