"""What an operator blocks or pins beside an item holds in every list of what is similar to it."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from behaviour.models import Account, Behaviour
from catalog.models import Item
from recommender.models import AuditEntry, ItemTie, OperatorRule
from recommender.services import ServiceError, cursor_of, page_next, page_of, similar
from recommender.services.audit import audit_verify
from recommender.services.ties import MOST, tie_add, tie_remove
from recommender.steering import SOURCE

from ...catalog.test_constraints import execute


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


@pytest.fixture
def live(with_vectors):
    """Texts say what is similar: quicker than a model, and ties hold whatever says it."""
    return with_vectors


@pytest.fixture
def tie(live):
    def made(kind, item, neighbour, **options):
        return tie_add(storefront=live.storefront, item=item, neighbour=neighbour, kind=kind, **options)

    return made


def test_a_blocked_pair_is_never_similar_from_either_side(live, tie):
    one, other = live.dramas[0], live.dramas[1]
    assert other.external_id in ids(similar(storefront=live.storefront, item=one, count=20))
    tie("block", other, one)
    assert other.external_id not in ids(similar(storefront=live.storefront, item=one, count=20))
    assert one.external_id not in ids(similar(storefront=live.storefront, item=other, count=20))


def test_a_pin_stands_first_beside_its_item_alone(live, tie):
    drama, comedy = live.dramas[0], live.comedies[5]
    tie("pin", drama, comedy)
    served = similar(storefront=live.storefront, item=drama, count=4)
    assert ids(served)[0] == comedy.external_id
    assert served.items[0].source == SOURCE
    assert drama.external_id not in ids(similar(storefront=live.storefront, item=comedy, count=4))[:1]


def test_several_pins_stand_first_together(live, tie):
    pinned = live.comedies[3:6]
    for comedy in pinned:
        tie("pin", live.dramas[0], comedy)
    served = similar(storefront=live.storefront, item=live.dramas[0], count=6)
    assert set(ids(served)[:3]) == {comedy.external_id for comedy in pinned}
    assert len(ids(served)) == len(set(ids(served))) == 6


def test_what_is_taken_back_holds_no_more(live, tie):
    before = ids(similar(storefront=live.storefront, item=live.dramas[0], count=8))
    tie_remove(tie=tie("block", live.dramas[0], live.dramas[1]))
    tie_remove(tie=tie("pin", live.dramas[0], live.comedies[1]))
    assert ids(similar(storefront=live.storefront, item=live.dramas[0], count=8)) == before


def test_a_withdrawn_item_does_not_come_by_a_pin(live, tie):
    comedy = live.comedies[5]
    tie("pin", live.dramas[0], comedy)
    Item.objects.filter(pk=comedy.pk).update(withdrawn=True)
    assert comedy.external_id not in ids(similar(storefront=live.storefront, item=live.dramas[0], count=20))


def test_what_a_filter_hides_does_not_come_by_a_pin(live, tie, look_again):
    tie("pin", live.dramas[0], live.comedies[5])
    OperatorRule.objects.create(
        storefront=live.storefront, name="No comedies", kind="filter", condition='category = "Comedy"'
    )
    look_again(live.storefront)
    served = similar(storefront=live.storefront, item=live.dramas[0], count=20)
    assert {entry.item.categories[0] for entry in served.items} == {"Drama"}


def test_what_the_person_hid_does_not_come_by_a_pin(live, tie):
    comedy = live.comedies[5]
    tie("pin", live.dramas[0], comedy)
    person = live.persons[0]
    Behaviour.objects.create(
        storefront=live.storefront,
        person=person,
        item=comedy,
        kind="hide",
        occurred_at=timezone.now(),
        event_id="hide-it",
    )
    served = similar(storefront=live.storefront, item=live.dramas[0], count=20, person=person)
    assert comedy.external_id not in ids(served)


def test_without_model_and_text_a_pin_of_another_category_stands_first(world):
    comedy, drama = world.comedies[0], world.dramas[3]
    tie_add(storefront=world.storefront, item=comedy, neighbour=drama, kind="pin")
    served = similar(storefront=world.storefront, item=comedy, count=5)
    assert ids(served)[0] == drama.external_id
    assert {entry.item.categories[0] for entry in served.items[1:]} == {"Comedy"}


def test_what_was_blocked_since_the_first_page_is_not_on_the_second(live, tie):
    asked = "similar"
    first = similar(storefront=live.storefront, item=live.dramas[0], count=3, pages=True)
    page = page_of(live.storefront, cursor_of(live.storefront, first, asked), asked)
    coming = page_next(storefront=live.storefront, page=page).items[0].item
    tie("block", live.dramas[0], coming)
    assert coming.external_id not in ids(page_next(storefront=live.storefront, page=page))


def test_a_block_takes_back_a_pin_and_forbids_another(live, tie):
    one, other = live.dramas[0], live.comedies[0]
    tie("pin", one, other)
    tie("pin", other, one)
    tie("block", one, other)
    assert [held.kind for held in ItemTie.objects.all()] == ["block"]
    with pytest.raises(ServiceError, match="blocked"):
        tie("pin", other, one)


def test_who_tied_what_is_written_down_and_saying_it_again_is_not(live, tie):
    by = Account.objects.create_user("merchandiser")
    held = tie("pin", live.dramas[0], live.comedies[0], by=by)
    assert tie("pin", live.dramas[0], live.comedies[0], by=by) == held
    tie_remove(tie=held, by=by)
    tie_remove(tie=held, by=by)
    made, undone = AuditEntry.objects.filter(subject="itemtie").order_by("pk")
    assert (made.action, made.actor, made.storefront) == ("pin", by, live.storefront)
    assert made.after == {
        "item": live.dramas[0].external_id,
        "neighbour": live.comedies[0].external_id,
        "kind": "pin",
    }
    assert (undone.action, undone.before) == ("unpin", made.after)
    assert audit_verify() is None


def test_an_item_is_tied_neither_to_itself_nor_to_another_storefronts(live, tie, shop):
    kettle = Item.objects.create(storefront=shop, external_id="kettle", title="Kettle", attributes={"brand": "A"})
    for neighbour in (live.dramas[0], kettle):
        with pytest.raises(ServiceError):
            tie("pin", live.dramas[0], neighbour)
    with pytest.raises(ServiceError):
        tie("like", live.dramas[0], live.dramas[1])


def test_one_item_has_so_many_ties_and_no_more(live, tie, monkeypatch):
    monkeypatch.setattr("recommender.services.ties.MOST", 2)
    assert MOST > 2
    tie("pin", live.dramas[0], live.comedies[0])
    tie("block", live.dramas[0], live.comedies[1])
    with pytest.raises(ServiceError, match="no more"):
        tie("pin", live.dramas[0], live.comedies[2])


def test_ties_cost_a_list_one_query(live, tie, django_assert_num_queries):
    asked = {"storefront": live.storefront, "item": live.dramas[0], "count": 4, "record": False}
    similar(**asked)
    with django_assert_num_queries(2):
        similar(**asked)
    for comedy in live.comedies[:5]:
        tie("pin", live.dramas[0], comedy)
    with django_assert_num_queries(2):
        similar(**asked)


def test_the_database_keeps_ties_in_order_and_inside_their_storefront(live, tie, shop):
    kettle = Item.objects.create(storefront=shop, external_id="kettle", title="Kettle", attributes={"brand": "A"})
    tie("block", live.dramas[0], live.dramas[1])
    for change in (
        "neighbour_id = item_id",
        "item_id = neighbour_id, neighbour_id = item_id",
        "kind = 'like'",
        f"item_id = {kettle.pk}",
        f"neighbour_id = {kettle.pk}",
    ):
        with pytest.raises(IntegrityError):
            execute(f"UPDATE recommender_itemtie SET {change}")
    held = ItemTie.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemTie.objects.create(storefront=held.storefront, item=held.item, neighbour=held.neighbour, kind="block")
