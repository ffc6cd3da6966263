"""Teaches a model to say whether an item interests somebody, from what people really did.

The texts of what a person did before, and of an item, go in together; out comes a probability. Liked items are
the yeses; what was turned down, and items drawn by popularity and by a retriever, are the noes. Such a model is
the second stage: it reads the best candidates of a first one, with all their words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from catalog.schema import Words

from ..contracts import FitOptions
from .adapters import Adapter, adapt, merged
from .corpus import Corpus
from .interest_export import export
from .interest_measures import figures, reliability, temperature
from .interest_model import Reader, start
from .interest_pairs import Draw, Question, Sampling, divided, questions
from .interest_reasons import reasons_figures
from .loop import LoopConfig, train
from .model_folder import DEFAULT_ENCODER
from .packed import multiplies_bfloat16
from .preparation import prepare
from .privacy import PrivacyConfig, train_private
from .task import LanguageTask, TaskError
from .text import clean

LEAST_QUESTIONS = 8
ADAPTERS = ("full", "lora", "head")


@dataclass(frozen=True)
class InterestConfig:
    """`base` is an encoder or a decoder. `adapter`: "full" changes all weights but the word vectors, "lora" small
    matrices beside them (Hu et al. 2022), which are merged at the end, "head" only what compares the two texts.

    `negatives`, `hard`, `popularity` and `targets` are those of `Sampling`. `most` questions are drawn at most,
    0 for all. `balance`: yeses together weigh as much as noes. `validation` is the share of persons held out.
    `epsilon` above 0 trains privately (see `privacy`): one question a person, noes drawn from the catalogue
    without regard to popularity, and neither the best epoch nor the temperature chosen on anybody's data.
    """

    base: str = DEFAULT_ENCODER
    adapter: Adapter = "full"
    rank: int = 8
    history_tokens: int = 128
    item_tokens: int = 32
    negatives: int = 4
    hard: float = 0.25
    popularity: float = 1.0
    targets: int = 3
    most: int = 20_000
    balance: bool = True
    validation: float = 0.1
    validation_most: int = 500
    epochs: int = 2
    batch_size: int = 16
    accumulation: int = 1
    learning_rate: float = 1e-4
    patience: int = 2
    evaluations: int = 3
    precision: str = "auto"
    checkpointing: bool = False
    checkpoint_every: int = 100
    quantise: bool = True
    epsilon: float = 0.0
    delta: float = 0.0
    private_steps: int = 150
    private_batch: int = 256
    private_clip: float = 1.0
    private_learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        if self.adapter not in ADAPTERS:
            raise ValueError(f"adapter must be one of {', '.join(ADAPTERS)}; got {self.adapter!r}.")
        if min(self.history_tokens, self.item_tokens, self.negatives, self.targets) < 1:
            raise ValueError("history_tokens, item_tokens, negatives and targets are 1 or more.")
        if not 0 <= self.hard <= 1 or not 0 < self.validation < 1:
            raise ValueError("hard lies between 0 and 1, and validation between both.")

    @property
    def sampling(self) -> Sampling:
        if self.epsilon:
            # Popularity and the retriever are other people's behaviour, which noise would have to hide too.
            return Sampling(self.negatives, hard=0.0, popularity=0.0, targets=1)
        return Sampling(self.negatives, self.hard, self.popularity, self.targets)

    @property
    def loop(self) -> LoopConfig:
        names = set(LoopConfig.__dataclass_fields__) & set(self.__dataclass_fields__)
        return LoopConfig(**{name: getattr(self, name) for name in names})

    def loop_on(self, device: str) -> LoopConfig:
        """With "auto" as bfloat16 also on a processor that multiplies it in hardware: twice as fast."""
        if self.precision == "auto" and device == "cpu" and multiplies_bfloat16(torch.device("cpu")):
            return replace(self.loop, precision="bfloat16")
        return self.loop

    @property
    def privacy(self) -> PrivacyConfig:
        return PrivacyConfig(
            epsilon=self.epsilon,
            delta=self.delta,
            steps=self.private_steps,
            batch_size=self.private_batch,
            clip=self.private_clip,
            learning_rate=self.private_learning_rate,
        )


class Interest(LanguageTask):
    slug: ClassVar[str] = "interest"
    name: ClassVar[Words] = {"en": "Interest", "zh-hans": "兴趣判断"}
    summary: ClassVar[Words] = {
        "en": "Reads what somebody did and an item together, and says how likely the item interests them.",
        "zh-hans": "同时阅读一个人的行为和一件物品，判断此人对该物品感兴趣的可能性。",
    }
    product = "interest"
    Config = InterestConfig

    def run(self, corpus: Corpus, folder: Path, options: FitOptions) -> dict[str, Any]:
        config = self.config
        if options.checkpoint is not None:
            Path(options.checkpoint).mkdir(parents=True, exist_ok=True)
        asked, checked = self.ask(corpus, options.seed)
        options.check("reading", 0.0)
        reader = start(config.base, options.device, config.history_tokens, config.item_tokens)
        material = Material(corpus, reader, asked), Material(corpus, reader, checked)
        trained = trained_part(reader, config, *material)
        before = figures(material[1].labels, material[1].logits())
        done = teach(trained, *material, config, options)
        reader.model.backbone = merged(reader.model.backbone)
        reader.model.requires_grad_(True)
        material[1].states = None

        logits = material[1].logits()
        scale, shift = (1.0, 0.0) if config.epsilon else temperature(material[1].labels, logits)
        reader.description.update(temperature=scale, shift=shift, base=config.base)
        reader.save(folder)
        options.check("exporting", 1.0)
        exported = export(reader, folder, quantise=config.quantise)
        after = figures(material[1].labels, logits / scale + shift)
        probabilities = 1 / (1 + np.exp(-(logits / scale + shift)))
        return {
            "questions": {"train": len(asked), "validation": len(checked)},
            "kinds": _kinds(asked),
            "before": before,
            "uncalibrated": figures(material[1].labels, logits),
            **after,
            "reliability": reliability(material[1].labels, probabilities),
            "temperature": scale,
            "shift": shift,
            "onnx_difference": exported["difference"],
            # Of single persons' pasts nothing is told where it was learned privately.
            **({} if config.epsilon else {"reasons": reasons_figures(reader, corpus, checked)}),
            **done,
        }

    def ask(self, corpus: Corpus, seed: int) -> tuple[list[Question], list[Question]]:
        """The questions to learn from, and those of other persons to validate on. Raises TaskError."""
        config, random = self.config, np.random.default_rng(seed)
        draw = Draw(corpus)
        learn, held = divided(range(len(corpus)), config.validation, random)
        asked = questions(corpus, learn, config.sampling, draw, random)
        if config.most and len(asked) > config.most:
            asked = [asked[place] for place in sorted(random.permutation(len(asked))[: config.most])]
        # Validation is always by popularity: what the model will meet, whatever it learns from.
        as_met = Sampling(config.negatives, hard=0.0, popularity=config.popularity, targets=config.sampling.targets)
        checked = questions(corpus, held, as_met, draw, random)[: config.validation_most]
        _refuse_too_little(asked, checked)
        return asked, checked


class Material:
    """Questions as rows of tokens, and labels beside them."""

    def __init__(self, corpus: Corpus, reader: Reader, asked: Sequence[Question]):
        self.reader = reader
        self.asked = asked
        self.states: list[np.ndarray] | None = None
        named = sorted({item for question in asked for item in question.items})
        texts = reader.tokens([clean(corpus.items.texts[item]) for item in named])
        items = dict(zip(named, texts, strict=True))
        self.rows = [
            reader.layout.row(history, [items[item] for item in question.items])
            for question, history in zip(asked, _histories(corpus, reader, asked), strict=True)
        ]
        self.labels = np.array([label for question in asked for label in question.labels])

    def logits(self) -> np.ndarray:
        """One for each item of each question, in order."""
        if self.states is None:
            return np.concatenate(self.reader.logits(self.rows))
        head = self.reader.model.head
        with torch.no_grad():
            return np.concatenate([head(*_parted(own[None]))[0].numpy() for own in self.states])

    def read(self) -> None:
        """Read every row, once, and keep what the head sees of it, for where nothing else is trained."""
        if self.states is None:
            self.states = self.reader.states(self.rows)

    def batch(self, numbers: np.ndarray) -> dict[str, torch.Tensor]:
        """Input of the model or, after `read`, of the head, and `labels` (n, k), -1 where a row has no such item."""
        width = max(len(self.asked[number].labels) for number in numbers)
        labels = np.full((len(numbers), width), -1.0, dtype=np.float32)
        for place, number in enumerate(numbers):
            labels[place, : len(self.asked[number].labels)] = self.asked[number].labels
        if self.states is None:
            tensors = self.reader.tensors([self.rows[number] for number in numbers])
        else:
            states = np.zeros((len(numbers), 1 + width, self.states[0].shape[1]), dtype=np.float32)
            for place, number in enumerate(numbers):
                states[place, : len(self.states[number])] = self.states[number]
            tensors = dict(zip(("history", "items"), _parted(states), strict=True))
        return {**tensors, "labels": torch.from_numpy(labels)}


def _parted(states: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(states[:, :1]), torch.from_numpy(states[:, 1:])


def _histories(corpus: Corpus, reader: Reader, asked: Sequence[Question]) -> list[list[int]]:
    """Token ids of what came before each question, the newest events that fit."""

    def count(text: str) -> int:
        return len(reader.tokenizer.encode(text, add_special_tokens=False).ids)

    return reader.tokens(
        [
            prepare(
                corpus.histories[question.person][: question.before],
                corpus.history_text,
                count,
                reader.layout.history_tokens,
            ).text
            for question in asked
        ]
    )


def _losses(model: torch.nn.Module, batch: Mapping[str, torch.Tensor], weight: float) -> torch.Tensor:
    """(n,) mean cross-entropy of each row over its items; a yes weighs `weight` times."""
    device = next(model.parameters()).device
    logits = model(**{name: value.to(device) for name, value in batch.items() if name != "labels"}).float()
    labels = batch["labels"].to(device)
    there = (labels >= 0).float()
    weights = there * torch.where(labels == 1, weight, 1.0)
    each = binary_cross_entropy_with_logits(logits, labels.clamp(min=0.0), reduction="none")
    return (each * weights).sum(dim=1) / there.sum(dim=1).clamp(min=1.0)


def _weight(config: InterestConfig, labels: np.ndarray) -> float:
    """What a yes weighs. At most 20: a single yes among thousands should not be all that counts."""
    return float(min(20.0, (~labels).sum() / max(1, labels.sum()))) if config.balance else 1.0


def teach(
    trained: torch.nn.Module, learned: Material, checked: Material, config: InterestConfig, options: FitOptions
) -> dict[str, Any]:
    """Train, privately where `config.epsilon` says so; figures of the training."""
    if config.epsilon:
        return _train_private(trained, learned, config, options)
    return _train(trained, learned, checked, config, options)


def _train(
    trained: torch.nn.Module, learned: Material, checked: Material, config: InterestConfig, options: FitOptions
) -> dict[str, Any]:
    weight = _weight(config, learned.labels)

    def validate(model: Any) -> dict[str, float]:
        found = figures(checked.labels, checked.logits())
        return {"auc": found["auc"], "log_loss": found["log_loss"]}

    history = train(
        trained,
        examples=len(learned.rows),
        batch=learned.batch,
        loss=lambda model, batch: _losses(model, batch, weight).mean(),
        validate=validate,
        best="auc",
        config=config.loop_on(options.device),
        options=options,
    )
    return {"training": history.figures()}


def _train_private(
    trained: torch.nn.Module, learned: Material, config: InterestConfig, options: FitOptions
) -> dict[str, Any]:
    # The weight of a yes is what sampling makes it, not what is counted in the data.
    weight = float(config.negatives) if config.balance else 1.0
    run = train_private(
        trained,
        subjects=[question.person for question in learned.asked],
        batch=learned.batch,
        losses=lambda model, batch: _losses(model, batch, weight),
        config=config.privacy,
        options=options,
    )
    return {"privacy": run.figures()}


def trained_part(reader: Reader, config: InterestConfig, learned: Material, checked: Material) -> torch.nn.Module:
    """What learns: the model, or its head on states that are read once. Word vectors never do: most words of a
    catalogue are met too seldom."""
    if config.epsilon:
        # A person's gradient is clipped as a whole: the bias and the reading of the item alone, whose gradients are
        # ten times those of the comparison, would take all of it.
        reader.model.head.match.bias.requires_grad_(False)
        reader.model.head.read.requires_grad_(False)
    if config.adapter == "head":
        learned.read()
        checked.read()
        return reader.model.head
    if config.adapter == "lora":
        reader.model.backbone = adapt(reader.model.backbone, "lora", config.rank)
    else:
        reader.model.backbone.get_input_embeddings().requires_grad_(False)
    return reader.model


def _kinds(asked: Sequence[Question]) -> dict[str, int]:
    kinds, counts = np.unique([kind for question in asked for kind in question.kinds], return_counts=True)
    return {str(kind): int(count) for kind, count in zip(kinds, counts, strict=True)}


def _refuse_too_little(asked: Sequence[Question], checked: Sequence[Question]) -> None:
    for kept, use in ((asked, "learn from"), (checked, "validate on")):
        labels = {label for question in kept for label in question.labels}
        if len(kept) < (LEAST_QUESTIONS if kept is asked else 1) or len(labels) < 2:
            raise TaskError(
                f"There are {len(kept)} moments to {use} at which somebody with a history chose an item; more "
                "behaviours are needed, and at least two items."
            )
