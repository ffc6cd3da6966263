"""What comes after a list: the ranking goes on as it was when the first page was served.

The rest of the ranking is written down beside the first page, so that neither what people do in between nor a new
model moves an item from a page that is still to come to one that was read already.
"""

from __future__ import annotations

import base64
import json
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.core import signing

from catalog.models import Storefront

from .. import pipeline
from ..contracts import Rule
from ..data import Query, Ranking
from ..models import Recommendation
from ..serving.catalogue import Catalogue
from ..steering import Steering

if TYPE_CHECKING:
    from .answers import Served

BEYOND = 100  # places that the ranking goes on beyond the first page
LEAST_PAGE = 25  # of a short list the next ones are put in order together: each page costs a run of the reranker
HOURS_VALID = 24

#: In `Recommendation.context`: the first page of a later one; where that page begins.
CONTINUES, START = "continues", "start"


class CursorError(Exception):
    """The cursor cannot be followed; the message says why and what to do."""


@dataclass(frozen=True)
class Page:
    """One page after the first: where it begins in the list, and in the rest of the ranking."""

    first: Recommendation
    offset: int
    start: int


def after(
    query: Query,
    scores: np.ndarray,
    catalogue: Catalogue,
    ranked: pipeline.Ranked,
    *,
    allowed: np.ndarray,
    rules: Sequence[Rule],
    source: str,
    page: int,
    steering: Steering | None,
    order: pipeline.Order = pipeline.Order(),
) -> list[list]:
    """What a ranking goes on with, as [primary key, score, source]. `page`: how many items the first page has."""
    rest = pipeline.further(
        query,
        scores,
        catalogue.items,
        ranked,
        k=BEYOND,
        page=max(page, LEAST_PAGE),
        allowed=allowed,
        rules=rules,
        steering=steering,
        order=order,
    )
    pks = catalogue.items.ids[rest.items].tolist()
    return [[pk, score, source] for pk, score in zip(pks, rest.scores.tolist(), strict=True)]


def rest_packed(entries: list[list]) -> str:
    """[[primary key, score, source], …] as a text: most of them are never asked for, and all are kept a while."""
    entries = [[pk, float(f"{score:.4g}"), source] for pk, score, source in entries]
    return base64.b85encode(zlib.compress(json.dumps(entries, separators=(",", ":")).encode(), 6)).decode()


def _rest_of(first: Recommendation) -> list[list]:
    return json.loads(zlib.decompress(base64.b85decode(first.rest))) if first.rest else []


def cursor_of(storefront: Storefront, served: Served, asked: str) -> str | None:
    """The cursor of the page after `served`, or None where the list ends. `asked`: what the list answers."""
    if served.next_offset is None or not served.id:
        return None
    state = [served.continues or served.id, served.next_offset, served.start + len(served.items)]
    return signing.dumps(state, salt=_salt(storefront, asked))


def page_of(storefront: Storefront, cursor: str, asked: str) -> Page:
    """Raises CursorError for one that is too old, or was made for another list."""
    try:
        first, offset, start = signing.loads(cursor, salt=_salt(storefront, asked), max_age=HOURS_VALID * 3600)
    except signing.SignatureExpired:
        raise CursorError(f"This cursor is older than {HOURS_VALID} hours. Start again without a cursor.") from None
    except signing.BadSignature:
        raise CursorError(
            "This cursor belongs to another list: send it with the parameters of the first page, or start again."
        ) from None
    rows = Recommendation.objects.filter(storefront=storefront).select_related(
        "deployment__artifact", "arm__artifact", "person"
    )
    # A manifest is longer than all else; where the model must be loaded first, it is asked for.
    rows = rows.defer("deployment__artifact__manifest", "arm__artifact__manifest")
    row = rows.filter(pk=uuid.UUID(first)).first()
    if row is None:
        raise CursorError("The list that this cursor goes on with is no longer kept. Start again without a cursor.")
    return Page(row, offset, start)


def left_of(page: Page) -> tuple[np.ndarray, pipeline.Ranked]:
    """The primary keys of what is left of the ranking, and the same with rows counted from 0."""
    left = _rest_of(page.first)[page.offset :]
    ranking = Ranking(np.arange(len(left), dtype=np.int32), np.array([score for _, score, _ in left], dtype=np.float32))
    pks = np.array([pk for pk, _, _ in left], dtype=np.int64)
    return pks, pipeline.Ranked(ranking, tuple(source for _, _, source in left))


def _salt(storefront: Storefront, asked: str) -> str:
    return f"kindred.page:{storefront.pk}:{asked}"
