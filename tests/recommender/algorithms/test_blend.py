import numpy as np
import pytest

from recommender.algorithms.blend import Blend, BlendConfig
from recommender.contracts import FitOptions
from recommender.data import HeldOut, Interactions, Items, Query
from recommender.testing import AlgorithmContract, checkerboard


class TestBlend(AlgorithmContract):
    algorithm_class = Blend
    config = BlendConfig(
        members=("graph", "content", "popularity"),
        weights=(1.0, 0.5, 0.1),
        settings={"graph": {"decay": 0.9}},
    )


def fashion() -> tuple[Interactions, Items, HeldOut]:
    """The checkerboard with an odd fashion: everybody else bought item 11, which no even person wants."""
    board, items = checkerboard()
    persons = [*board.persons, *range(24, 60)]
    interactions = Interactions.build(persons, [*board.items, *[11] * 36], n_persons=60, n_items=len(items))
    queries = [Query.of([a, b], exclude=np.array([a, b])) for a, b in ((0, 2), (2, 4), (4, 6), (6, 8))]
    return interactions, items, HeldOut(queries, [np.array([item]) for item in (4, 6, 8, 10)], np.arange(4))


def test_weights_are_fitted_on_validation():
    interactions, items, validation = fashion()
    config = BlendConfig(members=("graph", "popularity"), weights=(0.0, 1.0))
    assert Blend(config).fit(interactions, items).recommend(validation.queries[0], 1).items[0] == 11
    blend = Blend(config).fit(interactions, items, FitOptions(validation=validation))
    assert blend.recommend(validation.queries[0], 1).items[0] == 4
    weights = dict(zip(blend.config.members, blend.config.weights, strict=True))
    assert weights["graph"] == 1.0 > weights["popularity"]


def test_members_without_weight_are_not_fitted_without_validation():
    interactions, items = checkerboard()
    blend = Blend(BlendConfig(members=("graph", "ease"), weights=(1.0, 0.0))).fit(interactions, items)
    assert [member.slug for _, member in blend.members_] == ["graph"]


def test_strangers_get_what_is_popular():
    interactions, items = checkerboard()
    blend = Blend(BlendConfig(members=("graph", "popularity"), weights=(1.0, 0.05))).fit(interactions, items)
    counts = np.bincount(interactions.items)
    assert counts[blend.recommend(Query(), 1).items[0]] == counts.max()


def test_an_explanation_says_what_share_each_member_has():
    interactions, items, _ = fashion()
    blend = Blend(BlendConfig(members=("graph", "popularity"), weights=(1.0, 0.05))).fit(interactions, items)
    sources = blend.explain(Query.of([0, 2]), 4).sources
    assert sum(sources.values()) == pytest.approx(1.0)
    assert sources["graph"] > sources["popularity"]


def test_every_member_needs_a_weight():
    with pytest.raises(ValueError, match="one weight for each"):
        BlendConfig(members=("graph", "ease"), weights=(1.0,))


def test_progress_only_ever_goes_forward():
    interactions, items, validation = fashion()
    reported = []
    options = FitOptions(validation=validation, progress=lambda stage, fraction, metrics: reported.append(fraction))
    Blend(BlendConfig(members=("graph", "content"), weights=(1.0, 0.1))).fit(interactions, items, options)
    assert reported == sorted(reported)
    assert reported[-1] == 1.0
