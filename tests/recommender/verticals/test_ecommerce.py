import math

import numpy as np
import pytest

from catalog.schema import SchemaError
from recommender.contracts import EventView, ItemView, PastEvent
from recommender.data import Items, Query
from recommender.testing import VerticalContract
from recommender.verticals.ecommerce.past import OPEN_SHELVES, OWNED_SHELVES, profile
from recommender.verticals.ecommerce.rules import InStock
from recommender.verticals.ecommerce.sources import Complements, Substitutes
from recommender.verticals.ecommerce.vertical import VERTICAL, diversity_key

KINDS = {kind.name: kind for kind in VERTICAL.kinds}


class TestEcommerce(VerticalContract):
    vertical = VERTICAL

    def test_some_demo_products_are_sold_out_and_some_are_not_counted(self, demo_items):
        stocks = [item["attributes"].get("stock") for item in demo_items]
        assert stocks.count(0) >= 3 and stocks.count(None) >= 1


def allowed(*attributes) -> list[bool]:
    return InStock().allows(Items(ids=np.arange(len(attributes)), attributes=attributes), Query()).tolist()


def test_sold_out_products_are_not_allowed():
    assert allowed({"stock": 0}, {"stock": 1}) == [False, True]


def test_products_whose_stock_is_not_counted_are_allowed():
    assert allowed({}, {"stock": None}) == [True, True]


def test_attributes_that_cannot_be_understood_count_as_sold_out():
    assert allowed(None, "stock", {"stock": "many"}, {"stock": True}, {"stock": math.nan}, {"stock": -1}) == [False] * 6


def test_without_the_attributes_column_nothing_is_allowed():
    assert InStock().allows(Items(ids=np.arange(2)), Query()).tolist() == [False, False]


def test_negative_stock_is_refused():
    with pytest.raises(SchemaError, match="stock"):
        VERTICAL.item_schema.clean({"stock": -1})


@pytest.mark.parametrize(("stars", "sign"), [(1, -1), (2, -1), (3, 0), (4, 1), (5, 1)])
def test_three_stars_say_nothing_in_a_shop(stars, sign):
    signal = KINDS["rating"].signal(stars)
    assert (signal > 0) - (signal < 0) == sign


def test_a_purchase_says_more_than_a_cart_and_a_cart_more_than_a_look():
    assert KINDS["purchase"].signal(1) > KINDS["cart"].signal(None) > KINDS["view"].signal(None) > 0
    assert KINDS["return"].signal(None) < 0


def test_what_was_bought_needs_no_further_recommendation_and_what_was_looked_at_does():
    assert KINDS["purchase"].seen and not KINDS["view"].seen and not KINDS["cart"].seen


def test_item_text_names_the_brand_and_leaves_out_the_stock():
    pan = ItemView("Skillet", "Milled smooth.", ("Kitchen",), ("cast iron",), {"brand": "Fennmark", "stock": 77})
    assert VERTICAL.item_text(pan, "en") == "Skillet by Fennmark. Kitchen. Milled smooth. Tags: cast iron."
    assert VERTICAL.item_text(pan, "zh-hans") == (
        "Skillet。品牌：Fennmark。分类：Kitchen。Milled smooth.标签：cast iron。"
    )


def test_history_text_tells_quantities_and_where_it_happened():
    morning = {"device": "desktop", "part_of_day": "morning"}
    events = [
        EventView("search", text="pan", context=morning),
        EventView("purchase", "Skillet", 2, context=morning),
        EventView("return", "Skillet"),
    ]
    assert VERTICAL.history_text(events, "en") == (
        "The person searched for “pan”, bought 2 of “Skillet”, in the morning, on a computer; sent “Skillet” back."
    )
    assert VERTICAL.history_text(events, "zh-hans") == (
        "此人早上用电脑搜索了“pan”，购买了2件“Skillet”；退回了“Skillet”。"
    )


def test_products_of_one_department_count_as_alike():
    assert diversity_key(ItemView("Skillet", "", ("Kitchen", "Cookware"))) == "Kitchen"


def past(kind: str, *categories: str) -> PastEvent:
    return PastEvent(kind, ItemView("", "", categories))


def test_the_profile_tells_what_is_owned_from_what_is_still_being_chosen():
    found = profile(
        [past("view", "Coffee", "Grinders"), past("view", "Run", "Shoes"), past("purchase", "Coffee", "Beans")]
    )
    assert found == {OWNED_SHELVES: ["Beans"], OPEN_SHELVES: ["Grinders", "Shoes"]}


def test_a_shelf_where_something_was_taken_is_not_open_any_more():
    found = profile([past("view", "Coffee", "Grinders"), past("cart", "Coffee", "Grinders"), past("view")])
    assert found == {OWNED_SHELVES: ["Grinders"], OPEN_SHELVES: []}


#: Two grinders and a dear one, two bags of beans, and shoes.
SHELVES = ("Grinders", "Grinders", "Grinders", "Beans", "Beans", "Shoes")
STORE = Items(
    ids=np.arange(6),
    categories=[("Run" if shelf == "Shoes" else "Coffee", shelf) for shelf in SHELVES],
    prices=np.array([100.0, 120.0, 900.0, 10.0, 12.0, 100.0]),
    vectors=np.array([[1, 0], [1, 0], [1, 0], [0.6, 0.8], [0.8, 0.6], [0, 1]], dtype=np.float32),
)


def test_to_a_grinder_go_beans_and_no_second_grinder_nor_shoes():
    query = Query.of([0], person={OWNED_SHELVES: ["Grinders"]})
    assert Complements().candidates(STORE, query, 5).items.tolist() == [4, 3]


def test_complements_leave_out_what_the_question_excludes():
    query = Query.of([0], person={OWNED_SHELVES: ["Grinders"]}, exclude=np.array([4]))
    assert Complements().candidates(STORE, query, 5).items.tolist() == [3]


def test_for_a_grinder_that_was_looked_at_stands_another_of_about_the_price():
    query = Query.of([0], person={OPEN_SHELVES: ["Grinders"]})
    assert Substitutes().candidates(STORE, query, 5).items.tolist() == [1]


def test_sources_have_nothing_to_say_of_a_stranger_or_a_shelf_that_nobody_looked_at():
    for source in VERTICAL.sources:
        assert len(source.candidates(STORE, Query(), 5)) == 0
        assert (
            len(source.candidates(Items(ids=np.arange(6)), Query.of([0], person={OWNED_SHELVES: ["Grinders"]}), 5)) == 0
        )


def test_every_source_has_words_for_why_it_brought_something_up():
    assert set(VERTICAL.source_reasons) == {source.slug for source in VERTICAL.sources}
