"""What a key may do. Nothing is allowed that an operation has not asked for by name."""

from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission

from .browsers import OPERATIONS

NO_SUCH_STOREFRONT = "There is no such storefront, or this key is not one of its keys."


class HasScope(BasePermission):
    """The key belongs to the storefront of the address and has the scope of the operation.

    Another tenant's storefront and one that does not exist look the same to a caller. A handler without a
    scope (see `operations.operation`) is closed to everybody.
    """

    def has_permission(self, request, view) -> bool:
        if request.auth is None:
            return False
        if getattr(view, "storefront_slug", None) != request.auth.storefront.slug:
            raise NotFound(NO_SUCH_STOREFRONT)
        method = request.method.lower()
        handler = getattr(view, method, None)
        if handler is None or method not in view.http_method_names:
            return True  # there is nothing to allow: the view answers 405
        scope = getattr(handler, "scope", None)
        if request.user is not None and getattr(handler, "operation", "") not in OPERATIONS:
            self.message = "Browsers may not do this. Ask with a key from your own server."
            return False
        scopes = request.auth.scopes if request.user is None else request.user.scopes
        self.message = f"This needs a key with the scope {scope}; this key has: {', '.join(scopes)}."
        return scope in scopes
