"""Who belongs to which segment."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.expressions import ExpressionError
from catalog.models import Item, Storefront
from recommender.evaluation import item_sets
from recommender.jobs.segments import segments_count
from recommender.models import Click, Impression, Recommendation, Segment
from recommender.selectors import segments_of
from recommender.services import segments as estimating
from recommender.services.segments import segment_estimate


@pytest.fixture
def people(shop):
    """Ann bought twice this month and something red; Bob bought once long ago; Cy, a visitor, did nothing."""
    red = Item.objects.create(storefront=shop, external_id="red", title="Red", categories=["Red", "Things"])
    ann, bob, cy = (
        Person.objects.create(storefront=shop, external_id=name, anonymous=name == "cy")
        for name in ("ann", "bob", "cy")
    )
    for number, (person, days) in enumerate([(ann, 2), (ann, 20), (bob, 200)]):
        Behaviour.objects.create(
            storefront=shop,
            person=person,
            item=red,
            kind="purchase",
            event_id=str(number),
            occurred_at=timezone.now() - timedelta(days=days),
        )
    return {"ann": ann, "bob": bob, "cy": cy}


def segment(shop: Storefront, condition: str, slug: str = "s") -> Segment:
    return Segment.objects.create(storefront=shop, slug=slug, name=slug, condition=condition)


@pytest.mark.parametrize(
    ("condition", "members"),
    [
        ("purchase_30d >= 2", ["ann"]),
        ("purchase_7d = 1", ["ann"]),
        ("purchase_365d >= 1", ["ann", "bob"]),
        ("events_30d = 0", ["bob", "cy"]),
        ("known = false", ["cy"]),
        ("idle_days > 100", ["bob"]),
        ("idle_days is missing", ["cy"]),
        ('liked_category = "red"', ["ann"]),
        ('not (liked_category = "red") and known = true', ["bob"]),
        ('since >= "2020-01-01"', ["ann", "bob", "cy"]),
    ],
)
def test_a_condition_is_true_of_the_same_people_one_by_one_and_all_at_once(shop, people, condition, members):
    row = segment(shop, condition)
    assert [name for name, person in people.items() if segments_of(person)] == members
    segments_count(storefront_id=shop.pk)
    row.refresh_from_db()
    assert row.persons == len(members)
    assert item_sets.unpack(row.members).tolist() == sorted(people[name].pk for name in members)
    assert segment_estimate(storefront=shop, condition=condition).persons == len(members)


def test_who_refuses_personalisation_belongs_to_no_segment(shop, people):
    segment(shop, "known = true")
    people["ann"].consents = {"personalisation": False}
    people["ann"].save()
    assert segments_of(people["ann"]) == frozenset()
    assert segment_estimate(storefront=shop, condition="known = true").persons == 1


def test_nobody_belongs_to_no_segment(shop):
    segment(shop, "events_30d = 0")
    assert segments_of(None) == frozenset()


def test_a_segment_that_is_not_in_use_has_no_members(shop, people):
    Segment.objects.filter(pk=segment(shop, "known = true").pk).update(active=False)
    assert segments_of(people["ann"]) == frozenset()


def test_a_condition_over_what_is_gone_is_true_of_nobody_and_hurts_no_other(shop, people):
    segment(shop, "no_such_field = 1", "broken")
    segment(shop, "known = true", "whole")
    assert segments_of(people["ann"]) == {"whole"}


def test_four_queries_find_the_segments_of_somebody(shop, people, django_assert_max_num_queries):
    for number in range(6):
        segment(shop, f'purchase_30d > {number} or idle_days < 5 or liked_category = "red"', f"s{number}")
    person = Person.objects.select_related("storefront").get(pk=people["ann"].pk)
    with django_assert_max_num_queries(4):
        segments_of(person)


def test_a_sensitive_attribute_cannot_be_asked_for(db):
    health = Storefront.objects.create(slug="h", name="H", vertical="health")
    from behaviour.kinds import person_schema_for

    sensitive = [field.name for field in person_schema_for("health") if field.sensitive]
    assert sensitive
    with pytest.raises(ExpressionError, match="There is no field"):
        segment_estimate(storefront=health, condition=f"{sensitive[0]} is present")


def test_a_wrong_condition_points_at_the_character(shop):
    with pytest.raises(ValidationError, match="character 1"):
        Segment(storefront=shop, slug="x", name="X", condition="purchases > 1").full_clean()


def test_what_segments_share_and_what_became_of_their_lists_is_counted(shop, people):
    buyers = segment(shop, "purchase_365d >= 1", "buyers")
    segment(shop, "purchase_30d >= 1", "recent")
    for person, clicked in ((people["ann"], True), (people["bob"], False), (people["cy"], True)):
        served = Recommendation.objects.create(storefront=shop, person=person, placement="home", items=[[1, 1.0, "m"]])
        about = {"storefront": shop, "recommendation": served, "position": 0}
        Impression.objects.create(**about)
        if clicked:
            Click.objects.create(**about)
    segments_count(storefront_id=shop.pk)
    buyers.refresh_from_db()
    assert buyers.overlap == [["recent", 1]]
    assert (buyers.seen, buyers.clicked) == (2, 1)
    assert Segment.objects.get(slug="recent").topics[0] == ["red", 1.0, pytest.approx(1 / 3, abs=1e-3)]


def test_many_persons_are_estimated_from_some(shop, monkeypatch):
    monkeypatch.setattr(estimating, "MOST", 200)
    rng = np.random.default_rng(0)
    Person.objects.bulk_create(
        Person(storefront=shop, external_id=str(n), anonymous=bool(rng.random() < 0.3)) for n in range(1000)
    )
    from recommender.jobs.measuring import measures_update

    measures_update(storefront_id=shop.pk)
    found = segment_estimate(storefront=shop, condition="known = false")
    assert not found.exact and found.asked <= 200
    assert found.low <= Person.objects.filter(anonymous=True).count() <= found.high


def test_the_builder_counts_while_one_writes(admin_client, shop, people):
    address = reverse("admin:recommender_segment_count")
    asked = {"storefront": shop.pk, "condition": "purchase_30d >= 2"}
    assert "<strong>1</strong>" in admin_client.get(address, asked).content.decode()
    wrong = admin_client.get(address, {**asked, "condition": "purchase_30d >"}).content.decode()
    assert "character" in wrong
    assert "Choose a storefront" in admin_client.get(address).content.decode()


def test_an_operator_saves_a_segment_and_is_told_what_is_wrong_with_one(admin_client, shop):
    page = reverse("admin:recommender_segment_add")
    assert "condition-fields" in admin_client.get(page).content.decode()
    fields = {"storefront": shop.pk, "name": "Buyers", "slug": "buyers", "active": "on"}
    said = admin_client.post(page, {**fields, "condition": "nothing > 1"}).content.decode()
    assert "There is no field" in said
    assert admin_client.post(page, {**fields, "condition": "purchase_30d >= 1"}).status_code == 302
    assert Segment.objects.get().condition == "purchase_30d >= 1"


def test_a_viewer_counts_and_changes_nothing(account, shop, people):
    viewer = account()
    row = segment(shop, "known = true")
    assert viewer.get(reverse("admin:recommender_segment_changelist")).status_code == 200
    change = reverse("admin:recommender_segment_change", args=[row.pk])
    assert viewer.get(change).status_code == 200
    assert viewer.post(change, {"condition": "known = false"}).status_code == 403
    assert viewer.get(reverse("admin:recommender_segment_add")).status_code == 403
