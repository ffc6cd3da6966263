"""That somebody was erased is also kept beside the database, for a backup of the database is from before.

`VAR_DIR/erased.jsonl` only ever grows: a line an erasure, with the keyed hash and the time, and nothing of the
person. After a restore the sweep finds lines that the database does not know, and erases those people again.
"""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from behaviour.models import ErasedPerson, Person, PrivacyRequest
from catalog.models import Storefront

from .erasures import erased_digest

logger = logging.getLogger(__name__)

FILE = "erased.jsonl"

#: (storefront, digest) → when that was erased last.
Tombstones = dict[tuple[int, str], datetime]


def tombstones_keep(rows: Iterable[ErasedPerson]) -> None:
    """Write them into the file as soon as they are committed: one that was rolled back must never erase anybody."""
    lines = [
        json.dumps({"storefront": row.storefront_id, "digest": row.digest, "erased_at": row.erased_at.isoformat()})
        for row in rows
    ]
    if lines:
        # What a process that dies here does not write, the sweep does: the database knows it.
        transaction.on_commit(lambda: _append(lines), robust=True)


def erasures_repeat() -> int:
    """Bring the file and the database to know the same. Returns how many people were erased again.

    A line that the database does not know means that it was restored from a backup. Whoever is in it under that id,
    and has been since before the line was written, is erased; who came back themself since is not.
    """
    told, known = _read(), _known()
    for_the_file = [key for key, at in known.items() if key not in told or told[key] < at]
    storefronts = set(Storefront.objects.values_list("pk", flat=True))
    lost = {key: at for key, at in told.items() if key[0] in storefronts and (key not in known or known[key] < at)}
    by_storefront: dict[int, dict[str, datetime]] = defaultdict(dict)
    for (storefront, digest), at in lost.items():
        by_storefront[storefront][digest] = at
    erased = sum(_erase_again(storefront, digests) for storefront, digests in by_storefront.items())
    tombstones_keep(ErasedPerson(storefront_id=s, digest=d, erased_at=known[s, d]) for s, d in for_the_file)
    return erased


def _erase_again(storefront: int, digests: dict[str, datetime]) -> int:
    """Everybody first and their tombstones last: what is interrupted begins anew at the next sweep."""
    from .requests import person_erase  # which keeps tombstones itself

    rows = Person.objects.filter(storefront=storefront, created_at__lte=max(digests.values())).order_by("pk")
    found = [
        pk
        for pk, external_id, created_at in rows.values_list("pk", "external_id", "created_at").iterator()
        if (at := digests.get(erased_digest(storefront, external_id))) is not None and created_at <= at
    ]
    for pk in found:
        person_erase(person=Person(pk=pk, storefront_id=storefront), came=PrivacyRequest.Came.RESTORE)
    with transaction.atomic():
        for digest, at in digests.items():
            row, created = ErasedPerson.objects.get_or_create(
                storefront_id=storefront, digest=digest, defaults={"erased_at": at}
            )
            if not created and row.erased_at < at:
                ErasedPerson.objects.filter(pk=row.pk).update(erased_at=at)
    return len(found)


def _known() -> Tombstones:
    rows = ErasedPerson.objects.order_by().values_list("storefront_id", "digest", "erased_at")
    return {(storefront, digest): at for storefront, digest, at in rows}


def _read() -> Tombstones:
    """What the file says; a line that a crash cut short is passed over, for the database knows it."""
    found: Tombstones = {}
    try:
        lines = _path().read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return found
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            row = json.loads(line)
            key, at = (int(row["storefront"]), str(row["digest"])), datetime.fromisoformat(row["erased_at"])
        except (ValueError, KeyError, TypeError):
            logger.warning("Line %s of %s cannot be read and is passed over.", number, _path())
            continue
        found[key] = max(at, found.get(key, at))
    return found


def _append(lines: list[str]) -> None:
    """One write, so that two processes do not mix their lines, and on disk before anybody is told that it is done."""
    descriptor = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, ("\n" + "\n".join(lines) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path() -> Path:
    return settings.VAR_DIR / FILE
