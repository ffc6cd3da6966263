"""Who was erased stays erased: files from before do not bring anybody back.

What is kept is no name but a keyed hash of the id, under a key that is not in the database. Whoever comes again
themself is free to: what a site records as it happens, and a person who is written by name, are not looked up here.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from behaviour.models import ErasedPerson, Person
from catalog.models import Storefront

_DIGESTS_A_QUERY = 900  # see directory.py


def erasure_note(*, person: Person) -> ErasedPerson:
    """Write down that the person is erased now. Call it in the transaction that does so."""
    row, _created = ErasedPerson.objects.update_or_create(
        storefront_id=person.storefront_id,
        digest=erased_digest(person.storefront_id, person.external_id),
        defaults={"erased_at": timezone.now()},
    )
    return row


def erased_among(storefront: Storefront, external_ids: Iterable[str]) -> Mapping[str, datetime]:
    """Of these ids those that were erased, and when. One query where nobody was."""
    rows = ErasedPerson.objects.filter(storefront=storefront)
    if not rows.exists():
        return {}
    by_digest = {erased_digest(storefront.pk, external_id): external_id for external_id in external_ids}
    digests, found = list(by_digest), {}
    for start in range(0, len(digests), _DIGESTS_A_QUERY):
        known = rows.filter(digest__in=digests[start : start + _DIGESTS_A_QUERY])
        found |= {by_digest[digest]: at for digest, at in known.values_list("digest", "erased_at")}
    return found


def erased_digest(storefront_id: int, external_id: str) -> str:
    """All that is kept of an id. The same id in two storefronts gives two of them."""
    said = f"kindred.erased\0{storefront_id}\0{external_id}"
    return hmac.digest(settings.API_KEY_PEPPER.encode(), said.encode(), "sha256").hex()
