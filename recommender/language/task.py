"""What a worker can teach a language model: one class a task, all of the same shape.

Each task reads a corpus and leaves a model in a folder. Jobs, commands and the admin know tasks by this contract
alone, so that a new one needs no other line anywhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal

from catalog.schema import Words

from ..contracts import FitOptions
from .corpus import Corpus

#: What the folder of a finished task holds, and so what it can be used for.
Product = Literal["encoder", "interest", "keywords", "language-model"]

#: Task → where it is. By path: each imports torch, and a list of names must not, for a web page shows it.
BUILT_IN: dict[str, str] = {
    "pretrain": "recommender.language.pretraining:Pretraining",
    "contrastive": "recommender.language.contrastive:Contrastive",
    "interest": "recommender.language.interest:Interest",
    "distil": "recommender.language.distillation:Distillation",
    "keywords": "recommender.language.keywords:Keywords",
}

#: The same in words, for people who choose.
NAMES: dict[str, Words] = {
    "pretrain": {"en": "Pretraining", "zh-hans": "预训练"},
    "contrastive": {"en": "Encoder on behaviours", "zh-hans": "用行为微调编码器"},
    "interest": {"en": "Interest model", "zh-hans": "兴趣模型"},
    "distil": {"en": "Distillation", "zh-hans": "蒸馏"},
    "keywords": {"en": "Keyword writer", "zh-hans": "关键词生成"},
}


class TaskError(Exception):
    """The task cannot be done with this corpus, model or setting; the message says what to change."""


class LanguageTask(ABC):
    """One way of teaching. A subclass declares what is below and writes `run`.

    `Config` is a frozen dataclass that round-trips through JSON. Its field `base`, where there is one, names the
    model to start from as ENCODER_MODEL does; empty is the storefront's own.
    """

    slug: ClassVar[str]
    name: ClassVar[Words]
    summary: ClassVar[Words]
    product: ClassVar[Product]
    Config: ClassVar[type]

    def __init__(self, config: Any = None):
        self.config = config if config is not None else self.Config()

    @abstractmethod
    def run(self, corpus: Corpus, folder: Path, options: FitOptions) -> dict[str, Any]:
        """Learn, and leave the model in `folder`, which exists and is empty. Returns figures for the manifest.

        Holds out its own validation data by `options.seed`, reports through `options.progress`, stops with
        `Cancelled` when asked, and goes on from `options.checkpoint` if that folder holds what an interrupted
        run of the same settings left. Raises TaskError.
        """

    @classmethod
    def configure(cls, settings: Mapping[str, Any]) -> Any:
        """A Config from JSON. Raises ValueError that names what is unknown."""
        known = {item.name for item in fields(cls.Config)}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise ValueError(f"{cls.slug} has no setting {', '.join(unknown)}; it has: {', '.join(sorted(known))}.")
        return cls.Config(**{key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()})

    def settings(self) -> dict[str, Any]:
        """The config as it goes into JSON."""
        return asdict(self.config)


def language_task(slug: str) -> type[LanguageTask]:
    """The task's class; imports torch. Raises LookupError that lists the tasks there are."""
    if slug not in BUILT_IN:
        raise LookupError(f"No language task named {slug!r}; there are: {', '.join(BUILT_IN)}.")
    module, _, name = BUILT_IN[slug].partition(":")
    return getattr(import_module(module), name)
