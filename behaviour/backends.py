"""Roles on storefronts as Django permissions."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from .models import Account
from .roles import may, may_in


class RoleBackend(BaseBackend):
    """A permission is there where some role of the account gives it; for an object, the role on its storefront.

    Which rows a page may show or change is decided by `Account.storefronts_allowed`; see `catalog.admin.access`.
    """

    def has_perm(self, account: Account, permission: str, obj: Model | None = None) -> bool:
        if not account.is_active or account.is_anonymous:
            return False
        if obj is None:
            return any(may(role, permission) for role in account.roles.values())
        return may(account.roles.get(getattr(obj, "storefront_id", None), ""), permission)

    def has_module_perms(self, account: Account, app: str) -> bool:
        return account.is_active and any(may_in(role, app) for role in account.roles.values())
