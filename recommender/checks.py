"""System checks: what an operator should know before the site serves."""

from django.core.checks import Tags, Warning, register
from django.db import DatabaseError

from . import registry


@register("recommender")
def plugins_load(app_configs, **kwargs) -> list[Warning]:
    return [Warning(problem, id="recommender.W001") for problem in registry.problems()]


@register("recommender", Tags.database)
def storefronts_have_their_vertical(app_configs, databases=None, **kwargs) -> list[Warning]:
    """A storefront whose plugin has gone missing answers 404 and says so here; nothing else breaks."""
    from catalog.models import Storefront

    try:
        missing = list(Storefront.objects.exclude(vertical__in=registry.verticals()).values_list("slug", "vertical"))
    except DatabaseError:  # not migrated yet
        return []
    return [
        Warning(
            f"Storefront {slug!r} is off: its vertical {vertical!r} is not installed.",
            hint="Install the plugin again, or give the storefront another vertical.",
            id="recommender.W002",
        )
        for slug, vertical in missing
    ]
