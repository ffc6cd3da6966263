import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from behaviour.models import Account
from catalog.models import Item, Storefront


@pytest.fixture
def shop(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


@pytest.fixture
def cinema(db) -> Storefront:
    return Storefront.objects.create(slug="cinema", name="Cinema", vertical="video")


@pytest.fixture
def lamp(shop) -> Item:
    return Item.objects.create(
        storefront=shop,
        external_id="lamp-1",
        title="Reading lamp",
        categories=["Home", "Lighting"],
        attributes={"brand": "Lumen", "age_group": "adult", "stock": 3},
    )


@pytest.fixture
def viewer_client(client, db) -> Client:
    """Somebody who may look at everything and change nothing."""
    viewer = Account.objects.create_user("viewer", password="test", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    return client
