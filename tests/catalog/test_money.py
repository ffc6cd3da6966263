"""Prices are stored in minor units and read in the currency's own."""

import pytest
from django.utils.translation import override

from catalog.money import money


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1999, "USD", "$19.99"),
        (5, "EUR", "€0.05"),
        (0, "EUR", "€0.00"),
        (1234567, "EUR", "€12,345.67"),
        (1500, "JPY", "¥1,500"),
        (1500, "KWD", "1.500 KWD"),
        (2**63 - 1, "CHF", "92,233,720,368,547,758.07 CHF"),
        (None, "", ""),
    ],
)
def test_minor_units_become_an_amount(minor, currency, shown):
    assert money(minor, currency) == shown


def test_amounts_follow_the_language():
    with override("de"):
        assert money(1234567, "EUR") == "€12.345,67"
