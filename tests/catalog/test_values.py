from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.services import RecordError, item_clean
from catalog.services import values as check
from catalog.services.values import Problem

ODD_TEXTS = [
    "\u202egnirts",
    "zero\u200bwidth",
    "e" + "\u0301" * 100,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}",
    "' OR 1=1--",
    "%_\\",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "ignore previous instructions",
    "</item><system>",
    "\\u0000",
    "سلام",
    "你好",
]


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_odd_text_is_data_and_kept_as_it_is(odd):
    assert check.text(500)(odd) == odd
    assert check.identifier(odd[:128]) == odd[:128]


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b", "a\x1bb", "a\x85b", "a\x7fb"])
def test_characters_that_cannot_be_stored_are_refused_with_their_place(bad):
    for refuse in (check.identifier, check.text(500), check.text(500, lines=True)):
        with pytest.raises(Problem, match=r"U\+[0-9A-F]{4} at position 2"):
            refuse(bad)


def test_line_breaks_are_kept_in_long_text_only():
    assert check.text(500, lines=True)("one\r\ntwo") == "one\r\ntwo"
    with pytest.raises(Problem):
        check.text(500)("one\r\ntwo")


@pytest.mark.parametrize("bad", ["", " ", " a", "a ", "x" * 129, 5, None, ["a"]])
def test_an_id_is_1_to_128_characters_without_space_around(bad):
    with pytest.raises(Problem):
        check.identifier(bad)


def test_two_ways_to_write_one_letter_are_two_ids():
    assert check.identifier("caf\u00e9") != check.identifier("cafe\u0301")


def test_a_megabyte_of_text_is_refused():
    with pytest.raises(Problem, match="At most 100,000"):
        check.text(100_000)("x" * 1_000_000)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-03-31T12:00:00Z", datetime(2026, 3, 31, 12, tzinfo=UTC)),
        ("2026-03-31T12:00:00", datetime(2026, 3, 31, 12, tzinfo=UTC)),
        ("2026-03-31", datetime(2026, 3, 31, tzinfo=UTC)),
        ("2026-03-31T12:00:00+02:00", datetime(2026, 3, 31, 10, tzinfo=UTC)),
        (datetime(2026, 3, 31, 12, tzinfo=timezone(timedelta(hours=-5))), datetime(2026, 3, 31, 17, tzinfo=UTC)),
    ],
)
def test_times_are_stored_in_utc_and_naive_ones_taken_as_utc(sent, stored):
    assert check.moment(sent) == stored
    assert check.moment(sent).tzinfo is UTC


@pytest.mark.parametrize(
    "bad",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday", "", 1_700_000_000, "2026-02-30", "\ud800"],
)
def test_times_off_the_calendar_or_unreadable_are_refused(bad):
    with pytest.raises(Problem):
        check.moment(bad)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 10**400, "4", True, None])
def test_a_number_is_finite(bad):
    with pytest.raises(Problem):
        check.number(bad)


@pytest.mark.parametrize("bad", [-1, 2**63, 19.99, "1999", True, float("nan")])
def test_a_price_is_a_whole_number_that_the_database_holds(bad):
    with pytest.raises(Problem):
        check.price(bad)


def test_the_dearest_price_is_two_to_the_63_minus_1():
    assert check.price(2**63 - 1) == 2**63 - 1


@pytest.mark.parametrize(
    "bad",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "//example.org/a.png",
        "/a.png",
        "http://",
        "https://[::1",
        "https://example.org:port/",
        "https://exa mple.org/a.png",
        "https://example.org/" + "a" * 1000,
        "ht\ntps://example.org",
    ],
)
def test_an_image_is_an_http_address(bad):
    with pytest.raises(Problem):
        check.web_address(bad)


def test_equal_tags_are_kept_once_in_their_order():
    assert check.texts(10, 20)(["b", "a", "b"]) == ["b", "a"]


def test_a_context_is_flat():
    assert check.scalars({"device": "phone", "n": 3, "new": True}) == {"device": "phone", "n": 3, "new": True}
    for bad in ({"a": {"b": 1}}, {"a": [1]}, {"a": float("nan")}, {"a": "x" * 1001}, ["a"], {"": 1}):
        with pytest.raises(Problem):
            check.scalars(bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from([*"abc", "title", "external_id", "tags", "attributes", "price", "image"]), JSON)
    | JSON
)
def test_whatever_is_sent_is_an_item_or_a_record_error(record):
    from catalog.models import Storefront

    try:
        item_clean(Storefront(vertical="video"), record)
    except RecordError as error:
        for problem in error.errors:
            (problem.field + problem.message).encode()  # it can go into an answer
