import json

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import get_resolver
from rest_framework.views import APIView

from catalog.api.base import StorefrontView
from catalog.models import ApiKey

from .clients import Api, api_for, problem, product

STOREFRONT = "/api/v1/storefronts/shop/"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer kd_abcdefgh_" + "A" * 43},
        {"X-API-Key": "kd_abcdefgh_" + "A" * 43},
    ],
)
def test_without_a_valid_key_nothing_is_answered(shop, headers):
    response = Client().get(f"{STOREFRONT}items", headers=headers)
    problem(response, 401, "unauthenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_is_taken_from_either_header(api, header):
    value = f"Bearer {api.key}" if header == "Authorization" else api.key
    assert Client().get(f"{STOREFRONT}items", headers={header: value}).status_code == 200


def test_a_signed_in_visitor_without_a_key_gets_nothing(shop, client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("operator"))
    assert client.get(f"{STOREFRONT}items").status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("read", "POST", "items", product()),
        ("read", "POST", "items/batch", [product()]),
        ("read", "PATCH", "items/sku-1", {}),
        ("read", "DELETE", "items/sku-1", None),
        ("read", "POST", "persons", {"id": "u-1"}),
        ("read", "DELETE", "persons/u-1", None),
        ("read", "POST", "behaviours", {}),
        ("read", "POST", "behaviours/batch", []),
        ("read", "POST", "training_runs", {}),
        ("read", "GET", "training_runs", None),
        ("write", "GET", "items", None),
        ("write", "GET", "persons/u-1", None),
        ("write", "GET", "recommendations", None),
        ("write", "GET", "search", None),
        ("write", "GET", "training_runs/1", None),
        ("manage", "GET", "items", None),
        ("manage", "POST", "items", product()),
    ],
)
def test_a_key_without_the_scope_is_told_which_it_needs(shop, scope, method, path, body):
    answer = problem(api_for(shop, scope)(method, path, body), 403, "forbidden")
    assert "needs a key with the scope" in answer["detail"]


def test_a_read_key_reads(shop):
    assert api_for(shop, "read").get("items").status_code == 200


def addresses():
    """Every address and method under a storefront, from the URL configuration itself."""
    values = {"item": "sku-1", "person": "u-1", "run": 1, "recommendation": "0b3c5f0e-6f0e-4a27-9a53-0f6a5a1f9d11"}
    found = []
    for included in get_resolver("config.api_urls").url_patterns:
        for pattern in getattr(included, "url_patterns", ()):
            path = str(pattern.pattern)
            for name, value in values.items():
                for converter in ("path", "uuid", "int"):
                    path = path.replace(f"<{converter}:{name}>", str(value))
            methods = [m for m in ("get", "post", "put", "patch", "delete") if hasattr(pattern.callback.view_class, m)]
            found += [(method.upper(), path, pattern.callback.view_class) for method in methods]
    return found


@pytest.mark.parametrize(("method", "path", "view"), addresses(), ids=lambda value: getattr(value, "__name__", value))
def test_another_tenants_storefront_looks_like_one_that_does_not_exist(shop, rival, method, path, view):
    key = api_for(rival).key
    foreign = problem(Api("shop", key)(method, path), 404, "not_found")
    missing = problem(Api("nowhere", key)(method, path), 404, "not_found")
    for body in (foreign, missing):
        del body["request_id"], body["instance"]
    assert foreign == missing


@pytest.mark.parametrize(("method", "path", "view"), addresses(), ids=lambda value: getattr(value, "__name__", value))
def test_every_operation_names_the_scope_that_it_needs(method, path, view):
    assert issubclass(view, StorefrontView)
    assert getattr(view, method.lower()).scope in ("read", "write", "manage")


def test_an_operation_without_a_scope_is_closed_to_everybody(api, rf):
    class Open(StorefrontView):
        def get(self, request):
            raise AssertionError("must not run")

    request = rf.get("/", headers={"X-API-Key": api.key})
    assert Open.as_view()(request, storefront="shop").status_code == 403


def test_a_view_that_is_nobodys_is_closed_to_everybody(api, rf):
    class Stray(APIView):
        def get(self, request):
            raise AssertionError("must not run")

    request = rf.get("/", headers={"X-API-Key": api.key})
    assert Stray.as_view()(request).status_code == 404  # it is in no storefront that the key could be for


@pytest.mark.parametrize("path", ["nonsense", "items/sku-1/nonsense/similar/x", "recommendations/not-a-uuid", "items/"])
def test_an_address_that_does_not_exist_is_a_problem(api, path):
    problem(api.get(path), 404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_writing_to_an_address_that_does_not_exist_is_a_problem_too(shop, method):
    response = Client(enforce_csrf_checks=True).generic(method, "/api/v1/storefronts/no%20slug/items")
    problem(response, 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "items", "GET, POST, HEAD"),
        ("DELETE", "items", "GET, POST, HEAD"),
        ("OPTIONS", "items", "GET, POST, HEAD"),
        ("GET", "behaviours/batch", "POST"),
        ("POST", "search", "GET, HEAD"),
    ],
)
def test_a_method_that_does_not_exist_is_answered_with_those_that_do(api, method, path, allowed):
    response = api(method, path)
    problem(response, 405, "method_not_allowed")
    assert sorted(response["Allow"].split(", ")) == sorted(allowed.split(", "))


def test_head_answers_as_get_does_without_a_body(api):
    response = api("HEAD", "items")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
     "application/json; charset=utf-16", "application/json; charset=latin-1"],
)  # fmt: skip
def test_only_json_in_utf8_is_read(api, content_type):
    response = api("POST", "items", json.dumps(product()).encode(), content_type=content_type)
    problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body", [b"{", b"{'a': 1}", b'{"id": 1, "id": 2}', b'{"id": NaN}', b'{"price": 1e999}', b"\xff", b"[" * 100_000]
)
def test_a_body_that_cannot_be_read_is_a_problem(api, body):
    problem(api("POST", "items", body), 400, "malformed")


def test_a_body_that_is_too_large_is_a_problem(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(api.post("items", product(text="x" * 1000)), 413, "too_large")


def test_a_body_in_chunks_is_refused_rather_than_taken_as_empty(api):
    headers = {"X-API-Key": api.key, "Transfer-Encoding": "chunked"}
    response = Client().post(f"{STOREFRONT}items", product(), content_type="application/json", headers=headers)
    assert "Content-Length" in problem(response, 400, "malformed")["detail"]


def test_answers_are_json_whatever_the_client_accepts(api):
    headers = {"X-API-Key": api.key, "Accept": "text/html, image/*"}
    assert Client().get(f"{STOREFRONT}items", headers=headers)["Content-Type"] == "application/json"


def test_the_request_id_of_the_client_is_kept(api):
    headers = {"X-API-Key": api.key, "X-Request-ID": "trace-42"}
    response = Client().get(f"{STOREFRONT}items/nothing", headers=headers)
    assert response["X-Request-ID"] == problem(response, 404, "not_found")["request_id"] == "trace-42"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "<script>"])
def test_an_odd_request_id_is_replaced(api, sent):
    headers = {"X-API-Key": api.key, "X-Request-ID": sent}
    assert len(Client().get(f"{STOREFRONT}items", headers=headers)["X-Request-ID"]) == 36


def answer_of_a_view_that_raises(error, api, rf):
    class Broken(StorefrontView):
        def get(self, request):
            raise error

        get.scope = "read"

    request = rf.get(f"{STOREFRONT}items", headers={"X-API-Key": api.key})
    return Broken.as_view()(request, storefront="shop").render()


def test_what_breaks_inside_is_a_problem_without_internals(api, rf, caplog):
    response = answer_of_a_view_that_raises(RuntimeError("secret path /var/kindred"), api, rf)
    body = problem(response, 500, "internal")
    assert "secret" not in json.dumps(body)
    assert body["request_id"] in caplog.text
    assert "secret path" in caplog.text


def test_a_busy_database_asks_to_come_back(api, rf):
    response = answer_of_a_view_that_raises(OperationalError("database is locked"), api, rf)
    problem(response, 503, "unavailable")
    assert response["Retry-After"] == "1"


def test_a_storefront_whose_plugin_is_gone_says_so(shop):
    shop.vertical = "gone"
    shop.save()
    response = api_for(shop).post("items", product())
    assert "'gone'" in problem(response, 503, "unavailable")["detail"]
    assert "Retry-After" in response


def test_the_type_of_a_problem_links_to_what_it_means(api):
    address = problem(api.get("items/nothing"), 404, "not_found")["type"]
    assert Client().get(address).json()["status"] == 404


def test_a_key_never_reaches_the_log(api, caplog):
    caplog.set_level("DEBUG")
    api.get("items")
    Api("shop", api.key[:-1] + "x").get("items")
    assert api.key[12:40] not in caplog.text
    assert ApiKey.objects.get().digest not in caplog.text
