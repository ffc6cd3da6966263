from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

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
        _declare_stores()


def _declare_stores() -> None:
    """What lies with the recommender answers privacy requests, too. All that serves is imported at the first one."""
    from behaviour.stores import Store, stores_register

    names = {
        "models": _("Trained models"),
        "texts": _("Item texts and vectors"),
        "findings": _("Findings of the linter"),
        "caches": _("Caches"),
    }
    for slug, name in names.items():
        answer = _later("recommender.services.receipts", f"{slug}_answer")
        stores_register(Store(slug, name, answer, _later("recommender.admin.receipt_words", f"{slug}_said")))


def _later(module: str, name: str) -> Callable[..., Any]:
    return lambda *arguments: getattr(import_module(module), name)(*arguments)


def _audit(changes: Sequence[Change]) -> None:
    from .services.audit import audit_record_all  # with it comes all that serves

    audit_record_all(changes)
