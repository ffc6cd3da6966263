"""Notices that survive a redirect, with the way to take back what they tell of."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from catalog.models import Item, Storefront


@dataclass(frozen=True)
class Flash:
    said: str
    event: str = ""
    undo_url: str = ""


def flash_tags(event_id: str, item: Item | None = None) -> str:
    """What a message must carry along for `flashes_of`: event ids have no spaces, item ids may.

    Without an item, it is a topic that was hidden.
    """
    return f"{event_id} {item.external_id if item else ''}" if event_id else ""


def flashes_of(request: HttpRequest, storefront: Storefront) -> list[Flash]:
    found = []
    for message in messages.get_messages(request):
        event, _space, external_id = (message.extra_tags or "").partition(" ")
        undo_url = ""
        if external_id:
            undo_url = reverse("storefront:undo", args=[storefront.slug, external_id])
        elif event:
            undo_url = reverse("storefront:topic_show", args=[storefront.slug])
        found.append(Flash(message.message, event, undo_url))
    return found
