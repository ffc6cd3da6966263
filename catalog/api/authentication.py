"""Who is calling: a key in `Authorization: Bearer kd_…` or in `X-API-Key`; a browser has keys and tokens of its own."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from catalog.keys import api_key_find
from catalog.models import ApiKey
from catalog.visitors import Visitor, visitor_find

from .browsers import origin_of

BROWSERS = ("kb_", "kt_")
INVALID = "This key is not valid: it is unknown or was revoked."
CHALLENGE = 'Bearer realm="kindred"'


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` is the ApiKey; `request.user` is the Visitor where a browser asks, and else None.

    Whatever is wrong with a key, the answer is the same.
    """

    def authenticate(self, request):
        key = self._key(request)
        if not key:
            return None
        if key.startswith(BROWSERS):
            return self._visitor(request, key)
        found = api_key_find(key)
        if found is None:
            raise AuthenticationFailed(INVALID)
        return None, found

    @staticmethod
    def _visitor(request, key: str) -> tuple[Visitor, ApiKey]:
        found = visitor_find(key)
        if found is None:
            raise AuthenticationFailed(INVALID)
        api_key, visitor = found
        if (origin := origin_of(request)) not in visitor.origins:
            raise PermissionDenied("This browser key or token is for pages of another site.")
        request._request.kindred_origin = origin  # from here on the page may read what is wrong
        if visitor.expired:
            raise AuthenticationFailed("This token has expired. Ask your server for a new one.")
        return visitor, api_key

    def authenticate_header(self, request) -> str:
        return CHALLENGE

    @staticmethod
    def _key(request) -> str:
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "bearer":
            return value.strip()
        return request.META.get("HTTP_X_API_KEY", "").strip()


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI pages describe the above. Either header will do."""

    target_class = ApiKeyAuthentication
    name = ["bearer", "header"]

    def get_security_requirement(self, auto_schema):
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema):
        return [
            {"type": "http", "scheme": "bearer", "description": "A key such as kd_abcd1234_…"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]
