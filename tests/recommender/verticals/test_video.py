import numpy as np
import pytest

from catalog.schema import SchemaError
from recommender.contracts import EventView, ItemView, PastEvent
from recommender.data import Items, Query
from recommender.testing import VerticalContract
from recommender.verticals.video.series import SERIES_WATCHED, NextParts, profile
from recommender.verticals.video.vertical import VERTICAL, diversity_key


class TestVideo(VerticalContract):
    vertical = VERTICAL


KINDS = {kind.name: kind for kind in VERTICAL.kinds}
EVENING = {"device": "phone", "part_of_day": "evening"}


def test_a_film_of_which_only_the_year_is_known_is_valid():
    assert VERTICAL.item_schema.clean({"year": 1995}) == {"year": 1995}
    assert VERTICAL.item_schema.clean({}) == {}


def test_a_person_of_movielens_is_valid_and_what_identifies_them_is_sensitive():
    VERTICAL.person_schema.clean({"age": 24, "gender": "M", "occupation": "technician", "postcode": "85711"})
    assert {field.name for field in VERTICAL.person_schema if field.sensitive} == {"age", "gender", "postcode"}


def test_an_unknown_age_rating_is_refused():
    with pytest.raises(SchemaError, match="age_rating"):
        VERTICAL.item_schema.clean({"age_rating": "PG"})


@pytest.mark.parametrize(("stars", "sign"), [(0.5, -1), (1, -1), (2, -1), (2.5, 0), (3, 1), (5, 1)])
def test_three_stars_speak_for_a_film_and_two_against_it(stars, sign):
    signal = KINDS["rating"].signal(stars)
    assert (signal > 0) - (signal < 0) == sign


def test_a_film_that_was_given_up_in_the_first_tenth_counts_against_it():
    assert KINDS["watch"].signal(0.04) < 0 < KINDS["watch"].signal(0.5)


def test_item_text_names_year_genres_directors_and_cast():
    film = ItemView(
        "Deep Current",
        "Somebody knocks.",
        ("Thriller",),
        ("sea",),
        {"year": 2014, "directors": ["Tomas Lindqvist"], "cast": ["Elsa Norén"], "episodes": 8},
    )
    assert VERTICAL.item_text(film, "en") == (
        "Deep Current (2014). Thriller. 8 episodes. Directed by Tomas Lindqvist. With Elsa Norén. "
        "Somebody knocks. Themes: sea."
    )
    chinese = VERTICAL.item_text(film, "zh-hans")
    assert chinese.startswith(
        "《Deep Current》（2014）。类型：Thriller。共8集。导演：Tomas Lindqvist。主演：Elsa Norén。"
    )


def test_a_year_that_stands_in_the_title_is_not_said_twice():
    assert VERTICAL.item_text(ItemView("Toy Story (1995)", "", attributes={"year": 1995}), "en") == "Toy Story (1995)."


def test_history_text_says_once_where_and_when_neighbouring_events_happened():
    events = [
        EventView("watch", "Deep Current", 0.95, context=EVENING),
        EventView("rating", "Deep Current", 4.5, context=EVENING),
        EventView("search", text="submarine"),
    ]
    assert VERTICAL.history_text(events, "en") == (
        "The person watched “Deep Current”, rated “Deep Current” 4.5 of 5, in the evening, on a phone; "
        "searched for “submarine”."
    )
    assert VERTICAL.history_text(events, "zh-hans") == (
        "此人晚上用手机看完了《Deep Current》，给《Deep Current》打了4.5分（满分5分）；搜索了“submarine”。"
    )


@pytest.mark.parametrize(("share", "words"), [(0.03, "gave up on"), (0.4, "watched 40% of"), (None, "watched “")])
def test_history_text_tells_how_much_was_watched(share, words):
    assert words in VERTICAL.history_text([EventView("watch", "Deep Current", share)], "en")


def test_a_long_review_is_cut_in_any_script():
    assert len(VERTICAL.history_text([EventView("review", "片", text="好" * 5000)], "zh-hans")) < 300


def test_parts_of_a_series_count_as_alike_and_other_films_by_their_first_genre():
    part = ItemView("Landfall", "", ("Action",), attributes={"series": "Deep Current"})
    assert diversity_key(part) == "Deep Current"
    assert diversity_key(ItemView("Hollow Corn", "", ("Horror", "Drama"))) == "Horror"


def past(*events: tuple[str, str, int]) -> list[PastEvent]:
    return [
        PastEvent(kind, ItemView(f"{series} {part}", "", attributes={"series": series, "part": part}))
        for kind, series, part in events
    ]


def test_the_profile_knows_how_far_somebody_came_in_each_series():
    told = profile(past(("watch", "Ferry", 2), ("watch", "Locks", 1), ("watch", "Ferry", 1), ("view", "Regent", 1)))
    assert told == {SERIES_WATCHED: {"Locks": 1, "Ferry": 2}}


SHELF = Items(
    ids=np.arange(6),
    attributes=[
        {"series": "Ferry", "part": 1},
        {"series": "Ferry", "part": 3},
        {"series": "Ferry", "part": 2},
        {"series": "Locks", "part": 2},
        {"series": "Ferry"},
        {},
    ],
)


def test_the_part_that_comes_next_is_proposed_the_latest_series_first():
    watched = {SERIES_WATCHED: {"Locks": 1, "Ferry": 1}}
    assert NextParts().candidates(SHELF, Query(person=watched), 5).items.tolist() == [2, 3]
    seen = Query(person=watched, exclude=np.array([2], dtype=np.int32))
    assert NextParts().candidates(SHELF, seen, 5).items.tolist() == [1, 3]


def test_after_the_last_part_and_for_strangers_nothing_comes():
    assert len(NextParts().candidates(SHELF, Query(person={SERIES_WATCHED: {"Ferry": 3}}), 5)) == 0
    assert len(NextParts().candidates(SHELF, Query(), 5)) == 0


def test_every_source_has_words_for_why_it_brought_something_up():
    assert {source.slug for source in VERTICAL.sources} == set(VERTICAL.source_reasons)
