"""Files as lines and rows, each with its place: compressed or not, in bounded memory, however broken."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .dataset import DatasetError

MAX_LINE = 1_000_000
#: Text that people write packs to a tenth, machine-made text to a fiftieth; a bomb packs to a thousandth.
MAX_GZIP_RATIO = 200
_ALWAYS_ALLOWED = 10_000_000

_UNDECODED = re.compile(r"[\udc80-\udcff]")


class _Unzipped(io.RawIOBase):
    """A gzip stream that stops when it swells beyond MAX_GZIP_RATIO."""

    def __init__(self, path: Path):
        self._path = path
        self._packed = path.open("rb")
        self._file = gzip.GzipFile(fileobj=self._packed)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            data = self._file.read(len(buffer))
        except (OSError, EOFError) as error:
            raise DatasetError(f"{self._path} is not a whole gzip file: {error}") from None
        self._size += len(data)
        if self._size > max(_ALWAYS_ALLOWED, MAX_GZIP_RATIO * self._packed.tell()):
            raise DatasetError(f"{self._path} swells to more than {MAX_GZIP_RATIO} times its size. Unpack it by hand.")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._packed.close()
        super().close()


def find(folder: Path, name: str) -> Path | None:
    """The file of that name in a folder, compressed or not."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def need(folder: Path, name: str, what: str) -> Path:
    """As `find`; raises DatasetError that says what the file is for."""
    if found := find(folder, name):
        return found
    there = ", ".join(sorted(path.name for path in folder.iterdir())[:10]) if folder.is_dir() else "not a folder"
    raise DatasetError(f"{folder} has no {name} ({what}). There is: {there or 'nothing'}.")


def open_bytes(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked. Raises DatasetError when it cannot be opened."""
    try:
        return io.BufferedReader(_Unzipped(path), 1 << 16) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise DatasetError(f"{path} cannot be opened: {error.strerror}.") from None


def open_text(path: Path, encoding: str = "") -> IO[str]:
    """The characters of a file. Bytes that are none in this encoding come as lone surrogates: see `undecoded`."""
    try:
        return io.TextIOWrapper(
            open_bytes(path), encoding=encoding or "utf-8-sig", errors="surrogateescape", newline=""
        )
    except LookupError:
        raise DatasetError(f"There is no encoding {encoding!r}. Use utf-8, latin-1, cp1252, utf-16…") from None


def undecoded(text: str, encoding: str = "") -> RecordError | None:
    """What to say about a text in which bytes could not be decoded."""
    if text.isascii() or not (found := _UNDECODED.search(text)):
        return None
    byte = ord(found[0]) - 0xDC00
    say = f"Byte 0x{byte:02X} is not {encoding or 'utf-8'}. Name the file's encoding, such as --encoding latin-1."
    return RecordError([FieldError("line", "encoding", say)])


def lines(path: Path, encoding: str = "") -> Iterator[tuple[int, str]]:
    """Numbered lines. Raises DatasetError for one that is too long to be a line."""
    with open_text(path, encoding) as file:
        for number, line in enumerate(iter(partial(file.readline, MAX_LINE + 1), ""), 1):
            if len(line) > MAX_LINE:
                raise DatasetError(f"{path}:{number} is longer than {MAX_LINE:,} characters. Is it this format?")
            yield number, line


def table(
    path: Path,
    *,
    columns: Sequence[str] = (),
    needs: Sequence[str] = (),
    delimiter: str = ",",
    encoding: str = "",
    quoted: bool = True,
) -> Iterator[Record]:
    """Rows as column → cell. Without `columns`, the first row names them; those in `needs` must be among them.

    A row that cannot be read comes as its error. Raises DatasetError for a header that does not fit.
    """
    numbers = lines(path, encoding)
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader((line for _, line in numbers), delimiter=delimiter, quoting=quoting)
    name = str(path)
    header = list(columns) or _header(reader, path, needs)
    start = reader.line_num
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(
                RecordError([FieldError("line", "format", f"Not a row of a table: {error}.")]), name, start + 1
            )
            start = reader.line_num
            continue
        start, line = reader.line_num, start + 1
        if not row:
            continue
        if len(row) != len(header):
            say = f"Expected {len(header)} columns, found {len(row)}."
            yield Record(RecordError([FieldError("line", "columns", say)]), name, line)
        else:
            yield Record(undecoded("".join(row), encoding) or dict(zip(header, row, strict=True)), name, line)


def _header(reader, path: Path, needs: Sequence[str]) -> list[str]:
    try:
        header = [cell.strip() for cell in next(reader, [])]
    except csv.Error as error:
        raise DatasetError(f"{path}:1 is not the header of a table: {error}.") from None
    if problem := undecoded("".join(header)):
        raise DatasetError(f"{path}:1 {problem.errors[0].message}")
    if twice := sorted({cell for cell in header if header.count(cell) > 1}):
        raise DatasetError(f"{path}:1 has the column {twice[0]!r} twice.")
    if missing := [column for column in needs if column not in header]:
        found = ", ".join(header)[:300] or "nothing"
        raise DatasetError(f"{path}:1 has no column {', '.join(missing)}. It has: {found}.")
    return header
