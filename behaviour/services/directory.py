"""External ids and their primary keys: looked up a batch at a time, remembered in bounded memory."""

from __future__ import annotations

from django.db import models

# SQLite refuses statements with more variables than this in its oldest builds that Django supports.
_IDS_A_QUERY = 900


class Directory:
    """The primary keys of one storefront's rows of `model`, by external id."""

    def __init__(self, model: type[models.Model], storefront_id: int, limit: int = 50_000):
        self._rows = model._base_manager.filter(storefront_id=storefront_id)
        self._limit = limit
        self._known: dict[str, int] = {}

    def find(self, external_ids: set[str]) -> dict[str, int]:
        """A mapping that holds at least those of `external_ids` that exist."""
        if len(self._known) + len(external_ids) > self._limit:
            # Starting over is as good as forgetting the oldest one by one, and costs nothing on the way here.
            self._known.clear()
        missing = list(external_ids - self._known.keys())
        for start in range(0, len(missing), _IDS_A_QUERY):
            found = self._rows.filter(external_id__in=missing[start : start + _IDS_A_QUERY])
            self._known.update(found.values_list("external_id", "pk"))
        return self._known
