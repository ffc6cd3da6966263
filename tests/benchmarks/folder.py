"""A folder with `sequences.txt` and `items.tsv` as interactions and items, whatever its columns are.

sequences.txt: a user id, then item ids, oldest first, separated by white space. items.tsv: a header, then
one item a line; the first column is the id, the others are looked at to see what they hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.data import Interactions, Items

_SEPARATORS = re.compile(r"\s*[,;|]\s*")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")


@dataclass(frozen=True)
class Column:
    """What one column holds: `facet` values that many items share, and `text` that is worth reading."""

    name: str
    facet: bool
    text: bool


def read_folder(folder: Path, limit: int | None = None) -> tuple[Interactions, Items, list[Column]]:
    """All items of both files; of the first `limit` users only, if given. Vectors are left to the caller.

    Raises FileNotFoundError or ValueError that names the file and the line.
    """
    histories = _read_sequences(folder / "sequences.txt", limit)
    header, table = _read_table(folder / "items.tsv")
    ids = list(dict.fromkeys([*table, *(item for history in histories for item in history)]))
    numbers = {item: number for number, item in enumerate(ids)}
    persons = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    chosen = [numbers[item] for history in histories for item in history]
    # The file has an order but no times: equal times keep that order.
    interactions = Interactions.build(
        persons, chosen, times=np.zeros(len(chosen)), n_persons=len(histories), n_items=len(ids)
    )
    columns = [
        describe(name, [row[place] for row in table.values()]) for place, name in enumerate(header) if name.strip()
    ]
    blank = [""] * len(header)
    rows = [table.get(item, blank) for item in ids]
    items = Items(
        ids=np.array(ids),
        texts=[
            ". ".join(value for value, column in zip(row, columns, strict=False) if column.text and value)
            for row in rows
        ],
        facets=[
            [
                f"{column.name}:{part}"
                for value, column in zip(row, columns, strict=False)
                if column.facet
                for part in parts(value)
            ]
            for row in rows
        ],
    )
    return interactions, items, columns


def describe(name: str, values: list[str]) -> Column:
    """Tell facets from text from identifiers by how values and words are shared between items.

    Facet: split at commas, semicolons and bars, values are short, and each is met twice or more on average.
    Text: has words that other items use too. Identifiers, links and bare numbers are no text.
    """
    filled = [value for value in values if value]
    if not filled:
        return Column(name, facet=False, text=False)
    pieces = [parts(value) for value in filled]
    all_pieces = [piece for own in pieces for piece in own]
    short = np.mean([len(piece.split()) for piece in all_pieces] or [0]) <= 5
    facet = bool(all_pieces) and len(all_pieces) >= 2 * len(set(all_pieces)) and bool(short)
    words = [set(_WORD.findall(value.lower())) for value in filled]
    counts: dict[str, int] = {}
    for own in words:
        for word in own:
            counts[word] = counts.get(word, 0) + 1
    shares_words = np.mean([any(counts[word] > 1 for word in own) for own in words]) > 0.5
    unreadable = np.mean([bool(_NUMBER.fullmatch(value)) or "://" in value for value in filled]) > 0.5
    return Column(name, facet=facet, text=bool(shares_words and not unreadable))


def parts(value: str) -> list[str]:
    """The entries of a list in a cell."""
    return [part for part in _SEPARATORS.split(value.strip()) if part]


def _read_sequences(path: Path, limit: int | None) -> list[list[str]]:
    histories = []
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for line in lines:
            if limit is not None and len(histories) == limit:
                break
            fields = line.split()
            if fields:
                histories.append(fields[1:])
    if not any(histories):
        raise ValueError(f"{path} holds no interactions: expected a user id and then item ids on each line.")
    return histories


def _read_table(path: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Names of the columns after the first, and each item's values; short lines are filled with nothing."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        header = next(lines, "").rstrip("\r\n").split("\t")
        width = len(header) - 1
        table = {}
        for line in lines:
            fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
            if fields[0]:
                table.setdefault(fields[0], [*fields[1:], *[""] * width][:width])
    return header[1:], table
