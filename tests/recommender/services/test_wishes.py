"""Lists for what somebody says."""

import numpy as np
import pytest
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender import serving
from recommender.models import Recommendation
from recommender.services import ServiceError, cursor_of, page_next, page_of
from recommender.services.searches import floor_of
from recommender.services.wishes import recommend_from_words
from recommender.serving.labels import labels_embed, labels_of
from recommender.serving.live import LiveStorefront

from ..conftest import FINGERPRINT, NOW

DRAMA, COMEDY = np.eye(4, dtype=np.float32)[:2]


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


def genres(served) -> set[str]:
    return {entry.item.categories[0] for entry in served.items}


def parts(served) -> list[tuple]:
    return [(chip["field"], chip["op"], chip["value"], chip["negated"]) for chip in served.wish.chips]


def pages_of(served, person) -> list[str]:
    """The genre of each item of a list, to its end."""
    storefront = person.storefront
    found = [entry.item.categories[0] for entry in served.items]
    while (cursor := cursor_of(storefront, served, "test")) is not None:
        served = page_next(storefront=storefront, page=page_of(storefront, cursor, "test"), person=person)
        found += [entry.item.categories[0] for entry in served.items]
    return found


@pytest.fixture
def films(world):
    """The world's films with a length each, 60 to 155 minutes, and years."""
    for number, item in enumerate(world.items):
        item.attributes = {"duration": 60 + 5 * number, "year": 1980 + number}
        item.save()
    return world


@pytest.fixture
def say(films):
    def ask(text="", **options):
        return recommend_from_words(storefront=films.storefront, text=text, **{"count": 5, **options})

    return ask


@pytest.fixture
def encoder(with_vectors, monkeypatch):
    """Says of a text whether it is funny; everything else is drama."""

    def encode(self, text):
        return COMEDY if "laugh" in text else DRAMA

    monkeypatch.setattr(LiveStorefront, "encode", encode)
    return with_vectors


def test_a_search_is_not_filled_up_with_what_it_did_not_find(films, say, monkeypatch):
    """Neither the words, nor the meaning, nor a part of what was understood: then it is no match."""
    odd = films.comedies[0]
    odd.tags = ["sourdough"]
    odd.save()
    served = say("sourdough", count=15, searching=True)
    assert ids(served) == [odd.external_id]


def test_what_is_demanded_holds_for_every_item(say):
    served = say("a comedy of less than two hours")
    assert genres(served) == {"Comedy"} and served.wish.fitting == 3
    assert all(entry.item.attributes["duration"] <= 120 for entry in served.items[:3])


def test_what_is_refused_never_comes_even_where_too_little_is_left(say):
    served = say("no comedy, from the 90s", count=15)
    assert genres(served) == {"Drama"}
    assert [chip["label"] for chip in served.wish.relaxed] == ["1990–1999"]


def test_demands_give_way_in_order_and_what_fits_comes_first(say):
    served = say("a comedy, not too long, after 1990", count=8)
    assert [chip["text"] for chip in served.wish.relaxed] == ["not too long"]
    assert genres(served) == {"Comedy"}
    lengths = [entry.item.attributes["duration"] <= 117 for entry in served.items]
    assert lengths == sorted(lengths, reverse=True)


def test_a_demand_that_was_not_in_the_way_is_kept(say):
    served = say("a horror film, at most 100 minutes", count=5)
    assert parts(served) == [("duration", "lte", 100, False)]
    served = say("at most 30 minutes, after 1985", count=5)
    assert parts(served) == [("year", "gte", 1986, False)]


def test_the_meaning_decides_where_no_label_does(encoder):
    served = recommend_from_words(storefront=encoder.storefront, text="something to laugh about", count=8)
    assert genres(served) == {"Comedy"}
    assert {entry.source for entry in served.items} == {"meaning"}


class TestEvidence:
    """What a search says of its results is true of each, and what it cannot say it does not show."""

    def find(self, storefront, text, **options):
        return recommend_from_words(storefront=storefront, text=text, searching=True, **{"count": 20, **options})

    def test_an_item_in_a_language_that_the_encoder_never_learned_is_not_close_in_meaning(self, encoder, monkeypatch):
        item = encoder.comedies[0]
        item.language = "zh-hans"
        item.save()
        serving.forget()
        assert item.external_id not in ids(self.find(encoder.storefront, "laughing"))
        monkeypatch.setattr(LiveStorefront, "reads", lambda self, language: True)
        assert item.external_id in ids(self.find(encoder.storefront, "laughing"))

    def test_chinese_goes_by_words_and_labels_where_the_encoder_never_learned_it(self, encoder):
        served = self.find(encoder.storefront, "轻松一点的晚上")
        assert served.degraded == ("encoder",)
        assert genres(served) == {"Comedy"} and {entry.source for entry in served.items} == {"label"}

    def test_a_name_in_chinese_is_read_by_its_english_one(self, encoder, monkeypatch):
        read = []
        monkeypatch.setattr(LiveStorefront, "encode", lambda self, text: read.append(text) or COMEDY)
        served = self.find(encoder.storefront, "喜剧")
        assert read == ["comedy"] and {entry.source for entry in served.items} == {"meaning"}

    def test_a_label_in_a_description_keeps_nothing_else_out(self, films):
        odd = films.dramas[0]
        odd.text = "Two strangers share a lighthouse."
        odd.save()
        served = self.find(films.storefront, "a comedy about strangers in a lighthouse")
        assert genres(served) == {"Comedy", "Drama"}
        assert {e.item.external_id: e.source for e in served.items}[odd.external_id] == "words"
        assert {e.source for e in served.items if e.item.external_id != odd.external_id} == {"label"}

    def test_a_result_that_only_a_label_found_says_which(self, films):
        served = self.find(films.storefront, "陌生人的喜剧", reasons=True)
        assert {entry.reason for entry in served.items} == {"Fits what you asked for: Comedy"}

    def test_small_words_are_searched_by_where_nothing_else_was_said(self, films):
        odd = films.dramas[0]
        odd.title = "It"
        odd.save()
        assert ids(self.find(films.storefront, "it")) == [odd.external_id]

    def test_how_many_there_are_is_counted_beyond_what_is_shown(self, films):
        served = self.find(films.storefront, "comedy", count=3)
        assert len(served.items) == 3 and served.wish.matches == len(films.comedies)


class TestFloor:
    """Near is what stands out of the catalogue, not whatever lies above a number."""

    def test_what_is_no_more_like_it_than_others_is_not_near(self):
        rng = np.random.default_rng(1)
        likeness = rng.normal(0.2, 0.05, 1000).astype(np.float32)
        likeness[:3] = 0.6
        assert (likeness >= floor_of(likeness)).sum() < 12 < (likeness >= 0.25).sum()

    def test_half_a_catalogue_may_be_near(self):
        likeness = np.repeat(np.float32([0.1, 0.5]), 100)
        assert (likeness >= floor_of(likeness)).sum() == 100

    def test_where_even_the_best_is_hardly_like_it_nothing_is_near(self):
        assert not (np.float32([0.29, 0.28, 0.1]) >= floor_of(np.float32([0.29, 0.28, 0.1]))).any()


def test_what_an_image_shows_is_as_good_as_said(encoder, monkeypatch):
    seen = np.zeros(len(encoder.items), dtype=np.float32)
    seen[4] = 3.0  # a drama, by its words
    monkeypatch.setattr(LiveStorefront, "seen_in_images", lambda self, words: seen)
    served = recommend_from_words(storefront=encoder.storefront, text="make me laugh", count=20, searching=True)
    dramas = {entry.item.external_id: entry.source for entry in served.items if entry.item.categories == ["Drama"]}
    assert next(iter(dramas)) == "film-4", "before the others"
    assert dramas["film-4"] == "meaning"


def test_a_refused_meaning_is_kept_away_from(encoder):
    served = recommend_from_words(storefront=encoder.storefront, text="nothing to laugh about", count=8)
    assert genres(served) == {"Drama"}


def test_without_an_encoder_the_words_are_found_all_the_same_and_the_answer_says_so(say):
    served = say("drama 7, the quiet one")
    assert ids(served)[0] == "film-7"
    assert "encoder" in served.degraded
    assert Recommendation.objects.get(pk=served.id).context["degraded"] == ["encoder"]


def test_a_persons_past_counts_beside_the_words(live):
    drama, comedy = live.persons[0], live.persons[1]
    seen = {
        person.pk: genres(recommend_from_words(storefront=live.storefront, text="a film", person=person, count=4))
        for person in (drama, comedy)
    }
    assert seen == {drama.pk: {"Drama"}, comedy.pk: {"Comedy"}}


def test_seen_items_stay_out_of_recommendations_and_in_searches(live):
    person = live.persons[0]
    options = {"storefront": live.storefront, "text": "drama 0 1 2 3 4 5 6 7 8 9", "person": person, "count": 10}
    watched = set(Behaviour.objects.filter(person=person).values_list("item__external_id", flat=True))
    assert not watched & set(ids(recommend_from_words(**options)))
    assert watched & set(ids(recommend_from_words(**options, searching=True)))


def test_who_names_a_title_gets_it_first_whatever_its_labels(films, say):
    Item.objects.create(storefront=films.storefront, external_id="errors", title="The Comedy of Errors")
    assert ids(say("comedy of errors"))[0] == "errors"
    assert "errors" not in ids(say("comedy"))


def test_a_search_finds_nothing_in_nonsense(say):
    assert ids(say("xyzzy", searching=True)) == []
    assert len(ids(say("xyzzy"))) == 5


def test_what_cannot_be_asked_is_said(say):
    assert say("a drama under 20 euros").wish.unmatched == ("under 20 euros",)


def test_items_say_what_they_fit(say):
    served = say("a comedy of less than two hours", reasons=True)
    assert served.items[0].reason == "Fits what you asked for: Comedy, at most 120 minutes"


class TestFollowUps:
    @pytest.mark.parametrize("by", ["id", "token"])
    def test_shorter_is_shorter_than_what_was_shown(self, say, by):
        first = say("a comedy")
        shown = np.median([entry.item.attributes["duration"] for entry in first.items])
        served = say("shorter", refine=first.id if by == "id" else first.wish.token, count=2)
        assert genres(served) == {"Comedy"}
        assert all(entry.item.attributes["duration"] < shown for entry in served.items)

    def test_a_part_that_is_left_out_is_taken_back(self, say):
        first = say("a comedy of less than two hours", count=3)
        chips = [chip for chip in first.wish.chips if chip["field"] != "category"]
        served = say(refine=first.wish.token, chips=chips)
        assert parts(served) == [("duration", "lte", 120, False)]

    def test_chips_alone_are_a_wish(self, say):
        served = say(chips=[{"field": "category", "op": "eq", "value": "Comedy", "negated": True}])
        assert genres(served) == {"Drama"}

    def test_another_storefronts_answer_cannot_be_refined(self, say, db):
        other = Storefront.objects.create(slug="other", name="Other", vertical="video")
        Item.objects.create(storefront=other, external_id="one", title="One")
        theirs = recommend_from_words(storefront=other, text="one", count=1)
        for refine in (theirs.id, theirs.wish.token):
            with pytest.raises(ServiceError, match="this storefront"):
                say("shorter", refine=refine)

    @pytest.mark.parametrize("refine", ["nonsense", "0b3c5f0e-6f0e-4a27-9a53-0f6a5a1f9d11", "a:b:c", "\x00"])
    def test_what_is_no_answer_is_refused(self, say, refine):
        with pytest.raises(ServiceError, match="refine"):
            say("shorter", refine=refine)

    def test_a_token_that_was_changed_is_refused(self, say):
        token = say("a comedy").wish.token
        with pytest.raises(ServiceError):
            say("shorter", refine=token[:-2] + ("AA" if token[-2:] != "AA" else "BB"))


@pytest.mark.parametrize("options", [{}, {"text": "  "}, {"text": "x" * 501}, {"chips": []}, {"placement": "moon"}])
def test_nothing_and_too_much_are_refused(say, options):
    with pytest.raises(ServiceError):
        say(**{"text": "", **options})


def test_the_words_of_somebody_who_refused_are_not_kept(films, say):
    refusing = Person.objects.create(
        storefront=films.storefront, external_id="shy", consents={"personalisation": False}
    )
    open_handed = Person.objects.create(storefront=films.storefront, external_id="open")
    kept = [
        Recommendation.objects.get(pk=say("a comedy", person=person).id).context for person in (refusing, open_handed)
    ]
    assert "words" not in kept[0] and kept[1]["words"] == "a comedy"


class TestLabels:
    """A word that is the name of nothing finds the label that means about the same."""

    @pytest.fixture
    def read(self, films, settings, tmp_path):
        settings.VAR_DIR = tmp_path

        def vectors(texts):
            return np.stack([COMEDY if text == "Comedy" else DRAMA for text in texts])

        return labels_embed(films.storefront, FINGERPRINT, vectors)

    def test_a_worker_reads_them_and_the_nearest_one_is_preferred(self, read, encoder):
        assert read == 2
        served = recommend_from_words(storefront=encoder.storefront, text="laughter", count=5)
        assert [(chip["value"], chip["strict"]) for chip in served.wish.chips] == [("Comedy", False)]

    def test_what_cannot_be_read_is_as_if_it_were_not_there(self, read, encoder, tmp_path):
        path = next(tmp_path.rglob("*.npz"))
        path.write_bytes(b"half")
        assert labels_of(encoder.storefront.encoder, encoder.storefront.pk) is None
        assert recommend_from_words(storefront=encoder.storefront, text="laughter", count=5).wish.chips == ()


def test_hidden_items_stay_out_of_searches(films, say):
    person = films.persons[0]
    Behaviour.objects.create(
        storefront=films.storefront, person=person, item=films.items[7], kind="hide", occurred_at=NOW, event_id="h"
    )
    assert "film-7" not in ids(say("drama 7", person=person, searching=True))


class TestHiddenTopics:
    """What somebody never wants to see again stays out, unless they ask for exactly that."""

    @pytest.fixture
    def person(self, films):
        person = films.persons[0]
        Behaviour.objects.create(
            storefront=films.storefront,
            person=person,
            kind="hide_topic",
            text="Comedy",
            occurred_at=NOW,
            event_id="t",
        )
        return person

    @pytest.mark.parametrize("searching", [False, True])
    def test_words_that_do_not_name_it_do_not_bring_it_back(self, person, encoder, searching):
        """ "laugh" means comedy to the encoder."""
        store = encoder.storefront
        others = recommend_from_words(storefront=store, text="make me laugh", count=5, searching=searching)
        assert genres(others) == {"Comedy"}
        own = recommend_from_words(storefront=store, text="make me laugh", person=person, count=5, searching=searching)
        assert "Comedy" not in genres(own)

    @pytest.mark.parametrize("text", ["a comedy", "preferably a comedy", "comedy or drama"])
    def test_naming_it_does(self, person, say, text):
        assert "Comedy" in genres(say(text, person=person, count=15))

    def test_a_title_in_it_may_be_named(self, person, say):
        assert ids(say("comedy 14", person=person))[0] == "film-14"

    def test_refusing_it_once_more_is_no_naming(self, person, say):
        assert genres(say("no comedy, short", person=person)) == {"Drama"}

    def test_a_label_that_only_means_about_the_same_is_no_naming(self, films, person, encoder, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        labels_embed(
            films.storefront,
            FINGERPRINT,
            lambda texts: np.stack([COMEDY if text == "Comedy" else DRAMA for text in texts]),
        )
        served = recommend_from_words(storefront=films.storefront, text="laughter", person=person, count=5)
        assert [chip["value"] for chip in served.wish.chips] == ["Comedy"]
        assert "Comedy" not in genres(served)

    def test_later_pages_keep_to_it(self, person, say):
        found = pages_of(say("a film of at most 155 minutes", person=person, count=2, pages=True), person)
        assert len(found) == 4 and set(found) == {"Drama"}, "those that were not seen yet"

    def test_what_is_hidden_between_two_pages_is_on_none_of_those_that_come(self, films, say):
        person = films.persons[1]
        first = say("anything", person=person, count=2, pages=True)
        behaviour = Behaviour(storefront=films.storefront, person=person, kind="hide_topic", text="Drama", event_id="d")
        behaviour.occurred_at = timezone.now()
        behaviour.save()
        found = pages_of(first, person)[2:]
        assert set(found) == {"Comedy"}
