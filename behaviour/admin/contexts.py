"""The circumstances of an event or a list, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

NAMES = {
    "arm": gettext_lazy("arm of an experiment"),
    "device": gettext_lazy("device"),
    "dwell": gettext_lazy("dwell, seconds"),
    "locale": gettext_lazy("language"),
    "place": gettext_lazy("place"),
    "session": gettext_lazy("session"),
    "synthetic": gettext_lazy("synthetic, made by"),
}


def context_shown(context: Mapping[str, Any], *left_out: str) -> SafeString | str:
    """What clients send besides is called as they call it."""
    rows = [
        (capfirst(str(NAMES.get(name, name.replace("_", " ")))), value)
        for name, value in context.items()
        if name not in left_out
    ]
    if not rows:
        return "–"
    return format_html('<dl class="rx-terms">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))
