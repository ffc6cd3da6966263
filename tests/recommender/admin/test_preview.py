"""The page that shows what a model reads."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.models import Item
from recommender.models import LiveEncoder
from tests.recommender.services.test_previews import write_tokenizer

PAGE = reverse("admin:recommender_liveencoder_preview")


@pytest.fixture
def live(world, settings, tmp_path) -> LiveEncoder:
    settings.VAR_DIR = tmp_path
    row = LiveEncoder.objects.create(storefront=world.storefront, fingerprint="f" * 16, model="tiny", dimensions=4)
    write_tokenizer(row.folder)
    return row


def errors(response) -> str:
    return response.context["form"].errors.as_text()


def test_the_empty_page_asks_for_nothing_yet(admin_client, live):
    response = admin_client.get(PAGE)
    assert not response.context["form"].is_bound
    assert "select2" in response.content.decode()


def test_an_item_and_a_person_are_shown_token_by_token(admin_client, world, live):
    item, person = world.dramas[0], world.persons[0]
    html = admin_client.get(PAGE, {"item": item.pk, "person": person.pk, "tokens": 40}).content.decode()
    assert html.count('<span class="rx-token">Drama</span>') > 1
    assert '<span class="rx-special">[CLS]</span>' in html
    assert "of at most 40" in html
    assert "of 6, the oldest" in html


def test_what_somebody_wrote_is_shown_as_text(admin_client, world, live):
    item = Item.objects.create(storefront=world.storefront, external_id="x", title="<script>alert(1)</script>")
    html = admin_client.get(PAGE, {"item": item.pk}).content.decode()
    assert "<script>alert" not in html
    assert "&lt;" in html


@pytest.mark.parametrize(
    ("query", "said"),
    [({"tokens": "5"}, "Choose an item or a person."), ({"item": "x"}, "valid"), ({"item": str(10**30)}, "valid")],
)
def test_what_is_missing_is_asked_for(admin_client, live, query, said):
    assert said in errors(admin_client.get(PAGE, query))


def test_an_item_and_a_person_of_different_storefronts_are_refused(admin_client, world, shop, live):
    foreign = Item.objects.create(storefront=shop, external_id="x", title="x")
    response = admin_client.get(PAGE, {"item": foreign.pk, "person": world.persons[0].pk})
    assert "different storefronts" in errors(response)


def test_a_storefront_without_an_encoder_says_so(admin_client, shop):
    item = Item.objects.create(storefront=shop, external_id="x", title="x")
    assert "no live encoder" in errors(admin_client.get(PAGE, {"item": item.pk}))


def test_only_who_may_look_at_behaviours_sees_it(client, account, live):
    assert client.get(PAGE).status_code == 302
    assert account().get(PAGE).status_code == 200


def test_somebody_without_the_right_is_refused(live, django_user_model):
    from django.test import Client

    person = django_user_model.objects.create_user("clerk", password="test", is_staff=True)
    clerk = Client()
    clerk.force_login(person)
    assert clerk.get(PAGE).status_code == 403
