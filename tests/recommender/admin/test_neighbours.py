"""The page of neighbours: three columns, blocks and pins."""

from __future__ import annotations

from collections import Counter

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Account, Behaviour, Membership, Person
from catalog.models import Item
from catalog.schema import schema_for
from recommender.admin.neighbours import SHOWN, _column, neighbours_of
from recommender.models import AuditEntry, ItemTie, ItemVector, LiveEncoder
from recommender.services import alikeness, similar
from recommender.services.alikeness import Alike, Column, persons_in_common

PAGE = reverse("admin:recommender_itemtie_neighbours")


@pytest.fixture
def signed_in(client, cinema):
    """A client of somebody who has this role on the cinema, or on another storefront."""

    def as_role(role: str, storefront=None):
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=storefront or cinema, role=role)
        client.force_login(account)
        return client

    return as_role


def columns_of(response) -> dict[str, dict]:
    return {column["slug"]: column for column in response.context["columns"]}


def ask(client, kind: str, item: Item, neighbour: Item):
    return client.post(PAGE, {"item": item.pk, "neighbour": neighbour.pk, "kind": kind})


def test_before_an_item_is_chosen_the_page_says_what_to_do(admin_client, cinema):
    html = admin_client.get(PAGE).content.decode()
    assert "No two items are blocked or pinned yet. Choose an item above" in html


def test_without_a_storefront_the_page_says_so(admin_client, db):
    assert "There is no storefront yet" in admin_client.get(PAGE).content.decode()


def test_each_measure_has_its_column_with_what_both_items_are(admin_client, with_vectors):
    response = admin_client.get(PAGE, {"item": with_vectors.dramas[0].pk})
    columns = columns_of(response)
    assert list(columns) == ["content", "behaviour", "meaning"]
    best = columns["meaning"]["entries"][0]
    assert best["item"].categories[0] == "Drama"
    assert ("Category", "Drama") in best["facets"]
    assert -1 <= float(best["similarity"]) <= 1
    assert all(0 <= float(entry["similarity"]) <= 1 for entry in columns["content"]["entries"])
    assert {entry["item"].pk for entry in columns["content"]["entries"]}.isdisjoint({with_vectors.dramas[0].pk})
    html = response.content.decode()
    assert "Cosine of what the live text encoder makes of both texts" in html
    assert "in 2 columns" in html


def test_each_figure_says_what_it_is_and_how_many_persons_stand_behind_it(admin_client, with_vectors):
    one, other = with_vectors.dramas[:2]
    column = Column("behaviour", [Alike(other, 0.5)])
    for number, (person, item) in enumerate([("a", one), ("a", other), ("a", other), ("b", one), ("c", other)]):
        someone, _new = Person.objects.get_or_create(storefront=one.storefront, external_id=f"new-{person}")
        Behaviour.objects.create(
            storefront=one.storefront,
            person=someone,
            item=item,
            kind="like",
            event_id=f"new-{number}",
            occurred_at=timezone.now(),
        )
    before = Behaviour.objects.exclude(event_id__startswith="new-")
    both = set(before.filter(item=one).values_list("person")) & set(before.filter(item=other).values_list("person"))
    assert persons_in_common(one, [other]) == {other.pk: len(both) + 1}
    html = admin_client.get(PAGE, {"item": one.pk}).content.decode()
    assert "BM25 share" in html and "cosine" in html
    shown = _column(column, {}, schema_for("video"), Counter(), {}, {other.pk: 1})
    assert shown["entries"][0]["common"] == "1 person did both"


def test_what_would_take_too_long_to_count_is_not_counted(monkeypatch, with_vectors):
    monkeypatch.setattr(alikeness, "COUNTED", 1)
    one, other = with_vectors.dramas[:2]
    for number in range(2):
        person = Person.objects.create(storefront=one.storefront, external_id=f"new-{number}")
        Behaviour.objects.create(
            storefront=one.storefront,
            person=person,
            item=one,
            kind="like",
            event_id=f"new-{number}",
            occurred_at=timezone.now(),
        )
    assert persons_in_common(one, [other]) is None
    shown = _column(Column("behaviour", [Alike(other, 0.5)]), {}, schema_for("video"), Counter(), {}, None)
    assert shown["entries"][0]["common"] == "too many people to count"


def test_an_item_that_no_column_shows_is_pinned_too(admin_client, with_vectors):
    one = with_vectors.dramas[0]
    far = Item.objects.create(storefront=one.storefront, external_id="far", title="Far away")
    page = admin_client.get(PAGE, {"item": one.pk})
    assert 'name="neighbour"' in page.content.decode()
    ask(admin_client, "pin", one, far)
    assert ItemTie.objects.get().neighbour == far


@pytest.mark.parametrize(
    ("neighbour", "said"),
    [("", "Choose an item first"), ("999999", "There is no such item"), ("²", "There is no such item")],
)
def test_a_pin_of_no_item_says_what_is_wrong(admin_client, with_vectors, neighbour, said):
    wish = {"item": with_vectors.dramas[0].pk, "neighbour": neighbour, "kind": "pin"}
    assert said in admin_client.post(PAGE, wish, follow=True).content.decode()
    assert not ItemTie.objects.exists()


def test_a_column_with_nothing_says_what_is_missing_and_where_to_go(admin_client, world):
    response = admin_client.get(PAGE, {"item": world.dramas[0].pk})
    columns = columns_of(response)
    assert "No model is live" in str(columns["behaviour"]["missing"])
    assert columns["behaviour"]["todo"] == reverse("admin:recommender_trainingrun_changelist")
    assert "manage.py embed" in str(columns["meaning"]["missing"])
    assert columns["meaning"]["todo"] == reverse("admin:recommender_liveencoder_changelist")


def test_an_item_that_the_encoder_has_not_read_is_said_to_be_one(admin_client, with_vectors):
    assert LiveEncoder.objects.exists()
    new = Item.objects.create(storefront=with_vectors.storefront, external_id="new", title="Quite another thing")
    ItemVector.objects.filter(item=new).delete()
    response = admin_client.get(PAGE, {"item": new.pk})
    assert columns_of(response)["meaning"]["todo"] == reverse("admin:recommender_embeddingfailure_changelist")


def test_a_merchandiser_blocks_and_takes_it_back_with_one_click_each(signed_in, with_vectors):
    one, other = with_vectors.dramas[:2]
    client = signed_in("merchandiser")
    response = ask(client, "block", one, other)
    assert response.url == f"{PAGE}?storefront=cinema&item={one.pk}"
    assert "never shown as similar" in str(next(iter(get_messages(response.wsgi_request))))
    assert other not in [entry.item for entry in similar(storefront=with_vectors.storefront, item=one, count=20).items]
    page = client.get(PAGE, {"item": other.pk})
    assert [tie["other"] for tie in page.context["ties"]] == [one]
    tie = ItemTie.objects.get()
    assert tie.created_by.username == "merchandiser"
    client.post(PAGE, {"tie": tie.pk, "kind": "undo", "item": one.pk})
    assert not ItemTie.objects.exists()
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["block", "unblock"]


def test_a_pin_is_marked_beside_its_item_and_listed_for_the_storefront(signed_in, with_vectors):
    one, other = with_vectors.dramas[:2]
    client = signed_in("merchandiser")
    ask(client, "pin", one, other)
    html = client.get(PAGE, {"item": one.pk}).content.decode()
    assert "pinned: always first" in html
    assert f"Pin {other.title}" not in html
    listed = client.get(PAGE, {"storefront": "cinema"}).context["newest"]["rows"]
    assert [(tie["item"], tie["other"]) for tie in listed] == [(one, other)]


def test_what_makes_no_sense_is_a_sentence_on_the_page(admin_client, with_vectors):
    one, other = with_vectors.dramas[:2]
    for kind, neighbour in (("like", other), ("pin", one)):
        response = ask(admin_client, kind, one, neighbour)
        assert {message.level_tag for message in get_messages(response.wsgi_request)} == {"error"}
    assert not ItemTie.objects.exists()


def test_a_viewer_looks_and_ties_nothing(signed_in, with_vectors):
    one, other = with_vectors.dramas[:2]
    tie = ItemTie.objects.create(storefront=with_vectors.storefront, item=one, neighbour=other, kind="block")
    client = signed_in("viewer")
    page = client.get(PAGE, {"item": one.pk})
    assert page.status_code == 200
    assert not page.context["may_tie"] and not page.context["may_undo"]
    assert 'value="block"' not in page.content.decode()
    assert ask(client, "pin", one, other).status_code == 404
    assert client.post(PAGE, {"tie": tie.pk, "kind": "undo"}).status_code == 404
    assert ItemTie.objects.get() == tie


def test_a_merchandiser_of_another_storefront_meets_nothing(signed_in, with_vectors, shop):
    one, other = with_vectors.dramas[:2]
    tie = ItemTie.objects.create(storefront=with_vectors.storefront, item=one, neighbour=other, kind="block")
    client = signed_in("merchandiser", shop)
    assert "columns" not in client.get(PAGE, {"item": one.pk}).context
    assert ask(client, "block", one, other).status_code == 404
    assert client.post(PAGE, {"tie": tie.pk, "kind": "undo"}).status_code == 404


def test_the_form_follows_the_item_to_its_storefront(admin_client, with_vectors, shop):
    page = admin_client.get(PAGE, {"item": with_vectors.dramas[0].pk, "storefront": shop.slug})
    assert page.context["form"]["storefront"].value() == "cinema"
    assert page.context["storefront"] == with_vectors.storefront


def test_items_of_two_storefronts_are_not_tied(admin_client, with_vectors, shop):
    kettle = Item.objects.create(storefront=shop, external_id="kettle", title="Kettle", attributes={"brand": "A"})
    response = ask(admin_client, "block", with_vectors.dramas[0], kettle)
    assert "“Kettle” is of Shop." in str(next(iter(get_messages(response.wsgi_request))))
    assert not ItemTie.objects.exists()


@pytest.mark.parametrize("asked", [{"item": "abc"}, {"item": "0"}, {"storefront": "attic"}, {"item": "9" * 30}])
def test_nonsense_in_the_address_is_an_error_on_the_page(admin_client, cinema, asked):
    response = admin_client.get(PAGE, asked)
    assert response.status_code == 200
    assert response.context["form"].errors


@pytest.mark.parametrize("asked", [{}, {"kind": "undo", "tie": "x"}, {"kind": "pin", "item": "²", "neighbour": "1"}])
def test_nonsense_that_is_sent_is_not_found(admin_client, cinema, asked):
    assert admin_client.post(PAGE, asked).status_code == 404


def test_its_queries_are_few_however_many_ties_there_are(admin_client, with_vectors, django_assert_max_num_queries):
    dramas = with_vectors.dramas
    for other in dramas[1:10]:
        ItemTie.objects.create(storefront=with_vectors.storefront, item=dramas[0], neighbour=other, kind="pin")
    admin_client.get(PAGE, {"item": dramas[0].pk})
    with django_assert_max_num_queries(30):
        admin_client.get(PAGE, {"item": dramas[0].pk})


def test_the_list_of_ties_leads_back_to_the_page(admin_client, with_vectors):
    one, other = with_vectors.dramas[:2]
    tie = ItemTie.objects.create(storefront=with_vectors.storefront, item=one, neighbour=other, kind="block")
    assert f"{one} ↔ {other}" in admin_client.get(reverse("admin:recommender_itemtie_changelist")).content.decode()
    page = admin_client.get(reverse("admin:recommender_itemtie_change", args=[tie.pk])).content.decode()
    assert f"{PAGE}?item={one.pk}" in page


def test_in_how_many_columns_an_item_stands_is_the_same_wherever_it_is_said(admin_client, with_vectors):
    request = admin_client.get(PAGE, {"item": with_vectors.dramas[0].pk}).wsgi_request
    said = [
        {entry["item"].pk: entry["columns"] for column in shown["columns"] for entry in column["entries"]}
        for shown in (neighbours_of(request, with_vectors.dramas[0], count) for count in (1, SHOWN))
    ]
    assert said[0]
    assert {pk: said[1][pk] for pk in said[0]} == said[0]
