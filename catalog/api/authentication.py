"""Who is calling: a key in `Authorization: Bearer kd_…` or in `X-API-Key`."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from catalog.keys import api_key_find

CHALLENGE = 'Bearer realm="kindred"'


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` is the ApiKey; there is no user. Whatever is wrong with a key, the answer is the same."""

    def authenticate(self, request):
        key = self._key(request)
        if not key:
            return None
        found = api_key_find(key)
        if found is None:
            raise AuthenticationFailed("This key is not valid: it is unknown or was revoked.")
        return None, found

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
