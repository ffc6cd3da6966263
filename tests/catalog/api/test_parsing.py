import pytest
from rest_framework.exceptions import ParseError

from catalog.api.parsing import parse_json
from catalog.api.problems import Problem


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ("{}".encode("utf-16"), "not UTF-8"),
        ('{"a": "é"}'.encode("latin-1"), "not UTF-8"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": 9223372036854775808}', "64 bits"),
        (b"[" + b"9" * 5000 + b"]", "64 bits"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b"[" * 21 + b"]" * 21, "nested"),
        (b'{"a": "\x00"}', "not JSON"),
    ],
)
def test_what_is_no_strict_json_is_refused_in_a_sentence(body, said):
    with pytest.raises(ParseError, match=said):
        parse_json(body)


@pytest.mark.parametrize("text", [rb"\u0000", rb"\ud83d", rb"\udc00\ud83d"])
def test_text_that_no_database_stores_is_refused_with_its_place(text):
    with pytest.raises(Problem) as raised:
        parse_json(b'[{"a/b": ["' + text + b'"]}]')
    assert raised.value.faults[0].pointer == "/0/a~1b/0"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'"\\u0000"', r"\u0000"),  # six letters, no NUL
        (rb'"\ud83d\ude00"', "😀"),
        ('"‮‍ا绿"'.encode(), "‮‍ا绿"),
        (b'{"a": [1.5, -3, null, true, 9223372036854775807]}', {"a": [1.5, -3, None, True, 2**63 - 1]}),
        (b"[" * 20 + b"]" * 20, [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]),
    ],
)
def test_odd_but_sound_json_is_taken_as_it_is(body, value):
    assert parse_json(body) == value
