"""What was seen and what was opened is written down once, and only when somebody tells so."""

import uuid

import pytest
from django.test import Client

from recommender.models import Click, Impression, Recommendation

from .conftest import BROWSER


@pytest.fixture
def shown(live, browsing):
    """The first shelf of person-0, as it was served."""
    return browsing.get("/s/cinema/").context["shelves"][0].cards


def tell(client, *entries: str):
    return client.post("/s/cinema/seen/", {"seen": ",".join(entries)})


def test_making_a_page_is_no_impression(shown):
    assert not Impression.objects.exists()


def test_what_came_into_sight_is_written_down_once(shown, browsing):
    entries = [f"{card.recommendation}:{card.position}" for card in shown[:3]]
    assert tell(browsing, *entries).status_code == 204
    tell(browsing, *entries)
    found = Impression.objects.values_list("recommendation", "position")
    assert sorted(found) == [(uuid.UUID(card.recommendation), card.position) for card in shown[:3]]


def test_nobody_tells_of_a_list_of_somebody_else(shown, world):
    stranger = Client(headers={"User-Agent": BROWSER})
    assert tell(stranger, f"{shown[0].recommendation}:0").status_code == 204
    assert not Impression.objects.exists()


def test_the_list_of_another_storefront_is_left_out(shown, shop, browsing):
    foreign = Recommendation.objects.create(storefront=shop, placement="home", items=[[1, 1.0, "new"]])
    tell(browsing, f"{foreign.pk}:0")
    assert not Impression.objects.exists()


def test_a_place_that_the_list_does_not_have_is_left_out(shown, browsing):
    tell(browsing, f"{shown[0].recommendation}:999", f"{shown[0].recommendation}:1")
    assert Impression.objects.get().position == 1


@pytest.mark.parametrize("told", ["", "nonsense", f"{uuid.uuid4()}:-1", f"{uuid.uuid4()}:²", f"{uuid.uuid4()}:12345"])
def test_what_no_page_sends_is_refused_with_a_sentence(world, visitor, told):
    answer = visitor.post("/s/cinema/seen/", {"seen": told})
    assert answer.status_code == 400
    assert "LIST:POSITION" in answer.content.decode()


def test_a_message_needs_the_token_of_our_own_page(world):
    strict = Client(enforce_csrf_checks=True, headers={"User-Agent": BROWSER})
    assert strict.post("/s/cinema/seen/", {"seen": f"{uuid.uuid4()}:0"}).status_code == 403


def test_robots_see_nothing(shown, browsing):
    entry = f"{shown[0].recommendation}:0"
    browsing.post("/s/cinema/seen/", {"seen": entry}, headers={"User-Agent": "Googlebot/2.1"})
    assert not Impression.objects.exists()


def test_opening_a_card_is_one_click_that_names_its_list_and_place(shown, browsing):
    for _ in range(2):
        browsing.get(shown[2].url)
    click = Click.objects.get()
    assert (str(click.recommendation_id), click.position) == (shown[2].recommendation, shown[2].position)


def test_a_stranger_clicks_on_a_list_that_was_made_for_nobody(live, visitor):
    card = visitor.get("/s/cinema/").context["shelves"][0].cards[1]
    visitor.get(card.url)
    assert Click.objects.get().position == 1


def test_an_item_that_is_not_in_the_list_was_not_opened_from_it(shown, browsing, live):
    there = {card.item.pk for card in shown}
    other = next(item for item in live.items if item.pk not in there)
    browsing.get(f"/s/cinema/item/{other.external_id}/?r={shown[0].recommendation}&p=0")
    assert not Click.objects.exists()


def test_a_prefetching_browser_clicks_nothing(shown, browsing):
    browsing.get(shown[0].url, headers={"Sec-Purpose": "prefetch"})
    assert not Click.objects.exists()
