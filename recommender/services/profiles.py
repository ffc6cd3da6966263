"""What a person seems to like, in words of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from behaviour.kinds import MORE
from behaviour.models import Person
from catalog.models import Storefront
from catalog.schema import schema_for

from .. import selectors, serving
from ..contracts import Vertical
from ..language.wishes_vocabulary import label_fields
from .answers import ServiceError, installed_vertical
from .questions import history_for, keywords_of

MOST = 6
SUPPORT = 2  # items of the person's that a word must be true of: one is no taste
PICKED = 3.0  # times what it would weigh, for the kind of thing that somebody picked: it is what they told us
CATEGORY = "category"
NAMED = 3  # in the sentence


@dataclass(frozen=True)
class InterestProfile:
    """`keywords`, the most telling first; `sentence` is made of the first few, and empty where there are none."""

    keywords: tuple[str, ...] = ()
    sentence: str = ""


def profile_of(*, storefront: Storefront, person: Person, language: str = "en") -> InterestProfile:
    """Empty where the person does not allow personalisation. Raises ServiceError for one of another storefront."""
    vertical = installed_vertical(storefront)
    if person.storefront_id != storefront.pk:
        raise ServiceError("The person must belong to the storefront.")
    if not selectors.personalised(storefront, person):
        return InterestProfile()
    telling = _telling(storefront, vertical, person, language)
    # What a writer foresees is no liking yet: of its words, those that several of the person's own items bear out.
    borne_out = {word.casefold() for word in telling}
    written = [word for word, _score in keywords_of(person, vertical) if word.casefold() in borne_out]
    keywords = _unlike([*written, *telling])[:MOST]
    if not keywords:
        return InterestProfile()
    with override(language):
        between = pgettext("between entries", ", ")
        sentence = _("You seem to like: %(keywords)s.") % {"keywords": between.join(keywords[:NAMED])}
    return InterestProfile(tuple(keywords), sentence)


def _telling(storefront: Storefront, vertical: Vertical, person: Person, language: str) -> list[str]:
    """Labels by Σ strength of the person's items that carry them × ln(N / items that do): theirs, not everybody's."""
    catalogue = serving.live(storefront).catalogue
    history = history_for(storefront, person)
    past = [
        (catalogue.row_of[pk], value)
        for pk, value in zip(history.items, history.values, strict=True)
        if pk in catalogue.row_of and not vertical.is_sensitive(catalogue.items.categories[catalogue.row_of[pk]])
    ]
    picked = {catalogue.row_of[pk] for pk, kind in history.kinds.items() if kind == MORE and pk in catalogue.row_of}
    vocabulary = serving.live(storefront).vocabulary(storefront)
    fields = {field.name: field for field in schema_for(storefront.vertical)}
    weight: dict[tuple[str, str], float] = {}
    items: dict[tuple[str, str], int] = {}
    for name in label_fields(fields.values()):
        # Who wrote something is an id; where its name is known, that is a label of its own.
        if name == vertical.author or (name in fields and (fields[name].type == "boolean" or not fields[name].telling)):
            continue
        column = catalogue.columns.labels(name)
        for row, value in past:
            # One item is no taste, but what was picked outright says of which kind it is.
            own = catalogue.items.categories[row][-1:] if row in picked and name == CATEGORY else ()
            for label in set(column[row]):
                weight[name, label] = weight.get((name, label), 0.0) + value * (PICKED if label in own else 1.0)
                items[name, label] = items.get((name, label), 0) + (SUPPORT if label in own else 1)
    telling = {
        key: strength * np.log(len(catalogue) / vocabulary.counts[key])
        for key, strength in weight.items()
        if items[key] >= SUPPORT and key in vocabulary.counts
    }
    best = sorted((key for key in telling if telling[key] > 0), key=lambda key: (-telling[key], key))
    return [fields[name].choice_label(label, language) if name in fields else label for name, label in best]


def _unlike(words: list[str]) -> list[str]:
    """Each word once, where and in whatever case it came first."""
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.casefold(), word)
    return list(first.values())
