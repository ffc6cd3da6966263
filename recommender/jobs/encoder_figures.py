"""What an operator wants to know of an encoder before and after it goes live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from catalog.models import Item, Storefront

from .. import selectors
from ..language.corpus import Corpus
from ..language.questions import Questions
from ..models import EmbeddingFailure, ItemVector, LiveEncoder, TrainingRun

if TYPE_CHECKING:
    from ..language.encoder import Encoder

NOTE = "The persons asked may be those that the encoder learned from; held-out figures stand in its own artifact."
RANKED = 5_000  # items at most: every question is asked of all of them


def change_figures(run: TrainingRun, encoder: Encoder, before: LiveEncoder | None) -> dict[str, Any]:
    """How many items were read and failed, and how next items rank by the vectors, beside those of the encoder before.

    The figures of ranking are NDCG@10 of the last item that each person liked, by likeness to those before it. They
    are left out where nobody liked two items.
    """
    storefront = run.storefront
    vectors = ItemVector.objects.filter(storefront=storefront, encoder=encoder.fingerprint)
    figures: dict[str, Any] = {
        "items": Item.objects.filter(storefront=storefront).count(),
        "read": vectors.filter(updated_at__gte=run.created_at).count(),
        "failed": EmbeddingFailure.objects.filter(storefront=storefront, encoder=encoder.fingerprint).count(),
        "shards": run.shards.count(),
        "dimensions": encoder.dimensions,
    }
    corpus = selectors.corpus_for(storefront)
    drawn = np.random.default_rng(run.seed).permutation(len(corpus.items))[:RANKED]
    rows = np.sort(drawn)
    questions = Questions.of(corpus, rows)
    if len(questions):
        figures["next_item"] = {"questions": len(questions)}
        for name, fingerprint in (("ndcg@10", encoder.fingerprint), ("ndcg@10_before", before and before.fingerprint)):
            if (found := _vectors(storefront, corpus, fingerprint)) is not None:
                figures["next_item"][name] = float(questions.gains(found[rows]).mean())
    return figures


def _vectors(storefront: Storefront, corpus: Corpus, fingerprint: str | None) -> np.ndarray | None:
    if fingerprint is None:
        return None
    return selectors.with_vectors(corpus.items, selectors.vectors_of(storefront, fingerprint)).vectors
