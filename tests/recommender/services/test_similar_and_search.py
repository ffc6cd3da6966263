"""More like this, and what was that film called?"""

import pytest

from behaviour.models import Behaviour
from catalog.models import Item, Storefront
from recommender.services import ServiceError, search, similar

from ..conftest import NOW


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


def test_similar_items_are_of_the_same_kind_and_never_the_item_itself(live):
    served = similar(storefront=live.storefront, item=live.dramas[0], count=8)
    assert {entry.item.categories[0] for entry in served.items} == {"Drama"}
    assert "film-0" not in ids(served)


def test_without_a_model_text_says_what_is_similar(with_vectors):
    served = similar(storefront=with_vectors.storefront, item=with_vectors.comedies[0], count=5)
    assert {entry.item.categories[0] for entry in served.items} == {"Comedy"}
    assert served.fallback == "no_model"


def test_without_model_and_text_the_category_does(world):
    served = similar(storefront=world.storefront, item=world.comedies[0], count=5)
    assert {entry.item.categories[0] for entry in served.items} == {"Comedy"}
    assert {entry.source for entry in served.items} == {"popular"}


def test_another_storefronts_item_has_no_likes_here(live, shop):
    item = Item.objects.create(storefront=shop, external_id="kettle", title="Kettle", attributes={"brand": "A"})
    with pytest.raises(ServiceError):
        similar(storefront=live.storefront, item=item)


def test_words_find_titles(world):
    assert ids(search(storefront=world.storefront, words="drama 7"))[0] == "film-7"


def test_the_beginning_of_a_word_is_enough(world):
    served = search(storefront=world.storefront, words="come", count=10)
    assert {entry.item.categories[0] for entry in served.items} == {"Comedy"}


def test_a_new_item_is_found_and_a_withdrawn_one_is_not(world, look_again):
    search(storefront=world.storefront, words="drama")
    Item.objects.create(storefront=world.storefront, external_id="zebra", title="Zebra crossing")
    world.dramas[0].withdrawn = True
    world.dramas[0].save()
    look_again(world.storefront)
    assert ids(search(storefront=world.storefront, words="zebra")) == ["zebra"]
    assert "film-0" not in ids(search(storefront=world.storefront, words="drama", count=20))


def test_a_changed_title_is_found_by_its_new_words_only(world, look_again):
    search(storefront=world.storefront, words="drama")
    world.dramas[0].title = "Quagga"
    world.dramas[0].save()
    look_again(world.storefront)
    assert ids(search(storefront=world.storefront, words="quagga")) == ["film-0"]


def test_hidden_items_stay_out_of_search_and_watched_ones_do_not(world):
    person = world.persons[0]
    Behaviour.objects.create(
        storefront=world.storefront, person=person, item=world.items[1], kind="hide", occurred_at=NOW, event_id="hide"
    )
    found = ids(search(storefront=world.storefront, words="drama", person=person, count=20))
    assert "film-1" not in found
    assert "film-0" in found


def test_nonsense_finds_nothing(world):
    assert ids(search(storefront=world.storefront, words="xyzzy")) == []


@pytest.mark.parametrize("words", ["", "   ", "x" * 501])
def test_no_words_and_too_many_are_refused(world, words):
    with pytest.raises(ServiceError):
        search(storefront=world.storefront, words=words)


@pytest.mark.parametrize("words", ["'", '"unbalanced', "(((((a+)+)+)+$", "the", "%_\\", "日本語 drama", "\u202e" * 40])
def test_odd_words_are_only_words(world, words):
    search(storefront=world.storefront, words=words)


def test_the_vertical_has_the_last_word_on_the_order_of_what_is_similar(db):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    for number, score in enumerate((12.0, 12.0, 4.0)):
        Item.objects.create(
            storefront=portal,
            external_id=f"dish-{number}",
            title=f"Dish {number}",
            categories=["Food & cooking"],
            attributes={"form": "recipe", "fsa_score": score, "reviewed": "2026-11-01"},
        )
    anchor = Item.objects.get(external_id="dish-0")
    assert [entry.item.external_id for entry in similar(storefront=portal, item=anchor).items] == ["dish-2", "dish-1"]
