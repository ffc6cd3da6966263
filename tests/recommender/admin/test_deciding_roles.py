"""On the pages where it is decided what goes live, a role says what somebody may do, and on which storefront."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from behaviour.models import Account, Membership
from catalog.models import Item, Storefront
from recommender.models import Artifact, AuditEntry, Deployment, OperatorRule, Recommendation, Standby, TrainingRun
from recommender.services import artifact_activate
from recommender.services.promoting import standby_start

RULE = {"name": "x", "kind": "filter", "condition": "price > 1", "amount": 1, "position": 1, "priority": 0}


@pytest.fixture
def operator(db):
    """A client signed in as somebody with this role on one storefront."""

    def signed_in(role: str, storefront: Storefront) -> Client:
        person = Account.objects.create_user(f"{role}-{Account.objects.count()}", password="test", is_staff=True)
        Membership.objects.create(account=person, storefront=storefront, role=role)
        client = Client()
        client.force_login(person)
        return client

    return signed_in


def admin_url(name: str, *args) -> str:
    return reverse(f"admin:recommender_{name}", args=args)


PAGES = (
    "operatorrule_changelist",
    "recommendation_inspector",
    "deployment_registry",
    "deployment_placements",
    "artifact_leaderboard",
    "trainingrun_changelist",
    "auditentry_changelist",
)
SEEN = {
    "viewer": {"recommendation_inspector"},
    "merchandiser": {"recommendation_inspector"},
    "analyst": set(),
    "data-scientist": set(),
    "administrator": set(),
}


@pytest.mark.parametrize("role", SEEN)
def test_each_role_sees_its_pages(operator, cinema, role):
    client = operator(role, cinema)
    refused = {page for page in PAGES if client.get(admin_url(page)).status_code == 403}
    assert refused == SEEN[role]


@pytest.mark.parametrize(
    "role, may", [("viewer", False), ("merchandiser", True), ("analyst", False), ("administrator", True)]
)
def test_who_may_write_rules(operator, cinema, role, may):
    operator(role, cinema).post(f"{admin_url('operatorrule_add')}?storefront=cinema", RULE)
    assert OperatorRule.objects.exists() is may


@pytest.mark.parametrize(
    "role, may", [("viewer", False), ("merchandiser", False), ("data-scientist", True), ("administrator", True)]
)
def test_who_may_promote_and_train(operator, cinema, artifact_of, role, may):
    artifact = artifact_of(cinema)
    client = operator(role, cinema)
    client.post(admin_url("artifact_activate", artifact.pk), {"placement": "", "reason": "x"})
    assert Deployment.objects.exists() is may
    assert (client.get(admin_url("trainingrun_add")).status_code == 200) is may


@pytest.fixture
def neighbours(cinema, shop, artifact_of):
    """What the shop has that the cinema's operator must not see or touch."""
    artifact = artifact_of(shop, "shops")
    deployment = artifact_activate(artifact=artifact)
    newer = artifact_activate(artifact=artifact_of(shop, "second"))
    assert newer.previous == deployment
    rule = OperatorRule.objects.create(storefront=shop, name="Secret rule", kind="filter", condition="price > 1")
    item = Item.objects.create(storefront=shop, external_id="i", title="Secret item")
    standby = standby_start(artifact=artifact_of(shop, "third"), role="challenger")
    served = Recommendation.objects.create(storefront=shop, placement="home", items=[[item.pk, 1.0, "popular"]])
    return {"artifact": artifact, "deployment": newer, "rule": rule, "item": item, "standby": standby, "list": served}


def test_an_operator_of_another_storefront_finds_nothing_of_it(operator, cinema, neighbours):
    client = operator("administrator", cinema)
    lists = [admin_url(page) for page in PAGES] + [
        admin_url("artifact_changelist"),
        admin_url("deployment_changelist"),
        admin_url("recommendation_changelist"),
        reverse("admin:catalog_item_changelist"),
        reverse("admin:catalog_storefront_changelist"),
        reverse("admin:index"),
    ]
    for address in lists:
        for query in ({}, {"storefront": "shop"}):
            html = client.get(address, query, follow=True).content.decode()
            assert "Secret" not in html, address
            assert ">Shop<" not in html, address


def test_an_operator_of_another_storefront_reaches_none_of_its_pages(operator, cinema, neighbours):
    client = operator("administrator", cinema)
    artifact, deployment, rule = neighbours["artifact"], neighbours["deployment"], neighbours["rule"]
    run = artifact.run
    for address in (
        admin_url("artifact_change", artifact.pk),
        admin_url("deployment_change", deployment.pk),
        admin_url("operatorrule_change", rule.pk),
        admin_url("trainingrun_change", run.pk),
        reverse("admin:catalog_item_change", args=[neighbours["item"].pk]),
    ):
        assert client.get(address).status_code in (302, 404), address
    page = client.get(admin_url("recommendation_inspector"), {"recommendation": str(neighbours["list"].pk)})
    assert page.context["form"].errors["recommendation"]
    page = client.get(admin_url("trainingrun_compare"), {"runs": f"{run.pk},{run.pk + 1}"})
    assert page.context["runs"] == []


def test_an_operator_of_another_storefront_changes_nothing_of_it(operator, cinema, neighbours):
    client = operator("administrator", cinema)
    artifact, deployment, rule = neighbours["artifact"], neighbours["deployment"], neighbours["rule"]
    entries = AuditEntry.objects.count()
    for name in ("activate", "challenge", "shadow", "baseline"):
        answer = client.post(admin_url(f"artifact_{name}", artifact.pk), {"reason": "x", "percent": 5, "force": "on"})
        assert answer.status_code in (403, 404), name
    assert client.post(admin_url("deployment_rollback", deployment.pk), {"reason": "x"}).status_code in (403, 404)
    assert client.post(admin_url("deployment_standby_end", neighbours["standby"].pk)).status_code == 404
    client.post(admin_url("operatorrule_change", rule.pk), RULE)
    client.post(admin_url("operatorrule_delete", rule.pk), {"post": "yes"})
    client.post(f"{admin_url('operatorrule_add')}?storefront=shop", RULE)
    assert client.post(f"{admin_url('operatorrule_preview')}?storefront=shop", RULE).status_code == 404
    client.post(
        admin_url("trainingrun_add"), {"storefront": "shop", "algorithm": "ease", "protocol": "random", "seed": 0}
    )
    assert Deployment.objects.get(active=True) == deployment
    assert Standby.objects.get().active
    assert list(OperatorRule.objects.values_list("name", flat=True)) == ["Secret rule"]
    assert not TrainingRun.objects.filter(status="queued").exists()
    assert AuditEntry.objects.count() == entries


def test_what_models_read_of_another_storefront_s_items_is_not_shown(operator, cinema, neighbours):
    page = reverse("admin:recommender_liveencoder_preview")
    response = operator("administrator", cinema).get(page, {"item": neighbours["item"].pk})
    assert response.context["form"].errors["item"]


def test_models_of_another_storefront_are_not_offered_to_begin_with(operator, cinema, shop, artifact_of):
    for storefront in (cinema, shop):
        Artifact.objects.filter(pk=artifact_of(storefront).pk).update(product="encoder")
    page = operator("administrator", cinema).get(admin_url("trainingrun_teach", "contrastive"))
    assert {base["storefront"] for base in page.context["bases"]} == {"Cinema"}
