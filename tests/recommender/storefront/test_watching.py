"""Going on where one left off."""

import pytest

from behaviour.models import Behaviour
from catalog.models import Item, Storefront


@pytest.fixture
def series(db) -> Storefront:
    storefront = Storefront.objects.create(slug="tv", name="TV", vertical="video")
    for part in (1, 2, 3):
        Item.objects.create(
            storefront=storefront,
            external_id=f"ferry-{part}",
            title=f"Ferry {part}",
            categories=["Drama"],
            attributes={"series": "Ferry", "part": part, "year": 2030 - part},
        )
    for number in range(8):
        Item.objects.create(
            storefront=storefront, external_id=f"film-{number}", title=f"Film {number}", categories=["Drama"]
        )
    return storefront


def stop(visitor, item: str, percent: str, token: str = "t"):
    return visitor.post(f"/s/tv/watched/{item}/", {"percent": percent, "token": f"{token}-{item}-{percent}"})


def finish(visitor, item: str):
    return visitor.post(f"/s/tv/act/{item}/", {"kind": "watch", "value": "1", "token": "t"})


def test_somebody_new_has_nothing_to_go_on_with(series, visitor):
    assert "Continue watching" not in visitor.get("/s/tv/").content.decode()


def test_what_was_begun_stands_first_with_its_bar_and_only_there(series, visitor, items_in):
    stop(visitor, "film-3", "50")
    response = visitor.get("/s/tv/")
    html, shown = response.content.decode(), items_in(response)
    assert shown[0] == "film-3" and shown.count("film-3") == 1
    assert '<progress max="100" value="50"' in html and "50% watched" in html
    assert Behaviour.objects.get(kind="watch").value == 0.5


def test_what_was_begun_last_comes_first(series, visitor, items_in):
    stop(visitor, "film-3", "50")
    stop(visitor, "film-4", "25")
    assert items_in(visitor.get("/s/tv/"))[:2] == ["film-4", "film-3"]


def test_what_was_finished_leaves_the_shelf(series, visitor, items_in):
    stop(visitor, "film-3", "75")
    finish(visitor, "film-3")
    assert "film-3" not in items_in(visitor.get("/s/tv/"))


def test_after_a_part_comes_the_next_one_in_order_with_the_reason(series, visitor, items_in):
    finish(visitor, "ferry-1")
    response = visitor.get("/s/tv/")
    assert items_in(response)[0] == "ferry-2" and "Next after “Ferry 1”" in response.content.decode()
    stop(visitor, "ferry-2", "25")
    assert items_in(visitor.get("/s/tv/"))[0] == "ferry-2"


def test_what_was_hidden_does_not_come_back_here(series, visitor, items_in):
    stop(visitor, "film-3", "50")
    visitor.post("/s/tv/act/film-3/", {"kind": "hide", "token": "t"})
    assert "film-3" not in items_in(visitor.get("/s/tv/"))


def test_an_items_page_lists_the_series_in_order_and_names_the_next_part(series, visitor):
    html = visitor.get("/s/tv/item/ferry-2/").content.decode()
    assert html.index("Next in the series:") < html.index("The whole series, in order")
    parts = html[html.index("The whole series, in order") :]
    assert parts.index("Ferry 1") < parts.index("Ferry 2") < parts.index("Ferry 3")


@pytest.mark.parametrize("percent", ["", "0", "101", "abc", "50.5"])
def test_a_share_that_is_not_offered_is_refused(series, visitor, percent):
    assert stop(visitor, "film-3", percent).status_code == 400


def test_nothing_plays_by_itself(series, visitor):
    for path in ("", "item/ferry-1/"):
        html = visitor.get(f"/s/tv/{path}").content.decode().lower()
        assert "autoplay" not in html and "<video" not in html


def test_a_shop_knows_nothing_of_watching(shop, visitor):
    Item.objects.create(storefront=shop, external_id="i", title="I")
    assert visitor.post("/s/shop/watched/i/", {"percent": "50", "token": "t"}).status_code == 404
