"""Search in lists whose tables may be large."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

BEHAVIOURS = reverse("admin:behaviour_behaviour_changelist")
ITEMS = reverse("admin:catalog_item_changelist")


@pytest.fixture
def facts(cinema) -> dict[str, Behaviour]:
    """Two persons, two films, and another storefront in which the same ids mean somebody and something else."""
    made = {}
    for storefront in (cinema, Storefront.objects.create(slug="other", name="Other", vertical="video")):
        for number in (1, 2):
            person = Person.objects.create(storefront=storefront, external_id=f"person-{number}")
            item = Item.objects.create(storefront=storefront, external_id=f"film-{number}", title=f"Part {number}, Sea")
            event = f"{storefront.slug}-{number}"
            made[event] = Behaviour.objects.create(
                storefront=storefront, person=person, item=item, kind="view", event_id=event, occurred_at=timezone.now()
            )
    return made


@pytest.mark.parametrize("term", ["cinema-2", "person-2", "film-2", " film-2 "])
def test_a_behaviour_is_found_by_its_own_id_its_persons_and_its_items(admin_client, facts, term):
    rows = admin_client.get(BEHAVIOURS, {"storefront": "cinema", "q": term}).context["cl"].result_list
    assert list(rows) == [facts["cinema-2"]]


@pytest.mark.parametrize("term", ["person", "PERSON-2", "film-2 film-2", "%", "%2"])
def test_an_exact_id_is_met_as_it_is_written_or_not_at_all(admin_client, facts, term):
    assert not len(admin_client.get(BEHAVIOURS, {"storefront": "cinema", "q": term}).context["cl"].result_list)


def test_ids_are_looked_up_in_their_own_tables_and_not_compared_row_by_row(admin_client, facts):
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(BEHAVIOURS, {"storefront": "cinema", "q": "film-2"})
    of_the_list = [query["sql"] for query in captured if "ORDER BY" in query["sql"] and "occurred_at" in query["sql"]]
    assert of_the_list
    for sql in of_the_list:
        condition = sql.split("WHERE", 1)[1]
        assert "external_id" not in condition and "UPPER" not in condition and "LIKE" not in condition


@pytest.mark.parametrize(
    ("term", "titles"),
    [("sea", 2), ("sea part", 2), ("Part 1", 1), ("film-1", 1), ("film", 0), ("sea moon", 0)],
)
def test_an_item_is_found_by_words_of_its_title_or_by_its_whole_id(admin_client, facts, term, titles):
    rows = admin_client.get(ITEMS, {"storefront": "cinema", "q": term}).context["cl"].result_list
    assert len(rows) == titles


def test_a_form_finds_items_and_persons_by_the_same_search(admin_client, facts):
    asked = {"app_label": "behaviour", "model_name": "behaviour", "field_name": "item", "term": "sea"}
    answer = admin_client.get(reverse("admin:autocomplete"), asked).json()
    assert len(answer["results"]) == 4
