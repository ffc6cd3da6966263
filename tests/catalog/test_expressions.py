import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.expressions import LONGEST, ExpressionError, parse, seconds
from catalog.schema import Field, Schema

SCHEMA = Schema(
    (
        Field("brand", "text"),
        Field("stock", "integer"),
        Field("organic", "boolean"),
        Field("size", "choice", choices=("S", "M", "L")),
        Field("colours", "list"),
        Field("reviewed", "date"),
        Field("condition", "text", sensitive=True),
    )
)


class Rows:
    """Four items: a red small one, a blue large one, a green one of which little is known, and one with nothing."""

    NUMBERS = {
        "stock": [3, 0, np.nan, np.nan],
        "organic": [1, 0, np.nan, np.nan],
        "price": [1000, 2500, 1800, np.nan],
        "reviewed": [seconds("2026-01-10"), seconds("2024-05-01"), np.nan, np.nan],
        "published_at": [seconds("2026-11-20"), seconds("2026-01-01"), seconds("2025-01-01"), np.nan],
    }
    TEXTS = {
        "brand": [("acme",), ("bolt",), (), ()],
        "size": [("s",), ("l",), (), ()],
        "colours": [("red", "white"), ("blue",), ("green",), ()],
        "category": [("home", "kitchen"), ("garden",), ("home",), ()],
    }

    def numbers(self, field):
        return np.array(self.NUMBERS[field], dtype=np.float64)

    def texts(self, field):
        return self.TEXTS[field]


def fits(text: str) -> list[int]:
    return np.flatnonzero(parse(text, SCHEMA).mask(Rows())).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("price < 2000", [0, 2]),
        ("price >= 1800", [1, 2]),
        ("stock = 0", [1]),
        ("stock != 0", [0]),
        ('brand = "Acme"', [0]),
        ("brand = 'ACME'", [0]),
        ('brand in ("acme", "bolt")', [0, 1]),
        ('brand not in ("acme")', [1]),
        ('size = "L"', [1]),
        ('colours = "white"', [0]),
        ('category = "home" and not (colours = "red")', [2]),
        ('brand = "acme" or price = 1800', [0, 2]),
        ('brand = "acme" or brand = "bolt" and price > 9000', [0]),
        ("organic = true", [0]),
        ("organic = false", [1]),
        ('reviewed >= "2025-01-01"', [0]),
        ('published_at > "2026-06-01T00:00:00Z"', [0]),
        ("brand is missing", [2, 3]),
        ("stock is present", [0, 1]),
        ("not stock is present", [2, 3]),
        ("NOT price < 2000 AND price is present", [1]),
    ],
)
def test_a_condition_fits_the_items_it_is_true_of(text, rows):
    assert fits(text) == rows


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "name of a field"),
        ("prise < 3", 0, "no field 'prise'"),
        ("price << 3", 7, "number"),
        ("price < cheap", 8, "number"),
        ("price < 3 price", 10, '"and", "or" or the end'),
        ("(price < 3", 10, "')'"),
        ('size = "XL"', 7, "one of S, M, L"),
        ('brand < "b"', 6, "no order"),
        ("brand = acme", 8, "in quotes"),
        ("stock in (1, 2", 14, "')'"),
        ("organic = 1", 10, "true or false"),
        ('reviewed > "soon"', 11, "date such as"),
        ("price < 3; drop", 9, "no meaning"),
        ("brand is empty", 9, "missing"),
        ("price = 1e999", 8, "no meaning"),
        ('condition = "asthma"', 0, "no field"),
    ],
)
def test_an_error_points_at_the_character_and_says_what_is_expected(text, position, says):
    with pytest.raises(ExpressionError) as caught:
        parse(text, SCHEMA)
    assert caught.value.position == position
    assert says in str(caught.value)


def test_what_nests_too_deep_or_is_too_long_is_refused():
    with pytest.raises(ExpressionError, match="deep"):
        parse("(" * 500 + "price < 1" + ")" * 500, SCHEMA)
    with pytest.raises(ExpressionError, match="long"):
        parse("price < 1 or " * LONGEST, SCHEMA)


def test_the_fields_that_it_reads_are_named():
    assert parse('brand = "a" or price < 3', SCHEMA).fields == {"brand", "price"}


def test_quotes_inside_a_text_are_escaped_by_a_backslash():
    assert parse(r'brand = "a \"b\" c"', SCHEMA).root.values == frozenset(['a "b" c'])


WORDS = st.sampled_from(["price", "<", "3", "and", "(", ")", "not", '"a"', "in", ",", "is", "missing", "colours"])


@settings(max_examples=2000, deadline=None)
@given(st.text(max_size=60) | st.lists(WORDS).map(" ".join))
def test_whatever_is_written_is_a_condition_or_an_error_with_a_place_in_the_text(text):
    try:
        mask = parse(text, SCHEMA).mask(Rows())
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert mask.shape == (4,)
        assert mask.dtype == bool


def test_what_is_shown_of_an_error_has_a_caret_under_its_character():
    text = "price < 3 and\tprise > 4"
    with pytest.raises(ExpressionError) as caught:
        parse(text, SCHEMA)
    sentence, line, caret = caught.value.shown(text).split("\n")
    assert sentence == str(caught.value)
    assert line == "price < 3 and prise > 4"
    assert caret == " " * 14 + "^"


class Reference:
    """The same language, an item at a time and as slowly as it is written down: on text, by Python's own operators."""

    def __init__(self, row: int):
        self.row = row

    def number(self, field):
        value = Rows.NUMBERS[field][self.row]
        return None if np.isnan(value) else value

    def own(self, field):
        return list(Rows.TEXTS[field][self.row])

    def fits(self, node) -> bool:
        kind, *parts = node
        match kind:
            case "and":
                return all(self.fits(part) for part in parts)
            case "or":
                return any(self.fits(part) for part in parts)
            case "not":
                return not self.fits(parts[0])
            case "is":
                field, word = parts
                there = self.number(field) is not None if field in Rows.NUMBERS else bool(self.own(field))
                return there if word == "present" else not there
        field, values = parts
        if field in Rows.NUMBERS:
            value = self.number(field)
            if value is None:
                return False
            wanted = [_plain(one) for one in values]
            return {
                "in": value in wanted,
                "not in": value not in wanted,
                "=": value == wanted[0],
                "!=": value != wanted[0],
                "<": value < wanted[0],
                "<=": value <= wanted[0],
                ">": value > wanted[0],
                ">=": value >= wanted[0],
            }[kind]
        own, wanted = self.own(field), [one.lower() for one in values]
        found = any(one in own for one in wanted)
        return found if kind in ("in", "=") else bool(own) and not found


def _plain(value) -> float:
    return seconds(value) if isinstance(value, str) else float(value)


def _written(node) -> str:
    """The condition as somebody would type it; brackets only where they are needed."""
    kind, *parts = node
    if kind in ("and", "or"):
        return f" {kind} ".join(
            f"({_written(part)})" if part[0] in ("or", "and") and part[0] != kind else _written(part) for part in parts
        )
    if kind == "not":
        return f"not ({_written(parts[0])})"
    if kind == "is":
        return f"{parts[0]} is {parts[1]}"
    field, values = parts
    shown = [f'"{v}"' if isinstance(v, str) else str(v).lower() if isinstance(v, bool) else str(v) for v in values]
    return f"{field} {kind} ({', '.join(shown)})" if kind in ("in", "not in") else f"{field} {kind} {shown[0]}"


VALUES = {
    "price": [0, 1000, 1800, 2500, 9999, 1800.5, -3],
    "stock": [-1, 0, 1, 2, 3, 4],
    "organic": [True, False],
    "reviewed": ["2024-05-01", "2026-01-10", "2025-06-30"],
    "brand": ["Acme", "bolt", "nobody"],
    "size": ["S", "M", "L"],
    "colours": ["red", "White", "blue", "mauve"],
    "category": ["home", "Kitchen", "garden"],
}
ORDERED = {"price", "stock", "reviewed", "organic"}


def some_condition(rng: random.Random, depth: int = 3) -> tuple:
    kind = rng.choice(["and", "or", "not", "compare", "compare"]) if depth else "compare"
    if kind == "not":
        return (kind, some_condition(rng, depth - 1))
    if kind != "compare":
        return (kind, *(some_condition(rng, depth - 1) for _ in range(rng.randint(2, 3))))
    field = rng.choice(sorted(VALUES))
    sign = rng.choice(["=", "!=", "in", "not in", "is", *(["<", "<=", ">", ">="] if field in ORDERED else [])])
    if sign == "is":
        return (sign, field, rng.choice(["missing", "present"]))
    return (sign, field, rng.choices(VALUES[field], k=rng.randint(1, 3) if "in" in sign else 1))


def test_a_mask_says_of_every_item_what_asking_item_by_item_says():
    rng = random.Random(0)
    different = set()
    for _ in range(2000):
        node = some_condition(rng)
        text = _written(node)
        mask = parse(text, SCHEMA).mask(Rows()).tolist()
        assert mask == [Reference(row).fits(node) for row in range(4)], text
        different.add(tuple(mask))
    assert len(different) == 16, "every outcome for four items comes up"
