"""What a single item of somebody's past speaks for: the items that a list which names it may hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data import Query
from ..serving.catalogue import Catalogue
from ..serving.model import Model

TIED = 1.5  # standard deviations above the mean: less is what a model says of anything


def tied(model: Model, catalogue: Catalogue, query: Query, scores: np.ndarray) -> np.ndarray:
    """(n,) bool: what stands clearly higher for the past of `query` than for nobody's, or higher and is of its kind.

    `scores` (n,) are the model's for `query`. What everybody likes is high for any past, and is no tie. Its kind: the
    narrowest category of one of the items of that past.
    """
    none = query.items[:0]
    nobody = replace(query, items=none, values=query.values[:0], times=query.times[:0])
    lift = scores - model.aligned(catalogue).scores(model.algorithm, nobody, catalogue)[: len(scores)]
    known = lift[np.isfinite(lift)]
    if not len(known) or np.ptp(known) == 0:
        return np.zeros(len(scores), dtype=bool)
    categories = catalogue.items.categories
    of_its_kind = catalogue.inside({categories[row][-1] for row in query.items.tolist() if categories[row]})
    return lift >= known.mean() + np.where(of_its_kind[: len(lift)], 0.0, TIED * known.std())
