"""UCI Online Retail (I and II): one row an invoice line, as csv, xlsx or parquet.

Cleaned as is usual for this set, which leaves 4,339 customers and 3,665 stock codes: rows without a customer go,
and so do cancellations. A few of those codes are no products but charges (postage, bank charges, manual entries):
they are kept as withdrawn items, which are never recommended, and their lines are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.services import Record, RecordError

from .dataset import Dataset, DatasetError, Format, Options, mapped
from .invoice_lines import Line, invoice_lines

#: Products have five digits first, or are one of these; all other codes are charges.
_PRODUCT = re.compile(r"\d{5}|PADS$|DCGS|gift_")
_NO_WORDS = re.compile(r"[\W\d]*")


@dataclass
class _Product:
    titles: Counter[str] = field(default_factory=Counter)
    prices: Counter[int] = field(default_factory=Counter)
    file: str = ""
    line: int = 0


def read(path: Path, options: Options) -> Dataset:
    """The file is read twice: once for what was sold and who bought, once for the lines themselves."""
    file = _file(path)
    purchase = options.choose_kind(["purchase", "like", "view"])
    sent_back = options.find_kind(["return"], 1.0)
    products: dict[str, _Product] = {}
    customers: dict[str, Record] = {}
    dataset = Dataset(notes=["Charges such as postage become withdrawn items, which are never recommended."])

    def items() -> Iterator[Record]:
        _collect(invoice_lines(file, options), products, customers, options)
        for code, product in products.items():
            yield Record(_item(code, product), product.file, product.line)

    def persons() -> Iterator[Record]:
        yield from customers.values()

    def behaviour(line: Line) -> dict[str, Any] | None:
        reason = _reason_to_skip(line, products, customers, sent_back)
        if reason:
            dataset.skipped[reason] += 1
            return None
        return _behaviour(line, sent_back if line.cancelled else purchase)

    dataset.items, dataset.persons = items(), persons()
    dataset.behaviours = mapped(invoice_lines(file, options), behaviour)
    return dataset


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    found = [file for pattern in ("*.parquet", "*.xlsx", "*.csv", "*.csv.gz") for file in sorted(path.glob(pattern))]
    if len(found) != 1:
        raise DatasetError(f"{path} holds {len(found)} files of type csv, xlsx or parquet. Name the one to read.")
    return found[0]


def _collect(rows: Iterator[Record], products: dict, customers: dict, options: Options) -> None:
    """Rows that cannot be read are reported when they come by as behaviours."""
    for record in rows:
        if isinstance(record.values, RecordError):
            continue
        line: Line = record.values
        if not line.customer or line.cancelled or line.quantity == 0:
            continue
        product = products.setdefault(line.code, _Product(file=record.file, line=record.line))
        product.titles[line.description] += 1
        product.prices[line.price] += 1
        if line.customer not in customers:
            attributes = options.person_attributes({"country": line.country})
            person = {"external_id": line.customer, "attributes": attributes}
            customers[line.customer] = Record(person, record.file, record.line)


def _item(code: str, product: _Product) -> dict[str, Any]:
    titles = [title for title, _ in product.titles.most_common() if not _NO_WORDS.fullmatch(title)]
    prices = [price for price, _ in product.prices.most_common() if price > 0]
    priced = {"price": prices[0], "currency": "GBP"} if prices else {}
    return {
        "external_id": code,
        # The file shouts.
        "title": (titles[0].capitalize() if titles else f"Product {code}"),
        "language": "en",
        "withdrawn": not _PRODUCT.match(code),
        **priced,
    }


def _reason_to_skip(line: Line, products: Mapping, customers: Mapping, sent_back: str) -> str:
    if not line.customer:
        return "no customer"
    if not _PRODUCT.match(line.code):
        return "a charge, not a product"
    if not line.cancelled:
        return "nothing was sold" if line.quantity == 0 else ""
    if not sent_back:
        return "sent back or cancelled: this vertical has no kind return"
    if line.customer not in customers or line.code not in products:
        return "sent back, but never bought in this file"
    return ""


def _behaviour(line: Line, kind: str) -> dict[str, Any]:
    # No event id: an invoice may list a product twice. The content makes the id.
    return {
        "person": line.customer,
        "item": line.code,
        "kind": kind,
        "value": float(abs(line.quantity)),
        "occurred_at": line.moment,
        "context": {"invoice": line.invoice},
    }


FORMAT = Format("online-retail", "UCI Online Retail: one row an invoice line; csv, xlsx or parquet", read)
