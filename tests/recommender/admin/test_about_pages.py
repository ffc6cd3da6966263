"""The pages about one item and one person: head, figures and tabs."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from behaviour.admin import panels
from behaviour.models import Account, Behaviour, Membership, Person
from catalog.models import Item, Storefront
from recommender.evaluation.item_sets import pack
from recommender.models import Impression, ItemsShown, Recommendation

TABS = ("events", "neighbours", "trace")


@pytest.fixture
def film(cinema) -> Item:
    return Item.objects.create(
        storefront=cinema, external_id="film", title="Deep Sea", categories=["Drama"], tags=["sea"]
    )


@pytest.fixture
def ann(cinema) -> Person:
    return Person.objects.create(storefront=cinema, external_id="ann")


@pytest.fixture
def clinic(db) -> Storefront:
    return Storefront.objects.create(slug="clinic", name="Clinic", vertical="health")


@pytest.fixture
def signed_in(client):
    def as_role(role: str, storefront: Storefront):
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=storefront, role=role)
        client.force_login(account)
        return client

    return as_role


def did(person: Person, item: Item | None, kind: str = "view", **more) -> Behaviour:
    fields = {"occurred_at": timezone.now(), "event_id": str(uuid.uuid4()), "kind": kind} | more
    return Behaviour.objects.create(storefront=person.storefront, person=person, item=item, **fields)


def page_of(row: Item | Person, tab: str = "") -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
    return reverse(f"{name}_panel", args=[row.pk, tab]) if tab else reverse(f"{name}_change", args=[row.pk])


def facts_of(response) -> dict[str, str]:
    return {str(fact.label): fact.value for fact in response.context["about"]["facts"]}


def tabs_of(response) -> list[str]:
    return [str(tab["title"]) for tab in response.context["about"]["tabs"]]


def test_an_item_has_a_cover_its_facets_and_its_figures(admin_client, film, ann):
    did(ann, film)
    did(ann, film)
    did(ann, film, occurred_at=timezone.now() - timedelta(days=40))
    response = admin_client.get(page_of(film))
    assert "<svg viewBox" in response.context["about"]["picture"]
    assert ("Category", "Drama") in response.context["about"]["terms"]
    assert facts_of(response)["Events in 28 days"] == "2"
    assert tabs_of(response) == ["Details", "Events", "Neighbours", "Trace"]


def test_an_items_own_picture_is_its_cover(admin_client, film):
    Item.objects.filter(pk=film.pk).update(image='https://example.org/"><script>a.jpg')
    response = admin_client.get(page_of(film))
    assert "&quot;&gt;&lt;script&gt;a.jpg" in response.context["about"]["picture"]


def test_how_often_an_item_was_shown_and_opened_is_said(admin_client, film, ann):
    served = Recommendation.objects.create(
        storefront=film.storefront, person=ann, placement="home", items=[[film.pk, 1.0, "model"]]
    )
    later = Recommendation.objects.create(
        storefront=film.storefront,
        person=ann,
        placement="home",
        items=[[film.pk, 1.0, "model"]],
        context={"start": 12},
    )
    Impression.objects.create(storefront=film.storefront, recommendation=served, position=0)
    Impression.objects.create(storefront=film.storefront, recommendation=served, position=7)
    Impression.objects.create(storefront=film.storefront, recommendation=later, position=12)
    today = timezone.now().date()
    ItemsShown.objects.create(storefront=film.storefront, day=today, items=pack([film.pk, film.pk + 5]))
    ItemsShown.objects.create(storefront=film.storefront, day=today - timedelta(days=1), items=pack([film.pk + 5]))
    did(ann, film, recommendation_id=served.pk)
    did(ann, film, recommendation_id=served.pk)
    facts = facts_of(admin_client.get(page_of(film)))
    assert facts["Came into sight"] == "on 1 of 28 days"
    assert facts["Seen lately"] == "2"
    assert facts["Opened from lists"] == "1"


def test_what_everybody_does_is_counted_to_a_thousand_and_no_further(admin_client, film, ann, monkeypatch):
    monkeypatch.setattr(panels, "COUNTED", 3)
    for _number in range(5):
        did(ann, film)
    response = admin_client.get(page_of(film))
    assert facts_of(response)["Events in 28 days"] == "3 or more"
    notes = [fact.note for fact in response.context["about"]["facts"]]
    assert "of the newest 3" in notes


def test_the_latest_events_of_an_item_name_who_did_them(admin_client, film, ann):
    for number in range(60):
        did(ann, film, occurred_at=timezone.now() - timedelta(minutes=number))
    html = admin_client.get(page_of(film, "events")).content.decode()
    assert "The latest 50 events" in html
    assert html.count(f'href="{page_of(ann)}"') == 50


@pytest.mark.parametrize("tab", TABS)
def test_a_row_of_which_nothing_is_known_says_so(admin_client, film, ann, tab):
    for row in (film, ann):
        response = admin_client.get(page_of(row, tab))
        assert response.status_code == 200
        assert 'aria-current="page"' in response.content.decode()


def test_the_trace_of_an_item_leads_to_the_inspector_with_it_filled_in(admin_client, film):
    html = admin_client.get(page_of(film, "trace")).content.decode()
    assert "Why not Deep Sea?" in html
    inspector = reverse("admin:recommender_recommendation_inspector")
    assert f"{inspector}?storefront=cinema&amp;item={film.pk}" in html


def test_a_persons_pages_name_what_they_did_and_were_served(admin_client, film, ann):
    did(ann, film)
    did(ann, None, kind="search", text="submarines")
    served = Recommendation.objects.create(storefront=film.storefront, person=ann, placement="home", items=[])
    assert facts_of(admin_client.get(page_of(ann)))["Events in 28 days"] == "2"
    html = admin_client.get(page_of(ann, "events")).content.decode()
    assert "Deep Sea" in html
    assert "submarines" in html
    html = admin_client.get(page_of(ann, "trace")).content.decode()
    inspector = reverse("admin:recommender_recommendation_inspector")
    assert f"{inspector}?recommendation={served.pk}" in html
    assert f"{inspector}?person={ann.pk}&amp;placement=home" in html


def test_a_persons_neighbours_share_what_they_like(admin_client, film, ann):
    bob = Person.objects.create(storefront=film.storefront, external_id="bob")
    for person in (ann, bob):
        did(person, film, kind="like")
    html = admin_client.get(page_of(ann, "neighbours")).content.decode()
    assert f'href="{page_of(bob)}"' in html
    ann.consents = {"personalisation": False}
    ann.save()
    assert f'href="{page_of(bob)}"' not in admin_client.get(page_of(ann, "neighbours")).content.decode()


def test_who_may_not_see_persons_gets_neither_their_events_nor_traces(signed_in, film, ann):
    did(ann, film)
    client = signed_in("merchandiser", film.storefront)
    assert tabs_of(client.get(page_of(film))) == ["Details", "Neighbours"]
    assert client.get(page_of(film, "neighbours")).status_code == 200
    for tab in ("events", "trace"):
        assert client.get(page_of(film, tab)).status_code == 403


def test_another_storefronts_row_has_no_pages_here(signed_in, film, shop):
    client = signed_in("administrator", shop)
    for tab in TABS:
        assert client.get(page_of(film, tab)).status_code == 404


def test_a_page_that_no_row_has_is_not_found(admin_client, film):
    assert admin_client.get(page_of(film, "weather")).status_code == 404


def test_who_did_what_is_sensitive_is_shown_to_those_alone_who_care_for_persons(signed_in, clinic):
    page = Item.objects.create(storefront=clinic, external_id="low-mood", title="Low mood", categories=["Mind & mood"])
    plain = Item.objects.create(
        storefront=clinic, external_id="sleep", title="Sleeping well", categories=["Sleep & rest"]
    )
    cleo = Person.objects.create(
        storefront=clinic, external_id="cleo", consents={"personalisation": True, "sensitive": True}
    )
    did(cleo, page)
    did(cleo, plain)
    did(cleo, None, kind="search", text="cannot sleep")
    analyst = signed_in("analyst", clinic)
    html = analyst.get(page_of(page, "events")).content.decode()
    assert "is sensitive" in html
    assert "cleo" not in html
    html = analyst.get(page_of(cleo, "events")).content.decode()
    assert "Low mood" not in html
    assert "cannot sleep" not in html
    assert "Sleeping well" in html
    carer = signed_in("administrator", clinic)
    assert "cleo" in carer.get(page_of(page, "events")).content.decode()
    assert "Low mood" in carer.get(page_of(cleo, "events")).content.decode()


def test_a_form_that_is_sent_back_with_faults_still_opens(admin_client, film):
    response = admin_client.post(page_of(film), {"title": ""})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors


@pytest.mark.parametrize("tab", ["", *TABS])
def test_queries_are_few(admin_client, with_vectors, tab, django_assert_max_num_queries):
    for row in (with_vectors.dramas[0], with_vectors.persons[0]):
        admin_client.get(page_of(row, tab))
        with django_assert_max_num_queries(30):
            admin_client.get(page_of(row, tab))


@pytest.mark.parametrize("tab", ["", *TABS])
def test_pages_open_where_the_plugin_of_the_storefront_is_gone(admin_client, tab):
    gone = Storefront.objects.create(slug="gone", name="Gone", vertical="gone")
    item = Item.objects.create(storefront=gone, external_id="a", title="A thing", categories=["Things"])
    person = Person.objects.create(storefront=gone, external_id="ann")
    did(person, item)
    for row in (item, person):
        assert admin_client.get(page_of(row, tab)).status_code == 200
