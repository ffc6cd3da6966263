from __future__ import annotations

from collections.abc import Callable

import pytest

from behaviour.models import Account, Membership

from .desk import Desk


@pytest.fixture
def desk(admin_client) -> Desk:
    return Desk(admin_client, "catalog_item")


@pytest.fixture
def desk_of(client, shop) -> Callable[[str], Desk]:
    """The desk of somebody who has this role on the shop."""

    def made(role: str, model: str = "catalog_item") -> Desk:
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=shop, role=role)
        client.force_login(account)
        return Desk(client, model)

    return made
