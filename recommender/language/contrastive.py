"""Fine-tuning the text encoder on what people chose next (worker side).

What somebody did and what they chose next come close together, and further from what others chose: in-batch softmax
with the correction for how often an item is chosen at all (Yi et al. 2019, "Sampling-bias-corrected neural modeling
for large corpus item recommendations", equation 3), hard negatives from the nearest items of the frozen encoder, and
the loss repeated for the leading dimensions of the vectors (Kusupati et al. 2022, "Matryoshka representation
learning", equation 1). The product is a sentence encoder like the one that it started from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..contracts import FitOptions
from .adapters import adapt, merged
from .cold import ColdQuestions, best_decay, withhold
from .corpus import Corpus
from .encoder import Encoder, load_encoder, pool
from .loop import checkpoint_folder, loop_settings, train
from .pairs import NextPairs, known_items, neighbours, next_pairs, recent_like
from .preparation import fit_to_tokens, token_counter
from .task import LanguageTask, TaskError
from .text import clean

GROUP = 64  # texts of like length that go through the model together: less is wasted on padding


@dataclass(frozen=True)
class ContrastiveConfig:
    """`base`: the encoder to start from. `anchors_as_items`: share of the anchors that are the text of one of the last
    `recent` items, the others being the history in words, of which `max_tokens` are read.

    `temperature` divides the cosines. `hard`: extra wrong answers a batch, from the `near` nearest items of those that
    are right. `dimensions`: the leading parts of a vector that are to work by themselves, () for only the whole.
    `adapter`: "full", or "lora" with `rank`. `frozen_layers`: lowest layers that stay as they are. `withheld`: share of
    the items whose behaviours are kept out to see how well new items are found. `examples`: pairs an epoch, at most.
    """

    base: str = ""
    anchors_as_items: float = 0.7
    recent: int = 3
    max_tokens: int = 48
    temperature: float = 0.05
    hard: int = 32
    near: int = 50
    dimensions: tuple[int, ...] = (64, 128, 256)
    adapter: str = "full"
    rank: int = 16
    frozen_layers: int = 0
    withheld: float = 0.1
    examples: int = 4_000
    loop: Mapping[str, Any] = field(
        default_factory=lambda: {
            "epochs": 1,
            "batch_size": 96,
            "learning_rate": 1e-4,
            "evaluations": 4,
            "patience": 3,
            "checkpoint_every": 20,
        }
    )


class Contrastive(LanguageTask):
    """The encoder for content scores, search and cold start, taught by behaviours."""

    slug = "contrastive"
    name = {"en": "Encoder on behaviours", "zh-hans": "用行为微调编码器"}
    summary = {
        "en": "Texts that lead to one another come close: better for new items, search and likeness.",
        "zh-hans": "让前后相继的文本更接近：新物品、搜索与相似度都会更好。",
    }
    product = "encoder"
    Config = ContrastiveConfig

    def run(self, corpus: Corpus, folder: Path, options: FitOptions) -> dict[str, Any]:
        config: ContrastiveConfig = self.config
        encoder = load_encoder(*([config.base] if config.base else []), device=options.device)
        figures = self.tune(encoder, corpus, options)
        encoder.save(folder)
        saved = load_encoder(str(folder), device=options.device)
        return {
            **figures,
            "base": encoder.name,
            "fingerprint": saved.fingerprint,
            "dimensions": saved.dimensions,
            "matryoshka": [size for size in config.dimensions if size < saved.dimensions],
        }

    def tune(self, encoder: Encoder, corpus: Corpus, options: FitOptions) -> dict[str, Any]:
        """Train `encoder` in place. Where nothing gets better than it was, it stays as it was."""
        config: ContrastiveConfig = self.config
        loop = loop_settings(config.loop)
        learning, questions = self._withheld(corpus, options.seed)
        pairs = next_pairs(learning)
        if len(pairs) < 2:
            raise TaskError(
                f"{len(corpus)} persons give {len(pairs)} pairs of a history and a next item. Import behaviours of "
                "persons who chose at least two items."
            )
        random = np.random.default_rng((options.seed, 1))
        if len(pairs) > config.examples * loop.epochs:
            pairs = pairs.take(np.sort(random.choice(len(pairs), config.examples * loop.epochs, replace=False)))
        texts = [clean(text) for text in learning.items.texts]
        options.check("reading the catalogue", 0.0)
        near = neighbours(encoder.encode(texts), config.near) if config.hard and len(texts) > 2 else None
        batches = _Batches(learning, pairs, texts, encoder, near, config, options.seed)
        model = adapt(encoder.model, config.adapter, config.rank)
        _freeze(model, config.frozen_layers)
        history = train(
            model,
            examples=len(pairs),
            batch=batches,
            loss=lambda net, batch: _loss(net, batch, encoder, config),
            validate=lambda net: _validate(net, encoder, learning, questions),
            best="ndcg@10",
            config=loop,
            options=FitOptions(**{**vars(options), "checkpoint": checkpoint_folder(options, "contrastive")}),
        )
        encoder.model = merged(model).eval()
        return {
            "pairs": len(pairs),
            "questions": len(questions),
            "before": {"ndcg@10": history.evaluations[0]["ndcg@10"]},
            "after": {"ndcg@10": history.best["ndcg@10"]},
            "decay": history.best["decay"],
            "training": history.figures(),
        }

    def _withheld(self, corpus: Corpus, seed: int) -> tuple[Corpus, ColdQuestions]:
        try:
            return withhold(corpus, self.config.withheld, seed, most=2000)
        except ValueError as error:
            raise TaskError(f"New items cannot be tried out: {error} Import more behaviours.") from None


@dataclass(frozen=True)
class _Batch:
    anchors: list[str]
    columns: list[str]  # texts of the items that are answers, right or wrong
    labels: np.ndarray  # (b,) the right column of each anchor
    corrections: np.ndarray  # (c,) log share of each column as an answer, 0 for hard negatives
    wrong: np.ndarray  # (b, c) bool: columns that count as wrong answers, and the right one


class _Batches:
    """Row numbers → a batch; the same rows and seed give the same batch."""

    def __init__(
        self,
        corpus: Corpus,
        pairs: NextPairs,
        texts: Sequence[str],
        encoder: Encoder,
        near: np.ndarray | None,
        config: ContrastiveConfig,
        seed: int,
    ):
        self.corpus, self.pairs, self.texts, self.near = corpus, pairs, texts, near
        self.config, self.seed = config, seed
        self.shares = pairs.log_share(len(texts))
        self.count = token_counter(encoder.tokenizer)

    def __call__(self, rows: np.ndarray) -> _Batch:
        random = np.random.default_rng((self.seed, 2, *rows[:4].tolist()))
        pairs = self.pairs.take(rows)
        right, labels = np.unique(pairs.targets, return_inverse=True)
        hard = self._hard(right, random)
        columns = np.concatenate([right, hard])
        known = [known_items(self.corpus, int(person)) for person in pairs.persons]
        wrong = np.array([[int(item) not in own for item in columns] for own in known])
        wrong[np.arange(len(rows)), labels] = True
        return _Batch(
            anchors=[self._anchor(int(p), int(b), random) for p, b in zip(pairs.persons, pairs.befores, strict=True)],
            columns=[self.texts[item] for item in columns],
            labels=labels,
            corrections=np.concatenate([self.shares[right], np.full(len(hard), self.shares[right].min())]),
            wrong=wrong,
        )

    def _anchor(self, person: int, before: int, random: np.random.Generator) -> str:
        events = self.corpus.histories[person]
        if random.random() < self.config.anchors_as_items:
            return self.texts[recent_like(events, before, self.config.recent, random)]
        return fit_to_tokens(events[:before], self.corpus.history_text, self.count, self.config.max_tokens)

    def _hard(self, right: np.ndarray, random: np.random.Generator) -> np.ndarray:
        if self.near is None or not self.config.hard:
            return np.zeros(0, dtype=np.int64)
        of = random.choice(right, self.config.hard)
        return np.setdiff1d(self.near[of, random.integers(self.near.shape[1], size=len(of))], right)


def _loss(model: Any, batch: _Batch, encoder: Encoder, config: ContrastiveConfig):
    """Softmax cross-entropy over the batch's items, averaged over the leading dimensions and the whole."""
    import torch
    from torch.nn.functional import cross_entropy, normalize

    distinct = list(dict.fromkeys([*batch.anchors, *batch.columns]))
    place = {text: row for row, text in enumerate(distinct)}
    vectors = encode_for_training(model, encoder, distinct, config.max_tokens)
    anchors = vectors[[place[text] for text in batch.anchors]]
    columns = vectors[[place[text] for text in batch.columns]]
    labels = torch.as_tensor(batch.labels, device=vectors.device)
    corrections = torch.as_tensor(batch.corrections, dtype=vectors.dtype, device=vectors.device)
    closed = torch.as_tensor(~batch.wrong, device=vectors.device)
    losses = []
    for width in {*(size for size in config.dimensions if size < vectors.shape[1]), vectors.shape[1]}:
        cosines = normalize(anchors[:, :width], dim=-1) @ normalize(columns[:, :width], dim=-1).T
        logits = (cosines / config.temperature - corrections).masked_fill(closed, -1e9)
        losses.append(cross_entropy(logits, labels))
    return torch.stack(losses).mean()


def encode_for_training(model: Any, encoder: Encoder, texts: Sequence[str], max_tokens: int):
    """(n, d) pooled vectors with their gradients, of texts cut at `max_tokens`. Rows are of unit length."""
    import torch

    tokens = [_cut(encoding.ids, max_tokens) for encoding in encoder.tokenizer.encode_batch_fast(list(texts))]
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    parts = []
    for start in range(0, len(order), GROUP):
        rows = [tokens[row] for row in order[start : start + GROUP]]
        width = max(map(len, rows))
        ids = torch.tensor([row + [encoder.pad] * (width - len(row)) for row in rows], device=encoder.model.device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=encoder.model.device)
        parts.append(pool(model(input_ids=ids, attention_mask=mask).last_hidden_state.float(), mask, encoder.pooling))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return torch.cat(parts)[torch.as_tensor(back, device=encoder.model.device)]


def _cut(ids: list[int], most: int) -> list[int]:
    """At most so many tokens, the last of which closes the text."""
    return ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]


def _validate(model: Any, encoder: Encoder, corpus: Corpus, questions: ColdQuestions) -> dict[str, float]:
    """NDCG@10 among withheld items, by the decay that serves these vectors best."""
    rows = np.unique(np.concatenate([questions.items, *questions.histories]))
    vectors = np.zeros((len(corpus.items), encoder.dimensions), dtype=np.float32)
    vectors[rows] = encoder.encode([corpus.items.texts[row] for row in rows])
    decay, ndcg = best_decay(questions, vectors)
    return {"ndcg@10": ndcg, "decay": decay}


def _freeze(model: Any, layers: int) -> None:
    """Keep the embeddings and the lowest layers as they are."""
    if not layers:
        return
    stack = getattr(getattr(model, "encoder", model), "layer", None) or getattr(model, "layers", None)
    if stack is None or layers >= len(stack):
        raise TaskError(f"frozen_layers is {layers}; this model has {len(stack or [])} layers, and one must stay free.")
    for part in [model.get_input_embeddings(), *stack[:layers]]:
        part.requires_grad_(False)
