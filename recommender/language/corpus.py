"""What the language side learns from: item texts, and what each person did, ready to be put into words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..contracts import EventView
from ..data import Interactions, Items

#: The item row of an event that is about no item, such as a search.
NO_ITEM = -1


@dataclass(frozen=True, slots=True)
class Event:
    """One behaviour of one person. `signal` is above 0 where it speaks for the item, below 0 against it."""

    item: int  # row of `Corpus.items`, or NO_ITEM
    signal: float
    time: float  # seconds since 1970
    view: EventView


@dataclass(frozen=True)
class Corpus:
    """The texts of a storefront, or of a folder in a benchmark.

    `histories[p]` are the events of person p, oldest first. `render` words events: a vertical's `history_text`.
    `subjects` names the rows of persons by pseudonym; whoever refused training is not among them.
    """

    items: Items  # `texts` hold what the model reads of each item
    histories: Sequence[Sequence[Event]]
    render: Callable[[Sequence[EventView], str], str]
    language: str = "en"
    titles: Sequence[str] = ()  # (n_items,) short names
    subjects: Sequence[str] = field(default=())

    def __len__(self) -> int:
        return len(self.histories)

    def history_text(self, events: Sequence[Event]) -> str:
        """`events` in words, oldest first."""
        return self.render([event.view for event in events], self.language)

    def interactions(self) -> Interactions:
        """What speaks for an item, as arrays; person p of the corpus is person p there."""
        told = [(p, e.item, e.signal, e.time) for p, own in enumerate(self.histories) for e in own if likes(e)]
        persons, items, values, times = zip(*told, strict=True) if told else ((), (), (), ())
        return Interactions.build(
            persons, items, np.array(values), np.array(times), n_persons=len(self), n_items=len(self.items)
        )


def likes(event: Event) -> bool:
    """Whether the event speaks for an item."""
    return event.item != NO_ITEM and event.signal > 0
