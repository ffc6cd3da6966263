"""Every list of the admin opens, takes a search, and costs the same however many rows it shows."""

from __future__ import annotations

import uuid

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Account, Behaviour, Person, Relationship
from catalog.keys import api_key_create
from catalog.models import Item, Storefront
from recommender.models import (
    Artifact,
    Deployment,
    EmbeddingFailure,
    GeneratedText,
    ItemVector,
    LanguageDeployment,
    LiveEncoder,
    PersonKeywords,
    Recommendation,
    Segment,
    TrainingRun,
)

MODELS = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)
MOST_QUERIES = 30


def grow(storefront: Storefront, tag: str) -> None:
    """Three more rows of everything, each with rows of its own behind it."""
    for number in range(3):
        name = f"{tag}{number}"
        account = Account.objects.create(username=name)
        item = Item.objects.create(storefront=storefront, external_id=name, title=name)
        person = Person.objects.create(storefront=storefront, external_id=name, account=account)
        friend = Person.objects.create(storefront=storefront, external_id=f"{name}-friend")
        Relationship.objects.create(storefront=storefront, source=person, target=friend, kind="follows")
        fields = {"kind": "view", "event_id": name, "occurred_at": timezone.now()}
        Behaviour.objects.create(storefront=storefront, person=person, item=item, **fields)
        ItemVector.objects.create(storefront=storefront, item=item, encoder="e", text_hash="", vector=b"1234")
        api_key_create(storefront=storefront, name=name, scopes=["read"])
        run = TrainingRun.objects.create(storefront=storefront, algorithm="ease", created_by=account)
        artifact = Artifact.objects.create(storefront=storefront, run=run, algorithm="ease", folder=name)
        rest = {"activated_by": account, "active": False}
        deployment = Deployment.objects.create(storefront=storefront, artifact=artifact, **rest)
        shown = {"placement": "home", "items": [[item.pk, 1.0, "model"]]}
        Recommendation.objects.create(storefront=storefront, person=person, deployment=deployment, **shown)
        EmbeddingFailure.objects.create(storefront=storefront, item=item, encoder="e", error="e", attempts=1)
        PersonKeywords.objects.create(storefront=storefront, person=person, artifact=artifact, keywords=[["tea", 0.5]])
        GeneratedText.objects.create(storefront=storefront, kind="summary", key=name, language="en", text=name)
        LanguageDeployment.objects.create(storefront=storefront, product="keywords", artifact=artifact, **rest)
        Segment.objects.create(storefront=storefront, slug=name, name=name, condition="known = true")
        other = Storefront.objects.create(slug=f"z-{name}", name=name, vertical="video")
        LiveEncoder.objects.create(storefront=other, fingerprint=uuid.uuid4().hex, model="m", dimensions=1)


def queries(client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("model", MODELS)
def test_a_longer_list_needs_no_more_queries(admin_client, cinema, model):
    url = reverse(f"admin:{model}_changelist")
    grow(cinema, "a")
    admin_client.get(url)  # what is asked once a process is asked now
    before = queries(admin_client, url)
    grow(cinema, "b")
    assert queries(admin_client, url) == before <= MOST_QUERIES


@pytest.mark.parametrize("model", MODELS)
def test_every_list_can_be_searched(admin_client, cinema, model):
    grow(cinema, "a")
    response = admin_client.get(reverse(f"admin:{model}_changelist"), {"q": "nothing is called like this"})
    assert response.status_code == 200
    assert response.context["cl"].search_fields
    assert not len(response.context["cl"].result_list)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_in_chinese(admin_client, cinema, model):
    grow(cinema, "a")
    assert (
        admin_client.get(reverse(f"admin:{model}_changelist"), headers={"Accept-Language": "zh-hans"}).status_code
        == 200
    )


@pytest.mark.parametrize("model", MODELS)
def test_who_may_not_look_sees_no_list(client, cinema, model):
    client.force_login(Account.objects.create_user("clerk", password="test", is_staff=True))
    assert client.get(reverse(f"admin:{model}_changelist")).status_code == 403
