"""Exactly what a language model reads of an item or a person, token by token, for an operator's eye."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import registry, selectors
from ..language.preparation import detect_language, prepare, token_counter
from ..language.text import clean
from ..models import Artifact, LiveEncoder
from .answers import ServiceError, installed_vertical

TOKENIZER = "tokenizer.json"
MOST_TOKENS = 4096
UNSTATED = 256  # tokens that are read by a model that says nothing about it


@dataclass(frozen=True)
class Reader:
    """A model as far as its reading goes. `special`: whether the tokens that it adds itself count too."""

    name: str
    tokenizer: Any
    item_tokens: int
    history_tokens: int
    events: int
    special: bool


@dataclass(frozen=True)
class Piece:
    """A stretch of the text: a token, what lies between two, a token that the model adds, or what it never sees."""

    text: str
    kind: Literal["token", "gap", "special", "unread"]


@dataclass(frozen=True)
class TextPreview:
    """`text` is what the model reads; `pieces` are it and what was cut off its end."""

    text: str
    pieces: tuple[Piece, ...]
    tokens: int
    most: int
    unread_tokens: int
    events: int
    dropped_events: int
    language: str


def reader_for(storefront: Storefront, artifact: Artifact | None = None) -> Reader:
    """Of an artifact, or with none of the encoder that is live. Raises ServiceError where there is no tokenizer."""
    if artifact is not None and artifact.storefront_id != storefront.pk:
        raise ServiceError("The model must be one of the same storefront.")
    if artifact is None:
        live = LiveEncoder.objects.select_related("artifact").filter(storefront=storefront).first()
        if live is None:
            raise ServiceError(f"{storefront} has no live encoder yet; a worker makes one when items come in.")
        folder, name, source = live.folder, str(live), live.artifact
        stated = _json(folder / "encoder.json").get("max_length", UNSTATED)
    else:
        folder, name, source = artifact.path, str(artifact), artifact
        stated = _json(folder / "sentence_bert_config.json").get("max_seq_length", UNSTATED)
    config = source.manifest.get("config", {}) if source else {}
    product = source.product if source else Artifact.Product.ENCODER
    most = int(config.get("max_tokens") or config.get("block") or stated)
    return Reader(
        name=name,
        tokenizer=_tokenizer(folder),
        item_tokens=int(config.get("item_tokens") or (stated if product == Artifact.Product.ENCODER else most)),
        history_tokens=int(config.get("history_tokens") or most),
        events=int(config.get("events") or selectors.HISTORY),
        special=product != Artifact.Product.INTEREST,
    )


def item_preview(*, item: Item, reader: Reader, language: str = "", most: int | None = None) -> TextPreview:
    """Without a language, the item's own. Raises ServiceError where the vertical is gone."""
    vertical = installed_vertical(item.storefront)
    [text] = selectors.item_texts(vertical, [item], language)
    return _preview(reader, clean(text), _bounded(most, reader.item_tokens), events=0, dropped=0)


def person_preview(*, person: Person, reader: Reader, language: str = "", most: int | None = None) -> TextPreview:
    """The newest events that fit; nothing sensitive. Raises ServiceError for who does not allow personalisation."""
    storefront = person.storefront
    installed_vertical(storefront)
    if not selectors.personalised(storefront, person):
        raise ServiceError("This person does not allow personalisation: no model reads what they did.")
    vertical = registry.vertical(storefront.vertical)
    chosen = language or selectors.language_of(storefront)
    views = selectors.views_of(storefront, [person.pk], reader.events)[person.pk]
    limit = _bounded(most, reader.history_tokens)
    count = token_counter(reader.tokenizer, reader.special)
    ready = prepare(views, lambda events: vertical.history_text(events, chosen), count, limit)
    return _preview(reader, ready.text, limit, events=len(views), dropped=ready.dropped_events)


def _preview(reader: Reader, text: str, most: int, *, events: int, dropped: int) -> TextPreview:
    encoding = reader.tokenizer.encode(text, add_special_tokens=reader.special)
    added = sum(encoding.special_tokens_mask) if reader.special else 0
    room = max(most - added, 0)
    pieces, read, seen, end = [], 0, 0, 0
    told = zip(encoding.tokens, encoding.offsets, encoding.special_tokens_mask, strict=True)
    for token, (start, stop), special in told if text else ():
        if special and reader.special:
            pieces.append(Piece(token, "special"))
            continue
        seen += 1
        read = min(seen, room)
        if stop <= end:  # a part of a character that is shown already
            continue
        if start > end:
            pieces.append(Piece(text[end:start], "gap"))
        pieces.append(Piece(text[max(start, end) : stop], "token" if seen <= room else "unread"))
        end = stop
    cut = _cut(text, encoding.offsets, encoding.special_tokens_mask if reader.special else None, room)
    return TextPreview(
        text=text[:cut],
        pieces=tuple(pieces),
        tokens=(read + added) if text else 0,
        most=most,
        unread_tokens=max(seen - room, 0),
        events=events,
        dropped_events=dropped,
        language=detect_language(text),
    )


def _cut(text: str, offsets: Sequence[tuple[int, int]], special: Sequence[int] | None, room: int) -> int:
    """Where the last token that is read ends."""
    own = [stop for place, (_start, stop) in enumerate(offsets) if special is None or not special[place]]
    return len(text) if len(own) <= room else max(own[:room], default=0)


def _bounded(asked: int | None, own: int) -> int:
    return own if asked is None else min(max(asked, 1), MOST_TOKENS)


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    path = folder / TOKENIZER
    if not path.is_file():
        raise ServiceError("This model has no tokenizer here; a worker exports it with the model.")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
