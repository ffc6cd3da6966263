"""What stands on the pages about one row is declared by those who know it."""

import pytest

from catalog.admin.facets import facets_of, facets_shared
from catalog.admin.panels import Panel, panel_add
from catalog.models import Item, Storefront
from catalog.schema import Field, Schema

SCHEMA = Schema(
    [
        Field("brand", facet=True, label={"en": "Brand"}),
        Field("eco", type="boolean", facet=True),
        Field("notes"),
        Field("illness", facet=True, sensitive=True),
    ]
)


def item_of(**fields) -> Item:
    return Item(title="A", **fields)


def test_two_panels_of_one_name_are_refused():
    panel = Panel("weather", "Weather", lambda request, row: "")
    panel_add(Storefront, panel)
    with pytest.raises(ValueError, match="weather"):
        panel_add(Storefront, panel)


def test_facets_are_said_in_words_and_nothing_sensitive_is_among_them():
    item = item_of(
        categories=["Kitchen"],
        tags=["new", "blue"],
        attributes={"brand": "Acme", "eco": True, "notes": "n", "illness": "x"},
    )
    assert facets_of(item, SCHEMA) == {
        "Category": ["Kitchen"],
        "Tags": ["new", "blue"],
        "Brand": ["Acme"],
        "eco": ["yes"],
    }


def test_shared_facets_are_those_that_both_have():
    one = facets_of(item_of(categories=["Home", "Kitchen"], tags=["blue"], attributes={"brand": "Acme"}), SCHEMA)
    other = facets_of(item_of(categories=["Home", "Garden"], tags=["red"], attributes={"brand": "Acme"}), SCHEMA)
    assert facets_shared(one, other) == [("Category", "Home"), ("Brand", "Acme")]
