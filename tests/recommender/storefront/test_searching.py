"""One box for names and descriptions, and what was understood of them."""

import re
from html import unescape

import pytest

from behaviour.models import Behaviour
from recommender.models import Recommendation
from recommender.serving.live import LiveStorefront
from recommender.storefront import searching


@pytest.fixture
def films(world):
    for number, item in enumerate(world.items):
        item.attributes = {"duration": 60 + 5 * number, "year": 1980 + number}
        item.save()
    return world


def links(page, css: str) -> dict[str, str]:
    """Words of a chip → its address."""
    html = page.content.decode()
    found = re.findall(rf'<a class="{css}" href="([^"]+)">(.*?)</a>', html, re.DOTALL)
    clean = {re.sub(r"<span class=\"sr\">.*?</span>|<[^>]+>", "", words).strip(): unescape(url) for url, words in found}
    return clean


def categories(page) -> set[str]:
    return {card.item.categories[0] for card in page.context["cards"]}


def test_what_was_understood_can_be_taken_back_by_a_link(films, visitor):
    page = visitor.get("/s/cinema/search/", {"q": "a comedy of at most 130 minutes"})
    assert categories(page) == {"Comedy"}
    chips = links(page, "chip")
    assert list(chips) == ["Comedy", "At most 130 minutes"]
    page = visitor.get(chips["Comedy"])
    assert list(links(page, "chip")) == ["At most 130 minutes"]
    assert categories(page) == {"Comedy", "Drama"}
    assert "a comedy of at most 130 minutes" in page.content.decode()


def test_a_follow_up_changes_the_wish(films, visitor):
    page = visitor.get("/s/cinema/search/", {"q": "a comedy"})
    page = visitor.get("/s/cinema/search/", {"q": "shorter", "of": "a comedy", "w": page.context["token"]})
    assert [part.label.split()[0] for part in [*page.context["parts"], *page.context["relaxed"]]] == ["Comedy", "At"]
    assert "a comedy, shorter" in page.content.decode()


def test_what_had_to_give_way_is_said_in_words(films, visitor):
    page = visitor.get("/s/cinema/search/", {"q": "a comedy under 62 minutes"})
    assert list(links(page, "chip gone-by")) == ["At most 62 minutes"]
    assert "None of these fits all of that" in page.content.decode()


def test_what_is_not_known_here_is_said(films, visitor):
    html = visitor.get("/s/cinema/search/", {"q": "a drama under 20 euros"}).content.decode()
    assert "“under 20 euros”" in html.split("Not known of the films here:")[1]


def test_an_empty_storefront_finds_nothing(cinema, visitor):
    assert "Nothing found" in visitor.get("/s/cinema/search/", {"q": "a comedy under two hours"}).content.decode()


@pytest.mark.parametrize("token", ["nonsense", "a:b:c", "x" * 9000, "\x00"])
def test_a_token_that_was_cut_or_made_up_is_left_out(films, visitor, token):
    page = visitor.get("/s/cinema/search/", {"q": "comedy", "w": token})
    assert page.status_code == 200


def test_another_storefronts_token_is_left_out(films, shop, visitor):
    token = visitor.get("/s/cinema/search/", {"q": "a comedy"}).context["token"]
    page = visitor.get("/s/shop/search/", {"q": "kettle", "w": token})
    assert page.status_code == 200 and not links(page, "chip")


@pytest.mark.parametrize("without", ["0", "99", "-1", "x"])
def test_any_number_of_a_part_is_borne(films, visitor, without):
    token = visitor.get("/s/cinema/search/", {"q": "a comedy"}).context["token"]
    assert visitor.get("/s/cinema/search/", {"of": "a comedy", "w": token, "without": without}).status_code == 200


def test_what_somebody_says_is_escaped(films, visitor):
    html = visitor.get("/s/cinema/search/", {"q": "no <script>alert(1)</script> drama"}).content.decode()
    assert "<script>alert" not in html


def test_a_search_is_served_under_an_id_and_robots_leave_none(films, visitor):
    visitor.get("/s/cinema/search/", {"q": "a comedy"})
    assert Recommendation.objects.filter(placement="search").count() == 1
    visitor.get("/s/cinema/search/", {"q": "a comedy"}, headers={"User-Agent": "a bot"})
    assert Recommendation.objects.filter(placement="search").count() == 1


def test_what_somebody_seems_to_like_leads_to_a_search(live, browsing):
    for path in ("/s/cinema/search/", "/s/cinema/"):
        assert links(browsing.get(path), "chip plain") == {"Drama": "/s/cinema/search/?q=Drama"}


def test_somebody_new_is_told_nothing_of_themselves(films, visitor):
    assert "You seem to like" not in visitor.get("/s/cinema/").content.decode()


def test_only_the_new_words_are_remembered_as_a_search(live, browsing):
    token = browsing.get("/s/cinema/search/", {"q": "a comedy"}).context["token"]
    browsing.get("/s/cinema/search/", {"q": "drama", "of": "a comedy", "w": token})
    assert set(Behaviour.objects.filter(kind="search").values_list("text", flat=True)) == {"a comedy", "drama"}


class TestPromises:
    """The page invites to describe only where a description would be understood."""

    @pytest.fixture
    def english(self, films, monkeypatch):
        monkeypatch.setattr(LiveStorefront, "reads", lambda self, language: language == "en")

    def test_without_an_encoder_it_only_searches(self, films, visitor):
        html = visitor.get("/s/cinema/search/").content.decode()
        assert 'placeholder="Search"' in html and "a few words that tell" in html

    @pytest.mark.parametrize(("language", "invited"), [("en", True), ("zh-hans", False)])
    def test_it_invites_in_a_language_that_the_encoder_has_learned(self, english, visitor, language, invited):
        page = visitor.get("/s/cinema/search/", headers={"accept-language": language})
        assert page.context["describes"] is invited

    def test_the_best_are_only_spoken_of_where_the_list_is_cut(self, films, visitor, monkeypatch):
        assert "10 results." in visitor.get("/s/cinema/search/", {"q": "comedy"}).content.decode()
        monkeypatch.setattr(searching, "FOUND", 4)
        assert "The 4 best matches." in visitor.get("/s/cinema/search/", {"q": "comedy"}).content.decode()

    def test_every_card_says_why_it_is_there(self, films, visitor):
        html = visitor.get("/s/cinema/search/", {"q": "陌生人的喜剧"}).content.decode()
        assert html.count('<p class="why">Fits what you asked for: Comedy</p>') == 10
