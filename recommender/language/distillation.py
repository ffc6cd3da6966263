"""Teaches an encoder with fewer layers to give the vectors of one with more (worker side)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from catalog.schema import Words

from ..contracts import FitOptions
from .corpus import Corpus, Event
from .encoder import Encoder, load_encoder
from .loop import LoopConfig, train
from .model_folder import DEFAULT_ENCODER
from .preparation import prepare
from .task import LanguageTask, TaskError
from .text import clean

LEAST_TEXTS = 16


@dataclass(frozen=True)
class DistillationConfig:
    """`base`: the teacher. `layers`: how many of its layers the student keeps at first, evenly chosen.

    `histories`: how many persons' histories are read beside the catalogue, 0 for none; `events`: at most so many of
    the newest of each. `max_tokens`: what is read of a text in training; at use the student reads as much as the
    teacher. `similarity`: the weight of how alike texts of a batch are to each other, at `temperature`, beside that
    of each text's own vector.
    """

    base: str = DEFAULT_ENCODER
    layers: int = 3
    histories: int = 2000
    events: int = 20
    max_tokens: int = 96
    most: int = 20_000
    similarity: float = 1.0
    temperature: float = 0.05
    validation: float = 0.05
    validation_most: int = 500
    epochs: int = 3
    batch_size: int = 32
    accumulation: int = 1
    learning_rate: float = 2e-4
    warmup: float = 0.1
    patience: int = 2
    evaluations: int = 2
    precision: str = "auto"
    checkpointing: bool = False
    checkpoint_every: int = 100

    def __post_init__(self) -> None:
        if min(self.layers, self.events, self.max_tokens, self.most) < 1 or self.histories < 0:
            raise ValueError("layers, events, max_tokens and most are 1 or more, and histories 0 or more.")
        if not 0 < self.validation < 1 or self.temperature <= 0 or self.similarity < 0:
            raise ValueError("validation lies between 0 and 1, temperature is above 0, similarity 0 or more.")

    @property
    def loop(self) -> LoopConfig:
        names = set(LoopConfig.__dataclass_fields__) & set(self.__dataclass_fields__)
        return LoopConfig(**{name: getattr(self, name) for name in names})


class Distillation(LanguageTask):
    slug: ClassVar[str] = "distil"
    name: ClassVar[Words] = {"en": "Distillation", "zh-hans": "蒸馏"}
    summary: ClassVar[Words] = {
        "en": "Teaches a smaller encoder to give the same vectors: less memory and time for each text.",
        "zh-hans": "教一个更小的编码器给出同样的向量：每条文本占用的内存和时间更少。",
    }
    product = "encoder"
    Config = DistillationConfig

    def run(self, corpus: Corpus, folder: Path, options: FitOptions) -> dict[str, Any]:
        config: DistillationConfig = self.config
        options.check("reading", 0.0)
        whole = load_encoder(config.base or DEFAULT_ENCODER, device=options.device)
        teacher = _encoder(whole, whole.model, min(whole.max_length, config.max_tokens))
        student = _student(teacher, config.layers)
        texts = _texts(corpus, config, teacher, options.seed)
        if len(texts) < LEAST_TEXTS:
            raise TaskError(f"There are {len(texts)} different texts to learn from; at least {LEAST_TEXTS} are needed.")
        targets = teacher.encode(texts, progress=lambda done, total: options.check("teacher", done / total))
        held = min(config.validation_most, max(LEAST_TEXTS // 2, round(config.validation * len(texts))))
        learn, check = range(held, len(texts)), range(held)
        tokens = [encoding.ids for encoding in teacher.tokenizer.encode_batch_fast(texts)]

        def batch(rows: np.ndarray) -> tuple[list[list[int]], np.ndarray]:
            own = [learn[int(row)] for row in rows]
            return [tokens[row] for row in own], targets[own]

        def cosine(model: Any) -> dict[str, float]:
            student.model = getattr(model, "module", model)  # several GPUs wrap it
            vectors = student.encode([texts[row] for row in check])
            cosines = np.sum(vectors * targets[: len(vectors)], axis=1)
            return {"cosine": float(cosines.mean()), "least_cosine": float(cosines.min())}

        history = train(
            student.model,
            examples=len(learn),
            batch=batch,
            loss=lambda model, told: _loss(model, told, student, config),
            validate=cosine,
            best="cosine",
            config=config.loop,
            options=options,
        )
        student.max_length = whole.max_length
        student.save(folder)
        return {
            "teacher": {"base": whole.name, "fingerprint": whole.fingerprint, **_size(teacher)},
            "student": {"fingerprint": load_encoder(str(folder), device="cpu").fingerprint, **_size(student)},
            "texts": len(texts),
            "before": history.evaluations[0],
            "after": history.best,
            "training": history.figures(),
        }


def _loss(model: Any, told: tuple[list[list[int]], np.ndarray], student: Encoder, config: DistillationConfig):
    """1 − cos(s, t), which is half the squared distance of unit vectors, plus w · KL(p ‖ q) over the batch.

    p and q are how alike each text is to the others for teacher and student, softmax(s sᵀ / τ) without the text
    itself: what Fang et al. 2021 (SEED), equations 3 to 6, keep of a teacher, within the batch.
    """
    import torch

    tokens, targets = told
    vectors = student.states(tokens, model)
    wanted = torch.from_numpy(targets).to(vectors.device)
    loss = (1 - (vectors * wanted).sum(dim=1)).mean()
    if config.similarity and len(tokens) > 2:
        apart = torch.eye(len(tokens), dtype=torch.bool, device=vectors.device)
        least = torch.finfo(torch.float32).min
        logs = [
            (own @ own.T / config.temperature).masked_fill(apart, least).log_softmax(1) for own in (vectors, wanted)
        ]
        loss = loss + config.similarity * torch.nn.functional.kl_div(
            logs[0], logs[1], log_target=True, reduction="batchmean"
        )
    return loss


def _student(teacher: Encoder, layers: int) -> Encoder:
    """The teacher with `layers` of its layers, first and last among them, after Sanh et al. 2019 (DistilBERT)."""
    model = copy.deepcopy(teacher.model)
    there = int(model.config.num_hidden_layers)
    if layers >= there:
        raise TaskError(f"{teacher.name} has {there} layers; a student needs fewer, not {layers}.")
    stacks = [
        (parent, name)
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child).__name__ == "ModuleList" and len(child) == there
    ]
    if len(stacks) != 1:
        raise TaskError(f"{teacher.name} does not hold its layers in one list, so that none can be left out.")
    parent, name = stacks[0]
    kept = np.linspace(0, there - 1, layers).round().astype(int) if layers > 1 else [there - 1]
    setattr(parent, name, type(getattr(parent, name))([getattr(parent, name)[int(place)] for place in kept]))
    model.config.num_hidden_layers = layers
    return _encoder(teacher, model, teacher.max_length)


def _encoder(like: Encoder, model: Any, max_length: int) -> Encoder:
    """An encoder around `model` that is like another one in everything else."""
    from tokenizers import Tokenizer

    return Encoder(
        name=like.name,
        model=model,
        tokenizer=Tokenizer.from_str(like.tokenizer.to_str()),
        weights_hash=like.weights_hash,
        pooling=like.pooling,
        max_length=max_length,
        batch_size=like.batch_size,
        dimensions=like.dimensions,
    )


def _texts(corpus: Corpus, config: DistillationConfig, teacher: Encoder, seed: int) -> list[str]:
    """Different texts of items and of persons, in random order."""
    random = np.random.default_rng(seed)
    persons = np.sort(random.permutation(len(corpus))[: config.histories])

    def count(text: str) -> int:
        return len(teacher.tokenizer.encode(text).ids)

    def told(events: Sequence[Event]) -> str:
        return prepare(events[-config.events :], corpus.history_text, count, config.max_tokens).text

    texts = [*map(clean, corpus.items.texts), *(told(corpus.histories[person]) for person in persons)]
    different = list(dict.fromkeys(filter(None, texts)))
    return [different[place] for place in random.permutation(len(different))[: config.most]]


def _size(encoder: Encoder) -> dict[str, int]:
    parameters = list(encoder.model.parameters())
    return {
        "layers": int(encoder.model.config.num_hidden_layers),
        "parameters": sum(parameter.numel() for parameter in parameters),
        "bytes": sum(parameter.numel() * parameter.element_size() for parameter in parameters),
    }
