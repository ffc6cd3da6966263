"""What is popular, as a web process keeps it."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from behaviour.models import Behaviour
from recommender.serving import popularity
from recommender.serving.live import live
from recommender.serving.popularity import Popularity

from .conftest import NOW

SHOP = SimpleNamespace(slug="shop")
TIMEOUT = 30
NEWEST = 0.25


class Counts:
    """Stands in for counting: takes `seconds` by its own word, and waits where a test holds it back."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.made = 0
        self.problem: Exception | None = None
        self.go_on = threading.Event()
        self.go_on.set()
        self.threads: list[threading.Thread] = []

    def __call__(self, storefront, catalogue):
        self.threads.append(threading.current_thread())
        assert self.go_on.wait(TIMEOUT)
        if self.problem is not None:
            raise self.problem
        self.made += 1
        return np.full(len(catalogue), float(self.made)), NEWEST, self.seconds


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    now = SimpleNamespace(at=1000.0)
    monkeypatch.setattr(popularity, "time", SimpleNamespace(monotonic=lambda: now.at))
    return now


@pytest.fixture
def counts(monkeypatch) -> Counts:
    counts = Counts()
    monkeypatch.setattr(popularity, "_counted", counts)
    monkeypatch.setattr(popularity, "connections", SimpleNamespace(close_all=lambda: None))
    return counts


def test_it_is_counted_at_first_and_again_after_a_minute(clock, counts):
    kept = Popularity()
    assert list(kept.scores(SHOP, range(3))) == [1, 1, 1]
    clock.at += popularity.REFRESH - 1
    assert list(kept.scores(SHOP, range(3))) == [1, 1, 1]
    clock.at += 2
    assert list(kept.scores(SHOP, range(3))) == [2, 2, 2]


def test_a_new_item_ranks_above_old_ones_without_events_and_nothing_is_counted_for_it(clock, counts):
    kept = Popularity()
    kept.scores(SHOP, range(2))
    assert list(kept.scores(SHOP, range(3))) == [1, 1, NEWEST]
    assert counts.made == 1


def test_where_counting_is_slow_a_request_gets_the_figures_before_it(clock, counts):
    counts.seconds = 4.0
    kept = Popularity()
    kept.scores(SHOP, range(2))
    clock.at += popularity.REST * counts.seconds + 1
    counts.go_on.clear()
    assert list(kept.scores(SHOP, range(2))) == [1, 1]
    assert list(kept.scores(SHOP, range(2))) == [1, 1]  # nor does a second thread count meanwhile
    counts.go_on.set()
    counts.threads[-1].join(TIMEOUT)
    assert list(kept.scores(SHOP, range(2))) == [2, 2]
    assert len(counts.threads) == 2


def test_counting_that_fails_beside_the_requests_leaves_the_figures_before_it(clock, counts, caplog):
    counts.seconds = 4.0
    kept = Popularity()
    kept.scores(SHOP, range(2))
    counts.problem = OSError("the database is away")
    for problem_or_not, expected in ((counts.problem, 1), (None, 2)):
        counts.problem = problem_or_not
        clock.at += popularity.REST * counts.seconds + 1
        kept.scores(SHOP, range(2))
        for thread in counts.threads:
            if thread is not threading.main_thread():
                thread.join(TIMEOUT)
        assert list(kept.scores(SHOP, range(2))) == [expected, expected]
    assert "the figures before go on" in caplog.text


def test_what_was_chosen_most_comes_first_and_among_equals_the_newest(world):
    """Everything was chosen twelve times, and one film once more."""
    Behaviour.objects.create(
        storefront=world.storefront, person=world.persons[0], item=world.items[3], kind="watch", value=1,
        occurred_at=NOW, event_id="once-more",
    )  # fmt: skip
    ready = live(world.storefront)
    ready.refresh()
    scores, published = ready.popular(world.storefront), ready.catalogue.items.published
    best, *others = np.argsort(-scores)
    assert best == ready.catalogue.row_of[world.items[3].pk]
    assert (np.diff(published[others]) <= 0).all()
