"""The parts of explanations in words that belong to this process: what is kept, and sentences without a reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.models import Storefront

from .. import serving
from ..contracts import Vertical
from ..explaining import Checker, Lexicon
from ..language.phrases import language_code
from ..models import GeneratedText

TEMPLATES_REFRESH = 60.0  # seconds between looks at what a voice has worded

_checkers: dict[tuple[str, str], tuple[Vertical, Checker]] = {}
_checkers_lock = threading.Lock()
# Beside the storefront's state in this process, and forgotten with it.
_templates: WeakKeyDictionary[serving.LiveStorefront, dict[str, tuple[float, Mapping[str, str]]]] = WeakKeyDictionary()


def checker_for(vertical: Vertical, language: str) -> Checker:
    """Kept, for it takes some milliseconds to make one."""
    place = (vertical.slug, language_code(language))
    with _checkers_lock:
        known = _checkers.get(place)
        if known is None or known[0] is not vertical:
            known = _checkers[place] = (vertical, Checker(Lexicon.of(vertical, language)))
    return known[1]


def worded_templates(live: serving.LiveStorefront, storefront: Storefront, language: str) -> Mapping[str, str]:
    """Template key → what a voice has made of it, at most TEMPLATES_REFRESH seconds old."""
    known = _templates.setdefault(live, {})
    read_at, templates = known.get(language, (float("-inf"), {}))
    if time.monotonic() - read_at > TEMPLATES_REFRESH:
        rows = GeneratedText.objects.filter(
            storefront=storefront, kind=GeneratedText.Kind.EXPLANATION, language=language
        )
        templates = dict(rows.values_list("key", "text"))
        known[language] = (time.monotonic(), templates)
    return templates


def general_sentence(
    vertical: Vertical, language: str, *, known: bool, liked: bool = False, fresh: bool = False
) -> str:
    """For an item that no single event explains. `known`: whether any event went into it.

    `liked`: whether many people did something with it that speaks for it. `fresh`: whether no model knows it yet.
    """
    with override(language):
        if known:
            return _("This fits what you did here as a whole; no single thing stands out.")
        if fresh:
            return _("It is new here: a few places are kept for what is new. Nothing about you was used.")
        if vertical.popularity and liked:
            return _("Many people here like this. Nothing about you was used.")
        return _("It stands here for everybody alike. Nothing about you was used.")
