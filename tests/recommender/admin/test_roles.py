"""Operators of one storefront meet nothing of another, on any page of the admin."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.urls import resolve, reverse

from behaviour.admin.accounts import AccountAdmin
from behaviour.models import Account, Membership, Person
from catalog.admin.access import ScopedAdmin
from catalog.models import Item, Storefront
from recommender.models import Deployment, TrainingRun

#: Pages of what concerns all storefronts together: for superusers.
SHARED = {"auth.group", "behaviour.account", "django_celery_beat.periodictask"}


@pytest.fixture
def operator(db, client, cinema):
    """Signs somebody in who has this role on the cinema."""

    def signed_in(role: str):
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=cinema, role=role)
        client.force_login(account)
        return client

    return signed_in


@pytest.fixture
def items(cinema, shop):
    return [
        Item.objects.create(storefront=storefront, external_id="a", title=f"Of the {storefront.slug}")
        for storefront in (cinema, shop)
    ]


@pytest.mark.parametrize("model_admin", admin.site._registry.values(), ids=lambda one: one.opts.label_lower)
def test_every_page_is_scoped_or_for_superusers(model_admin, operator, cinema, shop):
    if model_admin.opts.label_lower in SHARED:
        assert (
            operator("administrator")
            .get(reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist"))
            .status_code
            == 403
        )
        return
    assert isinstance(model_admin, ScopedAdmin)
    operator("administrator")
    request = RequestFactory().get("/")
    request.user = Account.objects.get(username="administrator")
    request.resolver_match = resolve("/admin/")
    assert str(cinema.pk) in str(model_admin.get_queryset(request).query.where)


def test_lists_show_the_own_storefront_alone(operator, items):
    page = operator("viewer").get(reverse("admin:catalog_item_changelist")).content.decode()
    assert "Of the cinema" in page
    assert "Of the shop" not in page


@pytest.mark.parametrize("role", ["viewer", "administrator"])
def test_another_storefronts_row_is_not_there(operator, items, role):
    response = operator(role).get(reverse("admin:catalog_item_change", args=[items[1].pk]))
    assert response.status_code == 302
    assert response.url == reverse("admin:index")


def test_a_viewer_looks_and_changes_nothing(operator, items):
    page = reverse("admin:catalog_item_change", args=[items[0].pk])
    client = operator("viewer")
    assert client.get(page).status_code == 200
    assert client.post(page, {"title": "Mine"}).status_code == 403


def test_a_role_here_gives_nothing_there(operator, cinema, shop, items):
    client = operator("administrator")
    account = Account.objects.get(username="administrator")
    Membership.objects.create(account=account, storefront=shop, role="viewer")
    page = reverse("admin:catalog_item_change", args=[items[1].pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"title": "Mine"}).status_code == 403


def test_what_is_put_live_elsewhere_cannot_be_rolled_back_here(operator, shop, artifact_of, cinema):
    client = operator("data-scientist")
    account = Account.objects.get(username="data-scientist")
    Membership.objects.create(account=account, storefront=shop, role="viewer")
    first = Deployment.objects.create(storefront=shop, artifact=artifact_of(shop), active=False)
    live = Deployment.objects.create(storefront=shop, artifact=artifact_of(shop, "second"), previous=first)
    url = reverse("admin:recommender_deployment_rollback", args=[live.pk])
    assert client.post(url, {"reason": "Mine"}).status_code in (302, 403)
    live.refresh_from_db()
    assert live.active


def test_persons_are_not_for_viewers(operator, cinema):
    Person.objects.create(storefront=cinema, external_id="a")
    assert operator("viewer").get(reverse("admin:behaviour_person_changelist")).status_code == 403


def test_an_administrator_gives_roles_on_the_own_storefront(operator, cinema, shop):
    client = operator("administrator")
    Account.objects.create_user("newcomer")
    url = reverse("admin:behaviour_membership_add")
    refused = client.post(url, {"username": "newcomer", "storefront": shop.pk, "role": "viewer"})
    assert "storefront" in refused.context["adminform"].form.errors
    client.post(url, {"username": "newcomer", "storefront": cinema.pk, "role": "viewer"})
    newcomer = Account.objects.get(username="newcomer")
    assert newcomer.is_staff
    assert newcomer.roles == {cinema.pk: "viewer"}


def test_an_unknown_name_is_refused_with_a_sentence(operator, cinema):
    wish = {"username": "nobody", "storefront": cinema.pk, "role": "viewer"}
    page = operator("administrator").post(reverse("admin:behaviour_membership_add"), wish)
    assert "no active account of this name" in page.content.decode()


def test_filters_offer_the_own_storefront_alone(operator, items):
    page = operator("viewer").get(reverse("admin:catalog_item_changelist")).content.decode()
    assert "storefront=shop" not in page


def test_superusers_meet_everything(admin_client, items):
    page = admin_client.get(reverse("admin:catalog_item_changelist")).content.decode()
    assert "Of the shop" in page
    assert isinstance(admin.site._registry[Account], AccountAdmin)
    assert Storefront.objects.count() == 2


def test_who_writes_items_here_and_looks_at_them_there_writes_none_there(operator, items, shop):
    client = operator("merchandiser")
    Membership.objects.create(account=Account.objects.get(), storefront=shop, role="viewer")
    page = reverse("admin:catalog_item_changelist")
    own, other = items
    for action in ("withdraw", "offer_again"):
        Item.objects.update(withdrawn=action == "offer_again")
        client.post(page, {"action": action, "_selected_action": [own.pk, other.pk]})
        own.refresh_from_db()
        other.refresh_from_db()
        assert own.withdrawn is (action == "withdraw") and other.withdrawn is (action != "withdraw"), action
    add = reverse("admin:catalog_item_add")
    assert client.get(f"{add}?storefront=cinema").status_code == 200
    assert client.get(f"{add}?storefront=shop").status_code == 403
    client.post(f"{add}?storefront=shop", {"external_id": "x", "title": "Smuggled", "language": "en"})
    assert not Item.objects.filter(title="Smuggled").exists()


def test_who_may_put_live_here_has_no_training_put_live_there(operator, cinema, shop):
    """A right to train everywhere, given without a role, is none to put live everywhere."""
    client = operator("data-scientist")
    account = Account.objects.get()
    account.user_permissions.add(Permission.objects.get(codename="add_trainingrun"))
    wish = {"algorithm": "ease", "protocol": "random", "seed": 0, "activate": "on"}
    for page in ("trainingrun_add", "trainingrun_teach"):
        address = reverse(f"admin:recommender_{page}", args=["contrastive"] if page == "trainingrun_teach" else [])
        assert "activate" in client.post(address, {**wish, "storefront": "shop"}).context["form"].errors
    assert not TrainingRun.objects.exists()
    client.post(reverse("admin:recommender_trainingrun_add"), {**wish, "storefront": "cinema"})
    assert TrainingRun.objects.get().activate


def test_who_has_no_right_to_a_page_reads_so_in_words(operator, shop):
    page = operator("viewer").get(reverse("admin:catalog_storefront_add"))
    assert page.status_code == 403
    assert "You may not do this" in page.content.decode()
