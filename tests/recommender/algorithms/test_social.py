import math

import pytest

from recommender.algorithms.social import cosine, friends_of_friends, strengths, suggestions, through

THEIRS = {"ada": ["cleo", "dag", "me"], "bo": ["cleo"]}


def names(found) -> list[str]:
    return [suggestion.person for suggestion in found]


def test_a_neighbour_who_follows_few_says_more():
    found = friends_of_friends({"ada": 1.0, "bo": 1.0}, {"ada": ["x", "y", "z"], "bo": ["v"]})
    assert found["v"] == pytest.approx(1 / math.log(2)) and found["x"] == pytest.approx(1 / math.log(4))


def test_several_neighbours_add_up():
    found = friends_of_friends({"ada": 1.0, "bo": 1.0}, THEIRS)
    assert found["cleo"] == pytest.approx(1 / math.log(4) + 1 / math.log(2))


def test_those_who_are_followed_already_are_not_two_steps_away():
    assert "bo" not in friends_of_friends({"ada": 1.0, "bo": 1.0}, {"ada": ["bo", "cleo"]})


def test_trust_makes_a_neighbour_count_for_more():
    mine = strengths({"ada": 1.0, "bo": 1.0}, {"bo": 0.8})
    assert mine == {"ada": 1.0, "bo": 1.8}
    found = friends_of_friends(mine, {"ada": ["x"], "bo": ["y"]})
    assert found["y"] == pytest.approx(1.8 * found["x"])


def test_somebody_who_is_only_trusted_counts_too():
    assert strengths({}, {"ada": 0.5}) == {"ada": 0.5}


def test_cosine_is_one_for_the_same_direction_and_zero_for_nothing_in_common():
    assert cosine({"rye": 1, "oven": 2}, {"rye": 2, "oven": 4}) == pytest.approx(1.0)
    assert cosine({"rye": 1}, {"seals": 1}) == cosine({}, {"rye": 1}) == 0.0


def test_the_nearest_comes_first_and_never_oneself_or_somebody_followed():
    found = suggestions({"ada": 1.0, "bo": 1.0}, THEIRS, {}, {}, exclude=["me"])
    assert names(found) == ["cleo", "dag"]
    assert found[0].through == ("ada", "bo") and found[0].closeness == 1.0


def test_interests_decide_between_those_who_are_equally_near():
    theirs = {"ada": ["baker", "swimmer"]}
    found = suggestions({"ada": 1.0}, theirs, {"rye": 3}, {"baker": {"rye": 1}, "swimmer": {"seals": 1}})
    assert names(found) == ["baker", "swimmer"]


def test_without_a_graph_interests_decide_alone():
    found = suggestions({}, {}, {"rye": 3}, {"baker": {"rye": 1}, "swimmer": {"seals": 1}})
    assert names(found) == ["baker"] and found[0].score == pytest.approx(1.0)


def test_the_graph_outweighs_interests():
    found = suggestions({"ada": 1.0}, {"ada": ["near"]}, {"rye": 1}, {"like": {"rye": 1}})
    assert names(found) == ["near", "like"]


def test_the_excluded_are_left_out_of_both():
    assert suggestions({"ada": 1.0}, {"ada": ["x"]}, {"rye": 1}, {"x": {"rye": 1}}, exclude=["x"]) == []


def test_no_more_than_asked_for_and_ties_go_by_name():
    found = suggestions({"ada": 1.0}, {"ada": ["c", "b", "d"]}, {}, {}, count=2)
    assert names(found) == ["b", "c"]


def test_those_between_come_strongest_first():
    assert through("v", {"ada": 1.0, "bo": 1.5, "cleo": 1.0}, {"ada": ["v"], "bo": ["v"], "cleo": []}) == ("bo", "ada")
