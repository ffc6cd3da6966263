"""What people write about an item becomes part of its text: some time later, within bounds, and never against them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Account, Behaviour, Person
from behaviour.services import person_erase
from catalog.models import Item, Storefront
from recommender import registry, selectors
from recommender.jobs import quoting
from recommender.jobs.embedding import items_embed
from recommender.jobs.quoting import QUIET, quotes_refresh
from recommender.models import ItemVector, LiveEncoder, Quote
from tests.recommender.language.injections import INJECTIONS

NOW = timezone.now()
LATER = NOW + QUIET


@pytest.fixture
def sock(shop) -> Item:
    return Item.objects.create(storefront=shop, external_id="sock", title="Wool sock", text="Made of wool.")


def write(item: Item, text: str, person: str = "ada", kind: str = "review", at=NOW, **more) -> Behaviour:
    who, _ = Person.objects.get_or_create(
        storefront=item.storefront, external_id=person, defaults={"consents": more.pop("consents", {})}
    )
    number = Behaviour.objects.count()
    return Behaviour.objects.create(
        storefront=item.storefront,
        person=who,
        item=item,
        kind=kind,
        text=text,
        occurred_at=at,
        received_at=at,
        event_id=f"e-{number}",
        **more,
    )


def text_of(item: Item) -> str:
    [text] = selectors.item_texts(registry.vertical(item.storefront.vertical), [Item.objects.get(pk=item.pk)])
    return text


def test_a_review_is_part_of_its_items_text_and_of_no_others(shop, sock):
    other = Item.objects.create(storefront=shop, external_id="mug", title="Mug")
    write(sock, "Keeps my feet dry.")
    assert quotes_refresh(shop.pk, now=NOW) == 1
    assert "“Keeps my feet dry.”" in text_of(sock)
    assert "dry" not in text_of(other)


def test_nobody_is_named_who_wrote_about_the_item(shop, sock):
    """By their account, by what the site calls them, or by their id; in their own words or in another's."""
    account = Account.objects.create_user("countess", first_name="Ada", last_name="King")
    write(sock, "Dry feet all day. Ada King, known as countess and lace42.", "lace42")
    Person.objects.filter(external_id="lace42").update(account=account)
    write(sock, "As countess says, dry feet. Yours, Babbage", "p-2", at=NOW - timedelta(days=1))
    Person.objects.filter(external_id="p-2").update(attributes={"name": "Charles Babbage"})
    quotes_refresh(shop.pk, now=NOW)
    assert list(Quote.objects.order_by("place").values_list("text", flat=True)) == [
        "Dry feet all day. , known as and .",
        "As says, dry feet. Yours,",
    ]


def test_what_models_learn_from_says_it_too(shop, sock):
    write(sock, "Keeps my feet dry.")
    quotes_refresh(shop.pk, now=NOW)
    assert "Keeps my feet dry." in selectors.corpus_for(shop).items.texts[0]


def test_kinds_that_the_vertical_does_not_quote_are_not_read(shop, sock):
    write(sock, "Where is this made, and by whom?", kind="view")
    assert quotes_refresh(shop.pk, now=NOW) == 0
    assert not Quote.objects.exists()


def test_a_review_waits_until_the_last_look_is_some_time_ago(shop, sock):
    write(sock, "Keeps my feet dry.")
    quotes_refresh(shop.pk, now=NOW)
    soon = NOW + QUIET / 2
    write(sock, "A hole after a week.", "bo", at=soon)
    assert quotes_refresh(shop.pk, now=soon) == 0
    assert quotes_refresh(shop.pk, now=LATER) == 1
    assert "A hole after a week." in text_of(sock)


def test_a_look_that_finds_nothing_new_changes_nothing(shop, sock):
    write(sock, "Keeps my feet dry.")
    quotes_refresh(shop.pk, now=NOW)
    assert quotes_refresh(shop.pk, now=LATER) == 0
    assert quotes_refresh(shop.pk, now=LATER + 2 * QUIET) == 0


def test_only_so_many_are_quoted_and_the_most_helpful_first(shop, sock):
    for number in range(8):
        write(sock, f"Opinion of number {number}.", f"p-{number}", at=NOW + timedelta(seconds=number))
    write(sock, "Fits wide feet best.", "kim", at=NOW - timedelta(days=9), context={"helpful": "12"})
    quotes_refresh(shop.pk, now=LATER)
    told = [quote.text for quote in Quote.objects.order_by("place")]
    assert told == ["Fits wide feet best.", *(f"Opinion of number {number}." for number in (7, 6, 5, 4))]


def test_whoever_does_not_let_models_learn_is_not_quoted_and_leaves_when_they_say_so(shop, sock):
    write(sock, "Never mine to tell you.", "no", consents={"training": False})
    write(sock, "Keeps my feet dry.", "ada")
    quotes_refresh(shop.pk, now=NOW)
    assert "Never mine" not in text_of(sock)
    Person.objects.filter(external_id="ada").update(consents={"training": False})
    assert quotes_refresh(shop.pk, now=NOW) == 1, "without waiting"
    assert "dry" not in text_of(sock)


def test_an_erased_person_is_gone_from_the_text_at_once_and_the_item_is_read_again(shop, sock):
    write(sock, "Keeps my feet dry.", "ada")
    write(sock, "A hole after a week.", "bo")
    quotes_refresh(shop.pk, now=NOW)
    person_erase(person=Person.objects.get(external_id="ada"))
    assert "dry" not in text_of(sock) and "A hole after a week." in text_of(sock)
    assert quotes_refresh(shop.pk, now=NOW) == 1
    assert quotes_refresh(shop.pk, now=NOW) == 0


def test_what_was_taken_back_is_gone_as_well(shop, sock):
    review = write(sock, "Keeps my feet dry.")
    quotes_refresh(shop.pk, now=NOW)
    Behaviour.objects.filter(pk=review.pk).delete()
    assert "dry" not in text_of(sock)


def test_a_storefront_can_turn_it_off(shop, sock):
    write(sock, "Keeps my feet dry.")
    quotes_refresh(shop.pk, now=NOW)
    Storefront.objects.filter(pk=shop.pk).update(settings={"quotes": False})
    assert quotes_refresh(shop.pk, now=NOW) == 1
    assert not Quote.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("vertical", "kind"), [("health", "review"), ("news", "comment")])
def test_where_the_vertical_does_not_ask_for_it_nothing_is_taken_in(vertical, kind):
    site = Storefront.objects.create(slug="site", name="Site", vertical=vertical)
    item = Item.objects.create(storefront=site, external_id="nap", title="Naps")
    write(item, "I could sleep at last.", kind=kind, consents={"training": True, "sensitive": True})
    assert quotes_refresh(site.pk, now=NOW) == 0
    assert "sleep" not in text_of(item)


def test_nothing_is_quoted_about_what_is_sensitive(shop, sock, monkeypatch):
    monkeypatch.setattr("recommender.contracts.Vertical.is_sensitive", lambda self, categories: True)
    write(sock, "Keeps my feet dry.")
    quotes_refresh(shop.pk, now=NOW)
    assert not Quote.objects.exists()


def test_no_storefront_reads_what_was_written_in_another(shop, sock, cinema):
    write(sock, "Keeps my feet dry.")
    assert quotes_refresh(cinema.pk, now=NOW) == 0
    assert not Quote.objects.exists()


@pytest.mark.parametrize("injection", INJECTIONS[::6], ids=lambda injection: injection.answer[:20])
def test_orders_to_a_model_stay_data_between_the_marks_of_a_quote(shop, sock, injection):
    other = Item.objects.create(storefront=shop, external_id="mug", title="Mug")
    plain = text_of(other)
    write(sock, f"{injection.text} {{title}} {{{{7*7}}}} {{0.__class__}}")
    quotes_refresh(shop.pk, now=NOW)
    assert text_of(other) == plain
    assert text_of(sock).startswith(plain.replace("Mug", "Wool sock").removesuffix("."))
    for quote in Quote.objects.all():
        assert f"“{quote.text}”" in text_of(sock), "as it was written, and nothing done with it"


def test_an_item_waits_for_the_encoder_when_its_quotes_change(shop, sock):
    encoder = "e" * 16
    ItemVector.objects.create(storefront=shop, item=sock, encoder=encoder, text_hash="", vector=b"\0" * 4)
    write(sock, "Keeps my feet dry.", at=timezone.now())
    quotes_refresh(shop.pk)
    assert list(selectors.items_without_vector(shop, encoder)) == [sock]
    before = sock.updated_at
    sock.refresh_from_db()
    assert sock.updated_at == before, "to clients, the item is what it was"


def test_embedding_reads_what_people_wrote(light, shop, sock):
    items_embed(shop.pk)
    first = bytes(ItemVector.objects.get().vector)
    write(sock, "red green tea film", at=timezone.now())
    assert items_embed(shop.pk) == 1
    assert bytes(ItemVector.objects.get().vector) != first
    assert LiveEncoder.objects.filter(storefront=shop).exists()


def test_the_look_costs_the_same_however_many_items_nobody_wrote_about(shop, sock, django_assert_max_num_queries):
    write(sock, "Keeps my feet dry.")
    Item.objects.bulk_create(Item(storefront=shop, external_id=f"x{n}", title="x") for n in range(50))
    with django_assert_max_num_queries(18):
        quotes_refresh(shop.pk, now=NOW)
    with django_assert_max_num_queries(7):
        quotes_refresh(shop.pk, now=NOW)


def test_a_helpful_count_that_is_none_counts_as_nothing():
    assert [quoting._helpful({"helpful": one}) for one in ("3", "many", None, "nan", "inf")] == [3, 0, 0, 0, 0]
