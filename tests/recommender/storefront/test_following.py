"""The home page follows what is done on it, in parts that never show an item twice."""

import json

import pytest
from django.test import Client

from behaviour.models import Behaviour
from recommender.storefront import shelves

from .conftest import BROWSER


@pytest.fixture(autouse=True)
def _short_shelves(monkeypatch):
    monkeypatch.setattr(shelves, "LENGTH", 4)


@pytest.fixture
def scrolled(items_in):
    """The home page as somebody sees it who scrolls to its end: its parts, in order."""

    def scroll(client, path="/s/cinema/"):
        parts = [client.get(path)]
        while parts[-1].context["more"]:
            parts.append(client.get(parts[-1].context["more"]))
        return parts

    return scroll


def headings(parts) -> list[str]:
    return [shelf.heading for part in parts for shelf in part.context["shelves"]]


def test_the_page_itself_has_one_shelf_and_says_where_the_others_are(live, browsing):
    page = browsing.get("/s/cinema/")
    assert len(page.context["shelves"]) == 1
    html = page.content.decode()
    assert 'hx-trigger="intersect once"' in html and 'href="/s/cinema/?all=1"' in html


@pytest.mark.parametrize("known", [True, False])
def test_the_parts_are_the_whole(live, browsing, scrolled, known):
    client = browsing if known else Client(headers={"User-Agent": BROWSER})
    assert headings(scrolled(client)) == headings([client.get("/s/cinema/?all=1")])


def test_no_item_stands_in_two_parts(live, browsing, scrolled, items_in):
    shown = [item for part in scrolled(browsing) for item in items_in(part)]
    assert len(shown) > 8 and len(shown) == len(set(shown))


def test_after_an_act_the_feed_leaves_out_what_stays_and_says_why(live, visitor, press, items_in):
    page = visitor.get("/s/cinema/")
    kept = page.context["shelves"][0].first.recommendation
    press("more", item="film-12", card="1", htmx=True)
    feed = visitor.get("/s/cinema/feed/", {"keep": kept})
    first = feed.context["shelves"][0]
    assert (first.heading, first.note) == ("For you", "Updated after you asked for more like “Comedy 12”.")
    assert {card.item.categories[0] for card in first.cards[:3]} == {"Comedy"}
    assert not set(items_in(feed)) & set(items_in(page))


def test_names_of_headings_differ_from_those_that_stay(live, browsing):
    page = browsing.get("/s/cinema/")
    feed = browsing.get("/s/cinema/feed/", {"keep": page.context["shelves"][0].first.recommendation})
    assert feed.context["shelves"][0].slug != page.context["shelves"][0].slug


def test_lists_of_somebody_else_are_not_kept(live, browsing, items_in):
    page = browsing.get("/s/cinema/")
    stranger = Client(headers={"User-Agent": BROWSER})
    feed = stranger.get("/s/cinema/feed/", {"keep": [page.context["shelves"][0].first.recommendation, "nonsense"]})
    assert feed.status_code == 200
    assert feed.context["leads"]


@pytest.mark.parametrize("at", ["", "x", "-1", "999", "²"])
def test_a_made_up_place_is_answered(live, browsing, at):
    assert browsing.get("/s/cinema/shelves/", {"at": at}).status_code == 200


def test_the_answer_to_an_act_names_what_the_lists_follow(world, visitor, press):
    told = json.loads(press("like", htmx=True).headers["HX-Trigger"])
    assert told == {"acted": {"after": "Updated after you liked “Drama 0”.", "topic": "", "gone": False}}


def test_without_script_the_page_says_what_it_was_updated_after(live, visitor, press):
    press("like", item="film-12", next="/s/cinema/")
    assert "Updated after you liked “Comedy 12”." in visitor.get("/s/cinema/").content.decode()


def test_with_personalisation_off_nothing_claims_to_follow(live, visitor, press):
    visitor.post("/s/cinema/privacy/personalisation/", {"answer": "no"})
    told = json.loads(press("more", item="film-12", htmx=True, card="1").headers["HX-Trigger"])
    assert told["acted"]["after"] == "Personalisation is off: your lists stay as they are."
    page = visitor.get("/s/cinema/").content.decode()
    assert "Updated after" not in page and "Not personalised" in page


class TestMenu:
    def test_hiding_says_of_what_there_will_be_fewer(self, live, visitor, press):
        part = press("hide", card="1", htmx=True).content.decode()
        assert "Hidden. Fewer from Drama." in part and "Undo" in part

    def test_more_like_this_is_a_wish_that_counts(self, live, visitor, press):
        press("more", item="film-12", card="1", htmx=True)
        assert Behaviour.objects.get(kind="more").item.external_id == "film-12"
        assert visitor.get("/s/cinema/").context["shelves"][0].cards[0].item.categories == ["Comedy"]

    def test_a_topic_is_hidden_from_every_list_and_comes_back(self, live, visitor, items_in):
        data = {"topic": "Comedy", "item": "film-12", "token": "abc"}
        part = visitor.post("/s/cinema/hide-topic/", {**data, "card": "1"}, headers={"HX-Request": "true"})
        assert "Nothing from Comedy will be recommended" in part.content.decode()
        told = json.loads(part.headers["HX-Trigger"])["acted"]
        assert (told["topic"], told["gone"]) == ("Comedy", True)  # the page's other cards of it go, too
        shown = visitor.get("/s/cinema/?all=1").context["shelves"]
        assert {card.item.categories[0] for shelf in shown for card in shelf.cards} == {"Drama"}
        event = Behaviour.objects.get(kind="hide_topic").event_id
        back = visitor.post(
            "/s/cinema/show-topic/", {"event": event, "item": "film-12", "card": "1"}, headers={"HX-Request": "true"}
        )
        assert items_in(back) == ["film-12"]
        told = json.loads(back.headers["HX-Trigger"])["acted"]
        assert (told["topic"], told["gone"]) == ("Comedy", False)
        assert not Behaviour.objects.filter(kind="hide_topic").exists()

    def test_without_script_hiding_a_topic_can_be_undone_from_the_notice(self, live, visitor):
        data = {"topic": "Comedy", "item": "film-12", "token": "abc", "next": "/s/cinema/"}
        assert visitor.post("/s/cinema/hide-topic/", data).url == "/s/cinema/"
        page = visitor.get("/s/cinema/").content.decode()
        assert 'action="/s/cinema/show-topic/"' in page
        visitor.post("/s/cinema/show-topic/", {"event": Behaviour.objects.get(kind="hide_topic").event_id})
        assert not Behaviour.objects.filter(kind="hide_topic").exists()

    def test_only_a_topic_of_the_item_can_be_hidden(self, world, visitor):
        answer = visitor.post("/s/cinema/hide-topic/", {"topic": "Drama", "item": "film-12", "token": "abc"})
        assert answer.status_code == 400
        assert not Behaviour.objects.filter(kind="hide_topic").exists()


class TestWhy:
    def test_a_menu_shows_reasons_that_can_be_removed(self, live, browsing):
        part = browsing.get("/s/cinema/why/film-7/", headers={"HX-Request": "true"})
        html = part.content.decode()
        assert 1 <= len(part.context["why"].evidence) <= 3
        assert "Remove this signal" in html and "Turn off personalisation" in html and "<html" not in html

    def test_without_script_it_is_a_page(self, live, browsing):
        assert "<html" in browsing.get("/s/cinema/why/film-7/").content.decode()

    def test_a_removed_signal_is_forgotten_and_named_no_more(self, live, browsing):
        named = browsing.get("/s/cinema/why/film-7/").context["why"].evidence[0]
        part = browsing.post("/s/cinema/forget/", {"item": named.item, "of": "film-7"}, headers={"HX-Request": "true"})
        assert named.item not in [one.item for one in part.context["why"].evidence]
        assert not live.persons[0].behaviours.filter(item__external_id=named.item).exists()

    def test_removing_a_signal_does_not_bring_back_what_was_hidden(self, live, visitor, press):
        press("hide")
        visitor.post("/s/cinema/forget/", {"item": "film-0"})
        assert Behaviour.objects.filter(kind="hide").exists()


def test_the_first_shelf_holds_still_until_something_is_done(live, browsing, press, items_in):
    first = browsing.get("/s/cinema/").context["shelves"][0]
    browsing.get(first.cards[3].url)
    again = browsing.get("/s/cinema/").context["shelves"][0]
    assert [card.url for card in again.cards] == [card.url for card in first.cards]
    press("hide", item=first.cards[0].item.external_id, client=browsing)
    assert first.cards[0].item not in [card.item for card in browsing.get("/s/cinema/").context["shelves"][0].cards]
