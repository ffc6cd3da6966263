"""Items that the live model might not bring up: what the vertical's candidate sources propose."""

from __future__ import annotations

import logging

import numpy as np

from catalog.models import Storefront

from ..contracts import Vertical
from ..data import Query, Ranking
from ..pipeline import Proposal
from ..serving.catalogue import Catalogue

logger = logging.getLogger(__name__)

SHARE = 0.1  # of a list, at least one place, for each source; `settings["sources"]` of a storefront may say otherwise
DEPTH = 4  # candidates a place: some are seen, some are not allowed


def proposals_for(
    storefront: Storefront, vertical: Vertical, catalogue: Catalogue, query: Query, count: int
) -> tuple[list[Proposal], list[str]]:
    """What each source proposes, and the slugs of those that failed: a list goes out without them."""
    proposals, failed = [], []
    wanted = storefront.settings.get("sources", {})
    for source in vertical.sources:
        places = wanted.get(source.slug, max(1, round(SHARE * count))) if isinstance(wanted, dict) else 1
        if not isinstance(places, int) or places < 1:
            continue
        try:
            ranking = source.candidates(catalogue.items, query, DEPTH * places)
            rows = np.asarray(ranking.items)
            if len(rows) and not 0 <= rows.min() <= rows.max() < len(catalogue):
                raise ValueError(f"It names rows outside 0..{len(catalogue) - 1}.")
        # A plugin's mistake costs its own places, not the page.
        except Exception:
            logger.exception("Candidate source %s failed; its places go to the others.", source.slug)
            failed.append(source.slug)
            continue
        proposals.append(Proposal(source.slug, Ranking(rows.astype(np.int32), ranking.scores), places))
    return proposals, failed
