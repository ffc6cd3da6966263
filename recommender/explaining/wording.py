"""The sentences that explanations are made of: the vertical's reasons, what is shared, what would be missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from catalog.schema import Field, Words, say

from ..contracts import Vertical
from ..language.phrases import language_code
from .grounding import Checker
from .lexicon_words import reason_words
from .trace import CATEGORY, Deed, Facet, Thing, Trace

#: How a shared value is worded, by the name of its field; others are worded by their label.
SHARED: dict[str, Words] = {
    "directors": {"en": "also directed by {value}", "zh-hans": "同样由{value}执导"},
    "author": {"en": "also by {value}", "zh-hans": "作者同为{value}"},
    "authors": {"en": "also by {value}", "zh-hans": "作者同为{value}"},
    "artist": {"en": "also by {value}", "zh-hans": "同样来自{value}"},
    "brand": {"en": "also by {value}", "zh-hans": "品牌同为{value}"},
    "series": {"en": "also of the series {value}", "zh-hans": "同属系列{value}"},
    "publisher": {"en": "also from {value}", "zh-hans": "同样来自{value}"},
    "source": {"en": "also from {value}", "zh-hans": "同样来自{value}"},
    CATEGORY: {"en": "also in {value}", "zh-hans": "同属“{value}”"},
}
LABELLED: Words = {"en": "same {label}: {value}", "zh-hans": "{label}同为{value}"}

COUNTERFACTUAL: Words = {
    "en": "Without {titles}, this would not be in your list.",
    "zh-hans": "如果没有{titles}，它就不会出现在你的列表里。",
}

_SLOT = re.compile(r"\{([^{}]*)\}")
_ARTICLE_BEFORE_SLOT = re.compile(r"\b(the|a|an)\s+[“\"']?\{(title|item)\}", re.IGNORECASE)


def because(vertical: Vertical, kind: str, title: str, language: str, facet: Facet | None = None) -> str:
    """The vertical's words for one reason, with what is shared behind it; no full stop."""
    reason = _filled(say(reason_words(vertical, kind), language), title=title)
    if facet is None:
        return reason
    return f"{reason}{'，' if language_code(language) == 'zh' else ' – '}{shared_words(vertical, facet, language)}"


def shared_words(vertical: Vertical, facet: Facet, language: str) -> str:
    """Such as "also directed by Jane Campion"."""
    name, value = facet[0], facet_value(vertical, facet, language)
    field = _field(vertical, name)
    if name in SHARED:
        return _filled(say(SHARED[name], language), value=value)
    label = say(field.label, language) if field is not None and field.label else name.replace("_", " ")
    label = label if language_code(language) == "zh" else label[:1].lower() + label[1:]
    return _filled(say(LABELLED, language), label=label, value=value)


def facet_value(vertical: Vertical, facet: Facet, language: str) -> str:
    """A facet's value as people read it."""
    field = _field(vertical, facet[0])
    return field.choice_label(facet[1], language) if field is not None and field.choices else facet[1]


def telling_facets(vertical: Vertical, shared: frozenset[Facet], categories: Sequence[str]) -> list[Facet]:
    """Of what is shared, what says most first: makers and series, then the narrowest category, then the rest.

    `categories` are those of the recommended item, broad to narrow.
    """
    order = [field.name for field in vertical.item_schema]
    own = sorted((facet for facet in shared if facet[0] != CATEGORY), key=lambda f: (order.index(f[0]), f[1]))
    narrow = [(CATEGORY, value) for value in reversed(list(categories)) if (CATEGORY, value) in shared]
    strong = [facet for facet in own if facet[0] in SHARED]
    return [*strong, *narrow[:1], *(facet for facet in own if facet[0] not in SHARED)]


def counterfactual_sentence(titles: Sequence[str], language: str) -> str:
    """What would not be in the list without `titles`."""
    chinese = language_code(language) == "zh"
    joined = "和".join(f"“{title}”" for title in titles) if chinese else " and ".join(titles)
    return _filled(say(COUNTERFACTUAL, language), titles=joined)


def template_key(vertical: Vertical, kind: str, field: str = "") -> str:
    """The name of a worded sentence that anybody's titles can be put into: what was done, and what is shared."""
    return f"{vertical.slug}/{kind}/{field or 'nothing'}"


def template_keys(vertical: Vertical) -> Iterator[tuple[str, str, str]]:
    """(key, kind, field) of every sentence that a voice may word for a vertical."""
    fields = [
        field.name
        for field in vertical.item_schema
        if field.facet and not field.sensitive and field.type in ("text", "choice", "list")
    ]
    for kind in vertical.kinds:
        if kind.polarity == "positive" and not kind.hides:
            for field in ("", CATEGORY, *fields):
                yield template_key(vertical, kind.name, field), kind.name, field


def template_refusal(text: str, checker: Checker, kind: str, field: str = "") -> str:
    """Why a worded template may not be kept, or nothing.

    It has {title} once, {item} at most once, and {facet} once where something is shared. Filled with names that
    no catalogue has, it must be grounded, so that no other title can hide in its words.
    """
    slots = _SLOT.findall(text)
    wanted = {"title", "facet"} if field else {"title"}
    if len(slots) != len(set(slots)) or not wanted <= set(slots) <= wanted | {"item"} or "{" in _SLOT.sub("", text):
        return f"It needs the slots {', '.join(sorted(wanted))}, once each, and may have item."
    if _ARTICLE_BEFORE_SLOT.search(text):
        return "An article before a title could become a part of it."
    facets = frozenset({(field, "Facetqx")}) if field else frozenset()
    trace = Trace(Thing("Itemqx", facets), (Deed("Titleqx", facets, frozenset({kind})),))
    return checker.refusal(template_filled(text, title="Titleqx", item="Itemqx", facet="Facetqx"), trace)


def template_filled(text: str, *, title: str, item: str, facet: str = "") -> str:
    """A worded template as a sentence about one recommendation."""
    return _filled(text, title=title, item=item, facet=facet)


def _field(vertical: Vertical, name: str) -> Field | None:
    return next((field for field in vertical.item_schema if field.name == name), None)


def _filled(text: str, **slots: str) -> str:
    """In one pass: a title with braces in it is a title, not a template."""
    return _SLOT.sub(lambda match: slots.get(match[1], match[0]), text)
