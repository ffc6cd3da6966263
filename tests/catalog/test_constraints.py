"""The database itself keeps storefronts apart, whatever the code above it does."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from behaviour.models import Behaviour, Consent, Person, PrivacyRequest, Relationship
from catalog.models import Item


@pytest.fixture
def rows(storefront, other_storefront):
    """A behaviour and a relationship in one storefront, and what the other storefront has."""
    person = Person.objects.create(storefront=storefront, external_id="a")
    friend = Person.objects.create(storefront=storefront, external_id="b")
    item = Item.objects.create(storefront=storefront, external_id="i", title="I")
    Behaviour.objects.create(
        storefront=storefront, person=person, item=item, kind="view", occurred_at=timezone.now(), event_id="e"
    )
    Relationship.objects.create(storefront=storefront, source=person, target=friend, kind="friend")
    Consent.objects.create(storefront=storefront, person=person, purpose="training", granted=True)
    PrivacyRequest.objects.create(
        storefront=storefront, person=person, kind="erase", came="letter", due_at=timezone.now()
    )
    return {
        "behaviour_person": Person.objects.create(storefront=other_storefront, external_id="a").pk,
        "catalog_item": Item.objects.create(storefront=other_storefront, external_id="i", title="I").pk,
    }


SCOPED = [
    ("behaviour_behaviour", "person_id", "behaviour_person"),
    ("behaviour_behaviour", "item_id", "catalog_item"),
    ("behaviour_relationship", "source_id", "behaviour_person"),
    ("behaviour_relationship", "target_id", "behaviour_person"),
    ("behaviour_consent", "person_id", "behaviour_person"),
    ("behaviour_privacyrequest", "person_id", "behaviour_person"),
]


def execute(sql: str, *parameters) -> None:
    """Run it, and ask for the constraints that PostgreSQL defers to the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        connection.check_constraints() if connection.vendor == "sqlite" else cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )


@pytest.mark.parametrize(("table", "column", "target"), SCOPED)
def test_an_update_cannot_point_into_another_storefront(rows, table, column, target):
    with pytest.raises(IntegrityError):
        execute(f"UPDATE {table} SET {column} = %s", rows[target])


@pytest.mark.parametrize(("table", "column", "target"), SCOPED)
def test_an_insert_cannot_point_into_another_storefront(rows, table, column, target):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        columns = [field[0] for field in cursor.description]
        row = dict(zip(columns, cursor.fetchone(), strict=True))
        cursor.execute(f"DELETE FROM {table}")
    row |= {column: rows[target]}
    marks = ", ".join(["%s"] * len(row))
    with pytest.raises(IntegrityError):
        execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())


def test_a_row_cannot_move_to_another_storefront(rows, other_storefront):
    with pytest.raises(IntegrityError):
        execute("UPDATE behaviour_behaviour SET storefront_id = %s", other_storefront.pk)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("catalog_item", "price = -1, currency = 'EUR'"),
        ("catalog_item", "price = 1, currency = ''"),
        ("catalog_item", "external_id = ''"),
        ("catalog_item", "available_from = '2026-02-01', available_until = '2026-01-01'"),
        ("behaviour_person", "external_id = 'same'"),
        ("behaviour_behaviour", "event_id = ''"),
        ("behaviour_behaviour", "kind = ''"),
        ("behaviour_relationship", "target_id = source_id"),
        ("behaviour_relationship", "weight = 0"),
        ("behaviour_consent", "granted = NOT granted"),
    ],
)
def test_the_database_refuses_what_no_check_should_have_let_through(rows, table, change):
    with pytest.raises(IntegrityError):
        execute(f"UPDATE {table} SET {change}")
