"""What simulated visitors of any storefront like, which nothing that recommends can see: only what they do tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .seeds import rng_of

STRONGEST = 0.45  # attraction of what somebody likes best
WEAKEST = 0.01
LIKED = 3  # facets that somebody is drawn to
OWN = 0.35  # of a liking is for the item itself, and follows from no facet


def attractions(facets: Sequence[Sequence[str]], popularity: np.ndarray, persons: int, seed: int) -> np.ndarray:
    """(persons, n) chances that an item that is looked at is opened.

    `facets`: tokens of each item. Everybody is drawn to a few facets, frequent ones more often, and to some items for
    no reason that their facets could tell; popular items (`popularity`, (n,) ≥ 0) attract all a little more.
    Raises ValueError where there are no items.
    """
    if not len(facets):
        raise ValueError("There are no items that anybody could like; import some first.")
    names = sorted({name for own in facets for name in own})
    rows = np.zeros((len(facets), max(len(names), 1)))
    column = {name: number for number, name in enumerate(names)}
    for row, own in enumerate(facets):
        for name in own:
            rows[row, column[name]] = 1.0
    shares = rows.sum(axis=0) + 1.0
    rows /= np.sqrt(np.maximum(rows.sum(axis=1, keepdims=True), 1.0))
    known = np.log1p(popularity) / max(np.log1p(popularity).max(initial=0.0), 1e-9)
    result = np.empty((persons, len(facets)))
    for number in range(persons):
        rng = rng_of(seed, "preferences", number)
        liked = np.zeros(rows.shape[1])
        several = min(LIKED, rows.shape[1])
        liked[rng.choice(rows.shape[1], several, replace=False, p=shares / shares.sum())] = rng.uniform(
            0.5, 1.0, several
        )
        liking = rows @ liked
        liking = (1 - OWN) * liking / max(liking.max(), 1e-9) + OWN * rng.beta(0.5, 3.0, len(facets))
        liking *= 0.75 + 0.25 * known
        # How freely somebody clicks differs more between people than anything that is recommended to them.
        ease = rng.uniform(0.25, 1.0)
        result[number] = WEAKEST + (STRONGEST - WEAKEST) * ease * (liking / max(liking.max(), 1e-9)) ** 1.5
    return result
