import pytest

from catalog.models import Item
from catalog.services import Record, RecordError, item_record, item_upsert, item_withdraw, items_import

FILM = {
    "external_id": "alien",
    "title": "Alien",
    "text": "In space no one can hear you scream.",
    "categories": ["Horror", "Science fiction"],
    "tags": ["space"],
    "attributes": {"year": 1979, "directors": ["Ridley Scott"]},
    "price": 999,
    "currency": "EUR",
    "image": "https://example.org/alien.jpg",
    "published_at": "1979-05-25",
}


def errors_of(storefront, **values) -> dict[str, str]:
    with pytest.raises(RecordError) as caught:
        item_upsert(storefront=storefront, record={**FILM, **values})
    assert not Item.objects.exists()
    return {error.field: error.code for error in caught.value.errors}


def test_an_upsert_creates_an_item_and_tells_who_listens(storefront, changed):
    item, created = item_upsert(storefront=storefront, record=FILM)
    assert created
    assert item.attributes == {"year": 1979, "directors": ["Ridley Scott"]}
    assert item.published_at.isoformat() == "1979-05-25T00:00:00+00:00"
    assert changed == [(storefront.pk, [item.pk])]


def test_an_equal_upsert_touches_nothing_and_tells_nobody(storefront, changed):
    before, _ = item_upsert(storefront=storefront, record=FILM)
    changed.clear()
    after, created = item_upsert(storefront=storefront, record=FILM)
    assert not created
    assert (after.pk, after.updated_at) == (before.pk, before.updated_at)
    assert changed == []


def test_an_upsert_that_differs_updates_and_keeps_the_date_of_creation(storefront, changed):
    before, _ = item_upsert(storefront=storefront, record=FILM)
    after, created = item_upsert(storefront=storefront, record={**FILM, "title": "Aliens"})
    assert not created
    assert (after.pk, after.title, after.created_at) == (before.pk, "Aliens", before.created_at)
    assert after.updated_at > before.updated_at
    assert changed == [(storefront.pk, [before.pk])] * 2


def test_fields_that_are_left_out_take_their_defaults(storefront):
    item_upsert(storefront=storefront, record=FILM)
    item, _ = item_upsert(storefront=storefront, record={"external_id": "alien", "title": "Alien", "price": None})
    assert (item.price, item.tags, item.attributes, item.image, item.published_at) == (None, [], {}, "", None)


def test_the_language_of_an_item_is_the_storefronts_best_by_default(storefront):
    storefront.languages = ["zh-hans", "en"]
    item, _ = item_upsert(storefront=storefront, record=FILM)
    assert item.language == "zh-hans"


def test_the_record_of_an_item_makes_the_same_item(storefront, changed):
    item, _ = item_upsert(storefront=storefront, record=FILM)
    changed.clear()
    item_upsert(storefront=storefront, record=item_record(item))
    assert changed == []


def test_the_same_id_in_two_storefronts_is_two_items(storefront, other_storefront):
    first, _ = item_upsert(storefront=storefront, record=FILM)
    second, created = item_upsert(storefront=other_storefront, record={"external_id": "alien", "title": "Mug"})
    assert created and first.pk != second.pk
    first.refresh_from_db()
    assert first.title == "Alien"


def test_every_problem_of_a_record_is_named_at_once(storefront):
    found = errors_of(storefront, title="", price=2**63, image="javascript:1", titel="x", attributes={"year": "old"})
    assert found == {
        "title": "required",
        "price": "range",
        "image": "format",
        "titel": "unknown",
        "attributes.year": "invalid",
    }


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("external_id", 5),
        ("external_id", "a\x00"),
        ("title", "x" * 501),
        ("title", "\ud800"),
        ("text", "x" * 100_001),
        ("categories", "Horror"),
        ("tags", [1]),
        ("tags", ["x"] * 201),
        ("attributes", []),
        ("attributes", {"directors": ["\ud800"]}),
        ("currency", "eur"),
        ("language", "english language"),
        ("published_at", "0001-01-01"),
        ("available_until", "9999-12-31T23:59:59Z"),
        ("withdrawn", "no"),
    ],
)
def test_a_bad_value_is_refused_under_the_name_of_its_field(storefront, field, bad):
    assert list(errors_of(storefront, **{field: bad})) == [field]


def test_an_unknown_attribute_is_refused(storefront):
    assert errors_of(storefront, attributes={"colour": "red"}) == {"attributes.colour": "unknown"}


def test_a_price_needs_its_currency(storefront):
    assert errors_of(storefront, currency="") == {"currency": "required"}


def test_an_item_cannot_end_before_it_begins(storefront):
    found = errors_of(storefront, available_from="2026-02-01", available_until="2026-01-01")
    assert found == {"available_until": "range"}


def test_something_that_is_no_object_is_refused(storefront):
    with pytest.raises(RecordError, match="Expected an object"):
        item_upsert(storefront=storefront, record=[FILM])


def test_an_import_inserts_updates_and_skips(storefront, changed):
    records = [{"external_id": f"f{n}", "title": f"Film {n}"} for n in range(5)]
    first = items_import(storefront=storefront, records=records)
    assert (first.read, first.created, first.updated, first.unchanged) == (5, 5, 0, 0)
    changed.clear()

    records[3]["title"] = "Another"
    second = items_import(storefront=storefront, records=[*records, {"external_id": "new", "title": "New"}])
    assert (second.created, second.updated, second.unchanged) == (1, 1, 4)
    assert [len(items) for _, items in changed] == [2]


def test_the_last_of_two_records_of_one_item_wins(storefront):
    records = [{"external_id": "a", "title": "First"}, {"external_id": "a", "title": "Last"}]
    report = items_import(storefront=storefront, records=records)
    assert (report.created, report.updated) == (1, 1)
    assert Item.objects.get().title == "Last"


BAD_AMONG_GOOD = [
    Record({"external_id": "a", "title": "A"}, "items.jsonl", 1),
    Record({"external_id": "b"}, "items.jsonl", 2),
    Record(RecordError([]), "items.jsonl", 3),
]


def test_nothing_of_an_import_with_an_error_is_kept(storefront):
    report = items_import(storefront=storefront, records=BAD_AMONG_GOOD)
    assert not report.kept and report.rejected == 2
    assert str(report.rejections[0]) == "items.jsonl:2 title: This field is required."
    assert not Item.objects.exists()


def test_keep_valid_keeps_the_good_records_and_hands_over_the_others(storefront):
    rejected = []
    report = items_import(storefront=storefront, records=BAD_AMONG_GOOD, keep_valid=True, on_reject=rejected.append)
    assert report.kept
    assert [item.external_id for item in Item.objects.all()] == ["a"]
    assert [rejection.line for rejection in rejected] == [2, 3]


def test_a_dry_run_counts_and_keeps_nothing(storefront):
    report = items_import(storefront=storefront, records=BAD_AMONG_GOOD[:1], dry_run=True)
    assert (report.created, report.kept) == (1, False)
    assert not Item.objects.exists()


def test_a_report_keeps_a_hundred_rejections_and_counts_the_others(storefront):
    report = items_import(storefront=storefront, records=[{}] * 250)
    assert (len(report.rejections), report.rejected) == (100, 250)


def test_an_import_takes_as_many_queries_as_there_are_batches(storefront, changed, django_assert_max_num_queries):
    records = [{"external_id": f"f{n}", "title": f"Film {n}"} for n in range(40)]
    with django_assert_max_num_queries(8):
        items_import(storefront=storefront, records=records)


def test_a_withdrawn_item_is_available_no_more(storefront, changed):
    item, _ = item_upsert(storefront=storefront, record=FILM)
    changed.clear()
    item_withdraw(item=item)
    assert not Item.objects.available().exists()
    assert changed == [(storefront.pk, [item.pk])]
