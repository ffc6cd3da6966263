"""Recommend from words: "something funny, not too long", alone or with a person's past, and follow-ups to it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from behaviour.models import Person
from catalog.models import Storefront

from .. import pipeline, selectors, serving
from ..contracts import Vertical
from ..data import Query, Ranking
from ..language import wishes
from ..language.text import cjk_share
from ..language.text import words as words_of
from ..language.wishes import Wish
from ..language.wishes_scores import WEIGHTS, fused
from ..language.wishes_vocabulary import Vocabulary
from .answers import SPARE, Served, ServiceError, Understood, checked_count, installed_vertical, serve
from .conditions import NO_CONDITIONS, Conditions
from .interest import second_stage
from .opinions import Opinion, opinion_of
from .pages import after
from .questions import history_for, query_for
from .refusals import without_topics
from .searches import DEPTH, STANDS_OUT, floor_of, likeness_of
from .steering import steering_for
from .understanding import (
    all_named,
    beside,
    chip_label,
    chip_shown,
    english_names,
    labelled,
    middle,
    topics_named,
    values_wished,
    wish_before,
    wish_of,
    wish_token,
)

MOST_ENCODED = 2  # refused meanings; each costs a few milliseconds of the encoder
BOUNDS = ("lte", "gte", "between")
TITLES = 20  # best matches by words whose titles are looked at: who names a title wants that item


@dataclass(frozen=True)
class Signals:
    """What the words alone say of each of the n items."""

    by_words: Ranking
    likeness: np.ndarray | None  # (n,) cosine with the meaning
    near: np.ndarray  # (n,) bool: close to the meaning
    named_words: Ranking  # by the English names of what was said in Chinese
    refused: tuple[np.ndarray, ...]
    named: np.ndarray  # rows of items whose title was named


def recommend_from_words(
    *,
    storefront: Storefront,
    text: str = "",
    refine: str = "",
    chips: Sequence[Mapping[str, Any]] | None = None,
    person: Person | None = None,
    placement: str = "home",
    count: int | None = None,
    least: int | None = None,
    session: Iterable[int] = (),
    exclude: Iterable[int] = (),
    category: str = "",
    context: Mapping[str, str] | None = None,
    language: str = "en",
    reasons: bool = False,
    record: bool = True,
    searching: bool = False,
    conditions: Conditions = NO_CONDITIONS,
    diversity: float | None = None,
    pages: bool = False,
) -> Served:
    """A list for what somebody said; `served.wish` is what was understood.

    `refine`: the id of an earlier answer, or its token: the text then changes that wish. `chips`: what is understood
    already, as an answer showed it; parts that are left out are taken back. Demands that leave fewer than `least`
    items (else `count`) give way, and are named. `searching`: only what the words find, seen items included. A topic
    that the person has hidden stays out unless it is named, itself or the title of an item in it.
    `conditions`, `diversity` and `pages` are as in `recommend`; what a filter demands never gives way.
    Raises ServiceError.
    """
    asked = time.perf_counter()
    vertical = installed_vertical(storefront)
    try:
        place = vertical.placement(placement)
    except LookupError as error:
        raise ServiceError(str(error)) from None
    count = checked_count(place.count if count is None else count)
    live = serving.live(storefront)
    catalogue = live.catalogue
    history = history_for(storefront, person, session)
    refused = selectors.refusals_of(storefront, person)
    if searching:
        history = replace(history, seen=frozenset(refused.items))
    query = query_for(catalogue, history, person, exclude, context, language, vertical)
    vocabulary = live.vocabulary(storefront)
    before, reference = wish_before(storefront, refine)
    wish = wish_of(live, vocabulary, text, before, reference, chips, query.now)
    if searching and not (wish.chips or wish.words or wish.meaning or wish.unmatched):
        wish = replace(wish, words=text.strip(), meaning=text.strip())  # "It" and "Her" are films
    signals = _signals(live, storefront, wish, titles=not refine)
    opinion = opinion_of(live, query, placement)
    if not len(query.items):
        opinion = replace(opinion, scores=None)
    steering = steering_for(storefront, live, catalogue, "search" if searching else placement, person, query.now)
    allowed = conditions.narrowed(catalogue.allowed(query.now, category), catalogue)
    allowed &= steering.permitted(len(catalogue))
    named = signals.named[allowed[signals.named]]
    allowed = without_topics(catalogue, allowed, refused.topics - topics_named(wish), category)
    # Who names a title wants that item, whatever topic it lies in.
    allowed[named] = True
    masks = [wishes.fits(chip, catalogue.columns.numbers, catalogue.columns.labels) for chip in wish.chips]
    scores = _scores(live, storefront, wish, masks, signals, opinion, vertical.popularity)
    scores = conditions.boosted(scores, allowed, catalogue)
    if searching:
        allowed &= _found(signals, wish, masks)
    possible = allowed.copy()
    possible[query.exclude] = False
    enough = count if least is None else least
    kept, gone = wishes.relax(wish.chips, masks, _counter(possible, catalogue.items, query, vertical, enough), enough)
    degraded = ["encoder"] if wish.meaning and signals.likeness is None else []
    fitting = np.logical_and.reduce([allowed, *(masks[at] for at in kept)])
    scores, tried = second_stage(storefront, vertical, live, query, scores, fitting, person, wish.meaning)
    demanded = [masks[place] for place in (*kept, *gone)]
    scores, allowed = _tiered(scores, allowed, wish, masks, kept, gone, signals.named)
    keys = catalogue.diversity_keys if diversity is not None else None
    ranked = pipeline.rank(
        query,
        scores,
        catalogue.items,
        k=min(count + SPARE, max(len(catalogue), 1)),
        source=opinion.source,
        allowed=allowed,
        rules=vertical.rules,
        diversity_keys=keys,
        diversity=diversity,
        shown=count,
        steering=steering,
    )
    rest = None
    if pages:
        rest = after(
            query,
            scores,
            catalogue,
            ranked,
            allowed=allowed,
            rules=vertical.rules,
            source=opinion.source,
            page=count,
            steering=steering,
            order=pipeline.Order(diversity_keys=keys, diversity=diversity),
        )
    ranked = pipeline.Ranked(ranked.ranking, _sources(ranked, signals, wish, masks))
    rows = ranked.ranking.items[:count]
    shown = [{**chip_shown(chip, vocabulary, language), "place": at} for at, chip in enumerate(wish.chips)]
    understood = Understood(
        chips=tuple(chip for at, chip in enumerate(shown) if at not in gone),
        relaxed=tuple(shown[at] for at in gone),
        unmatched=wish.unmatched,
        token=wish_token(storefront, wish, middle(catalogue.columns, vocabulary, rows)),
        fitting=int(np.logical_and.reduce(demanded)[rows].sum()) if demanded else len(rows),
        matches=int((allowed & possible).sum()),
    )
    remembered = person is None or selectors.personalised(storefront, person)
    remembered = remembered and selectors.agreed_to_sensitive(storefront, person)
    served = serve(
        storefront=storefront,
        vertical=vertical,
        ranked=ranked,
        pks=catalogue.items.ids[ranked.ranking.items],
        query=query,
        count=count,
        placement=placement,
        person=person,
        fallback=opinion.fallback,
        deployment_id=opinion.model.deployment_id if opinion.model else None,
        algorithm=opinion.model.artifact.algorithm if opinion.model else "",
        artifact_id=opinion.model.artifact.pk if opinion.model else None,
        # What somebody wrote says something of them: without their leave only the list itself is kept.
        context={**(context or {}), **({"words": text.strip(), "wish": understood.token} if remembered else {})},
        record=record,
        degraded=[*degraded, *tried],
        asked=asked,
        rest=rest,
    )
    served = replace(served, wish=understood)
    return _with_fit(served, catalogue, wish, masks, vocabulary, language, alone=searching) if reasons else served


def _signals(live: serving.LiveStorefront, storefront: Storefront, wish: Wish, *, titles: bool) -> Signals:
    nothing = Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    by_words = live.search_words(storefront, wish.words, DEPTH) if wish.words else nothing
    named = english_names(wish)
    likeness, near = _likeness(live, wish, named)
    refused = [str(chip.value) for chip in wish.chips if chip.op == "about" and chip.negated][:MOST_ENCODED]
    return Signals(
        by_words,
        likeness,
        near,
        live.search_words(storefront, named, DEPTH) if named else nothing,
        tuple(far for words in refused if (far := likeness_of(live, words)) is not None),
        _named(live, storefront, wish, by_words) if titles else by_words.items[:0],
    )


def _likeness(live: serving.LiveStorefront, wish: Wish, named: str) -> tuple[np.ndarray | None, np.ndarray]:
    """(n,) cosine of each item with the meaning, and (n,) bool: which are close to it.

    Where the encoder has not learned the language, and all that was said has an English name, it reads that.
    """
    said = wish.meaning
    if 2 * cjk_share(said) >= 1 and not live.reads("zh"):
        said = named if all_named(wish) else ""
    elif not said.isascii():  # whatever it was said in, the encoder reads the label as the catalogue writes it, too
        said = ", ".join([said, *values_wished(wish)])
    near = np.zeros(len(live.catalogue), dtype=bool)
    likeness = likeness_of(live, said)
    if likeness is None:
        return None, near
    floor, seen = floor_of(likeness), live.seen_in_images(wish.meaning)
    if seen is not None:  # what an image shows is as good as said
        shown = seen[: len(likeness)] >= STANDS_OUT
        likeness[shown] = np.maximum(likeness[shown], floor)
    near[: len(likeness)] = likeness >= floor
    return likeness, near


def _named(live: serving.LiveStorefront, storefront: Storefront, wish: Wish, by_words: Ranking) -> np.ndarray:
    """Rows whose title has every word that was said, when more was said than labels: "Blade Runner 2049"."""
    said = set(words_of(wish.words))
    labels = {word for chip in wish.chips if not chip.negated for word in words_of(chip.text)}
    if not said - labels:
        return by_words.items[:0]
    rows = by_words.items[:TITLES]
    titles = selectors.titles_of(storefront, live.catalogue.items.ids[rows].tolist())
    named = [row for row in rows.tolist() if said <= set(words_of(titles.get(int(live.catalogue.items.ids[row]), "")))]
    return np.array(named, dtype=np.int32)


def _scores(
    live: serving.LiveStorefront,
    storefront: Storefront,
    wish: Wish,
    masks: Sequence[np.ndarray],
    signals: Signals,
    opinion: Opinion,
    popularity: bool,
) -> np.ndarray:
    soft = [
        (chip, mask) for chip, mask in zip(wish.chips, masks, strict=True) if not chip.strict and chip.op != "about"
    ]
    return fused(
        len(live.catalogue),
        meaning=signals.likeness,
        words=_either(signals.by_words, signals.named_words, len(live.catalogue)),
        person=opinion.scores,
        popular=live.popular(storefront) if popularity else None,
        # A soft refusal holds for what does not have it.
        preferred=[mask for _chip, mask in soft],
        against=beside(wish, live.vocabulary(storefront), live.catalogue),
        refused=signals.refused,
    )


def _either(said: Ranking, named: Ranking, size: int) -> Ranking:
    """Who has the words in one language or the other, by the better of both scores."""
    if not len(named):
        return said
    scores = np.zeros(size, dtype=np.float32)
    for ranking in (said, named):
        scores[ranking.items] = np.maximum(scores[ranking.items], ranking.scores)
    rows = np.flatnonzero(scores).astype(np.int32)
    return Ranking(rows, scores[rows])


def _found(signals: Signals, wish: Wish, masks: Sequence[np.ndarray]) -> np.ndarray:
    """(n,) bool: items that have the words, are close in meaning, or carry a label that was understood.

    A number alone finds items only where nothing else does: much is cheap that has nothing to do with the rest.
    """
    found = signals.near | labelled(wish, masks, len(signals.near))
    found[signals.by_words.items] = True
    if not found.any():
        bounds = [mask for chip, mask in zip(wish.chips, masks, strict=True) if not chip.negated and chip.op in BOUNDS]
        found = np.logical_or.reduce([found, *bounds])
    return found


def _counter(possible: np.ndarray, items, query: Query, vertical: Vertical, least: int):
    """Counts the items of a mask that may be shown. Rules are asked about few, where the number is in doubt."""

    def count(mask: np.ndarray) -> int:
        rows = np.flatnonzero(possible & mask)
        if vertical.rules and least <= len(rows) <= 20 * least:
            return int(pipeline.allow(vertical.rules, items.take(rows), query).sum())
        return len(rows)

    return count


def _tiered(
    scores: np.ndarray,
    allowed: np.ndarray,
    wish: Wish,
    masks: Sequence[np.ndarray],
    kept: Sequence[int],
    gone: Sequence[int],
    named: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Named titles first, then what fits all that was demanded, then the rest in order of its score.

    A bound or a category that had to give way parts the list in two. Other labels, a colour for instance, are only
    preferred then: a red mug is rather a white mug than red secateurs.
    """
    height = float(np.ptp(scores)) + 1.0 if len(scores) else 1.0
    tiered = scores.astype(np.float32, copy=True)
    parting = [masks[place] for place in gone if wish.chips[place].op not in ("eq", "in")]
    parting += [masks[place] for place in gone if wish.chips[place].field == "category"]
    if parting:
        tiered += height * np.logical_and.reduce(parting)
    for place in gone:
        tiered += WEIGHTS.preferred * masks[place]
    title = np.zeros(len(scores), dtype=bool)
    title[named] = True
    tiered += 2 * height * title
    for place in kept:
        # Who names a title wants that item, whatever its labels; what was refused stays refused.
        allowed = allowed & (masks[place] if wish.chips[place].negated else masks[place] | title)
    return tiered, allowed


def _sources(ranked: pipeline.Ranked, signals: Signals, wish: Wish, masks: Sequence[np.ndarray]) -> tuple[str, ...]:
    """What found each item: its words, its meaning, both, a label, or else whatever the list falls back on."""
    by_words = set(signals.by_words.items.tolist())
    carries = labelled(wish, masks, len(signals.near))
    sources = []
    for row, otherwise in zip(ranked.ranking.items.tolist(), ranked.sources, strict=True):
        meant, said = signals.near[row], row in by_words
        otherwise = "label" if carries[row] else otherwise
        sources.append("both" if said and meant else "words" if said else "meaning" if meant else otherwise)
    return tuple(sources)


def _with_fit(
    served: Served, catalogue, wish: Wish, masks, vocabulary: Vocabulary, language: str, *, alone: bool
) -> Served:
    """Each item with what it fits of the wish, which is true by construction; nothing where it fits no part.

    `alone`: only items that neither the words nor the meaning found, which say so themselves.
    """
    wanted = [
        (chip_label(chip, vocabulary, language), mask)
        for chip, mask in zip(wish.chips, masks, strict=True)
        if not chip.negated and chip.op != "about"
    ]

    def reason(pk: int) -> str:
        fitting = [label for label, mask in wanted if mask[catalogue.row_of[pk]]]
        with override(language):
            between = pgettext("between entries", ", ")
            return _("Fits what you asked for: %(parts)s") % {"parts": between.join(fitting)} if fitting else ""

    told = ("words", "meaning", "both") if alone else ()
    items = [e if e.source in told else replace(e, reason=reason(e.item.pk)) for e in served.items]
    return replace(served, items=items)
