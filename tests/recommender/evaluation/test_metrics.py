import itertools

import numpy as np
import pytest

from recommender.algorithms.ranks import TiedRanks, ndcg
from recommender.evaluation.metrics import average_precision, gini, list_metrics, mrr, recall, top_items


def ranks_of(scores, *targets) -> TiedRanks:
    return TiedRanks.of(np.atleast_2d(np.array(scores, dtype=np.float32)), [np.array(target) for target in targets])


def brute_force(scores: list[float], target: list[int], k: int) -> dict[str, float]:
    """Every order that the scores allow, averaged: recall, NDCG, MRR and MAP by their definitions."""
    results = []
    for order in itertools.permutations(range(len(scores))):
        if any(scores[a] < scores[b] for a, b in itertools.pairwise(order)):
            continue
        hits = np.isin(order[:k], target)
        discounts = 1 / np.log2(np.arange(2, k + 2))
        precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
        results.append(
            {
                "recall": hits.sum() / len(target),
                "ndcg": (hits @ discounts[: len(hits)]) / discounts[: min(k, len(target))].sum(),
                "mrr": 1 / (1 + np.argmax(hits)) if hits.any() else 0.0,
                "map": (precision * hits).sum() / min(k, len(target)),
            }
        )
    return {name: float(np.mean([result[name] for result in results])) for name in results[0]}


@pytest.mark.parametrize(
    ("scores", "target"),
    [
        ([5, 4, 3, 2, 1, 0], [2]),
        ([5, 4, 3, 2, 1, 0], [0, 4, 5]),
        ([1, 1, 1, 1, 1, 1], [3]),
        ([1, 1, 1, 1, 1, 1], [1, 2, 3]),
        ([3, 2, 2, 2, 1, 1], [1, 2, 4]),
        ([3, 3, 2, 2, 2, 1], [0, 3, 4, 5]),
    ],
)
@pytest.mark.parametrize("k", [1, 3, 4])
def test_metrics_are_the_mean_over_all_orders_of_tied_items(scores, target, k):
    ranks = ranks_of(scores, target)
    expected = brute_force(scores, target, k)
    assert recall(ranks, k)[0] == pytest.approx(expected["recall"])
    assert ndcg(ranks, k)[0] == pytest.approx(expected["ndcg"])
    assert mrr(ranks, k)[0] == pytest.approx(expected["mrr"])
    assert average_precision(ranks, k)[0] == pytest.approx(expected["map"])


def test_a_constant_scorer_scores_like_chance():
    assert recall(ranks_of(np.zeros(200), [17]), 10)[0] == pytest.approx(10 / 200)


def test_excluded_items_take_no_rank():
    assert recall(ranks_of([-np.inf, -np.inf, 1.0], [2]), 1)[0] == 1


def test_an_answer_that_may_not_be_shown_is_a_miss():
    assert recall(ranks_of([-np.inf, -np.inf, -np.inf], [2]), 3)[0] == 0


def test_nan_scores_are_refused():
    with pytest.raises(ValueError, match="nan"):
        ranks_of([np.nan, 1.0], [0])


def test_questions_are_told_apart():
    ranks = ranks_of([[3, 2, 1], [3, 2, 1]], [0], [1, 2])
    np.testing.assert_allclose(recall(ranks, 1), [1, 0])
    np.testing.assert_allclose(recall(ranks, 2), [1, 0.5])
    np.testing.assert_allclose(average_precision(ranks, 3), [1, (1 / 2 + 2 / 3) / 2])


def test_top_items_are_ordered_and_leave_out_what_may_not_be_shown():
    lists = top_items(np.array([[1.0, 3.0, -np.inf, 2.0], [0.0, 0.0, 0.0, 0.0]]), 4)
    assert lists.tolist() == [[1, 3, 0, -1], [0, 1, 2, 3]]


def test_gini_is_zero_for_equal_and_near_one_for_concentrated_exposure():
    assert gini(np.full(100, 7)) == pytest.approx(0)
    assert gini(np.eye(1, 100, 5)[0]) == pytest.approx(0.99)


def test_list_metrics_describe_the_lists():
    vectors = np.array([[1, 0], [0, 1], [1, 0], [1, 0]], dtype=np.float32)
    metrics = list_metrics(np.array([[0, 1], [0, 1]]), np.array([4, 1, 4, 4]), n_persons=4, vectors=vectors)
    assert metrics["coverage"] == 0.5
    assert metrics["novelty"] == pytest.approx((0 + 2) / 2)
    assert metrics["diversity"] == pytest.approx(1.0)


def test_a_list_of_equal_items_has_no_diversity():
    vectors = np.array([[1, 0], [0, 1], [1, 0], [1, 0]], dtype=np.float32)
    assert list_metrics(np.array([[0, 2, 3]]), np.ones(4), 4, vectors)["diversity"] == pytest.approx(0.0, abs=1e-6)
