"""Bodies of many lines: read as they come, in bounded memory, however long they are and however broken."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.serializers import Serializer

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .parsing import parse_json
from .problems import Problem
from .records import record_read

CHUNK = 65_536
LONGEST_LINE = 1_000_000
#: Text that people write packs to a tenth, machine-made text to a fiftieth; a bomb packs to a thousandth.
MOST_SWOLLEN = 200
ALWAYS_ALLOWED = 10_000_000

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class BrokenOff(ValueError):
    """The bytes cannot be read any further; the message says why."""


def chunks(read: Callable[[int], bytes], length: int | None) -> Iterator[bytes]:
    """A body in pieces. `length`: what it says of itself, or None. Raises BrokenOff where there is less."""
    got = 0
    while piece := read(CHUNK):
        got += len(piece)
        yield piece
    if length is not None and got < length:
        raise BrokenOff(f"The body broke off: {got:,} of {length:,} bytes arrived.")


def inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    """What was packed with gzip, in pieces of a bounded size. Raises BrokenOff for a bomb and for what is no gzip."""
    unpacker, read, written = zlib.decompressobj(wbits=31), 0, 0
    for piece in packed:
        read += len(piece)
        while piece:
            if unpacker.eof:  # several files that were packed one by one and joined are one file
                unpacker = zlib.decompressobj(wbits=31)
            try:
                plain = unpacker.decompress(piece, CHUNK)
            except zlib.error:
                raise BrokenOff("The body is not gzip, or damaged.") from None
            written += len(plain)
            if written > max(ALWAYS_ALLOWED, MOST_SWOLLEN * read):
                raise BrokenOff(f"The body swells to more than {MOST_SWOLLEN} times its size. Send it unpacked.")
            if plain:
                yield plain
            piece = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if read and not unpacker.eof:
        raise BrokenOff("The gzip stream ends in the middle.")


def lines(pieces: Iterable[bytes]) -> Iterator[bytes | None]:
    """The lines without their ends; None for one that is too long, of which no more than that is kept in memory."""
    rest, overlong = b"", False
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield None if overlong or len(line) > LONGEST_LINE else line
            overlong = False
        if len(rest) > LONGEST_LINE:
            rest, overlong = b"", True
    if overlong:
        yield None
    elif rest:
        yield rest


def records(found: Iterable[bytes | None], shape: Serializer) -> Iterator[Record]:
    """One record a line, with its number from 1; a line that is none comes as its error. Blank lines are passed over.

    Raises BrokenOff for UTF-16 and UTF-32, of which no line could be read.
    """
    for number, line in enumerate(found, 1):
        if number == 1 and line is not None:
            line = _without_mark(line)
        if line is None:
            say = f"The line is longer than {LONGEST_LINE:,} bytes. One whole object a line, each ended by a newline."
            yield Record(RecordError([FieldError("", "length", say)]), "", number)
        elif line.strip():
            yield Record(_read(line, shape), "", number)


def _without_mark(line: bytes) -> bytes:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in line[:4]:
        raise BrokenOff("The body is UTF-16 or UTF-32. Send it as UTF-8.")
    return line.removeprefix(_BYTE_ORDER_MARK)


def _read(line: bytes, shape: Serializer) -> Mapping[str, Any] | RecordError:
    try:
        record = parse_json(line, what="The line")
        if not isinstance(record, dict):
            return RecordError([FieldError("", "type", "A line holds one JSON object.")])
        return record_read(record, shape)
    except ParseError as error:
        return RecordError([FieldError("", "format", str(error.detail))])
    except Problem as problem:
        return RecordError(
            [FieldError(fault.pointer[1:].replace("/", ".", 1), fault.code, fault.detail) for fault in problem.faults]
        )
