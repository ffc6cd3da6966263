"""The weights of a blend: coordinate ascent on validation NDCG over each question's best candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..contracts import Algorithm, FitOptions
from ..data import HeldOut, Query
from .tuning import is_better, sample

#: Best items of each member that compete for a question.
_POOL = 100

#: Members times questions times candidates: 6e7 float32 are 240 MB.
_CELLS = 6 * 10**7

#: Score of what may not be shown; finite, so that weight 0 makes it 0.
_LAST = np.float32(-1e6)

_TURNS = 4

#: Weights tried beside a strongest member of weight 1.
_STEPS = (0.0, 0.01, 0.02, 0.035, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0)


@dataclass(frozen=True)
class Candidates:
    """Members' standardised scores of the items that could be near the top, padded to c a question.

    Looking only at these is what makes a try cost milliseconds; an item that no member has among its best
    100 is not going to lead the blend.
    """

    scores: np.ndarray  # (members, q, c) float32, far below everything where padded or excluded
    questions: np.ndarray  # (t,) of each answer: its question …
    places: np.ndarray  # (t,) … and its place among the candidates
    answers: np.ndarray  # (q,) how many answers a question has

    @classmethod
    def of(
        cls,
        members: Sequence[Algorithm],
        add_standardised: Callable[[Algorithm, Query, float, np.ndarray], None],
        held_out: HeldOut,
        seed: int,
    ) -> Candidates:
        pool = min(_POOL, members[0].n_items_)
        width = len(members) * pool + max(len(targets) for targets in held_out.targets)
        held_out = sample(held_out, max(1, _CELLS // (len(members) * width)), seed)
        scores = np.full((len(members), len(held_out), width), _LAST, dtype=np.float32)
        questions, places = [], []
        for row, (query, targets) in enumerate(zip(held_out.queries, held_out.targets, strict=True)):
            own = np.zeros((len(members), members[0].n_items_), dtype=np.float32)
            for member, out in zip(members, own, strict=True):
                add_standardised(member, query, 1.0, out)
            own[:, query.exclude] = _LAST
            best = np.argpartition(-own, pool - 1, axis=1)[:, :pool]
            chosen = np.union1d(best, targets)
            scores[:, row, : len(chosen)] = own[:, chosen]
            questions.append(np.full(len(targets), row))
            places.append(np.searchsorted(chosen, targets))
        answers = np.array([len(targets) for targets in held_out.targets])
        return cls(scores, np.concatenate(questions), np.concatenate(places), answers)

    def blended(self, weights: np.ndarray) -> np.ndarray:
        """(q, c) weighted sums."""
        total = np.zeros(self.scores.shape[1:], dtype=np.float32)
        for weight, scores in zip(weights, self.scores, strict=True):
            if weight:
                total += np.float32(weight) * scores
        return total

    def ndcg(self, blended: np.ndarray, k: int = 10) -> np.ndarray:
        """(q,) NDCG at k of blended scores (q, c); tied items share their mean rank."""
        own = blended[self.questions, self.places][:, None]
        rivals = blended[self.questions] if len(self.answers) != len(self.questions) else blended
        ranks = (rivals > own).sum(axis=1) + ((rivals == own).sum(axis=1) - 1) / 2
        gains = np.where(ranks < k, 1 / np.log2(ranks + 2), 0.0)
        ideal = np.cumsum(1 / np.log2(np.arange(2, k + 2)))[np.minimum(self.answers, k) - 1]
        return np.bincount(self.questions, weights=gains, minlength=len(self.answers)) / ideal


def fit_weights(candidates: Candidates, start: Sequence[float], options: FitOptions) -> tuple[float, ...]:
    """Weights, the largest being 1, that no step of one member improves on.

    Begins with the better of `start` and the best member alone.
    """
    members = len(candidates.scores)
    starts = [np.array(start, dtype=np.float64), *np.eye(members)]
    weights = max(starts, key=lambda tried: candidates.ndcg(candidates.blended(tried)).mean())
    for turn in range(_TURNS):
        before = weights
        for member in range(members):
            values = candidates.ndcg(candidates.blended(weights))
            options.check("blend: weighing", (turn + member / members) / _TURNS, ndcg=float(values.mean()))
            tried = [np.where(np.arange(members) == member, step, weights) for step in _STEPS]
            tried = [other for other in tried if other.any()]
            results = [candidates.ndcg(candidates.blended(other)) for other in tried]
            best = int(np.argmax([result.mean() for result in results]))
            if is_better(results[best], values):
                weights = tried[best] / tried[best].max()
        if np.array_equal(weights, before):
            break
    return tuple(round(float(weight), 4) for weight in weights)
