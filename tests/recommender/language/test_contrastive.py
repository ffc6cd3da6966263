"""Texts that lead to one another come close, for items that nobody has touched as well."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.contracts import Cancelled, EventView, FitOptions
from recommender.data import Items
from recommender.language.cold import ColdQuestions, figures, ranks, withhold
from recommender.language.contrastive import Contrastive, ContrastiveConfig
from recommender.language.corpus import Corpus, Event
from recommender.language.encoder import load_encoder
from recommender.language.pairs import neighbours, next_pairs
from recommender.language.task import TaskError

from .conftest import write_tiny_model

KINDS = ("shoe", "tea", "film", "shoe tea", "tea film", "film shoe", "shoe a", "tea a", "film a", "a shoe of tea")
LOOP = {"epochs": 8, "batch_size": 16, "learning_rate": 1e-2, "patience": 10, "checkpoint_every": 5}


def red_and_green(n_persons: int = 40, length: int = 5) -> Corpus:
    """Whoever likes one red thing likes red things, and never a green one."""
    texts = [f"{colour} {kind}" for colour in ("red", "green") for kind in KINDS]
    random = np.random.default_rng(0)
    histories = []
    for person in range(n_persons):
        own = (person % 2) * len(KINDS) + random.permutation(len(KINDS))[:length]
        histories.append(
            [Event(int(item), 1.0, float(n), EventView("like", texts[item])) for n, item in enumerate(own)]
        )
    return Corpus(
        Items(ids=np.arange(len(texts)), texts=texts),
        histories,
        render=lambda events, language: " ".join(event.title for event in events),
        titles=texts,
    )


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
    figures = Contrastive(config(base, anchors_as_items=0.0)).run(red_and_green(), product, FitOptions())
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


def test_pairs_are_first_likes_after_another_like():
    events = [
        Event(0, 1.0, 0, EventView("like")),
        Event(-1, 0.0, 1, EventView("search", text="tea")),
        Event(0, 1.0, 2, EventView("like")),
        Event(1, -1.0, 3, EventView("dismiss")),
        Event(2, 1.0, 4, EventView("like")),
    ]
    pairs = next_pairs(replace(red_and_green(), histories=[events]))
    assert list(zip(pairs.befores.tolist(), pairs.targets.tolist(), strict=True)) == [(4, 2)]


def test_neighbours_are_the_nearest_others():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], dtype=np.float32)
    assert neighbours(vectors, 1).tolist() == [[1], [0], [3], [2]]


def test_withheld_items_are_nowhere_in_what_is_learned_from():
    corpus = red_and_green()
    warm, questions = withhold(corpus, 0.2, seed=1)
    withheld = set(questions.items.tolist())
    assert len(withheld) == 4
    assert not any(event.item in withheld for events in warm.histories for event in events)
    assert all(not withheld & set(history.tolist()) for history in questions.histories)


def test_withholding_leaves_something_to_ask_or_says_why():
    with pytest.raises(ValueError, match="too few to withhold"):
        withhold(replace(red_and_green(), histories=[]), 0.2, seed=0)


def test_a_constant_encoder_ranks_like_chance():
    questions = ColdQuestions(
        items=np.arange(9),
        histories=[np.array([9])],
        targets=np.array([3]),
        known=[np.zeros(0, dtype=np.int64)],
        persons=np.array([0]),
    )
    found = ranks(questions, np.ones((10, 4), dtype=np.float32) / 2, 0.8)
    assert found.tolist() == [5.0]
    assert figures(found, k=4)["recall@4"].tolist() == [0.0]


def test_what_a_person_had_already_is_not_in_their_way():
    vectors = np.array([[1.0, 0], [0.9, 0], [0.1, 0], [1.0, 0]], dtype=np.float32)
    questions = ColdQuestions(np.array([0, 1, 2]), [np.array([3])], np.array([1]), [np.array([0])], np.array([0]))
    assert ranks(questions, vectors, 1.0).tolist() == [1.0]
