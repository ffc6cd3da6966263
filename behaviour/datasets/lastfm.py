"""HetRec 2011 Last.fm: who listened to whom how often, and who is whose friend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.services import Record, RecordError

from .dataset import Dataset, Format, Options, mapped, number_in
from .files import need, table

#: The data were collected before May 2011; when somebody listened is not in them.
COLLECTED = datetime(2011, 5, 1, tzinfo=UTC)


def read(path: Path, options: Options) -> Dataset:
    tabs = {"delimiter": "\t", "quoted": False, "encoding": options.encoding}
    listening = need(path, "user_artists.dat", "how often who listened to whom")
    artists = table(need(path, "artists.dat", "the artists"), needs=["id", "name"], **tabs)
    friends = table(need(path, "user_friends.dat", "friends"), needs=["userID", "friendID"], **tabs)
    # Counts go into the hundred thousands: a kind whose value is a share or a number of stars does not take them.
    kind = options.choose_kind(["listen", "play", "watch", "view"], 1e6)

    def listens() -> Iterator[Record]:
        return table(listening, needs=["userID", "artistID", "weight"], **tabs)

    return Dataset(
        items=mapped(artists, lambda row: _item(row, options)),
        persons=_persons(listens()),
        behaviours=mapped(listens(), lambda row: _listening(row, kind)),
        relationships=mapped(friends, _friend),
        notes=[
            f"The files have no times: every {kind} is put on {COLLECTED:%Y-%m-%d}. The value of a {kind} is how often."
        ],
    )


def _persons(rows: Iterator[Record]) -> Iterator[Record]:
    """Each person once; a row that cannot be read is reported when it comes by as a behaviour."""
    known: set[str] = set()
    for row in rows:
        if not isinstance(row.values, RecordError) and (person := row.values["userID"]) not in known:
            known.add(person)
            yield Record({"external_id": person}, row.file, row.line)


def _item(row: Mapping[str, str], options: Options) -> dict[str, Any]:
    # The pictures' server is long gone, so their addresses stay out.
    attributes = options.item_attributes({"url": row.get("url")})
    return {"external_id": row["id"], "title": row["name"], "attributes": attributes}


def _listening(row: Mapping[str, str], kind: str) -> dict[str, Any]:
    return {
        "event_id": f"lastfm:{row['userID']}:{row['artistID']}",
        "person": row["userID"],
        "item": row["artistID"],
        "kind": kind,
        "value": number_in(row, "weight"),
        "occurred_at": COLLECTED,
    }


def _friend(row: Mapping[str, str]) -> dict[str, Any]:
    return {"source": row["userID"], "target": row["friendID"], "kind": "friend"}


FORMAT = Format("lastfm", "HetRec 2011 Last.fm: artists.dat, user_artists.dat, user_friends.dat", read)
