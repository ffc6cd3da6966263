"""Which events a neural score rests on: integrated gradients, and leaving out one event at a time.

Attention is no explanation (Jain & Wallace 2019), so it is never read here. Runs on workers: torch is imported
by the functions that need it, and no class of model is named: whatever reads tokens through an embedding layer
can be explained, such as the interest model's logit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..data import Explanation

#: Points of Gauss–Legendre quadrature along the path from the baseline to the history.
STEPS = 32
_BATCH = 16


class EventScorer(Protocol):
    """A score as a function of embeddings that stand for a person's events.

    `groups`: (r,) which event each of the r embeddings belongs to. `events()`: (r, d) torch tensor.
    `baseline()`: (r, d) of a history that says nothing. `score(embeddings)`: (b, r, d) → (b,), differentiable.
    """

    groups: np.ndarray

    def events(self) -> Any: ...

    def baseline(self) -> Any: ...

    def score(self, embeddings: Any) -> Any: ...


def integrated_gradients(scorer: EventScorer, events: int, item: int, steps: int = STEPS) -> Explanation:
    """(x − x′) · ∫₀¹ ∂F(x′ + α (x − x′))/∂x dα (Sundararajan et al. 2017, eq. 1), summed for each of the events.

    By completeness (their proposition 1) the contributions sum to F(x) − F(x′), up to the error of the
    quadrature; `base` is F(x′).
    """
    import torch

    nodes, weights = np.polynomial.legendre.leggauss(steps)
    start, end = scorer.baseline().detach(), scorer.events().detach()
    gradients = torch.zeros_like(end)
    for first in range(0, steps, _BATCH):
        alphas = torch.as_tensor((nodes[first : first + _BATCH] + 1) / 2, dtype=end.dtype, device=end.device)
        shares = torch.as_tensor(weights[first : first + _BATCH] / 2, dtype=end.dtype, device=end.device)
        points = (start + alphas[:, None, None] * (end - start)).requires_grad_(True)
        (found,) = torch.autograd.grad(scorer.score(points).sum(), points)
        gradients += (shares[:, None, None] * found).sum(0)
    with torch.no_grad():
        score, base = (float(scorer.score(embeddings[None])[0]) for embeddings in (end, start))
    own = ((end - start) * gradients).sum(1).double().cpu().numpy()
    return Explanation(item, score, base, np.bincount(scorer.groups, weights=own, minlength=events), exact=False)


def leave_one_out(score: Callable[[np.ndarray], np.ndarray], events: int, item: int) -> Explanation:
    """The score minus what is left of it without each event; `base` is the score without any of them.

    `score`: which of the events are kept, (b, m) bool → (b,).
    """
    kept = np.vstack([np.ones(events, dtype=bool), ~np.eye(events, dtype=bool), np.zeros(events, dtype=bool)])
    scores = np.asarray(score(kept), dtype=np.float64)
    return Explanation(item, float(scores[0]), float(scores[-1]), scores[0] - scores[1:-1], exact=False)


@dataclass
class TokenEvents:
    """A text of which some tokens tell of events, as an `EventScorer` over the embeddings of those tokens.

    `run`: (b, t) token ids → (b,) scores, which looks each id up in `embedding` once; what the layer gives for
    tokens of events is replaced on the way. `ids`: (t,) of the text; `owners`: (t,) which event each token tells
    of, −1 for the rest, such as the item's words and separators; `pad`: the id whose embedding says nothing.
    """

    run: Callable[[Any], Any]
    embedding: Any  # torch.nn.Module
    ids: Sequence[int]
    owners: Sequence[int]
    pad: int = 0

    @property
    def groups(self) -> np.ndarray:
        owners = np.asarray(self.owners)
        return owners[owners >= 0]

    def events(self) -> Any:
        return self._looked_up(np.asarray(self.ids)[np.asarray(self.owners) >= 0])

    def baseline(self) -> Any:
        return self._looked_up(np.full(len(self.groups), self.pad))

    def score(self, embeddings: Any) -> Any:
        import torch

        device = self.embedding.weight.device
        ids = torch.as_tensor(np.asarray(self.ids, dtype=np.int64), device=device).expand(len(embeddings), -1)
        places = torch.as_tensor(np.flatnonzero(np.asarray(self.owners) >= 0), device=device)

        def replaced(layer: Any, inputs: Any, output: Any) -> Any:
            return output.index_copy(1, places, embeddings.to(output.dtype))

        handle = self.embedding.register_forward_hook(replaced)
        try:
            return self.run(ids).float()
        finally:
            handle.remove()

    def _looked_up(self, ids: np.ndarray) -> Any:
        import torch

        with torch.no_grad():
            return self.embedding(torch.as_tensor(ids.astype(np.int64), device=self.embedding.weight.device)).float()
