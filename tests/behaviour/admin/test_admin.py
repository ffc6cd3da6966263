"""What an operator can do about persons, their behaviours, relationships and accounts."""

from __future__ import annotations

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Account, Behaviour, Person, Relationship
from catalog.models import Item, Storefront
from recommender.models import Recommendation

BEHAVIOURS = reverse("admin:behaviour_behaviour_changelist")


@pytest.fixture
def shop(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


@pytest.fixture
def ann(shop) -> Person:
    return Person.objects.create(storefront=shop, external_id="ann", attributes={"country": "NL"})


@pytest.fixture
def bought(shop, ann) -> Behaviour:
    lamp = Item.objects.create(storefront=shop, external_id="lamp", title="Lamp")
    fields = {"kind": "purchase", "event_id": "e-1", "occurred_at": timezone.now()}
    return Behaviour.objects.create(storefront=shop, person=ann, item=lamp, **fields)


@pytest.fixture
def viewer_client(client, db):
    viewer = Account.objects.create_user("viewer", password="test", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    return client


def person_page(person: Person, page: str = "change") -> str:
    return reverse(f"admin:behaviour_person_{page}", args=[person.pk])


def found(client, **query) -> list:
    return list(client.get(BEHAVIOURS, query).context["cl"].result_list)


def test_a_persons_attributes_are_edited_by_the_verticals_schema(admin_client, ann):
    admin_client.post(person_page(ann), {"attribute_age": "40"})
    ann.refresh_from_db()
    assert ann.attributes == {"age": 40}


def test_a_persons_attribute_that_does_not_fit_is_refused(admin_client, ann):
    response = admin_client.post(person_page(ann), {"attribute_age": "400"})
    assert response.context["adminform"].form.errors == {"attribute_age": ["400 is above the maximum of 130."]}


def test_what_a_person_agreed_to_is_answered_question_by_question(admin_client, ann):
    ann.consents = {"training": True, "newsletter": True}
    ann.save()
    page = admin_client.get(person_page(ann)).content.decode()
    assert "Models that learn from what the person does" in page
    assert "newsletter" in page.lower()
    admin_client.post(person_page(ann), {"consent_training": "false", "consent_newsletter": "true"})
    ann.refresh_from_db()
    assert ann.consents == {"training": False, "newsletter": True}
    assert list(ann.consent_records.order_by("id").values_list("purpose", "granted")) == [
        ("training", False),
        ("newsletter", True),
    ]
    assert "Answered on" in admin_client.get(person_page(ann)).content.decode()


def test_a_viewer_reads_what_a_person_agreed_to_in_words(viewer_client, ann):
    assert "Nothing was asked yet." in viewer_client.get(person_page(ann)).content.decode()
    ann.consents = {"personalisation": False}
    ann.save()
    page = viewer_client.get(person_page(ann)).content.decode()
    assert "Lists shaped by what the person does" in page
    assert "&quot;personalisation&quot;" not in page


def test_a_behaviour_leads_to_the_list_that_it_came_from(admin_client, shop, bought):
    served = Recommendation.objects.create(storefront=shop, person=bought.person, placement="home")
    Behaviour.objects.filter(pk=bought.pk).update(recommendation_id=served.pk, context={"device": "phone"})
    one = reverse("admin:behaviour_behaviour_change", args=[bought.pk])
    page = admin_client.get(one).content.decode()
    assert reverse("admin:recommender_recommendation_change", args=[served.pk]) in page
    assert f"For you · {served.created_at:%Y-%m-%d %H:%M} UTC" in page
    assert f">{served.pk}<" not in page
    assert "<dt>Device</dt><dd>phone</dd>" in page
    served.delete()
    assert "a list that is gone" in admin_client.get(one).content.decode()


def test_a_persons_page_shows_what_they_did(admin_client, ann, bought):
    page = reverse("admin:behaviour_person_panel", args=[ann.pk, "events"])
    assert "Lamp" in admin_client.get(page).content.decode()


def test_what_was_done_is_said_in_the_words_of_the_vertical(admin_client, ann, bought):
    one = reverse("admin:behaviour_behaviour_change", args=[bought.pk])
    for page in (BEHAVIOURS, one, person_page(ann)):
        assert "Bought" in admin_client.get(page).content.decode(), page


def test_the_kinds_to_choose_from_are_those_of_the_storefront(admin_client, bought):
    page = admin_client.get(BEHAVIOURS, {"storefront": "shop"})
    kinds = next(spec for spec in page.context["cl"].filter_specs if spec.title == "kind")
    assert ("like", "Put on the wish list") in kinds.lookup_choices
    assert "watch" not in dict(kinds.lookup_choices)


def test_a_kind_that_no_plugin_knows_is_shown_as_it_is(admin_client, shop, bought):
    shop.vertical = "gone"
    shop.save()
    assert "purchase" in admin_client.get(BEHAVIOURS).content.decode()


def test_the_export_of_a_person_holds_what_they_did(admin_client, ann, bought):
    response = admin_client.get(person_page(ann, "export"))
    assert "attachment" in response["Content-Disposition"]
    assert "e-1" in json.dumps(json.loads(response.content))


def test_erasing_a_person_erases_their_behaviours_and_their_id_in_the_log(admin_client, ann, bought):
    admin_client.post(person_page(ann), {"attribute_age": "40"})
    admin_client.post(person_page(ann, "erase"), {"external_id": "ann"})
    assert not Person.objects.exists()
    assert not Behaviour.objects.exists()
    assert not LogEntry.objects.filter(object_repr__contains="ann").exists()
    assert LogEntry.objects.filter(object_repr="erased person").count() == 2


def test_erasing_needs_the_persons_id(admin_client, ann):
    assert admin_client.get(person_page(ann, "erase")).status_code == 200
    admin_client.post(person_page(ann, "erase"), {"external_id": "bob"})
    assert Person.objects.filter(pk=ann.pk).exists()


def test_a_viewer_cannot_erase(viewer_client, ann):
    assert viewer_client.post(person_page(ann, "erase"), {"external_id": "ann"}).status_code == 403
    assert Person.objects.filter(pk=ann.pk).exists()


@pytest.mark.parametrize("page", ["add", "delete"])
def test_behaviours_are_only_looked_at(admin_client, bought, page):
    args = [] if page == "add" else [bought.pk]
    assert admin_client.post(reverse(f"admin:behaviour_behaviour_{page}", args=args)).status_code == 403


def test_a_behaviour_cannot_be_changed(admin_client, bought):
    page = reverse("admin:behaviour_behaviour_change", args=[bought.pk])
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"kind": "return"}).status_code == 403


def test_behaviours_are_shown_one_storefront_at_a_time(admin_client, bought):
    other = Storefront.objects.create(slug="zoo", name="Zoo", vertical="video")
    assert found(admin_client) == [bought]
    assert found(admin_client, storefront=other.slug) == []


@pytest.mark.parametrize("term", ["e-1", "ann", "lamp"])
def test_behaviours_are_found_by_the_id_of_event_person_or_item(admin_client, bought, term):
    assert found(admin_client, q=term) == [bought]


def test_behaviours_are_narrowed_by_kind(admin_client, bought):
    assert found(admin_client, kind="purchase") == [bought]
    assert found(admin_client, kind="view") == []


def test_a_relationship_takes_its_storefront_from_its_persons(admin_client, shop, ann):
    bob = Person.objects.create(storefront=shop, external_id="bob")
    data = {"source": ann.pk, "target": bob.pk, "kind": "follows", "weight": "1"}
    admin_client.post(reverse("admin:behaviour_relationship_add"), data)
    assert Relationship.objects.get().storefront == shop


def test_a_relationship_does_not_cross_storefronts(admin_client, ann):
    zoo = Storefront.objects.create(slug="zoo", name="Zoo", vertical="video")
    stranger = Person.objects.create(storefront=zoo, external_id="stranger")
    data = {"source": ann.pk, "target": stranger.pk, "kind": "follows", "weight": "1"}
    response = admin_client.post(reverse("admin:behaviour_relationship_add"), data)
    assert "target" in response.context["adminform"].form.errors


def test_kinds_of_relationships_are_said_in_the_reader_s_language(admin_client, shop, ann):
    bob = Person.objects.create(storefront=shop, external_id="bob")
    own = Relationship.objects.create(storefront=shop, source=ann, target=bob, kind="friend")
    other = Relationship.objects.create(storefront=shop, source=bob, target=ann, kind="carpools")
    chinese = {"Accept-Language": "zh-hans"}
    listed = admin_client.get(reverse("admin:behaviour_relationship_changelist"), headers=chinese).content.decode()
    assert "朋友" in listed and "carpools" in listed
    for row, word in ((own, "朋友"), (other, "carpools")):
        page = admin_client.get(reverse("admin:behaviour_relationship_change", args=[row.pk]), headers=chinese)
        form = page.context["adminform"].form
        assert (row.kind, word) in form.fields["kind"].choices
        data = {"kind": row.kind, "weight": "0.5"}
        assert admin_client.post(page.request["PATH_INFO"], data).status_code == 302
        row.refresh_from_db()
        assert row.weight == 0.5


def test_an_account_is_added_with_its_password(admin_client, db):
    data = {"username": "new", "password1": "a long pass phrase", "password2": "a long pass phrase"}
    admin_client.post(reverse("admin:behaviour_account_add"), {**data, "usable_password": "true"})
    assert Account.objects.get(username="new").check_password("a long pass phrase")


def test_what_a_list_may_hold_is_offered_by_name_and_other_entries_stay(admin_client, db):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    told = {"goals": ["sleep_better", "own"]}
    person = Person.objects.create(storefront=portal, external_id="ann", attributes=told, consents={"sensitive": True})
    page = reverse("admin:behaviour_person_change", args=[person.pk])
    form = admin_client.get(page).context["adminform"].form
    offered = dict(form.fields["attribute_goals"].choices)
    assert offered["sleep_better"] != "sleep_better" and offered["own"] == "own"
    answer = admin_client.post(page, {"attribute_goals": ["less_salt", "own"], "consent_sensitive": "true"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    person.refresh_from_db()
    assert sorted(person.attributes["goals"]) == ["less_salt", "own"]
