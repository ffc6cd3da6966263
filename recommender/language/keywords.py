"""Teaches an encoder–decoder to read what somebody did and to write keywords of what they choose next.

What it learns from are people's real next items: each of their keywords is one answer to the history before them.
Written under a trie (see `trie`), so that every answer is a word of the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from catalog.schema import Words

from ..contracts import FitOptions
from ..data import Query
from .adapters import Adapter, adapt, merged
from .corpus import Corpus, likes
from .keyword_examples import Material, Reading, divided, known_before, overlap
from .keyword_model import Sizes, Writer, begin, load_seq2seq
from .keyword_ranking import KeywordSource, Match, best_match
from .keyword_vocabulary import Bounds, KeywordVocabulary, build_vocabulary
from .keyword_writer import KeywordWriter
from .loop import LoopConfig, train
from .packed import multiplies_bfloat16
from .pairs import next_pairs
from .pretraining_models import IGNORED, SCRATCH
from .task import LanguageTask, TaskError
from .text import clean

LEAST_PAIRS = 8
TOKENIZER_TEXTS = 20_000  # texts that a new tokenizer is trained on


@dataclass(frozen=True)
class KeywordsConfig:
    """`base` is an encoder–decoder, or "scratch" for a T5 of `width`, `layers`, `heads` and so many tokens.

    `least`, `most_share`, `most_keywords` and `phrases` are the `Bounds` of the vocabulary; without phrases it is what
    the catalogue's own categories, tags and facets say. `events` are read at most, the newest, in `max_tokens`. An
    answer holds the keywords of the `ahead` next items, at most `answers` of them; a keyword counts in the loss by its
    idf to the power of `weighting`. Keywords of the `echoed` newest likes are answers too, which count `echo` times as
    much: a new model learns to read by them. `most` histories are learned from, 0 for all. `written` keywords are
    asked for when the items that they bring up are measured. `adapter`: all weights, or "lora", small matrices of
    `rank` beside them that are merged at the end. `validation`: share of persons held out.
    """

    base: str = SCRATCH
    adapter: Adapter = "full"
    rank: int = 8
    width: int = 128
    layers: int = 2
    heads: int = 4
    tokens: int = 4000
    least: int = 3
    most_share: float = 0.25
    most_keywords: int = 6000
    phrases: bool = True
    events: int = 8
    max_tokens: int = 64
    ahead: int = 1
    answers: int = 6
    weighting: float = 1.0
    echo: float = 0.5
    echoed: int = 3
    written: int = 16
    most: int = 16_000
    validation: float = 0.05
    validation_most: int = 500
    epochs: int = 3
    batch_size: int = 64
    accumulation: int = 1
    learning_rate: float = 2e-3
    warmup: float = 0.05
    weight_decay: float = 0.01
    patience: int = 2
    evaluations: int = 1
    precision: str = "auto"
    checkpointing: bool = False
    checkpoint_every: int = 200

    def __post_init__(self) -> None:
        if min(self.events, self.ahead, self.answers, self.written, self.validation_most) < 1 or self.max_tokens < 8:
            raise ValueError("events, ahead, answers, written and validation_most are 1 or more, max_tokens 8 or more.")
        if not 0 < self.validation < 1 or self.weighting < 0:
            raise ValueError("validation lies between 0 and 1, and weighting is 0 or more.")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads {self.heads}.")

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.least, self.most_share, self.most_keywords, self.phrases)

    @property
    def reading(self) -> Reading:
        return Reading(self.events, self.max_tokens, self.ahead, self.answers, self.weighting, self.echo, self.echoed)

    @property
    def loop(self) -> LoopConfig:
        names = set(LoopConfig.__dataclass_fields__) & set(self.__dataclass_fields__)
        return LoopConfig(**{name: getattr(self, name) for name in names})


class Keywords(LanguageTask):
    slug: ClassVar[str] = "keywords"
    name: ClassVar[Words] = {"en": "Keyword writer", "zh-hans": "关键词生成"}
    summary: ClassVar[Words] = {
        "en": "Reads what somebody did and writes keywords of what they choose next, in words of the catalogue.",
        "zh-hans": "阅读用户的行为，用目录中的词写出其接下来会选择的内容的关键词。",
    }
    product = "keywords"
    Config = KeywordsConfig

    def run(self, corpus: Corpus, folder: Path, options: FitOptions) -> dict[str, Any]:
        config: KeywordsConfig = self.config
        options.check("reading", 0.0)
        try:
            vocabulary = build_vocabulary(corpus.items, config.bounds)
        except ValueError as error:
            raise TaskError(str(error)) from error
        pairs = next_pairs(corpus)
        learned, held = divided(pairs, config.validation, config.validation_most, config.most, options.seed)
        if len(learned) < LEAST_PAIRS or not len(held):
            raise TaskError(
                f"There are {len(pairs)} likes that came after another like; at least {2 * LEAST_PAIRS} of several "
                "persons are needed to learn what follows what."
            )
        if config.base == SCRATCH:
            seq2seq = begin(_tokenizer_texts(corpus, vocabulary), self._sizes(), options.seed)
        else:
            seq2seq = load_seq2seq(config.base)
        seq2seq.model.to(options.device)
        material = Material(corpus, seq2seq, vocabulary, pairs, config.reading)
        history = self._train(material, learned, held, options)
        # A keyword that nobody's next item carried was never an answer, and is none of the writer's words.
        allowed = np.unique(np.concatenate([material.keywords(row)[0] for row in learned]))
        writer = KeywordWriter(seq2seq, vocabulary, allowed, material.max_tokens)
        figures = self._measure(corpus, writer, material, learned, held, options)
        source = KeywordSource(vocabulary, _liked(corpus, range(len(corpus))), figures.pop("match"))
        writer.save(folder)
        source.save(folder)
        return {
            "keywords": {"vocabulary": len(vocabulary), "writable": len(writer), "left_out": len(writer.trie.left_out)},
            "examples": {"train": len(learned), "validation": len(held)},
            "parameters": sum(weight.numel() for weight in seq2seq.model.parameters()),
            **figures,
            "training": history.figures(),
        }

    def _sizes(self) -> Sizes:
        return Sizes(self.config.width, self.config.layers, self.config.heads, self.config.tokens)

    def _train(self, material: Material, learned: np.ndarray, held: np.ndarray, options: FitOptions):
        seq2seq, config = material.seq2seq, self.config
        loop = config.loop
        if config.precision == "auto" and options.device == "cpu" and multiplies_bfloat16(torch.device("cpu")):
            loop = replace(loop, precision="bfloat16")
        model = Writer(adapt(seq2seq.model, config.adapter, config.rank))
        material.tokens(np.concatenate([learned, held]), options)
        history = train(
            model,
            examples=len(learned),
            batch=lambda rows: material.batch(learned[rows]),
            loss=_loss,
            validate=lambda wrapped: {"held_out": _mean_loss(wrapped, material, held, config.batch_size)},
            best="-held_out",
            config=loop,
            options=options,
        )
        seq2seq.model = merged(model.model).eval()
        return history

    def _measure(
        self,
        corpus: Corpus,
        writer: KeywordWriter,
        material: Material,
        learned: np.ndarray,
        held: np.ndarray,
        options: FitOptions,
    ) -> dict[str, Any]:
        """Held-out figures; the settings of the match are chosen on the same questions, as `match`."""
        pairs = material.pairs

        def progress(done: int, total: int) -> None:
            options.check("writing", done / max(total, 1))

        written = writer.write([material.text(row) for row in held], self.config.written, progress)
        queries = [
            Query(
                keywords=tuple(own),
                exclude=known_before(corpus, int(pairs.persons[row]), int(pairs.befores[row])),
            )
            for row, own in zip(held, written, strict=True)
        ]
        targets = [int(pairs.targets[row]) for row in held]
        others = sorted(set(range(len(corpus))) - {int(pairs.persons[row]) for row in held})
        liked = _liked(corpus, others)  # without those who are asked about: they would tell the answer
        vocabulary = writer.vocabulary
        match, recall = best_match(KeywordSource(vocabulary, liked, Match()), corpus.items, queries, targets)
        said = [word for own in written for word, _score in own]
        return {
            "match": match,
            **overlap([[word for word, _score in own][:10] for own in written], targets, vocabulary),
            "in_vocabulary": sum(word in vocabulary.words for word in said) / max(1, len(said)),
            "recall@10": recall,
            "popularity_recall@10": _popular_recall(liked, queries, targets),
            "match_settings": dict(vars(match)),
        }


def _loss(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Mean over answers of −log p(answer | history), weighed; an answer is all of its tokens."""
    read = {name: value for name, value in batch.items() if name not in ("told", "counts", "answers")}
    logits = model(**read).float()
    losses = cross_entropy(logits.flatten(0, 1), batch["told"].flatten(), ignore_index=IGNORED, reduction="none")
    return (losses * batch["counts"].flatten()).sum() / batch["answers"]


def _mean_loss(model: Any, material: Material, rows: np.ndarray, size: int) -> float:
    total, count = 0.0, 0
    for start in range(0, len(rows), size):
        batch = material.batch(rows[start : start + size])
        own = int(batch["answers"])
        total += float(_loss(model, batch)) * own
        count += own
    return total / max(1, count)


def _tokenizer_texts(corpus: Corpus, vocabulary: KeywordVocabulary) -> list[str]:
    """Keywords, items and histories: the words that are read and written."""
    step = max(1, len(corpus) // TOKENIZER_TEXTS)
    histories = [corpus.history_text(corpus.histories[person][-10:]) for person in range(0, len(corpus), step)]
    return [*vocabulary.words, *map(clean, corpus.items.texts), *map(clean, histories)]


def _liked(corpus: Corpus, persons: Sequence[int]) -> np.ndarray:
    """(n,) how many likes each item has from `persons`."""
    items = [event.item for person in persons for event in corpus.histories[person] if likes(event)]
    return np.bincount(items, minlength=len(corpus.items)).astype(np.float32)


def _popular_recall(liked: np.ndarray, queries: Sequence[Query], targets: Sequence[int], k: int = 10) -> float:
    """What the same questions get from likes alone."""
    order = np.argsort(-liked, kind="stable")
    found = []
    for query, target in zip(queries, targets, strict=True):
        unseen = order[: k + len(query.exclude)]
        found.append(target in unseen[~np.isin(unseen, query.exclude)][:k])
    return float(np.mean(found)) if found else 0.0
