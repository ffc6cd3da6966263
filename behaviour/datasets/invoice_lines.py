"""The rows of UCI Online Retail, whatever the type of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .dataset import DatasetError, MissingPackage, Options, mapped
from .files import table

#: As the columns are called in Online Retail and, where that differs, in Online Retail II.
COLUMNS = {
    "InvoiceNo": "Invoice",
    "StockCode": "StockCode",
    "Description": "Description",
    "Quantity": "Quantity",
    "InvoiceDate": "InvoiceDate",
    "UnitPrice": "Price",
    "CustomerID": "Customer ID",
    "Country": "Country",
}
TIME_FORMATS = ("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")


class Line(NamedTuple):
    """One line of an invoice. `price` is in pence. `cancelled`: the goods went back, or never went out."""

    invoice: str
    code: str
    description: str
    quantity: int
    moment: datetime
    price: int
    customer: str
    country: str
    cancelled: bool


def invoice_lines(path: Path, options: Options) -> Iterator[Record]:
    """Records whose values are a `Line`, or the error."""
    readers = {".parquet": _parquet_rows, ".xlsx": _xlsx_rows}
    reader = readers.get(path.suffix.lower())
    rows = reader(path) if reader else table(path, delimiter=options.delimiter, encoding=options.encoding)
    return mapped(rows, LineReader(path, options))


class LineReader:
    """Call it with a row: the invoice line that it is. Raises RecordError that names the column."""

    def __init__(self, path: Path, options: Options):
        self._path = path
        given = options.time_format
        self._time_formats = TIME_FORMATS if given == "iso" else (given,)
        self._names: dict[str, str] = {}

    def __call__(self, row: Mapping[str, Any]) -> Line:
        if not self._names:
            self._names = _names(row, self._path)
        invoice = _text(self._cell(row, "InvoiceNo"))
        quantity = self._read(row, "Quantity", int, "a whole number")
        return Line(
            invoice=invoice,
            code=_text(self._cell(row, "StockCode")),
            description=" ".join(_text(self._cell(row, "Description")).split()),
            quantity=quantity,
            moment=self._read(row, "InvoiceDate", self._moment, "a time"),
            price=self._read(row, "UnitPrice", _pence, "a price"),
            customer=self._read(row, "CustomerID", _whole_text, "a whole number"),
            country=_text(self._cell(row, "Country")),
            cancelled=invoice.upper().startswith("C") or quantity < 0,
        )

    def _cell(self, row: Mapping[str, Any], column: str) -> Any:
        return row[self._names[column]]

    def _read(self, row: Mapping[str, Any], column: str, convert: Callable[[Any], Any], expected: str) -> Any:
        cell = self._cell(row, column)
        try:
            return convert(cell)
        except (ValueError, TypeError, OverflowError):
            raise RecordError([FieldError(column, "format", f"Expected {expected}, got {cell!a:.60}.")]) from None

    def _moment(self, value: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        for time_format in self._time_formats:
            try:
                return datetime.strptime(value, time_format)
            except ValueError:
                continue
        return datetime.fromisoformat(value)


def _names(row: Mapping[str, Any], path: Path) -> dict[str, str]:
    """Which name each column goes by in this file."""
    names = {name: name if name in row else other for name, other in COLUMNS.items()}
    if missing := [name for name, found in names.items() if found not in row]:
        raise DatasetError(f"{path} has no column {', '.join(missing)}. It has: {', '.join(map(str, row))[:300]}.")
    return names


def _pence(value: Any) -> int:
    return round(float(value) * 100)


def _text(value: Any) -> str:
    # pandas writes a missing text as the text "nan".
    return "" if value is None or value != value or value == "nan" else str(value).strip()


def _whole_text(value: Any) -> str:
    """17850.0 → "17850": a column with gaps is read as floating point."""
    text = _text(value)
    return str(int(float(text))) if text else ""


def _parquet_rows(path: Path) -> Iterator[Record]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise MissingPackage("Parquet files need the package pyarrow: pip install pyarrow.") from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        number = 0
        for batch in file.iter_batches(20_000):
            for row in batch.to_pylist():
                number += 1
                yield Record(row, str(path), number)
    except pyarrow.ArrowException as error:
        raise DatasetError(f"{path} is not a whole parquet file: {error}") from None


def _xlsx_rows(path: Path) -> Iterator[Record]:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise MissingPackage("Excel files need the package openpyxl: pip install openpyxl.") from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets through whatever zipfile and the XML parser raise
        raise DatasetError(f"{path} is not an Excel file: {error}") from None
    for sheet in book:
        rows = sheet.iter_rows(values_only=True)
        header = [_text(cell) for cell in next(rows, ())]
        for number, row in enumerate(rows, 2):
            yield Record(dict(zip(header, row, strict=False)), f"{path}[{sheet.title}]", number)
