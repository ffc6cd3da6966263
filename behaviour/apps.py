from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BehaviourConfig(AppConfig):
    name = "behaviour"
    verbose_name = _("People and behaviour")

    def ready(self) -> None:
        from .services.held import stores_declare

        stores_declare()
