import numpy as np
import pytest

from recommender.contracts import FitOptions
from recommender.language.media.fusion import Gate, concatenated, late, present
from recommender.language.media.gate_training import GateConfig, fit_gate

RANDOM = np.random.default_rng(0)
N, GROUPS = 1200, 8
GROUP = np.arange(N) % GROUPS


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


# The image shows the group that an item is of; the text says nothing about it. A fifth has no image, others no text.
IMAGES = unit(np.eye(GROUPS)[GROUP] @ RANDOM.normal(size=(GROUPS, 24)) + 1.2 * RANDOM.normal(size=(N, 24)))
TEXTS = unit(RANDOM.normal(size=(N, 32)))
IMAGES[::5] = 0
TEXTS[3::5] = 0
BLOCKS = {"text": TEXTS, "image": IMAGES}
# What is learned from the first half of the items must hold for the second, of which it never heard.
LEARNED, NEW = np.arange(N // 2), np.arange(N // 2, N)


def pairs_within_groups(count, random):
    before = random.choice(LEARNED, count)
    after = [random.choice(LEARNED[GROUP[LEARNED] == GROUP[item]]) for item in before]
    return np.stack([before, np.array(after)], axis=1)


def same_group_among_five_nearest(vectors):
    """Of new items with an image: the share of their neighbours among new items that are of their group."""
    scores = vectors[NEW] @ vectors[NEW].T
    np.fill_diagonal(scores, -np.inf)
    shown = np.flatnonzero(present(IMAGES[NEW]))
    nearest = np.argsort(-scores[shown], axis=1)[:, :5]
    groups = GROUP[NEW]
    return float((groups[nearest] == groups[shown, None]).mean())


@pytest.fixture(scope="module")
def learned():
    config = GateConfig(dimensions=24, epochs=8, batch_size=128, learning_rate=1e-2)
    return fit_gate(BLOCKS, pairs_within_groups(3000, np.random.default_rng(1)), config, FitOptions(seed=0))


def test_the_gate_learns_that_images_say_what_texts_do_not(learned):
    gate, figures = learned
    both = present(TEXTS) & present(IMAGES)
    assert gate.weights(BLOCKS)["image"][both].mean() > 0.7
    assert figures["weights"]["image"] > figures["weights"]["text"]
    assert figures["after"]["held_loss"] < figures["before"]["held_loss"]


def test_the_learned_fusion_finds_what_belongs_together_better_than_text_or_concatenation(learned):
    fused = same_group_among_five_nearest(learned[0].fuse(BLOCKS))
    joined = same_group_among_five_nearest(concatenated(BLOCKS))
    text = same_group_among_five_nearest(TEXTS)
    assert text < 0.25
    assert joined > text + 0.1
    assert fused > joined + 0.05


def test_what_is_missing_takes_no_part_and_the_rest_counts_in_full(learned):
    gate, _ = learned
    weights = gate.weights(BLOCKS)
    assert (weights["text"][~present(IMAGES)] == 1).all()
    assert (weights["image"][~present(TEXTS)] == 1).all()
    np.testing.assert_allclose(weights["text"] + weights["image"], 1, atol=1e-6)


def test_an_item_with_nothing_is_a_row_of_zeros_and_never_nan(learned):
    nothing = {"text": np.zeros((2, 32), np.float32), "image": np.zeros((2, 24), np.float32)}
    for fused in (learned[0].fuse(nothing), concatenated(nothing)):
        assert np.isfinite(fused).all()
        assert not fused.any()
    assert not late({"text": np.zeros(2)}, {"text": np.zeros(2, bool)}).any()


def test_a_modality_less_is_fused_by_what_is_left(learned):
    fused = learned[0].fuse({"text": TEXTS})
    np.testing.assert_allclose(np.linalg.norm(fused[present(TEXTS)], axis=1), 1, atol=1e-5)


def test_a_saved_gate_fuses_the_same_and_holds_no_objects(learned, tmp_path):
    learned[0].save(tmp_path)
    np.testing.assert_array_equal(Gate.load(tmp_path).fuse(BLOCKS), learned[0].fuse(BLOCKS))
    with np.load(tmp_path / "fusion.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_file_that_is_no_fusion_is_refused(tmp_path):
    np.savez(tmp_path / "fusion.npz", x=np.ones(2))
    with pytest.raises(ValueError, match="does not hold a fusion"):
        Gate.load(tmp_path)


def test_vectors_of_another_encoder_are_refused_with_what_to_do(learned):
    with pytest.raises(ValueError, match="32 dimensions, not 31; train it again"):
        learned[0].fuse({"text": TEXTS[:, :31]})
    with pytest.raises(ValueError, match="nothing of smell"):
        learned[0].fuse({"smell": TEXTS})


def test_learning_twice_gives_the_same_gate(learned):
    config = GateConfig(dimensions=8, epochs=1)
    pairs = pairs_within_groups(100, np.random.default_rng(2))
    first, second = (fit_gate(BLOCKS, pairs, config)[0].fuse(BLOCKS) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="19 pairs"):
        fit_gate(BLOCKS, np.zeros((19, 2), np.int64))


def test_the_product_of_concatenations_is_the_weighted_mean_of_cosines():
    blocks = {"text": np.array([[3.0, 0], [0, 2.0]]), "image": np.array([[1.0, 0], [1.0, 0]])}
    joined = concatenated(blocks, {"text": 1.0, "image": 3.0})
    assert joined[0] @ joined[1] == pytest.approx(0.75)
    assert joined[0] @ joined[0] == pytest.approx(1)


def test_without_an_image_the_text_has_all_the_weight():
    blocks = {"text": np.array([[1.0, 0]]), "image": np.zeros((1, 2))}
    np.testing.assert_allclose(concatenated(blocks), [[1, 0, 0, 0]])


def test_late_fusion_makes_scores_of_different_scales_comparable():
    scores = {"text": np.array([0.1, 0.2, 0.3]), "image": np.array([300.0, 200.0, 100.0])}
    there = {name: np.ones(3, bool) for name in scores}
    np.testing.assert_allclose(late(scores, there), 0, atol=1e-6)
    assert late(scores, there, {"image": 2.0}).argmax() == 0


def test_late_fusion_asks_only_what_is_there():
    scores = {"text": np.array([1.0, 0.0, -1.0]), "image": np.array([0.0, 5.0, 1.0])}
    there = {"text": np.array([True, True, True]), "image": np.array([False, True, True])}
    assert late(scores, there)[0] == pytest.approx(1 / np.std([1, 0, -1]))


def test_weights_below_zero_and_values_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="0 or more"):
        concatenated(BLOCKS, {"text": -1.0})
    with pytest.raises(ValueError, match="image vectors hold values that are no numbers"):
        concatenated({"image": np.array([[np.nan, 1.0]])})
    with pytest.raises(ValueError, match="row for every item"):
        concatenated({"a": np.ones((2, 2)), "b": np.ones((3, 2))})
