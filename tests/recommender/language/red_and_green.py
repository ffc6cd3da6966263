"""A storefront in which whoever likes one red thing likes red things, and never a green one."""

import numpy as np

from recommender.contracts import EventView
from recommender.data import Items
from recommender.language.corpus import Corpus, Event

KINDS = ("shoe", "tea", "film", "shoe tea", "tea film", "film shoe", "shoe a", "tea a", "film a", "a shoe of tea")


def red_and_green(n_persons: int = 40, length: int = 5) -> Corpus:
    texts = [f"{colour} {kind}" for colour in ("red", "green") for kind in KINDS]
    random = np.random.default_rng(0)
    histories = []
    for person in range(n_persons):
        own = (person % 2) * len(KINDS) + random.permutation(len(KINDS))[:length]
        histories.append(
            [Event(int(item), 1.0, float(n), EventView("like", texts[item])) for n, item in enumerate(own)]
        )
    return Corpus(
        Items(ids=np.arange(len(texts)), texts=texts),
        histories,
        render=lambda events, language: " ".join(event.title for event in events),
        titles=texts,
    )
