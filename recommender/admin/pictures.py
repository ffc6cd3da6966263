"""An item's picture, or the cover that is drawn from it where it has none."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Item

from ..covers import cover_svg


def picture_of(item: Item) -> SafeString:
    """As storefronts draw it. The title is always real text beside it, so it is hidden from assistive technology."""
    if item.image:
        return format_html('<img src="{}" alt="" loading="lazy" referrerpolicy="no-referrer">', item.image)
    topic = str(item.categories[-1]) if item.categories else ""
    return mark_safe(cover_svg(item.storefront.vertical, topic, item.external_id))
