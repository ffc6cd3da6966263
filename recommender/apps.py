from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from catalog.auditing import Change


class RecommenderConfig(AppConfig):
    name = "recommender"
    verbose_name = _("Recommendations")

    def ready(self) -> None:
        from catalog.auditing import audit_into
        from catalog.changes import on_items_changed

        from . import checks, registry  # noqa: F401  (importing checks registers them)
        from .tasks import items_changed

        registry.push_down()
        on_items_changed(items_changed)
        audit_into(_audit)


def _audit(changes: Sequence[Change]) -> None:
    from .services.audit import audit_record_all  # with it comes all that serves

    audit_record_all(changes)
