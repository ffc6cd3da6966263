"""What the lists of one batch share, so that each does not ask and write for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.models import Item, Storefront

from ..models import Recommendation


@dataclass
class Together:
    """`looked_up`: primary key → the item, or None where it may not be shown. `rows` wait to be written down."""

    looked_up: dict[int, Item | None] = field(default_factory=dict)
    rows: list[Recommendation] = field(default_factory=list)

    def available(self, storefront: Storefront, pks: Sequence[int]) -> dict[int, Item]:
        """Those that may be shown. Lists of one batch name much the same items: each is asked for once."""
        if new := [pk for pk in pks if pk not in self.looked_up]:
            found = Item.objects.filter(storefront=storefront).available().in_bulk(new)
            self.looked_up |= {pk: found.get(pk) for pk in new}
        return {pk: item for pk in pks if (item := self.looked_up[pk]) is not None}

    def write(self) -> None:
        Recommendation.objects.bulk_create(self.rows)
        self.rows = []
