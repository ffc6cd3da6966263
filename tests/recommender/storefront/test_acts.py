"""What visitors do counts at once, can be taken back, and stays inside one storefront."""

import uuid

from django.test import Client

from behaviour.models import Behaviour, Person
from recommender.models import Recommendation

from .conftest import BROWSER


def test_acting_makes_a_stranger_an_anonymous_person(world, visitor, press):
    assert press("like").status_code == 302
    person = Person.objects.get(anonymous=True)
    assert list(person.behaviours.values_list("kind", "item__external_id")) == [("like", "film-0")]


def test_the_cookie_finds_the_same_person_again(world, visitor, press):
    press("like")
    press("like", item="film-1")
    assert Person.objects.filter(anonymous=True).count() == 1


def test_a_forged_cookie_is_nobodys(world, visitor, press):
    press("like")
    forged = Client(headers={"User-Agent": BROWSER})
    forged.cookies["kindred_person"] = visitor.cookies["kindred_person"].value[:-2] + "xx"
    assert forged.get("/s/cinema/item/film-0/").context["verbs"][0].done is None


def test_a_cookie_of_one_storefront_is_nobodys_in_another(world, shop, visitor, press):
    press("like")
    stolen = Client(headers={"User-Agent": BROWSER})
    stolen.cookies["kindred_person"] = visitor.cookies["kindred_person"].value
    assert stolen.get("/s/shop/").context["visitor"].person is None


def test_what_was_looked_at_before_becomes_the_persons(world, visitor, press):
    visitor.get("/s/cinema/item/film-3/")
    press("like")
    person = Person.objects.get(anonymous=True)
    assert set(person.behaviours.values_list("kind", "item__external_id")) == {("view", "film-3"), ("like", "film-0")}


def test_sending_a_form_twice_is_doing_it_once(world, visitor, press):
    press("like")
    press("like")
    assert Behaviour.objects.filter(kind="like").count() == 1


def test_a_rating_keeps_its_stars(world, visitor, press):
    press("rating", value="4")
    assert Behaviour.objects.get(kind="rating", person__anonymous=True).value == 4
    assert 'aria-pressed="true" aria-label="4 stars"' in visitor.get("/s/cinema/item/film-0/").content.decode()


def test_the_list_that_led_to_an_act_is_named(world, visitor, press):
    visitor.get("/s/cinema/")
    served = Recommendation.objects.first()
    press("like", r=str(served.pk), p="0")
    assert Behaviour.objects.get(kind="like").recommendation_id == served.pk


def test_a_list_of_another_storefront_or_of_nobody_is_not_named(world, shop, visitor, press):
    foreign = Recommendation.objects.create(storefront=shop, placement="home")
    press("like", r=str(foreign.pk))
    press("save", r=str(uuid.uuid4()))
    assert set(Behaviour.objects.filter(person__anonymous=True).values_list("recommendation_id", flat=True)) == {None}


def test_what_cannot_be_done_is_refused(world, visitor, press):
    assert press("purchase").status_code == 400
    assert press("view").status_code == 400
    assert press("rating", value="99").status_code == 400
    assert press("like", token="a b").status_code == 400
    assert press("like", item="no-such-film").status_code == 404
    assert not Behaviour.objects.filter(person__anonymous=True).exists()


def test_acting_needs_a_post(world, visitor):
    assert visitor.get("/s/cinema/act/film-0/").url == "/s/cinema/item/film-0/"


def test_acting_needs_the_token_of_our_own_form(world):
    strict = Client(enforce_csrf_checks=True, headers={"User-Agent": BROWSER})
    assert strict.post("/s/cinema/act/film-0/", {"kind": "like", "token": "a"}).status_code == 403


def test_a_session_of_views_shapes_the_next_page_without_a_row(live, visitor):
    visitor.get("/s/cinema/item/film-12/")
    visitor.get("/s/cinema/item/film-13/")
    shelves = visitor.get("/s/cinema/").context["shelves"]
    assert shelves[0].heading == "For you"
    assert {card.item.categories[0] for card in shelves[0].cards[:4]} == {"Comedy"}
    assert not Person.objects.filter(anonymous=True).exists()


def test_an_act_changes_what_is_next_and_the_answer_shows_it(live, visitor, press):
    answer = press("like", item="film-12", htmx=True)
    assert {card.item.categories[0] for card in answer.context["next"].cards[:3]} == {"Comedy"}
    assert 'hx-swap-oob="innerHTML"' in answer.content.decode()


def test_an_act_changes_the_reasons_too_and_says_so(live, visitor, press):
    before = visitor.get("/s/cinema/item/film-12/").content.decode()
    assert "Nothing is stored about you yet" in before
    press("like", item="film-13")
    part = press("like", item="film-12", htmx=True).content.decode()
    assert '<div id="reasons" hx-swap-oob="innerHTML">' in part
    assert "Comedy 13" in part.partition('id="reasons"')[2].partition('id="next"')[0]
    assert "Nothing is stored about you" not in part
    assert "Updated after you liked “Comedy 12”." in part


def test_a_stranger_is_told_which_of_what_they_opened_counted_and_nothing_to_remove(live, visitor):
    visitor.get("/s/cinema/item/film-13/")
    page = visitor.get("/s/cinema/why/film-12/").content.decode()
    told = page.partition('class="because"')[2]
    assert "Of what you opened just now, this counted most" in told
    assert "Comedy 13" in told
    assert "Remove this signal" not in told
    assert not Person.objects.filter(anonymous=True).exists()


class TestHiding:
    def test_a_hidden_item_stands_in_no_list_any_more(self, live, browsing, press, items_in):
        first = browsing.get("/s/cinema/").context["shelves"][0].cards[0].item
        press("hide", item=first.external_id, client=browsing)
        for path in ("/s/cinema/", "/s/cinema/c/Drama/", "/s/cinema/search/?q=drama", "/s/cinema/item/film-1/"):
            page = browsing.get(path)
            assert first.external_id not in items_in(page), path

    def test_for_a_stranger_too(self, world, visitor, press, items_in):
        press("hide")
        assert "film-0" not in items_in(visitor.get("/s/cinema/"))

    def test_undo_brings_it_back(self, live, browsing, press, items_in):
        before = items_in(browsing.get("/s/cinema/c/Drama/"))
        press("hide", client=browsing)
        event = Behaviour.objects.get(kind="hide").event_id
        assert "film-0" not in items_in(browsing.get("/s/cinema/c/Drama/"))
        browsing.post("/s/cinema/undo/film-0/", {"event": event})
        assert items_in(browsing.get("/s/cinema/c/Drama/")) == before
        assert not Behaviour.objects.filter(kind="hide").exists()

    def test_without_script_the_next_page_tells_and_offers_undo(self, world, visitor, press):
        answer = press("hide", next="/s/cinema/")
        assert answer.url == "/s/cinema/"
        page = visitor.get(answer.url).content.decode()
        assert "will not be recommended to you again" in page
        assert 'action="/s/cinema/undo/film-0/"' in page

    def test_with_script_the_card_says_so_in_its_place(self, world, visitor, press):
        part = press("hide", card="1", htmx=True).content.decode()
        assert 'class="card gone"' in part and "Undo" in part
        assert "<html" not in part

    def test_with_script_undo_puts_the_card_back(self, world, visitor, press, items_in):
        press("hide", card="1", htmx=True)
        event = Behaviour.objects.get(kind="hide").event_id
        part = visitor.post("/s/cinema/undo/film-0/", {"event": event, "card": "1"}, headers={"HX-Request": "true"})
        assert items_in(part) == ["film-0"]


class TestUndo:
    def test_pressing_a_button_again_takes_it_back(self, world, visitor, press):
        def button(kind):
            verbs = visitor.get("/s/cinema/item/film-0/").context["verbs"]
            return next(verb for verb in verbs if verb.kind == kind)

        press("like")
        visitor.post("/s/cinema/undo/film-0/", {"event": button("like").undo})
        assert button("like").done is None

    def test_nobody_takes_back_what_another_did(self, world, visitor, press):
        press("like")
        event = Behaviour.objects.get(kind="like").event_id
        other = Client(headers={"User-Agent": BROWSER})
        other.post("/s/cinema/undo/film-0/", {"event": event})
        press("like", item="film-1", client=other)
        other.post("/s/cinema/undo/film-0/", {"event": event})
        assert Behaviour.objects.filter(event_id=event).exists()

    def test_what_was_not_done_here_is_not_taken_back_here(self, live, browsing):
        imported = live.persons[0].behaviours.first()
        path = f"/s/cinema/undo/{imported.item.external_id}/"
        assert browsing.post(path, {"event": imported.event_id}).status_code == 400
        assert Behaviour.objects.filter(pk=imported.pk).exists()

    def test_taking_back_twice_is_taking_back_once(self, world, visitor, press):
        press("like")
        event = Behaviour.objects.get(kind="like").event_id
        for _ in range(2):
            assert visitor.post("/s/cinema/undo/film-0/", {"event": event}).status_code == 302


class TestBrowsingAs:
    def test_it_is_offered_only_where_the_operator_says_so(self, world, visitor):
        assert "Browse as" not in visitor.get("/s/cinema/").content.decode()
        assert visitor.get("/s/cinema/browse-as/").status_code == 404

    def test_the_bar_says_who_and_stops(self, world, browsing):
        assert "Browsing as <strong>The drama lover</strong>" in browsing.get("/s/cinema/").content.decode()
        browsing.post("/s/cinema/browse-as/choose/", {})
        assert "Browsing as" not in browsing.get("/s/cinema/").content.decode()

    def test_nobody_else_can_be_chosen(self, world, browsing, visitor):
        assert browsing.post("/s/cinema/browse-as/choose/", {"person": "person-1"}).status_code == 404

    def test_it_ends_when_the_operator_takes_the_offer_away(self, world, browsing):
        world.storefront.settings = {}
        world.storefront.save()
        assert browsing.get("/s/cinema/").context["visitor"].person is None

    def test_what_is_done_is_the_demo_persons(self, world, browsing, press):
        press("like", item="film-15", client=browsing)
        assert Behaviour.objects.get(kind="like").person == world.persons[0]
        assert not Person.objects.filter(anonymous=True).exists()
