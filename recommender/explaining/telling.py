"""From contributions to a sentence: which deeds may be named, what they share with the item, how that is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..contracts import Vertical
from ..language.phrases import language_code
from .grounding import Checker
from .trace import Deed, Facet, Thing, Trace, facets_of
from .wording import because, facet_value, is_lukewarm, telling_facets, template_filled, template_key

#: An event names a reason only when it carried at least this share of what spoke for the item.
LEAST_SHARE = 0.15
MOST_REASONS = 3


def shares_of(contributions: np.ndarray) -> np.ndarray:
    """(m,) each event's share of all that spoke for the item; 0 for what spoke against it."""
    positive = np.maximum(contributions, 0.0)
    total = positive.sum()
    return positive / total if total > 0 else positive


def telling_events(contributions: np.ndarray, hidden: np.ndarray | None = None) -> list[int]:
    """Places of the events that a sentence names, the loudest first. `hidden` (m,) bool must not be named."""
    shares = shares_of(contributions)
    order = np.argsort(-shares, kind="stable")
    kept = shares[order] >= LEAST_SHARE
    if hidden is not None:
        kept &= ~hidden[order]
    return order[kept][:MOST_REASONS].tolist()


def thing_of(vertical: Vertical, title: str, categories: Sequence[str], attributes: Mapping[str, Any]) -> Thing:
    """An item as explanations may speak of it: without what is sensitive."""
    return Thing(title, facets_of(vertical.item_schema, categories, attributes, vertical.sensitive_categories))


def deed_of(
    vertical: Vertical,
    title: str,
    categories: Sequence[str],
    attributes: Mapping[str, Any],
    kind: str,
    mark: float | None = None,
) -> Deed:
    """The same for an item that the person did something with."""
    known = thing_of(vertical, title, categories, attributes)
    return Deed(known.title, known.facets, frozenset({kind} if kind else ()), mark)


def shared_facet(vertical: Vertical, item: Thing, deed: Deed, categories: Sequence[str]) -> Facet | None:
    """What says most of all that is true of both; `categories` are the item's, broad to narrow."""
    found = telling_facets(vertical, item.facets & deed.facets, categories)
    return found[0] if found else None


def reasons_sentence(
    vertical: Vertical,
    trace: Trace,
    categories: Sequence[str],
    language: str,
    templates: Mapping[str, str] | None = None,
    checker: Checker | None = None,
) -> str:
    """One clause for each deed of `trace`, with what its item shares with the recommended one; empty without any.

    `templates`: sentences that a voice has worded, by key. One that fits the loudest deed takes the place of all,
    if `checker` finds nothing in it that the trace does not say.
    """
    if not trace.deeds:
        return ""
    shared = [shared_facet(vertical, trace.item, deed, categories) for deed in trace.deeds]
    if templates and checker is not None:
        worded = _worded(vertical, trace, shared[0], language, templates)
        if worded and not checker.refusal(worded, trace):
            return worded
    told = [
        because(vertical, _kind(deed), deed.title, language, facet, mark=deed.mark)
        for deed, facet in zip(trace.deeds, shared, strict=True)
    ]
    separator, stop = ("；", "。") if language_code(language) == "zh" else ("; ", ".")
    return separator.join(told) + stop


def _worded(vertical: Vertical, trace: Trace, facet: Facet | None, language: str, templates: Mapping[str, str]) -> str:
    deed = trace.deeds[0]
    if is_lukewarm(vertical, _kind(deed), deed.mark):
        return ""  # a voice words what is done to what people like
    text = templates.get(template_key(vertical, _kind(deed), facet[0] if facet else ""), "")
    value = facet_value(vertical, facet, language) if facet else ""
    return template_filled(text, title=deed.title, item=trace.item.title, facet=value)


def _kind(deed: Deed) -> str:
    return min(deed.kinds, default="")
