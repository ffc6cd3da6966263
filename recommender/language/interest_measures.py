"""How good probabilities of interest are: whether they rank, whether they are right, and how to set them right."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from scipy.stats import rankdata

BINS = 10


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """The share of pairs of an interesting and an uninteresting item that are in the right order, ties half.

    By ranks, Hanley and McNeil 1982, equation 1. Raises ValueError when there is only one kind of item.
    """
    labels = np.asarray(labels, dtype=bool)
    positives, negatives = int(labels.sum()), int((~labels).sum())
    if not positives or not negatives:
        raise ValueError("The AUC needs items that interested and items that did not.")
    ranks = rankdata(scores)
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def log_loss(labels: np.ndarray, logits: np.ndarray) -> float:
    """Mean cross-entropy in nats."""
    signs = np.where(np.asarray(labels, dtype=bool), 1.0, -1.0)
    return float(-log_expit(signs * np.asarray(logits, dtype=np.float64)).mean())


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> list[dict[str, float]]:
    """Equal bins of probability, those that are not empty: how many, the mean said, and the share that was true."""
    places = np.minimum((np.asarray(probabilities) * bins).astype(int), bins - 1)
    rows = []
    for place in np.unique(places):
        own = places == place
        rows.append(
            {
                "from": place / bins,
                "count": int(own.sum()),
                "said": float(np.mean(np.asarray(probabilities)[own])),
                "true": float(np.mean(np.asarray(labels)[own])),
            }
        )
    return rows


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error, Guo et al. 2017, equation 3."""
    rows = reliability(labels, probabilities, bins)
    return float(sum(row["count"] * abs(row["said"] - row["true"]) for row in rows) / max(1, len(labels)))


def temperature(labels: np.ndarray, logits: np.ndarray) -> tuple[float, float]:
    """T and b with the least log loss of logits / T + b.

    Guo et al. 2017, section 4.2, with the shift of Platt 1999: weights that balance the classes in training move
    every logit by as much, and b moves it back to the share of interesting items in the validation questions.
    """
    signs = np.where(np.asarray(labels, dtype=bool), 1.0, -1.0)
    logits = np.asarray(logits, dtype=np.float64)

    def loss(scale_and_shift: np.ndarray) -> float:
        return float(-log_expit(signs * (logits * np.exp(scale_and_shift[0]) + scale_and_shift[1])).mean())

    # Bounded: where the classes part perfectly, the best slope would be infinite.
    found = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-4, 4), (-20, 20)])
    return float(np.exp(-found.x[0])), float(found.x[1])


def figures(labels: np.ndarray, logits: np.ndarray) -> dict[str, Any]:
    """Accuracy at one half, AUC, log loss and calibration of logits."""
    labels = np.asarray(labels, dtype=bool)
    probabilities = expit(np.asarray(logits, dtype=np.float64))
    return {
        "accuracy": float(np.mean((probabilities >= 0.5) == labels)),
        "auc": auc(labels, logits) if labels.any() and not labels.all() else float("nan"),
        "log_loss": log_loss(labels, logits),
        "ece": calibration_error(labels, probabilities),
    }
