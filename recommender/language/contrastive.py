"""Fine-tuning the text encoder on what people chose next (worker side).

What somebody did and what they chose next come close together, and further from what others chose: in-batch softmax
with the correction for how often an item is chosen at all (Yi et al. 2019, "Sampling-bias-corrected neural modeling
for large corpus item recommendations", equation 3), hard negatives from the nearest items of the frozen encoder, and
the loss repeated for the leading dimensions of the vectors (Kusupati et al. 2022, "Matryoshka representation
learning", equation 1). The product is a sentence encoder like the one that it started from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..contracts import FitOptions
from .adapters import Adapter, adapt, merged
from .cold import ColdQuestions, best_decay, figures, ranks, withhold
from .contrastive_batches import Batch, Batches
from .corpus import Corpus
from .encoder import DEFAULT_ENCODER, Encoder, load_encoder, pool
from .loop import LoopConfig, checkpoint_folder, loop_settings, train
from .packed import multiplies_bfloat16, stamp
from .pairs import Stretch, neighbours, stretches
from .preparation import token_counter
from .task import LanguageTask, TaskError
from .text import clean

REPEATED = 4
GROUP = 64  # texts of like length that go through the model together: less is wasted on padding


@dataclass(frozen=True)
class ContrastiveConfig:
    """`base`: the encoder to start from. An example is up to `recent` + 1 likes of a person in a row: each answers
    a question made of those before it, which is how vectors are used. `in_words`: share of the examples that ask
    with the history in words as well, of which `max_tokens` are read.

    `temperature` divides the cosines. `hard`: extra wrong answers a batch, from the `near` nearest items of those that
    are right. `dimensions`: the leading parts of a vector that are to work by themselves, () for only the whole.
    `adapter`: "full", or "lora" with `rank`. `frozen_layers`: lowest layers that stay as they are. `withheld`: share of
    the items whose behaviours are kept out to see how well new items are found. `examples`: at most so many; where
    there are fewer, each is read up to four times. `loop`: as in `LoopConfig`; precision "auto" is bfloat16 wherever
    that is fast, on a processor as well.
    """

    base: str = ""
    in_words: float = 0.2
    recent: int = 5
    max_tokens: int = 48
    temperature: float = 0.05
    hard: int = 32
    near: int = 50
    dimensions: tuple[int, ...] = (64, 128, 256)
    adapter: Adapter = "full"
    rank: int = 16
    frozen_layers: int = 0
    withheld: float = 0.1
    examples: int = 4_000
    loop: Mapping[str, Any] = field(
        default_factory=lambda: {
            "epochs": 1,
            "batch_size": 32,
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
        encoder = load_encoder(config.base or DEFAULT_ENCODER, device=options.device, dtype="auto")
        learned = self.tune(encoder, corpus, options)
        encoder.save(folder)
        saved = load_encoder(str(folder), device=options.device)
        return {
            **learned,
            "base": encoder.name,
            "fingerprint": saved.fingerprint,
            "dimensions": saved.dimensions,
            "matryoshka": [size for size in config.dimensions if size < saved.dimensions],
        }

    def tune(self, encoder: Encoder, corpus: Corpus, options: FitOptions) -> dict[str, Any]:
        """Train `encoder` in place. Unless it clearly finds new items better than it did, it stays as it was."""
        config: ContrastiveConfig = self.config
        loop = loop_settings(config.loop)
        learning, questions = self._withheld(corpus, options.seed)
        asked = stretches(learning, config.recent + 1)
        if len(asked) < 2:
            raise TaskError(
                f"{len(asked)} of {len(corpus)} persons chose something and then something else, which is too few to "
                "learn from. Import behaviours of persons who chose at least two items."
            )
        random = np.random.default_rng((options.seed, 1))
        if len(asked) > config.examples:
            asked = [asked[row] for row in np.sort(random.choice(len(asked), config.examples, replace=False))]
        loop = _enough(replace(loop, precision=_precision(loop.precision, encoder.model.device)), len(asked), config)
        texts = [clean(text) for text in learning.items.texts]
        options.check("reading the catalogue", 0.0)
        batches = Batches(
            learning,
            asked,
            texts,
            count_tokens=token_counter(encoder.tokenizer),
            max_tokens=config.max_tokens,
            in_words=config.in_words,
            hard=config.hard,
            near=_hard_ones(encoder, texts, asked, config.near) if config.hard else None,
            seed=options.seed,
        )
        judge = _Judge(encoder, learning, questions)
        before = {name: value.detach().clone() for name, value in encoder.model.state_dict().items()}
        model = adapt(encoder.model, config.adapter, config.rank)
        _freeze(model, config.frozen_layers)
        history = train(
            model,
            examples=len(asked),
            batch=batches,
            loss=lambda net, batch: _loss(net, batch, encoder, config),
            validate=lambda net: judge.figures(),
            best="ndcg@10",
            config=loop,
            options=FitOptions(**{**vars(options), "checkpoint": checkpoint_folder(options, "contrastive")}),
        )
        encoder.model = merged(model).eval()
        after, kept = judge.figures(), judge.is_better()
        if not kept:
            encoder.model.load_state_dict(before)
            after = judge.first
        return {
            "examples": len(asked),
            "pairs": sum(len(own.items) - 1 for own in asked),
            "questions": len(questions),
            "kept": kept,
            "before": {"ndcg@10": judge.first["ndcg@10"]},
            "after": {"ndcg@10": after["ndcg@10"]},
            "decay": after["decay"],
            "training": history.figures(),
        }

    def _withheld(self, corpus: Corpus, seed: int) -> tuple[Corpus, ColdQuestions]:
        try:
            return withhold(corpus, self.config.withheld, seed, most=2000)
        except ValueError as error:
            raise TaskError(f"New items cannot be tried out: {error} Import more behaviours.") from None


def _hard_ones(encoder: Encoder, texts: Sequence[str], asked: Sequence[Stretch], near: int) -> np.ndarray | None:
    """(n_items, near) for each item that is an answer, others that are answers too and read most alike.

    Items that are never right would only ever be pushed away, and those are the new ones that are to be found.
    """
    answers = np.unique([item for own in asked for item in own.items])
    if len(answers) < 2:
        return None
    found = np.zeros((len(texts), min(near, len(answers) - 1)), dtype=np.int64)
    found[answers] = answers[neighbours(encoder.encode([texts[row] for row in answers]), found.shape[1])]
    return found


def _precision(stated: str, device: Any) -> str:
    """For "auto", bfloat16 wherever it is fast, on a processor as well."""
    return "bfloat16" if stated == "auto" and multiplies_bfloat16(device) else stated


def _loss(model: Any, batch: Batch, encoder: Encoder, config: ContrastiveConfig):
    """Softmax cross-entropy over the batch's items, averaged over the leading dimensions and the whole."""
    import torch
    from torch.nn.functional import cross_entropy, normalize

    distinct = list(dict.fromkeys([*batch.columns, *batch.words]))
    place = {text: row for row, text in enumerate(distinct)}
    vectors = encode_for_training(model, encoder, distinct, config.max_tokens)
    columns = vectors[[place[text] for text in batch.columns]]
    words = vectors[[place[text] for text in batch.words]]
    device, width = vectors.device, vectors.shape[1]
    weights = torch.as_tensor(batch.weights, device=device)
    labels = torch.as_tensor(batch.labels, device=device)
    corrections = torch.as_tensor(batch.corrections, device=device)
    closed = torch.as_tensor(~batch.wrong, device=device)
    losses = []
    for size in sorted({*(size for size in config.dimensions if size < width), width}):
        answers = normalize(columns[:, :size], dim=-1)
        questions = torch.cat([normalize(weights @ answers, dim=-1), normalize(words[:, :size], dim=-1)])
        logits = (questions @ answers.T / config.temperature - corrections).masked_fill(closed, -1e9)
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


class _Judge:
    """How well `encoder` finds the right persons for withheld items, now and before it was trained."""

    def __init__(self, encoder: Encoder, corpus: Corpus, questions: ColdQuestions):
        self.encoder, self.questions = encoder, questions
        self.rows = np.unique(np.concatenate([questions.items, *questions.histories]))
        self.texts = [corpus.items.texts[row] for row in self.rows]
        self.shape = len(corpus.items), encoder.dimensions
        self.judged: Any = None  # the weights that `values` and `found` are about
        self.first = self.figures()
        self.first_values = self.values

    def figures(self) -> dict[str, float]:
        """NDCG@10 among the withheld items, by the decay that serves these vectors best."""
        now = stamp(self.encoder.model)
        if now is None or now != self.judged:
            vectors = np.zeros(self.shape, dtype=np.float32)
            vectors[self.rows] = self.encoder.encode(self.texts)
            decay, ndcg = best_decay(self.questions, vectors)
            self.values = figures(ranks(self.questions, vectors, decay))["ndcg@10"]
            self.judged, self.found = now, {"ndcg@10": ndcg, "decay": decay}
        return dict(self.found)

    def is_better(self) -> bool:
        """Whether what was judged last beats the first by more than one standard error, persons being the sample."""
        gain = self.values - self.first_values
        by_person = np.bincount(self.questions.persons, weights=gain - gain.mean())
        return bool(gain.sum() > np.sqrt((by_person**2).sum()))


def _enough(loop: LoopConfig, examples: int, config: ContrastiveConfig) -> LoopConfig:
    """Where there are few examples, read them up to REPEATED times, and look as often as with many."""
    times = min(REPEATED, max(1, round(config.examples / examples)))
    return replace(loop, epochs=loop.epochs * times, evaluations=max(1, round(loop.evaluations / times)))


def _freeze(model: Any, layers: int) -> None:
    """Keep the embeddings and the lowest layers as they are."""
    if not layers:
        return
    stack = getattr(getattr(model, "encoder", model), "layer", None) or getattr(model, "layers", None)
    if stack is None or layers >= len(stack):
        raise TaskError(f"frozen_layers is {layers}; this model has {len(stack or [])} layers, and one must stay free.")
    for part in [model.get_input_embeddings(), *stack[:layers]]:
        part.requires_grad_(False)
