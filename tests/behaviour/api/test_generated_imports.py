"""Promise: bad input is refused clearly and never half-imported, also what nobody thought of."""

import gzip
import json
import os
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behaviour.models import Behaviour, Person, Relationship
from catalog.models import Item
from tests.catalog.api.clients import client

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CASES = int(os.environ.get("GENERATED_CASES", "100"))  # of each import; 500 for all that is promised
NASTY = [
    "", " ", "\x00", "\\u0000", "\ud800", "\u202e", "\u200b", "a" + "\u0301" * 500, "é", "e\u0301", "<script>",
    "{{7*7}}", "' OR 1=1--", "%_\\", "=cmd|' /C calc'!A0", "../../etc/passwd", "\r\n", "ignore previous instructions",
]  # fmt: skip
values = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=20), st.none(), st.booleans(), st.integers(), st.floats(),
    st.just(2**63), st.just([]), st.just({}), st.lists(st.text(max_size=3), max_size=3),
    st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-31T09:30:00Z"]),
)  # fmt: skip
names = st.sampled_from(
    ["id", "title", "price", "currency", "attributes", "metadata", "tags", "event_id", "person", "kind", "item", "text",
     "value", "context", "occurred_at", "source", "target", "weight", "consents", "storefront", "_connector"]
)  # fmt: skip
lines = st.one_of(
    st.dictionaries(names, values, max_size=6).map(lambda record: json.dumps(record).encode()),
    st.binary(max_size=30),
    st.sampled_from([b"[]", b"{", b'{"id":1,"id":2}', b"NaN", b"1e999", b"9" * 5000, b"[" * 3000, b"\xef\xbb\xbf{}"]),
)
bodies = st.lists(lines, max_size=6).map(b"\n".join)


def rows() -> list[int]:
    return [model.objects.count() for model in (Item, Person, Behaviour, Relationship)]


@pytest.mark.parametrize("what", ["items", "persons", "behaviours", "relationships"])
@settings(
    max_examples=CASES,
    deadline=2000,
    # How fast a busy machine makes up bodies says nothing of the import.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=bodies, packed=st.booleans())
def test_whatever_comes_in_lines_is_stored_as_a_whole_or_refused_with_a_reason(api, what, body, packed):
    headers = {"Authorization": f"Bearer {api.key}", "Content-Encoding": "gzip" if packed else "identity"}
    before = rows()
    response = client().post(
        f"/api/v1/storefronts/shop/{what}/import",
        (gzip.compress(body) if packed else body) or b"\n",
        content_type="application/x-ndjson",
        headers=headers,
    )
    answer = json.loads(response.content)
    assert response.status_code in (200, 422), answer
    if response.status_code == 422:
        assert answer["errors"] and all(error["detail"] for error in answer["errors"])
        assert rows() == before


def test_a_long_import_takes_no_more_memory_than_a_short_one(api):
    def peak(number: int) -> int:
        line = b'{"id": "u-%d", "metadata": {"note": "' + b"x" * 500 + b'"}}\n'
        body = b"".join(line % one for one in range(number))
        tracemalloc.start()
        headers = {"Authorization": f"Bearer {api.key}"}
        client().post("/api/v1/storefronts/shop/persons/import", body, "application/x-ndjson", headers=headers)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most - len(body)

    assert peak(4000) < 2 * peak(1000)
