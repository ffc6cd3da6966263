"""Lists of events and the like, which may have millions of rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.admin.long_lists import LongListMixin, LongPaginator

PAGE = reverse("admin:behaviour_behaviour_changelist")
LONG = [one for one in admin.site._registry.values() if isinstance(one, LongListMixin)]


@pytest.fixture
def events(cinema) -> list[Behaviour]:
    """A hundred and twenty, the newest first."""
    person, now = Person.objects.create(storefront=cinema, external_id="ann"), timezone.now()
    return Behaviour.objects.bulk_create(
        Behaviour(
            storefront=cinema, person=person, kind="search", text=f"words {n}", event_id=f"e-{n}",
            occurred_at=now - timedelta(minutes=n),
        )
        for n in range(120)
    )  # fmt: skip


def test_its_pages_follow_each_other_and_end(admin_client, events):
    pages = [
        [
            one.event_id
            for one in admin_client.get(PAGE, {"storefront": "cinema", "p": number}).context["cl"].result_list
        ]
        for number in (1, 2, 3, 4)
    ]
    assert [name for page in pages for name in page] == [event.event_id for event in events]
    assert [len(page) for page in pages] == [50, 50, 20, 0]


def test_rows_of_a_page_are_found_before_they_are_joined_with_what_is_shown(admin_client, events):
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(PAGE, {"storefront": "cinema", "p": 2})
    passed_over = [query["sql"] for query in captured if "OFFSET 50" in query["sql"]]
    assert passed_over and not any("JOIN" in sql for sql in passed_over)


def test_a_long_list_keeps_its_order_and_is_not_counted(admin_client, events):
    with CaptureQueriesContext(connection) as captured:
        page = admin_client.get(PAGE, {"storefront": "cinema"})
    assert not any("COUNT(*)" in query["sql"] and "behaviour_behaviour" in query["sql"] for query in captured)
    assert "o=" not in page.content.decode().split("<thead")[1].split("</thead")[0]


def test_events_lists_and_vectors_are_long(rf):
    assert {one.opts.model_name for one in LONG} >= {"behaviour", "recommendation", "itemvector", "auditentry"}
    assert all(one.paginator is LongPaginator and one.get_sortable_by(rf.get("/")) == () for one in LONG)
