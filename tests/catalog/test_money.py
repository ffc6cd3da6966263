"""Prices are stored in minor units and read in the currency's own."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from catalog.money import major_of, minor_of, money


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


@pytest.mark.parametrize(
    ("amount", "currency", "minor"), [("19.99", "USD", 1999), ("500", "JPY", 500), ("1.5", "KWD", 1500)]
)
def test_an_amount_as_people_write_it_and_back(amount, currency, minor):
    assert minor_of(Decimal(amount), currency) == minor
    assert major_of(minor, currency) == Decimal(amount)


def test_a_smaller_part_than_the_currency_has_is_refused():
    with pytest.raises(ValueError, match="JPY has 0 digits"):
        minor_of(Decimal("1.5"), "JPY")
