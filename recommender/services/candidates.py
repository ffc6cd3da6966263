"""Items that the live model might not bring up: what the vertical's candidate sources and keywords propose."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from behaviour.models import Person
from catalog.models import Storefront

from .. import serving
from ..contracts import Vertical
from ..data import Query, Ranking
from ..pipeline import Proposal
from ..serving.catalogue import Catalogue
from .questions import keywords_of

logger = logging.getLogger(__name__)

SHARE = 0.1  # of a list, at least one place, for each source; `settings["sources"]` of a storefront may say otherwise
DEPTH = 4  # candidates a place: some are seen, some are not allowed


def proposals_for(
    storefront: Storefront,
    vertical: Vertical,
    catalogue: Catalogue,
    query: Query,
    count: int,
    person: Person | None = None,
) -> tuple[list[Proposal], list[str]]:
    """What each source proposes, and the slugs of those that failed: a list goes out without them."""
    sources = list(vertical.sources)
    writer = serving.live(storefront).keywords(popularity=vertical.popularity) if person is not None else None
    # The keywords are read only where a writer is live: every other list goes out without that query.
    if writer is not None and writer.slug not in {source.slug for source in sources}:
        sources.append(writer)
        query = replace(query, keywords=keywords_of(person, vertical))
    proposals, failed = [], []
    wanted = storefront.settings.get("sources", {})
    for source in sources:
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
