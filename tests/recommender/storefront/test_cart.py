"""The cart: what lies in it, what goes with it, and no haste."""

from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender.models import Recommendation


@pytest.fixture
def store(db) -> Storefront:
    """A grinder that three people bought with beans, one with a cup; a second one, and a kettle that is sold out."""
    storefront = Storefront.objects.create(slug="store", name="Store", vertical="ecommerce")
    for name, categories, price, stock in (
        ("grinder", ["Coffee", "Grinders"], 10000, 5),
        ("grinder-2", ["Coffee", "Grinders"], 11000, 9),
        ("beans", ["Coffee", "Beans"], 1250, 40),
        ("cup", ["Coffee", "Cups"], 800, 3),
        ("filters", ["Coffee", "Filters"], 500, 30),
        ("scale", ["Coffee", "Scales"], 3900, 30),
        ("kettle", ["Coffee", "Kettles"], 6000, 0),
        ("boots", ["Walking", "Boots"], 15000, 8),
    ):
        Item.objects.create(
            storefront=storefront,
            external_id=name,
            title=name.title(),
            categories=categories,
            price=price,
            currency="EUR",
            attributes={"stock": stock},
        )
    now = timezone.now() - timedelta(days=3)
    for number, others in enumerate((["beans", "kettle"], ["beans", "kettle"], ["beans", "cup"])):
        person = Person.objects.create(storefront=storefront, external_id=f"p{number}")
        for item in ("grinder", *others):
            Behaviour.objects.create(
                storefront=storefront,
                person=person,
                item=Item.objects.get(external_id=item),
                kind="purchase",
                occurred_at=now,
                event_id=f"{number}-{item}",
            )
        Behaviour.objects.create(  # days later: another basket
            storefront=storefront,
            person=person,
            item=Item.objects.get(external_id="boots"),
            kind="purchase",
            occurred_at=now + timedelta(days=2),
            event_id=f"{number}-boots",
        )
    return storefront


def change(visitor, kind: str, *items: str, token: str = "t"):
    return visitor.post("/s/store/cart/change/", {"kind": kind, "item": items, "token": f"{token}{kind[:3]}"})


def cart(visitor) -> str:
    return visitor.get("/s/store/cart/").content.decode()


def lines(html: str) -> str:
    """The part above the add-ons and the orders."""
    return html.split("<section")[0]


def test_an_empty_cart_says_so(store, visitor):
    assert "Nothing is in it yet" in cart(visitor)


def test_the_cart_holds_what_was_put_in_with_its_total(store, visitor):
    change(visitor, "cart", "grinder", "beans")
    html = cart(visitor)
    assert "Grinder" in lines(html) and "€112.50" in html


def test_the_button_of_an_items_page_fills_the_same_cart(store, visitor):
    visitor.post("/s/store/act/cup/", {"kind": "cart", "token": "t"})
    assert "Cup" in lines(cart(visitor))


def test_what_is_taken_out_is_out(store, visitor):
    change(visitor, "cart", "grinder", "beans")
    change(visitor, "remove_from_cart", "grinder")
    assert "Grinder</strong>" not in lines(cart(visitor)) and "Beans" in lines(cart(visitor))


def test_sending_the_form_twice_is_doing_it_once(store, visitor):
    change(visitor, "cart", "beans")
    change(visitor, "cart", "beans")
    assert Behaviour.objects.filter(kind="cart").count() == 1


def test_buying_empties_the_cart_and_what_was_bought_may_go_back(store, visitor):
    change(visitor, "cart", "beans")
    change(visitor, "purchase", "beans")
    html = cart(visitor)
    assert "Nothing is in it yet" in html and "Send Beans back" in html
    change(visitor, "return", "beans")
    assert Behaviour.objects.filter(kind="return").count() == 1 and "Sent back" in cart(visitor)


def test_at_most_three_add_ons_bought_together_first_and_none_sold_out(store, visitor, items_in):
    change(visitor, "cart", "grinder")
    response = visitor.get("/s/store/cart/")
    add_ons = items_in(response)
    assert len(add_ons) == 3 and add_ons[0] == "beans" and not {"kettle", "boots", "grinder-2"} & set(add_ons)
    assert "Often bought together" in response.content.decode()
    assert Recommendation.objects.get(placement="cart").items[0][2] == "together"


def test_there_is_no_false_urgency(store, visitor):
    change(visitor, "cart", "cup")
    for path in ("cart/", "item/cup/", ""):
        html = visitor.get(f"/s/store/{path}").content.decode().lower()
        for words in ("hurry", "only ", "left!", "selling fast", "people are looking", "countdown", "last chance"):
            assert words not in html, (path, words)


def test_the_bundle_names_what_was_bought_together_with_its_total(store, visitor):
    html = visitor.get("/s/store/item/grinder/").content.decode()
    bundle = html[html.index('class="bundle"') : html.index("</section>", html.index('class="bundle"'))]
    assert "Beans" in bundle and "€112.50" in bundle
    assert "Cup" not in bundle  # once is no pattern
    assert "Kettle" not in bundle and "Boots" not in bundle


def test_what_nobody_bought_with_anything_has_no_bundle(store, visitor):
    assert 'class="bundle"' not in visitor.get("/s/store/item/scale/").content.decode()


def test_complements_and_substitutes_stand_apart_and_nothing_twice(store, visitor, items_in):
    response = visitor.get("/s/store/item/grinder/")
    html = response.content.decode()
    instead = html.index("Others from")
    assert html.index("Goes with it") < instead < html.index("item/grinder-2/", instead)
    shown = items_in(response)
    assert len(shown) == len(set(shown)) and "kettle" not in shown


@pytest.mark.parametrize(
    ("kind", "items"), [("cart", ["kettle"]), ("cart", []), ("steal", ["cup"]), ("cart", ["nothing"])]
)
def test_what_cannot_be_done_is_refused(store, visitor, kind, items):
    assert change(visitor, kind, *items).status_code == 400
    assert not Behaviour.objects.filter(kind__in=["cart", "steal"]).exists()


def test_what_is_sold_out_cannot_be_put_in_from_its_page(store, visitor):
    assert "Add to cart" not in visitor.get("/s/store/item/kettle/").content.decode()
    assert visitor.post("/s/store/act/kettle/", {"kind": "cart", "token": "t"}).status_code == 400


def test_a_review_is_a_text_with_stars_of_their_own(store, visitor):
    visitor.post("/s/store/write/cup/", {"kind": "review", "text": "Holds coffee.", "stars": "4", "token": "t"})
    assert Behaviour.objects.get(kind="review").text == "Holds coffee."
    assert Behaviour.objects.get(kind="rating").value == 4
    html = visitor.get("/s/store/item/cup/").content.decode()
    assert "Holds coffee." in html and "4 / 5" in html


@pytest.mark.parametrize("fields", [{"text": ""}, {"text": "x" * 2001}, {"kind": "comment"}, {"stars": "9"}])
def test_a_review_that_is_none_is_refused(store, visitor, fields):
    data = {"kind": "review", "text": "Fine.", "token": "t", **fields}
    assert visitor.post("/s/store/write/cup/", data).status_code == 400
    assert not Behaviour.objects.filter(kind="review").exists()


def test_query_counts_are_pinned(store, visitor, django_assert_max_num_queries):
    change(visitor, "cart", "grinder")
    visitor.get("/s/store/cart/")
    with django_assert_max_num_queries(24):
        visitor.get("/s/store/cart/")
    with django_assert_max_num_queries(50):
        visitor.get("/s/store/item/grinder/")


def test_an_add_on_costs_no_more_than_the_dearest_thing_in_the_cart(store, visitor, items_in):
    change(visitor, "cart", "beans")
    assert set(items_in(visitor.get("/s/store/cart/"))) <= {"cup", "filters"}
