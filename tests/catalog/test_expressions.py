import numpy as np
import pytest
from hypothesis import given
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


@given(st.text(max_size=60) | st.lists(WORDS).map(" ".join))
def test_whatever_is_written_is_a_condition_or_an_error_with_a_place_in_the_text(text):
    try:
        mask = parse(text, SCHEMA).mask(Rows())
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert mask.shape == (4,)
        assert mask.dtype == bool
