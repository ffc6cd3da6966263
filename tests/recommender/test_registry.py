"""Plugins: what fits is found, what does not is left out and reported, and nothing else breaks."""

from importlib.metadata import EntryPoint

import pytest

from recommender import registry
from recommender.contracts import Algorithm


@pytest.fixture
def installed(monkeypatch):
    """Pretend that other distributions declare these entry points: (group, name, value)."""

    def install(*declared):
        points = [EntryPoint(name, value, group) for group, name, value in declared]
        monkeypatch.setattr(registry, "entry_points", lambda group: [p for p in points if p.group == group])
        registry.reload()

    yield install
    monkeypatch.undo()
    registry.reload()


def test_built_ins_are_there():
    assert {"video", "ecommerce"} <= set(registry.verticals())
    assert {"popularity", "ease", "blend"} <= set(registry.algorithms())
    assert all(issubclass(found, Algorithm) for found in registry.algorithms().values())


def test_an_unknown_name_is_answered_with_what_there_is():
    with pytest.raises(LookupError, match=r"'vidoe'.*video"):
        registry.vertical("vidoe")


def test_a_plugin_that_cannot_be_imported_is_left_out_and_reported(installed):
    installed(("recommender.verticals", "gone", "no_such_package:VERTICAL"))
    assert "video" in registry.verticals()
    assert any("no_such_package" in problem for problem in registry.problems())


def test_a_plugin_of_the_wrong_type_is_left_out_and_reported(installed):
    installed(("recommender.algorithms", "odd", "json:dumps"))
    assert any("subclass of recommender.contracts.Algorithm" in problem for problem in registry.problems())


def test_a_plugin_cannot_take_a_built_in_name(installed):
    installed(("recommender.verticals", "video", "recommender.verticals.video.vertical:VERTICAL"))
    assert any("'video' is taken" in problem for problem in registry.problems())


def test_a_plugin_for_another_contract_says_which_one_is_needed(installed, monkeypatch):
    monkeypatch.setattr(registry, "CONTRACT_VERSION", (2, 0))
    with pytest.raises(registry.PluginError, match=r"contract 1\.0; this platform has 2\.0"):
        registry._checked_vertical(registry.vertical("video"), "video")


def test_every_vertical_says_what_it_is_there_for():
    for vertical in registry.verticals().values():
        kinds = {kind.name: kind for kind in vertical.kinds}
        assert vertical.goal_kinds
        assert all(kinds[name].polarity != "negative" for name in vertical.goal_kinds)
