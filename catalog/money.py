"""Amounts in minor units as people read them."""

from decimal import Decimal

from django.utils.formats import number_format

#: Digits after the decimal point (ISO 4217); every other currency has two.
NO_DIGITS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DIGITS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
#: Signs that leave no doubt on a page with one currency; other currencies are written with their code.
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥", "INR": "₹", "KRW": "₩"}


def digits_of(currency: str) -> int:
    """After the decimal point."""
    return 0 if currency in NO_DIGITS else 3 if currency in THREE_DIGITS else 2


def minor_of(amount: Decimal, currency: str) -> int:
    """`19.99, "USD"` → 1999. Raises ValueError for a smaller part than the currency has."""
    minor = amount.scaleb(digits_of(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has {digits_of(currency)} digits after the point, got {amount}.")
    return int(minor)


def major_of(minor: int, currency: str) -> Decimal:
    """`1999, "USD"` → 19.99."""
    return Decimal(minor).scaleb(-digits_of(currency))


def money(minor: int | None, currency: str) -> str:
    """`1999, "USD"` → `$19.99` in the active language's number format; empty where there is no price."""
    if minor is None:
        return ""
    digits = digits_of(currency)
    whole, fraction = divmod(minor, 10**digits)
    # As text: a float would lose the cents of large amounts.
    exact = f"{whole}.{fraction:0{digits}d}" if digits else str(whole)
    amount = number_format(exact, decimal_pos=digits, use_l10n=True, force_grouping=True)
    return f"{SIGNS[currency]}{amount}" if currency in SIGNS else f"{amount} {currency}"
