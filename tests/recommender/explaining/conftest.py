"""Two films by one director, a third that shares nothing, and a person who did something with two of them."""

import pytest

from recommender.explaining import Checker, Deed, Lexicon, Thing, Trace
from recommender.verticals.video.vertical import VERTICAL

CATALOGUE = ("Heat (1995)", "Collateral (2004)", "Toy Story", "The Toy Story", "Toy Story 2", "It", "Crime")


def facets(**values):
    return frozenset((name, value) for name, own in values.items() for value in own)


@pytest.fixture
def trace() -> Trace:
    return Trace(
        item=Thing("Collateral (2004)", facets(category=["Crime", "Thriller"], directors=["Michael Mann"])),
        deeds=(
            Deed(
                "Heat (1995)",
                facets(category=["Crime", "Action"], directors=["Michael Mann"]),
                frozenset({"rating", "watch"}),
            ),
            Deed("Toy Story", facets(category=["Animation"]), frozenset({"save"})),
        ),
    )


@pytest.fixture(scope="session")
def english() -> Checker:
    return Checker(Lexicon.of(VERTICAL, "en"), CATALOGUE)


@pytest.fixture(scope="session")
def chinese() -> Checker:
    return Checker(Lexicon.of(VERTICAL, "zh-hans"), CATALOGUE)
