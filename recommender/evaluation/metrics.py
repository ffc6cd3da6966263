"""Ranking metrics over the whole catalogue: no sampled negatives, ties averaged (see `algorithms.ranks`).

Accuracy is one value a question; what describes the lists together (coverage, Gini) is one value in all.
"""

from __future__ import annotations

import numpy as np

from ..algorithms.ranks import TiedRanks, ndcg


def accuracy(ranks: TiedRanks, ks: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Metric name such as "recall@10" → (q,) values in [0, 1]."""
    values = {}
    for k in ks:
        values[f"recall@{k}"] = recall(ranks, k)
        values[f"ndcg@{k}"] = ndcg(ranks, k)
        values[f"mrr@{k}"] = mrr(ranks, k)
        values[f"map@{k}"] = average_precision(ranks, k)
    return values


def recall(ranks: TiedRanks, k: int) -> np.ndarray:
    """(q,) share of the answers that are among the first k."""
    return ranks.total(ranks.chances(k).sum(axis=1)) / np.maximum(1, ranks.answers)


def mrr(ranks: TiedRanks, k: int) -> np.ndarray:
    """(q,) expected 1 / rank of the first answer, 0 beyond k.

    Among s tied items with t answers, rank j is the first hit with probability t / (s - j + 1) when ranks
    1 … j - 1 of the tie were none.
    """
    best = np.full(ranks.n_questions, np.iinfo(np.int64).max)
    np.minimum.at(best, ranks.questions, ranks.above)
    first = ranks.above == best[ranks.questions]
    tied_answers = ranks.total(first)
    above, ties = (_of_first(column, ranks, first) for column in (ranks.above, ranks.ties))
    values, none_yet = np.zeros(ranks.n_questions), np.ones(ranks.n_questions)
    for place in range(1, k + 1):
        inside = place <= ties - tied_answers + 1
        hit = np.where(inside, tied_answers / np.maximum(1, ties - place + 1), 0.0)
        rank = above + place
        values += np.where(rank <= k, none_yet * hit / rank, 0.0)
        none_yet = none_yet * (1 - hit)
    return values


def average_precision(ranks: TiedRanks, k: int) -> np.ndarray:
    """(q,) expected average precision at k, normalised by min(k, answers).

    An answer at place p of a tie of s items with t answers has, on average, (t - 1)(p - 1) / (s - 1) other
    answers of the tie before it.
    """
    keys = np.stack([ranks.questions, ranks.above], axis=1)
    _, group, group_size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    others = group_size[group] - 1
    # np.unique sorts by question, then by rank: answers above = those of earlier groups of the same question.
    before_group = np.concatenate([[0], np.cumsum(group_size)])[group]
    before_question = np.concatenate([[0], np.cumsum(ranks.answers)])[ranks.questions]
    hits_above = before_group - before_question
    at = np.arange(1, k + 1)
    place = at - ranks.above[:, None]
    expected = others[:, None] * (place - 1) / np.maximum(1, ranks.ties - 1)[:, None]
    precision = (hits_above[:, None] + 1 + expected) / at
    return ranks.total((ranks.chances(k) * precision).sum(axis=1)) / np.maximum(1, np.minimum(ranks.answers, k))


def top_items(scores: np.ndarray, k: int) -> np.ndarray:
    """(q, k) int64 best items, best first, -1 where nothing may be shown; `scores` (q, n) is -inf there."""
    k = min(k, scores.shape[1])
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    best_scores = np.take_along_axis(scores, best, axis=1)
    order = np.lexsort((best, -best_scores), axis=1)
    return np.where(
        np.isfinite(np.take_along_axis(best_scores, order, axis=1)), np.take_along_axis(best, order, axis=1), -1
    )


def list_metrics(
    lists: np.ndarray, popularity: np.ndarray, n_persons: int, vectors: np.ndarray | None
) -> dict[str, float]:
    """What the lists (q, k) look like together.

    coverage: share of the catalogue that is in any list. novelty: mean −log2 of the share of persons who
    know the item (Zhou et al. 2010). gini: inequality of exposure, 0 when all items are shown equally.
    diversity: mean 1 − cosine between items of a list; left out when there are no vectors.
    """
    shown = lists[lists >= 0]
    if len(shown) == 0:
        return {"coverage": 0.0, "novelty": 0.0, "gini": 0.0}
    exposure = np.bincount(shown, minlength=len(popularity))
    known = np.maximum(popularity, 1)[shown] / max(1, n_persons)
    values = {
        "coverage": float(np.count_nonzero(exposure) / len(popularity)),
        "novelty": float(-np.log2(np.minimum(known, 1)).mean()),
        "gini": gini(exposure),
    }
    if vectors is not None and vectors.any():
        values["diversity"] = _diversity(lists, vectors)
    return values


def gini(exposure: np.ndarray) -> float:
    """Gini coefficient of counts: 0 for equality, towards 1 when few get all."""
    ordered = np.sort(exposure.astype(np.float64))
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * max(ordered.sum(), 1e-12)))


def _diversity(lists: np.ndarray, vectors: np.ndarray) -> float:
    """Σ_i Σ_j v_i·v_j is |Σ_i v_i|², so the mean over pairs needs one sum a list."""
    known = np.concatenate([vectors, np.zeros((1, vectors.shape[1]), vectors.dtype)])  # row -1 is nothing
    values = []
    for items in lists:
        chosen = known[items[items >= 0]]
        chosen = chosen[chosen.any(axis=1)]
        m = len(chosen)
        if m >= 2:
            together = float((chosen.sum(axis=0) ** 2).sum() - (chosen**2).sum())
            values.append(1 - together / (m * (m - 1)))
    return float(np.mean(values)) if values else 0.0


def _of_first(column: np.ndarray, ranks: TiedRanks, first: np.ndarray) -> np.ndarray:
    """(q,) the value of `column` at each question's best-ranked answers, which all share it."""
    values = np.zeros(ranks.n_questions, dtype=np.int64)
    values[ranks.questions[first]] = column[first]
    return values
