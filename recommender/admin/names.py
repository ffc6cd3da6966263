"""What operators read in place of the slugs that rows hold. Whatever has lost its plugin is shown as its slug."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..models import Artifact

#: How an evaluation asks its questions.
PROTOCOL_NAMES = {
    "leave-one-out": _("Leave one out"),
    "global-time": _("Global time"),
    "random": _("Random"),
}

#: Lists that every storefront has, whatever places its vertical declares.
LISTS = {
    "popular": _("Popular now"),
    "new": _("Newest"),
    "category": _("Topic page"),
}


def algorithm_name(slug: str) -> str:
    found = registry.algorithms().get(slug)
    return say(found.name, _language()) if found else slug


def artifact_name(artifact: Artifact) -> str:
    return f"{algorithm_name(artifact.algorithm)} #{artifact.pk}"


def vertical_name(slug: str) -> str:
    found = registry.verticals().get(slug)
    return say(found.name, _language()) if found else slug


def placement_names(storefront: Storefront) -> dict[str, str]:
    """Slug → name of every place of the storefront where a list is served."""
    vertical = registry.verticals().get(storefront.vertical)
    places = vertical.placements if vertical else ()
    return {place.slug: say(place.name, _language()) for place in places} | {k: str(v) for k, v in LISTS.items()}


def placement_name(storefront: Storefront, slug: str) -> str:
    return placement_names(storefront).get(slug, slug)


def protocol_name(slug: str) -> str:
    return str(PROTOCOL_NAMES.get(slug, slug))


def _language() -> str:
    return get_language() or "en"
