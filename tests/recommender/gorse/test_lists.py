"""What Gorse's clients are recommended."""

import pytest

from behaviour.models import Behaviour
from recommender.models import Recommendation

DRAMAS = {f"film-{n}" for n in range(10)}


@pytest.fixture
def trained(live, gorse):
    return gorse


@pytest.fixture
def live(with_vectors, monkeypatch, settings, tmp_path):
    """The world with EASE trained on it and put live."""
    from recommender.jobs import training, training_run_execute
    from recommender.services import training_run_create

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)
    run = training_run_create(storefront=with_vectors.storefront, algorithm="ease", activate=True, enqueue=False)
    training_run_execute(run.pk)
    return with_vectors


def test_a_user_gets_ids_of_what_they_have_not_seen(trained):
    seen = {row["ItemId"] for row in trained.get("user/person-0/feedback")}
    found = trained.get("recommend/person-0", n=4)
    assert len(found) == 4
    assert set(found) <= DRAMAS - seen


def test_the_second_version_brings_scores(trained):
    found = trained.get("recommend/person-0", n=3, headers={"X-API-Version": "2"})
    assert [set(row) for row in found] == [{"Id", "Score"}] * 3
    assert [row["Score"] for row in found] == sorted((row["Score"] for row in found), reverse=True)


def test_an_empty_category_and_a_slash_are_no_category(trained):
    assert trained.get("recommend/person-0/", n=3) == trained.get("recommend/person-0", n=3)


def test_a_category_keeps_others_out(trained):
    assert not set(trained.get("recommend/person-0/Comedy", n=5)) & DRAMAS
    assert trained.get("recommend/person-0", n=5, category=["Comedy", "Drama"]) == []


def test_an_offset_goes_on_where_the_page_before_ended(trained):
    whole = trained.get("recommend/person-0", n=4)
    assert trained.get("recommend/person-0", n=2, offset=2) == whole[2:]


def test_somebody_unknown_is_recommended_something(trained):
    assert len(trained.get("recommend/who-is-this", n=5)) == 5


def test_what_is_served_is_written_down(trained):
    trained.get("recommend/person-0", n=3)
    assert Recommendation.objects.get().person.external_id == "person-0"


def test_what_is_shown_is_written_back_as_feedback(trained):
    found = trained.get("recommend/person-0", n=2, **{"write-back-type": "read", "write-back-delay": "10m"})
    written = Behaviour.objects.filter(context__feedback_type="read")
    assert {row.item.external_id for row in written} == set(found)


def test_a_session_is_recommended_what_goes_with_it(trained):
    session = [{"FeedbackType": "star", "UserId": "", "ItemId": f"film-{n}", "Timestamp": ""} for n in (0, 1)]
    found = trained.post("session/recommend", session, n=4)
    assert {row["Id"] for row in found} <= DRAMAS - {"film-0", "film-1"}


def test_neighbours_of_an_item_are_like_it(trained):
    for path in ("item/film-0/neighbors/", "item-to-item/any/film-0", "item/film-0/neighbors"):
        found = trained.get(path, n=3)
        assert len(found) == 3
        assert {row["Id"] for row in found} <= DRAMAS - {"film-0"}


def test_neighbours_of_a_user_like_what_they_like(gorse):
    for path in ("user/person-0/neighbors/", "user-to-user/any/person-0"):
        found = gorse.get(path, n=5)
        assert len(found) == 5
        assert all(int(row["Id"].split("-")[1]) % 2 == 0 for row in found)
        assert found[0]["Score"] == 1.0


def test_who_turned_personalisation_off_is_nobodys_neighbour(gorse, world):
    from behaviour.models import Person

    nearest = gorse.get("user/person-0/neighbors", n=1)[0]["Id"]
    Person.objects.filter(external_id=nearest).update(consents={"personalisation": False})
    assert nearest not in {row["Id"] for row in gorse.get("user/person-0/neighbors", n=40)}
    assert gorse.get(f"user/{nearest}/neighbors") == []


def test_the_latest_and_the_popular_are_for_everybody(gorse, world):
    from datetime import UTC, datetime

    world.comedies[3].published_at = datetime(2030, 1, 1, tzinfo=UTC)
    world.comedies[3].save()
    assert gorse.get("latest", n=1)[0]["Id"] == world.comedies[3].external_id
    assert gorse.get("non-personalized/latest_films", n=1) == gorse.get("latest", n=1)
    assert len(gorse.get("popular", n=7)) == len(gorse.get("non-personalized/most_starred", n=7)) == 7
    assert not {row["Id"] for row in gorse.get("popular/Comedy", n=5)} & DRAMAS


def test_lists_for_everybody_leave_out_what_the_reader_has_seen(gorse):
    seen = {row["ItemId"] for row in gorse.get("user/person-0/feedback")}
    assert not {row["Id"] for row in gorse.get("popular", n=20, **{"user-id": "person-0"})} & seen


def test_a_number_that_is_none_is_pointed_at(gorse):
    assert gorse.get("recommend/person-0", n="many", status=400)["errors"][0]["pointer"] == "?n"
