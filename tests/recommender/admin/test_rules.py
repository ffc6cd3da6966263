"""The page of operators' rules: what a rule does is seen before it does it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.models import Storefront
from recommender import serving
from recommender.admin.names import person_name
from recommender.models import AuditEntry, OperatorRule, Segment

LIST = reverse("admin:recommender_operatorrule_changelist")
ADD = reverse("admin:recommender_operatorrule_add")
PREVIEW = reverse("admin:recommender_operatorrule_preview")


def wish(**values) -> dict:
    sent = {"name": "More comedy", "kind": "pin", "condition": 'category = "Comedy"', "amount": "2", "position": "1"}
    return sent | {"priority": "0", "active": "on", "reason": "A festival"} | values


@pytest.fixture
def rule(world) -> OperatorRule:
    return OperatorRule.objects.create(
        storefront=world.storefront, name="No drama", kind="filter", condition='category = "Drama"'
    )


def test_the_form_asks_for_the_storefront_first(admin_client, cinema, shop):
    page = admin_client.get(ADD).content.decode()
    assert "?storefront=cinema" in page


def test_a_rule_is_written_with_its_reason_in_the_log(admin_client, world):
    response = admin_client.post(f"{ADD}?storefront=cinema", wish(placements=["home"]))
    assert response.status_code == 302, response.context["adminform"].form.errors
    rule = OperatorRule.objects.get()
    assert (rule.storefront, rule.kind, rule.placements, str(rule.created_by)) == (
        world.storefront,
        "pin",
        ["home"],
        "admin",
    )
    assert AuditEntry.objects.get().reason == "A festival"


def test_a_condition_that_cannot_be_read_is_pointed_at(admin_client, world):
    response = admin_client.post(f"{ADD}?storefront=cinema", wish(condition="colour = 1"))
    assert "There is no field" in str(response.context["adminform"].form.errors["condition"])
    assert not OperatorRule.objects.exists()


def test_changing_a_rule_keeps_its_before(admin_client, world, rule):
    page = reverse("admin:recommender_operatorrule_change", args=[rule.pk])
    admin_client.post(page, wish(kind="filter", name="No drama", condition='category = "Comedy"'))
    rule.refresh_from_db()
    assert rule.condition == 'category = "Comedy"'
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["condition"]) == ("change", 'category = "Drama"')


def test_deleting_a_rule_is_in_the_log(admin_client, world, rule):
    admin_client.post(reverse("admin:recommender_operatorrule_delete", args=[rule.pk]), {"post": "yes"})
    assert not OperatorRule.objects.exists()
    assert AuditEntry.objects.get().action == "delete"


def test_the_preview_shows_three_persons_before_and_after_and_saves_nothing(admin_client, world):
    response = admin_client.post(f"{PREVIEW}?storefront=cinema", wish())
    assert len(response.context["previews"]) == 3
    assert response.context["touched"].items == 10
    for preview in response.context["previews"]:
        assert [entry["item"].categories[0] for entry in preview["after"][:2]] == ["Comedy", "Comedy"]
    assert not OperatorRule.objects.exists()


def test_the_preview_names_conflicts(admin_client, world, rule):
    response = admin_client.post(f"{PREVIEW}?storefront=cinema", wish(condition='category = "Drama"'))
    assert "hides 10 items" in response.content.decode()


def test_the_preview_of_nonsense_says_what_is_wrong(admin_client, world):
    page = admin_client.post(f"{PREVIEW}?storefront=cinema", wish(condition="price <")).content.decode()
    assert "makes no sense yet" in page


def test_a_storefront_without_persons_is_previewed_for_somebody_unknown(admin_client, cinema):
    page = admin_client.post(f"{PREVIEW}?storefront=cinema", wish()).content.decode()
    assert "Somebody unknown" in page
    assert "No item fits the condition" in page


def test_the_list_says_what_each_rule_touches_and_whether_it_holds(admin_client, world, rule):
    page = admin_client.get(LIST).content.decode()
    assert "No drama" in page
    assert "holds" in page
    OperatorRule.objects.update(condition='colour = "red"')
    assert "cannot be read" in admin_client.get(LIST).content.decode()


def test_the_list_shows_one_storefront(admin_client, world, rule):
    other = Storefront.objects.create(slug="another", name="Another", vertical="video")
    OperatorRule.objects.create(storefront=other, name="Elsewhere", kind="filter", condition="price > 1")
    assert "Elsewhere" not in admin_client.get(LIST, {"storefront": "cinema"}).content.decode()


def test_the_list_names_the_segment_that_a_rule_is_for(admin_client, world, shop, rule):
    for storefront, name in ((world.storefront, "Likes drama"), (shop, "Drama queens")):
        Segment.objects.create(storefront=storefront, slug="drama", name=name, condition="known = true")
    OperatorRule.objects.filter(pk=rule.pk).update(segment="drama")
    page = admin_client.get(f"{LIST}?storefront=cinema").content.decode()
    assert "Likes drama" in page
    assert "Drama queens" not in page
    Segment.objects.all().delete()
    assert "drama" in admin_client.get(f"{LIST}?storefront=cinema").content.decode()


def test_the_list_costs_the_same_queries_for_one_rule_and_for_many(admin_client, world, django_assert_max_num_queries):
    OperatorRule.objects.bulk_create(
        OperatorRule(storefront=world.storefront, name=f"r{n}", kind="boost", condition=f"price > {n}")
        for n in range(30)
    )
    serving.live(world.storefront)
    with django_assert_max_num_queries(20):
        admin_client.get(LIST)


def test_a_viewer_sees_rules_and_writes_none(viewer, world, rule):
    page = reverse("admin:recommender_operatorrule_change", args=[rule.pk])
    assert "No drama" in viewer.get(page).content.decode()
    assert viewer.post(page, wish()).status_code == 403
    assert viewer.post(f"{ADD}?storefront=cinema", wish()).status_code == 403
    assert viewer.post(f"{PREVIEW}?storefront=cinema", wish()).status_code in (403, 404)


def test_the_form_offers_the_lists_of_its_storefront_alone(admin_client, cinema, shop):
    looked_for = {"search", "popular", "new", "category"}
    for storefront, own in ((cinema, {"home", "item"}), (shop, {"home", "item", "cart"})):
        form = admin_client.get(ADD, {"storefront": storefront.slug}).context["adminform"].form
        assert {slug for slug, _name in form.fields["placements"].choices} == own | looked_for


def test_a_heading_says_once_that_somebody_is_a_person():
    assert person_name("person-0262") == "person-0262"
    assert person_name("405") == "Person 405"


def test_an_error_of_the_preview_names_the_field_as_the_form_does(admin_client, world):
    page = admin_client.post(f"{PREVIEW}?storefront=cinema", wish(condition="colour = 1")).content.decode()
    assert "<li>Condition: " in page


def test_a_new_rule_says_which_storefront_it_is_for(admin_client, cinema):
    Storefront.objects.filter(pk=cinema.pk).update(name="Rex & <Sons>")
    page = admin_client.get(ADD, {"storefront": "cinema"}).content.decode()
    assert "Storefront: Rex &amp; &lt;Sons&gt;." in page
