"""What a storefront's pages call the things that it offers: films, products, posts."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma

from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..language.phrases import language_code


def noun(storefront: Storefront, language: str) -> str:
    """One of them: "film"."""
    return say(registry.vertical(storefront.vertical).item_noun, language)


def nouns(storefront: Storefront, language: str) -> str:
    """All of them, without a number: "films". Chinese has one form for one and for many."""
    one = noun(storefront, language)
    if language_code(language) == "zh":
        return one
    return say(registry.vertical(storefront.vertical).item_nouns or f"{one}s", language)


def counted(storefront: Storefront, number: int, language: str) -> str:
    """So many of them: "1 film", "1,681 films", "1,681 部影片"."""
    vertical = registry.vertical(storefront.vertical)
    if language_code(language) == "zh":
        words = say(vertical.item_nouns or f"个{noun(storefront, language)}", language)
    else:
        words = noun(storefront, language) if number == 1 else nouns(storefront, language)
    return f"{intcomma(number)} {words}"
