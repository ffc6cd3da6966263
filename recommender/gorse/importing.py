"""Gorse's dumps and configuration, into a storefront."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from behaviour.kinds import Kind, kinds_for
from catalog.models import Storefront

from .bulk import CHUNK, rows_of
from .feedback import feedback_record
from .items import upsert as item_upsert
from .kinds import SETTING, TYPES, USUAL, mapping_of
from .refusals import each_taken
from .users import users_load

WHAT = ("users", "items", "feedback")
#: "star>=3" is the type star: from which value on it speaks for an item is the vertical's to say.
_NAME = re.compile(r"\s*([^<>=\s]+)")


def dump_import(storefront: Storefront, what: str, path: Path, progress: Callable[[int], None]) -> tuple[int, int]:
    """One file of JSON lines, all or none. Returns how many rows were taken, and how many left out: of users who were
    erased. Raises a Problem that names the line."""
    total = taken = 0
    with path.open("rb") as lines, transaction.atomic():
        for chunk in _chunks(rows_of(lines)):
            if what == "feedback":
                taken += feedback_record(storefront, chunk, add=False, from_files=True)
            elif what == "users":
                taken += users_load(storefront, chunk, first=total + 1)
            else:
                taken += each_taken(chunk, partial(item_upsert, storefront), first=total + 1)
            total += len(chunk)
            progress(total)
    return taken, total - taken


def types_of(config: Path) -> dict[str, list[str]]:
    """The feedback types of a Gorse configuration (TOML): "positive", "negative" and "read", each a list of names.

    Raises ValueError for a file that is no TOML.
    """
    try:
        source = tomllib.loads(config.read_text(encoding="utf-8")).get("recommend", {}).get("data_source", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{config} is no TOML file: {error}") from None
    return {
        what: [found[1] for entry in source.get(f"{what}_feedback_types", []) if (found := _NAME.match(str(entry)))]
        for what in ("positive", "negative", "read")
    }


def types_map(storefront: Storefront, types: Mapping[str, list[str]]) -> dict[str, str]:
    """Write what each type means into the storefront's settings, and return it. What an operator said stays.

    A type is the kind of its name or of its usual meaning; else the kind that says most of what Gorse knows about it:
    that it is positive, negative, or only read.
    """
    kinds = kinds_for(storefront.vertical)
    mapped = dict(mapping_of(storefront))
    for what, names in types.items():
        for name in names:
            if name in mapped:
                continue
            usual = next((one for one in (name, *USUAL.get(name.lower(), ())) if one in kinds), None)
            mapped[name] = usual or _standing_for(kinds, what)
    own = storefront.settings.get(SETTING)
    settings = {**(own if isinstance(own, dict) else {}), TYPES: mapped}
    storefront.settings = {**storefront.settings, SETTING: settings}
    storefront.save(update_fields=["settings"])
    return mapped


def _standing_for(kinds: Mapping[str, Kind], what: str) -> str:
    """The strongest kind without a value of its own that is positive or negative; the weakest positive for "read"."""
    polarity = "negative" if what == "negative" else "positive"
    fitting = [
        kind
        for kind in kinds.values()
        if kind.polarity == polarity and kind.neutral_value is None and kind.needs_item and not kind.hides
    ]
    choose = min if what == "read" else max
    return choose(fitting, key=lambda kind: kind.weight).name


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
