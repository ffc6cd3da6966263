"""What can be wrong with a body of many lines, and that each is said where it is."""

import gzip
import zlib

import pytest

from catalog.api.lines import ALWAYS_ALLOWED, LONGEST_LINE, BrokenOff, chunks, inflated, lines, records
from catalog.api.schemas import ItemIn
from catalog.services import RecordError


def pieces(body: bytes, size: int = 7):
    return (body[start : start + size] for start in range(0, len(body), size))


def read(body: bytes):
    """(line, record or its error's sentence) of each line of a body that arrives in small pieces."""
    found = []
    for record in records(lines(pieces(body, 65_536)), ItemIn()):
        wrong = isinstance(record.values, RecordError)
        found.append((record.line, str(record.values.errors[0].message) if wrong else record.values))
    return found


def test_lines_are_put_together_from_pieces_of_any_size():
    for size in (1, 3, 100):
        assert list(lines(pieces(b"one\ntwo\n\nthree", size))) == [b"one", b"two", b"", b"three"]


def test_a_line_that_is_too_long_is_dropped_and_the_next_is_read():
    body = b"x" * (50 * LONGEST_LINE) + b"\nnext\n"
    assert list(lines(pieces(body, 65_536))) == [None, b"next"]


def test_ids_become_those_of_records_and_blank_lines_keep_the_count():
    assert read(b'\n{"id": "a", "title": "A"}\r\n \n{"id": "b"}') == [
        (2, {"external_id": "a", "title": "A"}),
        (4, {"external_id": "b"}),
    ]


def test_a_byte_order_mark_is_passed_over():
    assert read(b'\xef\xbb\xbf{"id": "a"}') == [(1, {"external_id": "a"})]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wider_encodings_are_refused_as_a_whole(encoding):
    with pytest.raises(BrokenOff, match="UTF-16"):
        read('{"id": "a"}'.encode(encoding))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "café"}'.encode("latin-1"), "not UTF-8"),
        (b'{"id": "a"}\r{"id": "b"}', "not JSON: Extra data"),
        (b'{"id": "a", "tit', "not JSON"),
        (b'{"id": NaN}', "NaN is not JSON"),
        (b'{"price": 1e999}', "too large"),
        (b'{"price": ' + b"9" * 5000 + b"}", "64 bits"),
        (b'{"price": 9223372036854775808}', "64 bits"),
        (b"[" * 100_000, "nested"),
        (b'{"metadata": ' * 30 + b"1" + b"}" * 30, "nested"),
        (b'{"id": "a", "id": "b"}', "twice"),
        (b"[]", "one JSON object"),
        (b"null", "one JSON object"),
        (rb'{"title": "\u0000"}', "NUL"),
        (rb'{"title": "\ud800"}', "surrogate"),
        (b'{"colour": 1}', "no such field"),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_of_its_own(line, says):
    found = read(b'{"id": "a"}\n' + line + b'\n{"id": "z"}')
    assert [number for number, _ in found] == [1, 2, 3]
    assert says in found[1][1]
    assert found[2][1] == {"external_id": "z"}


def test_gzip_is_unpacked_also_when_files_were_joined():
    packed = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    assert b"".join(inflated(pieces(packed))) == b"one\ntwo\n"


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"x" * 1000)[:-5], gzip.compress(b"x")[:3]])
def test_what_is_no_whole_gzip_is_refused(body):
    with pytest.raises(BrokenOff, match="gzip"):
        list(inflated(pieces(body)))


def test_a_bomb_is_refused_before_it_swells_far():
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(bomb.compress(b"\x00" * 1_000_000) for _ in range(200)) + bomb.flush()
    got = 0
    with pytest.raises(BrokenOff, match="swells"):
        for piece in inflated(pieces(packed, 65_536)):
            got += len(piece)
    assert got <= 2 * ALWAYS_ALLOWED * 200 // 100  # a fifth of it at most


def test_a_body_that_is_shorter_than_it_says_broke_off():
    source = iter([b"half", b""])
    with pytest.raises(BrokenOff, match="4 of 10 bytes"):
        list(chunks(lambda size: next(source), 10))
