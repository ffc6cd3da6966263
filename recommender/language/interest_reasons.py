"""Which events an interest model's judgement rests on, and whether that is what is told (worker side).

A chosen item is explained by integrated gradients over the words of each event before it. Then events are left out one
at a time and the item is judged again: what leaving out the event that was named loudest costs stands beside what
leaving out any of them does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import takewhile

import numpy as np
import torch

from ..data import Explanation
from .attribution import TokenEvents, integrated_gradients, leave_one_out
from .corpus import Corpus, Event
from .interest_model import Reader
from .interest_pairs import Question
from .preparation import prepare
from .text import clean

MOST = 24  # questions; each takes about half a second of a processor
STEPS = 16


def reasons_figures(reader: Reader, corpus: Corpus, asked: Sequence[Question], most: int = MOST) -> dict[str, float]:
    """Over the first `most` questions with a chosen item and at least two events that are read.

    `questions`: how many those are. `named`, `any`: the mean change of the logit when the event that integrated
    gradients name loudest, or any, is left out. `agreement`: how often it is the one whose leaving costs most.
    Nothing where there is no such question.
    """
    named, anyone, agreed = [], [], []
    for question in asked:
        if len(named) == most:
            break
        events = _read(reader, corpus, corpus.histories[question.person][: question.before])
        chosen = [item for item, label in zip(question.items, question.labels, strict=True) if label]
        if len(events) < 2 or not chosen:
            continue
        told = by_gradients(reader, corpus, events, chosen[0])
        left = by_leaving_out(reader, corpus, events, chosen[0])
        loudest = int(told.contributions.argmax())
        named.append(left.contributions[loudest])
        anyone.append(left.contributions.mean())
        agreed.append(loudest == int(left.contributions.argmax()))
    if not named:
        return {}
    means = {"named": named, "any": anyone, "agreement": agreed}
    return {"questions": len(named), **{name: float(np.mean(values)) for name, values in means.items()}}


def by_gradients(reader: Reader, corpus: Corpus, events: Sequence[Event], item: int) -> Explanation:
    """How much each of the events, all of which are read, contributed to the logit of an item (a row of the corpus)."""
    text = clean(corpus.history_text(events))
    history = reader.tokenizer.encode(text, add_special_tokens=False)
    row = reader.layout.row(history.ids, [_item(reader, corpus, item)])
    before = len(reader.layout.prefix)
    owners = np.full(len(row[0]), -1)
    owners[before : before + len(history.ids)] = _owners(corpus, events, text, history.offsets)
    shared = {name: values for name, values in reader.tensors([row]).items() if name != "input_ids"}

    def run(ids: torch.Tensor) -> torch.Tensor:
        return reader.model(ids, **{name: one.expand(len(ids), *one.shape[1:]) for name, one in shared.items()})[:, 0]

    reader.model.eval()
    scorer = TokenEvents(run, reader.model.backbone.get_input_embeddings(), row[0], owners, reader.layout.pad)
    return integrated_gradients(scorer, len(events), item, STEPS)


def by_leaving_out(reader: Reader, corpus: Corpus, events: Sequence[Event], item: int) -> Explanation:
    """The same by judging the item again without each of the events."""
    words = _item(reader, corpus, item)

    def score(kept: np.ndarray) -> np.ndarray:
        texts = [clean(corpus.history_text([events[place] for place in np.flatnonzero(own)])) for own in kept]
        return np.concatenate(reader.logits([reader.layout.row(own, [words]) for own in reader.tokens(texts)]))

    return leave_one_out(score, len(events), item)


def _read(reader: Reader, corpus: Corpus, events: Sequence[Event]) -> Sequence[Event]:
    """The newest of them, as many as the model reads."""

    def count(text: str) -> int:
        return len(reader.tokenizer.encode(text, add_special_tokens=False).ids)

    prepared = prepare(events, corpus.history_text, count, reader.layout.history_tokens)
    return events[prepared.dropped_events :]


def _owners(corpus: Corpus, events: Sequence[Event], text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Which event each token tells of: the first with which the words up to there are said."""
    said = (clean(corpus.history_text(events[: count + 1])) for count in range(len(events)))
    ends = [sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, part, strict=False))) for part in said]
    return [min(bisect_right(ends, start), len(events) - 1) for start, _end in offsets]


def _item(reader: Reader, corpus: Corpus, item: int) -> list[int]:
    return reader.tokens([clean(corpus.items.texts[item])])[0]
