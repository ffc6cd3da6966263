"""What visitors see, page by page."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender import registry
from recommender.models import Recommendation


def test_the_first_page_lists_the_open_storefronts(world, shop, visitor):
    Storefront.objects.create(slug="closed", name="Closed", vertical="video", active=False)
    Storefront.objects.create(slug="lost", name="Lost", vertical="no-such-plugin")
    page = visitor.get("/").content.decode()
    assert 'href="/s/cinema/"' in page and 'href="/s/shop/"' in page
    assert "/s/closed/" not in page and "/s/lost/" not in page


def test_the_first_page_says_what_to_do_while_there_is_nothing(db, visitor):
    page = visitor.get("/").content.decode()
    assert "make demo" in page and "import_dataset" in page


def test_an_empty_storefront_says_how_to_import(cinema, visitor):
    assert "import_dataset jsonl items.jsonl --storefront cinema" in visitor.get("/s/cinema/").content.decode()


@pytest.mark.parametrize("path", ["", "item/film-0/", "search/?q=drama", "c/Drama/", "browse-as/"])
@pytest.mark.parametrize("change", [{"active": False}, {"vertical": "gone"}, {"slug": "elsewhere"}])
def test_a_storefront_that_is_closed_lost_or_unknown_is_not_found(world, visitor, path, change):
    Storefront.objects.filter(pk=world.storefront.pk).update(**change)
    answer = visitor.get(f"/s/cinema/{path}")
    assert answer.status_code == 404
    assert "This page is not here" in answer.content.decode()


def test_made_up_data_is_labelled_on_every_page(world, visitor):
    Storefront.objects.update(synthetic=True)
    for path in ("/s/cinema/", "/s/cinema/item/film-0/", "/s/cinema/search/", "/s/cinema/c/Drama/"):
        assert "made up" in visitor.get(path).content.decode(), path
    assert "Synthetic data" in visitor.get("/").content.decode()


def test_real_data_is_not_called_made_up(world, visitor):
    assert "made up" not in visitor.get("/s/cinema/").content.decode()


class TestHome:
    def test_somebody_new_gets_what_is_popular_and_is_told_so(self, live, visitor, items_in):
        page = visitor.get("/s/cinema/")
        headings = [shelf.heading for shelf in page.context["shelves"]]
        assert headings[0] == "Popular now"
        assert "For you" not in headings
        assert items_in(page)

    def test_somebody_known_gets_a_personal_shelf_first(self, live, browsing):
        shelves = browsing.get("/s/cinema/").context["shelves"]
        assert shelves[0].heading == "For you"
        assert {card.item.categories[0] for card in shelves[0].cards[:4]} == {"Drama"}

    def test_the_because_shelf_names_the_last_thing_that_was_liked(self, live, browsing, press, monkeypatch):
        monkeypatch.setattr("recommender.storefront.shelves.LENGTH", 4)
        press("like", item="film-13", client=browsing)
        shelves = {shelf.slug: shelf for shelf in browsing.get("/s/cinema/?all=1").context["shelves"]}
        assert "Comedy 13" in shelves["because"].heading
        assert {card.item.categories[0] for card in shelves["because"].cards} == {"Comedy"}

    def test_the_because_shelf_keeps_to_what_was_hidden(self, live, browsing, press, monkeypatch):
        monkeypatch.setattr("recommender.storefront.shelves.LENGTH", 4)
        Item.objects.filter(external_id__in=["film-14", "film-15"]).update(categories=["Comedy", "Farce"])
        press("like", item="film-13", client=browsing)
        browsing.post("/s/cinema/hide-topic/", {"topic": "Farce", "item": "film-14", "token": "abc"})
        shelves = browsing.get("/s/cinema/?all=1").context["shelves"]
        assert "because" in [shelf.slug for shelf in shelves]
        shown = {card.item.external_id for shelf in shelves for card in shelf.cards}
        assert shown.isdisjoint({"film-14", "film-15"})

    def test_what_is_called_popular_goes_by_that_alone(self, live, visitor, monkeypatch):
        monkeypatch.setattr("recommender.storefront.shelves.LENGTH", 4)
        shelves = visitor.get("/s/cinema/?all=1").context["shelves"]
        topical = next(shelf for shelf in shelves if shelf.heading == "Popular in Comedy")
        page = visitor.get("/s/cinema/c/Comedy/").context["cards"]
        above = {card.item.pk for shelf in shelves[: shelves.index(topical)] for card in shelf.cards}
        assert [card.item.pk for card in topical.cards] == [c.item.pk for c in page if c.item.pk not in above][:4]

    def test_what_is_saved_is_not_recommended_again(self, live, browsing, press):
        press("save", item="film-7", client=browsing)
        shelves = browsing.get("/s/cinema/?all=1").context["shelves"]
        personal = [shelf for shelf in shelves if shelf.slug not in ("popular", "new")]
        assert "film-7" not in {card.item.external_id for shelf in personal for card in shelf.cards}

    def test_no_item_is_twice_on_the_page(self, live, browsing):
        shelves = browsing.get("/s/cinema/?all=1").context["shelves"]
        shown = [card.item.pk for shelf in shelves for card in shelf.cards]
        assert len(shown) == len(set(shown))

    def test_every_card_names_a_recorded_list_and_its_place_in_it(self, live, browsing):
        for shelf in browsing.get("/s/cinema/?all=1").context["shelves"]:
            for card in shelf.cards:
                assert f"?r={card.recommendation}&p={card.position}" in card.url
                served = Recommendation.objects.get(pk=card.recommendation, storefront=live.storefront)
                assert served.items[card.position][0] == card.item.pk

    def test_a_robot_leaves_no_list_behind(self, world, visitor):
        page = visitor.get("/s/cinema/", headers={"User-Agent": "Googlebot/2.1"})
        assert page.status_code == 200
        assert not Recommendation.objects.exists()

    def test_query_count_is_pinned(self, live, browsing, django_assert_max_num_queries):
        browsing.get("/s/cinema/")
        with django_assert_max_num_queries(25):
            browsing.get("/s/cinema/")


class TestItem:
    def test_details_follow_the_schema_and_keep_sensitive_fields_back(self, world, visitor, monkeypatch):
        Item.objects.filter(external_id="film-0").update(attributes={"year": 1999, "directors": ["A. Varda", "B. Ray"]})
        page = visitor.get("/s/cinema/item/film-0/").content.decode()
        assert "<dt>Year</dt><dd>1999</dd>" in page
        assert "<dt>Directors</dt><dd>A. Varda, B. Ray</dd>" in page
        schema = registry.vertical("video").item_schema
        secret = tuple(replace(field, sensitive=field.name == "year") for field in schema)
        monkeypatch.setattr("recommender.storefront.cards.schema_for", lambda vertical: secret)
        assert "1999" not in visitor.get("/s/cinema/item/film-0/").content.decode()

    def test_similar_items_are_a_recorded_list(self, live, visitor, items_in):
        page = visitor.get("/s/cinema/item/film-0/")
        alike = page.context["similar"].cards
        assert {card.item.categories[0] for card in alike[:4]} == {"Drama"}
        assert Recommendation.objects.get(pk=alike[0].recommendation).placement == "item"

    def test_why_names_at_most_three_of_the_persons_own_deeds(self, live, browsing):
        why = browsing.get("/s/cinema/item/film-7/").context["why"]
        assert 1 <= len(why.evidence) <= 3
        mine = set(live.persons[0].behaviours.values_list("item__title", flat=True))
        assert {one.title for one in why.evidence} <= mine
        assert sum(one.percent for one in why.evidence) <= 101

    def test_why_tells_a_stranger_that_nothing_is_stored(self, live, visitor):
        assert "Nothing is stored about you" in visitor.get("/s/cinema/item/film-7/").content.decode()

    @pytest.mark.parametrize(
        "change", [{"withdrawn": True}, {"available_until": timezone.now() - timedelta(days=1)}, {"external_id": "x"}]
    )
    def test_an_item_that_cannot_be_had_is_not_found(self, world, visitor, change):
        Item.objects.filter(external_id="film-0").update(**change)
        assert visitor.get("/s/cinema/item/film-0/").status_code == 404

    def test_an_item_of_another_storefront_is_not_found(self, world, shop, visitor):
        assert visitor.get("/s/shop/item/film-0/").status_code == 404

    def test_ids_may_hold_anything(self, world, visitor):
        Item.objects.filter(external_id="film-0").update(external_id="a/b c?d#é&%")
        url = visitor.get("/s/cinema/c/Drama/").context["cards"]
        path = next(card.path for card in url if card.item.external_id == "a/b c?d#é&%")
        assert visitor.get(path).status_code == 200

    def test_words_of_an_item_are_never_markup(self, world, visitor):
        Item.objects.filter(external_id="film-0").update(title="<b>bold</b>", text='"><img src=x onerror=alert(1)>')
        page = visitor.get("/s/cinema/item/film-0/").content.decode()
        assert "<b>bold" not in page and "<img src=x" not in page

    def test_only_pictures_over_https_are_loaded(self, world, visitor):
        Item.objects.filter(external_id="film-0").update(image="https://example.org/a.jpg")
        Item.objects.filter(external_id="film-1").update(image="http://example.org/b.jpg")
        assert "https://example.org/a.jpg" in visitor.get("/s/cinema/item/film-0/").content.decode()
        assert "b.jpg" not in visitor.get("/s/cinema/item/film-1/").content.decode()

    def test_query_count_is_pinned(self, live, browsing, django_assert_max_num_queries):
        browsing.get("/s/cinema/item/film-7/")
        with django_assert_max_num_queries(28):
            browsing.get("/s/cinema/item/film-7/")


class TestSearch:
    def test_words_find_items_and_say_why(self, world, visitor, items_in):
        page = visitor.get("/s/cinema/search/", {"q": "comedy 13"})
        assert items_in(page)[0] == "film-13"
        assert "Has your words" in page.content.decode()

    def test_nothing_found_says_what_to_try(self, world, visitor):
        page = visitor.get("/s/cinema/search/", {"q": "zzzz"}).content.decode()
        assert "Nothing found for “zzzz”" in page and "/s/cinema/c/Drama/" in page

    @pytest.mark.parametrize("words", ["", "   ", "\x00", "x" * 301, "'\"<script>", "%_\\", "а" * 300, "\ud800"])
    def test_odd_words_are_answered(self, world, visitor, words):
        page = visitor.get("/s/cinema/search/", {"q": words.encode("utf-8", "surrogatepass")})
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()

    def test_a_search_is_remembered_of_people_only(self, world, browsing, visitor):
        browsing.get("/s/cinema/search/", {"q": "comedy"})
        assert Behaviour.objects.get(kind="search").text == "comedy"

    def test_searching_makes_nobody_a_person(self, world, visitor):
        visitor.get("/s/cinema/search/", {"q": "comedy"})
        assert not Behaviour.objects.filter(kind="search").exists()
        assert not Person.objects.filter(anonymous=True).exists()


class TestTopic:
    def test_a_topic_shows_its_items_and_no_others(self, world, visitor, items_in):
        page = visitor.get("/s/cinema/c/Comedy/")
        assert sorted(items_in(page)) == sorted(f"film-{n}" for n in range(10, 20))
        assert "10 items" in page.content.decode()

    def test_pages_hold_every_item_once(self, world, visitor, items_in, monkeypatch):
        monkeypatch.setattr("recommender.storefront.views.A_PAGE", 4)
        pages = [items_in(visitor.get(f"/s/cinema/c/Comedy/?order=new&page={n}")) for n in (1, 2, 3)]
        assert [len(page) for page in pages] == [4, 4, 2]
        assert len({item for page in pages for item in page}) == 10

    @pytest.mark.parametrize("page", ["0", "-1", "x", "2", "999999999999", "²"])
    def test_pages_that_do_not_exist_are_not_found(self, world, visitor, page):
        assert visitor.get("/s/cinema/c/Comedy/", {"page": page}).status_code == 404

    def test_a_topic_of_another_storefront_is_not_found(self, world, shop, visitor):
        assert visitor.get("/s/shop/c/Comedy/").status_code == 404

    def test_newest_first_is_newest_first(self, world, visitor, items_in):
        Item.objects.filter(external_id="film-13").update(published_at=timezone.now() + timedelta(seconds=1))
        assert items_in(visitor.get("/s/cinema/c/Comedy/?order=new"))[0] == "film-13"


class TestShop:
    def test_cards_show_price_and_stock(self, shop, visitor):
        Item.objects.create(
            storefront=shop, external_id="k", title="Kettle", price=4900, currency="EUR", attributes={"stock": 3}
        )
        page = visitor.get("/s/shop/").content.decode()
        assert "€49.00" in page and "3 in stock" in page

    def test_a_sold_out_product_is_still_described(self, shop, visitor):
        Item.objects.create(
            storefront=shop, external_id="k", title="Kettle", price=4900, currency="EUR", attributes={"stock": 0}
        )
        assert "Out of stock" in visitor.get("/s/shop/item/k/").content.decode()


def test_the_page_speaks_the_chosen_language(world, visitor):
    visitor.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    page = visitor.get("/s/cinema/item/film-0/").content.decode()
    assert 'lang="zh-hans"' in page


def test_the_look_is_the_visitors_choice(world, visitor):
    assert "data-theme" not in visitor.get("/s/cinema/").content.decode()
    answer = visitor.post("/look/", {"look": "light", "next": "/s/cinema/"})
    assert answer.url == "/s/cinema/"
    assert 'data-theme="light"' in visitor.get("/s/cinema/").content.decode()


def test_forms_lead_to_no_other_site(world, visitor):
    assert visitor.post("/look/", {"look": "light", "next": "https://evil.example/"}).url == "/"


def test_a_choice_among_the_details_is_said_in_words(world, visitor):
    Item.objects.filter(external_id="film-0").update(attributes={"age_rating": "12"})
    page = visitor.get("/s/cinema/item/film-0/", headers={"Accept-Language": "zh-hans"})
    assert dict(page.context["details"])["适合年龄"] == "12 岁以上"


@pytest.mark.django_db
def test_a_health_portal_asks_to_be_careful_above_its_recommendations(client):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    Item.objects.create(storefront=portal, external_id="nap", title="Naps", categories=["Sleep"])
    for path in ("/s/portal/", "/s/portal/item/nap/", "/s/portal/search/?q=naps"):
        page = client.get(path).content.decode()
        assert "In an emergency, call your local emergency number now." in page
        assert page.index('class="care"') < page.index("Naps", page.index("<main"))


@pytest.mark.django_db
def test_nothing_on_a_health_portal_appeals_to_what_many_do(client):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    for number in range(12):
        Item.objects.create(storefront=portal, external_id=f"i{number}", title=f"Naps {number}", categories=["Sleep"])
    assert "Popular" not in client.get("/s/portal/").content.decode()
    assert "Popular" not in client.get("/s/portal/c/Sleep/").content.decode()


def test_a_page_that_is_not_there_keeps_the_visitor_in_the_storefront(world, visitor):
    page = visitor.get("/s/cinema/item/no-such-film/")
    assert page.status_code == 404
    assert "This page is not here" in page.content.decode()
    assert 'role="search"' in page.content.decode() and 'href="/"' not in page.content.decode()


def test_a_page_that_is_nowhere_leads_to_the_storefronts(world, visitor):
    page = visitor.get("/no/such/page/")
    assert page.status_code == 404 and "To the storefronts" in page.content.decode()
