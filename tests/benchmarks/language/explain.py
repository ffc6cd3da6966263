"""Are explanations true, and do they name what the score rests on?

    python -m tests.benchmarks.language explain DIR

Statements: every sentence that the product would show for a recommendation, be it made from the templates or
worded by a voice that often makes things up; an oracle that knows what each sentence claims, because it was
composed from claims, counts those that are not true of the trace. Planted: falsehoods of fourteen kinds, half of
them in Chinese. Faithfulness: deletion and insertion curves and counterfactual sets beside random order.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np

from recommender.contracts import FitOptions
from recommender.evaluation.faithfulness import (
    Compared,
    Question,
    counterfactual_set,
    faithfulness,
    ranked,
    standing_of,
)
from recommender.explaining import Checker, Lexicon, Trace, counterfactual_sentence, reasons_sentence, shared_facet
from recommender.language.phrases import language_code

from .explain_claims import Claim, Composed
from .explain_voices import FALSEHOODS, Voice
from .explain_world import Explained, Sources, explained, fitted, read_sources

LANGUAGES = ("en", "zh-hans")
LIES = 0.5  # share of a voice's sentences with a falsehood in them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="holds sequences.txt and items.tsv, or MovieLens' csv files")
    parser.add_argument("--algorithm", default="next-item", choices=("next-item", "content", "ease", "blend"))
    parser.add_argument("--users", type=int, help="only the first so many users, for a quick look")
    parser.add_argument("--recommendations", type=int, default=500)
    parser.add_argument("--planted", type=int, default=100)
    parser.add_argument("--draws", type=int, default=3, help="random orders a question, as control")
    parser.add_argument("--list", type=int, default=20, help="length of a list, for counterfactual sets")
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> dict:
    started = time.perf_counter()
    sources = read_sources(options.folder, options.users)
    algorithm = fitted(sources, options.algorithm, FitOptions(seed=options.seed))
    fit_seconds = time.perf_counter() - started
    random = np.random.default_rng(options.seed)
    found = explained(sources, algorithm, options.recommendations, random)
    checkers = {language: Checker(Lexicon.of(sources.vertical, language), sources.titles) for language in LANGUAGES}
    questions = [Question(one.query, one.item, one.contributions, one.person) for one in found]
    faithful = faithfulness(algorithm, questions, k=options.list, draws=options.draws, seed=options.seed)
    needed = [_needed(algorithm, one, options.list) for one in found]
    return {
        "dataset": options.folder.resolve().name,
        "algorithm": options.algorithm,
        "recommendations": len(found),
        **_statements(sources, found, needed, checkers, random),
        **_planted(sources, found, checkers, options.planted, random),
        "deletion": _compared(faithful.deletion),
        "insertion": _compared(faithful.insertion),
        "counterfactual": {
            **(_compared(faithful.set_size) if faithful.set_size else {}),
            "held": faithful.held,
            "list": options.list,
        },
        "questions": faithful.questions,
        "curves": faithful.curves,
        "fit_seconds": round(fit_seconds, 1),
    }


def _statements(sources: Sources, found, needed, checkers, random) -> dict:
    """What would be shown, judged by the oracle; and what was refused although it was true."""
    counts, examples, ungrounded, spent = Counter(), [], [], 0.0
    for one, titles in zip(found, needed, strict=True):
        for language, checker in checkers.items():
            told = [*_templates(sources, one, titles, language), *_voiced(sources, one, language, random)]
            for composed, trace, from_voice in told:
                started = time.perf_counter()
                refusal = checker.refusal(composed.text, trace)
                spent += time.perf_counter() - started
                grounded, whose = one.facts.grounded(composed), "voice" if from_voice else "template"
                counts["statements"] += 1
                counts[f"{whose} {'true' if grounded else 'false'}"] += 1
                counts[f"{whose} true, refused"] += grounded and bool(refusal)
                if grounded and refusal:
                    examples.append(f"{composed.text} | {refusal}")
                # A template is shown whatever the checker says; in the place of a refused sentence stands one of them.
                if not grounded and not (from_voice and refusal):
                    ungrounded.append(f"{composed.label}: {composed.text}")
    return {
        "statements": counts["statements"],
        "ungrounded": len(ungrounded),
        "voiced": {"true": counts["voice true"], "false": counts["voice false"]},
        "false_refusals": {
            whose: round(counts[f"{whose} true, refused"] / max(counts[f"{whose} true"], 1), 4)
            for whose in ("voice", "template")
        },
        "milliseconds_a_check": round(1000 * spent / max(counts["statements"], 1), 3),
        "refused_examples": examples[:10],
        "ungrounded_examples": ungrounded[:10],
    }


def _templates(sources: Sources, one: Explained, needed: tuple[str, ...], language: str):
    """The product's own sentences, with what they claim."""
    claims = []
    for row, deed in zip(one.facts.named, one.trace.deeds, strict=True):
        claims.append(Claim("did", kind=sources.kind, title=deed.title, row=row))
        facet = shared_facet(sources.vertical, one.trace.item, deed, one.categories)
        if facet:
            claims.append(Claim("shared", field=facet[0], value=facet[1], rows=(row, one.item)))
    text = reasons_sentence(sources.vertical, one.trace, one.categories, language)
    yield Composed(text, tuple(claims)), one.trace, False
    if needed:
        told = [Claim("did", kind=sources.kind, title=title, row=_row(one, title)) for title in needed]
        trace = Trace(one.trace.item, one.trace.deeds, needed)
        yield Composed(counterfactual_sentence(needed, language), tuple(told)), trace, False


def _row(one: Explained, title: str) -> int | None:
    return next((row for row in one.facts.named if one.facts.titles[row] == title), None)


def _voiced(sources: Sources, one: Explained, language: str, random):
    voice = _voice(sources, one, language, random)
    for _ in range(2):
        composed = voice.false() if random.random() < LIES else voice.true()
        if composed is not None:
            yield composed, one.trace, True


def _voice(sources: Sources, one: Explained, language: str, random) -> Voice:
    kinds = tuple(kind.name for kind in sources.vertical.kinds)
    noun = sources.vertical.item_noun[language]
    return Voice(language_code(language), one.facts, random, sources.facets, kinds, noun)


def _planted(sources: Sources, found, checkers, wanted: int, random) -> dict:
    """Falsehoods of each kind in turn, in both languages in turn, about recommendations drawn at random."""
    labels, counts, missed = sorted(FALSEHOODS), Counter(), []
    caught, tries = Counter(), 0
    while sum(counts.values()) < wanted and tries < 200 * wanted:
        number, tries = sum(counts.values()), tries + 1
        language = LANGUAGES[number % 2]
        label = labels[(number // 2 + tries // 200) % len(labels)]
        one = found[int(random.integers(len(found)))]
        composed = _voice(sources, one, language, random).false(label)
        if composed is None:
            continue
        counts[label] += 1
        if checkers[language].refusal(composed.text, one.trace):
            caught[label] += 1
        else:
            missed.append(f"{label}: {composed.text}")
    return {
        "planted": sum(counts.values()),
        "caught": sum(caught.values()),
        "kinds": {label: [caught[label], counts[label]] for label in labels},
        "missed": missed[:20],
    }


def _needed(algorithm, one: Explained, k: int) -> tuple[str, ...]:
    """Titles of a smallest set of the named events without which the item is not among the first k."""
    stand = standing_of(algorithm, one.query, one.item)
    places = [place for place, row in enumerate(one.query.items.tolist()) if row in one.facts.named]
    places.sort(key=lambda place: -one.contributions[place])

    def inside(kept: np.ndarray) -> bool:
        events = np.ones(len(one.query.items), dtype=bool)
        events[places] = kept
        return stand(events).rank < k

    if not inside(np.ones(len(places), dtype=bool)):
        return ()
    found = counterfactual_set(inside, ranked(one.contributions[places]))
    rows = [] if found is None else [int(one.query.items[places[place]]) for place in found]
    return tuple(one.facts.titles[row] for row in rows)


def _compared(compared: Compared) -> dict:
    gain = {name: round(float(value), 5) for name, value in asdict(compared.gain).items()}
    return {
        "explained": round(compared.explained, 4),
        "random": round(compared.random, 4),
        "gain": gain,
        "significant": compared.gain.low > 0,
    }
