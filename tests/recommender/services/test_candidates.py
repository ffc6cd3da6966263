"""What candidate sources bring into a list."""

from dataclasses import replace

import numpy as np
import pytest

from recommender import registry
from recommender.data import Ranking
from recommender.services import recommend


class Proposes:
    def __init__(self, slug, rows):
        self.slug, self.rows = slug, rows

    def candidates(self, items, query, k):
        rows = np.array(self.rows[:k], dtype=np.int32)
        return Ranking(rows, np.linspace(1, 0, len(rows), dtype=np.float32))


class Breaks:
    slug = "breaks"

    def candidates(self, items, query, k):
        raise RuntimeError("a plugin's mistake")


@pytest.fixture
def with_sources(live, monkeypatch):
    def install(*sources, **changes):
        vertical = replace(registry.vertical("video"), sources=sources, **changes)
        monkeypatch.setattr("recommender.services.recommendations.installed_vertical", lambda storefront: vertical)
        return live

    return install


def sources(served) -> dict[str, str]:
    return {entry.item.external_id: entry.source for entry in served.items}


def test_what_a_source_brings_up_gets_its_place_and_says_so(with_sources):
    live = with_sources(Proposes("keywords", [17]))
    shown = sources(recommend(storefront=live.storefront, person=live.persons[0], count=6))
    assert shown["film-17"] == "keywords"
    assert len(shown) == 6


def test_what_the_model_brought_up_stays_the_models(with_sources):
    live = with_sources()
    first = next(iter(sources(recommend(storefront=live.storefront, person=live.persons[0], count=6))))
    live = with_sources(Proposes("keywords", [int(first.removeprefix("film-"))]))
    assert sources(recommend(storefront=live.storefront, person=live.persons[0], count=6))[first] == "model"


def test_seen_items_are_not_proposed(with_sources):
    live = with_sources(Proposes("keywords", [0, 1, 2]))
    shown = sources(recommend(storefront=live.storefront, person=live.persons[0], count=6))
    assert "keywords" not in shown.values()


def test_an_operator_says_how_many_places_a_source_has(with_sources):
    live = with_sources(Proposes("keywords", [16, 17, 18, 19]))
    live.storefront.settings = {"sources": {"keywords": 2}}
    live.storefront.save()
    options = {"storefront": live.storefront, "person": live.persons[0], "count": 6}
    assert list(sources(recommend(**options)).values()).count("keywords") == 2
    live.storefront.settings = {"sources": {"keywords": 0}}
    assert "keywords" not in sources(recommend(**options)).values()


@pytest.mark.parametrize("source", [Breaks(), Proposes("breaks", [999])])
def test_a_source_that_breaks_costs_its_places_and_not_the_list(with_sources, source):
    live = with_sources(source)
    served = recommend(storefront=live.storefront, person=live.persons[0], count=6)
    assert len(served.items) == 6 and "breaks" in served.degraded


class TestProfile:
    class Remembers(Proposes):
        def candidates(self, items, query, k):
            self.person = query.person
            return super().candidates(items, query, k)

    def test_sources_read_what_the_vertical_makes_of_the_past(self, with_sources):
        source = self.Remembers("keywords", [])
        live = with_sources(source, profile=lambda past: {"kinds": [(event.kind, event.item.title) for event in past]})
        recommend(storefront=live.storefront, person=live.persons[0], count=3)
        assert source.person["kinds"][0] == ("rating", "Drama 0")

    def test_a_profile_that_breaks_costs_no_list(self, with_sources):
        live = with_sources(profile=lambda past: 1 / 0)
        assert recommend(storefront=live.storefront, person=live.persons[0], count=3).items
