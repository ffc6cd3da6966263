"""The catalogue as a stream, in and out."""

import gzip
import json

import pytest
from django.db import OperationalError

from catalog.api import transfers
from catalog.models import Item

from .clients import api_for, client, problem, product

NDJSON = "application/x-ndjson"


def jsonl(*records) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def send(api, body: bytes, **options):
    return api("POST", "items/import", body, content_type=NDJSON, **options)


def send_packed(api, body: bytes, packing: str = "gzip"):
    headers = {"Authorization": f"Bearer {api.key}", "Content-Encoding": packing}
    return client().post(f"/api/v1/storefronts/{api.slug}/items/import", body, content_type=NDJSON, headers=headers)


def test_lines_of_any_number_are_stored(api):
    response = send(api, jsonl(*(product(number) for number in range(2500))))
    assert response.status_code == 200
    assert response.json() == {
        "read": 2500, "created": 2500, "updated": 0, "unchanged": 0, "erased": 0, "refused": 0, "held_back": 0,
    }  # fmt: skip
    assert Item.objects.count() == 2500


def test_a_refused_line_holds_back_its_thousand_and_no_other(api):
    records = [product(number) for number in range(3000)]
    records[1500] = product(1500, price=-1, currency="EUR")
    records[1700] = product(1700, colour="red")
    body = problem(send(api, jsonl(*records)), 422, "import_refused")
    assert [(error["line"], error["pointer"], error["code"]) for error in body["errors"]] == [
        (1501, "/price", "range"),
        (1701, "/colour", "unknown"),
    ]
    assert body["report"] == {
        "read": 3000, "created": 2000, "updated": 0, "unchanged": 0, "erased": 0, "refused": 2, "held_back": 998,
    }  # fmt: skip
    assert not Item.objects.filter(external_id__in=[f"sku-{number}" for number in range(1000, 2000)]).exists()
    records[1500], records[1700] = product(1500), product(1700)
    again = send(api, jsonl(*records)).json()
    assert (again["created"], again["unchanged"]) == (1000, 2000)


def test_every_refused_line_is_named_up_to_a_thousand(api):
    body = problem(send(api, b"[]\n" * 1500), 422, "import_refused")
    assert [error["line"] for error in body["errors"]] == list(range(1, 1001))
    assert body["report"]["refused"] == 1500


def test_a_packed_body_is_understood(api):
    packed = gzip.compress(jsonl(product()))
    response = send_packed(api, packed)
    assert response.json()["created"] == 1


def test_a_body_that_breaks_off_keeps_its_whole_thousands(api):
    packed = gzip.compress(jsonl(*(product(number, text=str(hash(number)) * 9) for number in range(1500))))[:-20]
    response = send_packed(api, packed)
    body = problem(response, 422, "import_refused")
    assert "ends in the middle" in body["detail"]
    assert (body["report"]["created"], Item.objects.count()) == (1000, 1000)


def test_an_empty_body_is_an_import_of_nothing(api):
    assert send(api, b"\n").json()["read"] == 0


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_only_json_lines_are_read(api, content_type):
    problem(api("POST", "items/import", jsonl(product()), content_type=content_type), 415, "unsupported_media_type")


def test_other_packings_are_refused(api):
    problem(send_packed(api, b"x", "br"), 415, "unsupported_media_type")


def test_a_database_that_does_not_answer_says_what_is_stored(api, monkeypatch):
    real, calls = transfers.items_import, []

    def second_fails(**options):
        calls.append(1)
        if len(calls) == 2:
            raise OperationalError("database is locked")
        return real(**options)

    monkeypatch.setattr(transfers, "items_import", second_fails)
    response = send(api, jsonl(*(product(number) for number in range(1500))))
    assert problem(response, 503, "unavailable")["report"]["created"] == Item.objects.count() == 1000
    assert "Retry-After" in response


def full(number: int) -> dict:
    return product(
        number,
        text="Two\nlines, “quoted”.",
        categories=["Clothing", "绿茶"],
        tags=["wool"],
        attributes={"brand": "Fjell"},
        metadata={"deep": [{"er": None}]},
        price=0,
        currency="EUR",
        image="https://example.com/a.jpg",
        language="zh-hans",
        published_at="2026-03-31T09:30:00.123456+00:00",
        available_from="2026-03-31T09:30:00+00:00",
        available_until="2027-03-31T09:30:00+00:00",
        withdrawn=True,
    )


def test_what_was_exported_can_be_imported_and_is_the_same(api, rival):
    api.post("items/batch", [full(1), product(2)])
    exported = b"".join(api.get("items/export").streaming_content)
    assert [json.loads(line) for line in exported.splitlines()] == [full(1), {**product(2), "language": "en"}]
    other = api_for(rival)
    assert send(other, exported).json()["created"] == 2
    assert b"".join(other.get("items/export").streaming_content) == exported
    assert send(api, exported).json()["unchanged"] == 2


def test_an_export_reads_a_page_at_a_time(api, shop, patient, django_assert_num_queries):
    Item.objects.bulk_create(Item(storefront=shop, external_id=str(n), title="x", text="y" * 200) for n in range(1001))
    response = api.get("items/export")
    assert response["Content-Type"] == NDJSON
    with django_assert_num_queries(4):
        pieces = list(response.streaming_content)
    assert len(pieces) > 1
    assert len(b"".join(pieces).splitlines()) == 1001


def test_an_export_holds_nothing_of_another_storefront(api, rival):
    api_for(rival).post("items", product())
    assert list(api.get("items/export").streaming_content) == []


def test_import_and_export_need_their_scopes(shop):
    problem(send(api_for(shop, "read"), b""), 403, "forbidden")
    problem(api_for(shop, "write").get("items/export"), 403, "forbidden")
