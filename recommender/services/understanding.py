"""What somebody's words come to here: the wish they carry on, its chips in words, and the token that takes it along."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.core import signing
from django.utils.translation import override

from catalog.models import Storefront
from catalog.money import money

from .. import serving
from ..language import wishes
from ..language.text import words as words_of
from ..language.wishes import Chip, Wish
from ..language.wishes_chips import values_of
from ..language.wishes_vocabulary import Vocabulary, english_name, key_of, parts_of
from ..models import Recommendation
from .answers import ServiceError
from .searches import LONGEST

NEAR = 0.6  # cosine from which a label stands in for words that nothing is called by: ocean → sea, pan → skillet
NOTHING_TO_REFINE = (
    "refine must be the id or the token of an answer that this storefront gave to words; ask anew without it."
)
EITHER = " / "  # between the names of a chip that any of several labels fits
MOST_ENCODED = 2  # such words cost a few milliseconds of the encoder each


def wish_before(storefront: Storefront, refine: str) -> tuple[Wish | None, dict[str, float]]:
    """The wish that an earlier answer carried, and the middle values of what it showed."""
    if not refine:
        return None, {}
    token = refine
    try:
        named = Recommendation.objects.filter(storefront=storefront, pk=uuid.UUID(refine)).first()
        token = named.context.get("wish", "") if named is not None else ""
    except ValueError:
        pass
    try:
        state = signing.loads(token, salt=_salt(storefront))
        return wishes.wish_from(state["wish"]), state["middle"]
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise ServiceError(NOTHING_TO_REFINE) from None


def wish_token(storefront: Storefront, wish: Wish, reference: Mapping[str, float]) -> str:
    return signing.dumps({"wish": wish.record(), "middle": dict(reference)}, salt=_salt(storefront), compress=True)


def chips_without(storefront: Storefront, token: str, place: int) -> list[dict[str, Any]]:
    """The parts of a wish but for one, ready to be sent back. Raises ServiceError for a token of elsewhere."""
    wish, _middle = wish_before(storefront, token)
    return [chip.record() for at, chip in enumerate(wish.chips) if at != place]


def _salt(storefront: Storefront) -> str:
    return f"kindred.wish:{storefront.pk}"


def wish_of(
    live: serving.LiveStorefront,
    vocabulary: Vocabulary,
    text: str,
    before: Wish | None,
    reference: Mapping[str, float],
    chips: Sequence[Mapping[str, Any]] | None,
    now: float,
) -> Wish:
    if len(text) > LONGEST:
        raise ServiceError(f"Say it in at most {LONGEST} characters, got {len(text):,}.")
    if not text.strip() and before is None and not chips:
        raise ServiceError("Say what you would like: text, chips or refine is needed.")
    given = None
    if chips is not None:
        try:
            given = tuple(wishes.chip_from(chip, vocabulary) for chip in chips[: wishes.MOST_CHIPS])
        except ValueError as error:
            raise ServiceError(f"chips: {error}") from None
        before = _kept(before, given) if before is not None else None
    wish = wishes.understand(text, vocabulary, before=before, reference=reference, now=now)
    if given is not None and before is None:
        return replace(wish, chips=given)
    if given is not None and not text.strip():
        return wish
    return replace(wish, chips=(*wish.chips, *_neighbours(live, wish, vocabulary)))


def _kept(before: Wish, given: tuple[Chip, ...]) -> Wish:
    """A wish without the parts that were taken back, and without their words: else these would go on finding them."""
    left = {_matter(chip) for chip in given}
    words, meaning = before.words, before.meaning
    for chip in before.chips:
        if chip.op in ("eq", "in") and not chip.negated and _matter(chip) not in left:
            for part in chip.text.split(EITHER):
                words, meaning = words.replace(part, " "), meaning.replace(part, " ")
    words = " ".join(words.split())
    return replace(before, chips=given, words=words, meaning=" ".join(meaning.split()) if words else "")


def _matter(chip: Chip) -> tuple:
    return chip.field, chip.op, tuple(sorted(values_of(chip)))


def _neighbours(live: serving.LiveStorefront, wish: Wish, vocabulary: Vocabulary) -> list[Chip]:
    """The label that means about the same, for words that are the name of nothing here."""
    known = {(chip.field, chip.value) for chip in wish.chips}
    found = []
    for words in wish.loose[:MOST_ENCODED]:
        for (name, value), cosine in live.labels_near(words, 1):
            if cosine >= NEAR and (name, value) not in known and (name, value) in vocabulary.counts:
                found.append(Chip(name, "eq", value, strict=False, text=words))
    return found


def topics_named(wish: Wish) -> frozenset[str]:
    """Categories that are asked for by name: not those that merely mean about what was said, or were refused."""
    named: set[str] = set()
    for chip in wish.chips:
        if chip.field == "category" and not chip.negated:
            said = set(words_of(chip.text))
            named.update(value for value in values_of(chip) if chip.strict or said.issuperset(words_of(value)))
    return frozenset(named)


def english_names(wish: Wish) -> str:
    """What is wished for by a Chinese name of a label, in English: an English catalogue has "coffee", and no 咖啡."""
    names = [english_name(part) for chip in _wished(wish) for part in chip.text.split(EITHER)]
    return " ".join(dict.fromkeys(name for name in names if name))


def all_named(wish: Wish) -> bool:
    """Whether nothing was wished for but what has a name here."""
    left = wish.words
    for chip in _wished(wish):
        for part in chip.text.split(EITHER):
            left = left.replace(part, " ") if english_name(part) else left
    return not left.strip()


def beside(wish: Wish, vocabulary: Vocabulary, catalogue) -> list[np.ndarray]:
    """(n,) bool each: what is the other half of a label of which one was named, as the teas where coffee was."""
    masks = []
    for chip in _wished(wish):
        said = {key_of(english_name(part) or part) for part in chip.text.split(EITHER)}
        halves = {half for value in values_of(chip) for half in parts_of(value)}
        others = (
            [vocabulary.labels[half] for half in halves - said if half in vocabulary.labels] if halves & said else []
        )
        masks += [catalogue.inside(one.values) for one in others if one.by == "name" and one.field == "category"]
    return masks


def values_wished(wish: Wish) -> list[str]:
    """The labels that are wished for, as an English catalogue writes them."""
    return [value for chip in _wished(wish) for value in sorted(values_of(chip)) if value.isascii()]


def labelled(wish: Wish, masks: Sequence[np.ndarray], size: int) -> np.ndarray:
    """(size,) bool: the items that carry a label which is wished for; `masks[i]` (size,) bool belongs to chip i."""
    wished = _wished(wish)
    own = (mask for chip, mask in zip(wish.chips, masks, strict=True) if chip in wished)
    return np.logical_or.reduce([np.zeros(size, dtype=bool), *own])


def _wished(wish: Wish) -> list[Chip]:
    return [chip for chip in wish.chips if chip.op in ("eq", "in") and not chip.negated]


def middle(columns, vocabulary: Vocabulary, rows: np.ndarray) -> dict[str, float]:
    """Field → the median of what is shown: what "shorter" and "cheaper" are shorter and cheaper than."""
    found = {}
    for number in vocabulary.numbers.values():
        values = columns.numbers(number.field)[rows]
        values = values[np.isfinite(values)]
        if len(values):
            found[number.field] = float(np.median(values))
    return found


def chip_shown(chip: Chip, vocabulary: Vocabulary, language: str) -> dict[str, Any]:
    return {
        "field": chip.field,
        "op": chip.op,
        "value": list(chip.value) if isinstance(chip.value, tuple) else chip.value,
        "label": chip_label(chip, vocabulary, language),
        "negated": chip.negated,
        "strict": chip.strict,
        "text": chip.text,
    }


def chip_label(chip: Chip, vocabulary: Vocabulary, language: str) -> str:
    with override(language):
        return wishes.label(chip, vocabulary, language, money)
