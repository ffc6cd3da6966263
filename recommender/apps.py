from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommenderConfig(AppConfig):
    name = "recommender"
    verbose_name = _("Recommendations")

    def ready(self) -> None:
        from catalog.changes import on_items_changed

        from . import checks, registry  # noqa: F401  (importing checks registers them)
        from .tasks import items_changed

        registry.push_down()
        on_items_changed(items_changed)
