"""Lets a language model read a storefront's catalogue and behaviours before it is taught anything in particular.

"masked" fills in hidden tokens (Devlin et al. 2019, section 3.1) and gives an encoder to start from; "causal" says
the next token (Radford et al. 2019) and gives a decoder. Either goes on from a model, or begins from scratch with
a tokenizer that is trained on the same text.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import torch

from catalog.schema import Words

from ..contracts import FitOptions
from .corpus import Corpus
from .loop import History, LoopConfig, checkpoint_folder, train
from .model_folder import DEFAULT_ENCODER
from .packed import multiplies_bfloat16
from .preparation import fit_to_tokens
from .pretraining_models import IGNORED, SCRATCH, LanguageModel, Sizes, begin, go_on
from .task import LanguageTask, TaskError
from .text import clean

Objective = Literal["masked", "causal"]
OBJECTIVES = get_args(Objective)
# Only the new head learns for so many batches, at this rate, so that it does not drag the model along.
WARM_BATCHES = 100
WARM_RATE = 1e-3


@dataclass(frozen=True)
class PretrainingConfig:
    """`base` is a model, or "scratch" for one of `width`, `layers`, `heads` and a vocabulary of that size.

    `block` tokens are read at once. `masked` is the share of tokens that are hidden, for that objective.
    `held_out` is the share of the texts that the perplexity is measured on, `most` how many are read, 0 for all.
    """

    base: str = DEFAULT_ENCODER
    objective: Objective = "masked"
    block: int = 128
    masked: float = 0.15
    held_out: float = 0.05
    most: int = 0
    width: int = 256
    layers: int = 4
    heads: int = 4
    vocabulary: int = 8000
    epochs: int = 1
    batch_size: int = 32
    accumulation: int = 1
    learning_rate: float = 5e-5
    warmup: float = 0.1
    patience: int = 2
    evaluations: int = 4
    precision: str = "auto"
    checkpointing: bool = False
    checkpoint_every: int = 200

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}; got {self.objective!r}.")
        if not 0 < self.masked < 1 or not 0 < self.held_out < 1 or self.block < 8:
            raise ValueError("masked and held_out lie between 0 and 1, and block is 8 or more.")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads {self.heads}.")

    @property
    def loop(self) -> LoopConfig:
        names = set(LoopConfig.__dataclass_fields__) & set(self.__dataclass_fields__)
        return LoopConfig(**{name: getattr(self, name) for name in names})


class Pretraining(LanguageTask):
    slug: ClassVar[str] = "pretrain"
    name: ClassVar[Words] = {"en": "Pretraining", "zh-hans": "预训练"}
    summary: ClassVar[Words] = {
        "en": "Reads the catalogue and what people did, so that the model knows the words of this storefront.",
        "zh-hans": "阅读商品目录和用户行为，让模型熟悉这个站点的用语。",
    }
    product = "language-model"
    Config = PretrainingConfig

    def run(self, corpus: Corpus, folder: Path, options: FitOptions) -> dict[str, Any]:
        config = self.config
        random = np.random.default_rng(options.seed)
        options.check("reading", 0.0)
        sizes = Sizes(config.width, config.layers, config.heads, config.block)
        texts = items_of(corpus)
        held_items, items = _divided(texts, config.held_out, random)
        persons = random.permutation(len(corpus))
        held = max(1, round(config.held_out * len(persons)))
        if config.base == SCRATCH:
            told = histories_of(corpus, persons[held : held + 2000], _roughly, config.block)
            language = begin(config.objective, items + told, config.vocabulary, sizes, options.seed)
        else:
            language = go_on(config.base, config.objective)
        block = min(config.block, language.positions)
        count = language.count
        room = block - language.special
        held_texts = held_items + histories_of(corpus, persons[:held], count, room)
        learned = items + histories_of(corpus, persons[held:], count, room)
        if config.most:
            learned = [learned[place] for place in random.permutation(len(learned))[: config.most]]
        if len(learned) < 2 or not held_texts:
            raise TaskError("There is too little text to pretrain on; import items or behaviours first.")
        material = _Material(config, language, learned, block), _Material(config, language, held_texts, block)
        model = language.model.to(options.device)

        figures: dict[str, Any] = {"texts": {"train": len(learned), "held_out": len(held_texts)}}
        figures["tokens"] = {"train": material[0].tokens, "held_out": material[1].tokens}
        figures["fresh_head"] = language.fresh_head
        if language.fresh_head:
            figures["perplexity_fresh_head"] = material[1].perplexity(model, options.seed)
            self._warm(model, *material, options)
        figures["perplexity_before"] = material[1].perplexity(model, options.seed)
        history = self._train(model, *material, self._loop(options), options, "all")
        figures["perplexity_after"] = material[1].perplexity(model, options.seed)
        language.save(folder)
        _copy_pooling(language.source, folder)
        return {**figures, "objective": config.objective, "training": history.figures()}

    def _loop(self, options: FitOptions) -> LoopConfig:
        if self.config.precision == "auto" and options.device == "cpu" and multiplies_bfloat16(torch.device("cpu")):
            return replace(self.config.loop, precision="bfloat16")
        return self.config.loop

    def _warm(self, model: Any, learned: _Material, held: _Material, options: FitOptions) -> None:
        model.base_model.requires_grad_(False)
        # The decoder shares its weights with the word vectors, which stay as they are.
        config = replace(self._loop(options), epochs=1, evaluations=1, learning_rate=WARM_RATE, accumulation=1)
        few = learned.first(WARM_BATCHES * config.batch_size)
        self._train(model, few, held, config, options, "head")
        model.requires_grad_(True)

    def _train(
        self, model: Any, learned: _Material, held: _Material, config: LoopConfig, options: FitOptions, name: str
    ) -> History:
        own = replace(options, checkpoint=checkpoint_folder(options, name))
        if own.checkpoint is not None:
            own.checkpoint.mkdir(parents=True, exist_ok=True)

        def validate(wrapped: Any) -> dict[str, float]:
            loss = held.loss(wrapped, options.seed)
            return {"held_out": loss, "perplexity": math.exp(min(loss, 50.0))}

        history = train(
            model,
            examples=len(learned.rows),
            batch=learned.batch,
            loss=lambda wrapped, batch: wrapped(**batch).loss,
            validate=validate,
            best="-held_out",
            config=config,
            options=own,
        )
        return history


class _Material:
    """Texts as rows of token ids, and batches of them with labels for the objective."""

    def __init__(self, config: PretrainingConfig, language: LanguageModel, texts: Sequence[str], block: int):
        self.config = config
        self.language = language
        encoded = language.encode(texts)
        self.rows = packed_blocks(encoded, language.end, block) if config.objective == "causal" else encoded
        self.rows = [row[:block] for row in self.rows if len(row) > 1]
        self.tokens = sum(map(len, self.rows))

    def first(self, count: int) -> _Material:
        few = object.__new__(_Material)
        few.__dict__.update(self.__dict__, rows=self.rows[:count])
        return few

    def batch(self, numbers: np.ndarray, random: torch.Generator | None = None) -> dict[str, torch.Tensor]:
        """input_ids, attention_mask and labels, each (n, t). Masks are new each time.

        They come from torch's own generator unless one is given: its state is part of a checkpoint.
        """
        rows = [self.rows[number] for number in numbers]
        width = max(map(len, rows))
        ids = torch.full((len(rows), width), self.language.pad, dtype=torch.long)
        there = torch.zeros((len(rows), width), dtype=torch.long)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = torch.tensor(row)
            there[place, : len(row)] = 1
        if self.config.objective == "masked":
            ids, labels = hide(ids, there, self.language, self.config.masked, random)
        else:
            labels = torch.where(there.bool(), ids, IGNORED)
        device = self.language.model.device
        return {"input_ids": ids.to(device), "attention_mask": there.to(device), "labels": labels.to(device)}

    def loss(self, model: Any, seed: int) -> float:
        """Nats a token that is to be said, over all rows; the same tokens are hidden each time."""
        random = torch.Generator().manual_seed(seed)
        total, count = 0.0, 0
        for start in range(0, len(self.rows), self.config.batch_size):
            numbers = np.arange(start, min(start + self.config.batch_size, len(self.rows)))
            batch = self.batch(numbers, random)
            labels = batch["labels"] if self.config.objective == "masked" else batch["labels"][:, 1:]
            said = int((labels != IGNORED).sum())
            if said:
                total += float(model(**batch).loss) * said
                count += said
        return total / max(1, count)

    def perplexity(self, model: Any, seed: int) -> float:
        model.eval()
        with torch.inference_mode():
            return math.exp(min(self.loss(model, seed), 50.0))


def hide(
    ids: torch.Tensor, there: torch.Tensor, language: LanguageModel, share: float, random: torch.Generator | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids with some hidden, and labels that hold those alone.

    Of the hidden ones 80% become the mask, 10% any token, and 10% stay (Devlin et al. 2019, section 3.1). Special
    tokens are never hidden.
    """
    special = torch.tensor(sorted(language.special_ids), dtype=torch.long)
    hidden = (torch.rand(ids.shape, generator=random) < share) & there.bool() & ~torch.isin(ids, special)
    labels = torch.where(hidden, ids, IGNORED)
    fate = torch.rand(ids.shape, generator=random)
    anything = torch.randint(language.vocabulary, ids.shape, generator=random)
    ids = torch.where(hidden & (fate < 0.8), language.mask, ids)
    return torch.where(hidden & (fate >= 0.8) & (fate < 0.9), anything, ids), labels


def packed_blocks(texts: Sequence[Sequence[int]], end: int, block: int) -> list[list[int]]:
    """One text after the other, each closed by `end`, cut into blocks; the last may be shorter."""
    stream = [token for text in texts for token in (*text, end)]
    return [stream[start : start + block] for start in range(0, len(stream), block)]


def items_of(corpus: Corpus) -> list[str]:
    """What the catalogue says, each text once."""
    return [text for text in dict.fromkeys(clean(text) for text in corpus.items.texts) if text]


def histories_of(corpus: Corpus, persons: Sequence[int], count: Callable[[str], int], room: int) -> list[str]:
    """What each person did, the newest events that fit; nothing for those who did nothing."""
    told = (fit_to_tokens(corpus.histories[person], corpus.history_text, count, room) for person in persons)
    return [text for text in told if text]


def _roughly(text: str) -> int:
    """Before there is a tokenizer: four characters a token."""
    return len(text) // 4


def _divided(texts: Sequence[str], share: float, random: np.random.Generator) -> tuple[list[str], list[str]]:
    order = random.permutation(len(texts))
    held = round(share * len(texts))
    return [texts[place] for place in order[:held]], [texts[place] for place in order[held:]]


def _copy_pooling(source: Path | None, folder: Path) -> None:
    """How an encoder pools and how much it reads stays as it was."""
    for name in ("1_Pooling/config.json", "sentence_bert_config.json"):
        if source is not None and (source / name).is_file():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(source / name, folder / name)
