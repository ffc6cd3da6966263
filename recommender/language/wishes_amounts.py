"""Numbers in words and digits, their units, and how the catalogue's fields hold them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .wishes_chips import Chip
from .wishes_lexicon import Lexeme
from .wishes_vocabulary import LATEST_YEAR, NumberField

#: (value, (quantity, currency or factor)), or () where no unit was said.
Amount = tuple[float, tuple]


def is_at(row: Sequence[Lexeme], place: int, kind: str) -> bool:
    return 0 <= place < len(row) and kind in row[place]


def quantity_at(row: Sequence[Lexeme], place: int) -> tuple[tuple[float, tuple] | None, int]:
    """((value, (quantity, currency or factor) or ()), place behind it). Values come in the quantity's usual unit."""
    currency = ""
    if is_at(row, place, "CURRENCY") and is_at(row, place + 1, "NUMBER"):
        currency, place = row[place]["CURRENCY"], place + 1
    value, end = number_at(row, place)
    if value is None:
        return None, place
    if currency:
        return (value, ("price", currency)), end
    if is_at(row, end, "CURRENCY"):
        return (value, ("price", row[end]["CURRENCY"])), end + 1
    if is_at(row, end, "TO") and is_at(row, end + 1, "UNIT"):  # "90-minute"
        end += 1
    if not is_at(row, end, "UNIT"):
        return (value, ()), end
    quantity, factor = row[end]["UNIT"]
    value, end = value * factor, end + 1
    if quantity == "duration" and factor == 60:
        if is_at(row, end, "HALF"):
            return (value + 30, (quantity, 1.0)), end + 1
        more, further = number_at(row, end + is_at(row, end, "AND"))
        if more is not None and more < 60:
            value, end = value + more, further + is_at(row, further, "UNIT")
    return (value, (quantity, 1.0)), end


def factor_of(row: Sequence[Lexeme], place: int, end: int) -> float:
    return next((row[at]["UNIT"][1] for at in range(place, end) if is_at(row, at, "UNIT")), 1.0)


def number_at(row: Sequence[Lexeme], place: int) -> tuple[float | None, int]:
    """Digits or words: twenty five, a hundred and twenty, half, two and a half, 一个半."""
    if is_at(row, place, "HALF"):
        return 0.5, place + 1 + (is_at(row, place + 1, "STOP") and not is_at(row, place + 1, "UNIT"))
    one = is_at(row, place, "STOP") and row[place].text.lower() in ("a", "an")
    if one and (is_at(row, place + 1, "HUNDRED") or is_at(row, place + 1, "UNIT")):
        value, end = 1.0, place + 1
    elif is_at(row, place, "NUMBER"):
        value, end = row[place]["NUMBER"], place + 1
    else:
        return None, place
    if is_at(row, end, "HUNDRED"):
        value, end = value * 100, end + 1
        rest = end + is_at(row, end, "AND")
        if is_at(row, rest, "NUMBER") and row[rest]["NUMBER"] < 100:
            value, end = value + row[rest]["NUMBER"], rest + 1
    if value in range(20, 100, 10) and is_at(row, end, "NUMBER") and row[end]["NUMBER"] < 10:
        value, end = value + row[end]["NUMBER"], end + 1
    measure = is_at(row, end, "STOP") and row[end].text == "个"
    end += measure and (is_at(row, end + 1, "HALF") or is_at(row, end + 1, "UNIT"))
    if is_at(row, end, "HALF"):
        value, end = value + 0.5, end + 1
    return value, end


def quantile_chip(number: NumberField, low: bool, share: float, *, strict: bool) -> Chip:
    """At most the value below which `share` of the catalogue lies, or at least the one above which it lies."""
    share = min(max(share, 0.0), 1.0)
    value = number.quantile(share if low else 1 - share)
    return Chip(number.field, "lte" if low else "gte", rounded(value, number), strict=strict, vague=True)


def in_order(value: Any) -> float:
    return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() if isinstance(value, str) else float(value)


def rounded(value: float, number: NumberField) -> Any:
    if number.kind == "date":
        return datetime.fromtimestamp(value, tz=UTC).date().isoformat()
    return round(value) if abs(value) >= 10 or value == int(value) else round(value, 2)


def stored(value: float, number: NumberField, currency: str, *, last: bool) -> Any:
    """A number in its usual unit as the field holds it."""
    if number.kind == "money":
        return round(value * minor_units(currency))
    if number.kind == "date":
        year = int(min(max(value, 1), 9999))
        return f"{year:04d}-12-31" if last else f"{year:04d}-01-01"
    held = value / number.factor
    return round(held) if held == int(held) or abs(held) >= 10 else round(held, 2)


def minor_units(currency: str) -> int:
    """Of one unit; ISO 4217 knows few currencies that do not have a hundred."""
    return 1 if currency in ("JPY", "KRW", "VND", "CLP", "ISK") else 1000 if currency in ("KWD", "BHD", "TND") else 100


def edges(operator: str, ends: list[float]) -> list[tuple[float, bool]]:
    """Each end, and whether it is an upper one."""
    return [(ends[0], False), (ends[1], True)] if operator == "between" else [(ends[0], operator == "lte")]


def is_year(value: float) -> bool:
    return value == int(value) and 1850 <= value <= LATEST_YEAR
